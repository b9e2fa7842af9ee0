//! What measures of sound and picture say of excitement.

use super::{
    STEP_MILLIS, Signal,
    baseline::{Scale, levels, levels_above, share},
    middle_millis,
};
use crate::domain::{AssertionKind, Channel, Measure, MeasureKind, Segment, TimeSpan};

/// Decibels: syllables differ by some.
const LOUDNESS: Scale = Scale {
    quiet: 3.0,
    least: 12.0,
};

/// Decibels of crowd noise; what is left of a voice in it is less than `quiet`.
const CROWD: Scale = Scale {
    quiet: 5.0,
    least: 16.0,
};

/// Semitones: who speaks calmly stays within two.
const PITCH: Scale = Scale {
    quiet: 2.0,
    least: 7.0,
};

/// Shares of the greatest difference between two pictures.
const MOTION: Scale = Scale {
    quiet: 0.02,
    least: 0.12,
};

/// Crowd noise that lies so much below an asset's own loud stretches is not heard beside them. Noise
/// that is all there is lies some 35 dB below its own loudness, being that of single bands of 31 Hz at
/// their lowest; what is left of a voice in quiet lies 55 dB below the voice.
const AUDIBLE_DB: f32 = 50.0;

/// The share of an asset's time that is less loud than its loud stretches.
const LOUD: f32 = 0.9;

/// A cheer that goes on for so many steps is the longest there is.
const LONGEST_CHEER: f32 = 10.0;

/// What the shortest cheer has of the level of the longest.
const SHORTEST_CHEER: f32 = 0.5;

/// A cheer that ends so soon after a cut was for what the shot before it showed …
const AFTERGLOW_MILLIS: i64 = 2000;

/// … and what is left of it counts so much.
const AFTERGLOW: f32 = 0.2;

