//! How long a search takes in a library of 100,000 texts and as many vectors of 384 numbers.
//!
//! Reading the query with a model is left out: its vector is made up. Run with
//! `cargo bench --bench search_latency`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::{Duration, Instant};

use half::f16;
use reeldex::{
    domain::{
        Analysis, Assertion, AssertionKind, AssetId, AssetKind, Channel, Embedding, MediaInfo,
        Provenance, Query, Segment, SpaceId, SpaceKind, Step, StepOutcome, StepRecord, TimeSpan,
    },
    inference::{InferenceError, text::PassageEmbedder},
    search::Searcher,
    store::{Access, LocationRecord, Store, StoreSettings, VectorSettings},
};

const ASSETS: u32 = 1000;
const PER_ASSET: u32 = 100;
const DIMENSIONS: usize = 384;
const WORDS: u64 = 20_000;
const ROUNDS: usize = 100;

/// A small generator (Steele, Lea and Flood 2014, SplitMix64): the same library every time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Common words are common: the square of an even number leans to the low ones.
    fn word(&mut self) -> String {
        let even = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        format!("word{}", (even * even * WORDS as f64) as u64)
    }

    fn text(&mut self, words: usize) -> String {
        (0..words)
            .map(|_| self.word())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn vector(&mut self) -> Vec<f32> {
        let values: Vec<f32> = (0..DIMENSIONS)
            .map(|_| (self.next() >> 40) as f32 / (1u32 << 23) as f32 - 1.0)
            .collect();
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        values.iter().map(|value| value / length).collect()
    }
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

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let settings = StoreSettings {
        directory: directory.path().to_owned(),
        vectors: VectorSettings::Edge,
    };
    let store = Store::open(&settings, Access::Write)?;
    let mut numbers = Numbers(1);
    let space = SpaceId {
        kind: SpaceKind::Passage,
        model: "bench@0".to_owned(),
        dimensions: DIMENSIONS as u32,
    };
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
        vector: numbers.vector(),
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
    measure("three words", &words, || numbers.text(3))?;
    measure("two words and what they mean", &both, || numbers.text(2))?;
    measure("a question of ten words", &both, || numbers.text(10))?;
    measure("a phrase", &both, || format!("\"{}\"", numbers.text(2)))?;
    measure("a beginning", &both, || format!("{}*", numbers.word()))?;
    measure("a typing error", &both, || format!("{}~", numbers.word()))?;
    measure("two alternatives of two words", &both, || {
        format!("{} OR {}", numbers.text(2), numbers.text(2))
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
        || numbers.text(2),
    )
}

fn measure(
    name: &str,
    searcher: &Searcher<'_>,
    mut text: impl FnMut() -> String,
) -> Result<(), Box<dyn std::error::Error>> {
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
    times.sort_unstable();
    println!(
        "{name}: p50 {:.1?}, p99 {:.1?}",
        times[ROUNDS / 2],
        times[ROUNDS * 99 / 100]
    );
    Ok(())
}

fn add(
    store: &Store,
    number: u32,
    space: &SpaceId,
    numbers: &mut Numbers,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&number.to_le_bytes());
    let mut analysis = Analysis::new(AssetId(id));
    analysis.media = Some(MediaInfo {
        kind: AssetKind::Audio,
        container: "wav".to_owned(),
        duration_millis: Some(3_000_000),
        streams: Vec::new(),
        chapters: Vec::new(),
        start_timecode: None,
        created: None,
        tags: Default::default(),
        warnings: Vec::new(),
    });
    analysis.steps = [Step::Probe, Step::Speech, Step::Passage]
        .map(|step| StepRecord {
            step,
            outcome: StepOutcome::Done,
            version: "1".to_owned(),
            took_millis: 0,
        })
        .to_vec();
    for ordinal in 0..PER_ASSET {
        let start = i64::from(ordinal) * 30_000;
        for (channel, step) in [
            (Channel::Speech, Step::Speech),
            (Channel::Passage, Step::Passage),
        ] {
            analysis.segments.push(Segment {
                step,
                channel,
                span: TimeSpan::new(start, start + 20_000),
                ordinal,
                opening: None,
                keyframes: Vec::new(),
                assertions: vec![Assertion {
                    step,
                    kind: AssertionKind::Transcript,
                    value: numbers.text(12),
                    language: Some("en".to_owned()),
                    confidence: None,
                    words: Vec::new(),
                    provenance: Provenance {
                        maker: "bench".to_owned(),
                        version: String::new(),
                        settings: String::new(),
                    },
                }],
            });
        }
        analysis.embeddings.push(Embedding {
            segment: analysis.segments.len() as u32 - 1,
            at_millis: start,
            space: space.clone(),
            values_f16: numbers
                .vector()
                .iter()
                .map(|value| f16::from_f32(*value).to_bits())
                .collect(),
        });
    }
    let asset = store.catalog().upsert_asset(analysis.asset_id, 1)?;
    store.catalog().upsert_locations(&[LocationRecord {
        path: format!("/archive/{number}.wav").into(),
        asset,
        asset_id: analysis.asset_id,
        size_bytes: 1,
        modified_nanos: 0,
        inode: 0,
        device: 0,
        collection: "archive".to_owned(),
        missing: false,
    }])?;
    store.commit(&analysis)?;
    Ok(())
}
