//! Files, filters and outcomes.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path, time::Instant};

use super::{super::*, catalog, located};
use crate::{
    domain::*,
    store::fixtures::{analysis, asset_id, location},
};

#[test]
fn paths_are_bytes_and_a_folder_is_not_its_namesakes() {
    let (_directory, catalog) = catalog();
    let key = catalog.upsert_asset(asset_id(1), 1000).unwrap();
    let odd = Path::new(OsStr::from_bytes(b"/archive/a/\xff\n'\"%_.mp4"));
    let mut record = location("/", key, asset_id(1), "a");
    let paths = [
        Path::new("/archive/a/b.mp4"),
        odd,
        Path::new("/archive/ab/c.mp4"),
        Path::new("/archive/a"),
    ];
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
        catalog
            .locations_under(Path::new(root), &mut |record| found.push(record.path))
            .unwrap();
        assert_eq!(found, [paths[3], paths[0], odd]);
    }
    let mut count = 0;
    catalog
        .locations_under(Path::new("/"), &mut |_| count += 1)
        .unwrap();
    assert_eq!(count, 4);
}

#[test]
fn twenty_thousand_files_are_listed_in_a_tenth_of_a_second() {
    let (_directory, catalog) = catalog();
    let key = catalog.upsert_asset(asset_id(1), 1000).unwrap();
    let records: Vec<_> = (0..20_000)
        .map(|file| {
            location(
                &format!("/archive/{}/file-{file}.mp4", file % 100),
                key,
                asset_id(1),
                "a",
            )
        })
        .collect();
    catalog.upsert_locations(&records).unwrap();
    let mut best = f64::MAX;
    for _ in 0..5 {
        let (started, mut count) = (Instant::now(), 0);
        catalog
            .locations_under(Path::new("/archive"), &mut |_| count += 1)
            .unwrap();
        assert_eq!(count, 20_000);
        best = best.min(started.elapsed().as_secs_f64());
    }
    // SQLite is not optimised in development builds.
    assert!(
        best < if cfg!(debug_assertions) { 0.4 } else { 0.1 },
        "{best} s"
    );
}

#[test]
fn an_unreadable_file_is_a_failure_until_it_becomes_readable() {
    let (_directory, catalog) = catalog();
    let path = Path::new("/archive/locked.mp4");
    catalog
        .record_unidentified(path, "permission denied", Some("change its permissions"))
        .unwrap();
    let mut wrong = analysis(1);
    let reason = "codec unknown".to_owned();
    wrong.steps[1].outcome = StepOutcome::Failed {
        reason,
        hint: Some("install it".to_owned()),
    };
    wrong.steps[4].outcome = StepOutcome::Skipped {
        reason: "no audio".to_owned(),
    };
    located(&catalog, 1, "/archive/a.mp4", "a");
    catalog.commit(&wrong).unwrap();
    let failures = catalog.failures().unwrap();
    assert_eq!(failures.len(), 2);
    assert_eq!((failures[0].path.as_path(), failures[0].step), (path, None));
    assert_eq!(
        (failures[1].asset_id, failures[1].step),
        (Some(asset_id(1)), Some(Step::Shots))
    );
    assert_eq!(failures[1].hint.as_deref(), Some("install it"));
    let counts = catalog.counts().unwrap();
    assert_eq!(
        counts[1],
        StepCount {
            step: Step::Shots,
            done: 0,
            failed: 1,
            skipped: 0
        }
    );
    assert_eq!(
        counts[4],
        StepCount {
            step: Step::Speech,
            done: 0,
            failed: 0,
            skipped: 1
        }
    );
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
    let scope = catalog
        .resolve(&Filters {
            kinds: kinds.clone(),
            collections: vec!["a".into()],
            ..none()
        })
        .unwrap();
    assert_eq!(
        (scope.assets, scope.kinds, scope.collections),
        (None, kinds, vec!["a".to_owned()])
    );
    assert_eq!(
        assets(Filters {
            after: Some("2012-08-02".into()),
            ..none()
        }),
        Some(vec![second])
    );
    assert_eq!(
        assets(Filters {
            after: Some("2012-08-01".into()),
            ..none()
        }),
        Some(vec![first, second])
    );
    assert_eq!(
        assets(Filters {
            before: Some("2012-08-01".into()),
            ..none()
        }),
        Some(vec![])
    );
    assert_eq!(
        assets(Filters {
            languages: vec!["EN".into()],
            ..none()
        }),
        Some(vec![first])
    );
    assert_eq!(
        assets(Filters {
            tags: vec!["archery".into()],
            ..none()
        }),
        Some(vec![first, second])
    );
    assert_eq!(
        assets(Filters {
            tags: vec!["Shutter".into()],
            ..none()
        }),
        Some(vec![first])
    );
    assert_eq!(
        assets(Filters {
            tags: vec!["shutter=FAST".into()],
            ..none()
        }),
        Some(vec![first])
    );
    assert_eq!(
        assets(Filters {
            tags: vec!["shutter=slow".into()],
            ..none()
        }),
        Some(vec![])
    );
    assert_eq!(
        assets(Filters {
            paths: vec!["heats".into()],
            ..none()
        }),
        Some(vec![second])
    );
    assert_eq!(
        assets(Filters {
            paths: vec!["Finals/*.mp4".into()],
            ..none()
        }),
        Some(vec![first])
    );
    assert_eq!(
        assets(Filters {
            paths: vec!["*.mo[vx]".into(), "one".into()],
            ..none()
        }),
        Some(vec![first, second])
    );
    let both = Filters {
        paths: vec!["heats".into()],
        languages: vec!["en".into()],
        ..none()
    };
    assert_eq!(
        assets(both),
        Some(vec![]),
        "filters of different kinds have to hold together"
    );
}

