//! What a file says of itself: container, streams, tags, chapters and timecode, without decoding it through.

use std::collections::BTreeMap;
use std::path::Path;

use ffmpeg_next::ffi;

use crate::domain::{
    AssetKind, AudioStream, Chapter, DynamicRange, FieldOrder, MediaInfo, Rational, StreamDetail,
    StreamInfo, TimeSpan, Timecode, VideoStream,
};
use crate::media::MediaError;

use super::dictionary::{tag, tags, text};
use super::orientation;
use super::source::{Read, Source, StreamView, rescale};

/// Frame rates that files mean when they write something close to them.
const STANDARD_RATES: [Rational; 4] = [
    Rational::new(24_000, 1001),
    Rational::new(30_000, 1001),
    Rational::new(60_000, 1001),
    Rational::new(120_000, 1001),
];

/// Reads what the file at `path` says of itself.
///
/// # Errors
/// `Unreadable`; `NotMedia` when its content is no sound, picture or video; `Corrupt` when its
/// kind is certain but its header is broken.
pub fn probe(path: &Path) -> Result<MediaInfo, MediaError> {
    let mut source = Source::open(path)?;
    let quarter_turns = if source.is_still_format() {
        orientation::of_still(path)
    } else {
        None
    };
    let mut warnings = Vec::new();
    let has_pictures = source.streams().any(|stream| stream.is_pictures());
    let is_image =
        has_pictures && (source.is_still_format() || is_single_animation_frame(&mut source));
    let streams: Vec<StreamInfo> = source
        .streams()
        .map(|stream| stream_info(&stream, is_image, quarter_turns))
        .collect();
    let duration_millis = match source.header_duration_millis() {
        _ if is_image => None,
        None => {
            warnings.push("its header does not tell how long it is".to_owned());
            seen_duration_millis(path)
        }
        known => known,
    };
    // SAFETY: the context lives as long as `source`.
    let container_tags = unsafe { tags((*source.context()).metadata) };
    let frame_rate = streams.iter().find_map(|stream| match &stream.detail {
        StreamDetail::Video(video) => Some(video.frame_rate),
        _ => None,
    });
    let mut tags = BTreeMap::new();
    for (name, value) in &container_tags {
        tags.insert(name.clone(), value.clone());
    }
    for stream in source.streams() {
        if let Some(title) = stream.tag(c"title") {
            tags.insert(format!("stream:{}:title", stream.stream.index), title);
        }
    }
    let start_timecode = start_timecode(&source, &container_tags, frame_rate);
    Ok(MediaInfo {
        kind: match (has_pictures, is_image) {
            (true, true) => AssetKind::Image,
            (true, false) => AssetKind::Video,
            (false, _) => AssetKind::Audio,
        },
        container: source.container(),
        duration_millis,
        streams,
        chapters: chapters(&source),
        start_timecode,
        created: created(&container_tags),
        tags,
        warnings,
    })
}

fn stream_info(
    stream: &StreamView<'_>,
    is_image: bool,
    quarter_turns: Option<orientation::Orientation>,
) -> StreamInfo {
    let parameters = stream.parameters();
    let detail = if stream.is_pictures() {
        StreamDetail::Video(video_stream(stream, quarter_turns))
    } else if stream.is_cover() {
        StreamDetail::Cover
    } else {
        match parameters.codec_type {
            ffi::AVMediaType::AVMEDIA_TYPE_AUDIO if stream.is_sound() => {
                StreamDetail::Audio(AudioStream {
                    sample_rate_hz: parameters.sample_rate.unsigned_abs(),
                    channels: u16::try_from(parameters.ch_layout.nb_channels).unwrap_or(u16::MAX),
                })
            }
            ffi::AVMediaType::AVMEDIA_TYPE_SUBTITLE => StreamDetail::Subtitle {
                is_text: is_text(parameters.codec_id),
            },
            _ => StreamDetail::Other,
        }
    };
    let base = stream.time_base();
    let duration_millis = (stream.stream.duration > 0 && !is_image)
        .then(|| base.ticks_to_millis(stream.stream.duration))
        .flatten();
    StreamInfo {
        index: stream.stream.index.unsigned_abs(),
        codec: stream.codec_name(),
        language: stream
            .tag(c"language")
            .filter(|language| !language.is_empty() && language != "und"),
        is_default: stream.is_default(),
        duration_millis,
        detail,
    }
}

