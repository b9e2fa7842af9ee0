//! Stretches of time in whole milliseconds, and exact ratios for rates.

use serde::{Deserialize, Serialize};

/// A half-open stretch of an asset's running time: `start_millis` is in it, `end_millis` is not.
///
/// Running time starts at 0 with the asset's first frame or sample, whatever the container says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TimeSpan {
    /// First millisecond.
    pub start_millis: i64,
    /// First millisecond after it; never before `start_millis`.
    pub end_millis: i64,
}

impl TimeSpan {
    /// The span between two times; an end before its start is moved to the start.
    pub fn new(start_millis: i64, end_millis: i64) -> Self {
        Self {
            start_millis,
            end_millis: end_millis.max(start_millis),
        }
    }

    /// Its length in milliseconds.
    pub fn duration_millis(self) -> i64 {
        self.end_millis - self.start_millis
    }

    /// How many milliseconds both have in common.
    pub fn overlap_millis(self, other: Self) -> i64 {
        (self.end_millis.min(other.end_millis) - self.start_millis.max(other.start_millis)).max(0)
    }

    /// Whether both overlap or lie at most `gap_millis` apart.
    pub fn is_within(self, other: Self, gap_millis: i64) -> bool {
        self.start_millis <= other.end_millis + gap_millis
            && other.start_millis <= self.end_millis + gap_millis
    }

    /// The shortest span that holds both.
    pub fn union(self, other: Self) -> Self {
        Self {
            start_millis: self.start_millis.min(other.start_millis),
            end_millis: self.end_millis.max(other.end_millis),
        }
    }

    /// The same stretch, later by `offset_millis`.
    pub fn shifted(self, offset_millis: i64) -> Self {
        Self::new(
            self.start_millis + offset_millis,
            self.end_millis + offset_millis,
        )
    }
}

/// An exact ratio, such as 30000/1001 frames per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rational {
    /// Numerator.
    pub num: i32,
    /// Denominator; 0 stands for "unknown".
    pub den: i32,
}

impl Rational {
    /// The ratio of two whole numbers.
    pub const fn new(num: i32, den: i32) -> Self {
        Self { num, den }
    }

    /// Whether it stands for a positive number.
    pub fn is_known(self) -> bool {
        self.num > 0 && self.den > 0
    }

    /// Its value; `None` when unknown.
    pub fn to_f64(self) -> Option<f64> {
        self.is_known()
            .then(|| f64::from(self.num) / f64::from(self.den))
    }

    /// `ticks` of this time base in milliseconds, rounded to the nearest; `None` when unknown.
    pub fn ticks_to_millis(self, ticks: i64) -> Option<i64> {
        self.is_known().then(|| {
            let scaled = i128::from(ticks) * i128::from(self.num) * 1000;
            let den = i128::from(self.den);
            ((scaled + den.div_euclid(2)).div_euclid(den)) as i64
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_overlap_touch_and_join() {
        let (a, b) = (TimeSpan::new(0, 1000), TimeSpan::new(900, 2000));
        assert_eq!(a.overlap_millis(b), 100);
        assert_eq!(a.union(b), TimeSpan::new(0, 2000));
        assert!(!a.is_within(TimeSpan::new(1500, 1600), 400));
        assert!(a.is_within(TimeSpan::new(1500, 1600), 500));
    }

    #[test]
    fn ticks_round_to_the_nearest_millisecond() {
        assert_eq!(Rational::new(1, 90_000).ticks_to_millis(45), Some(1));
        assert_eq!(Rational::new(1, 90_000).ticks_to_millis(44), Some(0));
        assert_eq!(Rational::new(1001, 30_000).ticks_to_millis(30), Some(1001));
        assert_eq!(Rational::new(1, 0).ticks_to_millis(1), None);
    }
}
