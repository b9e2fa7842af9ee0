//! What crosses the pipe between the program and its decode workers.

mod reel;

pub use reel::*;

use serde::{Deserialize, Serialize};

use crate::domain::{Cue, Picture, TimeSpan, Transition};

/// How deep shots are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShotDepth {
    /// Keyframes alone: fastest; boundaries lie on keyframes.
    Keyframes,
    /// Keyframes first, then the frames between two that differ: frame-accurate.
    #[default]
    Refined,
    /// Every frame: the reference.
    Full,
}

/// A request to find shots and the pictures that stand for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShotRequest {
    /// How deep to look.
    pub depth: ShotDepth,
    /// Pictures are scaled down until their longer side has at most this many pixels.
    pub max_side: u32,
    /// The stream to look at.
    pub stream_index: u32,
    /// Pictures with more pixels than this are refused.
    pub max_picture_pixels: u64,
}

/// What finding shots reports, in order of time; keyframes of a shot come before its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ShotEvent {
    /// A picture that stands for a shot or a part of it.
    Keyframe {
        /// Number of the shot, from 0.
        shot: u32,
        /// Running time of the frame.
        at_millis: i64,
        /// `black`, `bars` or `slate` for pictures not worth searching.
        label: Option<String>,
        /// The picture; its pixels follow as the message's payload.
        picture: Picture,
        /// What was measured on it.
        measures: FrameMeasures,
    },
    /// A shot is complete.
    ShotEnded {
        /// Number of the shot, from 0.
        shot: u32,
        /// Where it lies.
        span: TimeSpan,
        /// How it began.
        opening: Transition,
        /// What was measured over it.
        measures: ShotMeasures,
    },
    /// Nothing to tell but that work goes on.
    Progress {
        /// Running time reached.
        at_millis: i64,
    },
}

/// What can be measured on one picture without a model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FrameMeasures {
    /// Mean brightness, 0 to 1.
    pub mean_luma: f32,
    /// Mean saturation, 0 to 1; below about 0.04 it is black and white.
    pub saturation: f32,
    /// Named colours with their share of the picture, 0 to 1, largest first, at least 0.1 each.
    pub dominant_colours: Vec<(String, f32)>,
    /// Whether a cheap test sees edges such as letters have.
    pub may_hold_text: bool,
}

/// What can be measured over one shot without a model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ShotMeasures {
    /// Mean difference between frames a second apart, 0 to 1; `None` where too few were decoded.
    pub motion: Option<f32>,
    /// Whether the camera stands still; `None` where it can't be told.
    pub is_still: Option<bool>,
}

/// How finding shots ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ShotSummary {
    /// Shots found.
    pub shots: u32,
    /// Pictures sent.
    pub keyframes: u32,
    /// Frames decoded to find them.
    pub frames_decoded: u64,
    /// Running time as seen, in milliseconds.
    pub duration_millis: i64,
    /// Why the file ended before its time, when it did.
    pub truncated: Option<String>,
}

/// How reading a sound stream ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AudioSummary {
    /// Samples sent, at 16 kHz.
    pub samples: u64,
    /// Integrated loudness after EBU R128, in LUFS; `None` for silence.
    pub loudness_lufs: Option<f64>,
    /// Loudness range after EBU Tech 3342, in LU.
    pub loudness_range_lu: Option<f64>,
    /// Highest true peak, in dBTP.
    pub true_peak_dbtp: Option<f64>,
    /// Stretches of at least 2 s below -60 dBFS.
    pub silences: Vec<TimeSpan>,
    /// Why the stream ended before its time, when it did.
    pub truncated: Option<String>,
}

/// A subtitle file, read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubtitleFile {
    /// Its cues in order of time.
    pub cues: Vec<Cue>,
    /// The character set it was written in, such as `windows-1252`.
    pub character_set: String,
    /// `srt`, `vtt`, `ttml`, `ass` or `sbv`.
    pub format: String,
}

/// A request to render a stretch of a file so that any browser plays it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipRequest {
    /// The stretch, in running time.
    pub span: TimeSpan,
    /// What it is wrapped in.
    pub container: ClipContainer,
    /// Pictures are scaled down until their longer side has at most this many pixels.
    pub max_side: u32,
    /// Pictures with more pixels than this are refused.
    pub max_picture_pixels: u64,
}

/// What rendered clips are wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClipContainer {
    /// MP4 in fragments, its time from 0: it plays while it is being made.
    Mp4,
    /// One piece of many: MPEG transport stream that keeps the source's running time, sound cut on a
    /// grid that all pieces share, so that they play on without a seam.
    TransportStream,
}

/// How rendering a clip ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ClipSummary {
    /// Pictures in it.
    pub pictures: u64,
    /// Samples of sound in it, at 48 kHz.
    pub samples: u64,
    /// What could not be rendered, when something could not.
    pub lacking: Option<String>,
}

/// A request for the picture that is on show at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameRequest {
    /// The time, in running time.
    pub at_millis: i64,
    /// The picture is scaled down until its longer side has at most this many pixels.
    pub max_side: u32,
    /// Pictures with more pixels than this are refused.
    pub max_picture_pixels: u64,
}

/// A request for small pictures of a whole film.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoryboardRequest {
    /// Width of each, in pixels.
    pub tile_width: u32,
    /// How many at most.
    pub most_tiles: u32,
    /// Pictures with more pixels than this are refused.
    pub max_picture_pixels: u64,
}

/// How the tiles of a storyboard lie on its sheet, and when each is on show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storyboard {
    /// Tiles in a row.
    pub columns: u32,
    /// Rows.
    pub rows: u32,
    /// Pixels.
    pub tile_width: u32,
    /// Pixels.
    pub tile_height: u32,
    /// Running time of each tile in milliseconds, row by row.
    pub tiles: Vec<i64>,
}

/// How loud a file is over its running time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loudness {
    /// Length of a step.
    pub step_millis: i64,
    /// Mean level of each step, in dB below a full-scale square wave; -100 is silence.
    pub levels_db: Vec<f32>,
}
