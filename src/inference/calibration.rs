//! Which cosines of a model mean likeness, measured rather than guessed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a model's cosines mean, fitted on pairs of which it is known whether they fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// What it was fitted on and how, for people to read.
    pub fitted_on: String,
    /// A description against what is searched by it.
    pub description: Thresholds,
    /// A picture against other pictures; nothing where a model reads text alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Thresholds>,
}

/// From where on a cosine says something, and the figures that it was drawn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// From it on a likeness is seldom chance; what lies below is not shown unless it is asked for.
    pub fair: f32,
    /// From it on a likeness is hardly ever chance.
    pub strong: f32,
    /// Cosines of one query with one thing that does not fit it.
    pub unrelated: Spread,
    /// The highest cosine of a query in a library of `library` things, none of which fits it.
    pub best_unrelated: Spread,
    /// Cosines of a query with the thing it was made for.
    pub fitting: Spread,
    /// How many things a query was asked among.
    pub library: u32,
    /// Share of fitting pairs from `fair` on, 0 to 1.
    pub fitting_found: f32,
    /// Share of fitting pairs from `strong` on, 0 to 1.
    pub fitting_strong: f32,
}

/// How numbers spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// How many there were.
    pub count: u32,
    /// One in ten lies below.
    pub low: f32,
    /// Half of them lie below.
    pub middle: f32,
    /// Nine in ten lie below.
    pub high: f32,
    /// All but one in a hundred lie below.
    pub top: f32,
}

impl Spread {
    /// Of some numbers; `None` of none.
    pub fn of(mut numbers: Vec<f32>) -> Option<Self> {
        numbers.retain(|number| number.is_finite());
        numbers.sort_unstable_by(f32::total_cmp);
        let last = numbers.len().checked_sub(1)?;
        let at = |share: f32| round(numbers[(last as f32 * share).round() as usize]);
        Some(Self {
            count: numbers.len() as u32,
            low: at(0.1),
            middle: at(0.5),
            high: at(0.9),
            top: at(0.99),
        })
    }
}

/// To three places after the point: more would be noise.
fn round(number: f32) -> f32 {
    (number * 1000.0).round() / 1000.0
}

impl Thresholds {
    /// Drawn from measured cosines, each query of `best_unrelated` asked among `library` things.
    /// `None` where one of the lists is empty.
    ///
    /// Fair is what one query in ten reaches in a library that has nothing for it, and strong
    /// what one in a hundred does: a search looks at the best of many, so single pairs would say
    /// too little.
    pub fn fit(
        unrelated: Vec<f32>,
        best_unrelated: Vec<f32>,
        fitting: Vec<f32>,
        library: usize,
    ) -> Option<Self> {
        let best = Spread::of(best_unrelated)?;
        let from = |least: f32| {
            fitting.iter().filter(|cosine| **cosine >= least).count() as f32
                / fitting.len().max(1) as f32
        };
        Some(Self {
            fair: best.high,
            strong: best.top,
            fitting_found: round(from(best.high)),
            fitting_strong: round(from(best.top)),
            unrelated: Spread::of(unrelated)?,
            best_unrelated: best,
            fitting: Spread::of(fitting)?,
            library: library as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_follow_the_best_of_what_does_not_fit() {
        let hundredths = |from: i32, to: i32| -> Vec<f32> {
            (from..=to).map(|number| number as f32 / 100.0).collect()
        };
        let fitted = Thresholds::fit(
            hundredths(0, 30),
            hundredths(10, 40),
            hundredths(31, 80),
            200,
        )
        .unwrap();
        assert_eq!((fitted.fair, fitted.strong), (0.37, 0.4));
        assert_eq!(fitted.fitting_found, 0.88);
        assert_eq!(
            (fitted.unrelated.count, fitted.unrelated.middle),
            (31, 0.15)
        );
        assert_eq!(Thresholds::fit(Vec::new(), vec![0.1], vec![0.2], 1), None);
    }

    #[test]
    fn what_is_no_number_does_not_count() {
        let spread = Spread::of(vec![f32::NAN, 0.5]).unwrap();
        assert_eq!((spread.count, spread.top), (1, 0.5));
        assert_eq!(Spread::of(vec![f32::NAN]), None);
    }
}
