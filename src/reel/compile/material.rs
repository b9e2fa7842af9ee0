//! What is known of an asset that picks may be cut from.

use std::ops::Range;

use half::f16;

use super::{clocks::Telling, hearing::Hearing};
use crate::{
    domain::{
        Assertion, AssertionKind, AssetId, AssetKind, Channel, MeasureKind, MediaInfo, Rational,
        Segment, SpaceId, Step, StreamDetail, TimeSpan,
    },
    reel::{
        error::ReelError,
        excitement::{Curve, Weights},
        rights,
        source::{Source, SourceKind, SourceSound},
    },
    store::{AssetRecord, Catalog},
};

/// An asset as material.
#[derive(Debug, Clone)]
pub(super) struct Material {
    pub id: AssetId,
    pub source: Source,
    /// Its running time; 0 for stills.
    pub duration_millis: i64,
    /// Where it lies.
    pub place: String,
    /// Beginnings of shots, in order.
    pub shots: Vec<i64>,
    /// Spoken words, in order.
    pub words: Vec<TimeSpan>,
    /// Lines whose words have no times, in order.
    pub cues: Vec<TimeSpan>,
    /// How its sound stands out over time; `None` where that was not listened to.
    pub hearing: Option<Hearing>,
    /// Stretches that may not be shown, whoever forbids it.
    pub forbidden: Vec<TimeSpan>,
    pub curve: Curve,
    /// Its pictures: time, and vector of unit length.
    pub pictures: Vec<(i64, Vec<f32>)>,
    /// When it was recorded, in milliseconds since 1970.
    pub recorded_millis: Option<i64>,
    pub telling: Telling,
    segments: Vec<Segment>,
}

impl Material {
    /// The asset's material; `None` for what can't be shown: broken, never probed, of unknown length.
    pub(super) fn load(
        catalog: &Catalog,
        record: &AssetRecord,
        weights: &Weights,
        reel_rate: Rational,
        space: Option<&SpaceId>,
    ) -> Result<Option<Self>, ReelError> {
        let Some(source) = source_of(record, reel_rate) else {
            return Ok(None);
        };
        let segments: Vec<Segment> = catalog
            .segments(record.key)?
            .into_iter()
            .map(|(_, segment)| segment)
            .collect();
        let measures = catalog.measures(record.key)?;
        let foreground = measures
            .iter()
            .find(|measure| measure.kind == MeasureKind::Foreground);
        let hearing = foreground.map(Hearing::of);
        let sound = hearing.as_ref().map(Hearing::slowly).unwrap_or_default();
        let blocked = rights::blocked_spans(catalog, record.id)?;
        let pictures = match space {
            Some(space) => catalog.embeddings(record.key, space)?,
            None => Vec::new(),
        };
        let location = record.locations.first();
        let duration_millis = source.millis_of(source.frames);
        let (words, cues) = spoken(&segments, hearing.is_some());
        let recorded = source.recorded.as_deref().and_then(recorded_millis);
        Ok(Some(Self {
            id: record.id,
            duration_millis,
            place: location.map_or_else(String::new, |l| l.path.display().to_string()),
            shots: segments
                .iter()
                // A shot without a beginning is one that only a correction speaks of.
                .filter(|segment| segment.channel == Channel::Shot && segment.opening.is_some())
                .map(|segment| segment.span.start_millis)
                .collect(),
            words,
            cues,
            hearing,
            forbidden: blocked.into_iter().map(|blocked| blocked.span).collect(),
            curve: Curve::of(catalog, record.key, weights)?,
            pictures: pictures
                .into_iter()
                .map(|stored| {
                    let values = stored.values_f16.into_iter();
                    let vector = values.map(|bits| f16::from_bits(bits).to_f32()).collect();
                    (stored.at_millis, vector)
                })
                .collect(),
            recorded_millis: recorded.map(|(millis, _)| millis),
            telling: Telling {
                words: said(&segments),
                sound,
                folder: location
                    .and_then(|location| location.path.parent())
                    .map_or_else(String::new, |folder| folder.display().to_string()),
                recorded_millis: recorded.and_then(|(millis, has_time)| has_time.then_some(millis)),
                timecode_millis: running_timecode(&source),
                duration_millis,
            },
            source,
            segments,
        }))
    }

    /// Whether it has no time of its own.
    pub(super) fn is_still(&self) -> bool {
        self.source.kind == SourceKind::Image
    }

    /// The frames around a time that may be shown, up to what is forbidden on both sides.
    pub(super) fn free_around(&self, millis: i64) -> Range<i64> {
        let mut free = 0..self.source.frames;
        for span in &self.forbidden {
            if span.end_millis <= millis {
                free.start = free
                    .start
                    .max(first_frame_from(&self.source, span.end_millis));
            } else if span.start_millis > millis {
                let end = self.source.frame_at(span.start_millis);
                let is_early = self.source.millis_of(end) <= span.start_millis;
                free.end = free.end.min(if is_early { end } else { end - 1 });
            } else {
                return 0..0;
            }
        }
        free
    }

