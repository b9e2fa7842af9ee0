//! The vector that a sum of likenesses stands for.

use half::f16;

use super::{
    error::SearchError,
    language::{Example, Expression, Likeness},
    sources::Sources,
};
use crate::{
    domain::{Picture, SpaceId},
    inference::vision::PictureEmbedder,
};

/// The space, and the vector of unit length in it that `sum` stands for.
///
/// Each example's vector has unit length before it is weighted, so that weights mean the same
/// between descriptions and pictures. A sum that comes to nothing is the zero vector.
pub(super) fn vector(
    sources: &Sources<'_>,
    sum: &[Likeness],
    pictures: &[(String, Picture)],
) -> Result<(SpaceId, Vec<f32>), SearchError> {
    let missing = |reason| SearchError::NoPictures {
        asked: Expression::Likeness(sum.to_vec()).to_string(),
        reason,
    };
    let space = sources
        .picture_space()
        .ok_or_else(|| missing("the library has no picture vectors"))?;
    let mut total = vec![0.0; space.dimensions as usize];
    for likeness in sum {
        let vector = match &likeness.example {
            Example::Description(text) => {
                let model = require_model(sources, text)?;
                model.embed_texts(&[text])?.pop().unwrap_or_default()
            }
            Example::File(path) => {
                let found = pictures.iter().find(|(name, _)| name == path);
                let (_, picture) = found.ok_or_else(|| missing("the file was not opened"))?;
                let vectors =
                    require_model(sources, path)?.embed_pictures(std::slice::from_ref(picture))?;
                vectors.into_iter().next().unwrap_or_default()
            }
            Example::Asset { prefix, at_millis } => {
                let catalog = sources.store.catalog();
                let asset = catalog.only_asset(prefix)?;
                let nearest = catalog
                    .embeddings(asset.key, &space)?
                    .into_iter()
                    .min_by_key(|stored| stored.at_millis.abs_diff(at_millis.unwrap_or(0)));
                let stored =
                    nearest.ok_or_else(|| missing("no picture of the asset was embedded"))?;
                stored
                    .values_f16
                    .iter()
                    .map(|bits| f16::from_bits(*bits).to_f32())
                    .collect()
            }
        };
        add(&mut total, &vector, likeness.weight);
    }
    let length = length(&total);
    if length > 1e-6 {
        total.iter_mut().for_each(|value| *value /= length);
    } else {
        total.fill(0.0);
    }
    Ok((space, total))
}

/// The text of a sum that is one description, which is judged as every description is.
pub(super) fn single_description(sum: &[Likeness]) -> Option<&str> {
    match sum {
        [
            Likeness {
                example: Example::Description(text),
                ..
            },
        ] => Some(text),
        _ => None,
    }
}

/// Whether a sum is one picture, which is judged as a picture among pictures.
pub(super) fn is_single_picture(sum: &[Likeness]) -> bool {
    matches!(
        sum,
        [Likeness {
            example: Example::File(_) | Example::Asset { .. },
            weight,
        }] if *weight > 0.0
    )
}

/// The model that reads descriptions of pictures.
///
/// # Errors
/// [`SearchError::NoPictures`] where there is none, or none that the library was made with.
pub(super) fn require_model<'a>(
    sources: &Sources<'a>,
    asked: &str,
) -> Result<&'a dyn PictureEmbedder, SearchError> {
    sources.picture.ok_or_else(|| SearchError::NoPictures {
        asked: asked.to_owned(),
        reason: "the picture model that the library was made with is not installed, or it was made with none",
    })
}

fn add(total: &mut [f32], vector: &[f32], weight: f32) {
    let length = length(vector);
    if length > 0.0 {
        for (sum, value) in total.iter_mut().zip(vector) {
            *sum += weight * value / length;
        }
    }
}

fn length(vector: &[f32]) -> f32 {
    vector.iter().map(|value| value * value).sum::<f32>().sqrt()
}
