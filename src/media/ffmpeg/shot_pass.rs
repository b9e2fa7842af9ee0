//! One pass over a picture stream: packets in, shots and the pictures that stand for them out.

use std::collections::VecDeque;
use std::path::Path;
use std::rc::Rc;

use ffmpeg_next::{Packet, ffi};

use crate::domain::FieldOrder;
use crate::media::MediaError;
use crate::media::keyframes::{Candidate, Decision, ShotAssembler};
use crate::media::packet_evidence::EncoderHabits;
use crate::media::protocol::{ShotDepth, ShotRequest, ShotSummary};
use crate::media::shots::{Boundary, CutFinder, Sketch};

use super::clock::Clock;
use super::decoder::{Decoder, DecoderOptions, Frame, Frames};
use super::h264::holds_idr;
use super::orientation;
use super::probe::{is_single_animation_frame, video_stream};
use super::render::Renderer;
use super::shot_events::{EventWriter, Sink};
use super::source::{Read, Source, StreamView};
use super::stretch::Stretch;

/// A key packet sooner than this after the last one taken is passed over: material whose every
/// frame is a keyframe is sampled in time.
const ANCHOR_SPACING_MILLIS: i64 = 450;

/// Packets kept back until the next keyframe says whether they are needed; beyond this they are
/// decoded as they come.
const STRETCH_BYTES: usize = 48 << 20;

/// As [`STRETCH_BYTES`], in time.
const STRETCH_MILLIS: i64 = 20_000;

/// A last stretch shorter than this is not searched: its keyframe has just been seen.
const SEARCHED_TAIL_MILLIS: i64 = 600;

/// Threads of a decoder: one frame in the making while another is read.
const DECODER_THREADS: u32 = 2;

/// A stream that ends this much before its header says has lost something.
const MISSING_MILLIS: i64 = 1500;

/// Finds the shots of the picture stream `request.stream_index` of `path` and hands on, in order
/// of time, the pictures that stand for them.
///
/// A still is one shot of no length with one keyframe. Times are running time from the stream's
/// first frame. When `sink` breaks off, the summary covers what was found so far.
///
/// # Errors
/// As [`super::probe`]; `NoStream` when the stream has no pictures; `TooLarge` before anything of
/// a picture over the limit is decoded; `Unsupported` without a decoder; `Corrupt` when no frame
/// could be decoded.
pub fn shots(
    path: &Path,
    request: &ShotRequest,
    sink: Sink<'_>,
) -> Result<ShotSummary, MediaError> {
    let mut source = Source::open(path)?;
    let stream = source
        .stream(request.stream_index)
        .filter(StreamView::is_pictures)
        .ok_or_else(|| MediaError::NoStream {
            kind: "video".to_owned(),
        })?;
    refuse_too_large(&stream, request.max_picture_pixels)?;
    let is_still = source.is_still_format()
        || (source.is_animation() && is_single_animation_frame(&mut Source::open(path)?));
    let quarter_turns = if source.is_still_format() {
        orientation::of_still(path)
    } else {
        None
    };
    let renderer = renderer(&stream, quarter_turns, request.max_side);
    let writer = EventWriter::new(sink);
    let pass = Pass::new(&stream, request, renderer, writer)?;
    source.only_stream(request.stream_index);
    if is_still {
        pass.still(&mut source)
    } else {
        pass.run(&mut source)
    }
}

pub(super) fn refuse_too_large(stream: &StreamView<'_>, limit: u64) -> Result<(), MediaError> {
    let (width, height) = (
        stream.parameters().width.unsigned_abs(),
        stream.parameters().height.unsigned_abs(),
    );
    if u64::from(width) * u64::from(height) > limit {
        return Err(MediaError::TooLarge {
            width,
            height,
            limit_megapixels: limit / 1_000_000,
        });
    }
    Ok(())
}

fn renderer(
    stream: &StreamView<'_>,
    still: Option<orientation::Orientation>,
    max_side: u32,
) -> Renderer {
    let is_interlaced = video_stream(stream, still).field_order == FieldOrder::Interlaced;
    let orientation = still.unwrap_or_else(|| orientation::of_stream(stream));
    Renderer::new(stream.sample_aspect(), orientation, is_interlaced, max_side)
}

