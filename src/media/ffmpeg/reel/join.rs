//! Parts joined to a reel: pictures as they are, sound levelled and encoded once, chapters and subtitles added.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ffmpeg_next::Packet;

use crate::domain::Rational;
use crate::media::MediaError;
use crate::media::protocol::{REEL_SAMPLE_RATE_HZ, ReelJoin, ReelJoinSummary};

use super::encoders;
use super::layer::to_path;
use super::muxer::{self, Muxer};
use super::nal_units::{append_unit, parameter_sets};
use super::part_file::{PartHeader, PartReader};
use super::sound_encoder::SoundEncoder;
use super::soundtrack::{self, Leveller, Soundtrack};
use super::timed_text;

/// Sound and pictures take turns in the file after so many milliseconds.
const BLOCK_MILLIS: i64 = 500;

/// How often it is said that work goes on.
const SIGN_OF_LIFE: Duration = Duration::from_millis(250);

/// Takes bytes, where in the file they belong, and how many pictures are joined.
pub(in super::super) type FileSink<'a> = &'a mut dyn FnMut(u64, &[u8], i64) -> ControlFlow<()>;

/// Joins the parts that `request` names and hands on the file's bytes. Its index is written last,
/// though it lies at the file's beginning.
///
/// # Errors
/// `Unreadable` or `Corrupt` where a part is missing, cut short, or of another form than the first;
/// `NoEncoder`.
pub fn join(request: &ReelJoin, sink: FileSink<'_>) -> Result<ReelJoinSummary, MediaError> {
    super::super::prepare();
    let paths: Vec<PathBuf> = request
        .parts
        .iter()
        .map(|path| to_path(path).to_owned())
        .collect();
    let headers = headers(&paths, request.form.parameter_set.is_some())?;
    let pictures: i64 = headers.iter().map(|header| header.pictures).sum();
    let samples: i64 = headers.iter().map(|header| header.samples).sum();
    let mut said = Instant::now();
    let mut is_wanted = true;
    let (level, before, after) = soundtrack::level(&paths, request.loudness_lufs, &mut || {
        if is_wanted && said.elapsed() > SIGN_OF_LIFE {
            said = Instant::now();
            is_wanted = sink(0, &[], 0).is_continue();
        }
        is_wanted
    })?;
    if !is_wanted {
        return Ok(ReelJoinSummary::default());
    }
    let mut joint = Joint::begin(request, &paths, &headers, level, pictures, samples)?;
    while joint.block()? {
        if joint.hand_on(sink).is_break() {
            return Ok(ReelJoinSummary::default());
        }
    }
    joint.muxer.finish()?;
    // The end comes next in any case.
    let _ = joint.hand_on(sink);
    Ok(ReelJoinSummary {
        pictures: joint.pictures.given,
        samples: joint.sound.taken(),
        measured_lufs: before.lufs,
        gain_db: level.gain_db,
        loudness_lufs: request.loudness_lufs.and(after.lufs),
    })
}

fn headers(paths: &[PathBuf], is_copied: bool) -> Result<Vec<PartHeader>, MediaError> {
    let mut headers: Vec<PartHeader> = Vec::with_capacity(paths.len());
    for path in paths {
        let header = PartReader::open(path)?.header;
        let first = headers.first().unwrap_or(&header);
        let is_alike = parameter_sets(&first.extradata) == parameter_sets(&header.extradata);
        if !is_alike && !is_copied {
            return Err(MediaError::Corrupt {
                reason: format!(
                    "{} was encoded otherwise than the parts before it",
                    path.display()
                ),
            });
        }
        headers.push(header);
    }
    Ok(headers)
}

/// What decoders must know of all parts. Where some are copied and some are encoded beside them,
/// both have parameter sets, of other numbers.
fn extradata(headers: &[PartHeader]) -> Vec<u8> {
    let first = headers.first().map(|header| header.extradata.clone());
    let mut together = first.unwrap_or_default();
    let mut known: Vec<Vec<u8>> = parameter_sets(&together);
    for header in headers {
        for unit in parameter_sets(&header.extradata) {
            if !known.contains(&unit) {
                append_unit(&mut together, &unit);
                known.push(unit);
            }
        }
    }
    together
}

/// A reel that is being joined.
struct Joint {
    muxer: Muxer,
    pictures: Pictures,
    picture_stream: usize,
    soundtrack: Soundtrack,
    leveller: Option<Leveller>,
    sound: SoundEncoder,
    sound_stream: usize,
    has_sound_ended: bool,
    texts: std::iter::Peekable<std::vec::IntoIter<timed_text::Sample>>,
    text_stream: Option<usize>,
    reached_millis: i64,
}

