//! What the catalogue promises.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path, time::Instant};

use super::*;
use crate::{
    domain::*,
    store::fixtures::{self, analysis, asset_id, done, location, picture_space, said, segment, vector},
};

fn catalog() -> (tempfile::TempDir, Catalog) {
    let directory = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(directory.path(), Access::Write).unwrap();
    (directory, catalog)
}

fn located(catalog: &Catalog, number: u8, path: &str, collection: &str) -> AssetKey {
    let key = catalog.upsert_asset(asset_id(number), 1000).unwrap();
    catalog.upsert_locations(&[location(path, key, asset_id(number), collection)]).unwrap();
    key
}

#[test]
fn an_analysis_comes_back_as_it_was_committed() {
    let (_directory, catalog) = catalog();
    let wanted = analysis(1);
    let (key, sequence) = catalog.commit(&wanted).unwrap();
    assert_eq!(sequence, 1);
    assert_eq!(catalog.step_records(key).unwrap(), wanted.steps);
    let found: Vec<Segment> = catalog.segments(key).unwrap().into_iter().map(|(_, segment)| segment).collect();
    assert_eq!(found, wanted.segments);
    assert_eq!(catalog.asset(key).unwrap().unwrap().media, wanted.media);
    let stored = catalog.embeddings(key, &picture_space()).unwrap();
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[1].values_f16, wanted.embeddings[1].values_f16);
    assert_eq!(stored[1].span, TimeSpan::new(1000, 2000));
}

#[test]
fn committing_twice_changes_nothing_but_the_number() {
    let (_directory, catalog) = catalog();
    let (key, _) = catalog.commit(&analysis(1)).unwrap();
    let before = (catalog.segments(key).unwrap(), catalog.embeddings(key, &picture_space()).unwrap());
    let (_, sequence) = catalog.commit(&analysis(1)).unwrap();
    assert_eq!(sequence, 2);
    assert_eq!(before, (catalog.segments(key).unwrap(), catalog.embeddings(key, &picture_space()).unwrap()));
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
    let heard: Vec<_> = segments.iter().filter(|(_, segment)| segment.channel == Channel::Speech).collect();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].1.assertions[0].value, "heard anew");
    let shots: Vec<_> = segments.iter().filter(|(_, segment)| segment.channel == Channel::Shot).collect();
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
    assert!(segments[0].1.assertions.is_empty(), "the old version's tags are gone");
    assert_eq!(segments[1].1.assertions[0].value, "fireworks");
    assert_eq!(segments[1].1.keyframes.len(), 1, "the shot itself stays as it was");
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
    assert_eq!(segments[0].1.assertions[0].value, "Archery", "an unchanged shot keeps its tags");
    assert_eq!(segments.iter().filter(|(_, segment)| segment.channel == Channel::Shot).count(), 1);
    assert_eq!(catalog.embeddings(key, &picture_space()).unwrap().len(), 1);
}

#[test]
fn vectors_of_a_new_model_stand_beside_the_old_ones() {
    let (_directory, catalog) = catalog();
    let (key, _) = catalog.commit(&analysis(1)).unwrap();
    let mut newer = analysis(1);
    let space = SpaceId { model: "test@2".to_owned(), ..picture_space() };
    newer.embeddings.iter_mut().for_each(|embedding| embedding.space = space.clone());
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
    assert!(matches!(catalog.commit(&wrong), Err(StoreError::Malformed { .. })));
    let mut wrong = analysis(1);
    wrong.embeddings[0].values_f16.pop();
    assert!(matches!(catalog.commit(&wrong), Err(StoreError::Malformed { .. })));
    assert_eq!(catalog.count_assets().unwrap(), 0);
}

#[test]
fn paths_are_bytes_and_a_folder_is_not_its_namesakes() {
    let (_directory, catalog) = catalog();
    let key = catalog.upsert_asset(asset_id(1), 1000).unwrap();
    let odd = Path::new(OsStr::from_bytes(b"/archive/a/\xff\n'\"%_.mp4"));
    let mut record = location("/", key, asset_id(1), "a");
    let paths = [Path::new("/archive/a/b.mp4"), odd, Path::new("/archive/ab/c.mp4"), Path::new("/archive/a")];
    let records: Vec<_> = paths
        .map(|path| {
            record.path = path.to_owned();
            record.clone()
        })
        .into();
    catalog.upsert_locations(&records).unwrap();
    assert_eq!(catalog.location(odd).unwrap().as_ref(), Some(&records[1]));
    for root in ["/archive/a", "/archive/a/"] {
        let mut found = Vec::new();
        catalog.locations_under(Path::new(root), &mut |record| found.push(record.path)).unwrap();
        assert_eq!(found, [paths[3], paths[0], odd]);
    }
    let mut count = 0;
    catalog.locations_under(Path::new("/"), &mut |_| count += 1).unwrap();
    assert_eq!(count, 4);
}

