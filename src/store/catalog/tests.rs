//! What the catalogue promises.

mod files;

use super::*;
use crate::{
    domain::*,
    store::fixtures::{
        self, analysis, asset_id, done, location, picture_space, said, segment, vector,
    },
};

fn catalog() -> (tempfile::TempDir, Catalog) {
    let directory = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(directory.path(), Access::Write).unwrap();
    (directory, catalog)
}

fn located(catalog: &Catalog, number: u8, path: &str, collection: &str) -> AssetKey {
    let key = catalog.upsert_asset(asset_id(number), 1000).unwrap();
    catalog
        .upsert_locations(&[location(path, key, asset_id(number), collection)])
        .unwrap();
    key
}

#[test]
fn an_analysis_comes_back_as_it_was_committed() {
    let (_directory, catalog) = catalog();
    let wanted = analysis(1);
    let (key, sequence) = catalog.commit(&wanted).unwrap();
    assert_eq!(sequence, 1);
    assert_eq!(catalog.step_records(key).unwrap(), wanted.steps);
    let found: Vec<Segment> = catalog
        .segments(key)
        .unwrap()
        .into_iter()
        .map(|(_, segment)| segment)
        .collect();
    assert_eq!(found, wanted.segments);
    assert_eq!(catalog.asset(key).unwrap().unwrap().media, wanted.media);
    let stored = catalog.embeddings(key, &picture_space()).unwrap();
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[1].values_f16, wanted.embeddings[1].values_f16);
    assert_eq!(stored[1].span, TimeSpan::new(1000, 2000));
    assert_eq!(catalog.measures(key).unwrap(), wanted.measures);
}

#[test]
fn measures_go_with_the_step_that_made_them_and_with_their_asset() {
    let (_directory, catalog) = catalog();
    let (key, _) = catalog.commit(&analysis(1)).unwrap();
    let mut sound = Analysis::new(asset_id(1));
    sound.steps = vec![done(Step::Sound, "2")];
    let levels = [Some(-20.0), None];
    sound.measures = vec![Measure::new(
        Step::Sound,
        MeasureKind::Loudness,
        500,
        &levels,
    )];
    catalog.commit(&sound).unwrap();
    let kinds = |catalog: &Catalog| -> Vec<MeasureKind> {
        let measures = catalog.measures(key).unwrap();
        measures.iter().map(|measure| measure.kind).collect()
    };
    assert_eq!(
        kinds(&catalog),
        [MeasureKind::Loudness, MeasureKind::Motion]
    );
    sound.measures[0].bytes.push(7);
    catalog.commit(&sound).unwrap();
    assert_eq!(catalog.measures(key).unwrap()[0], sound.measures[0]);
    sound.measures.clear();
    catalog.commit(&sound).unwrap();
    assert_eq!(kinds(&catalog), [MeasureKind::Motion]);
    assert!(catalog.measures(AssetKey(99)).unwrap().is_empty());
}

#[test]
fn a_catalogue_from_before_there_were_measures_is_brought_up_to_them() {
    let (directory, catalog) = catalog();
    let (key, _) = catalog.commit(&analysis(1)).unwrap();
    drop(catalog);
    let connection = Connection::open(directory.path().join(CATALOGUE_FILE)).unwrap();
    connection
        .execute_batch("DROP TABLE measures; PRAGMA user_version = 3")
        .unwrap();
    drop(connection);
    let catalog = Catalog::open(directory.path(), Access::Write).unwrap();
    assert!(catalog.measures(key).unwrap().is_empty());
    assert_eq!(catalog.segments(key).unwrap().len(), 4);
    catalog.commit(&analysis(1)).unwrap();
    assert_eq!(catalog.measures(key).unwrap(), analysis(1).measures);
}

#[test]
fn committing_twice_changes_nothing_but_the_number() {
    let (_directory, catalog) = catalog();
    let (key, _) = catalog.commit(&analysis(1)).unwrap();
    let before = (
        catalog.segments(key).unwrap(),
        catalog.embeddings(key, &picture_space()).unwrap(),
    );
    let (_, sequence) = catalog.commit(&analysis(1)).unwrap();
    assert_eq!(sequence, 2);
    assert_eq!(
        before,
        (
            catalog.segments(key).unwrap(),
            catalog.embeddings(key, &picture_space()).unwrap()
        )
    );
}

