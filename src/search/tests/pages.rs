//! Pages, counts and near-duplicates of an answer.

use super::{
    library::{Asset, Library, query},
    likeness::{Colours, shares},
    operators::archive,
};
use crate::{
    domain::{AssetKind, Query},
    search::{Answer, FacetCount, Searcher, Strength, Verdict, error::SearchError},
};

fn searcher<'a>(library: &'a Library, model: Option<&'a Colours>) -> Searcher<'a> {
    Searcher {
        store: &library.store,
        picture: model.map(|model| model as _),
        passage: None,
    }
}

/// Forty cues in two films, each a moment of its own.
fn cues() -> Library {
    let mut library = Library::new();
    for name in ["a", "b"] {
        let mut film = library.asset(AssetKind::Video, &format!("/archive/{name}.mp4"));
        for number in 0..20 {
            let text = format!("gold number {number} of film {name}");
            film.subtitle(
                (number * 10_000, number * 10_000 + 2000 + number * 10),
                "en",
                &text,
            );
        }
        library.add(film);
    }
    library
}

#[test]
fn pages_hold_every_moment_once_and_say_how_many_there_are() {
    let library = cues();
    let searcher = searcher(&library, None);
    let mut ask = Query {
        limit: 7,
        ..query("gold")
    };
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let answer = searcher.search(&ask).unwrap();
        assert_eq!((answer.total, answer.verdict), (40, Verdict::Strong));
        seen.extend(
            answer
                .moments
                .iter()
                .map(|moment| (moment.path.clone(), moment.start_millis)),
        );
        pages += 1;
        // The next pages may be of another length.
        ask.limit = 12;
        ask.cursor = answer.next_cursor;
        if ask.cursor.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (40, 4));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 40);
    let whole = Query {
        limit: 40,
        ..query("gold")
    };
    assert_eq!(searcher.search(&whole).unwrap().next_cursor, None);
}

#[test]
fn a_cursor_of_another_query_is_refused() {
    let library = cues();
    let searcher = searcher(&library, None);
    let first = Query {
        limit: 1,
        ..query("gold")
    };
    let cursor = searcher.search(&first).unwrap().next_cursor;
    let refused = |ask: Query| {
        let error = searcher
            .search(&Query {
                cursor: cursor.clone(),
                ..ask
            })
            .unwrap_err();
        assert!(matches!(error, SearchError::WrongCursor { .. }), "{error}");
    };
    refused(query("film"));
    refused(Query {
        weak: true,
        ..query("gold")
    });
    let mut filtered = query("gold");
    filtered.filters.kinds.push(AssetKind::Audio);
    refused(filtered);
}

#[test]
fn facets_count_all_that_was_found_whatever_page_is_shown() {
    let library = archive();
    let ask = Query {
        limit: 1,
        facets: true,
        ..query("archery OR gagné")
    };
    let answer = searcher(&library, None).search(&ask).unwrap();
    assert_eq!((answer.moments.len(), answer.total), (1, 4));
    let facets = answer.facets.unwrap();
    let count = |counts: &[FacetCount], value: &str| {
        counts
            .iter()
            .find(|counted| counted.value == value)
            .map(|counted| counted.count)
    };
    assert_eq!(count(&facets.kind, "video"), Some(2));
    assert_eq!(count(&facets.kind, "image"), Some(1));
    assert_eq!(count(&facets.kind, "audio"), Some(1));
    assert_eq!(count(&facets.collection, "archive"), Some(3));
    assert_eq!(count(&facets.collection, "stills"), Some(1));
    assert_eq!(count(&facets.language, "fr"), Some(1));
    assert_eq!(count(&facets.tag, "archery"), Some(3));
    assert_eq!(count(&facets.tag, "stadium"), Some(2));
    assert_eq!(count(&facets.year, "2024"), Some(4));
    let most = facets.kind.iter().map(|counted| counted.count);
    assert!(most.is_sorted_by(|left, right| left >= right));
    assert_eq!(library.search("archery").facets, None);
}

