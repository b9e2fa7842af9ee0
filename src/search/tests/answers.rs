//! What answers say and hold, without models.

use super::library::{Library, query, subtitles};
use crate::{
    domain::{AssertionKind, AssetKind, Channel, Filters, Query, Rational},
    search::{Searcher, Source, Strength, Verdict, answer_schema, error::SearchError},
};

const NTSC: Rational = Rational::new(30_000, 1001);

/// A library of an archery film in two languages, a still and a sound file.
fn archive() -> Library {
    let mut library = Library::new();
    let mut film = library
        .asset(AssetKind::Video, "/archive/Final_ArcheryGold.mxf")
        .start_timecode("01:00:00;00", NTSC);
    film.shot((0, 9000), "archery");
    film.shot((9000, 30_000), "stadium");
    film.shot((60_000, 66_000), "archery");
    film.subtitle((1000, 4000), "en", "The archer draws the bow");
    film.subtitle(
        (61_000, 64_000),
        "en",
        "and hits the gold with her last arrow",
    );
    film.segment(
        Channel::ScreenText,
        (2000, 7000),
        AssertionKind::Text,
        "en",
        "WORLD RECORD 00:00:02;29",
    );
    library.add(film);
    let mut still = library
        .asset(AssetKind::Image, "/archive/rain.jpg")
        .collection("stills");
    still.shot((0, 0), "archery");
    library.add(still);
    let mut sound = library.asset(AssetKind::Audio, "/archive/interview.wav");
    sound.subtitle(
        (5000, 8000),
        "fr",
        "Les archères ont gagné la médaille d'or",
    );
    library.add(sound);
    library
}

fn spans(library: &Library, text: &str) -> Vec<(String, i64, i64)> {
    let answer = library.search(text);
    let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    answer
        .moments
        .iter()
        .map(|moment| (name(&moment.path), moment.start_millis, moment.end_millis))
        .collect()
}

#[test]
fn a_moment_has_its_evidence_timecode_picture_and_reason() {
    let library = archive();
    let answer = library.search("archer hits gold");
    let best = &answer.moments[0];
    assert_eq!((best.start_millis, best.end_millis), (61_000, 64_000));
    assert_eq!(best.timecode.as_deref(), Some("01:01:01;00"));
    assert_eq!(best.thumbnail.as_deref(), Some("thumbnails/60000.jpg"));
    assert!(
        best.reason
            .starts_with("said: “and hits the gold with her last arrow”"),
        "{}",
        best.reason
    );
    assert!(best.evidence.iter().all(|evidence| evidence.rank >= 1));
    assert_eq!(answer.verdict, Verdict::Fair);
    assert_eq!(answer.notes.len(), 2);
    assert!(
        answer.notes[0].contains("no picture model is installed"),
        "{:?}",
        answer.notes
    );
}

#[test]
fn a_cue_and_the_shot_around_it_are_one_moment_and_support_each_other() {
    let library = archive();
    let answer = library.search("archery archer bow");
    let best = &answer.moments[0];
    assert_eq!((best.start_millis, best.end_millis), (0, 9000));
    let sources: Vec<Source> = best
        .evidence
        .iter()
        .map(|evidence| evidence.source)
        .collect();
    assert!(
        sources.contains(&Source::SpeechWords) && sources.contains(&Source::MetadataWords),
        "{sources:?}"
    );
    assert!(best.reason.contains("tagged archery"), "{}", best.reason);
}

#[test]
fn an_inflected_word_is_found_across_languages_and_a_still_has_no_time() {
    let library = archive();
    assert_eq!(
        spans(&library, "médailles"),
        [("interview.wav".to_owned(), 5000, 8000)]
    );
    let found = spans(&library, "tag:archery");
    assert!(found.contains(&("rain.jpg".to_owned(), 0, 0)), "{found:?}");
    let answer = library.search("interview");
    assert_eq!(
        (
            answer.moments[0].timecode.as_deref(),
            answer.moments[0].kind
        ),
        (None, Some(AssetKind::Audio))
    );
    assert_eq!(
        (answer.moments[0].start_millis, answer.moments[0].end_millis),
        (0, 600_000)
    );
}

#[test]
fn what_is_excluded_takes_its_moment_or_its_asset_away() {
    let library = archive();
    assert!(
        spans(&library, "archery")
            .iter()
            .any(|(name, ..)| name == "rain.jpg")
    );
    assert!(
        spans(&library, "archery -rain")
            .iter()
            .all(|(name, ..)| name != "rain.jpg")
    );
    let found = spans(&library, "tag:archery -arrow -rain");
    assert!(
        found.iter().all(|(_, start, _)| *start != 60_000)
            && found.iter().any(|(_, start, _)| *start == 0),
        "{found:?}"
    );
}

#[test]
fn words_that_say_nothing_find_nothing_and_the_verdict_is_none() {
    let library = archive();
    let answer = library.search("where is the submarine with the periscope");
    assert_eq!((answer.verdict, answer.moments.len()), (Verdict::None, 0));
    let answer = library.search("\"hits the gold\"");
    assert_eq!((answer.verdict, answer.moments.len()), (Verdict::Strong, 1));
    assert_eq!(library.search("\"gold the hits\"").verdict, Verdict::None);
}

