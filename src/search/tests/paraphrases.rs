//! Retrieval with a real sentence encoder: paraphrases, exact words, and queries that nothing answers.

use std::sync::OnceLock;

use super::library::{Library, query};
use crate::{
    domain::{AssetKind, RetrievalScope},
    inference::{
        ModelStore,
        text::{PassageEmbedder, load_passage_embedder, tests::minilm_source},
    },
    search::{Searcher, Verdict, fuse, moments, retrieve},
};

/// Passages as an archive of sport, news and documentaries has them.
const PASSAGES: [&str; 60] = [
    "She draws the bow one last time, holds her breath, and the arrow lands in the centre of the target.",
    "The swimmers dive off the blocks and it is stroke for stroke down the first length of the pool.",
    "He clears the bar at six metres twelve, and the stadium rises to its feet.",
    "The goalkeeper guesses right and pushes the penalty around the post.",
    "After forty-two kilometres the runners turn into the stadium, exhausted, for the final lap.",
    "The two wrestlers circle each other on the mat, looking for a grip.",
    "Rain has stopped play and the groundsmen are pulling the covers over the wicket.",
    "She lands the triple axel and the judges award nearly perfect marks for artistry.",
    "The peloton is strung out along the mountain road as the leader attacks on the climb.",
    "The gymnast dismounts from the balance beam without a wobble.",
    "A left hook sends the challenger to the canvas, and the referee starts to count.",
    "The rowers are in perfect rhythm as the eight crosses the finish line ahead of Germany.",
    "The minister announced that income tax will be lowered for families with children.",
    "Thousands of people marched through the capital demanding the resignation of the president.",
    "The central bank raised interest rates by half a percentage point to fight rising prices.",
    "Firefighters have been battling the blaze in the hills for three days without a break.",
    "The court found the former director guilty of accounting fraud and sentenced him to five years.",
    "An earthquake of magnitude seven struck off the coast, and a tsunami warning was issued.",
    "Doctors at the hospital say the new vaccine protected nine out of ten patients.",
    "The airline cancelled all departures because its pilots have walked out over pay.",
    "Negotiators worked through the night and signed a ceasefire shortly before dawn.",
    "The factory will close next spring and six hundred workers will lose their jobs.",
    "Voters are queueing outside polling stations in what could be the closest race in decades.",
    "The river burst its banks overnight and whole villages are under water.",
    "The female octopus guards her eggs for months without eating, and dies when they hatch.",
    "Every spring the wildebeest cross the river, where crocodiles lie in wait.",
    "These glaciers have lost a third of their ice since the photographs were taken.",
    "Bees tell each other where the nectar is by dancing on the comb.",
    "The young cheetah is fast enough, but he has not yet learned to choose the weakest gazelle.",
    "Deep below the surface, where no sunlight reaches, creatures make light of their own.",
    "The baobab stores water in its trunk and survives years of drought.",
    "Penguins take turns to stand on the outside of the huddle against the polar wind.",
    "The telescope's mirror unfolds in space, a million miles from the Earth.",
    "Houston, we have had a problem here: we have had a main bus undervolt.",
    "The rover drilled into the Martian rock and found traces of organic molecules.",
    "A black hole bends light so strongly that we see the far side of the disc behind it.",
    "Neil stepped off the ladder and left the first footprint in the lunar dust.",
    "The comet returns every seventy-six years and was last seen in 1986.",
    "Knead the dough for ten minutes and leave it to rise in a warm place.",
    "The soup is simmered with lemongrass, ginger and coconut milk.",
    "Grandmother rolled out the pasta by hand every Sunday before church.",
    "The grapes are picked at night so that they stay cool until they are pressed.",
    "Fold in the egg whites gently, or the chocolate mousse will lose its air.",
    "The knife has to be sharp, otherwise the fish tears instead of being sliced.",
    "The orchestra tunes to the oboe before the conductor walks on.",
    "He learned to play the guitar from an old blues record in his uncle's barn.",
    "The curtain fell and the soprano was called back nine times.",
    "The sculptor worked on the marble for three years before he showed it to anyone.",
    "She painted sunflowers in the asylum's garden until winter came.",
    "The film was shot in black and white because the producers had run out of money.",
    "The cathedral's vaults were built without a single nail.",
    "When the wall came down, strangers embraced each other in the street.",
    "The pharaoh was buried with everything he would need in the afterlife.",
    "The last steam locomotive left the station on a foggy morning in 1968.",
    "My father hid the radio under the floorboards during the occupation.",
    "The caravan carried silk and spices across the desert for a thousand years.",
    "The children were sent to the countryside to be safe from the bombing.",
    "The printing press made books cheap enough for ordinary people.",
    "The company's first computer filled a whole room and had less memory than a wristwatch.",
    "Engineers cooled the chip with liquid nitrogen to keep the qubits stable.",
];