#[test]
fn twenty_thousand_files_are_listed_in_a_tenth_of_a_second() {
    let (_directory, catalog) = catalog();
    let key = catalog.upsert_asset(asset_id(1), 1000).unwrap();
    let records: Vec<_> = (0..20_000)
        .map(|file| location(&format!("/archive/{}/file-{file}.mp4", file % 100), key, asset_id(1), "a"))
        .collect();
    catalog.upsert_locations(&records).unwrap();
    let mut best = f64::MAX;
    for _ in 0..5 {
        let (started, mut count) = (Instant::now(), 0);
        catalog.locations_under(Path::new("/archive"), &mut |_| count += 1).unwrap();
        assert_eq!(count, 20_000);
        best = best.min(started.elapsed().as_secs_f64());
    }
    eprintln!("20,000 locations: {:.0} ms", best * 1000.0);
    // SQLite is not optimised in development builds.
    assert!(best < if cfg!(debug_assertions) { 0.4 } else { 0.1 }, "{best} s");
}

#[test]
fn an_unreadable_file_is_a_failure_until_it_becomes_readable() {
    let (_directory, catalog) = catalog();
    let path = Path::new("/archive/locked.mp4");
    catalog.record_unidentified(path, "permission denied", Some("change its permissions")).unwrap();
    let mut wrong = analysis(1);
    let reason = "codec unknown".to_owned();
    wrong.steps[1].outcome = StepOutcome::Failed { reason, hint: Some("install it".to_owned()) };
    wrong.steps[4].outcome = StepOutcome::Skipped { reason: "no audio".to_owned() };
    located(&catalog, 1, "/archive/a.mp4", "a");
    catalog.commit(&wrong).unwrap();
    let failures = catalog.failures().unwrap();
    assert_eq!(failures.len(), 2);
    assert_eq!((failures[0].path.as_path(), failures[0].step), (path, None));
    assert_eq!((failures[1].asset_id, failures[1].step), (Some(asset_id(1)), Some(Step::Shots)));
    assert_eq!(failures[1].hint.as_deref(), Some("install it"));
    let counts = catalog.counts().unwrap();
    assert_eq!(counts[1], StepCount { step: Step::Shots, done: 0, failed: 1, skipped: 0 });
    assert_eq!(counts[4], StepCount { step: Step::Speech, done: 0, failed: 0, skipped: 1 });
    located(&catalog, 2, "/archive/locked.mp4", "a");
    assert_eq!(catalog.failures().unwrap().len(), 1);
}

#[test]
fn filters_become_sets_of_assets_only_where_they_have_to() {
    let (_directory, catalog) = catalog();
    let first = located(&catalog, 1, "/archive/Finals/2012/one.mp4", "Finals");
    let second = located(&catalog, 2, "/archive/heats/two.mov", "Heats");
    catalog.commit(&analysis(1)).unwrap();
    let mut other = analysis(2);
    other.media.as_mut().unwrap().created = Some("2016-02-29".to_owned());
    other.segments.truncate(1);
    other.embeddings.truncate(1);
    catalog.commit(&other).unwrap();
    let assets = |filters: Filters| catalog.resolve(&filters).unwrap().assets;
    let none = Filters::default;
    let kinds = vec![AssetKind::Audio];
    let scope = catalog.resolve(&Filters { kinds: kinds.clone(), collections: vec!["a".into()], ..none() }).unwrap();
    assert_eq!((scope.assets, scope.kinds, scope.collections), (None, kinds, vec!["a".to_owned()]));
    assert_eq!(assets(Filters { after: Some("2012-08-02".into()), ..none() }), Some(vec![second]));
    assert_eq!(assets(Filters { after: Some("2012-08-01".into()), ..none() }), Some(vec![first, second]));
    assert_eq!(assets(Filters { before: Some("2012-08-01".into()), ..none() }), Some(vec![]));
    assert_eq!(assets(Filters { languages: vec!["EN".into()], ..none() }), Some(vec![first]));
    assert_eq!(assets(Filters { tags: vec!["archery".into()], ..none() }), Some(vec![first, second]));
    assert_eq!(assets(Filters { tags: vec!["Shutter".into()], ..none() }), Some(vec![first]));
    assert_eq!(assets(Filters { tags: vec!["shutter=FAST".into()], ..none() }), Some(vec![first]));
    assert_eq!(assets(Filters { tags: vec!["shutter=slow".into()], ..none() }), Some(vec![]));
    assert_eq!(assets(Filters { paths: vec!["heats".into()], ..none() }), Some(vec![second]));
    assert_eq!(assets(Filters { paths: vec!["Finals/*.mp4".into()], ..none() }), Some(vec![first]));
    assert_eq!(assets(Filters { paths: vec!["*.mo[vx]".into(), "one".into()], ..none() }), Some(vec![first, second]));
    let both = Filters { paths: vec!["heats".into()], languages: vec!["en".into()], ..none() };
    assert_eq!(assets(both), Some(vec![]), "filters of different kinds have to hold together");
}

