//! What is asked of a worker that renders a reel, part by part, and joins the parts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Cue, Rational};

/// Samples a second and channel of a reel's sound.
pub const REEL_SAMPLE_RATE_HZ: i64 = 48_000;

/// How pictures of a rendered reel are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReelCodec {
    /// H.264 with AAC, in MP4: plays everywhere.
    #[default]
    H264,
    /// Apple ProRes 422 HQ with PCM, in QuickTime.
    ProRes,
    /// Avid DNxHR HQ with PCM, in QuickTime.
    DnxHr,
}

impl ReelCodec {
    /// The ending of its files, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::H264 => "mp4",
            Self::ProRes | Self::DnxHr => "mov",
        }
    }
}

/// What fills the frame beside a picture of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReelFill {
    /// Black.
    #[default]
    Letterbox,
    /// The picture itself, enlarged and blurred.
    Blur,
}

/// The form that all parts of a reel share, so that they can be joined as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReelForm {
    /// How pictures are encoded.
    pub codec: ReelCodec,
    /// FFmpeg's name of the encoder.
    pub encoder: String,
    /// How thoroughly H.264 is encoded: a preset of x264.
    pub preset: String,
    /// Pictures a second.
    pub rate: Rational,
    /// Pixels in a row, even.
    pub width: u32,
    /// Rows, even.
    pub height: u32,
    /// What is beside pictures of another shape.
    pub fill: ReelFill,
    /// Where parts of it are copied from their source: the number of the parameter sets of what is
    /// encoded beside them, which differs from the source's.
    pub parameter_set: Option<u8>,
    /// Threads of the encoder.
    pub threads: u32,
    /// Pictures with more pixels than this are refused.
    pub max_picture_pixels: u64,
}

/// A stretch of a reel that is rendered by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReelPart {
    /// The form of the whole reel.
    pub form: ReelForm,
    /// Pictures in it.
    pub pictures: i64,
    /// Samples in it, at [`REEL_SAMPLE_RATE_HZ`].
    pub samples: i64,
    /// Samples that are added before and after it, for the crossfade to its neighbours.
    pub margin_samples: i64,
    /// What is shown; of two, the first melts into the second from beginning to end.
    pub layers: Vec<ReelLayer>,
    /// What is written over the picture.
    pub letters: Vec<ReelLetters>,
}

/// A pick, or another thing that is shown, from the place on at which the part begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReelLayer {
    /// What is shown.
    pub content: ReelContent,
    /// How many pictures of it are shown before this part.
    pub first_picture: i64,
    /// How many of it are shown in the whole reel.
    pub pictures: i64,
    /// How many samples of it are heard before this part.
    pub first_sample: i64,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ReelContent {
    /// Moving pictures with their sound.
    Film {
        /// The file.
        path: Vec<u8>,
        /// Its frames a second.
        rate: Rational,
        /// Whether they are unevenly spaced: `first_frame` then counts an even grid.
        is_variable_rate: bool,
        /// Its first frame that is shown.
        first_frame: i64,
        /// The first frame after it.
        end_frame: i64,
        /// How many times as long it is shown.
        slowness: u32,
        /// Where it is slowed: whether motion in between is estimated; else neighbours are mixed.
        is_interpolated: bool,
    },
    /// Moving pictures as they are encoded in their source, from a keyframe on that no other frame
    /// reaches across; its sound is decoded.
    Copied {
        /// The file.
        path: Vec<u8>,
        /// Its frames a second.
        rate: Rational,
        /// Its first frame that is shown; with it, how many are shown before the part.
        first_frame: i64,
    },
    /// Sound alone, with a card for the eye.
    Sound {
        /// The file.
        path: Vec<u8>,
        /// What its frames are counted by.
        rate: Rational,
        /// Its first frame that is heard.
        first_frame: i64,
        /// What stands on the card.
        lines: Vec<String>,
    },
    /// One picture, slowly come closer to.
    Still {
        /// The file.
        path: Vec<u8>,
    },
    /// A card with some lines, silent.
    Card {
        /// What stands on it.
        lines: Vec<String>,
    },
    /// Black and silent: it stands for what can't be decoded.
    Nothing,
}

/// A text over the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReelLetters {
    /// The first picture of the part that it lies over.
    pub from: i64,
    /// The first picture after it.
    pub to: i64,
    /// Where and how it is written.
    pub place: ReelPlace,
    /// The text; lines are parted by `\n`.
    pub text: String,
}

/// Where a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReelPlace {
    /// On a bar at the lower left; it comes and goes softly.
    LowerThird,
    /// Centred at the bottom, as subtitles are.
    Subtitle,
}

/// How rendering a part ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ReelPartSummary {
    /// What could not be shown as it was meant, for people to read.
    pub warnings: Vec<String>,
}

/// A request to join parts to a reel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReelJoin {
    /// The form of all parts.
    pub form: ReelForm,
    /// The files that parts were written to, in order.
    pub parts: Vec<Vec<u8>>,
    /// What people call it.
    pub title: String,
    /// Timecode of its first picture, for QuickTime.
    pub timecode: Option<String>,
    /// One a moment, in order.
    pub chapters: Vec<ReelChapter>,
    /// Subtitles that players may show, in the reel's time; none where empty.
    pub cues: Vec<Cue>,
    /// The loudness to bring it to, in LUFS; as it is where absent.
    pub loudness_lufs: Option<f64>,
}

/// A chapter of a reel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReelChapter {
    /// Its first picture.
    pub from: i64,
    /// The first picture after it.
    pub to: i64,
    /// Its name.
    pub name: String,
}

/// How joining ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ReelJoinSummary {
    /// Pictures in the reel.
    pub pictures: i64,
    /// Samples in it.
    pub samples: i64,
    /// Integrated loudness of the parts as they were, in LUFS; absent for silence.
    pub measured_lufs: Option<f64>,
    /// What the sound was raised by, in dB.
    pub gain_db: f64,
    /// Integrated loudness as it was encoded, in LUFS; absent for silence, and where it was left as it is.
    pub loudness_lufs: Option<f64>,
}

/// What of a stretch of a source can be copied.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReelCopyPlan {
    /// The first frame that can, counted from the source's first; `end_frame` where none can.
    pub first_frame: i64,
    /// The first frame after it.
    pub end_frame: i64,
    /// The parameter sets that its pictures are decoded with, to be compared.
    pub parameters: Vec<Vec<u8>>,
    /// A number that none of these parameter sets has.
    pub free_parameter_set: u8,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}
