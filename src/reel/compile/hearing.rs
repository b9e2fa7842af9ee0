//! How an asset's sound stands out over time: where somebody may be speaking, and where one may cut.

use super::sounds;
use crate::domain::Measure;

/// Below this nobody speaks: noise scatters by so much …
const QUIET: f32 = 0.2;
/// … and from this on somebody does.
const SPOKEN: f32 = 1.0;
/// Among loud spectators a word is lost here and there for a moment; a pause of this length is one. The
/// shorter it is, the less sure, up to …
const LONG_MILLIS: f32 = 500.0;
/// … so much of what a word would count.
const SHORT_SHARE: f32 = 0.4;
/// What does not interrupt a pause.
const LOW: f32 = 0.35;
/// So far around a cut it has to be quiet, so that neither the last sound before nor the first one after
/// is lost.
const AROUND_MILLIS: i64 = 75;
/// Places to cut at in a long pause.
const PLACE_MILLIS: i64 = 200;

/// A foreground measure, made for questions on single times.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hearing {
    step_millis: i64,
    values: Vec<f32>,
    /// How sure it is that somebody speaks around each step, 0 to 1.
    speech: Vec<f32>,
}

impl Hearing {
    /// A measure's values; what is missing stands out of nothing.
    pub(super) fn of(foreground: &Measure) -> Self {
        let step_millis = i64::from(foreground.step_millis.max(1));
        let values: Vec<f32> = foreground
            .values()
            .map(|value| value.unwrap_or(0.0))
            .collect();
        let values = medians(&values);
        let reach = (AROUND_MILLIS / step_millis) as usize;
        let mut speech = Vec::with_capacity(values.len());
        for pause in values.chunk_by(|one, other| (*one < LOW) == (*other < LOW)) {
            let length_millis = (pause.len() as i64 * step_millis) as f32;
            let doubt = SHORT_SHARE * (1.0 - length_millis / LONG_MILLIS).max(0.0);
            for _ in pause {
                let at: usize = speech.len();
                let near = &values[at.saturating_sub(reach)..(at + reach + 1).min(values.len())];
                let loudest = near.iter().copied().fold(0.0, f32::max);
                let heard = ((loudest - QUIET) / (SPOKEN - QUIET)).clamp(0.0, 1.0);
                speech.push(heard.max(doubt));
            }
        }
        Self {
            step_millis,
            values,
            speech,
        }
    }

    /// How sure it is that somebody speaks around a time, 0 to 1.
    pub(super) fn speech_at(&self, at_millis: i64) -> f64 {
        let speech = self.speech.get(self.step_at(at_millis)).copied();
        f64::from(speech.unwrap_or(0.0))
    }

    /// Times from `from_millis` to `to_millis` at which it is quieter than before and after, in order: the
    /// beginning, the end, and some places between of each pause.
    pub(super) fn pauses(&self, from_millis: i64, to_millis: i64) -> Vec<i64> {
        let (first, last) = (self.step_at(from_millis), self.step_at(to_millis));
        let last = last.min(self.speech.len());
        let speech = &self.speech[first.min(last)..last];
        let mut found = Vec::new();
        let mut at = first;
        let mut before = f32::INFINITY;
        let mut runs = speech.chunk_by(|one, other| one == other).peekable();
        while let Some(run) = runs.next() {
            let own = run[0];
            let after = runs.peek().map_or(f32::INFINITY, |next| next[0]);
            if own < before && own < after && own < 1.0 {
                let start = at as i64 * self.step_millis;
                let end = start + (run.len() as i64 - 1) * self.step_millis;
                found.extend((start..end).step_by(PLACE_MILLIS as usize));
                found.push(end);
            }
            at += run.len();
            before = own;
        }
        found
    }

    /// The values in the steps that sounds are compared in, as logarithms: one bang does not outweigh a
    /// sentence.
    pub(super) fn slowly(&self) -> Vec<f32> {
        let steps = (sounds::STEP_MILLIS / self.step_millis).max(1);
        self.values
            .chunks(steps as usize)
            .map(|near| near.iter().map(|value| value.ln_1p()).sum::<f32>() / near.len() as f32)
            .collect()
    }

    fn step_at(&self, millis: i64) -> usize {
        (millis.max(0) / self.step_millis) as usize
    }
}

/// Each value's median with its neighbours: noise stands out here and there for a step or two, no word does
/// for so little.
fn medians(values: &[f32]) -> Vec<f32> {
    (0..values.len())
        .map(|at| {
            let mut near = values[at.saturating_sub(2)..(at + 3).min(values.len())].to_vec();
            let middle = near.len() / 2;
            *near.select_nth_unstable_by(middle, f32::total_cmp).1
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{MeasureKind, Step};

    fn hearing(values: &[f32]) -> Hearing {
        let values: Vec<Option<f32>> = values.iter().copied().map(Some).collect();
        Hearing::of(&Measure::new(
            Step::Sound,
            MeasureKind::Foreground,
            25,
            &values,
        ))
    }

    #[test]
    fn one_may_cut_in_pauses_and_not_beside_a_word() {
        let mut values = vec![4.0; 40];
        values[8..24].fill(0.1);
        values[30..37].fill(0.6);
        let hearing = hearing(&values);
        assert_eq!(hearing.speech_at(100), 1.0);
        assert_eq!(hearing.speech_at(260), 1.0, "a word has just ended");
        // A pause of 400 ms is nearly sure.
        assert!((hearing.speech_at(300) - 0.08).abs() < 0.01);
        assert!((hearing.speech_at(825) - 0.5).abs() < 0.02);
        let places = hearing.pauses(0, 1000);
        assert_eq!(places, [275, 475, 500, 825]);
        assert!(places.iter().all(|at| hearing.speech_at(*at) < 0.6));
        assert_eq!(hearing.pauses(320, 480), [300, 450]);
    }

    #[test]
    fn beyond_its_end_nothing_is_heard() {
        let hearing = hearing(&[4.0; 10]);
        assert_eq!(hearing.speech_at(5000), 0.0);
        assert!(hearing.pauses(0, 9000).is_empty());
        assert_eq!(hearing.slowly().len(), 3);
    }
}
