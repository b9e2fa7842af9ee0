//! What measures of sound and picture say of excitement.

use super::{STEP_MILLIS, Signal, baseline::levels};
use crate::domain::{AssertionKind, Channel, Measure, MeasureKind, Segment, TimeSpan};

/// Less above the usual level than this, in dB, is no sign of anything.
const LEAST_LOUDNESS_SPREAD: f32 = 8.0;

/// The same for the noise of a crowd, which is steadier than a voice.
const LEAST_CROWD_SPREAD: f32 = 10.0;

/// The same for the pitch of a voice, in semitones: who speaks calmly stays within it.
const LEAST_PITCH_SPREAD: f32 = 5.0;

/// The same for motion, as a share of full difference.
const LEAST_MOTION_SPREAD: f32 = 0.08;

/// Signals out of the measures that an asset has.
pub(super) fn signals(
    measures: &[Measure],
    segments: &[Segment],
    steps: usize,
) -> Vec<(Signal, Vec<f32>)> {
    measures
        .iter()
        .map(|measure| {
            let values = stepped(measure, steps);
            match measure.kind {
                MeasureKind::Loudness => (Signal::Loudness, levels(&values, LEAST_LOUDNESS_SPREAD)),
                MeasureKind::CrowdNoise => (
                    Signal::Crowd,
                    levels(&steadied(&values), LEAST_CROWD_SPREAD),
                ),
                MeasureKind::Whistle => {
                    let heard = values.iter().map(|value| value.unwrap_or(0.0)).collect();
                    (Signal::Whistle, heard)
                }
                MeasureKind::Pitch => {
                    let spoken = spoken(&values, segments);
                    (Signal::SpeechPitch, levels(&spoken, LEAST_PITCH_SPREAD))
                }
                MeasureKind::Motion => (Signal::Motion, levels(&values, LEAST_MOTION_SPREAD)),
            }
        })
        .collect()
}

/// The values of a measure at the steps of a curve.
fn stepped(measure: &Measure, steps: usize) -> Vec<Option<f32>> {
    let values: Vec<Option<f32>> = measure.values().collect();
    (0..steps)
        .map(|step| {
            let at = step as i64 * STEP_MILLIS / i64::from(measure.step_millis.max(1));
            values.get(at as usize).copied().flatten()
        })
        .collect()
}

/// The median of each value and its two neighbours: a crowd does not cheer for half a second.
fn steadied(values: &[Option<f32>]) -> Vec<Option<f32>> {
    (0..values.len())
        .map(|at| {
            let mut near: Vec<f32> = values[at.saturating_sub(1)..(at + 2).min(values.len())]
                .iter()
                .flatten()
                .copied()
                .collect();
            near.sort_by(f32::total_cmp);
            values[at].and(near.get(near.len() / 2).copied())
        })
        .collect()
}

/// Pitch where somebody speaks: elsewhere it is that of music or of an engine.
fn spoken(values: &[Option<f32>], segments: &[Segment]) -> Vec<Option<f32>> {
    let speech: Vec<TimeSpan> = segments
        .iter()
        .filter(|segment| segment.channel == Channel::Sound)
        .filter(|segment| {
            let mut tags = segment.assertions.iter();
            tags.any(|said| said.kind == AssertionKind::Tag && said.value == "speech")
        })
        .map(|segment| segment.span)
        .collect();
    let is_spoken = |step: usize| {
        let own = TimeSpan::new(step as i64 * STEP_MILLIS, (step as i64 + 1) * STEP_MILLIS);
        speech.iter().any(|span| span.overlap_millis(own) > 0)
    };
    let values = values.iter().enumerate();
    values
        .map(|(step, value)| value.filter(|_| is_spoken(step)))
        .collect()
}
