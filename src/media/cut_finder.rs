//! Cuts, fades and dissolves in frames that follow each other without a gap.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::domain::Transition;

use super::shots::{Boundary, Sketch};

/// Least that is new at a cut.
pub(crate) const CUT_NOVELTY: f32 = 0.05;

/// A cut stands out of what moves around it by this factor.
const CUT_RATIO: f32 = 3.0;

/// A picture that comes back within this time was interrupted by a flash, not by a cut.
const FLASH_MILLIS: i64 = 320;

/// Frames on either side whose motion a cut is compared with.
const NEIGHBOURS: usize = 6;

/// Shorter shots are not told apart from flicker.
const SHORTEST_SHOT_MILLIS: i64 = 160;

/// Black for longer is a shot of its own; for less it belongs to the picture that faded.
const BLACK_SHOT_MILLIS: i64 = 1000;

/// Lengths of dissolve that are looked for; they are found when up to about a third longer or shorter.
const DISSOLVE_MILLIS: [i64; 3] = [500, 1000, 2000];

/// Least difference of the two pictures of a dissolve.
const DISSOLVE_DIFFERENCE: f32 = 0.045;

/// What may remain of a frame in mid-dissolve that no mixture of its ends explains.
const DISSOLVE_REST: f32 = 0.4;

/// Nothing is decided later than this after the frame it concerns.
const WINDOW_MILLIS: i64 = 3200;

/// Takes frames in order and tells where shots begin.
#[derive(Default)]
pub(crate) struct CutFinder {
    frames: VecDeque<SeenFrame>,
    /// Frames at the front of which cuts have been decided.
    cuts_decided: usize,
    black: Option<BlackRun>,
    dissolve: Option<Dissolve>,
    pending: Vec<Boundary>,
    last_boundary_millis: Option<i64>,
}

struct SeenFrame {
    at_millis: i64,
    sketch: Rc<Sketch>,
    /// What is new against the frame before.
    novelty: f32,
}

struct BlackRun {
    start_millis: i64,
    /// The last frame before it; `None` when the stretch begins black.
    before: Option<Rc<Sketch>>,
    came_suddenly: bool,
}

#[derive(Clone, Copy)]
struct Dissolve {
    strength: f32,
    seen_at_millis: i64,
    boundary: Boundary,
}

impl CutFinder {
    /// Begins anew with a frame that does not follow on those before.
    pub(crate) fn restart(&mut self, at_millis: i64, sketch: Rc<Sketch>) {
        *self = Self {
            last_boundary_millis: self.last_boundary_millis,
            ..Self::default()
        };
        if sketch.is_black() {
            self.black = Some(BlackRun {
                start_millis: at_millis,
                before: None,
                came_suddenly: false,
            });
        }
        self.frames.push_back(SeenFrame {
            at_millis,
            sketch,
            novelty: 0.0,
        });
        self.cuts_decided = 1;
    }

    /// Takes the next frame, and gives the boundaries that have become certain; returns whether
    /// the picture changed by more than motion.
    pub(crate) fn push(
        &mut self,
        at_millis: i64,
        sketch: Rc<Sketch>,
        out: &mut Vec<Boundary>,
    ) -> bool {
        let Some(last) = self.frames.back() else {
            self.restart(at_millis, sketch);
            return false;
        };
        let difference = last.sketch.difference(&sketch);
        // What is new is at most what differs; where that is little, there is nothing to search.
        let novelty = if difference < 0.02 {
            difference
        } else {
            last.sketch.novelty(&sketch)
        };
        self.follow_black(at_millis, &sketch, novelty);
        self.frames.push_back(SeenFrame {
            at_millis,
            sketch,
            novelty,
        });
        while self.cuts_decided < self.frames.len()
            && self.frames[self.cuts_decided].at_millis + FLASH_MILLIS < at_millis
        {
            self.decide_cut(self.cuts_decided);
            self.cuts_decided += 1;
        }
        self.look_for_dissolve();
        while self
            .frames
            .front()
            .is_some_and(|frame| frame.at_millis < at_millis - WINDOW_MILLIS)
            && self.cuts_decided > 1
        {
            self.frames.pop_front();
            self.cuts_decided -= 1;
        }
        self.release(self.settled_until(), out);
        novelty >= CUT_NOVELTY
    }

