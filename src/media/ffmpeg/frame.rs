//! The one frame that is on show at a time, at full size.

use std::path::Path;

use crate::domain::{FieldOrder, Picture};
use crate::media::MediaError;
use crate::media::protocol::FrameRequest;

use super::approach::{Approach, main_stream};
use super::decoder::{Decoder, DecoderOptions, Frame, Frames};
use super::orientation;
use super::probe::video_stream;
use super::render::Renderer;
use super::shot_pass::refuse_too_large;
use super::source::{Read, Source, StreamView, rescale};

/// Threads of the decoder: one frame in the making while another is read.
const DECODER_THREADS: u32 = 2;

/// How far beyond its last frame a file may be asked for one: durations are rounded, and sound often
/// lasts longer than pictures.
const BEYOND_END_MILLIS: i64 = 2_000;

/// The picture that is on show at `request.at_millis` of `path`; of a still, its one picture.
///
/// # Errors
/// As [`super::probe`]; `NoStream` when it has no pictures; `TooLarge`; `Unsupported`; `BadSpan`
/// when it ends before; `Corrupt` when that frame and all before it are broken.
pub fn frame(path: &Path, request: &FrameRequest) -> Result<Picture, MediaError> {
    let source = Source::open(path)?;
    let stream =
        main_stream(&source, StreamView::is_pictures).ok_or_else(|| MediaError::NoStream {
            kind: "video".to_owned(),
        })?;
    refuse_too_large(&stream, request.max_picture_pixels)?;
    let decoder = Decoder::open(
        &stream,
        DecoderOptions {
            frames: Frames::All,
            threads: DECODER_THREADS,
            max_pixels: request.max_picture_pixels,
        },
    )?;
    let (base, index) = (stream.time_base(), stream.stream.index.unsigned_abs());
    let still = source
        .is_still_format()
        .then(|| orientation::of_still(path));
    let orientation = still
        .flatten()
        .unwrap_or_else(|| orientation::of_stream(&stream));
    let mut renderer = Renderer::new(
        stream.sample_aspect(),
        orientation,
        video_stream(&stream, None).field_order == FieldOrder::Interlaced,
        request.max_side,
    );
    let origin = stream.start_ticks().unwrap_or(0);
    let at_millis = request.at_millis.max(0);
    // Half a millisecond more than asked: times of frames are rounded down as well as up.
    let at_ticks = origin + rescale(at_millis * 2 + 1, 1, 2000, base.num, base.den);
    let is_still = source.is_still_format();
    let approach = Approach::to(path, source, &[index], index, at_ticks)?;
    let wanted = Search {
        decoder,
        index,
        at_ticks: if is_still { i64::MAX } else { at_ticks },
        shown: None,
        problem: None,
    };
    let (frame, is_last, problem) = wanted.run(approach);
    let Some(frame) = frame else {
        let reason = problem.unwrap_or_else(|| "no frame of it could be decoded".to_owned());
        return Err(MediaError::Corrupt { reason });
    };
    let shown_millis = frame
        .ticks()
        .and_then(|ticks| base.ticks_to_millis(ticks - origin))
        .unwrap_or(0);
    if is_last && !is_still && at_millis - shown_millis > BEYOND_END_MILLIS {
        return Err(MediaError::BadSpan {
            reason: format!("no picture at {at_millis} ms: the last is at {shown_millis} ms"),
        });
    }
    renderer.picture(&frame)
}

struct Search {
    decoder: Decoder,
    index: u32,
    at_ticks: i64,
    /// The last frame that was not too late.
    shown: Option<Frame>,
    problem: Option<String>,
}

impl Search {
    /// The frame on show, whether none follows it, and what went wrong.
    fn run(mut self, mut approach: Approach) -> (Option<Frame>, bool, Option<String>) {
        loop {
            match approach.read() {
                Read::Packet(packet) if packet.stream() == self.index as usize => {
                    if let Err(error) = self.decoder.send(&packet) {
                        self.problem = Some(error.to_string());
                    }
                }
                Read::Packet(_) => continue,
                Read::Broken => {
                    self.problem = Some("a part of the file cannot be made out".to_owned());
                    continue;
                }
                Read::End(problem) => {
                    self.problem = problem.or(self.problem);
                    self.decoder.send_end();
                    let is_found = self.take_frames();
                    return (self.shown, !is_found, self.problem);
                }
            }
            if self.take_frames() {
                return (self.shown, false, self.problem);
            }
        }
    }

    /// Takes frames that are ready; whether one of them comes after the wanted time.
    fn take_frames(&mut self) -> bool {
        loop {
            match self.decoder.receive() {
                Ok(Some(frame)) => {
                    let is_late = frame.ticks().is_some_and(|ticks| ticks > self.at_ticks);
                    if is_late {
                        // Where pictures begin later, the first is what there is.
                        self.shown.get_or_insert(frame);
                        return true;
                    }
                    self.shown = Some(frame);
                }
                Ok(None) => return false,
                Err(error) => {
                    self.problem = Some(error.to_string());
                    return false;
                }
            }
        }
    }
}
