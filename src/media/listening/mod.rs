//! What can be measured on sound without a model: loudness, crowds, whistles, voices, and pauses between sentences.

mod crowd;
mod foreground;
mod pitch;
mod spectrum;
mod whistle;

use crate::domain::{Measure, MeasureKind, SPEECH_SAMPLE_RATE_HZ, Samples, Step};
use foreground::Foreground;
use spectrum::{BINS, Spectra};

/// The time that one value of a measure stands for.
const STEP_MILLIS: u32 = 500;

/// Samples in it.
const STEP_SAMPLES: usize = (SPEECH_SAMPLE_RATE_HZ * STEP_MILLIS / 1000) as usize;

/// Spectra taken in a step, one after the other.
const FRAMES: usize = 20;

/// Levels below this are silence, in dB.
const FLOOR_DB: f32 = -100.0;

/// Power in each band of a spectrum, as shares of full scale.
type Power = [f32; BINS];

/// Measures sound as it comes in; takes half a millisecond for a second of it.
pub(crate) struct Listening {
    spectra: Spectra,
    pending: Vec<f32>,
    loudness: Vec<Option<f32>>,
    crowd: Vec<Option<f32>>,
    whistle: Vec<Option<f32>>,
    pitch: Vec<Option<f32>>,
    foreground: Foreground,
}

impl Default for Listening {
    fn default() -> Self {
        Self {
            spectra: Spectra::new(),
            pending: Vec::with_capacity(2 * STEP_SAMPLES),
            loudness: Vec::new(),
            crowd: Vec::new(),
            whistle: Vec::new(),
            pitch: Vec::new(),
            foreground: Foreground::default(),
        }
    }
}

impl Listening {
    /// Takes the samples that come next. What is missing before them has no values; what lies
    /// before what was taken already is taken as it comes.
    pub(crate) fn push(&mut self, samples: &Samples) {
        let wanted_step =
            usize::try_from(samples.start_millis / i64::from(STEP_MILLIS)).unwrap_or(0);
        if wanted_step > self.loudness.len() + 1 {
            self.end_step();
            let gap = wanted_step - self.loudness.len();
            for values in self.all() {
                values.extend(std::iter::repeat_n(None, gap));
            }
            self.foreground.skip(gap);
        }
        self.pending.extend_from_slice(&samples.mono);
        let pending = std::mem::take(&mut self.pending);
        let mut steps = pending.chunks_exact(STEP_SAMPLES);
        for step in &mut steps {
            self.measure(step);
        }
        self.pending.extend_from_slice(steps.remainder());
    }

    /// The measures of all that was pushed.
    pub(crate) fn finish(mut self) -> Vec<Measure> {
        self.end_step();
        let of_steps = [
            (MeasureKind::Loudness, &self.loudness),
            (MeasureKind::CrowdNoise, &self.crowd),
            (MeasureKind::Whistle, &self.whistle),
            (MeasureKind::Pitch, &self.pitch),
        ];
        let foreground = self.foreground.finish();
        let frame_millis = STEP_MILLIS / FRAMES as u32;
        of_steps
            .into_iter()
            .map(|(kind, values)| (kind, STEP_MILLIS, values))
            .chain([(MeasureKind::Foreground, frame_millis, &foreground)])
            .map(|(kind, millis, values)| Measure::new(Step::Sound, kind, millis, values))
            .collect()
    }

    /// Measures what is left of a step, where that is enough to tell anything.
    fn end_step(&mut self) {
        let mut rest = std::mem::take(&mut self.pending);
        if rest.len() >= STEP_SAMPLES / 2 {
            // Repeated rather than filled with silence: levels stay what they are.
            let missing = STEP_SAMPLES - rest.len();
            rest.extend_from_within(..missing);
            self.measure(&rest);
        } else if !rest.is_empty() {
            for values in self.all() {
                values.push(None);
            }
            self.foreground.skip(1);
        }
    }

    fn measure(&mut self, step: &[f32]) {
        let power = step.iter().map(|value| value * value).sum::<f32>() / step.len() as f32;
        let loudness = decibels(power);
        self.loudness.push(Some(loudness));
        if loudness <= FLOOR_DB {
            self.crowd.push(Some(FLOOR_DB));
            self.whistle.push(Some(0.0));
            self.pitch.push(None);
            self.foreground.push_silence();
            return;
        }
        let frames = self.spectra.of(step);
        self.crowd.push(Some(crowd::level_db(&frames)));
        self.whistle.push(Some(whistle::share(&frames)));
        self.pitch.push(pitch::semitones(step));
        self.foreground.push(&frames);
    }

    fn all(&mut self) -> [&mut Vec<Option<f32>>; 4] {
        [
            &mut self.loudness,
            &mut self.crowd,
            &mut self.whistle,
            &mut self.pitch,
        ]
    }
}

/// A power in decibels of full scale.
fn decibels(power: f32) -> f32 {
    (10.0 * power.log10()).max(FLOOR_DB)
}

#[cfg(test)]
mod tests;
