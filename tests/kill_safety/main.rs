//! A library survives being killed at any point of its work: it ends up as if nothing had happened.
//!
//! The test starts itself as a child that works through a list of changes drawn from a seed, kills
//! it, and starts it again where the catalogue says it was. In the end the catalogue, the full-text
//! index and the vector index are compared with those of a library that nobody disturbed.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a child tells its parent where it is, the parent what it measured"
)]

mod changes;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use changes::{Random, asset_id, change, space};
use reeldex::{
    domain::*,
    store::{Access, Store, StoreSettings, VectorSettings, WordField, WordQuery},
};

const ROLE: &str = "REELDEX_TEST_KILL_SAFETY_LIBRARY";
const TARGET: &str = "REELDEX_TEST_KILL_SAFETY_TARGET";
/// Other points to kill at than the usual ones.
const SEED: &str = "REELDEX_TEST_KILL_SAFETY_SEED";
const KILLS: u32 = 60;
const ASSETS: u64 = 9;
const READY: &str = "ready for the next change";
const OPERATION: &str = "test_operation";

#[test]
fn a_library_killed_sixty_times_equals_an_undisturbed_one() {
    if let Some(library) = std::env::var_os(ROLE) {
        let target = std::env::var(TARGET).unwrap().parse().unwrap();
        work(&PathBuf::from(library), target);
        return;
    }
    // A kill leaves what was written to the system, on a disk or in memory; in memory more of the
    // kills fall into the work than into waiting for a disk.
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let directory = tempfile::tempdir_in(parent).unwrap();
    let disturbed = directory.path().join("disturbed");
    let started = Instant::now();
    let seed = std::env::var(SEED).map_or(2024, |seed| seed.parse().unwrap());
    let mut random = Random(seed);
    for round in 0..KILLS {
        let mut child = start(&disturbed, u64::MAX);
        // Every third kill may fall into opening and repairing, the others into the work itself.
        if round % 3 == 0 {
            std::thread::sleep(Duration::from_micros(random.below(200_000)));
        } else {
            wait_for_changes(&mut child, random.below(5));
            std::thread::sleep(Duration::from_micros(random.below(60_000)));
        }
        let is_alive = child.try_wait().unwrap();
        assert_eq!(is_alive, None, "the child ended by itself in round {round}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let done = operations_done(&open(&disturbed, Access::Read));
    assert!(
        done > u64::from(KILLS),
        "only {done} changes were made in {KILLS} rounds"
    );
    let target = done + 10;
    assert!(start(&disturbed, target).wait().unwrap().success());
    let undisturbed = directory.path().join("undisturbed");
    work(&undisturbed, target);
    let (found, expected) = (
        open(&disturbed, Access::Write),
        open(&undisturbed, Access::Write),
    );
    assert_same(&found, &expected);
    eprintln!(
        "{KILLS} kills, {target} changes, {:.1} s",
        started.elapsed().as_secs_f64()
    );
}

fn start(library: &Path, target: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_library_killed_sixty_times_equals_an_undisturbed_one",
            "--nocapture",
        ])
        .env(ROLE, library)
        .env(TARGET, target.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until the child has opened the library and made so many changes.
fn wait_for_changes(child: &mut Child, count: u64) {
    let output = BufReader::new(child.stdout.as_mut().unwrap());
    let mut lines = output
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.ends_with(READY));
    let last = lines.nth(count as usize);
    assert!(last.is_some(), "the child ended before {count} changes");
}

fn open(library: &Path, access: Access) -> Store {
    let settings = StoreSettings {
        directory: library.to_owned(),
        vectors: VectorSettings::Edge,
    };
    Store::open(&settings, access).unwrap()
}

fn operations_done(store: &Store) -> u64 {
    let done = store.catalog().meta(OPERATION).unwrap();
    done.map_or(0, |done| done.parse().unwrap())
}

/// Makes all changes up to `target`, from where the catalogue says.
fn work(library: &Path, target: u64) {
    let store = open(library, Access::Write);
    println!("{READY}");
    for operation in operations_done(&store)..target {
        change(&store, operation);
        store
            .catalog()
            .set_meta(OPERATION, &(operation + 1).to_string())
            .unwrap();
        println!("{READY}");
    }
}

fn assert_same(found: &Store, expected: &Store) {
    assert_eq!(operations_done(found), operations_done(expected));
    let (mut vectors, mut corrections) = (0, 0);
    for asset in 0..ASSETS {
        let records = [found, expected].map(|store| {
            let record = store.catalog().asset_by_id(asset_id(asset)).unwrap();
            record.map(|record| (record.key, record.media, record.locations))
        });
        let [Some(one), Some(other)] = &records else {
            assert_eq!(records[0], records[1]);
            continue;
        };
        assert_eq!(one, other);
        let (here, there) = (found.catalog(), expected.catalog());
        assert_eq!(
            here.step_records(one.0).unwrap(),
            there.step_records(other.0).unwrap()
        );
        let (segments, corrected) = without_times(here.segments(one.0).unwrap());
        assert_eq!(segments, without_times(there.segments(other.0).unwrap()).0);
        corrections += corrected;
        for space in spaces() {
            let stored = here.embeddings(one.0, &space).unwrap();
            assert_eq!(stored, there.embeddings(other.0, &space).unwrap());
            // What was never probed is not searched.
            vectors += if one.1.is_some() { stored.len() } else { 0 };
        }
    }
    assert!(corrections > 0, "no correction holds");
    let documents = found.text_index().documents().unwrap();
    assert!(
        documents.len() > 50,
        "{} documents say little",
        documents.len()
    );
    let expected_documents = expected.text_index().documents().unwrap();
    let only_here: Vec<_> = documents
        .iter()
        .filter(|document| !expected_documents.contains(document))
        .collect();
    let only_there: Vec<_> = expected_documents
        .iter()
        .filter(|document| !documents.contains(document))
        .collect();
    assert!(
        only_here.is_empty() && only_there.is_empty(),
        "{only_here:?} {only_there:?}"
    );
    assert_eq!(documents.len(), expected_documents.len());
    assert!(vectors > 50, "{vectors} vectors say little");
    let mut points = 0;
    for space in spaces() {
        let held = found.vector_index().points(&space).unwrap();
        points += held.len();
        assert_eq!(held, expected.vector_index().points(&space).unwrap());
    }
    assert_eq!(points, vectors);
    assert_same_answers(found, expected);
}

/// Segments without the times at which people spoke, which differ from run to run; and how often they did.
fn without_times(mut segments: Vec<(SegmentId, Segment)>) -> (Vec<(SegmentId, Segment)>, usize) {
    let mut corrections = 0;
    for (_, segment) in &mut segments {
        for said in &mut segment.assertions {
            if said.provenance.is_by_person() {
                said.provenance.settings.clear();
                corrections += 1;
            }
        }
    }
    (segments, corrections)
}

/// What is stored beside ids shows in searches: collections, spans, words.
fn assert_same_answers(found: &Store, expected: &Store) {
    for collection in 0..3 {
        let scope = RetrievalScope {
            collections: vec![format!("collection {collection}")],
            ..Default::default()
        };
        for space in spaces() {
            let vector: Vec<f32> = (0..space.dimensions)
                .map(|index| 1.0 - index as f32 / 20.0)
                .collect();
            let answers = [found, expected].map(|store| {
                let mut hits = store
                    .search_vectors(&space, &vector, &scope, 10_000, f32::MIN)
                    .unwrap();
                hits.sort_by_key(|hit| (hit.segment, hit.at_millis));
                hits
            });
            assert_eq!(answers[0], answers[1]);
        }
        for text in ["word7", "tag3", "file"] {
            let query = WordQuery {
                text: text.to_owned(),
                fields: WordField::ALL.to_vec(),
            };
            let answers = [found, expected].map(|store| {
                let hits = store.search_words(&query, &scope, 10_000).unwrap();
                let mut segments: Vec<_> = hits
                    .iter()
                    .map(|hit| (hit.asset, hit.segment, hit.span))
                    .collect();
                segments.sort();
                segments
            });
            assert_eq!(answers[0], answers[1], "{text} in collection {collection}");
        }
    }
}

fn spaces() -> [SpaceId; 2] {
    [space(SpaceKind::Picture, 64), space(SpaceKind::Passage, 32)]
}
