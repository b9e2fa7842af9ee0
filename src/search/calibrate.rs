//! When a cosine means likeness: by the model's calibration, or by what the query scores against the library at large.

use super::fuse::Strength;
use crate::{
    domain::{SpaceId, SpaceKind},
    inference::calibration::Thresholds,
};

/// Fewer sampled vectors than this say nothing of the background.
pub(super) const MIN_BACKGROUND: usize = 50;
/// Spreads above the middle of the background from which a likeness counts at all.
const WEAK_SPREADS: f32 = 2.0;
/// Spreads above the middle of the background from which a likeness is no chance.
const STRONG_SPREADS: f32 = 4.5;

/// The cosine from which two pictures show nearly the same, in every model.
const NEARLY_THE_SAME: f32 = 0.9;
/// The cosine from which two pictures have much in common, in every model.
const MUCH_IN_COMMON: f32 = 0.7;

/// What a query scores against vectors that have, most of them, nothing to do with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Background {
    /// The median cosine.
    pub median: f32,
    /// The median distance from it, times 1.4826: the standard deviation, were the cosines normally
    /// distributed. A few that do fit the query do not move it.
    pub spread: f32,
}

impl Background {
    /// Of a sample of cosines; `None` when there are fewer than [`MIN_BACKGROUND`].
    pub(super) fn of(mut cosines: Vec<f32>) -> Option<Self> {
        cosines.retain(|cosine| cosine.is_finite());
        if cosines.len() < MIN_BACKGROUND {
            return None;
        }
        let middle = median(&mut cosines);
        let mut distances: Vec<f32> = cosines
            .iter()
            .map(|cosine| (cosine - middle).abs())
            .collect();
        Some(Self {
            median: middle,
            spread: median(&mut distances) * 1.4826,
        })
    }
}

fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// The cosine of two vectors of unit length.
pub(super) fn cosine(one: &[f32], other: &[f32]) -> f32 {
    // Eight sums at once, so that the compiler can keep them in one register.
    let mut sums = [0.0_f32; 8];
    let (ones, one_rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    for (one, other) in ones.iter().zip(others) {
        for lane in 0..8 {
            sums[lane] += one[lane] * other[lane];
        }
    }
    let rest = one_rest.iter().zip(other_rest);
    sums.iter().sum::<f32>() + rest.map(|(one, other)| one * other).sum::<f32>()
}

/// The least cosines of weak, fair and strong hits in one space, for one query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cutoffs {
    /// Below it, a hit is chance.
    pub weak: f32,
    /// From it on, a hit is seldom chance.
    pub fair: f32,
    /// From it on, a hit is hardly ever chance.
    pub strong: f32,
}

impl Cutoffs {
    /// Cut-offs of a model that was calibrated: what may be chance is left out.
    pub(super) fn calibrated(thresholds: &Thresholds) -> Self {
        Self {
            weak: thresholds.fair,
            fair: thresholds.fair,
            strong: thresholds.strong,
        }
    }

    /// Cut-offs of a passage model that was calibrated. A passage says much beside what it is found
    /// for, so that what fits lies lower than in drawn commentary on one subject: weak is what one
    /// unrelated pair in ten reaches, fair what one in a hundred does, and strong what one query in ten
    /// reaches in a library that has nothing for it.
    pub(super) fn of_passages(thresholds: &Thresholds) -> Self {
        Self {
            weak: thresholds.unrelated.high,
            fair: thresholds.unrelated.top,
            strong: thresholds.fair,
        }
    }

    /// Cut-offs from the background, within what is known of a model that was not calibrated.
    ///
    /// A likeness counts from 2 spreads above the background's middle, is strong from 4.5, and fair
    /// from half way on. The ends are kept within the bounds of the model, so that neither a library
    /// about a single subject hides what fits nor a library without any raises what does not.
    /// Without a background, in a library of a few dozen passages, all that may fit is shown, and
    /// called strong from the middle of the bounds on only: hiding it would cost more than reading
    /// past it.
    pub(super) fn new(space: &SpaceId, background: Option<Background>) -> Self {
        let bounds = Bounds::of(space);
        let Some(background) = background else {
            return Self {
                weak: bounds.weak.0,
                fair: bounds.strong.0,
                strong: bounds.strong.0.midpoint(bounds.strong.1),
            };
        };
        let above = |spreads: f32| background.median + spreads * background.spread;
        let weak = above(WEAK_SPREADS).clamp(bounds.weak.0, bounds.weak.1);
        let strong = above(STRONG_SPREADS).clamp(bounds.strong.0, bounds.strong.1);
        Self {
            weak,
            fair: weak.midpoint(strong),
            strong,
        }
    }

