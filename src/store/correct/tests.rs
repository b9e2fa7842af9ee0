//! Corrections are found at once, outlive what they contradict, and can be taken back.

use super::*;
use crate::{
    domain::{Analysis, Filters, RetrievalScope},
    store::{
        WordField, WordQuery,
        fixtures::{self, analysis, asset_id, commit, writer},
    },
};

fn words(store: &Store, text: &str) -> usize {
    let query = WordQuery {
        text: text.to_owned(),
        fields: WordField::ALL.to_vec(),
    };
    let hits = store.search_words(&query, &RetrievalScope::default(), 10);
    hits.unwrap().len()
}

fn tagged(store: &Store, tag: &str) -> usize {
    let filters = Filters {
        tags: vec![tag.to_owned()],
        ..Filters::default()
    };
    store.catalog().assets_fitting(&filters).unwrap().len()
}

fn segment_on(store: &Store, asset: AssetKey, channel: Channel, ordinal: u32) -> SegmentId {
    let segments = store.catalog().segments(asset).unwrap();
    let found = segments
        .iter()
        .find(|(_, segment)| segment.channel == channel && segment.ordinal == ordinal);
    found.unwrap().0
}

fn request(asset: AssetKey, segment: Option<SegmentId>, kind: AssertionKind) -> CorrectionRequest {
    CorrectionRequest {
        asset,
        segment,
        kind,
        old_value: None,
        value: None,
        author: "Anna".to_owned(),
    }
}

/// A new line, a new tag in place of another, and a name.
fn correct_all(store: &Store, asset: AssetKey) -> Vec<Correction> {
    let speech = segment_on(store, asset, Channel::Speech, 0);
    let shot = segment_on(store, asset, Channel::Shot, 0);
    [
        CorrectionRequest {
            old_value: Some("the archer hits the gold".to_owned()),
            value: Some("the bowman wins silver".to_owned()),
            ..request(asset, Some(speech), AssertionKind::Transcript)
        },
        CorrectionRequest {
            old_value: Some("archery".to_owned()),
            value: Some("Podium".to_owned()),
            ..request(asset, Some(shot), AssertionKind::Tag)
        },
        CorrectionRequest {
            old_value: Some("Archery final".to_owned()),
            value: Some("Marseille evening".to_owned()),
            ..request(asset, None, AssertionKind::Name)
        },
    ]
    .iter()
    .map(|request| store.correct(request).unwrap())
    .collect()
}

#[track_caller]
fn assert_corrected(store: &Store) {
    for (text, count) in [
        ("bowman", 1),
        ("silver", 1),
        ("archer", 0),
        ("gold", 0),
        ("podium", 1),
        ("archery", 0),
        ("marseille", 1),
        ("final", 0),
        ("cheers", 1),
    ] {
        assert_eq!(words(store, text), count, "{text}");
    }
    assert_eq!((tagged(store, "podium"), tagged(store, "archery")), (1, 0));
    assert_eq!(
        tagged(store, "shutter"),
        1,
        "what nobody contradicted stays"
    );
}

#[track_caller]
fn assert_as_found(store: &Store) {
    for (text, is_found) in [
        ("gold", true),
        ("archery", true),
        ("bowman", false),
        ("podium", false),
    ] {
        assert_eq!(words(store, text) > 0, is_found, "{text}");
    }
    assert_eq!((tagged(store, "podium"), tagged(store, "archery")), (0, 1));
}

#[test]
fn corrections_are_found_and_taking_them_back_restores_what_was_found() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    let asset = commit(&store, 1, "finals");
    store.flush().unwrap();
    let before = store.catalog().segments(asset).unwrap();
    let made = correct_all(&store, asset);
    assert_corrected(&store);
    assert_eq!(store.catalog().corrections(asset_id(1)).unwrap(), made);
    let segments = store.catalog().segments(asset).unwrap();
    let (_, speech) = segments
        .iter()
        .find(|(_, segment)| segment.channel == Channel::Speech)
        .unwrap();
    assert_eq!(speech.assertions.len(), 1);
    assert_eq!(speech.assertions[0].language.as_deref(), Some("en"));
    assert!(speech.assertions[0].provenance.is_by_person());
    for correction in &made {
        store.take_back(correction.id).unwrap();
    }
    assert_as_found(&store);
    assert_eq!(store.catalog().segments(asset).unwrap(), before);
    assert!(matches!(
        store.take_back(made[0].id).err(),
        Some(StoreError::UnknownCorrection { .. })
    ));
}

