//! Queries with alternatives, channels and conditions, over a library without models.

use super::library::{Library, query};
use crate::{
    domain::{AssertionKind, AssetKind, Channel, Filters, Query, Step},
    fault::{Diagnose, ExitStatus},
    search::{Searcher, Source, error::SearchError},
};

/// A film of archery and boxing, a still, and an interview in French.
pub(super) fn archive() -> Library {
    let mut library = Library::new();
    let mut film = library.asset(AssetKind::Video, "/archive/final.mxf");
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
        "WORLD RECORD",
    );
    film.segment(
        Channel::Asset,
        (0, 600_000),
        AssertionKind::Tag,
        "en",
        "sport",
    );
    film.measured(Channel::Asset, 0, Step::Sound, "speech");
    film.measured(Channel::Shot, 0, Step::Shots, "black and white");
    film.measured(Channel::Shot, 60_000, Step::Shots, "still camera");
    library.add(film);
    let mut still = library
        .asset(AssetKind::Image, "/archive/rain.jpg")
        .collection("stills");
    still.shot((0, 0), "archery");
    // A vocabulary's word for a picture, which says nothing of sound.
    still.measured(Channel::Shot, 0, Step::Tags, "speech");
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

/// File name, begin and end in seconds of what is found, by file and time.
pub(super) fn found(library: &Library, text: &str) -> Vec<(String, i64, i64)> {
    let answer = library.search(text);
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let mut rows: Vec<_> = answer
        .moments
        .iter()
        .map(|moment| {
            (
                name(&moment.path),
                moment.start_millis / 1000,
                moment.end_millis / 1000,
            )
        })
        .collect();
    rows.sort();
    rows
}

/// No rows.
pub(super) const NOTHING: [(String, i64, i64); 0] = [];

pub(super) fn row(name: &str, start: i64, end: i64) -> (String, i64, i64) {
    (name.to_owned(), start, end)
}

#[test]
fn alternatives_find_what_each_of_them_finds() {
    let library = archive();
    assert_eq!(
        found(&library, "\"draws the bow\" OR \"médaille d'or\""),
        [row("final.mxf", 1, 4), row("interview.wav", 5, 8)]
    );
    // A word beside a group adds to it; the group must be there.
    assert_eq!(
        found(&library, "archery (\"last arrow\" OR \"médaille d'or\")"),
        [row("final.mxf", 60, 66), row("interview.wav", 5, 8)]
    );
    assert_eq!(
        found(&library, "(bow OR arrow) (gold OR silver)"),
        [row("final.mxf", 61, 64)]
    );
    assert_eq!(
        found(&library, "(bow OR arrow) silver*  (submarine OR periscope)"),
        NOTHING
    );
}

#[test]
fn what_is_excluded_takes_its_time_away() {
    let library = archive();
    assert_eq!(
        found(&library, "(bow OR arrow) -record"),
        [row("final.mxf", 61, 64)]
    );
    assert_eq!(
        found(&library, "(bow OR arrow) -(gold last)"),
        [row("final.mxf", 1, 4)]
    );
    // Both words must be there for a moment to be taken away.
    assert_eq!(found(&library, "(bow OR arrow) -(gold submarine)").len(), 2);
    assert_eq!(
        found(&library, "(bow OR arrow) -text:(world OR nothing)"),
        [row("final.mxf", 61, 64)]
    );
}

#[test]
fn a_channel_holds_a_group_to_one_source() {
    let library = archive();
    assert_eq!(
        found(&library, "text:(world OR bow)"),
        [row("final.mxf", 2, 7)]
    );
    assert_eq!(
        found(&library, "said:(world OR bow)"),
        [row("final.mxf", 1, 4)]
    );
    let answer = library.search("tag:(archery OR bow)");
    let sources = answer.moments.iter().flat_map(|moment| &moment.evidence);
    assert!(
        sources
            .into_iter()
            .all(|evidence| evidence.source == Source::MetadataWords)
    );
    assert_eq!(answer.moments.len(), 3);
}

#[test]
fn conditions_say_the_same_as_flags_and_can_be_turned_round() {
    let library = archive();
    let searcher = Searcher {
        store: &library.store,
        picture: None,
        passage: None,
    };
    let with = |text: &str, filters: Filters| {
        let mut answer = searcher
            .search(&Query {
                filters,
                ..query(text)
            })
            .unwrap();
        (answer.took_millis, answer.query) = (0, String::new());
        answer
    };
    for (typed, flags) in [
        (
            "is:image",
            Filters {
                kinds: vec![AssetKind::Image],
                ..Filters::default()
            },
        ),
        (
            "collection:stills",
            Filters {
                collections: vec!["stills".into()],
                ..Filters::default()
            },
        ),
        (
            "file:*.mxf",
            Filters {
                paths: vec!["*.mxf".into()],
                ..Filters::default()
            },
        ),
        (
            "lang:fr",
            Filters {
                languages: vec!["fr".into()],
                ..Filters::default()
            },
        ),
        (
            "after:2024-07-27",
            Filters {
                after: Some("2024-07-27".into()),
                ..Filters::default()
            },
        ),
        (
            "before:2024-07-27",
            Filters {
                before: Some("2024-07-27".into()),
                ..Filters::default()
            },
        ),
    ] {
        let wanted = with("archery gold", flags.clone());
        assert_eq!(
            with(&format!("archery gold {typed}"), Filters::default()),
            wanted,
            "{typed}"
        );
        // A flag and the same condition are no more than one of them.
        assert_eq!(
            with(&format!("archery gold {typed}"), flags),
            wanted,
            "{typed}"
        );
    }
    assert_eq!(found(&library, "archery is:image"), [row("rain.jpg", 0, 0)]);
    assert_eq!(
        found(&library, "archery -is:image"),
        [row("final.mxf", 0, 9), row("final.mxf", 60, 66)]
    );
    assert_eq!(
        found(&library, "archery -collection:archive"),
        [row("rain.jpg", 0, 0)]
    );
    assert_eq!(
        found(&library, "archery -file:final -lang:fr"),
        [row("rain.jpg", 0, 0)]
    );
    assert_eq!(found(&library, "archery is:image -is:image"), NOTHING);
    let flag = Filters {
        kinds: vec![AssetKind::Video],
        ..Filters::default()
    };
    assert!(with("archery is:image", flag.clone()).moments.is_empty());
    assert!(with("archery collection:stills", flag).moments.is_empty());
}

