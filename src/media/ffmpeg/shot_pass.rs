//! One pass over a picture stream: packets in, shots and the pictures that stand for them out.

use std::path::Path;
use std::rc::Rc;

use crate::domain::{FieldOrder, Rational, TimeSpan, Transition};
use crate::media::MediaError;
use crate::media::keyframes::{Candidate, Decision, ShotAssembler};
use crate::media::protocol::{ShotMeasures, ShotRequest, ShotSummary};
use crate::media::shots::{Boundary, Sketch, are_apart};

use super::decoder::{Decoder, DecoderOptions, Frame, Frames};
use super::orientation;
use super::probe::{is_single_animation_frame, video_stream};
use super::render::Renderer;
use super::shot_events::{EventWriter, Sink};
use super::source::{Read, Source, StreamView};

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
pub fn shots(path: &Path, request: &ShotRequest, sink: Sink<'_>) -> Result<ShotSummary, MediaError> {
    let mut source = Source::open(path)?;
    let stream = source
        .stream(request.stream_index)
        .filter(StreamView::is_pictures)
        .ok_or_else(|| MediaError::NoStream { kind: "video".to_owned() })?;
    refuse_too_large(&stream, request.max_picture_pixels)?;
    let is_still = source.is_still_format() || (source.is_animation() && is_single_animation_frame(&mut Source::open(path)?));
    let quarter_turns = if source.is_still_format() { orientation::of_still(path) } else { None };
    let renderer = renderer(&stream, quarter_turns, request.max_side);
    let writer = EventWriter::new(sink);
    let pass = Pass::new(&stream, request, renderer, writer)?;
    source.only_stream(request.stream_index);
    if is_still { pass.still(&mut source) } else { pass.run(&mut source) }
}

fn refuse_too_large(stream: &StreamView<'_>, limit: u64) -> Result<(), MediaError> {
    let (width, height) = (stream.parameters().width.unsigned_abs(), stream.parameters().height.unsigned_abs());
    if u64::from(width) * u64::from(height) > limit {
        return Err(MediaError::TooLarge { width, height, limit_megapixels: limit / 1_000_000 });
    }
    Ok(())
}

fn renderer(stream: &StreamView<'_>, still: Option<orientation::Orientation>, max_side: u32) -> Renderer {
    let is_interlaced = video_stream(stream, still).field_order == FieldOrder::Interlaced;
    let orientation = still.unwrap_or_else(|| orientation::of_stream(stream));
    Renderer::new(stream.sample_aspect(), orientation, is_interlaced, max_side)
}

/// Running time of a stream's frames.
struct Clock {
    time_base: Rational,
    start_ticks: Option<i64>,
}

impl Clock {
    fn of(stream: &StreamView<'_>) -> Self {
        let start = stream.stream.start_time;
        Self {
            time_base: stream.time_base(),
            start_ticks: (start != ffmpeg_next::ffi::AV_NOPTS_VALUE).then_some(start),
        }
    }

    fn millis(&mut self, ticks: i64) -> i64 {
        let start = *self.start_ticks.get_or_insert(ticks);
        self.time_base.ticks_to_millis(ticks - start).unwrap_or(0).max(0)
    }
}

/// A key packet sooner than this after the last one taken is passed over.
const ANCHOR_SPACING_MILLIS: i64 = 450;

struct Pass<'a> {
    request: ShotRequest,
    clock: Clock,
    renderer: Renderer,
    writer: EventWriter<'a>,
    keys: Decoder,
    assembler: ShotAssembler<Frame>,
    decisions: Vec<Decision<Frame>>,
    expected_millis: Option<i64>,
    frame_millis: i64,
    end_millis: i64,
    last_problem: Option<String>,
}

impl<'a> Pass<'a> {
    fn new(
        stream: &StreamView<'_>,
        request: &ShotRequest,
        renderer: Renderer,
        writer: EventWriter<'a>,
    ) -> Result<Self, MediaError> {
        let options = DecoderOptions { frames: Frames::Key, threads: 2, max_pixels: request.max_picture_pixels };
        let time_base = stream.time_base();
        Ok(Self {
            request: request.clone(),
            clock: Clock::of(stream),
            renderer,
            writer,
            keys: Decoder::open(stream, options)?,
            assembler: ShotAssembler::new(),
            decisions: Vec::new(),
            expected_millis: (stream.stream.duration > 0)
                .then(|| time_base.ticks_to_millis(stream.stream.duration))
                .flatten(),
            frame_millis: 40,
            end_millis: 0,
            last_problem: None,
        })
    }