pub(super) struct Pass<'a> {
    pub(super) request: ShotRequest,
    pub(super) clock: Clock,
    pub(super) renderer: Renderer,
    pub(super) writer: EventWriter<'a>,
    /// Decodes keyframes, or in a full pass everything.
    pub(super) keys: Decoder,
    /// Decodes the frames between two keyframes.
    pub(super) search: Decoder,
    is_h264: bool,
    pub(super) finder: CutFinder,
    pub(super) habits: EncoderHabits,
    pub(super) stretches: VecDeque<Stretch>,
    assembler: ShotAssembler<Frame>,
    pub(super) boundaries: Vec<Boundary>,
    pub(super) decisions: Vec<Decision<Frame>>,
    pub(super) offered_millis: Option<i64>,
    pub(super) offer_in_frames: Option<u32>,
    pub(super) is_any_offered: bool,
    last_key_millis: Option<i64>,
    expected_millis: Option<i64>,
    pub(super) end_millis: i64,
    broken: u64,
    pub(super) last_problem: Option<String>,
}

impl<'a> Pass<'a> {
    fn new(
        stream: &StreamView<'_>,
        request: &ShotRequest,
        renderer: Renderer,
        writer: EventWriter<'a>,
    ) -> Result<Self, MediaError> {
        let options = |frames| DecoderOptions {
            frames,
            threads: DECODER_THREADS,
            max_pixels: request.max_picture_pixels,
        };
        let time_base = stream.time_base();
        let frames = if request.depth == ShotDepth::Full {
            Frames::All
        } else {
            Frames::Key
        };
        Ok(Self {
            request: request.clone(),
            clock: Clock::of(stream),
            renderer,
            writer,
            keys: Decoder::open(stream, options(frames))?,
            search: Decoder::open(stream, options(Frames::AllRough))?,
            is_h264: stream.parameters().codec_id == ffi::AVCodecID::AV_CODEC_ID_H264,
            finder: CutFinder::default(),
            habits: EncoderHabits::new(stream.parameters().video_delay > 0),
            stretches: VecDeque::new(),
            assembler: ShotAssembler::new(),
            boundaries: Vec::new(),
            decisions: Vec::new(),
            offered_millis: None,
            offer_in_frames: None,
            is_any_offered: false,
            last_key_millis: None,
            expected_millis: (stream.stream.duration > 0)
                .then(|| time_base.ticks_to_millis(stream.stream.duration))
                .flatten(),
            end_millis: 0,
            broken: 0,
            last_problem: None,
        })
    }

    fn run(mut self, source: &mut Source) -> Result<ShotSummary, MediaError> {
        let end_problem = loop {
            match source.read() {
                Read::Packet(packet) if packet.stream() == self.request.stream_index as usize => {
                    self.packet(packet)?;
                }
                Read::Packet(_) => {}
                Read::Broken => self.problem("a part of the file cannot be made out".to_owned()),
                Read::End(problem) => {
                    self.end_of_packets()?;
                    break problem;
                }
            }
            if self.writer.is_stopped {
                break None;
            }
        };
        if self.writer.summary.frames_decoded == 0 && !self.writer.is_stopped {
            let reason = self
                .last_problem
                .unwrap_or_else(|| "no frame of it could be decoded".to_owned());
            return Err(MediaError::Corrupt { reason });
        }
        let assembler = std::mem::replace(&mut self.assembler, ShotAssembler::new());
        assembler.finish(self.end_millis, &mut self.decisions);
        self.writer
            .decisions(&mut self.decisions, &mut self.renderer)?;
        let truncated = self.truncation(end_problem);
        let mut summary = self.writer.summary;
        summary.duration_millis = self.end_millis;
        summary.truncated = truncated;
        Ok(summary)
    }

    fn truncation(&self, end_problem: Option<String>) -> Option<String> {
        let seen = self.end_millis;
        if let Some(problem) = end_problem {
            return Some(format!("reading ended at {seen} ms: {problem}"));
        }
        let missing = self
            .expected_millis
            .filter(|expected| expected - seen > MISSING_MILLIS);
        if let Some(expected) = missing.filter(|_| !self.writer.is_stopped) {
            return Some(format!("pictures end at {seen} ms of {expected} ms"));
        }
        let problem = self.last_problem.as_deref()?;
        Some(format!(
            "{} broken parts were left out; the last: {problem}",
            self.broken
        ))
    }

    pub(super) fn problem(&mut self, text: String) {
        self.broken += 1;
        self.last_problem = Some(text);
    }