/// The same in other words; hardly a word is shared.
const PARAPHRASES: [(&str, usize); 28] = [
    ("archery bullseye", 0),
    ("race in the water, freestyle", 1),
    ("pole vault record", 2),
    ("football keeper saves a spot kick", 3),
    ("end of the marathon", 4),
    ("cricket match interrupted by weather", 6),
    ("figure skater's jump and her score", 7),
    ("cyclists going uphill", 8),
    ("boxer knocked down", 10),
    ("government cuts taxes for parents", 12),
    ("protest against the head of state", 13),
    ("inflation and monetary policy", 14),
    ("wildfire", 15),
    ("executive convicted of financial crime", 16),
    ("natural disaster at sea with danger of giant waves", 17),
    ("strike grounds flights", 19),
    ("peace agreement reached after long talks", 20),
    ("layoffs at a plant", 21),
    ("flooding after heavy rain", 23),
    ("how insects communicate about food", 27),
    ("climate change melting the ice", 26),
    ("bioluminescent animals in the deep sea", 29),
    ("first man on the moon", 36),
    ("baking bread", 38),
    ("wine harvest", 41),
    ("opera singer applauded by the audience", 46),
    ("fall of the Berlin wall", 51),
    ("evacuation of kids during the war", 56),
];

/// Exact words and numbers, which an encoder blurs.
const EXACT: [(&str, usize); 8] = [
    ("undervolt", 33),
    ("1986", 37),
    ("\"liquid nitrogen\"", 59),
    ("six metres twelve", 2),
    ("lemongrass", 39),
    ("baobab", 30),
    ("locomotive 1968", 53),
    ("triple axel", 7),
];

/// Nothing in the library is about these.
const OFF_TOPIC: [&str; 10] = [
    "how to change the oil of a motorcycle",
    "dentist drilling a tooth",
    "knitting a woollen scarf",
    "poker tournament final table",
    "interview with a fashion designer about handbags",
    "tractor ploughing a potato field",
    "wedding dress fitting",
    "kindergarten birthday clown",
    "chess grandmaster resigns",
    "escalator maintenance",
];

const PASSAGE_MILLIS: i64 = 20_000;
const STEP_MILLIS: i64 = 30_000;
const PER_ASSET: usize = 6;

fn minilm() -> Option<&'static dyn PassageEmbedder> {
    static MODEL: OnceLock<Option<Box<dyn PassageEmbedder>>> = OnceLock::new();
    let model = MODEL.get_or_init(|| {
        let source = minilm_source()?;
        let directory = tempfile::tempdir().unwrap();
        let installed = ModelStore::open(directory.path())
            .unwrap()
            .import(&source, Some("all-minilm-l6-v2"))
            .unwrap();
        Some(load_passage_embedder(&installed, 2).unwrap())
    });
    model.as_deref()
}

fn library(model: &dyn PassageEmbedder) -> Library {
    let mut library = Library::new();
    for (number, texts) in PASSAGES.chunks(PER_ASSET).enumerate() {
        let mut asset = library.asset(AssetKind::Video, &format!("/archive/{number}.mxf"));
        for ((index, text), vector) in texts
            .iter()
            .enumerate()
            .zip(model.embed_passages(texts).unwrap())
        {
            let start = index as i64 * STEP_MILLIS;
            asset.passage(
                (start, start + PASSAGE_MILLIS),
                text,
                model.space(),
                &vector,
            );
            asset.subtitle((start + 2000, start + 18_000), "en", text);
        }
        library.add(asset);
    }
    library
}

/// Ranks, from 1, of the wanted passage in each list of (path, start); `None` where it is missing.
fn rank(found: &[(String, i64)], wanted: usize) -> Option<usize> {
    let path = format!("/archive/{}.mxf", wanted / PER_ASSET);
    let start = (wanted % PER_ASSET) as i64 * STEP_MILLIS;
    let is_it =
        |(at, from): &(String, i64)| *at == path && (start..start + PASSAGE_MILLIS).contains(from);
    found.iter().position(is_it).map(|place| place + 1)
}

