//! Frames and samples in, text and vectors out; models are read from disk and never fetched unasked.

mod bundled;
pub mod calibration;
pub mod catalogue;
mod error;
pub mod fetch;
mod import;
pub mod installed;
pub mod language;
mod model_set;
pub mod ocr;
mod packs;
pub mod passages;
mod recognise;
mod record;
mod remembering;
pub mod speech;
pub mod tags;
pub mod text;
pub mod vision;
pub(crate) mod vocabulary;
mod vocabulary_vectors;
mod weights;
mod wheel;

pub use error::InferenceError;
pub use installed::ModelStore;
pub use model_set::{ModelChoice, ModelSet};
pub use packs::ModelPack;