#[test]
fn filters_limit_what_is_found() {
    let library = archive();
    let searcher = Searcher {
        store: &library.store,
        picture: None,
        passage: None,
    };
    let count = |filters: Filters| {
        searcher
            .search(&Query {
                filters,
                ..query("archery")
            })
            .unwrap()
            .moments
            .len()
    };
    let all = count(Filters::default());
    assert_eq!(
        count(Filters {
            kinds: vec![AssetKind::Image],
            ..Default::default()
        }),
        1
    );
    assert_eq!(
        count(Filters {
            collections: vec!["stills".to_owned()],
            ..Default::default()
        }),
        1
    );
    assert_eq!(
        count(Filters {
            paths: vec!["*.mxf".to_owned()],
            ..Default::default()
        }),
        all - 1
    );
    assert_eq!(
        count(Filters {
            after: Some("2025-01-01".to_owned()),
            ..Default::default()
        }),
        0
    );
    assert_eq!(
        count(Filters {
            tags: vec!["stadium".to_owned()],
            ..Default::default()
        }),
        all - 1
    );
    assert_eq!(
        searcher
            .search(&Query {
                limit: 1,
                ..query("archery")
            })
            .unwrap()
            .moments
            .len(),
        1
    );
    assert_eq!(
        searcher
            .search(&Query {
                limit: 0,
                ..query("archery")
            })
            .unwrap()
            .moments
            .len(),
        0
    );
}

#[test]
fn hostile_queries_are_errors_or_answers() {
    let library = archive();
    let searcher = Searcher {
        store: &library.store,
        picture: None,
        passage: None,
    };
    for text in ["", "-gold", "\"", "()+-*~", "\0"] {
        assert!(
            matches!(
                searcher.search(&query(text)),
                Err(SearchError::EmptyQuery { .. })
            ),
            "{text:?}"
        );
    }
    let answer = library.search(&"gold ".repeat(20_000));
    assert!(
        answer.notes[0].starts_with("only the first 1000 characters"),
        "{:?}",
        answer.notes
    );
    assert!(!answer.moments.is_empty() && answer.took_millis < 2000);
}

#[test]
fn answers_keep_to_their_schema() {
    let library = archive();
    let mut compiler = boon::Compiler::new();
    compiler
        .add_resource("search.schema.json", answer_schema())
        .unwrap();
    let mut schemas = boon::Schemas::new();
    let schema = compiler
        .compile("search.schema.json", &mut schemas)
        .unwrap();
    for text in [
        "archery",
        "gold",
        "archery archer bow",
        "\"world record\"",
        "nothing whatever",
    ] {
        let answer = serde_json::to_value(library.search(text)).unwrap();
        schemas
            .validate(&answer, schema)
            .unwrap_or_else(|error| panic!("{text}: {error}\n{answer:#}"));
    }
    let mut wrong = serde_json::to_value(library.search("gold")).unwrap();
    wrong["moments"][0]["asset_id"] = "short".into();
    assert!(schemas.validate(&wrong, schema).is_err());
}

#[test]
fn a_reader_beside_the_writer_gives_the_same_answer() {
    let library = archive();
    let reader = library.reader();
    let searcher = Searcher {
        store: &reader,
        picture: None,
        passage: None,
    };
    let mut answer = searcher.search(&query("archery gold")).unwrap();
    let mut wanted = library.search("archery gold");
    (answer.took_millis, wanted.took_millis) = (0, 0);
    assert_eq!(answer, wanted);
}

#[test]
fn real_subtitles_in_two_languages_are_found_where_they_are_spoken() {
    let Some(english) = subtitles("../shared/media/audio/jfk.srt") else {
        return;
    };
    let Some(french) = subtitles("../shared/media/audio/smartphone_fr.srt") else {
        return;
    };
    let mut library = Library::new();
    for (path, language, cues) in [
        ("/a/jfk.wav", "en", english),
        ("/a/smartphone_fr.mp3", "fr", french),
    ] {
        let mut asset = library.asset(AssetKind::Audio, path);
        for (span, text) in cues {
            asset.subtitle(span, language, &text);
        }
        library.add(asset);
    }
    for (text, path, at_millis) in [
        ("what can you do for your country", "/a/jfk.wav", 9000),
        ("\"ask not\"", "/a/jfk.wav", 4000),
        ("fellow american", "/a/jfk.wav", 1000),
        ("écrans tactiles", "/a/smartphone_fr.mp3", 17_000),
        ("ecran tactile", "/a/smartphone_fr.mp3", 17_000),
        ("accumuler des fonctions", "/a/smartphone_fr.mp3", 7000),
    ] {
        let answer = library.search(text);
        let best = &answer.moments[0];
        assert_eq!(best.path, path, "{text}");
        assert!(
            (best.start_millis..best.end_millis).contains(&at_millis),
            "{text}: {best:?}"
        );
        assert_eq!(best.strength, Strength::Strong, "{text}: {best:?}");
    }
}