/// What another shot depth and another speech model find in the same file.
fn by_other_models() -> Analysis {
    let mut other = analysis(1);
    for segment in &mut other.segments {
        segment.span.start_millis += 40 * i64::from(segment.ordinal);
        segment.span.end_millis -= 30;
        segment.ordinal += 3;
        for said in &mut segment.assertions {
            said.provenance.version = "2".to_owned();
            said.words.clear();
            if said.value.contains("gold") {
                said.value = "the archer hits the gold, ten".to_owned();
            }
        }
    }
    other
}

#[test]
fn corrections_survive_indexing_again_with_other_models_and_a_rebuild() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    let asset = commit(&store, 1, "finals");
    correct_all(&store, asset);
    store.commit(&analysis(1)).unwrap();
    store.flush().unwrap();
    assert_corrected(&store);
    store.commit(&by_other_models()).unwrap();
    store.flush().unwrap();
    assert_corrected(&store);
    store.reindex(&mut |_, _| {}).unwrap();
    assert_corrected(&store);
    drop(store);
    let store = writer(directory.path());
    assert_corrected(&store);
    store.remove_asset(asset).unwrap();
    commit(&store, 1, "finals");
    store.flush().unwrap();
    assert_corrected(&store);
}

#[test]
fn a_process_that_ends_before_the_indexes_know_of_a_correction_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = writer(directory.path());
    let asset = commit(&store, 1, "finals");
    store.flush().unwrap();
    let shot = segment_on(&store, asset, Channel::Shot, 0);
    let request = CorrectionRequest {
        value: Some("podium".to_owned()),
        ..request(asset, Some(shot), AssertionKind::Tag)
    };
    let statement = store.statement(&request).unwrap();
    let before = store.catalog().last_sequence().unwrap();
    let kept = store.catalog().add_correction(&statement).unwrap();
    assert_eq!(store.catalog().last_sequence().unwrap(), before + 1);
    assert_eq!(words(&store, "podium"), 0);
    // As a kill leaves it: without following and flushing.
    store.progress = None;
    drop(store);
    let mut store = writer(directory.path());
    assert_eq!(words(&store, "podium"), 1);
    store.catalog().remove_correction(kept.id).unwrap();
    store.progress = None;
    drop(store);
    let store = writer(directory.path());
    assert_eq!(words(&store, "podium"), 0);
}

#[test]
fn a_corrected_line_has_the_passages_of_its_asset_embedded_anew() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    let mut with_passages = analysis(1);
    with_passages
        .steps
        .push(fixtures::done(Step::Passage, "model@1"));
    store.catalog().upsert_asset(asset_id(1), 1000).unwrap();
    let asset = commit(&store, 1, "finals");
    store.commit(&with_passages).unwrap();
    let version = |store: &Store| {
        let records = store.catalog().step_records(asset).unwrap();
        records.last().unwrap().version.clone()
    };
    let shot = segment_on(&store, asset, Channel::Shot, 0);
    let tag = CorrectionRequest {
        value: Some("podium".to_owned()),
        ..request(asset, Some(shot), AssertionKind::Tag)
    };
    store.correct(&tag).unwrap();
    assert_eq!(version(&store), "model@1", "a tag is in no passage");
    correct_all(&store, asset);
    assert_eq!(version(&store), "model@1 before a correction");
}