    fn packet(&mut self, packet: Packet) -> Result<(), MediaError> {
        let Some(ticks) = packet.pts().or(packet.dts()) else {
            return Ok(());
        };
        let at_millis = self.clock.millis(ticks);
        let duration = self
            .clock
            .time_base
            .ticks_to_millis(packet.duration())
            .unwrap_or(0);
        self.end_millis = self.end_millis.max(at_millis + duration.max(1));
        if packet.is_corrupt() {
            self.problem("a packet is incomplete".to_owned());
        }
        if self.request.depth == ShotDepth::Full {
            self.send(&packet, true);
            return self.take_every_frame();
        }
        let is_due = self
            .last_key_millis
            .is_none_or(|last| at_millis - last >= ANCHOR_SPACING_MILLIS);
        if packet.is_key() && is_due {
            self.last_key_millis = Some(at_millis);
            if self.stretches.is_empty() {
                self.habits.read_settings(packet.data().unwrap_or_default());
            }
            if self.is_h264 && !holds_idr(packet.data().unwrap_or_default()) {
                // Without the frames between, the decoder would put such keyframes in a wrong order.
                self.keys.send_end();
                self.take_keyframes()?;
                self.keys.flush();
            }
            self.send(&packet, true);
            self.stretches
                .push_back(Stretch::new(ticks, at_millis, packet));
        } else if let Some(stretch) = self.stretches.back_mut() {
            stretch.add(ticks, packet, self.request.depth == ShotDepth::Refined);
        }
        self.take_keyframes()?;
        self.decide_stretches(false)?;
        let is_long = self.stretches.back().is_some_and(|stretch| {
            stretch.bytes > STRETCH_BYTES
                || at_millis - stretch.at_millis > STRETCH_MILLIS && !stretch.is_begun
        });
        if is_long { self.search_ahead() } else { Ok(()) }
    }

    fn end_of_packets(&mut self) -> Result<(), MediaError> {
        self.keys.send_end();
        if self.request.depth == ShotDepth::Full {
            self.take_every_frame()?;
            self.finder.finish(&mut self.boundaries);
            return self.settle(i64::MAX);
        }
        self.take_keyframes()?;
        self.stretches.retain(|stretch| stretch.anchor.is_some());
        self.decide_stretches(true)?;
        if let Some(last) = self.stretches.pop_front() {
            self.enter_first(&last);
            let is_searched = self.request.depth == ShotDepth::Refined
                && (last.is_begun
                    || self.end_millis - last.at_millis > SEARCHED_TAIL_MILLIS
                        && last.packets.len() > 1);
            if is_searched {
                self.search_stretch(&last, usize::MAX, None)?;
            }
        }
        self.finder.finish(&mut self.boundaries);
        self.settle(i64::MAX)
    }

    /// Gives a packet to one of the decoders; a broken one is noted and left out.
    pub(super) fn send(&mut self, packet: &Packet, to_keys: bool) {
        let decoder = if to_keys {
            &mut self.keys
        } else {
            &mut self.search
        };
        if let Err(error) = decoder.send(packet) {
            self.problem(error.to_string());
        }
    }

    fn take_every_frame(&mut self) -> Result<(), MediaError> {
        loop {
            match self.keys.receive() {
                Ok(Some(frame)) => self.see(frame, i64::MIN, i64::MAX)?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.problem(error.to_string());
                    return Ok(());
                }
            }
        }
    }

    /// Takes keyframes that are ready, and finds the stretches they begin.
    pub(super) fn take_keyframes(&mut self) -> Result<(), MediaError> {
        loop {
            let frame = match self.keys.receive() {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.problem(error.to_string());
                    return Ok(());
                }
            };
            self.writer.summary.frames_decoded += 1;
            let Some(ticks) = frame.ticks() else { continue };
            // Containers without presentation times leave it to the decoder to guess them.
            let exact = self
                .stretches
                .iter()
                .position(|stretch| stretch.anchor_ticks == ticks);
            let first_open = || {
                self.stretches
                    .iter()
                    .position(|stretch| stretch.anchor.is_none())
            };
            let Some(index) = exact.or_else(first_open) else {
                continue;
            };
            let sketch = Rc::new(self.renderer.sketch(&frame)?);
            self.stretches[index].anchor = Some((sketch, frame));
            // Keyframes that gave no picture leave their packets to the one before.
            for lost in (0..index).rev() {
                if self.stretches[lost].anchor.is_none()
                    && let Some(stretch) = self.stretches.remove(lost)
                    && let Some(before) = lost
                        .checked_sub(1)
                        .and_then(|before| self.stretches.get_mut(before))
                {
                    before.absorb(stretch);
                }
            }
        }
    }

    pub(super) fn offer(&mut self, at_millis: i64, sketch: Rc<Sketch>, frame: Frame) {
        self.is_any_offered = true;
        self.offered_millis = Some(at_millis);
        self.assembler.offer(Candidate {
            at_millis,
            sketch,
            frame,
        });
    }

    pub(super) fn settle(&mut self, until_millis: i64) -> Result<(), MediaError> {
        for boundary in self.boundaries.drain(..) {
            self.assembler.begin(boundary);
        }
        self.assembler.settle(until_millis, &mut self.decisions);
        self.writer
            .decisions(&mut self.decisions, &mut self.renderer)
    }
}
