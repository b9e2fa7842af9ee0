//! A library survives being killed at any point of its work: it ends up as if nothing had happened.
//!
//! The test starts itself as a child that works through a list of changes drawn from a seed, kills
//! it, and starts it again where the catalogue says it was. In the end the catalogue, the full-text
//! index and the vector index are compared with those of a library that nobody disturbed.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use half::f16;
use reeldex::{
    domain::*,
    store::{Access, LocationRecord, Store, StoreSettings, VectorSettings, WordField, WordQuery},
};

const ROLE: &str = "REELDEX_TEST_KILL_SAFETY_LIBRARY";
const TARGET: &str = "REELDEX_TEST_KILL_SAFETY_TARGET";
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
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let directory = tempfile::tempdir_in(parent).unwrap();
    let disturbed = directory.path().join("disturbed");
    let started = Instant::now();
    let mut random = Random(2024);
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
    assert!(done > u64::from(KILLS), "only {done} changes were made in {KILLS} rounds");
    let target = done + 10;
    assert!(start(&disturbed, target).wait().unwrap().success());
    let undisturbed = directory.path().join("undisturbed");
    work(&undisturbed, target);
    let (found, expected) = (open(&disturbed, Access::Write), open(&undisturbed, Access::Write));
    assert_same(&found, &expected);
    eprintln!("{KILLS} kills, {target} changes, {:.1} s", started.elapsed().as_secs_f64());
}

