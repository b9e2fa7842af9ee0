//! Pictures and descriptions of pictures as vectors of one space; [`load_picture_embedder`] opens a model.

mod config;
mod device_tower;
mod dual_encoder;
pub(crate) mod fast;
mod preprocess;
mod tokens;
mod weights;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod tiny_models;

use crate::domain::{Picture, SpaceId};
use crate::inference::InferenceError;
use crate::inference::calibration::Calibration;
use crate::inference::catalogue::InstalledModel;

/// Puts pictures, and texts that describe pictures, into one vector space.
pub trait PictureEmbedder: Send + Sync {
    /// The space of its vectors.
    fn space(&self) -> &SpaceId;

    /// One vector of unit length for each picture.
    ///
    /// # Errors
    /// A picture without pixels, or a model that fails.
    fn embed_pictures(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, InferenceError>;

    /// One vector of unit length for each text; a text beyond the model's length is cut.
    ///
    /// # Errors
    /// A model that fails.
    fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError>;

    /// What cosines are multiplied with before softmax or sigmoid, about 100 for CLIP.
    fn logit_scale(&self) -> f32;

    /// What is added before the sigmoid that makes a probability of one pair (SigLIP); `None` where
    /// only alternatives can be weighed against each other by a softmax (CLIP).
    fn logit_bias(&self) -> Option<f32>;

    /// Which cosines mean likeness; `None` where that was not measured.
    fn calibration(&self) -> Option<&Calibration> {
        None
    }
}

/// Loads `model`, checked tensor by tensor, to work on at most `threads` threads.
///
/// # Errors
/// Missing, damaged or unsupported files.
pub fn load_picture_embedder(
    model: &InstalledModel,
    threads: usize,
) -> Result<Box<dyn PictureEmbedder>, InferenceError> {
    Ok(Box::new(dual_encoder::DualEncoder::load(model, threads)?))
}
