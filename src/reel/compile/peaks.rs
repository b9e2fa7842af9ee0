//! The most exciting stretches of an asset. Pure.

use std::ops::Range;

use crate::domain::TimeSpan;

/// A curve is evened out over so many steps on both sides: one loud step is no moment.
const EVENED_STEPS: usize = 1;
/// A moment reaches as far as excitement stays above this share of its peak.
const SHARE_OF_PEAK: f32 = 0.6;

/// A stretch with its greatest instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Peak {
    /// The stretch.
    pub span: TimeSpan,
    /// Where it is greatest.
    pub at_millis: i64,
    /// How great, 0 to 1.
    pub height: f32,
}

/// The peaks of a curve within `span`, the greatest first, not overlapping, each at most `longest_millis`
/// long, at most `most` of them.
pub(super) fn peaks(
    values: &[f32],
    step_millis: i64,
    span: TimeSpan,
    longest_millis: i64,
    most: usize,
) -> Vec<Peak> {
    let steps = steps_in(values.len(), step_millis, span);
    let even: Vec<f32> = steps
        .clone()
        .map(|step| {
            let from = step.saturating_sub(EVENED_STEPS).max(steps.start);
            let around = &values[from..(step + EVENED_STEPS + 1).min(steps.end)];
            around.iter().sum::<f32>() / around.len() as f32
        })
        .collect();
    let longest = (longest_millis / step_millis).max(1) as usize;
    let mut order: Vec<usize> = (0..even.len()).filter(|at| even[*at] > 0.0).collect();
    order.sort_by(|a, b| even[*b].total_cmp(&even[*a]).then(a.cmp(b)));
    let mut taken = vec![false; even.len()];
    let mut found: Vec<Peak> = Vec::new();
    for top in order {
        if found.len() == most {
            break;
        }
        // The foot of a greater one is no peak of its own.
        let is_foot = |at: usize| {
            taken[at]
                || (taken[at.saturating_sub(1)] && even[at.saturating_sub(1)] > even[at])
                || (at + 1 < even.len() && taken[at + 1] && even[at + 1] > even[at])
        };
        if is_foot(top) {
            continue;
        }
        let (mut start, mut end) = (top, top + 1);
        let is_part = |at: usize| !taken[at] && even[at] >= SHARE_OF_PEAK * even[top];
        while end - start < longest {
            let before = (start > 0 && is_part(start - 1)).then(|| even[start - 1]);
            let after = (end < even.len() && is_part(end)).then(|| even[end]);
            match (before, after) {
                (None, None) => break,
                (Some(low), after) if after.is_none_or(|high| low > high) => start -= 1,
                _ => end += 1,
            }
        }
        taken[start..end].fill(true);
        let millis = |at: usize| (steps.start + at) as i64 * step_millis;
        found.push(Peak {
            span: TimeSpan::new(
                millis(start).max(span.start_millis),
                millis(end).min(span.end_millis),
            ),
            at_millis: (millis(top) + step_millis / 2)
                .clamp(span.start_millis, span.end_millis - 1),
            height: even[top],
        });
    }
    found
}

fn steps_in(count: usize, step_millis: i64, span: TimeSpan) -> Range<usize> {
    let first = (span.start_millis.max(0) / step_millis) as usize;
    let end = ((span.end_millis.max(0) + step_millis - 1) / step_millis) as usize;
    first.min(count)..end.min(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_come_greatest_first_without_their_feet() {
        let mut values = vec![0.1; 40];
        values[8..12].fill(0.9);
        values[25..27].fill(0.6);
        let found = peaks(&values, 500, TimeSpan::new(0, 20_000), 12_000, 2);
        assert_eq!(found.len(), 2);
        assert!(found[0].height > found[1].height);
        assert_eq!(found[0].span, TimeSpan::new(4000, 6000));
        assert!((12_500..13_500).contains(&found[1].at_millis), "{found:?}");
    }

    #[test]
    fn a_flat_curve_has_no_peak_and_none_leaves_its_span() {
        assert!(peaks(&[0.0; 10], 500, TimeSpan::new(0, 5000), 2000, 5).is_empty());
        assert!(peaks(&[], 500, TimeSpan::new(0, 5000), 2000, 5).is_empty());
        let found = peaks(&[0.5; 40], 500, TimeSpan::new(3100, 9000), 2000, 9);
        for peak in &found {
            assert!(peak.span.start_millis >= 3100 && peak.span.end_millis <= 9000);
            assert!(peak.span.duration_millis() <= 2000);
        }
    }
}
