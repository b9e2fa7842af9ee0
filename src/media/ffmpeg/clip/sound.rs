//! The sound of a clip: mixed to stereo, cut to the sample, gaps filled with silence, encoded anew.

use std::ops::Range;

use ffmpeg_next::{Packet, ffi};

use crate::domain::Rational;
use crate::media::MediaError;
use crate::media::protocol::{ClipContainer, ClipRequest};

use super::super::decoder::{Decoder, DecoderOptions, Frame, Frames, check};
use super::super::resampler::{Resampler, SoundFormat, Wanted};
use super::super::source::{StreamView, rescale};
use super::super::{failure, out_of_memory};
use super::encoder::{AAC_SAMPLES, Encoder, SAMPLE_RATE_HZ};

/// Time stamps that wander by less than this are jitter; more is a gap or a jump.
const JUMP_SAMPLES: i64 = SAMPLE_RATE_HZ * 60 / 1000;

/// Packets of a piece that come before what is kept of it, so that the encoder is in full swing.
const RUN_UP_PACKETS: i64 = 2;

/// Sound before the first that counts which decoder and resampler are given.
const RUN_UP_SAMPLES: i64 = SAMPLE_RATE_HZ * super::SOUND_RUN_UP_MILLIS / 1000;

const CHANNELS: usize = 2;

/// The stream of sound on its way into the clip. Positions count samples at 48 kHz.
pub(super) struct SoundTrack {
    decoder: Decoder,
    stream_index: u32,
    source_base: Rational,
    origin_micros: i64,
    /// Running time of position 0.
    zero_millis: i64,
    /// Positions of the samples that are encoded.
    wanted: Range<i64>,
    /// Positions of the packets that are kept.
    kept: Range<i64>,
    converter: Option<(SoundFormat, Resampler)>,
    /// Interleaved samples that wait for a whole packet; they end at `end`.
    pending: Vec<f32>,
    /// Where the sound so far ends; `None` before its first sample.
    end: Option<i64>,
    /// Where the encoded sound ends.
    encoded: i64,
    pub(super) encoder: Encoder,
    /// Whether all of the clip's sound was seen.
    pub(super) is_complete: bool,
    /// Samples that came from the source.
    pub(super) heard: u64,
}

impl SoundTrack {
    /// Opens decoder and encoder for `stream`; `origin_micros` is running time 0.
    pub(super) fn open(
        stream: &StreamView<'_>,
        origin_micros: i64,
        request: &ClipRequest,
    ) -> Result<Self, MediaError> {
        let options = DecoderOptions {
            frames: Frames::All,
            threads: 1,
            max_pixels: 0,
        };
        let decoder = Decoder::open(stream, options)?;
        let is_mp4 = request.container == ClipContainer::Mp4;
        let position = |millis: i64| millis * SAMPLE_RATE_HZ / 1000;
        let (zero_millis, wanted, kept) = if is_mp4 {
            let samples = position(request.span.duration_millis());
            (request.span.start_millis, 0..samples, i64::MIN..i64::MAX)
        } else {
            let kept = on_grid(position(request.span.start_millis))
                ..on_grid(position(request.span.end_millis));
            // The encoder is one packet behind.
            let wanted = kept.start - RUN_UP_PACKETS * AAC_SAMPLES..kept.end + AAC_SAMPLES;
            (0, wanted, kept)
        };
        Ok(Self {
            decoder,
            stream_index: stream.stream.index.unsigned_abs(),
            source_base: stream.time_base(),
            origin_micros,
            zero_millis,
            encoded: wanted.start,
            wanted,
            kept,
            converter: None,
            pending: Vec::new(),
            end: None,
            encoder: Encoder::aac(is_mp4)?,
            is_complete: false,
            heard: 0,
        })
    }

    pub(super) fn stream_index(&self) -> u32 {
        self.stream_index
    }

    /// Running time up to which sound is there, in milliseconds.
    pub(super) fn reached_millis(&self) -> i64 {
        let end = self.end.unwrap_or(self.wanted.start);
        self.zero_millis + end * 1000 / SAMPLE_RATE_HZ
    }

