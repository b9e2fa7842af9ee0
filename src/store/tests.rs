//! What a library promises as a whole.

#![allow(
    clippy::print_stderr,
    reason = "a skipped test says why, a timed one how long it took"
)]

use std::{path::Path, process::Command, time::Instant};

use super::{fixtures::*, *};
use crate::domain::*;

type Documents = Vec<(AssetKey, SegmentId, WordField)>;
type Points = Vec<(u128, AssetKey)>;

/// All that the indexes hold, after opening has repaired them.
fn everything(directory: &Path) -> (Documents, Points) {
    let store = writer(directory);
    let points = store.vector_index().points(&picture_space()).unwrap();
    (store.text_index().documents().unwrap(), points)
}

fn words(store: &Store, text: &str, scope: &RetrievalScope) -> Vec<WordHit> {
    let query = WordQuery {
        text: text.to_owned(),
        fields: WordField::ALL.to_vec(),
    };
    store.search_words(&query, scope, 10).unwrap()
}

#[test]
fn a_committed_analysis_is_found_by_words_and_vectors() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    let key = commit(&store, 1, "finals");
    store.flush().unwrap();
    let all = RetrievalScope::default();
    let hits = words(&store, "gold", &all);
    assert_eq!(
        (hits.len(), hits[0].asset, hits[0].channel),
        (1, key, Channel::Speech)
    );
    assert_eq!(hits[0].span, TimeSpan::new(0, 1000));
    assert_eq!(
        store
            .catalog()
            .segments(key)
            .unwrap()
            .iter()
            .filter(|(id, _)| *id == hits[0].segment)
            .count(),
        1
    );
    let tagged = words(&store, "shutter", &all);
    assert_eq!(
        (tagged[0].channel, tagged[0].span),
        (Channel::Shot, TimeSpan::new(1000, 2000))
    );
    assert_eq!(
        words(&store, "clip", &all)[0].channel,
        Channel::Asset,
        "the file's name"
    );
    let near = store
        .search_vectors(&picture_space(), &[1.0, 1.0, 1.0, 0.0], &all, 1, f32::MIN)
        .unwrap();
    assert_eq!((near[0].asset, near[0].at_millis), (key, 1500));
}

#[test]
fn a_file_that_moves_to_another_collection_is_found_there() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    let key = commit(&store, 1, "heats");
    store.flush().unwrap();
    let old = location("/archive/heats/clip-1.mp4", key, asset_id(1), "heats");
    let new = location("/archive/finals/renamed.mp4", key, asset_id(1), "finals");
    store.catalog().mark_missing(&[old.path]).unwrap();
    store.catalog().upsert_locations(&[new]).unwrap();
    store.flush().unwrap();
    let scope = |name: &str| RetrievalScope {
        collections: vec![name.to_owned()],
        ..Default::default()
    };
    let vector = [1.0, 1.0, 0.0, 0.0];
    for (collection, expected) in [("finals", 2), ("heats", 0)] {
        let near = store
            .search_vectors(&picture_space(), &vector, &scope(collection), 10, f32::MIN)
            .unwrap();
        assert_eq!(near.len(), expected, "{collection}");
        assert_eq!(
            words(&store, "archer", &scope(collection)).is_empty(),
            expected == 0
        );
    }
    assert_eq!(
        words(&store, "renamed", &RetrievalScope::default()).len(),
        1
    );
}

