//! Runs a sentence encoder over many texts: windows of like length together, threads side by side.

use rayon::prelude::*;

use super::{
    PassageEmbedder,
    encoder::Encoder,
    settings::{EncoderSettings, Pooling},
    tokens::PassageTokenizer,
};
use crate::{
    domain::{SpaceId, SpaceKind},
    inference::{InferenceError, calibration::Calibration, catalogue::InstalledModel},
};

/// Tokens of one pass through the model: enough to keep the products busy,
/// little enough to stay in the processor's cache.
const BATCH_TOKENS: usize = 512;

/// A sentence encoder in memory.
pub(super) struct SentenceEncoder {
    space: SpaceId,
    tokenizer: PassageTokenizer,
    encoder: Encoder,
    pooling: Pooling,
    /// Everything runs in it, the products inside a pass too, so that no more threads are used.
    pool: rayon::ThreadPool,
    query_prefix: String,
    passage_prefix: String,
    calibration: Option<Calibration>,
}

/// A piece of a text that fits the model's context.
struct Window {
    text: usize,
    tokens: Vec<u32>,
}

impl SentenceEncoder {
    pub(super) fn load(model: &InstalledModel, threads: usize) -> Result<Self, InferenceError> {
        let settings = EncoderSettings::read(&model.directory)?;
        if let Some(expected) = model.entry.dimensions
            && expected as usize != settings.width
        {
            return Err(InferenceError::UnsupportedConfiguration {
                field: "hidden_size".to_owned(),
                value: format!(
                    "{}, where `{}` has {expected}",
                    settings.width, model.entry.name
                ),
                path: model.directory.join("config.json"),
            });
        }
        let weights = model
            .entry
            .weight_file()
            .map_or("model.safetensors", |file| file.path.as_str());
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(|number| format!("passage-{number}"))
            .build()
            .map_err(|source| InferenceError::Run {
                model: model.entry.name.clone(),
                source: source.into(),
            })?;
        Ok(Self {
            space: SpaceId {
                kind: SpaceKind::Passage,
                model: format!("{}@{}", model.entry.name, model.version),
                dimensions: settings.width as u32,
            },
            tokenizer: PassageTokenizer::load(
                &model.directory.join("tokenizer.json"),
                settings.max_tokens,
                settings.vocabulary,
            )?,
            encoder: Encoder::load(&model.directory.join(weights), &settings)?,
            pooling: settings.pooling,
            pool,
            query_prefix: model.entry.query_prefix.clone(),
            passage_prefix: model.entry.passage_prefix.clone(),
            calibration: model.entry.calibration.clone(),
        })
    }

    fn embed(&self, prefix: &str, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let mut windows = Vec::new();
        for (text, words) in texts.iter().enumerate() {
            let found = self
                .tokenizer
                .windows(prefix, words)
                .map_err(|error| self.failed(error))?;
            windows.extend(found.into_iter().map(|tokens| Window { text, tokens }));
        }
        windows.sort_by_key(|window| std::cmp::Reverse(window.tokens.len()));
        let batches = batches(&windows);

        let vectors: Vec<Vec<Vec<f32>>> = self
            .pool
            .install(|| {
                batches
                    .par_iter()
                    .map(|batch| self.run(batch))
                    .collect::<Result<_, _>>()
            })
            .map_err(|error| self.failed(error))?;

        let mut sums = vec![vec![0.0_f64; self.space.dimensions as usize]; texts.len()];
        for (window, vector) in windows.iter().zip(vectors.iter().flatten()) {
            let weight = window.tokens.len() as f64;
            for (sum, value) in sums[window.text].iter_mut().zip(vector) {
                *sum += weight * f64::from(*value);
            }
        }
        sums.iter()
            .map(|sum| unit(sum).ok_or_else(|| self.failed("its output is not finite")))
            .collect()
    }

    /// Unit vectors of a batch's windows.
    fn run(&self, batch: &[Window]) -> candle_core::Result<Vec<Vec<f32>>> {
        let texts: Vec<&[u32]> = batch
            .iter()
            .map(|window| window.tokens.as_slice())
            .collect();
        let states = self.encoder.forward(&texts)?;
        let mut rest = states.as_slice();
        let vectors = texts.iter().map(|tokens| {
            let (states, behind) = rest.split_at(tokens.len() * self.space.dimensions as usize);
            rest = behind;
            self.pool_states(states)
        });
        Ok(vectors.collect())
    }

    /// One unit vector from those of a window's tokens.
    fn pool_states(&self, states: &[f32]) -> Vec<f32> {
        let width = self.space.dimensions as usize;
        let mut sum = vec![0.0_f64; width];
        let chosen = match self.pooling {
            Pooling::Mean => states,
            Pooling::First => &states[..width],
        };
        for state in chosen.chunks_exact(width) {
            for (sum, value) in sum.iter_mut().zip(state) {
                *sum += f64::from(*value);
            }
        }
        // A direction can't be told from a vector that is not finite; the caller finds that out.
        unit(&sum).unwrap_or_else(|| vec![f32::NAN; sum.len()])
    }

    fn failed(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> InferenceError {
        InferenceError::Run {
            model: self.space.model.clone(),
            source: error.into(),
        }
    }
}

impl PassageEmbedder for SentenceEncoder {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        self.embed(&self.passage_prefix, texts)
    }

    fn embed_query(&self, text: &str) -> Result<Vec<f32>, InferenceError> {
        let mut vectors = self.embed(&self.query_prefix, &[text])?;
        vectors
            .pop()
            .ok_or_else(|| self.failed("it gave no vector"))
    }

    fn calibration(&self) -> Option<&Calibration> {
        self.calibration.as_ref()
    }
}

/// Cuts windows, which are sorted by length, into batches of at most [`BATCH_TOKENS`].
fn batches(windows: &[Window]) -> Vec<&[Window]> {
    let mut batches = Vec::new();
    let mut rest = windows;
    while let Some(longest) = rest.first() {
        let count = (BATCH_TOKENS / longest.tokens.len().max(1)).clamp(1, rest.len());
        let (batch, behind) = rest.split_at(count);
        batches.push(batch);
        rest = behind;
    }
    batches
}

/// The vector scaled to length one, the zero vector as it is; `None` when it is not finite.
fn unit(vector: &[f64]) -> Option<Vec<f32>> {
    let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    length
        .is_finite()
        .then(|| vector.iter().map(|value| (value * scale) as f32).collect())
}