    /// Takes a packet of the source; what became of it goes to `out`.
    ///
    /// # Errors
    /// What is wrong with that packet; the next may do.
    pub(super) fn packet(
        &mut self,
        packet: &Packet,
        out: &mut Vec<Packet>,
    ) -> Result<(), MediaError> {
        if self.is_early(packet) {
            return Ok(());
        }
        let sent = self.decoder.send(packet);
        self.take_frames(out)?;
        sent.map_err(|error| failure("its sound", error))
    }

    /// Whether the packet lies between the keyframe before the clip and the sound that counts.
    fn is_early(&self, packet: &Packet) -> bool {
        // What is on its way goes on without a gap.
        let begins = self.end.is_none().then_some(packet.pts()).flatten();
        begins.is_some_and(|ticks| {
            let base = self.source_base;
            let ends = ticks + packet.duration().max(0);
            let micros = rescale(ends, base.num, base.den, 1, 1_000_000) - self.origin_micros;
            self.position(micros) < self.wanted.start - RUN_UP_SAMPLES
        })
    }

    /// Takes what decoder, resampler and encoder hold back at the end.
    pub(super) fn finish(&mut self, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        self.decoder.send_end();
        let decoded = self.take_frames(out);
        self.drain_converter();
        if !self.kept.contains(&i64::MIN) {
            // A piece is filled up, so that its last packet leaves the encoder.
            self.fill_with_silence(self.wanted.end);
        }
        self.cut_surplus();
        self.encode(out)?;
        if !self.pending.is_empty() {
            let rest = std::mem::take(&mut self.pending);
            self.encode_packet(&rest, out)?;
        }
        self.encoder.send(None)?;
        self.take_encoded(out)?;
        decoded
    }

    /// Silence up to `millis` of running time, where no sound came.
    pub(super) fn fill_up_to(
        &mut self,
        millis: i64,
        out: &mut Vec<Packet>,
    ) -> Result<(), MediaError> {
        self.fill_with_silence(self.position(millis * 1000));
        self.encode(out)
    }

    fn take_frames(&mut self, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        while !self.is_complete {
            match self.decoder.receive() {
                Ok(Some(frame)) => self.frame(&frame, out)?,
                Ok(None) => return Ok(()),
                Err(error) => return Err(failure("its sound", error)),
            }
        }
        Ok(())
    }

    fn frame(&mut self, frame: &Frame, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        let Some(format) = SoundFormat::of(frame) else {
            return Ok(());
        };
        if let Some(ticks) = frame.ticks() {
            let base = self.source_base;
            let micros = rescale(ticks, base.num, base.den, 1, 1_000_000) - self.origin_micros;
            let at = self.position(micros);
            match self.end {
                None => {
                    self.end = Some(at.min(self.wanted.start));
                    self.fill_with_silence(at);
                    self.end = Some(at);
                }
                Some(end) if at - end > JUMP_SAMPLES => {
                    self.drain_converter();
                    self.fill_with_silence(at);
                }
                // Sound that jumps back goes on where it was.
                Some(_) => {}
            }
        }
        if self
            .converter
            .as_ref()
            .is_none_or(|(made_for, _)| *made_for != format)
        {
            self.drain_converter();
            let wanted = Wanted::Mixed {
                rate_hz: SAMPLE_RATE_HZ as u32,
                channels: CHANNELS as u32,
            };
            self.converter = Some((format, Resampler::new(frame, format, wanted)?));
        }
        let before = self.pending.len();
        if let Some((_, resampler)) = &mut self.converter {
            resampler
                .convert(Some(frame), &mut self.pending)
                .map_err(|error| failure("its sound", error))?;
        }
        self.heard += self.count_new(before);
        self.is_complete = self.end.is_some_and(|end| end >= self.wanted.end);
        self.cut_surplus();
        self.encode(out)
    }

    /// Takes out the samples that the filter of the resampler still holds back.
    fn drain_converter(&mut self) {
        let Some((_, mut resampler)) = self.converter.take() else {
            return;
        };
        loop {
            let before = self.pending.len();
            let drained = resampler.convert(None, &mut self.pending);
            if self.count_new(before) == 0 || drained.is_err() {
                return;
            }
        }
    }