pub(super) fn video_stream(
    stream: &StreamView<'_>,
    still: Option<orientation::Orientation>,
) -> VideoStream {
    let parameters = stream.parameters();
    let (width, height) = (
        parameters.width.unsigned_abs(),
        parameters.height.unsigned_abs(),
    );
    let orientation = still.unwrap_or_else(|| orientation::of_stream(stream));
    let (display_width, display_height) =
        orientation::display_size(width, height, stream.sample_aspect(), orientation);
    let average = stream.stream.avg_frame_rate;
    let base = stream.stream.r_frame_rate;
    let (average, base) = (
        Rational::new(average.num, average.den),
        Rational::new(base.num, base.den),
    );
    // A base rate of twice the average is how field-coded video shows itself.
    let is_variable_rate = match (average.to_f64(), base.to_f64()) {
        (Some(average), Some(base)) => {
            let ratio = base / average;
            (ratio - 1.0).abs() > 0.01 && (ratio - 2.0).abs() > 0.02
        }
        _ => false,
    };
    let frame_rate = if average.is_known() { average } else { base };
    // SAFETY: a descriptor is a static or null; any format number may be asked for.
    let (pixel_format, has_alpha_plane) = unsafe {
        let format = pixel_format(parameters.format);
        let descriptor = ffi::av_pix_fmt_desc_get(format);
        match descriptor.as_ref() {
            Some(descriptor) => (
                text(descriptor.name),
                descriptor.flags & u64::from(ffi::AV_PIX_FMT_FLAG_ALPHA as u32) != 0,
            ),
            None => ("unknown".to_owned(), false),
        }
    };
    VideoStream {
        width,
        height,
        display_width,
        display_height,
        rotation_degrees: orientation.clockwise_degrees,
        frame_rate: standard_rate(frame_rate),
        is_variable_rate,
        field_order: match parameters.field_order {
            ffi::AVFieldOrder::AV_FIELD_UNKNOWN | ffi::AVFieldOrder::AV_FIELD_PROGRESSIVE => {
                FieldOrder::Progressive
            }
            _ => FieldOrder::Interlaced,
        },
        pixel_format,
        dynamic_range: match parameters.color_trc {
            ffi::AVColorTransferCharacteristic::AVCOL_TRC_SMPTE2084 => DynamicRange::Pq,
            ffi::AVColorTransferCharacteristic::AVCOL_TRC_ARIB_STD_B67 => DynamicRange::Hlg,
            _ => DynamicRange::Sdr,
        },
        has_alpha: has_alpha_plane || stream.tag(c"alpha_mode").as_deref() == Some("1"),
    }
}

/// The pixel format of a number as it stands in codec parameters.
pub(super) fn pixel_format(number: i32) -> ffi::AVPixelFormat {
    if (0..ffi::AVPixelFormat::AV_PIX_FMT_NB as i32).contains(&number) {
        // SAFETY: the enum has a variant for every number below NB in the FFmpeg it was made from.
        unsafe { std::mem::transmute::<i32, ffi::AVPixelFormat>(number) }
    } else {
        ffi::AVPixelFormat::AV_PIX_FMT_NONE
    }
}

pub(super) fn is_text(codec: ffi::AVCodecID) -> bool {
    // SAFETY: a descriptor is a static or null.
    unsafe { ffi::avcodec_descriptor_get(codec).as_ref() }
        .is_some_and(|descriptor| descriptor.props & ffi::AV_CODEC_PROP_TEXT_SUB != 0)
}

/// Rates within a thousandth of a percent of an NTSC rate are that rate: drop-frame counting needs it exact.
pub(super) fn standard_rate(rate: Rational) -> Rational {
    let Some(value) = rate.to_f64() else {
        return Rational::new(0, 0);
    };
    STANDARD_RATES
        .into_iter()
        .find(|standard| {
            standard
                .to_f64()
                .is_some_and(|exact| (value / exact - 1.0).abs() < 2e-4)
        })
        .unwrap_or(rate)
}

