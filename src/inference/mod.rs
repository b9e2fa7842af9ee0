//! Frames and samples in, text and vectors out; models are read from disk and never fetched unasked.

pub mod catalogue;
mod error;
pub mod tags;
pub mod vision;
pub(crate) mod vocabulary;

pub use error::InferenceError;
