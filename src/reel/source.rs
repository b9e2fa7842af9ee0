//! What a reel knows of a source, and the exact way between its frames and its running time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Rational, Timecode};

/// A source as it was when it was picked from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its file's name, without folders.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// Frames per second; of sound and stills that of the reel.
    #[schemars(with = "Ratio")]
    pub rate: Rational,
    /// Whether its frames are unevenly spaced: frame numbers then count an even grid of `rate`.
    pub is_variable_rate: bool,
    /// Timecode of its first frame; absent where the file has none, which counts from zero.
    pub start_timecode: Option<String>,
    /// How many frames it has at `rate`; 0 for stills, which last as long as is wanted.
    #[schemars(range(min = 0))]
    pub frames: i64,
    /// Width as shown, in pixels; absent for sound.
    pub width: Option<u32>,
    /// Height as shown, in pixels; absent for sound.
    pub height: Option<u32>,
    /// Its sound; absent for a silent film and for stills.
    pub sound: Option<SourceSound>,
    /// The name of its tape or card, where the file tells it.
    pub reel_name: Option<String>,
    /// When it was recorded, RFC 3339, where the file tells it.
    pub recorded: Option<String>,
}

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Moving pictures, with or without sound.
    Video,
    /// Sound alone.
    Audio,
    /// One still picture.
    Image,
}

/// The sound of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSound {
    /// Channels.
    #[schemars(range(min = 1))]
    pub channels: u16,
    /// Samples per second and channel.
    #[schemars(range(min = 1))]
    pub sample_rate_hz: u32,
}

/// An exact ratio, such as 30000/1001.
#[derive(JsonSchema)]
#[allow(
    dead_code,
    reason = "only its schema is used, in the place of `Rational`"
)]
pub(super) struct Ratio {
    /// Numerator.
    #[schemars(range(min = 1))]
    num: i32,
    /// Denominator.
    #[schemars(range(min = 1))]
    den: i32,
}

impl Source {
    /// The time at which a frame begins, rounded to the nearest millisecond.
    pub fn millis_of(&self, frame: i64) -> i64 {
        scale(frame, i128::from(self.rate.den) * 1000, self.rate.num)
    }

    /// The frame whose beginning lies nearest to a time.
    pub fn frame_at(&self, millis: i64) -> i64 {
        scale(
            millis,
            i128::from(self.rate.num),
            self.rate.den.saturating_mul(1000),
        )
    }

    /// The address of a frame: the source's own timecode, else counted from zero.
    pub fn timecode_of(&self, frame: i64) -> Option<Timecode> {
        let own = self
            .start_timecode
            .as_deref()
            .and_then(|text| Timecode::parse(text, self.rate).ok());
        let first = Timecode::of_first_frame(own, Some(self.rate))?;
        Some(Timecode {
            frame_number: first.frame_number + frame,
            ..first
        })
    }
}

/// `value * num / den`, rounded to the nearest, halves up.
pub(super) fn scale(value: i64, num: i128, den: i32) -> i64 {
    let den = i128::from(den.max(1));
    ((i128::from(value) * num * 2 + den).div_euclid(den * 2)) as i64
}
