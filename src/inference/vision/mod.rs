//! Pictures and descriptions in, vectors of the picture space out.

use crate::domain::{Picture, SpaceId};

use super::InferenceError;

/// A dual encoder: a picture and a text that describes it get vectors that point the same way.
pub trait PictureEmbedder: Send + Sync {
    /// The space that its vectors lie in.
    fn space(&self) -> &SpaceId;

    /// The vectors of pictures, of unit length, in order.
    fn embed_pictures(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, InferenceError>;

    /// The vectors of descriptions, of unit length, in order.
    fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError>;

    /// The factor that training put before cosines.
    fn logit_scale(&self) -> f32;

    /// What SigLIP adds to a scaled cosine before the logistic function; `None` for CLIP.
    fn logit_bias(&self) -> Option<f32>;
}
