//! Where picks lie on the reel's clock; pure, in whole frames.

use std::ops::Range;

use super::{
    manifest::{Pick, Reel},
    source::Source,
};
use crate::domain::Rational;

/// A pick with its source and its place in the reel.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<'a> {
    /// Its position in the reel, from 0.
    pub index: usize,
    /// The pick.
    pub pick: &'a Pick,
    /// Its source.
    pub source: &'a Source,
    /// Its frames in the reel, from 0 at the reel's first frame. With a dissolve it begins before
    /// the pick before it ends.
    pub record: Range<i64>,
}

/// Lays all picks one after the other. A pick lasts as many frames of the reel as come nearest to
/// its length in its source, and at least one; so no error adds up along the reel.
pub fn place(reel: &Reel) -> Vec<Placed<'_>> {
    let mut next_frame = 0;
    let mut shown_before = 0;
    let mut placed: Vec<Placed<'_>> = Vec::with_capacity(reel.picks().len());
    for (index, pick) in reel.picks().iter().enumerate() {
        let Some(source) = reel.sources.get(&pick.asset_id) else {
            continue;
        };
        let frames = record_frames(pick, source, reel.timeline.rate);
        // A dissolve can't be longer than either of the two that it joins, and the first of them
        // has a frame of its own before: an edit list could not say where it is otherwise.
        let longest = frames.min(shown_before - 1).max(0);
        let overlap = pick.dissolve_frames.clamp(0, longest);
        let start = next_frame - overlap;
        placed.push(Placed {
            index,
            pick,
            source,
            record: start..start + frames,
        });
        next_frame = start + frames;
        shown_before = frames - overlap;
    }
    placed
}

/// How many frames of the reel a pick is shown for.
pub(super) fn record_frames(pick: &Pick, source: &Source, rate: Rational) -> i64 {
    let factor = pick.slow_motion.map_or(1, |slow| slow.factor);
    shown_frames(pick.out_frame - pick.in_frame, source.rate, rate, factor)
}

/// How many frames at `rate` so many frames at `source_rate` last when shown `factor` times as long.
pub(super) fn shown_frames(frames: i64, source_rate: Rational, rate: Rational, factor: u32) -> i64 {
    let num = i128::from(rate.num) * i128::from(source_rate.den) * i128::from(factor);
    let den = i128::from(rate.den.max(1)) * i128::from(source_rate.num.max(1));
    let frames = i128::from(frames);
    ((frames * num * 2 + den).div_euclid(den * 2) as i64).max(1)
}

#[cfg(test)]
mod tests;
