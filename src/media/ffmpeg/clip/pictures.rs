//! The pictures of a clip: decoded from the keyframe before it, made upright, encoded anew.

use ffmpeg_next::{Packet, ffi};

use crate::domain::{FieldOrder, Rational};
use crate::media::MediaError;
use crate::media::protocol::{ClipContainer, ClipRequest};

use super::super::decoder::{Decoder, DecoderOptions, Frame, Frames};
use super::super::failure;
use super::super::graph::{ANY_UNIT, FrameForm, Graph};
use super::super::hdr::Transfer;
use super::super::orientation::{self, Orientation, display_size};
use super::super::probe::video_stream;
use super::super::render::{Renderer, has_alpha};
use super::super::shot_pass::refuse_too_large;
use super::super::source::{StreamView, rescale};
use super::encoder::Encoder;
use super::graph::{Appearance, description};
use super::shape::{as_frame, even_size, exact_base};

/// Threads of the decoder: one frame in the making while another is read.
const DECODER_THREADS: u32 = 2;

/// Frames that no other hangs on are passed over until this long before the clip.
const CERTAIN_MILLIS: i64 = 400;

/// A frame that is later than the clip's start by no more than this is its first: times are rounded.
const ROUNDING_MILLIS: i64 = 1;

/// How long a frame is shown where nothing tells.
const UNKNOWN_PERIOD_MILLIS: i64 = 40;

/// The stream of pictures on its way into the clip.
pub(super) struct PictureTrack {
    decoder: Decoder,
    stream_index: u32,
    /// Unit and beginning of the source's time stamps.
    source_base: Rational,
    origin_ticks: i64,
    start_millis: i64,
    end_millis: i64,
    period_ticks: i64,
    keeps_running_time: bool,
    /// For frames that the graph can't show as they are meant.
    renderer: Renderer,
    appearance: Appearance,
    graph: Option<(FrameForm, Graph)>,
    pub(super) encoder: Encoder,
    /// The last frame before the clip: it is on show when the clip begins.
    held: Option<Frame>,
    /// Source time that is the clip's 0, once the first frame is known.
    shift_ticks: Option<i64>,
    last_ticks: Option<i64>,
    last_key_ticks: Option<i64>,
    /// An encoded picture that waits for the next to tell how long it is shown.
    waiting: Option<Packet>,
    /// Whether a frame at or behind the end was seen.
    pub(super) is_complete: bool,
    pub(super) pictures: u64,
}

impl PictureTrack {
    /// Opens decoder and encoder for `stream`; `origin_ticks` is running time 0.
    pub(super) fn open(
        stream: &StreamView<'_>,
        origin_ticks: i64,
        request: &ClipRequest,
    ) -> Result<Self, MediaError> {
        refuse_too_large(stream, request.max_picture_pixels)?;
        let options = DecoderOptions {
            frames: Frames::All,
            threads: DECODER_THREADS,
            max_pixels: request.max_picture_pixels,
        };
        let decoder = Decoder::open(stream, options)?;
        let described = video_stream(stream, None);
        let orientation = orientation::of_stream(stream);
        let is_interlaced = described.field_order == FieldOrder::Interlaced;
        let parameters = stream.parameters();
        let size = even_size(
            display_size(
                parameters.width.unsigned_abs(),
                parameters.height.unsigned_abs(),
                stream.sample_aspect(),
                orientation,
            ),
            request.max_side,
        );
        let is_mp4 = request.container == ClipContainer::Mp4;
        let source_base = stream.time_base();
        let time_base = if is_mp4 {
            exact_base(source_base)
        } else {
            Rational::new(1, 90_000)
        };
        let period_ticks = match described.frame_rate {
            rate if rate.is_known() => rescale(1, rate.den, rate.num, 1, time_base.den),
            _ => rescale(UNKNOWN_PERIOD_MILLIS, 1, 1000, 1, time_base.den),
        };
        Ok(Self {
            decoder,
            stream_index: stream.stream.index.unsigned_abs(),
            source_base,
            origin_ticks,
            start_millis: request.span.start_millis,
            end_millis: request.span.end_millis,
            period_ticks: period_ticks.max(1),
            keeps_running_time: !is_mp4,
            renderer: Renderer::new(
                stream.sample_aspect(),
                orientation,
                is_interlaced,
                request.max_side,
            )
            .with_one_ground(),
            appearance: Appearance {
                size,
                orientation,
                is_interlaced,
            },
            graph: None,
            encoder: Encoder::h264(size, time_base, is_mp4)?,
            held: None,
            shift_ticks: None,
            last_ticks: None,
            last_key_ticks: None,
            waiting: None,
            is_complete: false,
            pictures: 0,
        })
    }