#[test]
fn a_repeated_step_replaces_its_own_results_and_no_others() {
    let (_directory, catalog) = catalog();
    let (key, _) = catalog.commit(&analysis(1)).unwrap();
    let mut again = Analysis::new(asset_id(1));
    again.steps = vec![done(Step::Speech, "2")];
    again.segments = vec![segment(
        Step::Speech,
        Channel::Speech,
        5,
        vec![said(Step::Speech, AssertionKind::Transcript, "heard anew")],
    )];
    catalog.commit(&again).unwrap();
    let segments = catalog.segments(key).unwrap();
    let heard: Vec<_> = segments
        .iter()
        .filter(|(_, segment)| segment.channel == Channel::Speech)
        .collect();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].1.assertions[0].value, "heard anew");
    let shots: Vec<_> = segments
        .iter()
        .filter(|(_, segment)| segment.channel == Channel::Shot)
        .collect();
    assert_eq!(shots.len(), 2);
    assert_eq!(shots[0].1.assertions[0].value, "Archery");
    assert_eq!(shots[0].1.keyframes.len(), 1);
    assert_eq!(catalog.embeddings(key, &picture_space()).unwrap().len(), 2);
    let records = catalog.step_records(key).unwrap();
    assert_eq!(records.len(), 5);
    assert_eq!(records[4].version, "2");
}

#[test]
fn a_later_step_hangs_its_tags_on_shots_that_are_already_there() {
    let (_directory, catalog) = catalog();
    let (key, _) = catalog.commit(&analysis(1)).unwrap();
    let mut tags = Analysis::new(asset_id(1));
    tags.steps = vec![done(Step::Tags, "2")];
    let fireworks = said(Step::Tags, AssertionKind::Tag, "fireworks");
    tags.segments = vec![segment(Step::Shots, Channel::Shot, 1, vec![fireworks])];
    catalog.commit(&tags).unwrap();
    let segments = catalog.segments(key).unwrap();
    assert!(
        segments[0].1.assertions.is_empty(),
        "the old version's tags are gone"
    );
    assert_eq!(segments[1].1.assertions[0].value, "fireworks");
    assert_eq!(
        segments[1].1.keyframes.len(),
        1,
        "the shot itself stays as it was"
    );
}

#[test]
fn new_shots_take_away_what_hung_on_the_old_ones() {
    let (_directory, catalog) = catalog();
    let (key, _) = catalog.commit(&analysis(1)).unwrap();
    let mut shots = Analysis::new(asset_id(1));
    shots.steps = vec![done(Step::Shots, "2")];
    shots.segments = vec![segment(Step::Shots, Channel::Shot, 0, Vec::new())];
    catalog.commit(&shots).unwrap();
    let segments = catalog.segments(key).unwrap();
    assert_eq!(
        segments[0].1.assertions[0].value, "Archery",
        "an unchanged shot keeps its tags"
    );
    assert_eq!(
        segments
            .iter()
            .filter(|(_, segment)| segment.channel == Channel::Shot)
            .count(),
        1
    );
    assert_eq!(catalog.embeddings(key, &picture_space()).unwrap().len(), 1);
}

#[test]
fn vectors_of_a_new_model_stand_beside_the_old_ones() {
    let (_directory, catalog) = catalog();
    let (key, _) = catalog.commit(&analysis(1)).unwrap();
    let mut newer = analysis(1);
    let space = SpaceId {
        model: "test@2".to_owned(),
        ..picture_space()
    };
    newer
        .embeddings
        .iter_mut()
        .for_each(|embedding| embedding.space = space.clone());
    catalog.commit(&newer).unwrap();
    assert_eq!(catalog.spaces().unwrap(), [picture_space(), space.clone()]);
    assert_eq!(catalog.embeddings(key, &picture_space()).unwrap().len(), 2);
    catalog.drop_space(&picture_space()).unwrap();
    assert_eq!(catalog.spaces().unwrap(), [space]);
}

