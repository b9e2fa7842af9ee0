//! Moves the ends of a stretch to where one would cut: shot boundaries, pauses in speech, never within a word.

use std::ops::Range;

use super::hearing::Hearing;
use crate::{domain::TimeSpan, reel::source::Source};

/// Both sides of a pause are at least so long, else a breath is cut; models tell words to about as much.
const BREATH_MILLIS: i64 = 150;
/// A shot shown for less than this before the next cut is seen as a flash.
const FLASH_MILLIS: i64 = 500;
/// Where nothing better is near, ends lie on a grid of this.
const GRID_MILLIS: i64 = 200;

/// What an end costs beside its distance in seconds: a shot boundary is worth 0.7 seconds of way more
/// than a pause, a pause a second more than the edge of a sentence, and a place between two words of
/// one is the last resort.
const PAUSE_COST: f64 = 0.7;
const WORD_EDGE_COST: f64 = 1.7;
const WITHIN_SPEECH_COST: f64 = 3.7;
const WITHIN_CUE_COST: f64 = 3.0;
/// Where the sound stands out: somebody may be speaking whom the speech model did not understand. That
/// counts at a shot boundary too.
const LOUD_COST: f64 = 5.0;
const FLASH_COST: f64 = 1.0;

/// Where a source may be cut.
#[derive(Debug, Clone)]
pub(super) struct Ground<'a> {
    /// The source, whose rate counts.
    pub source: &'a Source,
    /// Beginnings of shots, in order.
    pub shots: &'a [i64],
    /// Spoken words, in order.
    pub words: &'a [TimeSpan],
    /// Lines whose words have no times, in order.
    pub cues: &'a [TimeSpan],
    /// How the sound stands out, where that was listened to.
    pub hearing: Option<&'a Hearing>,
    /// The stretch that may be shown, in frames.
    pub free: Range<i64>,
}

/// What is to be cut out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wanted {
    /// Where the ends should lie.
    pub span: TimeSpan,
    /// What must be shown in any case.
    pub hold_millis: i64,
    /// The fewest frames.
    pub shortest: i64,
    /// The most frames.
    pub longest: i64,
}