    /// The stretch of some frames.
    pub(super) fn span_of(&self, frames: &Range<i64>) -> TimeSpan {
        TimeSpan::new(
            self.source.millis_of(frames.start),
            self.source.millis_of(frames.end),
        )
    }

    /// How exciting a stretch is: its mean, and a little of its peak, which is what is remembered of it.
    /// With more of the peak, calm time beside a great moment would count as much as another moment.
    pub(super) fn excitement(&self, span: TimeSpan) -> f32 {
        0.85 * self.curve.mean(span) + 0.15 * self.curve.peak(span)
    }

    /// The number of the picture nearest to a time.
    pub(super) fn picture_near(&self, millis: i64) -> Option<usize> {
        (0..self.pictures.len()).min_by_key(|at| (self.pictures[*at].0 - millis).abs())
    }

    /// What a stretch shows or says, in a few words: what is said first, then what is to be read, then tags.
    pub(super) fn caption(&self, span: TimeSpan) -> Option<String> {
        let of_channel = |channels: &[Channel], kind| {
            // Measured properties are tags of a kind, and name nothing.
            let is_telling = |said: &&Assertion| {
                said.kind == kind && (kind != AssertionKind::Tag || said.step == Step::Tags)
            };
            self.segments
                .iter()
                .filter(|s| channels.contains(&s.channel) && s.span.overlap_millis(span) > 0)
                .max_by_key(|segment| segment.span.overlap_millis(span))
                .and_then(|segment| segment.assertions.iter().find(is_telling))
                .map(|said| said.value.clone())
        };
        of_channel(
            &[Channel::Speech, Channel::Subtitle],
            AssertionKind::Transcript,
        )
        .or_else(|| of_channel(&[Channel::Shot], AssertionKind::Tag))
        .or_else(|| of_channel(&[Channel::ScreenText], AssertionKind::Text))
    }
}

fn first_frame_from(source: &Source, millis: i64) -> i64 {
    let frame = source.frame_at(millis);
    if source.millis_of(frame) < millis {
        frame + 1
    } else {
        frame
    }
}

/// Rates that cameras and edit suites have.
const RATES: [(i32, i32); 11] = [
    (24_000, 1001),
    (24, 1),
    (25, 1),
    (30_000, 1001),
    (30, 1),
    (48, 1),
    (50, 1),
    (60_000, 1001),
    (60, 1),
    (100, 1),
    (120, 1),
];

/// The rate that a measured one stands for: files tell the mean of their frames, which a last frame
/// of another length moves by some tenths of a thousandth.
pub(super) fn usual_rate(rate: Rational) -> Rational {
    let Some(measured) = rate.to_f64() else {
        return rate;
    };
    let off = |known: &Rational| {
        let exact = f64::from(known.num) / f64::from(known.den);
        (measured / exact - 1.0).abs()
    };
    RATES
        .map(|(num, den)| Rational::new(num, den))
        .into_iter()
        .min_by(|a, b| off(a).total_cmp(&off(b)))
        .filter(|known| off(known) < 0.001)
        .unwrap_or(rate)
}

/// What a reel keeps of an asset as a source; `None` where it can't be shown.
pub(super) fn source_of(record: &AssetRecord, reel_rate: Rational) -> Option<Source> {
    let media = record.media.as_ref()?;
    let video = media.main_video();
    let sound = media.main_audio().and_then(|stream| match &stream.detail {
        StreamDetail::Audio(audio) if audio.channels > 0 && audio.sample_rate_hz > 0 => {
            Some(SourceSound {
                channels: audio.channels,
                sample_rate_hz: audio.sample_rate_hz,
            })
        }
        _ => None,
    });
    let (kind, rate) = match media.kind {
        AssetKind::Video => (SourceKind::Video, usual_rate(video?.1.frame_rate)),
        AssetKind::Audio => (SourceKind::Audio, reel_rate),
        AssetKind::Image => (SourceKind::Image, reel_rate),
    };
    if !rate.is_known() || (kind == SourceKind::Audio && sound.is_none()) {
        return None;
    }
    let shown = video.filter(|_| kind != SourceKind::Audio);
    let name = record
        .locations
        .first()
        .and_then(|location| location.path.file_name());
    let mut source = Source {
        name: name?.to_string_lossy().into_owned(),
        kind,
        rate,
        is_variable_rate: kind == SourceKind::Video && video?.1.is_variable_rate,
        start_timecode: media
            .start_timecode
            .filter(|_| kind != SourceKind::Image)
            .map(|timecode| timecode.to_string()),
        frames: 0,
        width: shown.map(|(_, video)| video.display_width),
        height: shown.map(|(_, video)| video.display_height),
        sound: sound.filter(|_| kind != SourceKind::Image),
        reel_name: reel_name(media),
        recorded: media.created.clone(),
    };
    if kind != SourceKind::Image {
        let own = shown.and_then(|(stream, _)| stream.duration_millis);
        let duration = own.or(media.duration_millis)?;
        source.frames = source.frame_at(duration);
        if source.frames < 1 {
            return None;
        }
    }
    Some(source)
}

