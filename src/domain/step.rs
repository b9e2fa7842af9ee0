//! The steps of the pipeline and what became of them for an asset.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One step of the pipeline, in the order in which an asset passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Container, streams, metadata.
    Probe,
    /// Shots, keyframes, thumbnails, and tags measured on them.
    Shots,
    /// Words in the picture.
    ScreenText,
    /// Vectors of keyframes.
    Picture,
    /// Vocabulary terms for shots.
    Tags,
    /// Loudness, silence, stretches of speech.
    Sound,
    /// Subtitle files and streams.
    Subtitles,
    /// Words heard.
    Speech,
    /// Vectors of passages.
    Passage,
}

impl Step {
    /// All steps, in order.
    pub const ALL: [Self; 9] = [
        Self::Probe,
        Self::Shots,
        Self::ScreenText,
        Self::Picture,
        Self::Tags,
        Self::Sound,
        Self::Subtitles,
        Self::Speech,
        Self::Passage,
    ];

    /// The name used in files, options and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Shots => "shots",
            Self::ScreenText => "screen_text",
            Self::Picture => "picture",
            Self::Tags => "tags",
            Self::Sound => "sound",
            Self::Subtitles => "subtitles",
            Self::Speech => "speech",
            Self::Passage => "passage",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no step has.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("no step is called `{0}`")]
pub struct ParseStepError(String);

impl FromStr for Step {
    type Err = ParseStepError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|step| step.name() == text)
            .ok_or_else(|| ParseStepError(text.to_owned()))
    }
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum StepOutcome {
    /// It ran; its results are in the catalogue.
    Done,
    /// It ran and failed; tried again on `retry`, or when the file changes.
    Failed {
        /// What went wrong, on what.
        reason: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// It had nothing to do or lacked what it needs; tried again when that is there.
    Skipped {
        /// Why, such as `no model` or `no audio`.
        reason: String,
    },
}

/// What became of one step for one asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Which step.
    pub step: Step,
    /// How it ended.
    pub outcome: StepOutcome,
    /// Model, version and settings that the result depends on; the step is stale when they change.
    pub version: String,
    /// How long it took.
    pub took_millis: u64,
}