#[test]
fn what_fits_nothing_is_refused_with_its_reason() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    let asset = commit(&store, 1, "finals");
    let shot = segment_on(&store, asset, Channel::Shot, 0);
    let refused = |old: Option<&str>, new: Option<&str>, segment| {
        let request = CorrectionRequest {
            old_value: old.map(str::to_owned),
            value: new.map(str::to_owned),
            ..request(asset, segment, AssertionKind::Tag)
        };
        store.correct(&request).unwrap_err().to_string()
    };
    assert_eq!(
        refused(None, Some("  "), Some(shot)),
        "not a correction: it changes nothing"
    );
    assert_eq!(
        refused(Some("crowd"), None, Some(shot)),
        "no tag there says `crowd`"
    );
    assert_eq!(
        refused(None, Some(&"a".repeat(201)), Some(shot)),
        "not a correction: a text is too long"
    );
    assert_eq!(
        refused(None, Some("a\u{7}b"), Some(shot)),
        "not a correction: a text holds control characters"
    );
    assert!(refused(None, Some("a"), Some(SegmentId(1))).contains("has no segment 00000000-"));
    assert!(store.catalog().corrections(asset_id(1)).unwrap().is_empty());
}

#[test]
fn passages_made_before_a_correction_came_in_are_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    let asset = commit(&store, 1, "a");
    let catalog = store.catalog();
    let mut with_passages = analysis(1);
    with_passages
        .steps
        .push(fixtures::done(Step::Passage, "model"));
    let is_settled = |known: &[Correction]| {
        store.commit_under(&with_passages, Some(known)).unwrap();
        let path = std::path::Path::new("/archive/a/clip-1.mp4");
        catalog.settle(asset, Some("wishes"), path, "").unwrap();
        let records = catalog.step_records(asset).unwrap();
        let passage = records.iter().find(|record| record.step == Step::Passage);
        let is_current = passage.unwrap().version == "model";
        let is_settled = catalog.is_settled(asset, "wishes").unwrap();
        assert_eq!(is_settled, is_current);
        is_settled
    };
    assert!(is_settled(&[]));
    // It is made while the asset is analysed, after its corrections were read.
    correct_all(&store, asset);
    assert!(!is_settled(&[]));
    let known = catalog.corrections(asset_id(1)).unwrap();
    assert!(is_settled(&known));
}

#[test]
fn corrected_passages_get_the_vectors_of_what_they_say_now() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    let space = SpaceId {
        kind: crate::domain::SpaceKind::Passage,
        ..fixtures::picture_space()
    };
    let mut heard = analysis(1);
    heard.steps.push(fixtures::done(Step::Passage, "model"));
    for (ordinal, text) in ["the archer hits the gold", "and the crowd cheers"]
        .into_iter()
        .enumerate()
    {
        let said = fixtures::said(Step::Passage, AssertionKind::Text, text);
        let passage =
            fixtures::segment(Step::Passage, Channel::Passage, ordinal as u32, vec![said]);
        heard.segments.push(passage);
        heard.embeddings.push(crate::domain::Embedding {
            space: space.clone(),
            ..fixtures::vector(heard.segments.len() as u32 - 1, [1.0, 0.0, 0.0, 0.0])
        });
    }
    commit(&store, 1, "a");
    store.commit(&heard).unwrap();
    let asset = store.catalog().asset_by_id(asset_id(1)).unwrap().unwrap();
    let made = correct_all(&store, asset.key).remove(0);
    let mut asked = Vec::new();
    store
        .embed_corrected(&made.statement, &space, |texts| {
            asked.extend(texts.iter().map(|text| (*text).to_owned()));
            Ok::<_, StoreError>(vec![vec![0.0, 1.0, 0.0, 0.0]])
        })
        .unwrap();
    assert_eq!(asked, ["the bowman wins silver"]);
    let near = |vector: [f32; 4]| -> Vec<TimeSpan> {
        let all = RetrievalScope::default();
        let hits = store.search_vectors(&space, &vector, &all, 5, 0.9).unwrap();
        hits.into_iter().map(|hit| hit.span).collect()
    };
    assert_eq!(near([0.0, 1.0, 0.0, 0.0]), [TimeSpan::new(0, 1000)]);
    assert_eq!(near([1.0, 0.0, 0.0, 0.0]), [TimeSpan::new(1000, 2000)]);
}
