//! Small pictures of a whole film, evenly in time, from its keyframes.

use std::path::Path;

use crate::domain::{FieldOrder, Picture};
use crate::media::MediaError;
use crate::media::protocol::StoryboardRequest;

use super::approach::main_stream;
use super::clock::Clock;
use super::decoder::{Decoder, DecoderOptions, Frame, Frames};
use super::orientation;
use super::probe::{probe, video_stream};
use super::render::Renderer;
use super::shot_pass::refuse_too_large;
use super::source::{Read, Source, StreamView, rescale};

/// Films up to this long are decoded through: they have too few keyframes, and it takes no longer.
const WHOLE_MILLIS: i64 = 20_000;

/// The least time between two pictures.
const SHORTEST_SPACING_MILLIS: i64 = 200;

/// Hands on pictures that lie evenly in `path`, as few as there are keyframes in a long film.
///
/// # Errors
/// As [`super::frame`]; `Corrupt` when there is not one.
pub fn storyboard(
    path: &Path,
    request: &StoryboardRequest,
    sink: &mut dyn FnMut(i64, Picture),
) -> Result<(), MediaError> {
    let duration_millis = probe(path)?.duration_millis.unwrap_or(0);
    let mut source = Source::open(path)?;
    let stream =
        main_stream(&source, StreamView::is_pictures).ok_or_else(|| MediaError::NoStream {
            kind: "video".to_owned(),
        })?;
    refuse_too_large(&stream, request.max_picture_pixels)?;
    let is_short = duration_millis <= WHOLE_MILLIS;
    let decoder = Decoder::open(
        &stream,
        DecoderOptions {
            frames: if is_short {
                Frames::AllRough
            } else {
                Frames::Key
            },
            // A keyframe by itself gains nothing from frames decoded side by side.
            threads: if is_short { 2 } else { 1 },
            max_pixels: request.max_picture_pixels,
        },
    )?;
    let still = source
        .is_still_format()
        .then(|| orientation::of_still(path));
    let orientation = still
        .flatten()
        .unwrap_or_else(|| orientation::of_stream(&stream));
    let described = video_stream(&stream, Some(orientation));
    let longer = u64::from(described.display_width.max(described.display_height));
    let max_side =
        longer * u64::from(request.tile_width) / u64::from(described.display_width.max(1));
    let renderer = Renderer::new(
        stream.sample_aspect(),
        orientation,
        described.field_order == FieldOrder::Interlaced,
        // A column of a film would make tiles without end.
        (max_side as u32).min(request.tile_width * 2),
    )
    .with_one_ground();
    let index = stream.stream.index.unsigned_abs();
    let most = i64::from(request.most_tiles.max(1));
    let mut pass = Pass {
        clock: Clock::of(&stream),
        decoder,
        renderer,
        index,
        sink,
        given: 0,
        next_part: 0,
        // More than five pictures a second show nothing new.
        spacing_millis: (duration_millis / most).max(SHORTEST_SPACING_MILLIS),
        most,
        problem: None,
    };
    source.only_stream(index);
    if is_short {
        pass.whole(&mut source)?;
    } else {
        pass.keyframes(&mut source)?;
    }
    if pass.given == 0 {
        let reason = pass
            .problem
            .unwrap_or_else(|| "no frame of it could be decoded".to_owned());
        return Err(MediaError::Corrupt { reason });
    }
    Ok(())
}

struct Pass<'a> {
    clock: Clock,
    decoder: Decoder,
    renderer: Renderer,
    index: u32,
    sink: &'a mut dyn FnMut(i64, Picture),
    given: i64,
    /// Number of the part of the film that wants a picture next.
    next_part: i64,
    spacing_millis: i64,
    most: i64,
    problem: Option<String>,
}

impl Pass<'_> {
    /// Every frame of a short film.
    fn whole(&mut self, source: &mut Source) -> Result<(), MediaError> {
        loop {
            let is_end = match source.read() {
                Read::Packet(packet) if packet.stream() == self.index as usize => {
                    if let Err(error) = self.decoder.send(&packet) {
                        self.problem = Some(error.to_string());
                    }
                    false
                }
                Read::Packet(_) | Read::Broken => false,
                Read::End(problem) => {
                    self.problem = problem.or(self.problem.take());
                    self.decoder.send_end();
                    true
                }
            };
            while let Some(frame) = self.receive() {
                let at_millis = frame.ticks().map_or(0, |ticks| self.clock.millis(ticks));
                if at_millis >= self.next_part * self.spacing_millis && self.given < self.most {
                    self.give(&frame, at_millis)?;
                }
            }
            if is_end {
                return Ok(());
            }
        }
    }

    /// One keyframe for each part of a long film.
    fn keyframes(&mut self, source: &mut Source) -> Result<(), MediaError> {
        let base = self.clock.time_base;
        let mut last_ticks = None;
        while self.next_part < self.most {
            let wanted_millis = self.next_part * self.spacing_millis;
            if self.next_part > 0 {
                let ticks = rescale(wanted_millis, 1, 1000, base.num, base.den);
                // Where the container can't be searched it is read on.
                let _ = source.seek(self.index, self.clock.zero_ticks() + ticks);
            }
            let packet = loop {
                match source.read() {
                    Read::Packet(packet)
                        if packet.stream() == self.index as usize && packet.is_key() =>
                    {
                        let ticks = packet.pts().or(packet.dts());
                        let is_new = last_ticks.is_none_or(|last| ticks > Some(last));
                        let is_due = ticks.is_some_and(|ticks| {
                            // The keyframe before the time will do, unless it was shown.
                            self.clock.millis(ticks) + self.spacing_millis > wanted_millis
                        });
                        if is_new && is_due {
                            last_ticks = ticks;
                            break Some(packet);
                        }
                    }
                    Read::Packet(_) | Read::Broken => {}
                    Read::End(problem) => {
                        self.problem = problem.or(self.problem.take());
                        break None;
                    }
                }
            };
            let Some(packet) = packet else { return Ok(()) };
            if let Err(error) = self.decoder.send(&packet) {
                self.problem = Some(error.to_string());
            }
            // What reorders frames would keep it until the next.
            self.decoder.send_end();
            let frame = self.receive();
            self.decoder.flush();
            let at_millis = last_ticks.map_or(wanted_millis, |ticks| self.clock.millis(ticks));
            match frame {
                Some(frame) => self.give(&frame, at_millis)?,
                None => self.next_part += 1,
            }
        }
        Ok(())
    }

    fn receive(&mut self) -> Option<Frame> {
        match self.decoder.receive() {
            Ok(frame) => frame,
            Err(error) => {
                self.problem = Some(error.to_string());
                None
            }
        }
    }

    fn give(&mut self, frame: &Frame, at_millis: i64) -> Result<(), MediaError> {
        (self.sink)(at_millis, self.renderer.picture(frame)?);
        self.given += 1;
        self.next_part = (at_millis / self.spacing_millis).max(self.next_part) + 1;
        Ok(())
    }
}
