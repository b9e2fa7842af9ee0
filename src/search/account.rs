//! What a search asked of each source and what came of it, for `--explain`.

use std::time::{Duration, Instant};

use serde::Serialize;

/// How a query was read and answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The query as it was read, in the language of queries.
    pub query: String,
    /// What was asked, in this order.
    pub asked: Vec<Asked>,
    /// Moments before the weakest were left out.
    pub moments: usize,
    /// How long reading, finding and ordering took, in microseconds.
    pub took_micros: u64,
}

/// One question to one source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Asked {
    /// The question, in the language of queries.
    pub question: String,
    /// The source: `speech_words`, `screen_words`, `metadata_words`, `picture`, `passage`, or
    /// `time` for what was joined by an operator of time.
    pub source: &'static str,
    /// What a first rank is worth; `None` where nothing is ranked.
    pub weight: Option<f32>,
    /// How many candidates it gave.
    pub candidates: usize,
    /// How long it took, in microseconds.
    pub took_micros: u64,
}

impl Asked {
    /// What was asked since `started`.
    pub(super) fn new(
        question: impl Into<String>,
        source: &'static str,
        weight: Option<f32>,
        candidates: usize,
        started: Instant,
    ) -> Self {
        Self {
            question: question.into(),
            source,
            weight,
            candidates,
            took_micros: micros(started.elapsed()),
        }
    }
}

/// A duration in whole microseconds.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
