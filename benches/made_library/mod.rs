//! What the benches of searches share: chance that repeats itself, assets made of it, and their commit.

use std::{collections::BTreeMap, error::Error, path::PathBuf, time::Duration};

use half::f16;
use reeldex::{
    domain::{
        Analysis, Assertion, AssertionKind, AssetId, AssetKind, Channel, Embedding, MediaInfo,
        Provenance, Segment, SpaceId, SpaceKind, Step, StepOutcome, StepRecord, TimeSpan,
    },
    store::{LocationRecord, Store, StoreSettings, VectorSettings},
};

/// How many different words there are.
const WORDS: u64 = 20_000;

/// A small generator (Steele, Lea and Flood 2014, SplitMix64): the same library every time.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 on, below 1.
    pub(crate) fn even(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Common ones are common: the square of an even number leans to the low ones.
    pub(crate) fn leaning(&mut self, count: u64) -> u64 {
        let even = self.even();
        (even * even * count as f64) as u64
    }

    pub(crate) fn word(&mut self) -> String {
        word(self.leaning(WORDS))
    }

    pub(crate) fn words(&mut self, count: usize) -> String {
        let words: Vec<String> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }
}

/// A word of its own for each number, in syllables, so that beginnings are shared as in a language.
pub(crate) fn word(number: u64) -> String {
    const SYLLABLES: [&str; 30] = [
        "ar", "be", "co", "da", "el", "fo", "ga", "hi", "in", "jo", "ka", "lu", "me", "no", "or",
        "pa", "qui", "re", "so", "tu", "un", "ve", "wi", "xa", "yo", "zu", "cher", "gold", "mar",
        "stan",
    ];
    let (mut rest, mut word) = (number + 30, String::new());
    while rest > 0 {
        word.push_str(SYLLABLES[(rest % 30) as usize]);
        rest /= 30;
    }
    word
}

/// A vector brought to unit length.
pub(crate) fn unit(values: &[f32]) -> Vec<f32> {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter().map(|value| value / length).collect()
}

pub(crate) fn settings(directory: PathBuf) -> StoreSettings {
    StoreSettings {
        directory,
        vectors: VectorSettings::Edge,
    }
}

pub(crate) fn space(kind: SpaceKind, dimensions: usize) -> SpaceId {
    SpaceId {
        kind,
        model: "bench@0".to_owned(),
        dimensions: dimensions as u32,
    }
}

/// An asset of that number with nothing said of it yet, on which these steps are done.
pub(crate) fn analysis(
    number: u64,
    kind: AssetKind,
    duration_millis: i64,
    steps: &[Step],
) -> Analysis {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_le_bytes());
    let mut analysis = Analysis::new(AssetId(id));
    analysis.media = Some(MediaInfo {
        kind,
        container: "mp4".to_owned(),
        duration_millis: Some(duration_millis),
        streams: Vec::new(),
        chapters: Vec::new(),
        start_timecode: None,
        created: Some(format!("{}-06-01T12:00:00Z", 1990 + number % 35)),
        tags: BTreeMap::new(),
        warnings: Vec::new(),
    });
    let done = |step: &Step| StepRecord {
        step: *step,
        outcome: StepOutcome::Done,
        version: "1".to_owned(),
        took_millis: 0,
    };
    analysis.steps = steps.iter().map(done).collect();
    analysis
}

/// A segment of which one thing is said; words are English.
pub(crate) fn segment(
    step: Step,
    channel: Channel,
    span: (i64, i64),
    ordinal: u64,
    (kind, value): (AssertionKind, String),
) -> Segment {
    let said_by = match kind {
        AssertionKind::Tag => Step::Tags,
        _ => step,
    };
    Segment {
        step,
        channel,
        span: TimeSpan::new(span.0, span.1),
        ordinal: ordinal as u32,
        opening: None,
        keyframes: Vec::new(),
        assertions: vec![Assertion {
            step: said_by,
            kind,
            value,
            language: (kind == AssertionKind::Transcript).then(|| "en".to_owned()),
            confidence: None,
            words: Vec::new(),
            provenance: Provenance {
                maker: "bench".to_owned(),
                version: String::new(),
                settings: String::new(),
            },
        }],
    }
}

/// The vector of the segment that is added last.
pub(crate) fn embedding(
    analysis: &Analysis,
    at_millis: i64,
    space: &SpaceId,
    vector: &[f32],
) -> Embedding {
    Embedding {
        segment: analysis.segments.len() as u32 - 1,
        at_millis,
        space: space.clone(),
        values_f16: vector
            .iter()
            .map(|value| f16::from_f32(*value).to_bits())
            .collect(),
    }
}

/// Commits an asset that lies at `path`, in a collection.
pub(crate) fn commit(
    store: &Store,
    analysis: &Analysis,
    path: String,
    collection: String,
) -> Result<(), Box<dyn Error>> {
    let asset = store.catalog().upsert_asset(analysis.asset_id, 1)?;
    store.catalog().upsert_locations(&[LocationRecord {
        path: path.into(),
        asset,
        asset_id: analysis.asset_id,
        size_bytes: 1,
        modified_nanos: 0,
        inode: 0,
        device: 0,
        collection,
        missing: false,
    }])?;
    store.commit(analysis)?;
    Ok(())
}

/// The time within which half of the rounds ended, and all but one in a hundred.
pub(crate) fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    format!("p50 {:.1?}, p99 {:.1?}", at(50), at(99))
}
