//! Sentences in, vectors of the passage space out.

mod embedder;
mod encoder;
mod settings;
mod tokens;

use crate::domain::SpaceId;

use super::{InferenceError, ModelStore, calibration::Calibration, catalogue::InstalledModel};

/// A sentence encoder: texts that mean the same get vectors that point the same way.
///
/// A vector has unit length, does not depend on the texts beside it by more than 1e-5 in any
/// number, and is never NaN. A text without any word gets the zero vector, which is similar to
/// nothing.
pub trait PassageEmbedder: Send + Sync {
    /// The space that its vectors lie in.
    fn space(&self) -> &SpaceId;

    /// The vectors of passages, in the order of `texts`.
    ///
    /// A text longer than the model's context is cut into windows whose vectors are averaged by
    /// their length; what lies beyond sixteen windows is left out.
    ///
    /// # Errors
    /// When the model fails, which valid weights do not.
    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError>;

    /// The vector of a question or description that passages are searched by.
    ///
    /// # Errors
    /// When the model fails, which valid weights do not.
    fn embed_query(&self, text: &str) -> Result<Vec<f32>, InferenceError>;

    /// Which cosines mean likeness, where that was measured.
    fn calibration(&self) -> Option<&Calibration> {
        None
    }
}

/// Checks the model's files and loads it, to run on `threads` threads (at least one).
///
/// # Errors
/// When a file is missing or changed, a tensor has the wrong name or shape, or the configuration
/// asks for an architecture, activation or pooling that is not known.
pub fn load_passage_embedder(
    model: &InstalledModel,
    threads: usize,
) -> Result<Box<dyn PassageEmbedder>, InferenceError> {
    ModelStore::check(model)?;
    Ok(Box::new(embedder::SentenceEncoder::load(model, threads)?))
}

#[cfg(test)]
pub(crate) mod tests;
