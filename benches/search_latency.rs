//! How long a search takes in a library of 100,000 texts and as many vectors of 384 numbers.
//!
//! Reading the query with a model is left out: its vector is made up. Run with
//! `cargo bench --bench search_latency`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod made_library;

use std::{
    error::Error,
    time::{Duration, Instant},
};

use reeldex::{
    domain::{AssertionKind, AssetKind, Channel, Query, SpaceId, SpaceKind, Step},
    inference::{InferenceError, text::PassageEmbedder},
    search::Searcher,
    store::{Access, Store},
};

use made_library::{Numbers, analysis, commit, embedding, segment, settings, space, spread, unit};

const ASSETS: u64 = 1000;
const PER_ASSET: u64 = 100;
const PASSAGE_MILLIS: i64 = 30_000;
const DIMENSIONS: usize = 384;
const ROUNDS: usize = 100;

fn vector(numbers: &mut Numbers) -> Vec<f32> {
    let values: Vec<f32> = (0..DIMENSIONS)
        .map(|_| (2.0 * numbers.even() - 1.0) as f32)
        .collect();
    unit(&values)
}

/// Gives a made-up vector at once.
struct Ready {
    space: SpaceId,
    vector: Vec<f32>,
}

impl PassageEmbedder for Ready {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        Ok(vec![self.vector.clone(); texts.len()])
    }

    fn embed_query(&self, _text: &str) -> Result<Vec<f32>, InferenceError> {
        Ok(self.vector.clone())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let settings = settings(directory.path().to_owned());
    let store = Store::open(&settings, Access::Write)?;
    let mut numbers = Numbers(1);
    let space = space(SpaceKind::Passage, DIMENSIONS);
    let started = Instant::now();
    for asset in 0..ASSETS {
        add(&store, asset, &space, &mut numbers)?;
    }
    store.flush()?;
    println!(
        "filled with {} texts and vectors in {:.1?}",
        ASSETS * PER_ASSET,
        started.elapsed()
    );

    let model = Ready {
        space,
        vector: vector(&mut numbers),
    };
    let words = Searcher {
        store: &store,
        picture: None,
        passage: None,
    };
    let both = Searcher {
        passage: Some(&model),
        ..words
    };
    measure("three words", &words, || numbers.words(3))?;
    measure("two words and what they mean", &both, || numbers.words(2))?;
    measure("a question of ten words", &both, || numbers.words(10))?;
    measure("a phrase", &both, || format!("\"{}\"", numbers.words(2)))?;
    measure("a beginning", &both, || format!("{}*", numbers.word()))?;
    measure("a typing error", &both, || format!("{}~", numbers.word()))?;
    measure("two alternatives of two words", &both, || {
        format!("{} OR {}", numbers.words(2), numbers.words(2))
    })?;
    measure("one word after another", &both, || {
        format!(
            "said:{} then said:{} within 2m",
            numbers.word(),
            numbers.word()
        )
    })?;
    measure(
        "one thing after another, in words or meaning",
        &both,
        || {
            format!(
                "\"{}\" then \"{}\" within 2m",
                numbers.word(),
                numbers.word()
            )
        },
    )?;
    let reader = Store::open(&settings, Access::Read)?;
    let beside = Searcher {
        store: &reader,
        ..both
    };
    measure(
        "two words and what they mean, beside a writer",
        &beside,
        || numbers.words(2),
    )
}

fn measure(
    name: &str,
    searcher: &Searcher<'_>,
    mut text: impl FnMut() -> String,
) -> Result<(), Box<dyn Error>> {
    let mut times: Vec<Duration> = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let query = Query {
            text: text(),
            limit: 20,
            ..Query::default()
        };
        let started = Instant::now();
        searcher.search(&query)?;
        times.push(started.elapsed());
    }
    println!("{name}: {}", spread(&mut times));
    Ok(())
}

fn add(
    store: &Store,
    number: u64,
    space: &SpaceId,
    numbers: &mut Numbers,
) -> Result<(), Box<dyn Error>> {
    let mut analysis = analysis(
        number,
        AssetKind::Audio,
        PER_ASSET as i64 * PASSAGE_MILLIS,
        &[Step::Probe, Step::Speech, Step::Passage],
    );
    for ordinal in 0..PER_ASSET {
        let start = ordinal as i64 * PASSAGE_MILLIS;
        for (channel, step) in [
            (Channel::Speech, Step::Speech),
            (Channel::Passage, Step::Passage),
        ] {
            analysis.segments.push(segment(
                step,
                channel,
                (start, start + 20_000),
                ordinal,
                (AssertionKind::Transcript, numbers.words(12)),
            ));
        }
        let vector = embedding(&analysis, start, space, &vector(numbers));
        analysis.embeddings.push(vector);
    }
    let path = format!("/archive/{number}.wav");
    commit(store, &analysis, path, "archive".to_owned())
}