#[test]
fn one_process_writes_and_others_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    commit(&store, 1, "a");
    store.flush().unwrap();
    let second = Store::open(&settings(directory.path()), Access::Write);
    assert!(matches!(second.err(), Some(StoreError::Busy { .. })));
    let reader = Store::open(&settings(directory.path()), Access::Read).unwrap();
    let all = RetrievalScope::default();
    assert_eq!(words(&reader, "gold", &all).len(), 1);
    assert_eq!(
        reader
            .search_vectors(&picture_space(), &[1.0; 4], &all, 10, f32::MIN)
            .unwrap()
            .len(),
        2
    );
    commit(&store, 2, "a");
    store.flush().unwrap();
    assert_eq!(
        words(&reader, "gold", &all).len(),
        2,
        "a reader sees the next flush"
    );
    assert_eq!(
        reader
            .search_vectors(&picture_space(), &[1.0; 4], &all, 10, f32::MIN)
            .unwrap()
            .len(),
        4
    );
    assert!(matches!(
        reader.commit(&analysis(3)),
        Err(StoreError::ReadOnly { .. })
    ));
    assert!(matches!(
        Store::open(&settings(&directory.path().join("nowhere")), Access::Read).err(),
        Some(StoreError::NoLibrary { .. })
    ));
}

#[test]
fn indexes_that_are_lost_or_damaged_are_rebuilt_on_opening() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    for number in 1..6 {
        commit(&store, number, "a");
    }
    drop(store);
    let expected = everything(directory.path());
    assert_eq!((expected.0.len(), expected.1.len()), (25, 10));
    for index in [TEXT_DIRECTORY, VECTOR_DIRECTORY] {
        std::fs::remove_dir_all(directory.path().join(index)).unwrap();
        assert_eq!(
            everything(directory.path()),
            expected,
            "{index} was removed"
        );
    }
    let text = directory.path().join(TEXT_DIRECTORY).join("meta.json");
    std::fs::write(text, "{").unwrap();
    assert_eq!(
        everything(directory.path()),
        expected,
        "the full-text index was damaged"
    );
    // As a power cut leaves it: the points are there, but can't be trusted.
    let connection = rusqlite::Connection::open(directory.path().join(CATALOGUE_FILE)).unwrap();
    let cut = "UPDATE meta SET value = 'another run' WHERE key = 'writing_since_boot'";
    assert_eq!(connection.execute(cut, []).unwrap(), 1);
    drop(connection);
    let shard = directory.path().join(VECTOR_DIRECTORY);
    let shard = std::fs::read_dir(shard)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mark = shard.join("mark");
    std::fs::write(&mark, "").unwrap();
    assert_eq!(everything(directory.path()), expected, "the power was cut");
    assert!(!mark.exists(), "the shard is a new one");
    // As a kill in the middle of `reindex` leaves it.
    let store = writer(directory.path());
    store
        .catalog()
        .set_flushed_sequences(&[(IndexName::Text, 0), (IndexName::VectorEdge, 0)])
        .unwrap();
    store.text_index().clear().unwrap();
    drop(store);
    assert_eq!(
        everything(directory.path()),
        expected,
        "rebuilding was broken off"
    );
}

#[test]
fn reindexing_gives_the_same_indexes_and_tells_its_progress() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    for number in 1..4 {
        commit(&store, number, "a");
    }
    store.flush().unwrap();
    // Uncommitted changes of the full-text index must not fall on what is rebuilt.
    commit(&store, 2, "b");
    let mut told = Vec::new();
    let report = store
        .reindex(&mut |done, total| told.push((done, total)))
        .unwrap();
    assert_eq!(
        report,
        ReindexReport {
            assets: 3,
            documents: 15,
            vectors: 6
        }
    );
    assert_eq!(told, [(0, 3), (1, 3), (2, 3), (3, 3)]);
    drop(store);
    let (documents, points) = everything(directory.path());
    assert_eq!((documents.len(), points.len()), (15, 6));
}

#[test]
fn a_removed_asset_is_gone_everywhere() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    let key = commit(&store, 1, "a");
    commit(&store, 2, "a");
    store.flush().unwrap();
    store.remove_asset(key).unwrap();
    drop(store);
    let (documents, points) = everything(directory.path());
    assert!(documents.iter().all(|(asset, ..)| *asset != key));
    assert!(points.iter().all(|(_, asset)| *asset != key));
    assert_eq!((documents.len(), points.len()), (5, 2));
    let store = writer(directory.path());
    assert_ne!(commit(&store, 1, "a"), key, "a number never comes back");
}

