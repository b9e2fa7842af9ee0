//! Decoded frames of a film from a time on, in order of time, progressive.

use std::collections::VecDeque;
use std::path::Path;

use crate::domain::{FieldOrder, Rational};
use crate::media::MediaError;

use super::super::approach::{Approach, main_stream};
use super::super::decoder::{Decoder, DecoderOptions, Frame, Frames};
use super::super::failure;
use super::super::graph::{ANY_UNIT, FrameForm, Graph};
use super::super::orientation::{self, Orientation};
use super::super::probe::video_stream;
use super::super::shot_pass::refuse_too_large;
use super::super::source::{Read, Source, StreamView, rescale};
use super::part::Outlet;

/// Threads of the decoder: one frame in the making while another is read.
const DECODER_THREADS: u32 = 2;

/// Frames that no other hangs on are passed over until this long before the first that is wanted.
const CERTAIN_MILLIS: i64 = 400;

/// Takes each line of the missing field from its neighbours in place and time.
const DEINTERLACE: &str = "bwdif=mode=send_frame:deint=all";

/// The frames of a film's main picture stream.
pub(super) struct FrameReader {
    approach: Approach,
    decoder: Decoder,
    index: u32,
    time_base: Rational,
    origin_ticks: i64,
    /// Frames before this need not come out.
    wanted_ticks: i64,
    is_interlaced: bool,
    deinterlacer: Option<(FrameForm, Graph)>,
    ready: VecDeque<Frame>,
    has_ended: bool,
    /// Parts that could not be decoded, and what was said of the last.
    pub(super) broken: u64,
    pub(super) problem: Option<String>,
    pub(super) aspect: Rational,
    pub(super) orientation: Orientation,
}

impl FrameReader {
    /// Opens `path` and comes to a running time, in whole units of `unit` seconds; frames from that
    /// time on come out, and perhaps some before.
    ///
    /// # Errors
    /// As [`super::super::probe`]; `NoStream` when it has no pictures; `TooLarge`; `Unsupported`.
    pub(super) fn open(
        path: &Path,
        max_pixels: u64,
        at: i64,
        unit: Rational,
    ) -> Result<Self, MediaError> {
        let source = Source::open(path)?;
        let stream =
            main_stream(&source, StreamView::is_pictures).ok_or_else(|| MediaError::NoStream {
                kind: "video".to_owned(),
            })?;
        refuse_too_large(&stream, max_pixels)?;
        let options = DecoderOptions {
            frames: Frames::All,
            threads: DECODER_THREADS,
            max_pixels,
        };
        let decoder = Decoder::open(&stream, options)?;
        let still = source
            .is_still_format()
            .then(|| orientation::of_still(path))
            .flatten();
        let orientation = still.unwrap_or_else(|| orientation::of_stream(&stream));
        let aspect = stream.sample_aspect();
        let is_interlaced = video_stream(&stream, None).field_order == FieldOrder::Interlaced;
        let (time_base, index) = (stream.time_base(), stream.stream.index.unsigned_abs());
        let origin_ticks = stream.start_ticks().unwrap_or_else(|| {
            let micros = source.origin_micros();
            rescale(micros, 1, 1_000_000, time_base.num, time_base.den)
        });
        let wanted_ticks =
            origin_ticks + rescale(at, unit.num, unit.den, time_base.num, time_base.den);
        let approach = Approach::to(path, source, &[index], index, wanted_ticks)?;
        Ok(Self {
            approach,
            decoder,
            index,
            time_base,
            origin_ticks,
            wanted_ticks,
            is_interlaced,
            deinterlacer: None,
            ready: VecDeque::new(),
            has_ended: false,
            broken: 0,
            problem: None,
            aspect,
            orientation,
        })
    }

    /// A running time of `count` units of `unit` seconds as a time stamp of its frames.
    pub(super) fn ticks_of(&self, count: i64, unit: Rational) -> i64 {
        let base = self.time_base;
        self.origin_ticks + rescale(count, unit.num, unit.den, base.num, base.den)
    }

    /// So many milliseconds in units of its time stamps.
    pub(super) fn ticks_in(&self, millis: i64) -> i64 {
        rescale(millis, 1, 1000, self.time_base.num, self.time_base.den)
    }

    /// The next frame in order of time; `None` at the end.
    pub(super) fn next(&mut self, outlet: &Outlet<'_>) -> Option<Frame> {
        while self.ready.is_empty() && !self.has_ended && outlet.is_alive() {
            match self.approach.read() {
                Read::Packet(packet) if packet.stream() == self.index as usize => {
                    let early = self.ticks_in(CERTAIN_MILLIS);
                    let is_early = packet.pts().is_some_and(|ticks| {
                        ticks + packet.duration().max(0) + early < self.wanted_ticks
                    });
                    self.decoder.pass_over_unneeded(is_early);
                    if let Err(error) = self.decoder.send(&packet) {
                        self.note(error.to_string());
                    }
                    self.take_frames();
                }
                Read::Packet(_) => {}
                Read::Broken => self.note("a part of the file cannot be made out".to_owned()),
                Read::End(problem) => {
                    if let Some(problem) = problem {
                        self.note(problem);
                    }
                    self.decoder.send_end();
                    self.take_frames();
                    self.end_deinterlacing();
                    self.has_ended = true;
                }
            }
        }
        self.ready.pop_front()
    }

    fn note(&mut self, problem: String) {
        self.broken += 1;
        self.problem = Some(problem);
    }

    fn take_frames(&mut self) {
        loop {
            match self.decoder.receive() {
                Ok(Some(frame)) => {
                    if let Err(error) = self.progressive(frame) {
                        self.note(error.to_string());
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    self.note(failure("a picture", error).to_string());
                    return;
                }
            }
        }
    }

    fn progressive(&mut self, frame: Frame) -> Result<(), MediaError> {
        self.is_interlaced |= frame.raw().interlaced_frame != 0;
        let Some(ticks) = frame.ticks().filter(|_| self.is_interlaced) else {
            self.ready.push_back(frame);
            return Ok(());
        };
        // Frames long before the wanted time are never shown: only the lines beside it matter.
        if ticks + self.ticks_in(CERTAIN_MILLIS) < self.wanted_ticks {
            return Ok(());
        }
        let form = FrameForm::of(&frame, true);
        let mut graph = match self.deinterlacer.take() {
            Some((made_for, graph)) if made_for == form => graph,
            before => {
                self.deinterlacer = before;
                self.end_deinterlacing();
                Graph::new(form, DEINTERLACE, ANY_UNIT)?
            }
        };
        graph.push(Some((&frame, ticks)))?;
        let taken = self.take_deinterlaced(&mut graph);
        self.deinterlacer = Some((form, graph));
        taken
    }

    fn take_deinterlaced(&mut self, graph: &mut Graph) -> Result<(), MediaError> {
        while let Some(mut frame) = graph.pull()? {
            // SAFETY: plain fields of a frame that is ours.
            unsafe {
                let raw = &mut *frame.as_mut_ptr();
                raw.best_effort_timestamp = raw.pts;
                raw.interlaced_frame = 0;
            }
            self.ready.push_back(frame);
        }
        Ok(())
    }

    fn end_deinterlacing(&mut self) {
        let Some((_, mut graph)) = self.deinterlacer.take() else {
            return;
        };
        let ended = graph
            .push(None)
            .and_then(|()| self.take_deinterlaced(&mut graph));
        if let Err(error) = ended {
            self.note(error.to_string());
        }
    }
}