#[test]
fn assets_are_found_by_digits_or_path() {
    let (_directory, catalog) = catalog();
    located(&catalog, 0xab, "/archive/one.mp4", "a");
    located(&catalog, 0xac, "/archive/two.mp4", "a");
    assert_eq!(catalog.only_asset("abab").unwrap().id, asset_id(0xab));
    assert_eq!(
        catalog.only_asset("/archive/two.mp4").unwrap().id,
        asset_id(0xac)
    );
    assert!(matches!(
        catalog.only_asset("a"),
        Err(StoreError::AmbiguousAsset { count: 2, .. })
    ));
    for unknown in ["f", "", "no such", "%"] {
        assert!(
            matches!(
                catalog.only_asset(unknown),
                Err(StoreError::UnknownAsset { .. })
            ),
            "{unknown}"
        );
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
    assert_eq!(
        (facts[&key].path.as_str(), facts[&key].collection.as_str()),
        ("/b/here.mp4", "new")
    );
    assert_eq!(facts[&key].kind, Some(AssetKind::Video));
    let near = |start, end| {
        catalog
            .thumbnail_near(key, TimeSpan::new(start, end))
            .unwrap()
    };
    assert_eq!(near(0, 1000).as_deref(), Some("thumbnails/1-0.jpg"));
    assert_eq!(near(900, 5000).as_deref(), Some("thumbnails/1-1.jpg"));
    assert_eq!(
        catalog
            .thumbnail_near(AssetKey(99), TimeSpan::new(0, 1))
            .unwrap(),
        None
    );
}

#[test]
fn only_changes_that_the_indexes_have_to_follow_get_a_number() {
    let (_directory, catalog) = catalog();
    let key = located(&catalog, 1, "/a/one.mp4", "a");
    assert_eq!(
        catalog.last_sequence().unwrap(),
        0,
        "nothing of it is indexed yet"
    );
    catalog.commit(&analysis(1)).unwrap();
    located(&catalog, 1, "/a/one.mp4", "a");
    assert_eq!(catalog.last_sequence().unwrap(), 1, "nothing changed");
    located(&catalog, 1, "/a/one.mp4", "b");
    assert_eq!(
        catalog.last_sequence().unwrap(),
        2,
        "it moved to another collection"
    );
    located(&catalog, 2, "/a/one.mp4", "b");
    let changes = catalog.changes_since(2, 10).unwrap();
    assert_eq!(
        changes,
        [Change {
            sequence: 3,
            asset: key,
            removed: false
        }],
        "the file holds another asset now"
    );
    catalog.remove_asset(key).unwrap();
    assert!(catalog.changes_since(3, 10).unwrap()[0].removed);
    catalog
        .set_flushed_sequences(&[(IndexName::Text, 4), (IndexName::VectorEdge, 3)])
        .unwrap();
    assert_eq!(
        catalog.changes_since(3, 10).unwrap().len(),
        1,
        "one index has yet to follow"
    );
    catalog
        .set_flushed_sequences(&[(IndexName::VectorEdge, 4)])
        .unwrap();
    assert!(catalog.changes_since(0, 10).unwrap().is_empty());
}

#[test]
fn a_writer_that_ends_leaves_no_log_to_read() {
    let (directory, catalog) = catalog();
    catalog.upsert_asset(asset_id(1), 1000).unwrap();
    // One who has read keeps a connection, so that SQLite itself would leave the log as it is.
    assert!(catalog.asset_by_id(asset_id(1)).unwrap().is_some());
    let log = directory.path().join("catalog.sqlite-wal");
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    drop(catalog);
    assert_eq!(std::fs::metadata(&log).map_or(0, |log| log.len()), 0);
}