fn start(library: &Path, target: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_library_killed_sixty_times_equals_an_undisturbed_one", "--nocapture"])
        .env(ROLE, library)
        .env(TARGET, target.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until the child has opened the library and made so many changes.
fn wait_for_changes(child: &mut Child, count: u64) {
    let output = BufReader::new(child.stdout.as_mut().unwrap());
    let mut lines = output.lines().map_while(Result::ok).filter(|line| line.ends_with(READY));
    let last = lines.nth(count as usize);
    assert!(last.is_some(), "the child ended before {count} changes");
}

fn open(library: &Path, access: Access) -> Store {
    let settings = StoreSettings { directory: library.to_owned(), vectors: VectorSettings::Edge };
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
        store.catalog().set_meta(OPERATION, &(operation + 1).to_string()).unwrap();
        println!("{READY}");
    }
}

/// One change; making it twice changes nothing.
fn change(store: &Store, operation: u64) {
    let mut random = Random(operation * 7919 + 1);
    let asset = random.below(ASSETS);
    match operation % 20 {
        19 => {
            if let Some(record) = store.catalog().asset_by_id(asset_id(asset)).unwrap() {
                store.remove_asset(record.key).unwrap();
            }
        }
        13 => store.flush().unwrap(),
        9 if operation % 60 == 9 => drop(store.reindex(&mut |_, _| {}).unwrap()),
        step => {
            let key = store.catalog().upsert_asset(asset_id(asset), 1000).unwrap();
            // A file that moves between collections has to be found in the new one.
            let collection = format!("collection {}", operation / 5 % 3);
            store.catalog().upsert_locations(&[location(asset, key, collection)]).unwrap();
            store.commit(&analysis(asset, operation, step % 3)).unwrap();
        }
    }
    if operation % 6 == 5 {
        store.flush().unwrap();
    }
}

fn asset_id(asset: u64) -> AssetId {
    AssetId([asset as u8 + 1; 32])
}

fn location(asset: u64, key: AssetKey, collection: String) -> LocationRecord {
    LocationRecord {
        path: format!("/archive/file {asset}.mp4").into(),
        asset: key,
        asset_id: asset_id(asset),
        size_bytes: 1000,
        modified_nanos: 1,
        inode: asset,
        device: 1,
        collection,
        missing: false,
    }
}

/// All steps, or the pictures' alone, or the words' alone.
fn analysis(asset: u64, operation: u64, part: u64) -> Analysis {
    let mut random = Random(operation);
    let mut analysis = Analysis::new(asset_id(asset));
    let steps: &[Step] = match part {
        0 => &[Step::Probe, Step::Shots, Step::Picture, Step::Tags, Step::Speech, Step::Passage],
        1 => &[Step::Shots, Step::Picture, Step::Tags],
        _ => &[Step::Speech, Step::Passage],
    };
    analysis.steps = steps
        .iter()
        .map(|step| StepRecord {
            step: *step,
            outcome: StepOutcome::Done,
            version: format!("operation {operation}"),
            took_millis: 1,
        })
        .collect();
    analysis.media = steps.contains(&Step::Probe).then(|| media(operation));
    for ordinal in 0..20 + random.below(40) as u32 {
        let span = TimeSpan::new(i64::from(ordinal) * 1000, i64::from(ordinal) * 1000 + 1000);
        if steps.contains(&Step::Shots) {
            let tag = said(Step::Tags, AssertionKind::Tag, format!("tag{}", random.below(5)));
            push(&mut analysis, Step::Shots, Channel::Shot, span, ordinal, tag);
            embed(&mut analysis, SpaceKind::Picture, 64, &mut random);
        }
        if steps.contains(&Step::Speech) {
            let words = format!("word{} word{}", random.below(50), random.below(50));
            let words = said(Step::Speech, AssertionKind::Transcript, words);
            push(&mut analysis, Step::Speech, Channel::Speech, span, ordinal, words);
            if ordinal % 4 == 0 {
                let text = said(Step::Passage, AssertionKind::Transcript, "passage".to_owned());
                push(&mut analysis, Step::Passage, Channel::Passage, span, ordinal, text);
                embed(&mut analysis, SpaceKind::Passage, 32, &mut random);
            }
        }
    }
    analysis
}

fn push(analysis: &mut Analysis, step: Step, channel: Channel, span: TimeSpan, ordinal: u32, said: Assertion) {
    analysis.segments.push(Segment {
        step,
        channel,
        span,
        ordinal,
        opening: None,
        keyframes: Vec::new(),
        assertions: vec![said],
    });
}

fn said(step: Step, kind: AssertionKind, value: String) -> Assertion {
    Assertion {
        step,
        kind,
        value,
        language: Some("en".to_owned()),
        confidence: Some(0.5),
        words: Vec::new(),
        provenance: Provenance { maker: "test".into(), version: "1".into(), settings: String::new() },
    }
}

fn embed(analysis: &mut Analysis, kind: SpaceKind, dimensions: u32, random: &mut Random) {
    let segment = analysis.segments.len() as u32 - 1;
    let values: Vec<f32> = (0..dimensions).map(|_| random.below(2001) as f32 / 1000.0 - 1.0).collect();
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    analysis.embeddings.push(Embedding {
        segment,
        at_millis: analysis.segments[segment as usize].span.start_millis,
        space: space(kind, dimensions),
        values_f16: values.iter().map(|value| f16::from_f32(value / length).to_bits()).collect(),
    });
}

fn space(kind: SpaceKind, dimensions: u32) -> SpaceId {
    SpaceId { kind, model: "test@1".to_owned(), dimensions }
}

fn media(operation: u64) -> MediaInfo {
    MediaInfo {
        kind: AssetKind::Video,
        container: "mp4".to_owned(),
        duration_millis: Some(60_000),
        streams: Vec::new(),
        chapters: Vec::new(),
        start_timecode: None,
        created: Some(format!("20{:02}-05-01T10:00:00Z", operation % 30)),
        tags: BTreeMap::from([("title".to_owned(), format!("title{operation}"))]),
        warnings: Vec::new(),
    }
}

fn assert_same(found: &Store, expected: &Store) {
    assert_eq!(operations_done(found), operations_done(expected));
    let mut vectors = 0;
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
        assert_eq!(here.step_records(one.0).unwrap(), there.step_records(other.0).unwrap());
        assert_eq!(here.segments(one.0).unwrap(), there.segments(other.0).unwrap());
        for space in spaces() {
            let stored = here.embeddings(one.0, &space).unwrap();
            assert_eq!(stored, there.embeddings(other.0, &space).unwrap());
            vectors += stored.len();
        }
    }
    let documents = found.text_index().documents().unwrap();
    assert!(documents.len() > 50, "{} documents say little", documents.len());
    let expected_documents = expected.text_index().documents().unwrap();
    let only_here: Vec<_> = documents.iter().filter(|document| !expected_documents.contains(document)).collect();
    let only_there: Vec<_> = expected_documents.iter().filter(|document| !documents.contains(document)).collect();
    assert!(only_here.is_empty() && only_there.is_empty(), "{only_here:?} {only_there:?}");
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

/// What is stored beside ids shows in searches: collections, spans, words.
fn assert_same_answers(found: &Store, expected: &Store) {
    for collection in 0..3 {
        let scope = RetrievalScope { collections: vec![format!("collection {collection}")], ..Default::default() };
        for space in spaces() {
            let vector: Vec<f32> = (0..space.dimensions).map(|index| 1.0 - index as f32 / 20.0).collect();
            let answers = [found, expected].map(|store| {
                let mut hits = store.search_vectors(&space, &vector, &scope, 10_000).unwrap();
                hits.sort_by_key(|hit| (hit.segment, hit.at_millis));
                hits
            });
            assert_eq!(answers[0], answers[1]);
        }
        for text in ["word7", "tag3", "file"] {
            let query = WordQuery { text: text.to_owned(), fields: WordField::ALL.to_vec() };
            let answers = [found, expected].map(|store| {
                let hits = store.search_words(&query, &scope, 10_000).unwrap();
                let mut segments: Vec<_> = hits.iter().map(|hit| (hit.asset, hit.segment, hit.span)).collect();
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

/// Splitmix64: the same numbers from the same seed, everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
