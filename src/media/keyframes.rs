//! Which frames stand for a shot: clear ones, as few as tell what happens, near-duplicates dropped.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::domain::{TimeSpan, Transition};

use super::protocol::ShotMeasures;
use super::shots::{Boundary, Sketch};

/// A picture with less that is new repeats one that was given.
const DUPLICATE_NOVELTY: f32 = 0.03;

/// A picture with more that is new is worth giving as soon as the spacing allows.
const CHANGED_NOVELTY: f32 = 0.06;

/// Keyframes of one shot are at least this far apart.
const SPACING_MILLIS: i64 = 2000;

/// After this long a small change is enough.
const LONGEST_GAP_MILLIS: i64 = 10_000;

/// Pictures given before that a new one is compared with.
const COMPARED: usize = 6;

/// A frame that may stand for its shot, with a handle on its pixels.
pub(crate) struct Candidate<F> {
    /// Its running time.
    pub(crate) at_millis: i64,
    /// What it looks like.
    pub(crate) sketch: Rc<Sketch>,
    /// Its pixels.
    pub(crate) frame: F,
}

/// What becomes of candidates and boundaries once nothing can change it.
pub(crate) enum Decision<F> {
    /// This frame stands for the shot.
    Keyframe {
        /// Number of the shot.
        shot: u32,
        /// The frame.
        candidate: Candidate<F>,
    },
    /// The shot is complete.
    Ended {
        /// Number of the shot.
        shot: u32,
        /// Where it lies.
        span: TimeSpan,
        /// How it began.
        opening: Transition,
        /// What was measured over it.
        measures: ShotMeasures,
    },
}

/// Puts shots together from boundaries and candidate frames, both in order of time.
pub(crate) struct ShotAssembler<F> {
    candidates: VecDeque<Candidate<F>>,
    boundaries: VecDeque<Boundary>,
    shot: OpenShot<F>,
}

struct OpenShot<F> {
    number: u32,
    start_millis: i64,
    opening: Transition,
    clear_from_millis: i64,
    fallback: Option<Candidate<F>>,
    given: VecDeque<Rc<Sketch>>,
    last_given_millis: i64,
    luma_before: Option<(i64, f32)>,
    pace: Pace,
}

/// Motion between frames about a second apart.
#[derive(Default)]
struct Pace {
    reference: Option<(i64, Rc<Sketch>)>,
    difference_sum: f32,
    pairs: u32,
    resting: u32,
    moving: u32,
}

impl<F> ShotAssembler<F> {
    pub(crate) fn new() -> Self {
        Self {
            candidates: VecDeque::new(),
            boundaries: VecDeque::new(),
            shot: OpenShot::new(
                0,
                Boundary {
                    opening: Transition::Start,
                    ..Boundary::cut(0)
                },
            ),
        }
    }

    /// A frame that may stand for its shot.
    pub(crate) fn offer(&mut self, candidate: Candidate<F>) {
        self.candidates.push_back(candidate);
    }

    /// A place where a shot begins; later than every one before, and not yet settled.
    pub(crate) fn begin(&mut self, boundary: Boundary) {
        self.boundaries.push_back(boundary);
    }

    /// Decides on everything before `until_millis`, before which no boundary will come any more.
    pub(crate) fn settle(&mut self, until_millis: i64, out: &mut Vec<Decision<F>>) {
        loop {
            let next_boundary = self
                .boundaries
                .front()
                .filter(|boundary| boundary.at_millis < until_millis)
                .copied();
            let next_candidate = self.candidates.front().map(|candidate| candidate.at_millis);
            match (next_boundary, next_candidate) {
                (Some(boundary), at) if at.is_none_or(|at| at >= boundary.at_millis) => {
                    self.boundaries.pop_front();
                    self.end_shot(boundary, out);
                }
                (_, Some(at)) if at < until_millis => {
                    let unclear_from = self
                        .boundaries
                        .front()
                        .map(|boundary| boundary.unclear_from_millis);
                    if let Some(candidate) = self.candidates.pop_front() {
                        self.shot.consider(candidate, unclear_from, out);
                    }
                }
                _ => return,
            }
        }
    }

    /// Decides on all that is left; the last shot ends at `end_millis`.
    pub(crate) fn finish(mut self, end_millis: i64, out: &mut Vec<Decision<F>>) {
        self.settle(i64::MAX, out);
        self.end_shot(Boundary::cut(end_millis), out);
    }

