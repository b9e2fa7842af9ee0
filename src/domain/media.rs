//! What a file says of itself: container, streams and descriptive metadata.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AssetKind, Rational, TimeSpan, Timecode};

/// Everything a probe learns of a file without decoding it through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaInfo {
    /// What it is to its viewer.
    pub kind: AssetKind,
    /// FFmpeg's short name of the container, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    pub container: String,
    /// Running time; `None` for stills and where neither header nor packets tell.
    pub duration_millis: Option<i64>,
    /// Streams in file order.
    pub streams: Vec<StreamInfo>,
    /// Chapters in order of time.
    pub chapters: Vec<Chapter>,
    /// Address of the first frame, from the container or its timecode track.
    pub start_timecode: Option<Timecode>,
    /// When it was recorded, RFC 3339; an offset only where the file gives one.
    pub created: Option<String>,
    /// Descriptive metadata by name: container tags as they are, EXIF as `exif:Name`,
    /// IPTC as `iptc:Name`, XMP as `xmp:prefix:Name`.
    pub tags: BTreeMap<String, String>,
    /// What is wrong with the file without making it useless.
    pub warnings: Vec<String>,
}

impl MediaInfo {
    /// The stream whose pictures stand for the asset: the default one, else the first.
    pub fn main_video(&self) -> Option<(&StreamInfo, &VideoStream)> {
        let mut found = None;
        for stream in &self.streams {
            if let StreamDetail::Video(video) = &stream.detail {
                if stream.is_default {
                    return Some((stream, video));
                }
                found = found.or(Some((stream, video)));
            }
        }
        found
    }

    /// The stream whose sound is listened to: the default one, else the first.
    pub fn main_audio(&self) -> Option<&StreamInfo> {
        let mut audio = self
            .streams
            .iter()
            .filter(|stream| matches!(stream.detail, StreamDetail::Audio(_)));
        let first = audio.clone().next();
        audio.find(|stream| stream.is_default).or(first)
    }

    /// Streams of timed text.
    pub fn subtitle_streams(&self) -> impl Iterator<Item = &StreamInfo> {
        self.streams
            .iter()
            .filter(|stream| matches!(stream.detail, StreamDetail::Subtitle { is_text: true }))
    }
}

/// One stream of a container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamInfo {
    /// Position in the container, from 0.
    pub index: u32,
    /// FFmpeg's codec name, such as `h264`.
    pub codec: String,
    /// Language as tagged, usually ISO 639-2; `und` counts as none.
    pub language: Option<String>,
    /// Whether the container marks it as the one to play.
    pub is_default: bool,
    /// Its own running time where the container tells.
    pub duration_millis: Option<i64>,
    /// What kind of stream it is.
    pub detail: StreamDetail,
}

/// What is particular to a kind of stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamDetail {
    /// Moving pictures, or the one picture of a still.
    Video(VideoStream),
    /// Sound.
    Audio(AudioStream),
    /// Timed text, or timed bitmaps when `is_text` is false.
    Subtitle {
        /// Whether it can be read as text.
        is_text: bool,
    },
    /// An attached cover picture; not video.
    Cover,
    /// Data, attachments, timecode tracks.
    Other,
}

/// A stream of pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoStream {
    /// Stored width in pixels.
    pub width: u32,
    /// Stored height in pixels.
    pub height: u32,
    /// Width in square pixels after rotation.
    pub display_width: u32,
    /// Height in square pixels after rotation.
    pub display_height: u32,
    /// Clockwise turn that makes it upright: 0, 90, 180 or 270.
    pub rotation_degrees: u16,
    /// Average frames per second.
    pub frame_rate: Rational,
    /// Whether frames are unevenly spaced, as far as the container tells.
    pub is_variable_rate: bool,
    /// Order of fields.
    pub field_order: FieldOrder,
    /// FFmpeg's pixel format name, such as `yuv420p`.
    pub pixel_format: String,
    /// Brightness range.
    pub dynamic_range: DynamicRange,
    /// Whether it carries transparency.
    pub has_alpha: bool,
}

/// A stream of sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioStream {
    /// Samples per second and channel.
    pub sample_rate_hz: u32,
    /// Channels.
    pub channels: u16,
}

/// Whether a picture's lines were taken at one time or at two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldOrder {
    /// All lines at once, or not told.
    Progressive,
    /// Two fields a frame.
    Interlaced,
}

/// Brightness range by transfer function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DynamicRange {
    /// Standard.
    Sdr,
    /// SMPTE ST 2084.
    Pq,
    /// ARIB STD-B67, hybrid log-gamma.
    Hlg,
}

/// A named stretch that the container declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// Where it lies.
    pub span: TimeSpan,
    /// Its name; empty when it has none.
    pub title: String,
}