    /// Counts samples that were added behind `before`, and drops those before the clip; gives how
    /// many of them are wanted.
    fn count_new(&mut self, before: usize) -> u64 {
        let added = ((self.pending.len() - before) / CHANNELS) as i64;
        let start = self.end.unwrap_or(self.wanted.start);
        self.end = Some(start + added);
        let early = (self.wanted.start - start).clamp(0, added);
        self.pending
            .drain(before..before + early as usize * CHANNELS);
        let late = (start + added - self.wanted.end).clamp(0, added - early);
        for value in &mut self.pending[before..] {
            if !value.is_finite() {
                *value = 0.0;
            }
        }
        (added - early - late).unsigned_abs()
    }

    fn fill_with_silence(&mut self, up_to: i64) {
        let up_to = up_to.min(self.wanted.end);
        let start = self.end.unwrap_or(self.wanted.start).max(self.wanted.start);
        if up_to > start {
            let missing = (up_to - start) as usize * CHANNELS;
            self.pending.resize(self.pending.len() + missing, 0.0);
            self.end = Some(up_to);
        }
    }

    fn cut_surplus(&mut self) {
        let held = (self.pending.len() / CHANNELS) as i64;
        let surplus = (self.encoded + held - self.wanted.end).clamp(0, held);
        self.pending.truncate((held - surplus) as usize * CHANNELS);
    }

    fn encode(&mut self, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        let whole = AAC_SAMPLES as usize * CHANNELS;
        let mut rest = std::mem::take(&mut self.pending);
        let mut used = 0;
        while rest.len() - used >= whole {
            self.encode_packet(&rest[used..used + whole], out)?;
            used += whole;
        }
        rest.drain(..used);
        self.pending = rest;
        Ok(())
    }

    fn encode_packet(
        &mut self,
        interleaved: &[f32],
        out: &mut Vec<Packet>,
    ) -> Result<(), MediaError> {
        let count = interleaved.len() / CHANNELS;
        let mut frame = planar_frame(interleaved, count)?;
        // SAFETY: a plain field of a frame that is ours.
        unsafe { (*frame.as_mut_ptr()).pts = self.encoded };
        self.encoded += count as i64;
        self.encoder.send(Some(&mut frame))?;
        self.take_encoded(out)
    }

    fn take_encoded(&mut self, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        while let Some(packet) = self.encoder.receive()? {
            if packet.pts().is_some_and(|pts| self.kept.contains(&pts)) {
                out.push(packet);
            }
        }
        Ok(())
    }

    /// The sample at that running time.
    fn position(&self, micros: i64) -> i64 {
        rescale(
            micros - self.zero_millis * 1000,
            1,
            1_000_000,
            1,
            SAMPLE_RATE_HZ as i32,
        )
    }
}

/// The first packet of all pieces' common grid that begins at `position` or after it.
fn on_grid(position: i64) -> i64 {
    (position + AAC_SAMPLES - 1).div_euclid(AAC_SAMPLES) * AAC_SAMPLES
}

fn planar_frame(interleaved: &[f32], count: usize) -> Result<Frame, MediaError> {
    let mut frame = Frame::empty().ok_or_else(out_of_memory)?;
    // SAFETY: the frame is empty and ours; once allocated it has one plane a channel with room for
    // `count` floats, aligned for any vector.
    unsafe {
        let raw = &mut *frame.as_mut_ptr();
        raw.nb_samples = count as i32;
        raw.format = ffi::AVSampleFormat::AV_SAMPLE_FMT_FLTP as i32;
        raw.sample_rate = SAMPLE_RATE_HZ as i32;
        ffi::av_channel_layout_default(&mut raw.ch_layout, CHANNELS as i32);
        check("its sound", ffi::av_frame_get_buffer(raw, 0))?;
        for channel in 0..CHANNELS {
            let plane = raw.data[channel].cast::<f32>();
            let values = interleaved.iter().skip(channel).step_by(CHANNELS);
            for (at, value) in values.enumerate() {
                plane.add(at).write(*value);
            }
        }
    }
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_that_touch_share_one_grid_of_packets() {
        let at = |millis: i64| on_grid(millis * SAMPLE_RATE_HZ / 1000);
        assert_eq!(at(0), 0);
        assert_eq!(at(6000), 282 * AAC_SAMPLES, "281.25 packets");
        assert_eq!(at(12_000), 563 * AAC_SAMPLES, "562.5 packets");
        assert_eq!(at(64_000), 3000 * AAC_SAMPLES);
    }
}