    fn end_shot(&mut self, next: Boundary, out: &mut Vec<Decision<F>>) {
        let following = OpenShot::new(self.shot.number + 1, next);
        let ended = std::mem::replace(&mut self.shot, following);
        ended.end(next.at_millis, out);
    }
}

impl<F> OpenShot<F> {
    fn new(number: u32, boundary: Boundary) -> Self {
        Self {
            number,
            start_millis: boundary.at_millis,
            opening: boundary.opening,
            clear_from_millis: boundary.clear_from_millis,
            fallback: None,
            given: VecDeque::new(),
            last_given_millis: boundary.at_millis,
            luma_before: None,
            pace: Pace::default(),
        }
    }

    fn consider(
        &mut self,
        candidate: Candidate<F>,
        unclear_from: Option<i64>,
        out: &mut Vec<Decision<F>>,
    ) {
        let at_millis = candidate.at_millis;
        self.pace.push(at_millis, &candidate.sketch);
        let is_clear = at_millis >= self.clear_from_millis
            && unclear_from.is_none_or(|from| at_millis < from)
            && !self.is_fading(&candidate);
        if candidate.sketch.is_black() || !is_clear {
            // Where no better one comes, the brighter of the unclear ones has to do.
            let is_better =
                |kept: &Candidate<F>| candidate.sketch.mean_luma() > kept.sketch.mean_luma();
            if self.given.is_empty() && self.fallback.as_ref().is_none_or(is_better) {
                self.fallback = Some(candidate);
            }
            return;
        }
        let gap = at_millis - self.last_given_millis;
        let is_wanted = self.given.is_empty()
            || gap >= SPACING_MILLIS && {
                let least = if gap >= LONGEST_GAP_MILLIS {
                    DUPLICATE_NOVELTY
                } else {
                    CHANGED_NOVELTY
                };
                self.given
                    .iter()
                    .all(|given| given.novelty(&candidate.sketch) > least)
            };
        if is_wanted {
            self.give(candidate, out);
        }
    }

    /// Whether a dark frame is about to appear or to vanish: its neighbour is much darker or brighter.
    fn is_fading(&mut self, candidate: &Candidate<F>) -> bool {
        const NEIGHBOUR_MILLIS: i64 = 1000;
        let luma = candidate.sketch.mean_luma();
        let before = self.luma_before.replace((candidate.at_millis, luma));
        before.is_some_and(|(at_millis, before)| {
            candidate.at_millis - at_millis <= NEIGHBOUR_MILLIS
                && luma < 0.35
                && (luma - before).abs() > 0.3 * luma.max(before)
        })
    }

    fn give(&mut self, candidate: Candidate<F>, out: &mut Vec<Decision<F>>) {
        self.last_given_millis = candidate.at_millis;
        if self.given.len() == COMPARED {
            self.given.pop_front();
        }
        self.given.push_back(Rc::clone(&candidate.sketch));
        self.fallback = None;
        out.push(Decision::Keyframe {
            shot: self.number,
            candidate,
        });
    }

    fn end(mut self, end_millis: i64, out: &mut Vec<Decision<F>>) {
        if let Some(candidate) = self.fallback.take() {
            self.give(candidate, out);
        }
        out.push(Decision::Ended {
            shot: self.number,
            span: TimeSpan::new(self.start_millis, end_millis),
            opening: self.opening,
            measures: self.pace.measures(),
        });
    }
}

impl Pace {
    fn push(&mut self, at_millis: i64, sketch: &Rc<Sketch>) {
        let Some((before_millis, before)) = &self.reference else {
            self.reference = Some((at_millis, Rc::clone(sketch)));
            return;
        };
        let apart_millis = at_millis - before_millis;
        if apart_millis < 700 {
            return;
        }
        if apart_millis <= 1600 {
            self.difference_sum += before.difference(sketch);
            self.pairs += 1;
        }
        let resting = before.resting_border(sketch);
        self.resting += u32::from(resting > 0.85);
        self.moving += u32::from(resting < 0.6);
        self.reference = Some((at_millis, Rc::clone(sketch)));
    }

    fn measures(&self) -> ShotMeasures {
        ShotMeasures {
            motion: (self.pairs > 0).then(|| self.difference_sum / self.pairs as f32),
            is_still: match (self.resting, self.moving) {
                (resting, moving) if resting > 2 * moving => Some(true),
                (resting, moving) if moving > resting => Some(false),
                _ => None,
            },
        }
    }
}
