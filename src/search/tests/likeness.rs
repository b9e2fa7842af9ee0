//! Likeness to descriptions and pictures, with a model that sees three colours.

use super::library::{Library, query};
use crate::{
    domain::{AssetKind, Picture, SpaceId, SpaceKind},
    inference::{InferenceError, vision::PictureEmbedder},
    search::{Searcher, Strength, error::SearchError},
};

/// Sees red, green and blue, in words as in pictures.
pub(super) struct Colours(pub(super) SpaceId);

impl Colours {
    pub(super) fn new() -> Self {
        Self(SpaceId {
            kind: SpaceKind::Picture,
            model: "colours@1".to_owned(),
            dimensions: 4,
        })
    }
}

/// The vector of a share of each colour; what is left lies on an axis of its own.
pub(super) fn shares(red: f32, green: f32, blue: f32) -> Vec<f32> {
    let rest = (1.0 - red * red - green * green - blue * blue)
        .max(0.0)
        .sqrt();
    vec![red, green, blue, rest]
}

impl PictureEmbedder for Colours {
    fn space(&self) -> &SpaceId {
        &self.0
    }

    fn embed_pictures(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let of = |picture: &Picture| {
            let at = picture.rgb.iter().position(|value| *value > 0).unwrap_or(3);
            (0..4).map(|axis| f32::from(u8::from(axis == at))).collect()
        };
        Ok(pictures.iter().map(of).collect())
    }

    fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let has = |text: &str, colour| f32::from(u8::from(text.contains(colour)));
        // A text without a colour is like nothing.
        let of = |text: &&str| {
            let vector = [has(text, "red"), has(text, "green"), has(text, "blue"), 0.0];
            let length = vector.iter().sum::<f32>().sqrt().max(1.0);
            vector.iter().map(|value| value / length).collect()
        };
        Ok(texts.iter().map(of).collect())
    }

    fn logit_scale(&self) -> f32 {
        100.0
    }

    fn logit_bias(&self) -> Option<f32> {
        None
    }
}

/// A film that is red, then red and green, then green, then blue.
fn film(model: &Colours) -> Library {
    let mut library = Library::new();
    let mut film = library.asset(AssetKind::Video, "/archive/colours.mp4");
    film.picture((0, 5000), &model.0, &shares(0.9, 0.0, 0.0));
    film.picture((10_000, 15_000), &model.0, &shares(0.65, 0.65, 0.0));
    film.picture((20_000, 25_000), &model.0, &shares(0.0, 0.9, 0.0));
    film.picture((30_000, 35_000), &model.0, &shares(0.0, 0.0, 0.9));
    film.subtitle((11_000, 12_000), "en", "look at this");
    library.add(film);
    library
}

/// Begin in seconds and strength of what is found, best first.
fn found(library: &Library, model: &Colours, text: &str) -> Vec<(i64, Strength)> {
    let searcher = Searcher {
        store: &library.store,
        picture: Some(model),
        passage: None,
    };
    let red = Picture {
        width: 1,
        height: 1,
        rgb: vec![200, 0, 0],
    };
    let (answer, _) = searcher
        .explain(&query(text), &[("red.png".to_owned(), red)])
        .unwrap();
    answer
        .moments
        .iter()
        .map(|moment| (moment.start_millis / 1000, moment.strength))
        .collect()
}

#[test]
fn what_is_seen_is_looked_for_in_pictures_alone() {
    let model = Colours::new();
    let library = film(&model);
    let strong = |start| (start, Strength::Strong);
    assert_eq!(found(&library, &model, "seen:red"), [strong(0), strong(10)]);
    assert_eq!(found(&library, &model, "seen:(blue OR green)").len(), 3);
    assert_eq!(
        found(&library, &model, "said:look seen:red"),
        [strong(10), strong(0)]
    );
    assert_eq!(
        found(&library, &model, "said:\"look at\" seen:red"),
        [strong(10)]
    );
    assert_eq!(found(&library, &model, "seen:red -seen:green"), [strong(0)]);
    assert_eq!(found(&library, &model, "seen:(red -green)"), [strong(0)]);
}