#[test]
fn assets_are_found_by_digits_or_path() {
    let (_directory, catalog) = catalog();
    located(&catalog, 0xab, "/archive/one.mp4", "a");
    located(&catalog, 0xac, "/archive/two.mp4", "a");
    assert_eq!(catalog.only_asset("abab").unwrap().id, asset_id(0xab));
    assert_eq!(catalog.only_asset("/archive/two.mp4").unwrap().id, asset_id(0xac));
    assert!(matches!(catalog.only_asset("a"), Err(StoreError::AmbiguousAsset { count: 2, .. })));
    for unknown in ["f", "", "no such", "%"] {
        assert!(matches!(catalog.only_asset(unknown), Err(StoreError::UnknownAsset { .. })), "{unknown}");
    }
}

#[test]
fn a_moment_gets_the_location_that_exists_and_the_nearest_picture() {
    let (_directory, catalog) = catalog();
    let key = located(&catalog, 1, "/a/gone.mp4", "old");
    located(&catalog, 1, "/b/here.mp4", "new");
    catalog.mark_missing(&["/a/gone.mp4".into()]).unwrap();
    catalog.commit(&analysis(1)).unwrap();
    let facts = catalog.moment_facts(&[key, AssetKey(99), key]).unwrap();
    assert_eq!(facts.len(), 1);
    assert_eq!((facts[&key].path.as_str(), facts[&key].collection.as_str()), ("/b/here.mp4", "new"));
    assert_eq!(facts[&key].kind, Some(AssetKind::Video));
    let near = |start, end| catalog.thumbnail_near(key, TimeSpan::new(start, end)).unwrap();
    assert_eq!(near(0, 1000).as_deref(), Some("thumbnails/1-0.jpg"));
    assert_eq!(near(900, 5000).as_deref(), Some("thumbnails/1-1.jpg"));
    assert_eq!(catalog.thumbnail_near(AssetKey(99), TimeSpan::new(0, 1)).unwrap(), None);
}

#[test]
fn only_changes_that_the_indexes_have_to_follow_get_a_number() {
    let (_directory, catalog) = catalog();
    let key = located(&catalog, 1, "/a/one.mp4", "a");
    assert_eq!(catalog.last_sequence().unwrap(), 0, "nothing of it is indexed yet");
    catalog.commit(&analysis(1)).unwrap();
    located(&catalog, 1, "/a/one.mp4", "a");
    assert_eq!(catalog.last_sequence().unwrap(), 1, "nothing changed");
    located(&catalog, 1, "/a/one.mp4", "b");
    assert_eq!(catalog.last_sequence().unwrap(), 2, "it moved to another collection");
    located(&catalog, 2, "/a/one.mp4", "b");
    let changes = catalog.changes_since(2, 10).unwrap();
    assert_eq!(changes, [Change { sequence: 3, asset: key, removed: false }], "the file holds another asset now");
    catalog.remove_asset(key).unwrap();
    assert!(catalog.changes_since(3, 10).unwrap()[0].removed);
    catalog.set_flushed_sequences(&[(IndexName::Text, 4), (IndexName::VectorEdge, 3)]).unwrap();
    assert_eq!(catalog.changes_since(3, 10).unwrap().len(), 1, "one index has yet to follow");
    catalog.set_flushed_sequences(&[(IndexName::VectorEdge, 4)]).unwrap();
    assert!(catalog.changes_since(0, 10).unwrap().is_empty());
}

#[test]
fn a_newer_catalogue_is_left_alone() {
    let (directory, catalog) = catalog();
    drop(catalog);
    let connection = Connection::open(directory.path().join(CATALOGUE_FILE)).unwrap();
    connection.pragma_update(None, "user_version", FORMAT + 1).unwrap();
    drop(connection);
    for access in [Access::Write, Access::Read] {
        let opened = Catalog::open(directory.path(), access);
        assert!(matches!(opened, Err(StoreError::TooNew { found, .. }) if found == FORMAT + 1));
    }
}

#[test]
fn a_file_that_is_no_catalogue_is_called_damaged() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(CATALOGUE_FILE), "not a database ".repeat(1000)).unwrap();
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
    assert!(matches!(reader.set_meta("a", "b"), Err(StoreError::ReadOnly { .. })));
}
