//! How far a value stands above what is usual for its asset.

/// The share of values below which the highest are: a lone spike does not set the scale.
const HIGH: f32 = 0.98;

/// Levels of `values` in 0 to 1: 0 up to their median, 1 from their 98th percentile on.
///
/// Median and percentile in place of mean and deviation: one loud stretch moves neither. A spread
/// below `least_spread`, in the values' own unit, counts as that much, so that an asset without
/// anything remarkable stays low throughout. Where a value is absent the level is 0.
pub(super) fn levels(values: &[Option<f32>], least_spread: f32) -> Vec<f32> {
    let mut known: Vec<f32> = values.iter().flatten().copied().collect();
    if known.is_empty() {
        return vec![0.0; values.len()];
    }
    known.sort_by(f32::total_cmp);
    let at = |share: f32| known[((known.len() - 1) as f32 * share).round() as usize];
    let usual = at(0.5);
    let spread = (at(HIGH) - usual).max(least_spread);
    values
        .iter()
        .map(|value| value.map_or(0.0, |value| ((value - usual) / spread).clamp(0.0, 1.0)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_told_from_the_assets_own_usual_values() {
        let mut values = vec![Some(-30.0); 90];
        values.extend([Some(-10.0); 10]);
        let levels = levels(&values, 6.0);
        assert_eq!((levels[0], levels[95]), (0.0, 1.0));
    }

    #[test]
    fn an_even_asset_is_calm_throughout() {
        let values: Vec<Option<f32>> = (0..100)
            .map(|n| Some(-30.0 + (n % 3) as f32 * 0.5))
            .collect();
        assert!(levels(&values, 6.0).iter().all(|level| *level < 0.1));
    }

    #[test]
    fn a_lone_spike_does_not_press_the_rest_down() {
        let mut values = vec![Some(0.0); 100];
        values[10] = Some(1000.0);
        values[20..25].fill(Some(10.0));
        let levels = levels(&values, 6.0);
        assert_eq!((levels[10], levels[22]), (1.0, 1.0));
    }

    #[test]
    fn absent_values_have_no_level_and_no_say() {
        assert_eq!(levels(&[None, None], 1.0), [0.0, 0.0]);
        assert_eq!(
            levels(&[None, Some(5.0), Some(5.0), Some(9.0)], 1.0)[0],
            0.0
        );
    }
}
