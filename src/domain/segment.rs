//! Stretches of an asset on one channel.

use serde::{Deserialize, Serialize};

use super::{Assertion, Step, TimeSpan};

/// A segment's derived identity: a UUID v5 of asset, channel, span and ordinal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SegmentId(pub u128);

/// On which channel a segment was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The asset as a whole: measured tags, file metadata.
    Asset,
    /// One take of a camera between two transitions; a still is one shot.
    Shot,
    /// A cue of a subtitle file or stream.
    Subtitle,
    /// An utterance heard by a speech model.
    Speech,
    /// A run of the same text on screen.
    ScreenText,
    /// 15 to 30 seconds of subtitles or speech, or one run of on-screen text, for embedding.
    Passage,
    /// A stretch of sound with a name: silence, speech.
    Sound,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 7] = [
        Self::Asset,
        Self::Shot,
        Self::Subtitle,
        Self::Speech,
        Self::ScreenText,
        Self::Passage,
        Self::Sound,
    ];

    /// The name used in files and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Shot => "shot",
            Self::Subtitle => "subtitle",
            Self::Speech => "speech",
            Self::ScreenText => "screen_text",
            Self::Passage => "passage",
            Self::Sound => "sound",
        }
    }

    /// The channel of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// How a shot begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// The asset begins with it.
    Start,
    /// From one frame to the next.
    Cut,
    /// Out of black.
    Fade,
    /// One picture melts into the other.
    Dissolve,
}

/// A frame that stands for a shot, or for a part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Keyframe {
    /// Its time.
    pub at_millis: i64,
    /// Path of its thumbnail below the library; `None` where none was written.
    pub thumbnail: Option<String>,
    /// Why it is not embedded: `black`, `bars`, `slate`; `None` for a picture worth searching.
    pub label: Option<String>,
}

/// A stretch of an asset and what was said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// The step that made it; a repeated step replaces its segments.
    pub step: Step,
    /// Where it was observed.
    pub channel: Channel,
    /// Where it lies.
    pub span: TimeSpan,
    /// Position among the segments of its channel, from 0.
    pub ordinal: u32,
    /// How a shot begins; `None` on other channels.
    pub opening: Option<Transition>,
    /// Frames that stand for a shot; empty on other channels.
    pub keyframes: Vec<Keyframe>,
    /// What was said of it.
    pub assertions: Vec<Assertion>,
}

/// Text with a time, as a subtitle file or stream gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cue {
    /// When it is shown.
    pub span: TimeSpan,
    /// What is shown, without markup; lines are joined by `\n`.
    pub text: String,
}
