//! How long searches take in a library of a million moments, each a shot with tags, a picture vector and a spoken line.
//!
//! Reading the query with a model is left out: its vector is made up, as if it were remembered. Run with
//! `cargo bench --bench million_moments`. `REELDEX_BENCH_MOMENTS=50000` makes a smaller library,
//! `REELDEX_BENCH_LIBRARY=DIR` keeps it there and takes it again the next time.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod made_library;

use std::{
    collections::BTreeMap,
    error::Error,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use reeldex::{
    domain::{AssertionKind, AssetKind, Channel, Picture, Query, SpaceId, SpaceKind, Step},
    inference::{InferenceError, vision::PictureEmbedder},
    search::Searcher,
    store::{Access, Store},
};
use tokio::{runtime::Builder, sync::Semaphore};

use made_library::{
    Numbers, analysis, commit, embedding, segment, settings, space, spread, unit, word,
};

const PER_ASSET: u64 = 100;
const DIMENSIONS: usize = 256;
/// Subjects that pictures lie around, as those of an archive do; noise would suit no graph.
const SUBJECTS: u64 = 2000;
const TAGS: u64 = 300;
const ROUNDS: usize = 300;
const CLIENTS: u64 = 50;
/// Searches after which the index has been read into memory for the greater part.
const WARM_UP_ROUNDS: usize = 100;
const ROUNDS_OF_A_CLIENT: usize = 10;
/// Moments on a page.
const PAGE: usize = 24;
const SHOT_MILLIS: i64 = 4000;

/// A picture of a subject: near its middle.
fn picture(subject: u64, noise: &mut Numbers) -> Vec<f32> {
    let mut middle = Numbers(subject.wrapping_mul(7919));
    let values: Vec<f32> = (0..DIMENSIONS)
        .map(|_| (middle.even() - 0.5 + 0.6 * (noise.even() - 0.5)) as f32)
        .collect();
    unit(&values)
}

/// Gives the vector of a subject that follows from the text at once, as a memory of queries does.
struct Remembered(SpaceId);

impl PictureEmbedder for Remembered {
    fn space(&self) -> &SpaceId {
        &self.0
    }

    fn embed_pictures(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let pictures = pictures.iter();
        Ok(pictures
            .map(|shown| picture(u64::from(shown.width), &mut Numbers(1)))
            .collect())
    }

    fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let number = |text: &&str| {
            text.bytes()
                .fold(7, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte))
        };
        let texts = texts.iter().map(number);
        Ok(texts
            .map(|number| picture(number % SUBJECTS, &mut Numbers(number)))
            .collect())
    }

    fn logit_scale(&self) -> f32 {
        100.0
    }

    fn logit_bias(&self) -> Option<f32> {
        None
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let moments: u64 = match std::env::var("REELDEX_BENCH_MOMENTS") {
        Ok(text) => text.parse()?,
        Err(_) => 1_000_000,
    };
    let temporary = tempfile::tempdir()?;
    let kept = std::env::var_os("REELDEX_BENCH_LIBRARY").map(PathBuf::from);
    let settings = settings(kept.unwrap_or_else(|| temporary.path().to_owned()));
    let space = space(SpaceKind::Picture, DIMENSIONS);
    let started = Instant::now();
    let store = Store::open(&settings, Access::Write)?;
    println!("opened in {:.1?}", started.elapsed());
    // As a server does when it starts.
    store.read_ahead();
    println!("read ahead after {:.1?}", started.elapsed());
    fill(&store, moments / PER_ASSET, &space)?;
    let started = Instant::now();
    store.optimize()?;
    println!("graph built in {:.1?}", started.elapsed());
    println!("{}", memory());

    let model = Remembered(space);
    let searcher = Searcher {
        store: &store,
        picture: Some(&model),
        passage: None,
    };
    let mut numbers = Numbers(99);
    let hybrid = |numbers: &mut Numbers| query(numbers.words(3), true);
    warm_up(&searcher, hybrid)?;
    measure(
        "three words, their picture, facets (goal p99 50 ms)",
        &searcher,
        || hybrid(&mut numbers),
    )?;
    measure("one word and its picture, facets", &searcher, || {
        query(numbers.word(), true)
    })?;
    measure("the same without facets", &searcher, || {
        query(numbers.word(), false)
    })?;
    measure("\"a\" then \"b\" (goal p99 60 ms)", &searcher, || {
        query(
            format!("\"{}\" then \"{}\"", numbers.word(), numbers.word()),
            false,
        )
    })?;
    measure("said:a then said:b within 8s", &searcher, || {
        query(
            format!(
                "said:{} then said:{} within 8s",
                numbers.word(),
                numbers.word()
            ),
            false,
        )
    })?;
    suggest(&searcher, &mut numbers)?;
    clients(&searcher, hybrid)?;
    println!("{}", memory());
    Ok(())
}

fn query(text: String, facets: bool) -> Query {
    Query {
        text,
        facets,
        limit: PAGE,
        ..Query::default()
    }
}

/// Asks until what is read with the first searches has been read, and tells how long those take.
fn warm_up(
    searcher: &Searcher<'_>,
    hybrid: impl Fn(&mut Numbers) -> Query,
) -> Result<(), Box<dyn Error>> {
    let mut numbers = Numbers(7);
    let mut times = Vec::with_capacity(WARM_UP_ROUNDS);
    for _ in 0..WARM_UP_ROUNDS {
        let started = Instant::now();
        searcher.search(&hybrid(&mut numbers))?;
        times.push(started.elapsed());
    }
    let first = times[0];
    println!(
        "the first search: {first:.1?}; of the first {WARM_UP_ROUNDS}: {}",
        spread(&mut times)
    );
    Ok(())
}