    /// The one picture of a still.
    fn still(mut self, source: &mut Source) -> Result<ShotSummary, MediaError> {
        let mut is_drained = false;
        let frame = loop {
            match self.keys.receive() {
                Ok(Some(frame)) => break frame,
                Ok(None) if is_drained => {
                    let reason = self.last_problem.unwrap_or_else(|| "it holds no picture".to_owned());
                    return Err(MediaError::Corrupt { reason });
                }
                Ok(None) => {}
                Err(error) => self.last_problem = Some(error.to_string()),
            }
            match source.read() {
                Read::Packet(packet) if packet.stream() == self.request.stream_index as usize => {
                    if let Err(error) = self.keys.send(&packet) {
                        self.last_problem = Some(error.to_string());
                    }
                }
                Read::Packet(_) => {}
                Read::Broken => self.last_problem = Some("a part of the file cannot be made out".to_owned()),
                Read::End(problem) => {
                    self.last_problem = problem.or(self.last_problem);
                    is_drained = true;
                    self.keys.send_end();
                }
            }
        };
        if frame.raw().flags & ffmpeg_next::ffi::AV_FRAME_FLAG_CORRUPT as i32 != 0 || frame.raw().decode_error_flags != 0 {
            self.writer.summary.truncated = Some("the picture is damaged; part of it is missing".to_owned());
        }
        self.writer.summary.frames_decoded = 1;
        let sketch = Rc::new(self.renderer.sketch(&frame)?);
        self.decisions.push(Decision::Keyframe { shot: 0, candidate: Candidate { at_millis: 0, sketch, frame } });
        self.decisions.push(Decision::Ended {
            shot: 0,
            span: TimeSpan::new(0, 0),
            opening: Transition::Start,
            measures: ShotMeasures::default(),
        });
        self.writer.decisions(&mut self.decisions, &mut self.renderer)?;
        Ok(self.writer.summary)
    }

    fn run(mut self, source: &mut Source) -> Result<ShotSummary, MediaError> {
        let mut before: Option<Rc<Sketch>> = None;
        let mut last_key_millis = None;
        let mut end_problem = None;
        let mut is_ended = false;
        while !self.writer.is_stopped && !is_ended {
            match source.read() {
                Read::Packet(packet) if packet.stream() == self.request.stream_index as usize => {
                    let Some(ticks) = packet.pts().or(packet.dts()) else { continue };
                    let at_millis = self.clock.millis(ticks);
                    let duration = self.clock.time_base.ticks_to_millis(packet.duration()).unwrap_or(0);
                    self.end_millis = self.end_millis.max(at_millis + duration.max(1));
                    let is_due = last_key_millis.is_none_or(|last| at_millis - last >= ANCHOR_SPACING_MILLIS);
                    if !packet.is_key() || !is_due {
                        continue;
                    }
                    last_key_millis = Some(at_millis);
                    if let Err(error) = self.keys.send(&packet) {
                        self.last_problem = Some(error.to_string());
                    }
                }
                Read::Packet(_) => {}
                Read::Broken => self.last_problem = Some("a part of the file cannot be made out".to_owned()),
                Read::End(problem) => {
                    end_problem = problem;
                    is_ended = true;
                    self.keys.send_end();
                }
            }
            loop {
                match self.keys.receive() {
                    Ok(Some(frame)) => {
                        self.writer.summary.frames_decoded += 1;
                        let Some(ticks) = frame.ticks() else { continue };
                        let at_millis = self.clock.millis(ticks);
                        let sketch = Rc::new(self.renderer.sketch(&frame)?);
                        if before.as_ref().is_some_and(|before| are_apart(before, &sketch)) {
                            self.assembler.begin(Boundary::cut(at_millis));
                        }
                        before = Some(Rc::clone(&sketch));
                        self.assembler.offer(Candidate { at_millis, sketch, frame });
                        self.assembler.settle(at_millis, &mut self.decisions);
                        self.writer.decisions(&mut self.decisions, &mut self.renderer)?;
                        self.writer.progress(at_millis);
                    }
                    Ok(None) => break,
                    Err(error) => {
                        self.last_problem = Some(error.to_string());
                        break;
                    }
                }
            }
        }
        if self.writer.summary.frames_decoded == 0 && !self.writer.is_stopped {
            let reason = self.last_problem.unwrap_or_else(|| "no frame of it could be decoded".to_owned());
            return Err(MediaError::Corrupt { reason });
        }
        self.assembler.finish(self.end_millis, &mut self.decisions);
        self.writer.decisions(&mut self.decisions, &mut self.renderer)?;
        let seen = self.end_millis;
        let missing = self.expected_millis.filter(|expected| expected - seen > MISSING_MILLIS && is_ended);
        let mut summary = self.writer.summary;
        summary.duration_millis = seen;
        summary.truncated = end_problem
            .map(|problem| format!("reading ended at {seen} ms: {problem}"))
            .or_else(|| missing.map(|expected| format!("pictures end at {seen} ms of {expected} ms")))
            .or(self.last_problem);
        Ok(summary)
    }
}
