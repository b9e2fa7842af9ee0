//! A stretch of a file rendered anew as H.264 and AAC, handed on while it is being made.

mod encoder;
mod graph;
mod header;
mod muxer;
mod pictures;
mod shape;
mod sound;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use ffmpeg_next::Packet;

use crate::domain::TimeSpan;
use crate::media::MediaError;
use crate::media::protocol::{ClipRequest, ClipSummary};

use super::approach::{Approach, main_stream};
use super::source::{Read, Source, StreamView, rescale};

pub(super) use self::shape::as_frame;

use self::encoder::Encoder;
use self::muxer::Muxer;
use self::pictures::PictureTrack;
use self::sound::SoundTrack;

/// The longest clip: longer stretches are played in pieces.
const LONGEST_MILLIS: i64 = 10 * 60 * 1000;

/// How far the file may be read beyond the clip's end for a stream that has not come so far.
const OVERDUE_MILLIS: i64 = 5_000;

/// How far pictures may run ahead before missing sound is taken for silence.
const SILENCE_AFTER_MILLIS: i64 = 3_000;

/// Decoders need a little sound before the first that counts.
const SOUND_RUN_UP_MILLIS: i64 = 200;

/// How long nothing may be said while the way to the start is decoded.
const SIGN_OF_LIFE: Duration = Duration::from_millis(500);

/// Takes the clip's bytes; it is also called without any, so that it can break off.
pub(super) type ByteSink<'a> = &'a mut dyn FnMut(&[u8]) -> ControlFlow<()>;

/// Renders `request.span` of `path` and hands its bytes on in order.
///
/// The first picture is the one on show at the start of the span. Broken packets are left out;
/// `lacking` in the summary says so. When `sink` breaks off, what was made so far is all.
///
/// # Errors
/// As [`super::probe`]; `BadSpan` where nothing can lie in the span or nothing does;
/// `Unsupported` and `NoEncoder`; `Corrupt` when there should be something and nothing of it could
/// be decoded.
pub fn clip(
    path: &Path,
    request: &ClipRequest,
    sink: ByteSink<'_>,
) -> Result<ClipSummary, MediaError> {
    check_span(request.span)?;
    let source = Source::open(path)?;
    let mut renderer = Renderer::open(&source, request)?;
    let mut approach = renderer.approach(path, source)?;
    let mut said = Instant::now();
    loop {
        let flow = match approach.read() {
            Read::Packet(packet) => renderer.packet(&approach.source, &packet)?,
            Read::Broken => renderer.problem("a part of the file cannot be made out".to_owned()),
            Read::End(problem) => {
                renderer.problem = problem.or(renderer.problem.take());
                ControlFlow::Break(())
            }
        };
        if flow.is_break() {
            break;
        }
        let bytes = renderer.muxer.take(false);
        if bytes.is_some() || said.elapsed() > SIGN_OF_LIFE {
            said = Instant::now();
            if sink(&bytes.unwrap_or_default()).is_break() {
                return Ok(renderer.summary());
            }
        }
    }
    renderer.finish()?;
    if let Some(bytes) = renderer.muxer.take(true) {
        // The end comes next in any case.
        let _ = sink(&bytes);
    }
    Ok(renderer.summary())
}

fn check_span(span: TimeSpan) -> Result<(), MediaError> {
    let length = span.duration_millis();
    let reason = if span.start_millis < 0 {
        "a clip can't begin before its file".to_owned()
    } else if length <= 0 {
        "a clip without length".to_owned()
    } else if length > LONGEST_MILLIS {
        let minutes = LONGEST_MILLIS / 60_000;
        format!(
            "a clip of {} s is over the limit of {minutes} minutes",
            length / 1000
        )
    } else {
        return Ok(());
    };
    Err(MediaError::BadSpan { reason })
}

/// How long a clip of that span will be, as far as the file's header tells.
fn expected_millis(source: &Source, span: TimeSpan) -> u64 {
    let asked = span.duration_millis();
    let left = source
        .header_duration_millis()
        .map_or(asked, |duration| duration - span.start_millis);
    asked.min(left.max(0)).unsigned_abs()
}