    /// Cut-offs from the background alone, for likeness to a picture, which lies nearer to other
    /// pictures than any text does. Without a background all that is like it rather than unlike it
    /// is shown, and called strong from [`NEARLY_THE_SAME`] on.
    pub(super) fn of_background(background: Option<Background>) -> Self {
        let Some(background) = background else {
            return Self {
                weak: 0.0,
                fair: MUCH_IN_COMMON,
                strong: NEARLY_THE_SAME,
            };
        };
        // After a subtraction most lies on the other side.
        let above = |spreads: f32| (background.median + spreads * background.spread).max(0.0);
        let (weak, strong) = (above(WEAK_SPREADS), above(STRONG_SPREADS));
        Self {
            weak,
            fair: weak.midpoint(strong),
            strong,
        }
    }

    /// These, with fair and strong as the model's calibration has them for likeness to a picture;
    /// what is like it at all stays in, as whoever shows a picture wants the nearest to it.
    pub(super) fn named_by(self, thresholds: Option<&Thresholds>) -> Self {
        thresholds.map_or(self, |thresholds| Self {
            weak: self.weak.min(thresholds.fair),
            fair: thresholds.fair,
            strong: thresholds.strong,
        })
    }

    /// How well a cosine fits; `None` when it is chance.
    pub(super) fn judge(self, cosine: f32) -> Option<Strength> {
        if cosine >= self.strong {
            Some(Strength::Strong)
        } else if cosine >= self.fair {
            Some(Strength::Fair)
        } else if cosine >= self.weak {
            Some(Strength::Weak)
        } else {
            None
        }
    }
}

/// Where the cut-offs of a model may lie, as floor and ceiling.
struct Bounds {
    weak: (f32, f32),
    strong: (f32, f32),
}

