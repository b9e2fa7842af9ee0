//! Voice activity by the Silero model as whisper.cpp runs it.

use std::path::Path;

use whisper_rs::{WhisperVadContext, WhisperVadContextParams};

use crate::domain::Samples;
use crate::inference::InferenceError;

use super::ggml_file::check_silero_file;
use super::stretches::{Continuity, StretchBuilder, VoiceRules};
use super::{VoiceDetector, VoiceStretch};

/// Samples per probability, fixed by the model.
const FRAME_SAMPLES: usize = 512;
/// Samples given to the model at a time, about 30 s: it sees whole buffers only.
const BLOCK_SAMPLES: usize = 938 * FRAME_SAMPLES;
/// The model forgets everything between two blocks; about 2 s heard again bring its memory back.
const WARM_UP_SAMPLES: usize = 62 * FRAME_SAMPLES;

/// Thresholds are the defaults of Silero's own `get_speech_timestamps`; the silence is longer
/// than its 100 ms because a stretch per breath costs Whisper more than it saves.
const RULES: VoiceRules = VoiceRules {
    frame_samples: FRAME_SAMPLES,
    begin: 0.5,
    end: 0.35,
    min_speech_millis: 250,
    min_silence_millis: 300,
};

/// The Silero model over blocks of sound.
pub struct SileroDetector {
    context: WhisperVadContext,
    version: String,
    builder: StretchBuilder,
    continuity: Continuity,
    /// Warm-up samples followed by those without a probability yet.
    pending: Vec<f32>,
    warm_up: usize,
}

impl SileroDetector {
    /// Opens a model file; `weights` is told in its version.
    ///
    /// # Errors
    /// `FileMissing` or `FileDamaged` when the file can't be used, found out before ggml reads it.
    pub fn open(path: &Path, weights: &str) -> Result<Self, InferenceError> {
        let release = check_silero_file(path)?;
        let refused = |reason: &str| InferenceError::FileDamaged {
            reason: reason.to_owned(),
            path: path.to_owned(),
        };
        let name = path
            .to_str()
            .filter(|name| !name.contains('\0'))
            .ok_or_else(|| refused("voice activity models need a path in UTF-8"))?;
        whisper_rs::install_logging_hooks();
        let mut parameters = WhisperVadContextParams::new();
        // The graph of one frame is too small to gain from a second thread.
        parameters.set_n_threads(1);
        let context = WhisperVadContext::new(name, parameters)
            .map_err(|_| refused("whisper.cpp refused the model"))?;
        Ok(Self {
            context,
            version: format!(
                "{release}@{weights} threshold={} min_silence_ms={}",
                RULES.begin, RULES.min_silence_millis
            ),
            builder: StretchBuilder::new(RULES, 0),
            continuity: Continuity::default(),
            pending: Vec::with_capacity(BLOCK_SAMPLES),
            warm_up: 0,
        })
    }

    /// What the model finds when it sees all of `mono` at once: the reference for blocks.
    #[cfg(test)]
    pub(super) fn detect_whole(
        &mut self,
        mono: &[f32],
    ) -> Result<Vec<VoiceStretch>, InferenceError> {
        self.pending = mono.to_vec();
        let mut out = Vec::new();
        self.finish(&mut out)?;
        Ok(out)
    }

    /// Runs the model over what is pending and keeps its end as warm-up for the next block.
    fn run_block(&mut self, out: &mut Vec<VoiceStretch>) -> Result<(), InferenceError> {
        if self.pending.len() > self.warm_up {
            self.context
                .detect_speech(&self.pending)
                .map_err(|source| InferenceError::Run {
                    model: "silero".to_owned(),
                    source: Box::new(source),
                })?;
            let probabilities = &self.context.probabilities()[self.warm_up / FRAME_SAMPLES..];
            self.builder
                .push(&self.pending[self.warm_up..], probabilities, out);
        }
        self.warm_up = WARM_UP_SAMPLES.min(self.pending.len() / FRAME_SAMPLES * FRAME_SAMPLES);
        self.pending.drain(..self.pending.len() - self.warm_up);
        Ok(())
    }
}

impl VoiceDetector for SileroDetector {
    fn push(
        &mut self,
        samples: &Samples,
        out: &mut Vec<VoiceStretch>,
    ) -> Result<(), InferenceError> {
        if !self.continuity.follows(samples.start_millis) {
            self.finish(out)?;
            self.continuity.restart(samples.start_millis);
            self.builder = StretchBuilder::new(RULES, samples.start_millis);
        }
        self.continuity.advance(samples.mono.len());
        let mut rest = &samples.mono[..];
        while !rest.is_empty() {
            let (taken, left) = rest.split_at(rest.len().min(BLOCK_SAMPLES - self.pending.len()));
            self.pending.extend_from_slice(taken);
            rest = left;
            if self.pending.len() == BLOCK_SAMPLES {
                self.run_block(out)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<VoiceStretch>) -> Result<(), InferenceError> {
        let result = self.run_block(out);
        self.builder.finish(out);
        self.pending.clear();
        self.warm_up = 0;
        self.continuity = Continuity::default();
        result
    }

    fn name(&self) -> &str {
        "silero"
    }

    fn version(&self) -> &str {
        &self.version
    }
}
