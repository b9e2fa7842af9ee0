//! Frames and samples in, text and vectors out; models are read from disk and never fetched unasked.

pub mod catalogue;
mod error;
pub mod vision;
pub mod fetch;
mod import;
pub mod installed;
pub mod passages;
mod recognise;
mod record;
pub mod text;
mod weights;
mod wheel;

pub use error::InferenceError;
pub use installed::ModelStore;