impl Bounds {
    /// Families differ in where unrelated things lie. all-MiniLM's bounds are measured by
    /// the tests in `tests/paraphrases.rs`; those of the others are the ranges their publications and
    /// model cards show, and wait for measurement on real archives.
    fn of(space: &SpaceId) -> Self {
        let model = space.model.to_ascii_lowercase();
        let is = |family: &str| model.contains(family);
        match space.kind {
            // Image and text lie apart in CLIP's sphere: unrelated pairs near 0.15, good ones near 0.3.
            SpaceKind::Picture if is("siglip") => Self {
                weak: (0.03, 0.09),
                strong: (0.07, 0.13),
            },
            SpaceKind::Picture => Self {
                weak: (0.19, 0.26),
                strong: (0.23, 0.29),
            },
            // e5 was trained with a temperature of 0.01: everything lies above 0.7.
            SpaceKind::Passage if is("e5") => Self {
                weak: (0.79, 0.85),
                strong: (0.83, 0.88),
            },
            SpaceKind::Passage => Self {
                weak: (0.25, 0.40),
                strong: (0.38, 0.55),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::calibration::Spread;
    use proptest::prelude::*;

    fn space(kind: SpaceKind, model: &str) -> SpaceId {
        SpaceId {
            kind,
            model: model.to_owned(),
            dimensions: 384,
        }
    }

    #[test]
    fn few_that_fit_do_not_move_the_background() {
        let mut cosines: Vec<f32> = (0..95)
            .map(|index| 0.05 + 0.001 * (index % 11) as f32)
            .collect();
        let before = Background::of(cosines.clone()).unwrap();
        cosines.extend([0.9; 5]);
        let after = Background::of(cosines).unwrap();
        assert!(
            (before.median - after.median).abs() < 0.002
                && (before.spread - after.spread).abs() < 0.002
        );
        assert_eq!(Background::of(vec![0.1; MIN_BACKGROUND - 1]), None);
    }

    #[test]
    fn what_stands_out_of_the_background_is_strong_and_what_does_not_is_nothing() {
        let space = space(SpaceKind::Passage, "all-minilm-l6-v2@00000000");
        let cutoffs = Cutoffs::new(
            &space,
            Some(Background {
                median: 0.05,
                spread: 0.08,
            }),
        );
        assert_eq!(cutoffs.judge(0.6), Some(Strength::Strong));
        assert_eq!(cutoffs.judge(0.3), Some(Strength::Weak));
        assert_eq!(cutoffs.judge(0.2), None);
        assert_eq!(cutoffs.judge(f32::NAN), None);
    }

    #[test]
    fn a_library_about_one_subject_does_not_hide_what_fits() {
        let space = space(SpaceKind::Passage, "all-minilm-l6-v2@00000000");
        let cutoffs = Cutoffs::new(
            &space,
            Some(Background {
                median: 0.5,
                spread: 0.1,
            }),
        );
        assert_eq!(cutoffs.judge(0.56), Some(Strength::Strong));
    }

    #[test]
    fn likeness_to_a_picture_is_measured_by_the_library_and_never_below_nothing() {
        let background = |median| {
            Some(Background {
                median,
                spread: 0.1,
            })
        };
        // Pictures among pictures: what would be strong for a description is chance here.
        assert_eq!(Cutoffs::of_background(background(0.5)).judge(0.6), None);
        let high = Cutoffs::of_background(background(0.5));
        assert_eq!(high.judge(0.96), Some(Strength::Strong));
        assert_eq!(Cutoffs::of_background(background(-0.8)).judge(-0.1), None);
        assert_eq!(Cutoffs::of_background(None).judge(-0.5), None);
        assert_eq!(
            Cutoffs::of_background(None).judge(0.5),
            Some(Strength::Weak)
        );
    }

    #[test]
    fn a_passage_is_weak_where_a_picture_would_be_left_out() {
        let spread = |high, top| Spread {
            count: 1,
            low: 0.0,
            middle: 0.1,
            high,
            top,
        };
        let cutoffs = Cutoffs::of_passages(&Thresholds {
            fair: 0.44,
            strong: 0.52,
            unrelated: spread(0.28, 0.38),
            best_unrelated: spread(0.44, 0.52),
            fitting: spread(0.6, 0.7),
            library: 200,
            fitting_found: 0.6,
            fitting_strong: 0.3,
        });
        assert_eq!(cutoffs.judge(0.27), None);
        assert_eq!(cutoffs.judge(0.28), Some(Strength::Weak));
        assert_eq!(cutoffs.judge(0.38), Some(Strength::Fair));
        assert_eq!(cutoffs.judge(0.44), Some(Strength::Strong));
    }

    #[test]
    fn a_calibration_leaves_out_what_may_be_chance() {
        let spread = Spread::of(vec![0.0]).unwrap();
        let thresholds = Thresholds {
            fair: 0.5,
            strong: 0.6,
            unrelated: spread,
            best_unrelated: spread,
            fitting: spread,
            library: 200,
            fitting_found: 0.9,
            fitting_strong: 0.5,
        };
        let cutoffs = Cutoffs::calibrated(&thresholds);
        assert_eq!(cutoffs.judge(0.6), Some(Strength::Strong));
        assert_eq!(cutoffs.judge(0.5), Some(Strength::Fair));
        assert_eq!(cutoffs.judge(0.49), None);
        let example = Cutoffs::of_background(None).named_by(Some(&thresholds));
        assert_eq!(example.judge(0.1), Some(Strength::Weak));
        assert_eq!(example.judge(0.55), Some(Strength::Fair));
    }

    proptest! {
        #[test]
        fn a_stronger_cut_off_is_never_below_a_weaker_one(median in -1f32..1.0, spread in 0f32..0.5, has in any::<bool>(), kind in any::<bool>(), model in "siglip|clip|e5|minilm") {
            let kind = if kind { SpaceKind::Picture } else { SpaceKind::Passage };
            let cutoffs = Cutoffs::new(&space(kind, &model), has.then_some(Background { median, spread }));
            prop_assert!(cutoffs.weak <= cutoffs.fair && cutoffs.fair <= cutoffs.strong);
        }
    }
}