/// Signals out of the measures that an asset has.
pub(super) fn signals(
    measures: &[Measure],
    segments: &[Segment],
    steps: usize,
) -> Vec<(Signal, Vec<f32>)> {
    let shots = segments
        .iter()
        .filter(|segment| segment.channel == Channel::Shot);
    let mut cuts: Vec<i64> = shots.map(|shot| shot.span.start_millis).collect();
    cuts.sort_unstable();
    let of_kind = |kind| measures.iter().find(|measure| measure.kind == kind);
    let loud =
        of_kind(MeasureKind::Loudness).and_then(|measure| share(&stepped(measure, steps), LOUD));
    measures
        .iter()
        .filter_map(|measure| {
            let values = stepped(measure, steps);
            let signal = match measure.kind {
                MeasureKind::Loudness => (Signal::Loudness, levels(&values, LOUDNESS)),
                MeasureKind::CrowdNoise => (Signal::Crowd, cheers(&steadied(&values), loud, &cuts)),
                MeasureKind::Whistle => {
                    let heard = values.iter().map(|value| value.unwrap_or(0.0)).collect();
                    (Signal::Whistle, heard)
                }
                MeasureKind::Pitch => {
                    let spoken = spoken(&values, segments);
                    (Signal::SpeechPitch, levels(&spoken, PITCH))
                }
                MeasureKind::Motion => (Signal::Motion, levels(&values, MOTION)),
                // It tells where to cut.
                MeasureKind::Foreground => return None,
            };
            Some(signal)
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

/// Levels of a crowd above its murmur, as far as it is to be heard at all: the longer a cheer goes on,
/// the higher it counts throughout, and what is left of it after a cut hardly counts.
fn cheers(values: &[Option<f32>], loud: Option<f32>, cuts: &[i64]) -> Vec<f32> {
    let murmur = share(values, 0.1).unwrap_or(f32::NEG_INFINITY);
    let usual = murmur.max(loud.map_or(murmur, |loud| loud - AUDIBLE_DB));
    let mut levels = levels_above(usual, values, CROWD);
    let mut first = 0;
    for cheer in levels.chunk_by_mut(|one, other| *one > 0.0 && *other > 0.0) {
        let length = cheer.iter().sum::<f32>();
        let part = SHORTEST_CHEER + (1.0 - SHORTEST_CHEER) * (length / LONGEST_CHEER).min(1.0);
        cheer.iter_mut().for_each(|level| *level *= part);
        let begun = middle_millis(first) + AFTERGLOW_MILLIS / 2;
        let last_cut = cuts.partition_point(|cut| *cut < middle_millis(first + cheer.len()));
        let cut = cuts[..last_cut].last().filter(|cut| **cut > begun);
        let is_after = |step: usize| cut.is_some_and(|cut| middle_millis(step) > *cut);
        let left = (0..cheer.len()).filter(|at| is_after(first + at)).count();
        if left as i64 * STEP_MILLIS <= AFTERGLOW_MILLIS {
            let glow = cheer.len() - left;
            cheer[glow..]
                .iter_mut()
                .for_each(|level| *level *= AFTERGLOW);
        }
        first += cheer.len();
    }
    levels
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Step;

    fn shot(start_millis: i64, end_millis: i64) -> Segment {
        Segment {
            step: Step::Shots,
            channel: Channel::Shot,
            span: TimeSpan::new(start_millis, end_millis),
            ordinal: 0,
            opening: None,
            keyframes: Vec::new(),
            assertions: Vec::new(),
        }
    }

    fn crowd(noise_db: &[f32], loudness_db: &[f32], shots: &[Segment]) -> Vec<f32> {
        let measure = |kind, values: &[f32]| {
            let values: Vec<Option<f32>> = values.iter().copied().map(Some).collect();
            Measure::new(Step::Sound, kind, 500, &values)
        };
        let measures = [
            measure(MeasureKind::Loudness, loudness_db),
            measure(MeasureKind::CrowdNoise, noise_db),
        ];
        let mut signals = signals(&measures, shots, noise_db.len());
        signals.retain(|(signal, _)| *signal == Signal::Crowd);
        signals.remove(0).1
    }

    #[test]
    fn a_long_cheer_counts_more_than_a_short_one_and_a_murmur_not_at_all() {
        let mut noise = vec![-68.0; 100];
        noise[20..24].fill(-48.0);
        noise[60..70].fill(-48.0);
        noise[85] = -48.0;
        let raised = crowd(&noise, &[-25.0; 100], &[]);
        assert!(raised[65] > raised[22] && raised[22] > 0.4, "{raised:?}");
        assert_eq!(
            (raised[5], raised[85]),
            (0.0, 0.0),
            "half a second is no cheer"
        );
    }

    #[test]
    fn what_is_left_of_a_cheer_after_a_cut_hardly_counts() {
        let mut noise = vec![-68.0; 100];
        noise[20..28].fill(-48.0);
        noise[60..80].fill(-48.0);
        // A cut a second before the first cheer ends, and one long before the other does.
        let shots = [shot(0, 13_000), shot(13_000, 33_000), shot(33_000, 50_000)];
        let raised = crowd(&noise, &[-25.0; 100], &shots);
        assert!(raised[25] > 0.5 && raised[26] < 0.2, "{raised:?}");
        assert!(raised[65] > 0.5 && raised[75] > 0.5, "{raised:?}");
    }

    #[test]
    fn what_a_voice_leaves_in_silence_is_no_crowd() {
        let mut noise = vec![-100.0; 100];
        let mut loudness = vec![-100.0; 100];
        noise[30..60].fill(-78.0);
        loudness[30..60].fill(-24.0);
        assert_eq!(crowd(&noise, &loudness, &[]), [0.0; 100]);
    }

    #[test]
    fn pitch_counts_where_somebody_speaks() {
        let mut values = vec![Some(20.0); 40];
        values[30..34].fill(Some(30.0));
        let measure = Measure::new(Step::Sound, MeasureKind::Pitch, 500, &values);
        let silent = signals(std::slice::from_ref(&measure), &[], 40);
        assert_eq!(silent[0].1, [0.0; 40], "an engine is no voice");
    }
}
