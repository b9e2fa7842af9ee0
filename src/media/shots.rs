//! Where one shot ends and the next begins, told from sketches of frames; nothing here decodes.

use crate::domain::Transition;

pub(crate) use super::cut_finder::{CUT_NOVELTY, CutFinder};
pub(crate) use super::sketch::{SKETCH_HEIGHT, SKETCH_WIDTH, Sketch};

/// Between frames far apart: less is new in a picture of the same shot.
const APART_NOVELTY: f32 = 0.075;

/// Between frames far apart: palettes of one shot are nearer.
const APART_PALETTE: f32 = 0.07;

/// The place where a shot begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Boundary {
    /// Running time of its first frame.
    pub(crate) at_millis: i64,
    /// How it begins.
    pub(crate) opening: Transition,
    /// From when on the old picture begins to go.
    pub(crate) unclear_from_millis: i64,
    /// From when on the new picture stands alone.
    pub(crate) clear_from_millis: i64,
}

impl Boundary {
    /// A cut at that time.
    pub(crate) fn cut(at_millis: i64) -> Self {
        Self {
            at_millis,
            opening: Transition::Cut,
            unclear_from_millis: at_millis,
            clear_from_millis: at_millis,
        }
    }
}

/// Whether two frames seconds apart can't be of one shot: neither motion nor light explains it.
pub(crate) fn are_apart(before: &Sketch, after: &Sketch) -> bool {
    if before.is_black() != after.is_black() {
        return true;
    }
    let novelty = before.novelty(after);
    let palette = before.palette_distance(after);
    if novelty < APART_NOVELTY / 2.0 && palette < APART_PALETTE {
        return false;
    }
    palette > APART_PALETTE
        || novelty > 2.0 * APART_NOVELTY
        || (novelty > APART_NOVELTY && before.likeness(after) < 0.5)
}