fn reel_name(media: &MediaInfo) -> Option<String> {
    const NAMES: [&str; 4] = ["reel_name", "reel", "tape", "com.apple.quicktime.reel"];
    let named = |name: &str| {
        let mut tags = media.tags.iter();
        tags.find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.trim().is_empty())
    };
    let (_, value) = NAMES.into_iter().find_map(named)?;
    Some(value.trim().to_owned())
}

/// Milliseconds since 1970, and whether the time of day is told. Local times are taken as they stand:
/// the files of one event are mostly of one zone.
fn recorded_millis(text: &str) -> Option<(i64, bool)> {
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Some((stamp.as_millisecond(), true));
    }
    let local = text.parse::<jiff::civil::DateTime>().ok()?;
    let stamp = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some((stamp.as_millisecond(), text.contains(':')))
}

/// The beginning by timecode, where it looks as if it ran freely: programmes begin at a round number.
fn running_timecode(source: &Source) -> Option<i64> {
    source.start_timecode.as_ref()?;
    let first = source.timecode_of(0)?;
    let millis = source.millis_of(first.frame_number);
    let text = first.to_string();
    let is_round = text.ends_with(":00") || text.ends_with(";00");
    (!is_round || millis / 1000 % 10 != 0).then_some(millis)
}

/// Spoken words, and lines whose words have no times and that are not told by words already. Where the
/// sound itself tells pauses, stretches of speech that nobody understood are no lines.
fn spoken(segments: &[Segment], is_heard: bool) -> (Vec<TimeSpan>, Vec<TimeSpan>) {
    let mut words: Vec<TimeSpan> = segments
        .iter()
        .filter(|segment| segment.channel == Channel::Speech)
        .flat_map(|segment| &segment.assertions)
        .flat_map(|said| &said.words)
        .map(|word| word.span)
        .collect();
    words.sort_unstable();
    words.dedup();
    let has_words = |span: TimeSpan| words.iter().any(|word| word.overlap_millis(span) > 0);
    let mut cues: Vec<TimeSpan> = segments
        .iter()
        .filter(|segment| matches!(segment.channel, Channel::Speech | Channel::Subtitle))
        .filter(|segment| {
            let mut said = segment.assertions.iter();
            said.any(|said| said.kind == AssertionKind::Transcript)
        })
        .map(|segment| segment.span)
        .filter(|span| !has_words(*span))
        .collect();
    let is_voice = |segment: &&Segment| {
        let mut said = segment.assertions.iter();
        !is_heard && segment.channel == Channel::Sound && said.any(|said| said.value == "speech")
    };
    for voice in segments.iter().filter(is_voice) {
        cues.extend(unheard(voice.span, &words));
    }
    cues.sort_unstable();
    cues.dedup();
    (words, cues)
}

/// The parts of a stretch of speech of which no word was understood, as among loud spectators; `words`
/// are in order.
fn unheard(voice: TimeSpan, words: &[TimeSpan]) -> Vec<TimeSpan> {
    /// A shorter part is a breath.
    const LEAST_MILLIS: i64 = 600;
    let mut parts = Vec::new();
    let mut from = voice.start_millis;
    for word in words.iter().filter(|word| word.overlap_millis(voice) > 0) {
        parts.push(TimeSpan::new(from, word.start_millis));
        from = from.max(word.end_millis);
    }
    parts.push(TimeSpan::new(from, voice.end_millis));
    parts.retain(|part| part.duration_millis() >= LEAST_MILLIS);
    parts
}

/// What is said, word by word with its beginning; in lines without times of words they are spread evenly.
fn said(segments: &[Segment]) -> Vec<(String, i64)> {
    let mut said: Vec<(String, i64)> = Vec::new();
    let has_speech = segments.iter().any(|s| s.channel == Channel::Speech);
    let channel = if has_speech {
        Channel::Speech
    } else {
        Channel::Subtitle
    };
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    for segment in segments.iter().filter(|s| s.channel == channel) {
        let mut assertions = segment.assertions.iter();
        let Some(line) = assertions.find(|said| said.kind == AssertionKind::Transcript) else {
            continue;
        };
        if line.words.is_empty() {
            let words: Vec<String> = line.value.split_whitespace().map(plain).collect();
            let count = words.len().max(1) as i64;
            let length = segment.span.duration_millis();
            said.extend(
                words
                    .into_iter()
                    .zip(0..)
                    .map(|(word, at)| (word, segment.span.start_millis + length * at / count)),
            );
        } else {
            let words = line.words.iter();
            said.extend(words.map(|word| (plain(&word.text), word.span.start_millis)));
        }
    }
    said.retain(|(word, _)| !word.is_empty());
    said
}