#[test]
fn an_analysis_that_does_not_fit_together_is_refused() {
    let (_directory, catalog) = catalog();
    let mut wrong = analysis(1);
    wrong.embeddings.push(vector(99, [1.0, 0.0, 0.0, 0.0]));
    assert!(matches!(
        catalog.commit(&wrong),
        Err(StoreError::Malformed { .. })
    ));
    let mut wrong = analysis(1);
    wrong.embeddings[0].values_f16.pop();
    assert!(matches!(
        catalog.commit(&wrong),
        Err(StoreError::Malformed { .. })
    ));
    assert_eq!(catalog.count_assets().unwrap(), 0);
}

#[test]
fn a_newer_catalogue_is_left_alone() {
    let (directory, catalog) = catalog();
    drop(catalog);
    let connection = Connection::open(directory.path().join(CATALOGUE_FILE)).unwrap();
    connection
        .pragma_update(None, "user_version", FORMAT + 1)
        .unwrap();
    drop(connection);
    for access in [Access::Write, Access::Read] {
        let opened = Catalog::open(directory.path(), access);
        assert!(matches!(opened, Err(StoreError::TooNew { found, .. }) if found == FORMAT + 1));
    }
}

#[test]
fn a_file_that_is_no_catalogue_is_called_damaged() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join(CATALOGUE_FILE),
        "not a database ".repeat(1000),
    )
    .unwrap();
    for access in [Access::Write, Access::Read] {
        let error = Catalog::open(directory.path(), access).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    }
    assert!(matches!(
        Catalog::open(&directory.path().join("nowhere"), Access::Read),
        Err(StoreError::NoLibrary { .. })
    ));
}

#[test]
fn readers_see_whole_commits_while_a_writer_works() {
    let (directory, writer) = catalog();
    writer.commit(&fixtures::analysis(1)).unwrap();
    let reader = Catalog::open(directory.path(), Access::Read).unwrap();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for number in 2..40 {
                writer.commit(&fixtures::analysis(number)).unwrap();
            }
        });
        while !writing.is_finished() {
            for key in reader.asset_keys_after(AssetKey(0), 100).unwrap() {
                assert_eq!(reader.segments(key).unwrap().len(), 4);
            }
        }
    });
    assert_eq!(reader.count_assets().unwrap(), 39);
    assert!(matches!(
        reader.set_meta("a", "b"),
        Err(StoreError::ReadOnly { .. })
    ));
}

#[test]
fn what_is_counted_follows_every_change() {
    let (_directory, catalog) = catalog();
    let first = located(&catalog, 1, "/a/1.mp4", "paris");
    let second = located(&catalog, 2, "/a/2.mp4", "paris");
    for number in [1, 2] {
        catalog.commit(&analysis(number)).unwrap();
    }
    let count = || {
        let counts = catalog.facet_counts(&[(first, 3), (second, 1)], 20);
        counts.unwrap()
    };
    let value = |text: &str, count| (text.to_owned(), count);
    let before = count();
    assert_eq!(before.collections, [value("paris", 4)]);
    assert_eq!(before.tags, [value("archery", 4)]);
    assert_eq!(before.kinds, [value("video", 4)]);
    assert_eq!(before.years, [value("2012", 4)]);
    assert_eq!(count(), before, "counted from memory");

    located(&catalog, 1, "/a/1.mp4", "rio");
    let mut retagged = analysis(2);
    retagged.segments[0].assertions = vec![said(Step::Tags, AssertionKind::Tag, "Podium")];
    catalog.commit(&retagged).unwrap();
    let after = count();
    assert_eq!(after.collections, [value("rio", 3), value("paris", 1)]);
    assert_eq!(after.tags, [value("archery", 3), value("podium", 1)]);
    catalog.mark_missing(&["/a/1.mp4".into()]).unwrap();
    located(&catalog, 1, "/b/1.mp4", "lima");
    assert_eq!(count().collections, [value("lima", 3), value("paris", 1)]);
}