impl Joint {
    fn begin(
        request: &ReelJoin,
        paths: &[PathBuf],
        headers: &[PartHeader],
        level: soundtrack::Level,
        pictures: i64,
        samples: i64,
    ) -> Result<Self, MediaError> {
        let form = &request.form;
        let mut muxer = Muxer::new(request)?;
        let extradata = extradata(headers);
        let encoder = encoders::pictures(form)?.encoder;
        let picture_stream = muxer.add(
            &encoder,
            Some(form.rate),
            Some(extradata.as_slice()).filter(|extradata| !extradata.is_empty()),
        )?;
        drop(encoder);
        let sound = SoundEncoder::open(form.codec)?;
        let sound_stream = muxer.add(&sound.encoder, None, None)?;
        let end_millis = samples * 1000 / REEL_SAMPLE_RATE_HZ;
        let texts = timed_text::samples(&request.cues, end_millis);
        let text_stream = if texts.is_empty() {
            None
        } else {
            let font_size = (form.height / 20).clamp(8, 120) as u8;
            let description = timed_text::description(font_size);
            Some(muxer.add_text((form.width, form.height), &description)?)
        };
        let packets = samples / sound.packet_samples() + 2;
        muxer.begin(muxer::index_bytes(request, pictures, packets))?;
        Ok(Self {
            muxer,
            pictures: Pictures {
                parts: VecDeque::from(paths.to_vec()),
                part: None,
                unit: Rational::new(form.rate.den, form.rate.num),
                delay: headers.iter().map(|header| header.delay).max().unwrap_or(0),
                first: 0,
                given: 0,
            },
            picture_stream,
            soundtrack: Soundtrack::new(paths.to_vec()),
            leveller: Some(Leveller::new(level)),
            sound,
            sound_stream,
            has_sound_ended: false,
            texts: texts.into_iter().peekable(),
            text_stream,
            reached_millis: 0,
        })
    }

    /// Writes the next half second of everything; whether there is more.
    fn block(&mut self) -> Result<bool, MediaError> {
        self.reached_millis += BLOCK_MILLIS;
        let reached = self.reached_millis;
        let unit = self.pictures.unit;
        let mut has_pictures = true;
        while self.pictures.given * i64::from(unit.num) * 1000 < reached * i64::from(unit.den) {
            let Some(mut packet) = self.pictures.next()? else {
                has_pictures = false;
                break;
            };
            self.muxer.write(self.picture_stream, &mut packet, unit)?;
        }
        while !self.has_sound_ended && self.sound.taken() * 1000 < reached * REEL_SAMPLE_RATE_HZ {
            self.more_sound()?;
        }
        if let Some(stream) = self.text_stream {
            while let Some((start, length, bytes)) =
                self.texts.next_if(|(start, ..)| *start < reached)
            {
                let mut packet = Packet::copy(&bytes);
                packet.set_pts(Some(start));
                packet.set_dts(Some(start));
                packet.set_duration(length);
                let unit = Rational::new(1, 1000);
                self.muxer.write(stream, &mut packet, unit)?;
            }
        }
        Ok(has_pictures || !self.has_sound_ended)
    }

    fn more_sound(&mut self) -> Result<(), MediaError> {
        let mut packets = Vec::new();
        match (self.soundtrack.next()?, &mut self.leveller) {
            (Some(samples), Some(leveller)) => {
                self.sound.encode(&leveller.apply(samples), &mut packets)?;
            }
            _ => {
                if let Some(leveller) = self.leveller.take() {
                    self.sound.encode(&leveller.finish(), &mut packets)?;
                }
                self.sound.finish(&mut packets)?;
                self.has_sound_ended = true;
            }
        }
        let unit = self.sound.encoder.time_base;
        for mut packet in packets {
            self.muxer.write(self.sound_stream, &mut packet, unit)?;
        }
        Ok(())
    }

    fn hand_on(&mut self, sink: FileSink<'_>) -> ControlFlow<()> {
        let given = self.pictures.given;
        for (offset, bytes) in self.muxer.take() {
            sink(offset, &bytes, given)?;
        }
        ControlFlow::Continue(())
    }
}

/// The encoded pictures of all parts in the order of decoding.
struct Pictures {
    parts: VecDeque<PathBuf>,
    part: Option<PartReader>,
    unit: Rational,
    /// How many pictures decoding is ahead of showing: the most of all parts.
    delay: i64,
    /// The place of the part's first picture.
    first: i64,
    given: i64,
}

impl Pictures {
    fn next(&mut self) -> Result<Option<Packet>, MediaError> {
        loop {
            if self.part.is_none() {
                let Some(path) = self.parts.pop_front() else {
                    return Ok(None);
                };
                self.part = Some(PartReader::open(&path)?);
            }
            let Some(part) = &mut self.part else { continue };
            if let Some((at, mut packet)) = part.next_picture()? {
                packet.set_pts(Some(self.first + at));
                // Pictures are evenly spaced, so each is decoded a fixed time before its place in
                // the order of decoding; no two parts contradict each other.
                packet.set_dts(Some(self.given - self.delay));
                packet.set_duration(1);
                self.given += 1;
                return Ok(Some(packet));
            }
            self.first += part.header.pictures;
            self.part = None;
            if self.given != self.first {
                return Err(MediaError::Corrupt {
                    reason: format!(
                        "a part of the reel lacks {} pictures",
                        self.first - self.given
                    ),
                });
            }
        }
    }
}