#[test]
fn a_condition_in_parentheses_holds_for_them_alone() {
    let library = archive();
    assert_eq!(
        found(&library, "(archery is:image) OR \"last arrow\""),
        [row("final.mxf", 61, 64), row("rain.jpg", 0, 0)]
    );
    assert_eq!(
        found(&library, "archery OR \"last arrow\" is:image"),
        [row("rain.jpg", 0, 0)]
    );
    assert_eq!(
        found(&library, "(archery longer:8s) OR \"last arrow\""),
        [row("final.mxf", 0, 9), row("final.mxf", 61, 64)]
    );
    assert_eq!(
        found(&library, "(archery is:still) OR bow"),
        [row("final.mxf", 1, 4), row("final.mxf", 60, 66)]
    );
}

#[test]
fn measured_looks_and_sounds_are_conditions() {
    let library = archive();
    assert_eq!(found(&library, "archery is:bw"), [row("final.mxf", 0, 9)]);
    assert_eq!(
        found(&library, "archery is:still"),
        [row("final.mxf", 60, 66)]
    );
    assert_eq!(
        found(&library, "archery -is:bw"),
        [row("final.mxf", 60, 66), row("rain.jpg", 0, 0)]
    );
    assert_eq!(found(&library, "archery is:silent"), NOTHING);
    // The still is tagged with a speech that is seen, which nobody hears.
    assert!(
        found(&library, "archery has:speech")
            .iter()
            .all(|(name, ..)| name == "final.mxf")
    );
    assert_eq!(
        found(&library, "archery -has:speech"),
        [row("rain.jpg", 0, 0)]
    );
}

#[test]
fn lengths_are_those_of_moments() {
    let library = archive();
    assert_eq!(
        found(&library, "archery longer:8s"),
        [row("final.mxf", 0, 9)]
    );
    assert_eq!(
        found(&library, "archery longer:9s"),
        [row("final.mxf", 0, 9)]
    );
    assert_eq!(found(&library, "archery longer:9001ms"), NOTHING);
    assert_eq!(
        found(&library, "archery shorter:6s"),
        [row("final.mxf", 60, 66), row("rain.jpg", 0, 0)]
    );
}

#[test]
fn a_wrong_query_is_the_users_fault_and_shows_where() {
    let library = archive();
    let searcher = Searcher {
        store: &library.store,
        picture: None,
        passage: None,
    };
    let error = searcher.search(&query("gold after:tomorrow")).unwrap_err();
    assert_eq!(error.exit_status(), ExitStatus::Usage);
    assert_eq!(error.code(), "query_syntax");
    assert_eq!(
        error.to_string(),
        "failed to read the query at column 6: found `tomorrow`, expected a day as YYYY-MM-DD\n  gold after:tomorrow\n       ^^^^^^^^^^^^^^"
    );
    assert!(error.hint().unwrap().contains("after:2024-07-26"));
    let error = searcher.search(&query("gold seen:archer")).unwrap_err();
    assert!(
        matches!(&error, SearchError::NoPictures { asked, .. } if asked == "archer"),
        "{error}"
    );
    assert_eq!(error.exit_status(), ExitStatus::Missing);
    for text in ["lang:fr", "is:video -gold", "(-gold lang:fr)"] {
        assert!(searcher.search(&query(text)).is_err(), "{text}");
    }
}

#[test]
fn an_explanation_says_what_was_asked_and_found() {
    let library = archive();
    let searcher = Searcher {
        store: &library.store,
        picture: None,
        passage: None,
    };
    let explained = |text: &str| searcher.explain(&query(text), &[]).unwrap().1;
    let explanation = explained("tag:(archery OR stadium)   is:video");
    assert_eq!(explanation.query, "tag:(archery OR stadium) is:video");
    let asked: Vec<_> = explanation
        .asked
        .iter()
        .map(|asked| {
            (
                asked.question.as_str(),
                asked.source,
                asked.weight,
                asked.candidates,
            )
        })
        .collect();
    assert_eq!(
        asked,
        [
            ("tag:archery", "metadata_words", Some(0.8), 2),
            ("tag:stadium", "metadata_words", Some(0.8), 1)
        ]
    );
    let plain = explained("archer");
    let sources: Vec<_> = plain.asked.iter().map(|asked| asked.source).collect();
    assert_eq!(sources, ["speech_words", "screen_words", "metadata_words"]);
    assert_eq!(plain.query, "archer");
}
