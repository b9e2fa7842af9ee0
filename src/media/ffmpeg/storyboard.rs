//! Small pictures of a whole film, evenly in time, from its keyframes.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use ffmpeg_next::Packet;

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

/// Threads that decode a film: a keyframe by itself gains nothing from frames decoded side by side,
/// several do when each thread has its own.
const THREADS: u32 = 2;

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
    let (frames, decoders, threads) = if is_short {
        (Frames::AllRough, 1, THREADS)
    } else {
        (Frames::Key, THREADS, 1)
    };
    let options = DecoderOptions {
        frames,
        threads,
        max_pixels: request.max_picture_pixels,
    };
    let decoders: Vec<Decoder> = (0..decoders)
        .map(|_| Decoder::open(&stream, options))
        .collect::<Result<_, _>>()?;
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
        for decoder in decoders {
            pass.whole(decoder, &mut source)?;
        }
    } else {
        thread::scope(|scope| {
            let lanes = decoders.into_iter().map(|decoder| {
                let (lane, packets, frames) = Lane::new();
                scope.spawn(move || decode_keyframes(decoder, &packets, &frames));
                lane
            });
            pass.keyframes(&lanes.collect::<Vec<_>>(), &mut source)
        })?;
    }
    if pass.given == 0 {
        let reason = pass
            .problem
            .unwrap_or_else(|| "no frame of it could be decoded".to_owned());
        return Err(MediaError::Corrupt { reason });
    }
    Ok(())
}

/// A thread that decodes keyframes, one after the other.
struct Lane {
    packets: Sender<Packet>,
    frames: Receiver<Decoded>,
}

/// What became of a keyframe; what is wrong with it, as text.
type Decoded = Result<Option<Frame>, String>;

impl Lane {
    /// A lane, and the ends that its thread holds.
    fn new() -> (Self, Receiver<Packet>, Sender<Decoded>) {
        let (packets, given) = channel();
        let (made, frames) = channel();
        (Self { packets, frames }, given, made)
    }
}

/// Decodes each packet by itself, until no more come.
fn decode_keyframes(mut decoder: Decoder, packets: &Receiver<Packet>, frames: &Sender<Decoded>) {
    for packet in packets {
        let sent = decoder.send(&packet);
        // What reorders frames would keep it until the next.
        decoder.send_end();
        let decoded = decoder.receive();
        decoder.flush();
        let decoded = match (decoded, sent) {
            (Ok(None), Err(error)) | (Err(error), _) => Err(error.to_string()),
            (Ok(frame), _) => Ok(frame),
        };
        if frames.send(decoded).is_err() {
            return;
        }
    }
}

struct Pass<'a> {
    clock: Clock,
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
    fn whole(&mut self, mut decoder: Decoder, source: &mut Source) -> Result<(), MediaError> {
        loop {
            let is_end = match source.read() {
                Read::Packet(packet) if packet.stream() == self.index as usize => {
                    if let Err(error) = decoder.send(&packet) {
                        self.problem = Some(error.to_string());
                    }
                    false
                }
                Read::Packet(_) | Read::Broken => false,
                Read::End(problem) => {
                    self.problem = problem.or(self.problem.take());
                    decoder.send_end();
                    true
                }
            };
            loop {
                let frame = match decoder.receive() {
                    Ok(Some(frame)) => frame,
                    Ok(None) => break,
                    Err(error) => {
                        self.problem = Some(error.to_string());
                        break;
                    }
                };
                let at_millis = frame.ticks().map_or(0, |ticks| self.clock.millis(ticks));
                if at_millis >= self.next_part * self.spacing_millis && self.given < self.most {
                    self.pass_part_of(at_millis);
                    self.give(&frame, at_millis)?;
                }
            }
            if is_end {
                return Ok(());
            }
        }
    }

    /// One keyframe for each part of a long film.
    fn keyframes(&mut self, lanes: &[Lane], source: &mut Source) -> Result<(), MediaError> {
        let base = self.clock.time_base;
        let mut last_ticks = None;
        let mut sent = 0;
        let mut in_hand: VecDeque<(&Lane, i64)> = VecDeque::new();
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
            let Some(packet) = packet else { break };
            let at_millis = last_ticks.map_or(wanted_millis, |ticks| self.clock.millis(ticks));
            self.pass_part_of(at_millis);
            let lane = &lanes[sent % lanes.len()];
            // A lane that has ended is met when its frame is taken.
            let _ = lane.packets.send(packet);
            in_hand.push_back((lane, at_millis));
            sent += 1;
            // Each lane has one in hand and one that waits.
            if in_hand.len() >= 2 * lanes.len() {
                self.take(&mut in_hand)?;
            }
        }
        while !in_hand.is_empty() {
            self.take(&mut in_hand)?;
        }
        Ok(())
    }

    /// Gives the first of the keyframes in hand.
    fn take(&mut self, in_hand: &mut VecDeque<(&Lane, i64)>) -> Result<(), MediaError> {
        let Some((lane, at_millis)) = in_hand.pop_front() else {
            return Ok(());
        };
        match lane.frames.recv() {
            Ok(Ok(Some(frame))) => return self.give(&frame, at_millis),
            Ok(Ok(None)) => {}
            Ok(Err(problem)) => self.problem = Some(problem),
            Err(_) => self.problem = Some("its decoder ended early".to_owned()),
        }
        Ok(())
    }

    fn give(&mut self, frame: &Frame, at_millis: i64) -> Result<(), MediaError> {
        (self.sink)(at_millis, self.renderer.picture(frame)?);
        self.given += 1;
        Ok(())
    }

    /// The part after that time is the next to want a picture.
    fn pass_part_of(&mut self, at_millis: i64) {
        self.next_part = (at_millis / self.spacing_millis).max(self.next_part) + 1;
    }
}
