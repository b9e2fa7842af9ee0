//! Seconds as exact ratios, as FCPXML writes all times.

use std::{
    fmt,
    ops::{Add, Mul, Sub},
};

use crate::domain::Rational;

/// A ratio in lowest terms; the denominator is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seconds {
    num: i128,
    den: i128,
}

impl Seconds {
    pub(super) const ZERO: Self = Self { num: 0, den: 1 };

    fn new(num: i128, den: i128) -> Self {
        let (mut a, mut b) = (num.abs(), den.abs());
        while b > 0 {
            (a, b) = (b, a % b);
        }
        let divisor = a.max(1) * den.signum();
        Self {
            num: num / divisor,
            den: den / divisor,
        }
    }

    /// How long frames last at a rate.
    pub(super) fn of_frames(frames: i64, rate: Rational) -> Self {
        Self::new(
            i128::from(frames) * i128::from(rate.den),
            i128::from(rate.num.max(1)),
        )
    }
}

impl Add for Seconds {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(
            self.num * other.den + other.num * self.den,
            self.den * other.den,
        )
    }
}

impl Sub for Seconds {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + Self {
            num: -other.num,
            ..other
        }
    }
}

impl Mul<i64> for Seconds {
    type Output = Self;

    fn mul(self, factor: i64) -> Self {
        Self::new(self.num * i128::from(factor), self.den)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.den {
            1 => write!(f, "{}s", self.num),
            _ => write!(f, "{}/{}s", self.num, self.den),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_exact_seconds() {
        let ntsc = Rational::new(24_000, 1001);
        assert_eq!(Seconds::of_frames(1, ntsc).to_string(), "1001/24000s");
        assert_eq!(Seconds::of_frames(24_000, ntsc).to_string(), "1001s");
        let sum = Seconds::of_frames(1, ntsc) + Seconds::of_frames(1, Rational::new(25, 1));
        assert_eq!(sum.to_string(), "1961/24000s");
        assert_eq!((sum - sum).to_string(), "0s");
    }
}