/// Times rounds one after the other; with `REELDEX_BENCH_EXPLAIN` says which source took how much.
fn measure(
    name: &str,
    searcher: &Searcher<'_>,
    mut next: impl FnMut() -> Query,
) -> Result<(), Box<dyn Error>> {
    let mut times: Vec<Duration> = Vec::with_capacity(ROUNDS);
    let mut micros: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    let mut found = 0;
    for _ in 0..ROUNDS {
        let query = next();
        let started = Instant::now();
        let (answer, explanation) = searcher.explain(&query, &[])?;
        times.push(started.elapsed());
        found += answer.total;
        for asked in explanation.asked {
            let (sum, candidates) = micros.entry(asked.source).or_default();
            *sum += asked.took_micros;
            *candidates += asked.candidates;
        }
        let (sum, candidates) = micros.entry("until found").or_default();
        *sum += explanation.took_micros;
        *candidates += explanation.moments;
    }
    println!(
        "{name}: {}, {} moments each",
        spread(&mut times),
        found / ROUNDS
    );
    if std::env::var_os("REELDEX_BENCH_EXPLAIN").is_some() {
        let rounds = ROUNDS as u64;
        for (source, (sum, candidates)) in micros {
            println!(
                "    {source}: {:.2} ms, {} candidates",
                (sum / rounds) as f64 / 1000.0,
                candidates / ROUNDS
            );
        }
    }
    Ok(())
}

fn suggest(searcher: &Searcher<'_>, numbers: &mut Numbers) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let beginning: String = numbers.word().chars().take(1 + round % 5).collect();
        let started = Instant::now();
        searcher.suggest(&beginning, 8)?;
        times.push(started.elapsed());
    }
    println!(
        "suggestions for 1 to 5 letters (goal 20 ms): {}",
        spread(&mut times)
    );
    Ok(())
}

/// Many who ask at once. As the server does, as many searches run as there are cores, and the others
/// have their turn after them; waiting counts.
fn clients(
    searcher: &Searcher<'_>,
    hybrid: impl Fn(&mut Numbers) -> Query + Sync,
) -> Result<(), Box<dyn Error>> {
    let failed = AtomicU64::new(0);
    let cores = Semaphore::new(std::thread::available_parallelism()?.get());
    let started = Instant::now();
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (hybrid, failed, cores) = (&hybrid, &failed, &cores);
                scope.spawn(move || {
                    let waiting = Builder::new_current_thread().build()?;
                    let mut numbers = Numbers(1000 + client);
                    let rounds = (0..ROUNDS_OF_A_CLIENT).map(|_| {
                        let query = hybrid(&mut numbers);
                        let started = Instant::now();
                        let turn = waiting.block_on(cores.acquire());
                        let is_answered = turn.is_ok() && searcher.search(&query).is_ok();
                        failed.fetch_add(u64::from(!is_answered), Ordering::Relaxed);
                        drop(turn);
                        started.elapsed()
                    });
                    Ok::<Vec<Duration>, std::io::Error>(rounds.collect())
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a client ended early"))
            .collect::<Result<Vec<_>, _>>()
    })?
    .concat();
    let per_second = times.len() as f64 / started.elapsed().as_secs_f64();
    println!(
        "{CLIENTS} clients at once, facets (goal p99 400 ms): {}, {per_second:.0} a second, {} failed",
        spread(&mut times),
        failed.into_inner()
    );
    Ok(())
}

/// What this process has in memory: its own, and pages of files that are mapped.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mebibytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        kibibytes.unwrap_or(0) / 1024
    };
    let (own, mapped) = (mebibytes("RssAnon:"), mebibytes("RssFile:"));
    format!("memory {own} MiB, and {mapped} MiB of files")
}

/// Adds the assets that the library does not have yet.
fn fill(store: &Store, assets: u64, space: &SpaceId) -> Result<(), Box<dyn Error>> {
    let present = store.catalog().count_assets()?;
    let started = Instant::now();
    for number in present..assets {
        add(store, number, space)?;
    }
    store.flush()?;
    println!(
        "filled with {} moments in {:.1?}",
        (assets.saturating_sub(present)) * PER_ASSET,
        started.elapsed()
    );
    Ok(())
}

fn add(store: &Store, number: u64, space: &SpaceId) -> Result<(), Box<dyn Error>> {
    let numbers = &mut Numbers(number.wrapping_mul(1_000_003));
    let mut analysis = analysis(
        number,
        AssetKind::Video,
        PER_ASSET as i64 * SHOT_MILLIS,
        &[
            Step::Probe,
            Step::Shots,
            Step::Picture,
            Step::Tags,
            Step::Speech,
        ],
    );
    for ordinal in 0..PER_ASSET {
        let start = ordinal as i64 * SHOT_MILLIS;
        let tag = word(numbers.leaning(TAGS));
        analysis.segments.push(segment(
            Step::Shots,
            Channel::Shot,
            (start, start + SHOT_MILLIS),
            ordinal,
            (AssertionKind::Tag, tag),
        ));
        let subject = numbers.next() % SUBJECTS;
        let shown = picture(subject, numbers);
        let middle = start + SHOT_MILLIS / 2;
        let vector = embedding(&analysis, middle, space, &shown);
        analysis.embeddings.push(vector);
        analysis.segments.push(segment(
            Step::Speech,
            Channel::Speech,
            (start + 300, start + 3500),
            ordinal,
            (AssertionKind::Transcript, numbers.words(10)),
        ));
    }
    commit(
        store,
        &analysis,
        format!("/archive/{}/{}_{number}.mp4", number / 1000, word(number)),
        format!("collection {}", number % 8),
    )
}
