//! Pixels, tokens and both image towers against what Hugging Face's `transformers` makes of the same files.
//!
//! The cases are written by `fixtures/parity/make.py`.

use std::path::{Path, PathBuf};

use candle_core::Device;
use safetensors::SafeTensors;
use serde_json::Value;

use super::assert_close;
use crate::domain::Picture;
use crate::inference::ModelStore;
use crate::inference::catalogue::InstalledModel;
use crate::inference::vision::config::DualEncoderConfig;
use crate::inference::vision::device_tower::DeviceTower;
use crate::inference::vision::fast::{ImageTower, Instructions, TextTower};
use crate::inference::vision::load_picture_embedder;
use crate::inference::vision::preprocess::Preprocessor;
use crate::inference::vision::tokens::TextTokenizer;
use crate::inference::vision::weights::WeightFile;

const CASES: [&str; 4] = [
    "clip-openai",
    "clip-laion",
    "siglip2-base",
    "siglip2-so400m",
];

/// The most that a number of a unit vector may differ.
const VECTOR_TOLERANCE: f32 = 1e-3;
/// The least cosine between a vector and the reference's.
const COSINE_MIN: f64 = 0.999_99;
/// The most that a channel of a pixel may differ, 0 to 1.
const PIXEL_TOLERANCE: f32 = 1.0 / 255.0;

struct Case {
    name: &'static str,
    folder: PathBuf,
    expected: Value,
    config: DualEncoderConfig,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        CASES.into_iter().map(|name| {
            let folder = parity().join(name);
            let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
            Self {
                name,
                expected: serde_json::from_str(&text).unwrap(),
                config: DualEncoderConfig::read(&folder.join("config.json")).unwrap(),
                folder,
            }
        })
    }

    fn preprocessor(&self) -> Preprocessor {
        let path = self.folder.join("preprocessor_config.json");
        Preprocessor::read(&path, self.config.family, self.config.image.image_size).unwrap()
    }

    /// Name, picture and expected vector of every picture without transparent parts: those are
    /// laid on a ground when they are decoded.
    fn pictures(&self) -> Vec<(String, Picture, Vec<f32>)> {
        let all = self.expected["pictures"].as_array().unwrap();
        let opaque = all.iter().filter_map(|entry| {
            let name = entry["file"].as_str().unwrap().to_owned();
            let image = image::open(parity().join("pictures").join(&name)).unwrap();
            let rgb = (!image.color().has_alpha()).then(|| image.to_rgb8())?;
            let (width, height) = rgb.dimensions();
            let picture = Picture {
                width,
                height,
                rgb: rgb.into_raw(),
            };
            Some((name, picture, numbers(&entry["embedding"])))
        });
        opaque.collect()
    }

    fn texts(&self) -> Vec<(&str, &Value)> {
        let all = self.expected["texts"].as_array().unwrap();
        all.iter()
            .map(|entry| (entry["text"].as_str().unwrap(), entry))
            .collect()
    }

    fn import(&self, models: &Path) -> InstalledModel {
        let store = ModelStore::open(models).unwrap();
        store.import(&self.folder, Some(self.name)).unwrap()
    }
}

fn parity() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity")
}

fn numbers(value: &Value) -> Vec<f32> {
    let all = value.as_array().unwrap().iter();
    all.map(|number| number.as_f64().unwrap() as f32).collect()
}

fn assert_same_vector(what: &str, found: &[f32], expected: &[f32]) {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
        products.sum()
    };
    let cosine = dot(found, expected) / (dot(found, found) * dot(expected, expected)).sqrt();
    let worst = found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(
        found.len() == expected.len() && worst <= VECTOR_TOLERANCE && cosine >= COSINE_MIN,
        "{what}: differs by {worst}, cosine {cosine}"
    );
}

fn unit(vector: &[f32]) -> Vec<f32> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    vector.iter().map(|value| value / length).collect()
}

#[test]
fn pixels_are_those_of_the_reference_within_a_byte() {
    for case in Case::all() {
        let bytes = std::fs::read(case.folder.join("pixels.safetensors")).unwrap();
        let reference = SafeTensors::deserialize(&bytes).unwrap();
        let settings = std::fs::read_to_string(case.folder.join("preprocessor_config.json"));
        let settings: Value = serde_json::from_str(&settings.unwrap()).unwrap();
        let deviation = numbers(&settings["image_std"]);
        let side = case.config.image.image_size;
        for (name, picture, _) in case.pictures() {
            let found = case.preprocessor().pixels(&picture).unwrap();
            let view = reference.tensor(&name).unwrap();
            assert_eq!(view.shape(), [3, side, side]);
            let expected: Vec<f32> = view
                .data()
                .as_chunks::<2>()
                .0
                .iter()
                .map(|bytes| half::f16::from_le_bytes(*bytes).to_f32())
                .collect();
            let channels = found
                .chunks_exact(side * side)
                .zip(expected.chunks_exact(side * side))
                .zip(&deviation);
            for ((found, expected), deviation) in channels {
                let worst = found
                    .iter()
                    .zip(expected)
                    .map(|(a, b)| (a - b).abs() * deviation)
                    .fold(0.0, f32::max);
                // Weights of 16 bits can round both passes the other way where a picture of a few
                // pixels is made more than ten times as large.
                let steps = if (picture.height as usize) * 10 < side {
                    2.0
                } else {
                    1.0
                };
                // The reference is stored in half precision, good for a tenth of a step.
                assert!(
                    worst <= PIXEL_TOLERANCE * (steps + 0.1),
                    "{} {name}: {} steps of a byte",
                    case.name,
                    worst * 255.0
                );
            }
        }
    }
}