    /// Decides on all frames seen, as no more follow without a gap.
    pub(crate) fn finish(&mut self, out: &mut Vec<Boundary>) {
        while self.cuts_decided < self.frames.len() {
            self.decide_cut(self.cuts_decided);
            self.cuts_decided += 1;
        }
        if let Some(dissolve) = self.dissolve.take() {
            self.keep(dissolve.boundary);
        }
        if let Some(run) = self.black.take()
            && let Some(last) = self.frames.back().map(|frame| frame.at_millis)
            && run.before.is_some()
            && last - run.start_millis >= BLACK_SHOT_MILLIS
        {
            self.keep(fade_at(run.start_millis, run.came_suddenly));
        }
        self.release(i64::MAX, out);
    }

    /// Before this time no boundary will come any more.
    pub(crate) fn settled_until(&self) -> i64 {
        let newest = self.frames.back().map_or(0, |frame| frame.at_millis);
        let black_from = self
            .black
            .as_ref()
            .filter(|run| run.before.is_some())
            .map_or(i64::MAX, |run| run.start_millis);
        (newest - WINDOW_MILLIS).min(black_from)
    }

    fn keep(&mut self, boundary: Boundary) {
        let is_repeated =
            |kept: &Boundary| (kept.at_millis - boundary.at_millis).abs() < SHORTEST_SHOT_MILLIS;
        if !self.pending.iter().any(is_repeated) {
            self.pending.push(boundary);
            self.pending.sort_by_key(|kept| kept.at_millis);
        }
    }

    fn release(&mut self, until_millis: i64, out: &mut Vec<Boundary>) {
        let ready = self
            .pending
            .iter()
            .take_while(|boundary| boundary.at_millis < until_millis)
            .count();
        for boundary in self.pending.drain(..ready) {
            let earliest = self
                .last_boundary_millis
                .map_or(1, |last| last + SHORTEST_SHOT_MILLIS);
            if boundary.at_millis >= earliest {
                self.last_boundary_millis = Some(boundary.at_millis);
                out.push(boundary);
            }
        }
    }

    /// The frame seen last.
    pub(crate) fn newest(&self) -> Option<&Rc<Sketch>> {
        self.frames.back().map(|frame| &frame.sketch)
    }

    /// Tells the finder of a boundary that was found by other means.
    pub(crate) fn note(&mut self, boundary: Boundary) {
        self.last_boundary_millis = self.last_boundary_millis.max(Some(boundary.at_millis));
    }

    fn decide_cut(&mut self, index: usize) {
        let frame = &self.frames[index];
        let novelty = frame.novelty;
        if index == 0 || novelty < CUT_NOVELTY {
            return;
        }
        let from = index.saturating_sub(NEIGHBOURS).max(1);
        let to = (index + NEIGHBOURS + 1).min(self.frames.len());
        let mut around: Vec<f32> = (from..to)
            .filter(|&at| at != index)
            .map(|at| self.frames[at].novelty)
            .collect();
        around.sort_by(f32::total_cmp);
        // A second cut nearby must not hide this one.
        around.pop();
        let usual = if around.is_empty() {
            0.0
        } else {
            around.iter().sum::<f32>() / around.len() as f32
        };
        if novelty < CUT_RATIO * usual + 0.02 {
            return;
        }
        let before = &self.frames[index - 1];
        let comes_back = self
            .frames
            .range(index + 1..)
            .take_while(|later| later.at_millis <= frame.at_millis + FLASH_MILLIS)
            .any(|later| before.sketch.novelty(&later.sketch) < 0.4 * novelty);
        let was_there = self
            .frames
            .range(..index - 1)
            .filter(|earlier| earlier.at_millis >= before.at_millis - FLASH_MILLIS)
            .any(|earlier| earlier.sketch.novelty(&frame.sketch) < 0.4 * novelty);
        if !comes_back && !was_there {
            let cut = Boundary::cut(frame.at_millis);
            self.dissolve = None;
            self.keep(cut);
        }
    }

