//! How high a voice is: YIN (de Cheveigné and Kawahara 2002, "YIN, a fundamental frequency estimator for
//! speech and music"), steps 1 to 5.

use super::STEP_SAMPLES;
use crate::domain::SPEECH_SAMPLE_RATE_HZ;

/// Pitch lies far below 2 kHz, so a quarter of the samples is enough.
const DECIMATION: usize = 4;

const RATE_HZ: f32 = SPEECH_SAMPLE_RATE_HZ as f32 / DECIMATION as f32;

/// Samples that are compared: 40 ms, two periods of the deepest voice.
const WINDOW: usize = 160;

/// Periods of voices: 70 to 500 Hz.
const SHORTEST: usize = 8;
const LONGEST: usize = 57;

/// Frames of a step.
const FRAMES: usize = 8;

/// Below this the difference from the signal a period later means a voice; the authors' own value.
const APERIODICITY: f32 = 0.1;

/// So many frames of a step must have a pitch.
const LEAST_VOICED: usize = 3;

/// The reference of semitones, in Hz.
const LOWEST_HZ: f32 = 40.0;

/// The median pitch of a step in semitones above 40 Hz; `None` where hardly anything has one.
pub(super) fn semitones(step: &[f32]) -> Option<f32> {
    let slow = decimated(step);
    let hop = (slow.len() - WINDOW - LONGEST - 2) / (FRAMES - 1);
    let mut found: Vec<f32> = (0..FRAMES)
        .filter_map(|frame| period(&slow[frame * hop..]))
        .map(|period| 12.0 * (RATE_HZ / period / LOWEST_HZ).log2())
        .collect();
    if found.len() < LEAST_VOICED {
        return None;
    }
    found.sort_by(f32::total_cmp);
    Some(found[found.len() / 2])
}

/// Every fourth sample of the sound without what is too high for them: two running means.
fn decimated(step: &[f32]) -> Vec<f32> {
    // The weights of two running means of four, one after the other.
    const WEIGHTS: [f32; 7] = [1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0];
    let mut slow = Vec::with_capacity(STEP_SAMPLES / DECIMATION);
    for around in step.windows(WEIGHTS.len()).step_by(DECIMATION) {
        let sum: f32 = around
            .iter()
            .zip(WEIGHTS)
            .map(|(value, weight)| value * weight)
            .sum();
        slow.push(sum / 16.0);
    }
    slow
}

/// The period of the sound in samples, between samples where it lies there.
fn period(sound: &[f32]) -> Option<f32> {
    let window = &sound[..WINDOW];
    // The cumulative mean normalised difference function, equation 8.
    let mut normalised = [1.0_f32; LONGEST + 2];
    let mut sum = 0.0;
    for lag in 1..normalised.len() {
        let later = &sound[lag..lag + WINDOW];
        let difference: f32 = window
            .iter()
            .zip(later)
            .map(|(now, then)| (now - then) * (now - then))
            .sum();
        sum += difference;
        if sum > 0.0 {
            normalised[lag] = difference * lag as f32 / sum;
        }
    }
    let first = (SHORTEST..=LONGEST).find(|lag| normalised[*lag] < APERIODICITY)?;
    let lag = (first..=LONGEST)
        .find(|lag| normalised[*lag + 1] >= normalised[*lag])
        .unwrap_or(LONGEST);
    // The lowest point of the parabola through it and its neighbours.
    let (before, at, after) = (normalised[lag - 1], normalised[lag], normalised[lag + 1]);
    let bend = before - 2.0 * at + after;
    let shift = if bend > 0.0 {
        (before - after) / (2.0 * bend)
    } else {
        0.0
    };
    Some(lag as f32 + shift.clamp(-1.0, 1.0))
}
