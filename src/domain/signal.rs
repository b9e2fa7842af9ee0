//! Decoded pictures and sound, as models take them.

use serde::{Deserialize, Serialize};

/// The sample rate at which speech is heard; Whisper and Silero both take this one alone.
pub const SPEECH_SAMPLE_RATE_HZ: u32 = 16_000;

/// One picture as a viewer sees it: upright, square pixels, SDR, without alpha.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// sRGB, 8 bits a channel, three bytes a pixel, rows from the top without gaps.
    #[serde(skip)]
    pub rgb: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

/// A run of sound for speech models: mono, [`SPEECH_SAMPLE_RATE_HZ`], each value in -1 to 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Samples {
    /// Position of the first value in running time.
    pub start_millis: i64,
    /// The values.
    pub mono: Vec<f32>,
}