    /// Follows runs of black, and places shots at their ends.
    fn follow_black(&mut self, at_millis: i64, sketch: &Rc<Sketch>, novelty: f32) {
        let is_sudden = novelty >= CUT_NOVELTY;
        if sketch.is_black() {
            if self.black.is_none() {
                // The picture before it went dark, where the window still has it.
                let before = self
                    .frames
                    .iter()
                    .rev()
                    .find(|frame| frame.sketch.mean_luma() > 0.1);
                let before = before
                    .or(self.frames.back())
                    .map(|frame| Rc::clone(&frame.sketch));
                self.black = Some(BlackRun {
                    start_millis: at_millis,
                    before,
                    came_suddenly: is_sudden,
                });
            }
            return;
        }
        let Some(run) = self.black.take() else { return };
        let length = at_millis - run.start_millis;
        let Some(before) = run.before else {
            if length >= BLACK_SHOT_MILLIS {
                self.keep(fade_at(at_millis, is_sudden));
            }
            return;
        };
        if length < FLASH_MILLIS && before.novelty(sketch) < CUT_NOVELTY {
            return;
        }
        // A cut into black was found as a cut already; short black belongs to what came before.
        self.pending
            .retain(|boundary| boundary.at_millis != run.start_millis);
        if length >= BLACK_SHOT_MILLIS {
            self.keep(fade_at(run.start_millis, run.came_suddenly));
        }
        self.keep(fade_at(at_millis, is_sudden));
    }

    fn look_for_dissolve(&mut self) {
        let Some(newest) = self.frames.back() else {
            return;
        };
        let newest_millis = newest.at_millis;
        for length in DISSOLVE_MILLIS {
            if let Some(found) = self.dissolve_over(length)
                && self
                    .dissolve
                    .is_none_or(|best| found.strength > 1.02 * best.strength)
            {
                self.dissolve = Some(found);
            }
        }
        if let Some(best) = self.dissolve
            && newest_millis - best.seen_at_millis > 600
        {
            self.dissolve = None;
            self.keep(best.boundary);
        }
    }

    /// A dissolve that fills the last `length` milliseconds.
    fn dissolve_over(&self, length: i64) -> Option<Dissolve> {
        let last = self.frames.len().checked_sub(1)?;
        let newest_millis = self.frames[last].at_millis;
        let first = self
            .frames
            .iter()
            .rposition(|frame| frame.at_millis <= newest_millis - length)?;
        // Fewer frames than this can't be told from a jump.
        if last - first < 5 {
            return None;
        }
        let boundaries = self
            .pending
            .iter()
            .map(|boundary| boundary.clear_from_millis)
            .chain(self.last_boundary_millis);
        if boundaries
            .max()
            .is_some_and(|boundary| boundary > self.frames[first].at_millis)
        {
            return None;
        }
        let (before, after) = (&self.frames[first].sketch, &self.frames[last].sketch);
        let difference = before.difference(after);
        if difference < DISSOLVE_DIFFERENCE || before.likeness(after) > 0.5 {
            return None;
        }
        let mut share_before = -0.1;
        for quarter in 1..=3 {
            let middle = &self.frames[first + (last - first) * quarter / 4].sketch;
            let (share, rest) = middle.mixture(before, after);
            let is_middle = quarter != 2 || (0.15..=0.85).contains(&share);
            if rest > DISSOLVE_REST
                || share < share_before
                || share > 1.1
                || !is_middle
                || middle.is_black()
            {
                return None;
            }
            share_before = share - 0.02;
        }
        if before.is_black() || after.is_black() || before.novelty(after) < CUT_NOVELTY {
            return None;
        }
        let share_reaches = |least: f32| {
            let reached = self
                .frames
                .range(first..)
                .find(|frame| frame.sketch.mixture(before, after).0 >= least);
            reached.map_or(newest_millis, |frame| frame.at_millis)
        };
        // A single frame that does most of the step is a cut in a picture that moves.
        let at_millis = share_reaches(0.5);
        Some(Dissolve {
            strength: difference,
            seen_at_millis: newest_millis,
            boundary: Boundary {
                at_millis,
                opening: Transition::Dissolve,
                unclear_from_millis: share_reaches(0.1),
                clear_from_millis: share_reaches(0.93),
            },
        })
    }
}

fn fade_at(at_millis: i64, is_sudden: bool) -> Boundary {
    if is_sudden {
        return Boundary::cut(at_millis);
    }
    // Fades take about half a second at least; in it the picture is not yet itself.
    Boundary {
        at_millis,
        opening: Transition::Fade,
        unclear_from_millis: at_millis - 500,
        clear_from_millis: at_millis + 500,
    }
}
