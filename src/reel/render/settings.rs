//! How a reel is rendered, as people choose it.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::media::protocol::{ReelCodec, ReelFill};

/// How a reel is rendered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RenderSettings {
    /// How pictures are encoded.
    pub codec: ReelCodec,
    /// What is beside pictures of another shape.
    pub fill: ReelFill,
    /// How loud the result is.
    pub loudness: LoudnessTarget,
    /// What becomes of what is said.
    pub subtitles: SubtitleStyle,
    /// Whether a card with its name and source comes before every pick, for two seconds. Picks then
    /// begin with a cut.
    pub slates: bool,
    /// Whether picks without a line of their own show their name over the lower third. Lines that
    /// picks have are shown in any case.
    pub lower_thirds: bool,
    /// Which encoder of H.264 is used.
    pub encoder: EncoderChoice,
    /// How thoroughly x264 encodes.
    pub preset: Preset,
    /// Whether pictures are copied as they are, and only what lies between a cut and the nearest
    /// keyframe is encoded.
    pub copy: bool,
}

/// How loud a rendered reel is: integrated loudness after EBU R128, true peak below -1 dBTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum LoudnessTarget {
    /// -23 LUFS, as broadcasters want it.
    #[default]
    #[serde(rename = "-23")]
    Broadcast,
    /// -14 LUFS, as the web wants it.
    #[serde(rename = "-14")]
    Web,
    /// As it is.
    #[serde(rename = "off")]
    Off,
}

impl LoudnessTarget {
    /// The loudness in LUFS; `None` for as it is.
    pub fn lufs(self) -> Option<f64> {
        match self {
            Self::Broadcast => Some(-23.0),
            Self::Web => Some(-14.0),
            Self::Off => None,
        }
    }
}

/// What becomes of what is said in a reel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubtitleStyle {
    /// No subtitles.
    #[default]
    None,
    /// Written over the pictures.
    Burnt,
    /// A stream of text that players may show.
    Soft,
}

/// Which encoder of H.264 is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EncoderChoice {
    /// A hardware encoder that starts on this machine, else x264.
    Auto,
    /// x264.
    #[default]
    Software,
    /// NVIDIA NVENC.
    Nvenc,
    /// Intel Quick Sync.
    Qsv,
    /// VA-API, on Linux.
    Vaapi,
    /// Apple VideoToolbox.
    VideoToolbox,
}

/// A preset of x264: slower is smaller, not better to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// The fastest; for trials.
    Ultrafast,
    /// Twice as fast as `medium`, a tenth larger.
    #[default]
    Veryfast,
    /// Between the two.
    Fast,
    /// x264's own choice.
    Medium,
    /// For the last version.
    Slow,
}

impl Preset {
    /// x264's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ultrafast => "ultrafast",
            Self::Veryfast => "veryfast",
            Self::Fast => "fast",
            Self::Medium => "medium",
            Self::Slow => "slow",
        }
    }
}

/// Reads a setting by the name that it has in JSON, for the command line.
macro_rules! by_name {
    ($($kind:ty),+) => {$(
        impl FromStr for $kind {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                serde_json::from_value(serde_json::Value::from(text)).map_err(|error| error.to_string())
            }
        }
    )+};
}

by_name!(
    ReelCodec,
    ReelFill,
    LoudnessTarget,
    SubtitleStyle,
    EncoderChoice,
    Preset
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_by_their_names() {
        assert_eq!("prores".parse(), Ok(ReelCodec::ProRes));
        assert_eq!("dnxhr".parse(), Ok(ReelCodec::DnxHr));
        assert_eq!("-14".parse(), Ok(LoudnessTarget::Web));
        assert_eq!("burnt".parse(), Ok(SubtitleStyle::Burnt));
        assert_eq!("nvenc".parse(), Ok(EncoderChoice::Nvenc));
        let refused = "h265".parse::<ReelCodec>().unwrap_err();
        assert!(refused.contains("h264"), "{refused}");
        let read: RenderSettings =
            serde_json::from_str(r#"{"codec": "dnxhr", "fill": "blur", "slates": true}"#).unwrap();
        assert_eq!(
            (read.codec, read.fill, read.slates),
            (ReelCodec::DnxHr, ReelFill::Blur, true)
        );
    }
}
