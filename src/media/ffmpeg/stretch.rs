//! A keyframe and the packets that follow it, kept until it is known whether they must be decoded.

use std::rc::Rc;

use ffmpeg_next::Packet;

use crate::media::shots::Sketch;

use super::decoder::Frame;

/// A keyframe and the packets up to the next one.
pub(super) struct Stretch {
    pub(super) anchor_ticks: i64,
    pub(super) at_millis: i64,
    /// What the keyframe looks like, once it is decoded.
    pub(super) anchor: Option<(Rc<Sketch>, Frame)>,
    pub(super) packets: Vec<Packet>,
    pub(super) bytes: usize,
    /// How many packets after the first belong before the keyframe in time.
    pub(super) leading: usize,
    pub(super) is_past_leading: bool,
    pub(super) frames: u64,
    /// Whether packets of it went into the searching decoder already.
    pub(super) is_begun: bool,
}

impl Stretch {
    pub(super) fn new(anchor_ticks: i64, at_millis: i64, packet: Packet) -> Self {
        Self {
            anchor_ticks,
            at_millis,
            anchor: None,
            bytes: packet.size(),
            packets: vec![packet],
            leading: 0,
            is_past_leading: false,
            frames: 1,
            is_begun: false,
        }
    }

    pub(super) fn add(&mut self, ticks: i64, packet: Packet, is_kept: bool) {
        self.frames += 1;
        if !self.is_past_leading && ticks < self.anchor_ticks {
            self.leading += 1;
        } else {
            self.is_past_leading = true;
        }
        if is_kept {
            self.bytes += packet.size();
            self.packets.push(packet);
        }
    }

    pub(super) fn absorb(&mut self, later: Self) {
        self.frames += later.frames;
        self.bytes += later.bytes;
        self.packets.extend(later.packets);
    }

    /// Whether keyframes in it were passed over.
    pub(super) fn has_inner_key(&self) -> bool {
        self.packets.iter().skip(1).any(Packet::is_key)
    }

    /// Bytes of the packets that follow its keyframe in time.
    pub(super) fn predicted_sizes(&self) -> Vec<usize> {
        let packets = self.packets.iter().skip(1 + self.leading);
        packets.map(Packet::size).collect()
    }

    /// Bytes of its keyframe.
    pub(super) fn key_size(&self) -> usize {
        self.packets.first().map_or(0, Packet::size)
    }
}
