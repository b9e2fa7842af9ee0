//! What may be typed after `reeldex reel export` and `reeldex reel render`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::reel::NamedReel;
use crate::reel::{
    export::{Dialect, Format},
    render::{EncoderChoice, LoudnessTarget, Preset, ReelCodec, ReelFill, SubtitleStyle},
};

/// `reeldex reel export`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArguments {
    #[command(flatten)]
    pub(in crate::cli) reel: NamedReel,
    /// As what
    #[arg(long = "as", value_name = "FORMAT", value_parser = format, required = true, value_delimiter = ',')]
    pub(in crate::cli) formats: Vec<Format>,
    /// Hand over even what has changed since it was indexed
    #[arg(long)]
    pub(in crate::cli) accept_changed: bool,
    /// Compare the content of every source with what was indexed, which reads all of it
    #[arg(long)]
    pub(in crate::cli) check_content: bool,
    /// Which edit suite is to read it
    #[arg(
        long,
        value_name = "SUITE",
        default_value = "resolve",
        env = "REELDEX_DIALECT"
    )]
    pub(in crate::cli) dialect: DialectValue,
    /// Letters that a name of a tape may have in an edit decision list: 8 or 32
    #[arg(long, value_name = "N", default_value = "32", value_parser = ["8", "32"])]
    pub(in crate::cli) reel_names: String,
    /// Folder, or the file where it is one [default: here]
    #[arg(short, long, value_name = "PATH")]
    pub(in crate::cli) output: Option<PathBuf>,
}

/// Values of `--dialect`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum DialectValue {
    /// Avid Media Composer
    Avid,
    /// Adobe Premiere Pro
    Premiere,
    /// DaVinci Resolve
    Resolve,
}

impl From<DialectValue> for Dialect {
    fn from(value: DialectValue) -> Self {
        match value {
            DialectValue::Avid => Self::Avid,
            DialectValue::Premiere => Self::Premiere,
            DialectValue::Resolve => Self::Resolve,
        }
    }
}

/// `reeldex reel render`.
#[derive(Debug, Args)]
pub(in crate::cli) struct RenderArguments {
    #[command(flatten)]
    pub(in crate::cli) reel: NamedReel,
    /// The file; its ending is that of the codec: .mp4, or .mov for prores and dnxhr
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,
    /// h264, prores or dnxhr
    #[arg(
        long,
        value_name = "CODEC",
        default_value = "h264",
        env = "REELDEX_CODEC"
    )]
    pub(in crate::cli) codec: ReelCodec,
    /// Copy pictures as they are, and encode only what lies between a cut and the nearest keyframe
    #[arg(long)]
    pub(in crate::cli) copy: bool,
    /// Encoder of H.264: software, auto, nvenc, qsv, vaapi or videotoolbox
    #[arg(
        long,
        value_name = "ENCODER",
        default_value = "software",
        env = "REELDEX_ENCODER"
    )]
    pub(in crate::cli) encoder: EncoderChoice,
    /// What is beside pictures of another shape: letterbox or blur
    #[arg(
        long,
        value_name = "FILL",
        default_value = "letterbox",
        env = "REELDEX_FILL"
    )]
    pub(in crate::cli) fill: ReelFill,
    /// Loudness in LUFS: -23, -14, or off
    #[arg(
        long,
        value_name = "LUFS",
        default_value = "-23",
        allow_hyphen_values = true,
        env = "REELDEX_LOUDNESS"
    )]
    pub(in crate::cli) loudness: LoudnessTarget,
    /// Show the names of picks over the lower third
    #[arg(long)]
    pub(in crate::cli) lower_thirds: bool,
    /// How thoroughly x264 encodes: ultrafast, veryfast, fast, medium or slow
    #[arg(
        long,
        value_name = "PRESET",
        default_value = "veryfast",
        env = "REELDEX_PRESET"
    )]
    pub(in crate::cli) preset: Preset,
    /// Put a card with its name before every pick
    #[arg(long)]
    pub(in crate::cli) slates: bool,
    /// What is said: none, burnt or soft
    #[arg(
        long,
        value_name = "STYLE",
        default_value = "none",
        env = "REELDEX_SUBTITLES"
    )]
    pub(in crate::cli) subtitles: SubtitleStyle,
}

fn format(name: &str) -> Result<Format, String> {
    Format::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Format::ALL.into_iter().map(Format::name).collect();
        format!("one of {}", names.join(", "))
    })
}
