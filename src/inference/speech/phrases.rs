//! Cuts a stretch of speech where it is quietest, for models that follow no more than a sentence or two.

use std::ops::Range;

use crate::domain::SPEECH_SAMPLE_RATE_HZ;

/// Loudness is measured in steps of 20 ms.
const FRAME_SAMPLES: usize = SPEECH_SAMPLE_RATE_HZ as usize / 50;
/// Pauses between sentences are about that long, in frames; shorter ones lie inside words.
const PAUSE_FRAMES: usize = 10;
/// No phrase but the last is shorter, in frames: a first word alone tells a model little.
const MIN_FRAMES: usize = 60;

/// Ranges of samples that together are all of `mono`, none longer than `max_samples`, which is
/// more than two seconds.
pub(super) fn phrases(mono: &[f32], max_samples: usize) -> Vec<Range<usize>> {
    let energies: Vec<f64> = mono
        .chunks(FRAME_SAMPLES)
        .map(|frame| frame.iter().map(|value| f64::from(*value).powi(2)).sum())
        .collect();
    let mut ranges = Vec::new();
    let mut start = 0;
    while mono.len() - start > max_samples {
        let first = start / FRAME_SAMPLES;
        let last = (start + max_samples) / FRAME_SAMPLES;
        let cut = (first + MIN_FRAMES..=last - PAUSE_FRAMES)
            .map(|frame| {
                (
                    frame,
                    energies[frame..frame + PAUSE_FRAMES].iter().sum::<f64>(),
                )
            })
            // The first of equals: the shorter the phrase, the surer the model.
            .min_by(|(_, one), (_, other)| one.total_cmp(other))
            .map_or(last, |(frame, _)| frame + PAUSE_FRAMES / 2);
        ranges.push(start..cut * FRAME_SAMPLES);
        start = cut * FRAME_SAMPLES;
    }
    ranges.push(start..mono.len());
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: usize = SPEECH_SAMPLE_RATE_HZ as usize;

    /// Loud for the first number of samples, quiet for the second, and so on.
    fn sound(lengths: &[usize]) -> Vec<f32> {
        let parts = lengths.iter().enumerate();
        parts
            .flat_map(|(number, length)| {
                let level = if number % 2 == 0 { 0.3 } else { 0.01 };
                (0..*length).map(move |step| if step % 2 == 0 { level } else { -level })
            })
            .collect()
    }

    #[test]
    fn sentences_are_cut_in_the_pauses_between_them() {
        let pause = SECOND * 2 / 5;
        let mono = sound(&[3 * SECOND, pause, 2 * SECOND, pause, 4 * SECOND]);
        let ranges = phrases(&mono, 6 * SECOND);
        let cuts: Vec<f32> = ranges
            .iter()
            .map(|range| range.end as f32 / SECOND as f32)
            .collect();
        assert_eq!(ranges.len(), 3, "{cuts:?}");
        assert!(
            (3.05..3.35).contains(&cuts[0]) && (5.45..5.75).contains(&cuts[1]),
            "{cuts:?}"
        );
    }

    #[test]
    fn what_is_short_enough_stays_whole() {
        let mono = sound(&[SECOND, SECOND, SECOND]);
        assert_eq!(phrases(&mono, 6 * SECOND), vec![0..mono.len(); 1]);
        assert_eq!(phrases(&[], 6 * SECOND), vec![0..0; 1]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_long(lengths in proptest::collection::vec(1usize..70_000, 0..8), max in 40_000usize..200_000) {
            let mono = sound(&lengths);
            let ranges = phrases(&mono, max);
            prop_assert_eq!(ranges[0].start, 0);
            prop_assert_eq!(ranges[ranges.len() - 1].end, mono.len());
            for pair in ranges.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
            }
            prop_assert!(ranges.iter().all(|range| range.len() <= max));
        }
    }
}