/// Whether an animation format holds one frame alone.
pub(super) fn is_single_animation_frame(source: &mut Source) -> bool {
    if !source.is_animation() {
        return false;
    }
    let mut frames = 0;
    while let Read::Packet(_) = source.read() {
        frames += 1;
        if frames > 1 {
            return false;
        }
    }
    true
}

/// The end of the last packet, found by reading the file through without decoding.
fn seen_duration_millis(path: &Path) -> Option<i64> {
    let mut source = Source::open(path).ok()?;
    let origin = source.origin_micros();
    let mut end = None;
    loop {
        match source.read() {
            Read::Packet(packet) => {
                let base = source
                    .stream(packet.stream() as u32)
                    .map(|stream| stream.time_base());
                let last = packet
                    .pts()
                    .or(packet.dts())
                    .map(|ticks| ticks + packet.duration().max(0));
                if let (Some(base), Some(last)) = (base, last) {
                    end = end.max(Some(rescale(last, base.num, base.den, 1, 1_000_000)));
                }
            }
            Read::Broken => {}
            Read::End(_) => return end.map(|end| (end - origin + 500).max(0) / 1000),
        }
    }
}

fn chapters(source: &Source) -> Vec<Chapter> {
    let origin = source.origin_micros();
    // SAFETY: `nb_chapters` pointers lie at `chapters` as long as the context lives.
    unsafe {
        let context = &*source.context();
        let mut found: Vec<Chapter> = (0..context.nb_chapters as usize)
            .map(|index| {
                let chapter = &**context.chapters.add(index);
                let base = chapter.time_base;
                let millis = |ticks| {
                    (rescale(ticks, base.num, base.den, 1, 1_000_000) - origin + 500).max(0) / 1000
                };
                let title = tag(chapter.metadata, c"title").unwrap_or_default();
                Chapter {
                    span: TimeSpan::new(millis(chapter.start), millis(chapter.end)),
                    title,
                }
            })
            .collect();
        found.sort_by_key(|chapter| chapter.span);
        found
    }
}

fn start_timecode(
    source: &Source,
    tags: &[(String, String)],
    frame_rate: Option<Rational>,
) -> Option<Timecode> {
    let rate = frame_rate?;
    let in_container = tags
        .iter()
        .find(|(name, _)| name == "timecode")
        .map(|(_, value)| value.clone());
    let text =
        in_container.or_else(|| source.streams().find_map(|stream| stream.tag(c"timecode")))?;
    Timecode::parse(&text, rate).ok()
}

/// RFC 3339 out of the tags that say when the file was recorded.
fn created(tags: &[(String, String)]) -> Option<String> {
    let find = |wanted: &str| {
        tags.iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.trim())
    };
    // Apple's own tag knows the time zone; the container's is UTC, and zero where it was not set.
    find("com.apple.quicktime.creationdate")
        .and_then(rfc3339)
        .or_else(|| find("creation_time").and_then(rfc3339))
        .filter(|text| !text.starts_with("1904-") && !text.starts_with("1970-01-01T00:00:00"))
}

/// `2020-01-02T03:04:05+0100` and its relations as RFC 3339; `None` for other forms.
fn rfc3339(text: &str) -> Option<String> {
    let (date, rest) = (text.get(..10)?, text.get(11..)?);
    if !matches!(text.as_bytes().get(10), Some(b'T' | b' ')) || rest.len() < 8 {
        return None;
    }
    let (clock, zone) = match rest.find(['Z', '+', '-']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let clock = clock.trim_end_matches('0').trim_end_matches('.');
    let clock = if clock.len() < 8 {
        rest.get(..8)?
    } else {
        clock
    };
    let zone = match zone.len() {
        5 if zone.is_ascii() => format!("{}:{}", &zone[..3], &zone[3..]),
        _ => zone.to_owned(),
    };
    Some(format!("{date}T{clock}{zone}"))
}
