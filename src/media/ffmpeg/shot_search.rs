//! The part of a pass that decides what lies between two keyframes, and decodes it where it must.

use std::rc::Rc;

use crate::media::MediaError;
use crate::media::packet_evidence::PacketSizes;
use crate::media::protocol::ShotDepth;
use crate::media::shots::{Boundary, CUT_NOVELTY, Sketch, are_apart};

use super::decoder::Frame;
use super::shot_pass::Pass;
use super::stretch::Stretch;

/// Between keyframes this close, motion makes no other picture, and searching costs little.
const SHORT_STRETCH_MILLIS: i64 = 3000;

/// Frames decoded one after another are offered as keyframes this far apart.
const OFFER_SPACING_MILLIS: i64 = 480;

/// After a sudden change the frame this many later is offered: it is past a flash or a mixed frame.
const OFFER_DELAY_FRAMES: u32 = 2;

/// What is done about the frames between two keyframes.
struct Plan {
    /// How many packets are decoded; `usize::MAX` for all, the next keyframe included.
    packets: Option<usize>,
    /// Whether a different picture at the next keyframe is a cut, though the frame before is not seen.
    trusts_next: bool,
}

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
        let Some(next) = self.stretches.pop_front() else {
            return Ok(());
        };
        if let (Some((before, _)), Some((after, frame))) = (&stretch.anchor, &next.anchor) {
            let (before, after, frame) = (Rc::clone(before), Rc::clone(after), frame.share());
            let plan = self.plan(stretch, &next, &before, &after);
            if let Some(packets) = plan.packets {
                let reaches_next = packets == usize::MAX;
                self.search_stretch(stretch, packets, reaches_next.then_some(&next))?;
            }
            let until = if plan.packets == Some(usize::MAX) {
                self.finder
                    .push(next.at_millis, Rc::clone(&after), &mut self.boundaries);
                self.finder.settled_until()
            } else {
                let seen_last = self.finder.newest().map_or(before, Rc::clone);
                self.finder.finish(&mut self.boundaries);
                self.jump(next.at_millis, seen_last, &after, plan.trusts_next);
                next.at_millis
            };
            if let Some(frame) = frame {
                self.offer(next.at_millis, after, frame);
            }
            self.settle(until)?;
            self.writer.progress(next.at_millis);
        }
        self.stretches.push_front(next);
        Ok(())
    }

    /// How much of a stretch is to be decoded, and whether its end may be taken for a cut.
    fn plan(&mut self, stretch: &Stretch, next: &Stretch, before: &Sketch, after: &Sketch) -> Plan {
        let frames = (stretch.frames + next.leading as u64).saturating_sub(stretch.leading as u64);
        let is_early = self.habits.is_early(frames);
        if self.request.depth == ShotDepth::Keyframes {
            return Plan {
                packets: None,
                trusts_next: true,
            };
        }
        let everything = Plan {
            packets: Some(usize::MAX),
            trusts_next: false,
        };
        if stretch.is_begun {
            return everything;
        }
        let are_apart = are_apart(before, after);
        let is_simple = !stretch.has_inner_key();
        let sizes = stretch.predicted_sizes();
        let evidence = PacketSizes {
            sizes: &sizes,
            key_size: stretch.key_size(),
            next_key_size: next.key_size(),
        };
        let may_fade = is_dark(before) || is_dark(after);
        // In a picture that moves, the encoder's word for the cut must not be gainsaid by its packets.
        let says_cut =
            || self.habits.sets_keyframe_at_cut(frames) && evidence.worth_decoding(true).is_none();
        let trusts_next =
            is_early && is_simple && !may_fade && (evidence.end_is_calm() || says_cut());
        let is_short = next.at_millis - stretch.at_millis <= SHORT_STRETCH_MILLIS;
        let is_unclear = is_early
            || is_short
            || may_fade
            || !is_simple
            || !self.habits.trusts_silence(&evidence);
        if are_apart && !trusts_next && is_unclear {
            return everything;
        }
        let packets = if is_simple {
            evidence.worth_decoding(are_apart)
        } else {
            None
        };
        match packets {
            Some(packets) if packets >= sizes.len() => everything,
            packets => Plan {
                packets: packets.map(|packets| packets + 1 + stretch.leading),
                trusts_next,
            },
        }
    }

    /// Goes on at a keyframe without having seen the frame before it.
    fn jump(&mut self, at_millis: i64, before: Rc<Sketch>, after: &Rc<Sketch>, trusts_cut: bool) {
        let is_cut = trusts_cut && are_apart(&before, after);
        if is_cut && before.novelty(after) >= CUT_NOVELTY {
            // With the frame seen last in place of the one before, the finder sees the cut itself,
            // and what follows can still show that it was a flash.
            self.finder.restart(at_millis - 1, before);
            self.finder
                .push(at_millis, Rc::clone(after), &mut self.boundaries);
            return;
        }
        self.finder.restart(at_millis, Rc::clone(after));
        if is_cut {
            let cut = Boundary::cut(at_millis);
            self.finder.note(cut);
            self.boundaries.push(cut);
        }
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

    /// Decodes what lies between a keyframe and the next, up to a number of packets.
    pub(super) fn search_stretch(
        &mut self,
        stretch: &Stretch,
        packets: usize,
        next: Option<&Stretch>,
    ) -> Result<(), MediaError> {
        let from = stretch.anchor_ticks;
        let to = next.map_or(i64::MAX, |next| next.anchor_ticks);
        self.feed(stretch, packets, from, to)?;
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
            self.feed(&last, usize::MAX, last.anchor_ticks, i64::MAX)?;
            last.is_begun = true;
            self.settle(self.finder.settled_until())?;
            self.writer.progress(self.end_millis);
        }
        last.packets.clear();
        last.bytes = 0;
        self.stretches.push_front(last);
        Ok(())
    }

    fn feed(
        &mut self,
        stretch: &Stretch,
        packets: usize,
        from: i64,
        to: i64,
    ) -> Result<(), MediaError> {
        for packet in stretch.packets.iter().take(packets) {
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