/// Share of first places, and mean reciprocal rank.
fn quality(queries: &[(&str, usize)], search: impl Fn(&str) -> Vec<(String, i64)>) -> (f64, f64) {
    let ranks: Vec<Option<usize>> = queries
        .iter()
        .map(|(text, wanted)| {
            let rank = rank(&search(text), *wanted);
            if rank != Some(1) {
                eprintln!("    {text}: {rank:?}");
            }
            rank
        })
        .collect();
    let count = queries.len() as f64;
    let first = ranks.iter().filter(|rank| **rank == Some(1)).count() as f64 / count;
    let reciprocal = ranks
        .iter()
        .flatten()
        .map(|rank| 1.0 / *rank as f64)
        .sum::<f64>()
        / count;
    (first, reciprocal)
}

#[test]
fn paraphrases_find_their_passage_and_both_ways_together_are_no_worse_than_either() {
    let Some(model) = minilm() else { return };
    let library = library(model);
    let by = |passage: Option<&dyn PassageEmbedder>, text: &str| -> Vec<(String, i64)> {
        let searcher = Searcher {
            store: &library.store,
            picture: None,
            passage,
        };
        let answer = searcher.search(&query(text)).unwrap();
        answer
            .moments
            .into_iter()
            .map(|moment| (moment.path, moment.start_millis))
            .collect()
    };
    let by_meaning = |text: &str| -> Vec<(String, i64)> {
        let vector = model.embed_query(text).unwrap();
        let near = retrieve::Near {
            space: model.space(),
            vector: &vector,
            scope: &RetrievalScope::default(),
            length: 100,
            with_the_nearest: false,
        };
        let hits = retrieve::vectors(&library.store, &near, model.calibration())
            .unwrap()
            .hits;
        let groups = moments::group_hits(hits);
        let mut scored: Vec<_> = fuse::scores(&groups).into_iter().zip(groups).collect();
        scored.sort_by(|left, right| right.0.total_cmp(&left.0));
        scored
            .iter()
            .map(|(_, group)| {
                let facts = library
                    .store
                    .catalog()
                    .moment_facts(&[group.asset])
                    .unwrap();
                (facts[&group.asset].path.clone(), group.span.start_millis)
            })
            .collect()
    };
    let all: Vec<(&str, usize)> = PARAPHRASES.into_iter().chain(EXACT).collect();
    let mut measured = Vec::new();
    for (name, queries) in [
        ("paraphrases", &PARAPHRASES[..]),
        ("exact words", &EXACT[..]),
        ("all", &all[..]),
    ] {
        let results = [
            quality(queries, |text| by(None, text)),
            quality(queries, by_meaning),
            quality(queries, |text| by(Some(model), text)),
        ];
        eprintln!(
            "{name}: words {:.2?}, meaning {:.2?}, both {:.2?} (recall@1, MRR)",
            results[0], results[1], results[2]
        );
        measured.push(results);
    }
    let [words, meaning, both] = measured[2];
    assert!(both.0 >= words.0 && both.0 >= meaning.0, "{measured:?}");
    assert!(both.1 >= words.1 && both.1 >= meaning.1, "{measured:?}");
    assert!(
        measured[0][2].0 >= 0.85 && measured[0][2].1 >= 0.87,
        "{measured:?}"
    );
    assert_eq!(measured[1][2].0, 1.0, "{measured:?}");
}

#[test]
fn what_the_library_has_nothing_of_is_never_called_a_strong_match() {
    let Some(model) = minilm() else { return };
    let library = library(model);
    let searcher = Searcher {
        store: &library.store,
        picture: None,
        passage: Some(model),
    };
    let verdicts = |queries: &mut dyn Iterator<Item = &str>| -> Vec<Verdict> {
        queries
            .map(|text| {
                let answer = searcher.search(&query(text)).unwrap();
                let best = answer
                    .moments
                    .first()
                    .map(|moment| (moment.reason.clone(), moment.score));
                eprintln!("{text}: {:?} {best:?}", answer.verdict);
                answer.verdict
            })
            .collect()
    };
    let off = verdicts(&mut OFF_TOPIC.into_iter());
    let on = verdicts(&mut PARAPHRASES.iter().map(|(text, _)| *text));
    let share = |verdicts: &[Verdict], wanted: Verdict| {
        verdicts
            .iter()
            .filter(|verdict| **verdict == wanted)
            .count() as f64
            / verdicts.len() as f64
    };
    eprintln!(
        "off topic: none {:.2}, weak {:.2}; on topic: strong {:.2}, none {:.2}",
        share(&off, Verdict::None),
        share(&off, Verdict::Weak),
        share(&on, Verdict::Strong),
        share(&on, Verdict::None)
    );
    assert_eq!(share(&off, Verdict::Strong), 0.0);
    assert!(share(&off, Verdict::None) >= 0.6);
    assert!(share(&on, Verdict::None) <= 0.05);
    assert!(share(&on, Verdict::Strong) >= 0.4);
}
