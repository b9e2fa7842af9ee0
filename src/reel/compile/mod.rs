//! From a wish to a reel: find, cut, choose, order, and say why.
//!
//! ```text
//! wish ─finds→ moments, peaks, what was given ─pool→ cuts on word and shot edges
//!      ─select→ the greatest value in the length ─order→ picks with their reasons
//! ```

mod clocks;
mod finds;
mod form;
mod hearing;
mod likeness;
mod material;
mod order;
mod peaks;
mod picks;
mod pool;
mod replace;
mod select;
mod snap;
mod sounds;
mod stretches;
mod update;
mod wish;

use std::collections::BTreeMap;

use super::{
    edit::{checked_name, now},
    error::ReelError,
    excitement::Weights,
    manifest::{Pick, REEL_FORMAT_VERSION, Reel, Wish},
};
use crate::{
    domain::{Picture, Rational},
    search::Searcher,
};
use pool::Pool;

pub use replace::replace;
pub use update::{Moved, ReelDiff, Retimed, update};

/// What a compilation needs beside the wish.
#[derive(Debug, Clone)]
pub struct CompileSettings {
    /// How much each sign of excitement counts.
    pub weights: Weights,
    /// Frames per second of the reel; `None` for what most sources have. Of a reel that is there
    /// already, its own holds.
    pub rate: Option<Rational>,
    /// Width and height of the reel in pixels, made even; `None` for what most sources have.
    pub size: Option<(u32, u32)>,
    /// The pictures that queries name by a path, by that path.
    pub pictures: Vec<(String, Picture)>,
}

impl CompileSettings {
    /// The weights that come with the program, clock and size as the sources have them.
    ///
    /// # Errors
    /// As [`Weights::builtin`].
    pub fn builtin() -> Result<Self, ReelError> {
        Ok(Self {
            weights: Weights::builtin()?,
            rate: None,
            size: None,
            pictures: Vec::new(),
        })
    }
}

/// A reel that fulfils the wish as far as the library can; what is short of it stands in the notes of
/// its revision.
///
/// # Errors
/// [`ReelError::Wish`] for a wish that contradicts itself or asks for what can't be shown,
/// [`ReelError::NoMaterial`] when nothing fits; the store's and the search's own errors.
pub fn compile(
    searcher: &Searcher<'_>,
    wish: &Wish,
    title: &str,
    settings: &CompileSettings,
) -> Result<Reel, ReelError> {
    wish.check()?;
    let title = checked_name(title)?;
    let pool = Pool::of(searcher, wish, settings, None)?;
    let fixed = pool.musts();
    let chosen = pool.choose(wish, &fixed)?;
    let mut picks = pool.in_order(wish, pool.picks(wish, &chosen));
    if picks.is_empty() {
        return Err(ReelError::NoMaterial { wish: wish.told() });
    }
    for (pick, number) in picks.iter_mut().zip(1..) {
        pick.id = number;
    }
    let notes = pool.notes_on(wish, &picks);
    let mut reel = Reel {
        format_version: REEL_FORMAT_VERSION,
        title,
        timeline: pool.timeline.clone(),
        wish: wish.clone(),
        sources: BTreeMap::new(),
        revisions: Vec::new(),
        current: 0,
    };
    pool.add_sources(&mut reel, &picks);
    reel.commit(picks, "compile".to_owned(), notes, &now());
    Ok(reel)
}

/// Whether two picks show the same: half of the shorter in common.
fn is_same_moment(one: &Pick, other: &Pick) -> bool {
    let common = one.out_frame.min(other.out_frame) - one.in_frame.max(other.in_frame);
    let shorter = (one.out_frame - one.in_frame).min(other.out_frame - other.in_frame);
    one.asset_id == other.asset_id && common * 2 >= shorter.max(1)
}

#[cfg(test)]
mod tests;
