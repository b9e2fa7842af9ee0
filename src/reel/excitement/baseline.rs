//! How far a value stands above what is usual for its asset.

/// The share of values below which the highest are: a lone spike does not set the scale.
const HIGH: f32 = 0.98;

/// How far above the usual a value has to stand, in the values' own unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// Up to so much above it says nothing.
    pub(super) quiet: f32,
    /// What stands out most counts as at least so much above it, so that an asset in which nothing
    /// stands out stays low throughout.
    pub(super) least: f32,
}

/// Levels of `values` in 0 to 1: 0 up to their median and a little more, 1 from their 98th
/// percentile on.
///
/// Median and percentile in place of mean and deviation: one loud stretch moves neither. Where a
/// value is absent the level is 0.
pub(super) fn levels(values: &[Option<f32>], scale: Scale) -> Vec<f32> {
    match share(values, 0.5) {
        Some(usual) => levels_above(usual, values, scale),
        None => vec![0.0; values.len()],
    }
}

/// The same against a usual value that is known otherwise.
pub(super) fn levels_above(usual: f32, values: &[Option<f32>], scale: Scale) -> Vec<f32> {
    let high = share(values, HIGH).map_or(scale.least, |high| high - usual);
    let reach = high.max(scale.least) - scale.quiet;
    let level = |value: f32| ((value - usual - scale.quiet) / reach).clamp(0.0, 1.0);
    values
        .iter()
        .map(|value| value.map_or(0.0, level))
        .collect()
}

/// The value that a share of those known lies below; `None` where none is known.
pub(super) fn share(values: &[Option<f32>], share: f32) -> Option<f32> {
    let mut known: Vec<f32> = values.iter().flatten().copied().collect();
    known.sort_by(f32::total_cmp);
    let at = (known.len().saturating_sub(1) as f32 * share).round() as usize;
    known.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECIBELS: Scale = Scale {
        quiet: 0.0,
        least: 6.0,
    };

    #[test]
    fn levels_are_told_from_the_assets_own_usual_values() {
        let mut values = vec![Some(-30.0); 90];
        values.extend([Some(-10.0); 10]);
        let levels = levels(&values, DECIBELS);
        assert_eq!((levels[0], levels[95]), (0.0, 1.0));
    }

    #[test]
    fn an_even_asset_is_calm_throughout() {
        let values: Vec<Option<f32>> = (0..100)
            .map(|n| Some(-30.0 + (n % 3) as f32 * 0.5))
            .collect();
        assert!(levels(&values, DECIBELS).iter().all(|level| *level < 0.1));
    }

    #[test]
    fn a_lone_spike_does_not_press_the_rest_down() {
        let mut values = vec![Some(0.0); 100];
        values[10] = Some(1000.0);
        values[20..25].fill(Some(10.0));
        let levels = levels(&values, DECIBELS);
        assert_eq!((levels[10], levels[22]), (1.0, 1.0));
    }

    #[test]
    fn absent_values_have_no_level_and_no_say() {
        assert_eq!(levels(&[None, None], DECIBELS), [0.0, 0.0]);
        assert_eq!(
            levels(&[None, Some(5.0), Some(5.0), Some(9.0)], DECIBELS)[0],
            0.0
        );
    }

    #[test]
    fn what_hardly_stands_out_says_nothing() {
        let mut values = vec![Some(-30.0); 95];
        values.extend([
            Some(-26.0),
            Some(-26.0),
            Some(-10.0),
            Some(-10.0),
            Some(-10.0),
        ]);
        let scale = Scale {
            quiet: 5.0,
            least: 6.0,
        };
        let levels = levels(&values, scale);
        assert_eq!((levels[95], levels[99]), (0.0, 1.0));
    }
}