/// Both streams on their way into one clip.
struct Renderer {
    span: TimeSpan,
    origin_micros: i64,
    pictures: Option<PictureTrack>,
    sound: Option<SoundTrack>,
    muxer: Muxer,
    encoded: Vec<Packet>,
    broken: u64,
    problem: Option<String>,
}

impl Renderer {
    fn open(source: &Source, request: &ClipRequest) -> Result<Self, MediaError> {
        if source.is_still_format() {
            return Err(MediaError::NoStream {
                kind: "moving picture".to_owned(),
            });
        }
        let picture_stream = main_stream(source, StreamView::is_pictures);
        let sound_stream = main_stream(source, StreamView::is_sound);
        // Times of shots count from the first picture, and sound is kept in step with them.
        let origin_micros = picture_stream
            .and_then(|stream| stream.start_micros())
            .unwrap_or_else(|| source.origin_micros());
        let mut refusal = None;
        let pictures = picture_stream.and_then(|stream| {
            let base = stream.time_base();
            let origin = rescale(origin_micros, 1, 1_000_000, base.num, base.den);
            let origin = stream.start_ticks().unwrap_or(origin);
            PictureTrack::open(&stream, origin, request)
                .map_err(|error| refusal = Some(error))
                .ok()
        });
        let sound = sound_stream.and_then(|stream| {
            SoundTrack::open(&stream, origin_micros, request)
                .map_err(|error| {
                    refusal.get_or_insert(error);
                })
                .ok()
        });
        if pictures.is_none() && sound.is_none() {
            return Err(refusal.unwrap_or(MediaError::NotMedia));
        }
        let bases: Vec<_> = pictures
            .iter()
            .map(|track| track.encoder.time_base)
            .chain(sound.iter().map(|track| track.encoder.time_base))
            .collect();
        Ok(Self {
            span: request.span,
            origin_micros,
            muxer: Muxer::new(
                request.container,
                &bases,
                expected_millis(source, request.span),
            ),
            pictures,
            sound,
            encoded: Vec::new(),
            broken: 0,
            problem: refusal.map(|error| error.to_string()),
        })
    }

    fn approach(&self, path: &Path, source: Source) -> Result<Approach, MediaError> {
        let streams: Vec<u32> = self
            .pictures
            .iter()
            .map(PictureTrack::stream_index)
            .chain(self.sound.iter().map(SoundTrack::stream_index))
            .collect();
        let (index, ticks) = match (&self.pictures, &self.sound) {
            (Some(pictures), _) => (pictures.stream_index(), pictures.start_ticks()),
            (None, Some(sound)) => {
                let index = sound.stream_index();
                let start_micros = (self.span.start_millis - SOUND_RUN_UP_MILLIS) * 1000;
                let micros = self.origin_micros + start_micros;
                let ticks = source.stream(index).map_or(0, |stream| {
                    let base = stream.time_base();
                    rescale(micros, 1, 1_000_000, base.num, base.den)
                });
                (index, ticks)
            }
            (None, None) => (0, 0),
        };
        Approach::to(path, source, &streams, index, ticks)
    }

    fn problem(&mut self, text: String) -> ControlFlow<()> {
        self.broken += 1;
        self.problem = Some(text);
        ControlFlow::Continue(())
    }

    /// Takes a packet of the source; breaks off when the clip is complete.
    fn packet(&mut self, source: &Source, packet: &Packet) -> Result<ControlFlow<()>, MediaError> {
        let index = packet.stream() as u32;
        let mut encoded = std::mem::take(&mut self.encoded);
        let mut outcome = Ok(());
        if let Some(track) = self.pictures.as_mut().filter(|t| t.stream_index() == index) {
            outcome = track.packet(packet, &mut encoded);
            self.push(0, &mut encoded)?;
        } else if let Some(track) = self.sound.as_mut().filter(|t| t.stream_index() == index) {
            outcome = track.packet(packet, &mut encoded);
            self.push(self.sound_number(), &mut encoded)?;
        }
        self.encoded = encoded;
        match outcome {
            Err(error @ (MediaError::OutOfMemory { .. } | MediaError::NoEncoder { .. })) => {
                return Err(error);
            }
            Err(error) => _ = self.problem(error.to_string()),
            Ok(()) => {}
        }
        self.fill_silence()?;
        if !self.muxer.is_begun() && self.has_all_tracks() {
            self.begin()?;
        }
        Ok(self.flow(source, packet))
    }

