//! The part of a pass that decides what lies between two keyframes, and decodes it where it must.

use std::rc::Rc;

use crate::media::MediaError;
use crate::media::protocol::ShotDepth;
use crate::media::shots::{Boundary, CUT_NOVELTY, Sketch, are_apart};

use super::decoder::Frame;
use super::shot_pass::Pass;
use super::stretch::Stretch;

/// Frames decoded one after another are offered as keyframes this far apart.
const OFFER_SPACING_MILLIS: i64 = 480;

/// After a sudden change the frame this many later is offered: it is past a flash or a mixed frame.
const OFFER_DELAY_FRAMES: u32 = 2;

impl Pass<'_> {
    /// Decides on every stretch whose end is known.
    pub(super) fn decide_stretches(&mut self, is_ended: bool) -> Result<(), MediaError> {
        while self.stretches.len() >= 2 {
            let is_next_known = self.stretches[1].anchor.is_some()
                && (is_ended || self.stretches[1].is_past_leading || self.stretches.len() > 2);
            if self.stretches[0].anchor.is_none() || !is_next_known {
                return Ok(());
            }
            let Some(stretch) = self.stretches.pop_front() else {
                return Ok(());
            };
            self.decide_stretch(&stretch)?;
            if self.writer.is_stopped {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Finds what lies between the keyframe of `stretch` and the next one, which is at the front.
    fn decide_stretch(&mut self, stretch: &Stretch) -> Result<(), MediaError> {
        self.enter_first(stretch);
        let Some(mut next) = self.stretches.pop_front() else {
            return Ok(());
        };
        if let (Some((before, _)), Some((after, frame))) = (&stretch.anchor, &next.anchor) {
            let (before, after, frame) = (Rc::clone(before), Rc::clone(after), frame.share());
            let frames =
                (stretch.frames + next.leading as u64).saturating_sub(stretch.leading as u64);
            let is_early = self.rhythm.is_early(frames) && !stretch.has_inner_key();
            let are_apart = are_apart(&before, &after);
            let needs_search = self.request.depth == ShotDepth::Refined
                && (stretch.is_begun
                    || stretch.has_spike()
                    || are_apart
                        && (!is_early
                            || stretch.ends_busy()
                            || is_dark(&before)
                            || is_dark(&after)));
            if needs_search {
                self.search_stretch(stretch, Some(&next))?;
                self.finder
                    .push(next.at_millis, Rc::clone(&after), &mut self.boundaries);
                next.is_begun = false;
            } else {
                self.finder.finish(&mut self.boundaries);
                // Where the old keyframe stands in for the frame before the new one, the finder
                // sees the cut itself, and what follows can still show that it was a flash.
                if are_apart && before.novelty(&after) >= CUT_NOVELTY {
                    self.finder.restart(next.at_millis - 1, before);
                    self.finder
                        .push(next.at_millis, Rc::clone(&after), &mut self.boundaries);
                } else {
                    self.finder.restart(next.at_millis, Rc::clone(&after));
                    if are_apart {
                        let cut = Boundary::cut(next.at_millis);
                        self.finder.note(cut);
                        self.boundaries.push(cut);
                    }
                }
            }
            if let Some(frame) = frame {
                self.offer(next.at_millis, after, frame);
            }
            let until = if needs_search {
                self.finder.settled_until()
            } else {
                next.at_millis
            };
            self.settle(until)?;
            self.writer.progress(next.at_millis);
        }
        self.stretches.push_front(next);
        Ok(())
    }

    /// The very first keyframe opens the first shot.
    pub(super) fn enter_first(&mut self, stretch: &Stretch) {
        if !self.is_any_offered
            && let Some((sketch, frame)) = &stretch.anchor
            && let Some(frame) = frame.share()
        {
            self.finder.restart(stretch.at_millis, Rc::clone(sketch));
            self.offer(stretch.at_millis, Rc::clone(sketch), frame);
        }
    }

    /// Decodes what lies between a keyframe and the next.
    pub(super) fn search_stretch(
        &mut self,
        stretch: &Stretch,
        next: Option<&Stretch>,
    ) -> Result<(), MediaError> {
        let from = stretch.anchor_ticks;
        let to = next.map_or(i64::MAX, |next| next.anchor_ticks);
        self.feed(stretch, from, to)?;
        for packet in next
            .iter()
            .flat_map(|next| next.packets.iter().take(1 + next.leading))
        {
            self.send(packet, false);
            self.take_searched(from, to)?;
        }
        self.search.send_end();
        self.take_searched(from, to)?;
        self.search.flush();
        Ok(())
    }

    /// Decodes as it comes a stretch that has become too long to be kept.
    pub(super) fn search_ahead(&mut self) -> Result<(), MediaError> {
        if self
            .stretches
            .iter()
            .any(|stretch| stretch.anchor.is_none())
        {
            self.keys.send_end();
            self.take_keyframes()?;
            self.keys.flush();
            self.stretches.retain(|stretch| stretch.anchor.is_some());
        }
        self.decide_stretches(true)?;
        let Some(mut last) = self.stretches.pop_front() else {
            return Ok(());
        };
        self.enter_first(&last);
        if self.request.depth == ShotDepth::Refined {
            self.feed(&last, last.anchor_ticks, i64::MAX)?;
            last.is_begun = true;
            self.settle(self.finder.settled_until())?;
            self.writer.progress(self.end_millis);
        }
        last.packets.clear();
        last.bytes = 0;
        self.stretches.push_front(last);
        Ok(())
    }

    fn feed(&mut self, stretch: &Stretch, from: i64, to: i64) -> Result<(), MediaError> {
        for packet in &stretch.packets {
            self.send(packet, false);
            self.take_searched(from, to)?;
        }
        Ok(())
    }

    fn take_searched(&mut self, from: i64, to: i64) -> Result<(), MediaError> {
        loop {
            match self.search.receive() {
                Ok(Some(frame)) => self.see(frame, from, to)?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.problem(error.to_string());
                    return Ok(());
                }
            }
        }
    }

    /// Looks at a frame that follows on the one before, if it lies between two times.
    pub(super) fn see(
        &mut self,
        frame: Frame,
        after_ticks: i64,
        before_ticks: i64,
    ) -> Result<(), MediaError> {
        self.writer.summary.frames_decoded += 1;
        let Some(ticks) = frame
            .ticks()
            .filter(|&ticks| ticks > after_ticks && ticks < before_ticks)
        else {
            return Ok(());
        };
        let at_millis = self.clock.millis(ticks);
        let sketch = Rc::new(self.renderer.sketch(&frame)?);
        if self
            .finder
            .push(at_millis, Rc::clone(&sketch), &mut self.boundaries)
        {
            self.offer_in_frames = Some(OFFER_DELAY_FRAMES);
        } else {
            self.offer_in_frames = self.offer_in_frames.map(|frames| frames.saturating_sub(1));
        }
        let is_due = self
            .offered_millis
            .is_none_or(|last| at_millis - last >= OFFER_SPACING_MILLIS);
        if is_due || self.offer_in_frames == Some(0) {
            self.offer_in_frames = None;
            self.offer(at_millis, sketch, frame);
        }
        if self.writer.summary.frames_decoded.is_multiple_of(25) {
            self.settle(self.finder.settled_until())?;
            self.writer.progress(at_millis);
        }
        Ok(())
    }
}

/// Whether a keyframe may lie in a fade to or from black.
fn is_dark(sketch: &Sketch) -> bool {
    sketch.mean_luma() < 0.12
}
