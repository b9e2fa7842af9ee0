//! Frames and samples in, text and vectors out; models are read from disk and never fetched unasked.

pub mod catalogue;
mod error;
pub mod vision;

pub use error::InferenceError;
