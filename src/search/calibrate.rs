//! When a cosine means likeness: cut-offs from what the query scores against the library at large.

use super::fuse::Strength;
use crate::domain::{SpaceId, SpaceKind};

/// Fewer sampled vectors than this say nothing of the background.
pub(super) const MIN_BACKGROUND: usize = 50;
/// How many vectors of a space are sampled.
pub(super) const BACKGROUND_SAMPLE: usize = 1000;
/// Spreads above the middle of the background from which a likeness counts at all.
const WEAK_SPREADS: f32 = 2.0;
/// Spreads above the middle of the background from which a likeness is no chance.
const STRONG_SPREADS: f32 = 4.5;

/// The cosine from which two pictures show nearly the same, in every model.
const NEARLY_THE_SAME: f32 = 0.9;

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

/// The least cosines of weak and of strong hits in one space, for one query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cutoffs {
    /// Below it, a hit is chance.
    pub weak: f32,
    /// From it on, a hit is more than chance.
    pub strong: f32,
}

impl Cutoffs {
    /// Cut-offs from the background, within what is known of the model.
    ///
    /// A likeness counts from 2 spreads above the background's middle and is strong from 4.5;
    /// both are kept within the bounds of the model, so that neither a library about a single
    /// subject hides what fits nor a library without any raises what does not. Without a
    /// background, in a library of a few dozen passages, all that may fit is shown, and called
    /// weak up to the middle of the bounds: hiding it would cost more than reading past it.
    pub(super) fn new(space: &SpaceId, background: Option<Background>) -> Self {
        let bounds = Bounds::of(space);
        let Some(background) = background else {
            return Self {
                weak: bounds.weak.0,
                strong: bounds.strong.0.midpoint(bounds.strong.1),
            };
        };
        let above = |spreads: f32| background.median + spreads * background.spread;
        Self {
            weak: above(WEAK_SPREADS).clamp(bounds.weak.0, bounds.weak.1),
            strong: above(STRONG_SPREADS).clamp(bounds.strong.0, bounds.strong.1),
        }
    }

    /// Cut-offs from the background alone, for likeness to a picture, which lies nearer to other
    /// pictures than any text does. Without a background all that is like it rather than unlike it
    /// is shown, and called weak up to [`NEARLY_THE_SAME`].
    pub(super) fn of_background(background: Option<Background>) -> Self {
        let Some(background) = background else {
            return Self {
                weak: 0.0,
                strong: NEARLY_THE_SAME,
            };
        };
        // After a subtraction most lies on the other side.
        let above = |spreads: f32| (background.median + spreads * background.spread).max(0.0);
        Self {
            weak: above(WEAK_SPREADS),
            strong: above(STRONG_SPREADS),
        }
    }

    /// How well a cosine fits; `None` when it is chance.
    pub(super) fn judge(self, cosine: f32) -> Option<Strength> {
        if cosine >= self.strong {
            Some(Strength::Strong)
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
            // Measured on 600 held-out scenes: of pictures of another kind, 99 % lie below 0.37; of those
            // that have all a caption names, 95 % above 0.45; words it never learnt reach 0.51.
            SpaceKind::Picture if is("clip-demo") => Self {
                weak: (0.45, 0.50),
                strong: (0.52, 0.56),
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

    proptest! {
        #[test]
        fn a_strong_cut_off_is_never_below_a_weak_one(median in -1f32..1.0, spread in 0f32..0.5, has in any::<bool>(), kind in any::<bool>(), model in "siglip|clip|clip-demo|e5|minilm") {
            let kind = if kind { SpaceKind::Picture } else { SpaceKind::Passage };
            let cutoffs = Cutoffs::new(&space(kind, &model), has.then_some(Background { median, spread }));
            prop_assert!(cutoffs.weak <= cutoffs.strong);
        }
    }
}
