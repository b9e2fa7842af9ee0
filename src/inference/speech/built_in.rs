//! Voice activity without a model file, by the network that the crate `earshot` carries.

use crate::domain::Samples;
use crate::inference::InferenceError;

use super::stretches::{Continuity, StretchBuilder, VoiceRules};
use super::{VoiceDetector, VoiceStretch};

/// Samples per score, fixed by the network.
const FRAME_SAMPLES: usize = 256;

/// Thresholds lie 0.1 above the crate's default of 0.5: on recordings of clicks and of a noisy
/// radio link that takes away most false alarms and no phrase. Rain and music still count as
/// voice, which is why Silero comes first.
const RULES: VoiceRules = VoiceRules {
    frame_samples: FRAME_SAMPLES,
    begin: 0.6,
    end: 0.45,
    min_speech_millis: 250,
    min_silence_millis: 300,
};

/// Mean square below which a frame is silence whatever the network says: -60 dBFS, the level
/// below which sound is reported as silent.
const SILENCE_MEAN_SQUARE: f32 = 1e-6;

/// The crate `earshot` over frames of 16 ms.
pub struct BuiltInDetector {
    network: Box<earshot::Detector>,
    builder: StretchBuilder,
    continuity: Continuity,
    /// Samples that do not fill a frame yet.
    pending: Vec<f32>,
}

impl BuiltInDetector {
    /// A detector at the beginning of a sound.
    pub fn new() -> Self {
        Self {
            network: Box::default(),
            builder: StretchBuilder::new(RULES, 0),
            continuity: Continuity::default(),
            pending: Vec::new(),
        }
    }

    fn run_frames(&mut self, out: &mut Vec<VoiceStretch>) {
        let whole = self.pending.len() / FRAME_SAMPLES * FRAME_SAMPLES;
        let scores: Vec<f32> = self.pending[..whole]
            .chunks_exact(FRAME_SAMPLES)
            .map(|frame| {
                let score = self.network.predict_f32(frame);
                let mean_square =
                    frame.iter().map(|value| value * value).sum::<f32>() / FRAME_SAMPLES as f32;
                if mean_square < SILENCE_MEAN_SQUARE {
                    0.0
                } else {
                    score
                }
            })
            .collect();
        self.builder.push(&self.pending[..whole], &scores, out);
        self.pending.drain(..whole);
    }
}

impl Default for BuiltInDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl VoiceDetector for BuiltInDetector {
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
        // Resampling overshoots full scale a little and damaged float sound may hold anything;
        // the network takes numbers up to full scale only.
        let bounded = |value: &f32| {
            if value.is_finite() {
                value.clamp(-1.0, 1.0)
            } else {
                0.0
            }
        };
        self.pending.extend(samples.mono.iter().map(bounded));
        self.run_frames(out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<VoiceStretch>) -> Result<(), InferenceError> {
        self.run_frames(out);
        let rest = std::mem::take(&mut self.pending);
        // The last samples make up less than a frame; they go along as silence would.
        self.builder.push(&rest, &[], out);
        self.builder.finish(out);
        self.network.reset();
        self.continuity = Continuity::default();
        Ok(())
    }

    fn name(&self) -> &str {
        "earshot"
    }

    fn version(&self) -> &str {
        "1 threshold=0.6 min_silence_ms=300"
    }
}