#[test]
fn a_sum_of_likenesses_weighs_what_is_added_and_subtracted() {
    let model = Colours::new();
    let library = film(&model);
    let best = |text: &str| found(&library, &model, text)[0].0;
    assert_eq!(best("seen:red + seen:green"), 10);
    assert_eq!(best("5*seen:red + seen:green"), 0);
    assert_eq!(best("1*\"red green\" - \"red\""), 20);
    assert_eq!(best("like:red.png"), 0);
    assert_eq!(best("like:red.png + 3*\"blue\""), 30);
}

#[test]
fn a_picture_of_the_library_is_named_by_asset_and_time() {
    let model = Colours::new();
    let library = film(&model);
    // Assets of test libraries are numbered; the first is 01 thirty-two times.
    let best = |text: &str| found(&library, &model, text)[0];
    assert_eq!(best("like:01010101@0:21"), (20, Strength::Strong));
    assert_eq!(best("like:01010101@34").0, 30);
    assert_eq!(best("like:01010101").0, 0);
    assert_eq!(
        best("2*like:01010101@0:21 - like:01010101@0 + seen:blue").0,
        20
    );
    let searcher = Searcher {
        store: &library.store,
        picture: Some(&model),
        passage: None,
    };
    let refused = |text: &str| searcher.search(&query(text)).unwrap_err();
    assert!(matches!(refused("like:09090909"), SearchError::Store(_)));
    assert!(matches!(
        refused("like:blue.png"),
        SearchError::NoPictures { .. }
    ));
    // A picture of the library needs no model to be compared with others.
    let without = Searcher {
        picture: None,
        ..searcher
    };
    let answer = without.search(&query("like:01010101@0:31")).unwrap();
    assert_eq!(answer.moments[0].start_millis, 30_000);
}

#[test]
fn beside_an_operator_of_time_a_phrase_is_also_what_is_seen() {
    let model = Colours::new();
    let library = film(&model);
    let starts = |text: &str| -> Vec<i64> {
        found(&library, &model, text)
            .iter()
            .map(|(start, _)| *start)
            .collect()
    };
    assert_eq!(starts("\"blue\""), Vec::<i64>::new());
    assert_eq!(starts("\"green\" then \"blue\" within 5s"), [20]);
    assert_eq!(starts("\"look at this\" during seen:green"), [11]);
    assert_eq!(
        starts("seen:red not seen:green within 5s"),
        Vec::<i64>::new()
    );
    assert_eq!(starts("seen:red not seen:blue within 16s"), [0]);
    assert_eq!(
        starts("said:look not seen:green within 1s"),
        Vec::<i64>::new()
    );
    // Half green is little like the green picture: a weak likeness takes nothing away.
    assert_eq!(starts("said:look not like:01010101@0:21 within 1s"), [11]);
}

#[test]
fn a_side_that_has_too_many_is_looked_for_again_where_the_other_is() {
    let model = Colours::new();
    let mut library = Library::new();
    let mut many = library.asset(AssetKind::Video, "/archive/sea.mp4");
    for shot in 0..1100 {
        let start = shot * 500;
        many.picture((start, start + 400), &model.0, &shares(0.0, 0.0, 1.0));
    }
    library.add(many);
    let mut few = library.asset(AssetKind::Video, "/archive/flags.mp4");
    few.picture((0, 2000), &model.0, &shares(0.0, 0.0, 0.9));
    few.picture((3000, 5000), &model.0, &shares(1.0, 0.0, 0.0));
    few.picture((6000, 8000), &model.0, &shares(0.0, 0.0, 0.9));
    library.add(few);
    // A thousand bluer pictures leave no room for these, whichever side they are on.
    let starts = |text: &str| -> Vec<i64> {
        found(&library, &model, text)
            .iter()
            .map(|(start, _)| *start)
            .collect()
    };
    assert_eq!(starts("\"red\" then \"blue\" within 5s"), [3]);
    assert_eq!(starts("\"blue\" then \"red\" within 5s"), [0]);
    // Where nothing unwanted was found, something wanted is.
    let apart = starts("seen:blue not seen:red within 1s");
    assert!(apart.iter().any(|start| *start > 8), "{apart:?}");
}
