//! Fits which cosines of a model mean likeness, on drawn scenes and spoken passages whose descriptions are known.

use super::pictures::{GROUP, scenes};
use crate::{
    demo::{DescribedScene, Gallery, Scene, Split, spoken_passage},
    fault::AnyError,
    inference::{
        calibration::{Calibration, Thresholds},
        text::PassageEmbedder,
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
            example: Some(example),
        }))
}

/// Fits a calibration on `groups` times 200 passages of commentary, each on one sport.
///
/// A query that nothing fits is a description of another sport or of something that is in no
/// passage; one that fits is a description of the passage's sport in words of its own.
///
/// # Errors
/// When the model fails.
pub fn calibrate_passages(
    embedder: &dyn PassageEmbedder,
    seed: u64,
    groups: usize,
) -> Result<Option<Calibration>, AnyError> {
    let absent = ABSENT.iter().map(|text| embedder.embed_query(text));
    let absent = absent.collect::<Result<Vec<_>, _>>()?;
    let mut pairs = Pairs::default();
    for group in 0..groups {
        let numbers = (group * GROUP..(group + 1) * GROUP).map(|number| number as u32);
        let passages = numbers.map(|number| spoken_passage(seed, number));
        let passages = passages.collect::<Result<Vec<_>, _>>()?;
        let texts: Vec<&str> = passages.iter().map(|said| said.text.as_str()).collect();
        let vectors = embedder.embed_passages(&texts)?;
        for query in &absent {
            pairs.add_unrelated(vectors.iter().map(|said| cosine(query, said)).collect());
        }
        for (index, own) in passages.iter().enumerate() {
            let query = embedder.embed_query(&own.description)?;
            let others = vectors.iter().zip(&passages);
            let others = others.filter(|(_, other)| other.kind != own.kind);
            pairs.add_unrelated(others.map(|(said, _)| cosine(&query, said)).collect());
            pairs.fitting.push(cosine(&query, &vectors[index]));
        }
    }
    let fitted_on = format!(
        "{} passages of `reeldex demo`'s commentary in English, seed {seed}; {} descriptions of what none is about",
        groups * GROUP,
        ABSENT.len()
    );
    Ok(pairs.fit().map(|description| Calibration {
        fitted_on,
        description,
        example: None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::{ModelStore, text::load_passage_embedder, text::tests::minilm_source};

    #[test]
    fn commentary_on_the_sport_that_is_asked_for_is_told_from_other_commentary() {
        let Some(source) = minilm_source() else {
            return;
        };
        let directory = tempfile::tempdir().unwrap();
        let store = ModelStore::open(directory.path()).unwrap();
        let installed = store.import(&source, Some("all-minilm-l6-v2")).unwrap();
        let model = load_passage_embedder(&installed, 2).unwrap();
        let calibration = calibrate_passages(&*model, 77, 1).unwrap().unwrap();
        let fitted = calibration.description;
        assert_eq!(calibration.example, None);
        assert!(fitted.unrelated.top < fitted.fair, "{fitted:?}");
        assert!(fitted.fair < fitted.strong, "{fitted:?}");
        assert!(fitted.fitting.middle > fitted.unrelated.top, "{fitted:?}");
        // Another seed has other passages, so the figures come near those of the catalogue.
        let known = installed.entry.calibration.unwrap().description;
        assert!((fitted.fair - known.fair).abs() < 0.06, "{fitted:?}");
        assert!(
            (fitted.unrelated.top - known.unrelated.top).abs() < 0.06,
            "{fitted:?}"
        );
    }
}