    pub(super) fn stream_index(&self) -> u32 {
        self.stream_index
    }

    /// The source's time stamp of the clip's start.
    pub(super) fn start_ticks(&self) -> i64 {
        let base = self.source_base;
        // Half a millisecond more than asked: times of frames are rounded down as well as up.
        self.origin_ticks + rescale(self.start_millis * 2 + 1, 1, 2000, base.num, base.den)
    }

    /// How much of the clip has been encoded, in milliseconds of running time.
    pub(super) fn reached_millis(&self) -> Option<i64> {
        let base = self.encoder.time_base;
        let clip_start = if self.keeps_running_time {
            0
        } else {
            self.start_millis
        };
        self.last_ticks
            .map(|ticks| clip_start + rescale(ticks, base.num, base.den, 1, 1000))
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
        let is_early = packet.pts().is_some_and(|ticks| {
            self.source_millis(ticks + packet.duration().max(0)) + CERTAIN_MILLIS
                < self.start_millis
        });
        self.decoder.pass_over_unneeded(is_early);
        let sent = self.decoder.send(packet);
        self.take_frames(out)?;
        sent.map_err(|error| failure("a picture", error))
    }

    /// Takes what decoder, filters and encoder hold back at the end.
    pub(super) fn finish(&mut self, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        self.decoder.send_end();
        let decoded = self.take_frames(out);
        if self.shift_ticks.is_none()
            && let Some(held) = self.held.take()
        {
            // The last frame of all; it is shown for as long as any.
            let millis = self.frame_millis(&held).unwrap_or(i64::MIN / 2);
            let base = self.encoder.time_base;
            let period_millis = rescale(self.period_ticks, base.num, base.den, 1, 1000);
            if millis + period_millis > self.start_millis {
                self.begin(&held, true);
                self.show(&held, self.start_ticks_out(), out)?;
            }
        }
        if let Some((_, mut graph)) = self.graph.take() {
            graph.push(None)?;
            self.encode_filtered(&mut graph, out)?;
        }
        self.encoder.send(None)?;
        self.take_encoded(out)?;
        if let Some(mut last) = self.waiting.take() {
            let base = self.encoder.time_base;
            let left = self.end_ticks_out() - last.pts().unwrap_or(0);
            let shown = if self.is_complete {
                left
            } else {
                self.period_ticks.min(left)
            };
            last.set_duration(shown.max(rescale(1, 1, 1000, base.num, base.den)).max(1));
            out.push(last);
        }
        decoded
    }

    fn take_frames(&mut self, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        while !self.is_complete {
            match self.decoder.receive() {
                Ok(Some(frame)) => self.frame(frame, out)?,
                Ok(None) => return Ok(()),
                Err(error) => return Err(failure("a picture", error)),
            }
        }
        Ok(())
    }

    fn frame(&mut self, frame: Frame, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        let Some(millis) = self.frame_millis(&frame) else {
            return Ok(());
        };
        if millis < self.start_millis {
            self.held = Some(frame);
            return Ok(());
        }
        if millis >= self.end_millis {
            self.is_complete = true;
            // One frame on show for the whole clip.
            if self.shift_ticks.is_none()
                && let Some(held) = self.held.take()
            {
                self.begin(&held, true);
                self.show(&held, self.start_ticks_out(), out)?;
            }
            return Ok(());
        }
        if self.shift_ticks.is_none() {
            let is_first = millis - self.start_millis <= ROUNDING_MILLIS;
            let held = self.held.take();
            self.begin(&frame, !is_first);
            if !is_first {
                // Where pictures begin within the clip, their first stands for what is not there.
                let shown = held.as_ref().unwrap_or(&frame);
                self.show(shown, self.start_ticks_out(), out)?;
            }
        }
        let ticks = frame.ticks().unwrap_or(0);
        let at = self.out_ticks(ticks) - self.shift_ticks.unwrap_or(0);
        self.show(&frame, at, out)
    }