impl Ground<'_> {
    /// Whether a cut before that frame goes through a word. The frames nearest to a word's edges do not.
    pub(super) fn is_within_word(&self, frame: i64) -> bool {
        let at = self.source.millis_of(frame);
        // Half a frame, rounded up: no cut can come closer to an edge than that.
        let tolerance =
            (self.source.millis_of(frame + 1) - self.source.millis_of(frame - 1) + 3) / 4;
        is_within(self.words, at, tolerance)
    }

    /// The frames that come nearest to what is wanted; `None` where what must be shown can't be, or
    /// not long enough.
    pub(super) fn snap(&self, wanted: &Wanted) -> Option<Range<i64>> {
        let hold = self.source.frame_at(wanted.hold_millis);
        let hold = hold.min(self.free.end - 1);
        if !self.free.contains(&hold) || wanted.longest < wanted.shortest {
            return None;
        }
        let first = (hold - wanted.longest + 1).max(self.free.start);
        let last = (hold + wanted.longest).min(self.free.end);
        let starts = self.ends(first..hold + 1, wanted.span.start_millis, true);
        let ends = self.ends(hold + 1..last + 1, wanted.span.end_millis, false);
        let mut best: Option<(f64, Range<i64>)> = None;
        for (start, start_cost) in &starts {
            for (end, end_cost) in &ends {
                let frames = end - start;
                if frames < wanted.shortest || frames > wanted.longest {
                    continue;
                }
                let cost = start_cost + end_cost;
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, *start..*end));
                }
            }
        }
        best.map(|(_, frames)| frames)
    }

    /// The shortest stretch of whole words around `span`; `None` where it reaches out of what is free.
    pub(super) fn widened(&self, span: TimeSpan) -> Option<Range<i64>> {
        let mut start = self.source.frame_at(span.start_millis);
        let mut end = self.source.frame_at(span.end_millis).max(start + 1);
        if start < self.free.start || end > self.free.end {
            return None;
        }
        while start > self.free.start && self.is_within_word(start) {
            start -= 1;
        }
        while end < self.free.end && self.is_within_word(end) {
            end += 1;
        }
        Some(start..end)
    }

    /// The frames of `range` where one may cut, in order, each with its cost; `target_millis` is where
    /// the end should lie.
    fn ends(&self, range: Range<i64>, target_millis: i64, is_beginning: bool) -> Vec<(i64, f64)> {
        if range.is_empty() {
            return Vec::new();
        }
        let from = self.source.millis_of(range.start);
        let to = self.source.millis_of(range.end);
        let within = |at: &i64| (from..=to).contains(at);
        let mut times: Vec<i64> = self.shots.iter().copied().filter(within).collect();
        let near = |spans: &[TimeSpan]| -> Vec<TimeSpan> {
            let first = spans.partition_point(|span| span.end_millis + 2000 < from);
            let rest = spans[first..].iter();
            rest.take_while(|span| span.start_millis <= to + 2000)
                .copied()
                .collect()
        };
        for spoken in [near(self.words), near(self.cues)] {
            for span in &spoken {
                times.extend([
                    span.start_millis,
                    span.end_millis,
                    span.start_millis - BREATH_MILLIS,
                    span.end_millis + BREATH_MILLIS,
                ]);
            }
            for two in spoken.windows(2) {
                times.push(two[0].end_millis.midpoint(two[1].start_millis));
            }
        }
        times.extend(
            self.hearing
                .map(|hearing| hearing.pauses(from, to))
                .into_iter()
                .flatten(),
        );
        times.push(target_millis);
        times.extend((from..=to).step_by(GRID_MILLIS as usize));
        let mut frames: Vec<i64> = times
            .into_iter()
            .map(|at| self.source.frame_at(at))
            .chain([range.start, range.end - 1])
            .filter(|frame| range.contains(frame) && !self.is_within_word(*frame))
            .collect();
        frames.sort_unstable();
        frames.dedup();
        frames
            .into_iter()
            .map(|frame| {
                let at = self.source.millis_of(frame);
                // Giving up a part of what was wanted costs as much as showing as much beside it.
                let way = (at - target_millis).abs() as f64 / 1000.0;
                (frame, way + self.cost(frame, at, is_beginning))
            })
            .collect()
    }

    /// What kind of place a frame is to cut at, as a cost in seconds of way.
    fn cost(&self, frame: i64, at: i64, is_beginning: bool) -> f64 {
        let is_boundary = |shot: &i64| self.source.frame_at(*shot) == frame;
        let is_whole_end = frame == 0 || (self.source.frames > 0 && frame == self.source.frames);
        let near = self.shots.partition_point(|shot| *shot < at - 100);
        let mut beside = self.shots[near..].iter().take(3);
        let mut cost = if is_whole_end || beside.any(is_boundary) {
            0.0
        } else {
            match count_within(self.words, at, -BREATH_MILLIS) {
                0 => PAUSE_COST,
                1 => WORD_EDGE_COST,
                _ => WITHIN_SPEECH_COST,
            }
        };
        if let Some(hearing) = self.hearing.filter(|_| !is_whole_end) {
            cost += LOUD_COST * hearing.speech_at(at);
        }
        let flash = if is_beginning {
            at + 1..at + FLASH_MILLIS
        } else {
            at - FLASH_MILLIS + 1..at
        };
        if self.shots.iter().any(|shot| flash.contains(shot)) {
            cost += FLASH_COST;
        }
        if is_within(self.cues, at, BREATH_MILLIS) {
            cost += WITHIN_CUE_COST;
        }
        cost
    }
}

/// Whether a time lies in a span, further than `depth_millis` from its edges; a negative depth counts
/// what lies beside it as well.
fn is_within(spans: &[TimeSpan], at: i64, depth_millis: i64) -> bool {
    count_within(spans, at, depth_millis) > 0
}

/// In how many spans a time lies, as [`is_within`] has it.
fn count_within(spans: &[TimeSpan], at: i64, depth_millis: i64) -> usize {
    // Words overlap by little, so that ends are in order too, but for a few.
    let after = spans.partition_point(|span| span.start_millis + depth_millis < at);
    spans[after.saturating_sub(8)..after]
        .iter()
        .filter(|span| at < span.end_millis - depth_millis)
        .count()
}

#[cfg(test)]
mod tests;
