//! Frames and samples in, text and vectors out; models are read from disk and never fetched unasked.

pub mod catalogue;
mod error;
pub mod language;
pub mod ocr;
pub mod speech;

pub use error::InferenceError;
