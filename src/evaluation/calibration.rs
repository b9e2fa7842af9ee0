//! Fits which cosines of a picture model mean likeness, on drawn scenes whose descriptions are known.

use super::pictures::{GROUP, scenes};
use crate::{
    demo::{DescribedScene, Gallery, Scene, Split},
    fault::AnyError,
    inference::{
        calibration::{Calibration, Thresholds},
        vision::PictureEmbedder,
    },
};

use super::absent::ABSENT;

/// Descriptions asked of each scene.
const CAPTIONS: usize = 2;

/// Cosines of pairs, sorted by whether they fit.
#[derive(Default)]
struct Pairs {
    unrelated: Vec<f32>,
    best_unrelated: Vec<f32>,
    fitting: Vec<f32>,
}

/// Fits a calibration on `groups` times 200 scenes whose combinations of kind, colour and shot
/// size were kept out of training.
///
/// A query that nothing fits is a description of another kind of scene or of something that is in
/// no scene; one that fits is a description that names some of what the scene shows. Pictures
/// fit that agree in kind, colours and shot size.
///
/// # Errors
/// When scenes can't be drawn or the model fails.
pub fn calibrate_pictures(
    embedder: &dyn PictureEmbedder,
    seed: u64,
    groups: usize,
) -> Result<Option<Calibration>, AnyError> {
    let gallery = Gallery::open(seed, super::pictures::SIDE, Split::HeldOut)?;
    let absent = embedder.embed_texts(ABSENT)?;
    let (mut description, mut example) = (Pairs::default(), Pairs::default());
    for group in 0..groups {
        let (pictures, described) = scenes(embedder, &gallery, group)?;
        for query in &absent {
            let cosines = pictures.iter().map(|picture| cosine(query, picture));
            description.add_unrelated(cosines.collect());
        }
        for (index, own) in described.iter().enumerate() {
            let captions: Vec<&str> = own
                .captions
                .iter()
                .map(|caption| caption.text.as_str())
                .take(CAPTIONS)
                .collect();
            for vector in embedder.embed_texts(&captions)? {
                description.add_unrelated(others(&vector, own, &pictures, &described));
                description.fitting.push(cosine(&vector, &pictures[index]));
            }
            example.add_unrelated(others(&pictures[index], own, &pictures, &described));
            for (other, picture) in described.iter().zip(&pictures).skip(index + 1) {
                if looks_alike(&own.scene, &other.scene) {
                    example.fitting.push(cosine(&pictures[index], picture));
                }
            }
        }
    }
    let fitted_on = format!(
        "{} scenes of `reeldex demo`, seed {seed}, kept out of training; {} descriptions of what no scene shows",
        groups * GROUP,
        ABSENT.len()
    );
    Ok(description
        .fit()
        .zip(example.fit())
        .map(|(description, example)| Calibration {
            fitted_on,
            description,
            example,
        }))
}

impl Pairs {
    fn add_unrelated(&mut self, cosines: Vec<f32>) {
        self.best_unrelated
            .extend(cosines.iter().copied().max_by(f32::total_cmp));
        self.unrelated.extend(cosines);
    }

    fn fit(self) -> Option<Thresholds> {
        Thresholds::fit(self.unrelated, self.best_unrelated, self.fitting, GROUP)
    }
}

/// The cosines of what was made for `own` with scenes of other kinds.
fn others(
    query: &[f32],
    own: &DescribedScene,
    pictures: &[Vec<f32>],
    described: &[DescribedScene],
) -> Vec<f32> {
    let others = pictures.iter().zip(described);
    others
        .filter(|(_, other)| other.scene.kind != own.scene.kind)
        .map(|(picture, _)| cosine(query, picture))
        .collect()
}

/// Whether two scenes would be taken for pictures of the same.
fn looks_alike(one: &Scene, other: &Scene) -> bool {
    let looks = |scene: &Scene| {
        (
            scene.kind,
            scene.kit_colour,
            scene.second_colour,
            scene.shot_size,
        )
    };
    looks(one) == looks(other)
}

/// Of two vectors of unit length.
fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
