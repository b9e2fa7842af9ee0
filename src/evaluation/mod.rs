//! How well models do on the demo world, on scenes and sentences that training never saw.
//!
//! The figures compare models and guard against setbacks; of real footage they say nothing.

mod absent;
mod calibration;
mod pictures;
mod reels;
mod speech;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use calibration::{calibrate_passages, calibrate_pictures};
pub use pictures::{PictureFigures, measure_pictures};
pub use reels::{CutFigures, ReelFigures, ReelWorld, WayFigures, measure_reels};
pub use speech::{LanguageFigures, SpeechFigures, measure_speech};

/// What was measured; a task without a model is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// Pictures found by description.
    pub pictures: Option<PictureFigures>,
    /// Speech written down.
    pub speech: Option<SpeechFigures>,
}