    /// Settles where the clip's time begins: at its start exactly, or with its first frame.
    fn begin(&mut self, first: &Frame, at_start: bool) {
        let shift = if self.keeps_running_time {
            0
        } else if at_start {
            let base = self.encoder.time_base;
            rescale(self.start_millis, 1, 1000, base.num, base.den)
        } else {
            self.out_ticks(first.ticks().unwrap_or(0))
        };
        self.shift_ticks = Some(shift);
    }

    fn show(&mut self, frame: &Frame, at: i64, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        // Two frames of one time: the first is on show already.
        if self.last_ticks.is_some_and(|last| at <= last) {
            return Ok(());
        }
        self.last_ticks = Some(at);
        let needs_renderer = Transfer::of(frame.raw().color_trc).is_some() || has_alpha(frame);
        let rendered;
        let (frame, orientation, is_interlaced) = if needs_renderer {
            rendered = as_frame(&self.renderer.picture(frame)?)?;
            (&rendered, Orientation::default(), false)
        } else {
            self.appearance.is_interlaced |= frame.raw().interlaced_frame != 0;
            let appearance = self.appearance;
            (frame, appearance.orientation, appearance.is_interlaced)
        };
        let form = FrameForm::of(frame, is_interlaced);
        let mut graph = match self.graph.take() {
            Some((made_for, graph)) if made_for == form => graph,
            other => {
                if let Some((_, mut before)) = other {
                    before.push(None)?;
                    self.encode_filtered(&mut before, out)?;
                }
                let appearance = Appearance {
                    orientation,
                    is_interlaced,
                    ..self.appearance
                };
                Graph::new(form, &description(form, &appearance), ANY_UNIT)?
            }
        };
        graph.push(Some((frame, at)))?;
        let encoded = self.encode_filtered(&mut graph, out);
        self.graph = Some((form, graph));
        encoded
    }

    fn encode_filtered(
        &mut self,
        graph: &mut Graph,
        out: &mut Vec<Packet>,
    ) -> Result<(), MediaError> {
        while let Some(mut frame) = graph.pull()? {
            let at = frame.raw().pts;
            let second = i64::from(self.encoder.time_base.den);
            let is_key = self.last_key_ticks.is_none_or(|last| at - last >= second);
            if is_key {
                self.last_key_ticks = Some(at);
            }
            // SAFETY: plain fields of a frame that is ours. What the source made of it says
            // nothing of what the encoder should.
            unsafe {
                let raw = &mut *frame.as_mut_ptr();
                raw.pict_type = if is_key {
                    ffi::AVPictureType::AV_PICTURE_TYPE_I
                } else {
                    ffi::AVPictureType::AV_PICTURE_TYPE_NONE
                };
                raw.interlaced_frame = 0;
                raw.repeat_pict = 0;
                raw.sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
            }
            self.pictures += 1;
            self.encoder.send(Some(&mut frame))?;
            self.take_encoded(out)?;
        }
        Ok(())
    }

    fn take_encoded(&mut self, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        while let Some(packet) = self.encoder.receive()? {
            if let Some(mut before) = self.waiting.take() {
                let shown = packet.pts().unwrap_or(0) - before.pts().unwrap_or(0);
                before.set_duration(shown.max(1));
                out.push(before);
            }
            self.waiting = Some(packet);
        }
        Ok(())
    }

    fn frame_millis(&self, frame: &Frame) -> Option<i64> {
        frame.ticks().map(|ticks| self.source_millis(ticks))
    }

    fn source_millis(&self, ticks: i64) -> i64 {
        let since = ticks - self.origin_ticks;
        self.source_base.ticks_to_millis(since).unwrap_or(0)
    }

    fn out_ticks(&self, ticks: i64) -> i64 {
        let (from, to) = (self.source_base, self.encoder.time_base);
        rescale(
            ticks - self.origin_ticks,
            from.num,
            from.den,
            to.num,
            to.den,
        )
    }

    fn start_ticks_out(&self) -> i64 {
        self.millis_out(self.start_millis)
    }

    fn end_ticks_out(&self) -> i64 {
        self.millis_out(self.end_millis)
    }

    fn millis_out(&self, millis: i64) -> i64 {
        let base = self.encoder.time_base;
        let millis = if self.keeps_running_time {
            millis
        } else {
            millis - self.start_millis
        };
        rescale(millis, 1, 1000, base.num, base.den)
    }
}