/// A film whose interview stays in one picture, and its copy in another encoding.
fn film_and_copy(model: &Colours) -> Library {
    let mut library = Library::new();
    let shot = |film: &mut Asset, start: i64, noise: f32| {
        film.picture((start, start + 4000), &model.0, &shares(0.9, noise, 0.0));
    };
    for (path, noise) in [("/archive/film.mov", 0.0), ("/archive/copy.mp4", 0.05)] {
        let mut film = library.asset(AssetKind::Video, path);
        for start in [0, 10_000, 20_000] {
            shot(&mut film, start, noise);
        }
        film.picture((30_000, 34_000), &model.0, &shares(0.5, 0.0, 0.5));
        film.subtitle(
            (500, 3000),
            "en",
            "We trained for this every winter morning",
        );
        film.subtitle((10_500, 13_000), "en", "Nobody trained as she did");
        library.add(film);
    }
    library
}

fn starts(answer: &Answer) -> Vec<(i64, u32)> {
    let moments = answer.moments.iter();
    moments
        .map(|moment| (moment.start_millis, moment.stands_for))
        .collect()
}

#[test]
fn neighbouring_takes_and_copies_are_one_hit_that_says_how_many_it_stands_for() {
    let model = Colours::new();
    let library = film_and_copy(&model);
    let searcher = searcher(&library, Some(&model));
    let answer = searcher.search(&query("seen:red")).unwrap();
    assert_eq!(starts(&answer), [(0, 6), (30_000, 2)]);
    assert_eq!(answer.total, 2);
    let best = &answer.moments[0];
    assert_eq!(best.others.len(), 5);
    assert!(
        best.others
            .iter()
            .any(|other| other.asset_id != best.asset_id && other.start_millis == 20_000)
    );
    assert_eq!(
        searcher.search(&query("seen:red")).unwrap().moments,
        answer.moments
    );
}

#[test]
fn other_words_over_the_same_picture_are_other_moments() {
    let model = Colours::new();
    let library = film_and_copy(&model);
    let searcher = searcher(&library, Some(&model));
    let answer = searcher.search(&query("said:trained")).unwrap();
    let mut found = starts(&answer);
    found.sort_unstable();
    assert_eq!(found, [(500, 2), (10_500, 2)]);
}

#[test]
fn sound_is_a_copy_where_the_same_is_said_at_the_same_length() {
    let mut library = Library::new();
    for (path, end) in [
        ("/a/one.wav", 4000),
        ("/a/two.mp3", 4040),
        ("/a/three.ogg", 6000),
    ] {
        let mut sound = library.asset(AssetKind::Audio, path);
        sound.subtitle((1000, end), "en", "Ask not what your country can do");
        sound.subtitle((9000, 9500), "en", "Gold!");
        library.add(sound);
    }
    let mut found = starts(&library.search("country"));
    found.sort_unstable();
    assert_eq!(found, [(1000, 1), (1000, 2)]);
    assert_eq!(
        starts(&library.search("gold")).len(),
        3,
        "a word is said by many"
    );
}

#[test]
fn what_lies_below_the_cut_off_is_shown_last_and_only_when_asked_for() {
    let model = Colours::new();
    let mut library = Library::new();
    let mut film = library.asset(AssetKind::Video, "/archive/colours.mp4");
    film.picture((0, 5000), &model.0, &shares(0.12, 0.0, 0.0));
    // Beside a nearer one it would only make that moment longer.
    film.picture((5000, 9000), &model.0, &shares(0.1, 0.0, 0.0));
    film.subtitle((20_000, 22_000), "en", "red");
    library.add(film);
    let searcher = searcher(&library, Some(&model));
    let ask = |text: &str, weak| {
        let answer = searcher
            .search(&Query {
                weak,
                ..query(text)
            })
            .unwrap();
        let moments = answer.moments.iter();
        let found: Vec<_> = moments
            .map(|moment| (moment.start_millis, moment.strength))
            .collect();
        (answer.verdict, found)
    };
    assert_eq!(ask("seen:red", false), (Verdict::None, vec![]));
    assert_eq!(
        ask("seen:red", true),
        (Verdict::Weak, vec![(0, Strength::Weak)])
    );
    let nearest = searcher
        .search(&Query {
            weak: true,
            ..query("seen:red")
        })
        .unwrap();
    assert_eq!(nearest.moments[0].end_millis, 5000);
    assert_eq!(
        ask("red", false),
        (Verdict::Strong, vec![(20_000, Strength::Strong)])
    );
    assert_eq!(
        ask("red", true),
        (
            Verdict::Strong,
            vec![(20_000, Strength::Strong), (0, Strength::Weak)]
        )
    );
    assert_eq!(ask("seen:blue", true).1, []);
}
