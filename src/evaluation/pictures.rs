//! Whether a description finds the scene that it was made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    demo::{DescribedScene, Gallery, Split},
    domain::Picture,
    fault::AnyError,
    inference::vision::PictureEmbedder,
};

/// Scenes that a description is looked for among.
pub(super) const GROUP: usize = 200;

/// Side of the scenes in pixels: about that of keyframes from small video.
pub(super) const SIDE: u32 = 256;

/// Scenes drawn and embedded at a time.
const BATCH: usize = 32;

/// How often the right scene came first, and among the first five.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PictureFigures {
    /// The model, as `name@version`.
    pub model: String,
    /// Where the scenes come from.
    pub seed: u64,
    /// Descriptions asked.
    pub descriptions: usize,
    /// Scenes that each was looked for among.
    pub among: usize,
    /// Share of descriptions whose scene came first, 0 to 1.
    pub recall_at_1: f32,
    /// Share of descriptions whose scene was among the first five, 0 to 1.
    pub recall_at_5: f32,
}

/// Asks `groups` times 200 descriptions, each naming every attribute of its scene, whose
/// combinations of kind, colour and shot size are kept out of training.
///
/// Scenes that are alike in every attribute count as right for each other's descriptions.
///
/// # Errors
/// When scenes can't be drawn or the model fails.
pub fn measure_pictures(
    embedder: &dyn PictureEmbedder,
    seed: u64,
    groups: usize,
) -> Result<PictureFigures, AnyError> {
    let gallery = Gallery::open(seed, SIDE, Split::HeldOut)?;
    let (mut first, mut first_five) = (0, 0);
    for group in 0..groups {
        let (pictures, described) = scenes(embedder, &gallery, group)?;
        let texts: Vec<&str> = described
            .iter()
            .map(|described| described.full_caption.as_str())
            .collect();
        for (asked, text) in embedder.embed_texts(&texts)?.iter().enumerate() {
            let likeness =
                |picture: &Vec<f32>| -> f32 { picture.iter().zip(text).map(|(a, b)| a * b).sum() };
            let fits = |index: usize| described[index].scene == described[asked].scene;
            let best = (0..pictures.len())
                .filter(|&index| fits(index))
                .map(|index| likeness(&pictures[index]))
                .fold(f32::NEG_INFINITY, f32::max);
            let ahead = (0..pictures.len())
                .filter(|&index| !fits(index) && likeness(&pictures[index]) > best)
                .count();
            first += usize::from(ahead == 0);
            first_five += usize::from(ahead < 5);
        }
    }
    let descriptions = groups * GROUP;
    let share = |count: usize| count as f32 / descriptions.max(1) as f32;
    Ok(PictureFigures {
        model: embedder.space().model.clone(),
        seed,
        descriptions,
        among: GROUP,
        recall_at_1: share(first),
        recall_at_5: share(first_five),
    })
}

/// The vectors and descriptions of a group of scenes.
pub(super) fn scenes(
    embedder: &dyn PictureEmbedder,
    gallery: &Gallery,
    group: usize,
) -> Result<(Vec<Vec<f32>>, Vec<DescribedScene>), AnyError> {
    let (mut pictures, mut scenes) = (Vec::new(), Vec::new());
    for start in (0..GROUP).step_by(BATCH) {
        let mut drawn = Vec::with_capacity(BATCH);
        for index in start..(start + BATCH).min(GROUP) {
            let (rgb, described) = gallery.scene((group * GROUP + index) as u64)?;
            drawn.push(Picture {
                width: SIDE,
                height: SIDE,
                rgb,
            });
            scenes.push(described);
        }
        pictures.extend(embedder.embed_pictures(&drawn)?);
    }
    Ok((pictures, scenes))
}