#[test]
fn an_hour_of_video_is_committed_in_a_moment() {
    let directory = tempfile::tempdir().unwrap();
    let store = writer(directory.path());
    let mut analysis = analysis(1);
    let space = SpaceId {
        dimensions: 512,
        ..picture_space()
    };
    analysis.segments.clear();
    analysis.embeddings.clear();
    for ordinal in 0..900 {
        let tag = said(Step::Tags, AssertionKind::Tag, "archery");
        analysis
            .segments
            .push(segment(Step::Shots, Channel::Shot, ordinal, vec![tag]));
        let values = (0..512)
            .map(|index| half::f16::from_f32(((ordinal * index) as f32).sin() / 16.0).to_bits());
        analysis.embeddings.push(Embedding {
            segment: ordinal,
            at_millis: 0,
            space: space.clone(),
            values_f16: values.collect(),
        });
    }
    store.commit(&analysis).unwrap();
    let started = Instant::now();
    store.catalog().commit(&analysis).unwrap();
    let catalogue = started.elapsed();
    store.flush().unwrap();
    let started = Instant::now();
    store.commit(&analysis).unwrap();
    let whole = started.elapsed();
    let started = Instant::now();
    store.flush().unwrap();
    eprintln!(
        "900 shots: catalogue {catalogue:?}, with indexes {whole:?}, flush {:?}",
        started.elapsed()
    );
    // Neither SQLite nor the indexes are optimised in development builds.
    let limit = if cfg!(debug_assertions) { 3.0 } else { 0.2 };
    assert!(whole.as_secs_f64() < limit, "{whole:?}");
}

/// A file system of so many MiB in memory; taken away when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(mebibytes: u32) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "tmpfs"])
            .arg(directory.path())
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then_some(Self(directory))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_stops_the_work_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount(48) else {
        eprintln!("skipped: a small file system can't be mounted here");
        return;
    };
    let directory = disk.0.path().join("library");
    let store = writer(&directory);
    let ballast = disk.0.path().join("ballast");
    let mut committed = 0;
    let mut blocked = None;
    for number in 1..200 {
        if number == 20 {
            // Another program fills the disk but for what a few more commits need.
            let room = rustix::fs::statvfs(disk.0.path()).unwrap();
            let bytes = room.f_bavail * room.f_frsize - (9 << 20);
            std::fs::write(&ballast, vec![1; bytes as usize]).unwrap();
        }
        let result = store
            .catalog()
            .upsert_asset(asset_id(number), 1)
            .and_then(|_| store.commit(&analysis(number)));
        match result.and_then(|()| store.flush()) {
            Ok(()) => committed = number,
            Err(error) => {
                blocked = Some(error);
                break;
            }
        }
    }
    assert!(
        matches!(blocked, Some(StoreError::DiskFull { .. })),
        "{blocked:?}"
    );
    assert!(committed >= 19, "{committed}");
    drop(store);
    // Even to the last byte: the library can still be read.
    let rest = vec![1; 64 << 20];
    let _ = std::fs::write(disk.0.path().join("rest"), rest);
    let reader = Store::open(&settings(&directory), Access::Read).unwrap();
    assert!(
        reader
            .catalog()
            .asset_by_id(asset_id(committed))
            .unwrap()
            .unwrap()
            .media
            .is_some()
    );
    drop(reader);
    let opened = Store::open(&settings(&directory), Access::Write);
    assert!(opened.is_err_and(|error| matches!(error, StoreError::DiskFull { .. })));
    std::fs::remove_file(&ballast).unwrap();
    std::fs::remove_file(disk.0.path().join("rest")).unwrap();
    let store = writer(&directory);
    store.commit(&analysis(committed + 1)).unwrap();
    store.flush().unwrap();
    let points = store.vector_index().points(&picture_space()).unwrap();
    let assets: std::collections::BTreeSet<_> = points.iter().map(|(_, asset)| *asset).collect();
    assert_eq!(assets.len(), usize::from(committed) + 1);
}