#[test]
fn token_numbers_are_those_of_the_reference() {
    for case in Case::all() {
        let tokenizer = TextTokenizer::read(&case.folder, &case.config).unwrap();
        for (text, entry) in case.texts() {
            let expected: Vec<u32> = serde_json::from_value(entry["ids"].clone()).unwrap();
            let found = tokenizer.tokens(text).unwrap();
            // What follows the token that CLIP pools at has no say and is left out.
            let kept = &expected[..expected.len().min(found.pooled + 1)];
            assert_eq!(found.ids, kept, "{}: {text:.60?}", case.name);
        }
    }
}

#[test]
fn vectors_are_those_of_the_reference() {
    for case in Case::all() {
        let directory = tempfile::tempdir().unwrap();
        let embedder = load_picture_embedder(&case.import(directory.path()), 2).unwrap();
        let pictures = case.pictures();
        let all: Vec<Picture> = pictures
            .iter()
            .map(|(_, picture, _)| picture.clone())
            .collect();
        let found = embedder.embed_pictures(&all).unwrap();
        for ((name, _, expected), found) in pictures.iter().zip(&found) {
            assert_same_vector(&format!("{} {name}", case.name), found, expected);
        }
        let texts: Vec<&str> = case.texts().iter().map(|(text, _)| *text).collect();
        let found = embedder.embed_texts(&texts).unwrap();
        for ((text, entry), found) in case.texts().iter().zip(&found) {
            let what = format!("{} {text:.60?}", case.name);
            assert_same_vector(&what, found, &numbers(&entry["embedding"]));
        }
    }
}

#[test]
fn both_image_towers_give_the_vectors_of_the_reference() {
    for case in Case::all() {
        let file = WeightFile::read(&case.folder.join("model.safetensors")).unwrap();
        let tensors = file.tensors().unwrap();
        let preprocessor = case.preprocessor();
        let pictures = case.pictures();
        let pixels: Vec<f32> = pictures
            .iter()
            .flat_map(|(_, picture, _)| preprocessor.pixels(picture).unwrap())
            .collect();
        let mut towers = Vec::new();
        for instructions in Instructions::available() {
            let weights = &mut |name: &str, shape: &[usize]| tensors.values(name, shape);
            let tower = ImageTower::load(case.config.image.clone(), instructions, weights).unwrap();
            towers.push((format!("{instructions:?}"), tower.embed(&pixels, 1)));
        }
        let bytes = std::fs::read(case.folder.join("model.safetensors")).unwrap();
        let device = DeviceTower::load(&case.config.image, bytes, &Device::Cpu).unwrap();
        // candle's CLIP knows QuickGELU alone; the others stay with the fast tower.
        assert_eq!(device.is_none(), case.name == "clip-laion");
        if let Some(tower) = device {
            towers.push(("candle".to_owned(), tower.embed(&pixels).unwrap()));
        }
        for (tower, vectors) in towers {
            let vectors = vectors.chunks_exact(case.config.text.dimensions);
            for ((name, _, expected), found) in pictures.iter().zip(vectors) {
                let what = format!("{} {tower} {name}", case.name);
                assert_same_vector(&what, &unit(found), expected);
            }
        }
    }
}

#[test]
fn the_text_tower_gives_the_vectors_of_the_reference_on_all_instruction_sets() {
    for case in Case::all() {
        let file = WeightFile::read(&case.folder.join("model.safetensors")).unwrap();
        let tensors = file.tensors().unwrap();
        let tokenizer = TextTokenizer::read(&case.folder, &case.config).unwrap();
        let tokens: Vec<_> = case
            .texts()
            .iter()
            .map(|(text, _)| tokenizer.tokens(text).unwrap())
            .collect();
        for instructions in Instructions::available() {
            let weights = &mut |name: &str, shape: &[usize]| tensors.values(name, shape);
            let tower = TextTower::load(&case.config.text, instructions, weights).unwrap();
            let vectors = tower.embed(&tokens, 3);
            let vectors = vectors.chunks_exact(tower.dimensions());
            for ((text, entry), found) in case.texts().iter().zip(vectors) {
                let what = format!("{} {instructions:?} {text:.60?}", case.name);
                assert_same_vector(&what, &unit(found), &numbers(&entry["embedding"]));
            }
        }
    }
}

#[test]
fn similarities_are_those_of_the_reference() {
    for case in Case::all() {
        let directory = tempfile::tempdir().unwrap();
        let embedder = load_picture_embedder(&case.import(directory.path()), 1).unwrap();
        let names: Vec<&str> = case.expected["pictures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["file"].as_str().unwrap())
            .collect();
        for (name, picture, _) in case.pictures() {
            let column = names.iter().position(|other| **other == name).unwrap();
            let image = &embedder.embed_pictures(&[picture]).unwrap()[0];
            for (text, entry) in case.texts() {
                let words = &embedder.embed_texts(&[text]).unwrap()[0];
                let cosine: f32 = image.iter().zip(words).map(|(a, b)| a * b).sum();
                let found =
                    cosine * embedder.logit_scale() + embedder.logit_bias().unwrap_or_default();
                let expected = numbers(&entry["logits"])[column];
                // Two unit vectors, each off by no more than a cosine of 0.99999 allows.
                let tolerance = 2e-3 * embedder.logit_scale();
                assert_close(&[found], &[expected], tolerance);
            }
        }
    }
}