    fn flow(&self, source: &Source, packet: &Packet) -> ControlFlow<()> {
        let is_complete = self.pictures.as_ref().is_none_or(|track| track.is_complete)
            && self.sound.as_ref().is_none_or(|track| track.is_complete);
        let is_overdue = source
            .stream(packet.stream() as u32)
            .zip(packet.dts().or(packet.pts()))
            .is_some_and(|(stream, ticks)| {
                let base = stream.time_base();
                let micros = rescale(ticks, base.num, base.den, 1, 1_000_000) - self.origin_micros;
                micros / 1000 > self.span.end_millis + OVERDUE_MILLIS
            });
        if is_complete || is_overdue {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn sound_number(&self) -> usize {
        usize::from(self.pictures.is_some())
    }

    fn push(&mut self, track: usize, encoded: &mut Vec<Packet>) -> Result<(), MediaError> {
        for packet in encoded.drain(..) {
            self.muxer.push(track, packet)?;
        }
        Ok(())
    }

    /// Sound that does not come holds nothing up.
    fn fill_silence(&mut self) -> Result<(), MediaError> {
        let number = self.sound_number();
        let (Some(pictures), Some(sound)) = (&self.pictures, &mut self.sound) else {
            return Ok(());
        };
        let Some(reached) = pictures.reached_millis() else {
            return Ok(());
        };
        if reached - sound.reached_millis() > SILENCE_AFTER_MILLIS {
            let mut encoded = Vec::new();
            sound.fill_up_to(reached - SILENCE_AFTER_MILLIS / 2, &mut encoded)?;
            self.push(number, &mut encoded)?;
        }
        Ok(())
    }

    fn has_all_tracks(&self) -> bool {
        let count = usize::from(self.pictures.is_some()) + usize::from(self.sound.is_some());
        (0..count).all(|track| self.muxer.has_packets(track))
    }

    fn begin(&mut self) -> Result<(), MediaError> {
        let encoders: Vec<&Encoder> = self
            .pictures
            .iter()
            .map(|track| &track.encoder)
            .chain(self.sound.iter().map(|track| &track.encoder))
            .collect();
        self.muxer.begin(&encoders)
    }

    fn finish(&mut self) -> Result<(), MediaError> {
        let mut encoded = Vec::new();
        if let Some(track) = &mut self.pictures {
            let outcome = track.finish(&mut encoded);
            self.push(0, &mut encoded)?;
            if let Err(error) = outcome {
                _ = self.problem(error.to_string());
            }
        }
        let number = self.sound_number();
        if let Some(track) = self.sound.as_mut().filter(|track| track.heard > 0) {
            let outcome = track.finish(&mut encoded);
            self.push(number, &mut encoded)?;
            if let Err(error) = outcome {
                _ = self.problem(error.to_string());
            }
        }
        let summary = self.summary();
        if summary.pictures == 0 && summary.samples == 0 {
            let (start, end) = (self.span.start_millis, self.span.end_millis);
            return Err(match self.problem.take() {
                Some(reason) => MediaError::Corrupt { reason },
                None => MediaError::BadSpan {
                    reason: format!("nothing lies between {start} and {end} ms"),
                },
            });
        }
        if !self.muxer.is_begun() {
            self.begin()?;
        }
        self.muxer.finish()
    }

    fn summary(&self) -> ClipSummary {
        let lacking = self.problem.as_deref().map(|problem| match self.broken {
            0 => problem.to_owned(),
            broken => format!("{broken} broken parts were left out; the last: {problem}"),
        });
        ClipSummary {
            pictures: self.pictures.as_ref().map_or(0, |track| track.pictures),
            samples: self.sound.as_ref().map_or(0, |track| track.heard),
            lacking,
        }
    }
}
