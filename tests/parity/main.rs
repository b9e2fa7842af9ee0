//! From a file on disk to a vector, as the program goes, against Hugging Face's `transformers`.
//!
//! The cases are written by `fixtures/parity/make.py`. Unit tests of the models compare pixels,
//! tokens and the towers one by one; here the decode worker opens the pictures, those in grey and
//! those with transparent parts among them.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use reeldex::{
    domain::Picture,
    inference::{ModelStore, vision::load_picture_embedder},
    media::{
        DecodePool, WorkerLimits,
        protocol::{ShotDepth, ShotEvent, ShotRequest},
    },
};
use serde_json::Value;

const CASES: [&str; 4] = [
    "clip-openai",
    "clip-laion",
    "siglip2-base",
    "siglip2-so400m",
];

fn parity() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity")
}

fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|number| number.as_f64().unwrap()).collect()
}

/// What the decode worker makes of a still.
fn decoded(pool: &DecodePool, path: &Path) -> Picture {
    let request = ShotRequest {
        depth: ShotDepth::Refined,
        max_side: 1280,
        stream_index: 0,
        max_picture_pixels: u64::MAX,
    };
    let mut found = None;
    let mut session = pool.session().unwrap();
    session
        .shots(path, &request, &mut |event| {
            if let ShotEvent::Keyframe { picture, .. } = event {
                found = Some(picture);
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    found.unwrap_or_else(|| panic!("no picture in {}", path.display()))
}

#[test]
fn files_become_the_vectors_and_similarities_of_the_reference() {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_reeldex"));
    let pool = DecodePool::new(1, WorkerLimits::default()).with_program(program);
    let models = tempfile::tempdir().unwrap();
    let store = ModelStore::open(models.path()).unwrap();
    for case in CASES {
        let expected = std::fs::read_to_string(parity().join(case).join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let model = store.import(&parity().join(case), Some(case)).unwrap();
        let embedder = load_picture_embedder(&model, 2).unwrap();
        let texts = expected["texts"].as_array().unwrap();
        let words: Vec<&str> = texts
            .iter()
            .map(|entry| entry["text"].as_str().unwrap())
            .collect();
        let words = embedder.embed_texts(&words).unwrap();
        for (column, entry) in expected["pictures"].as_array().unwrap().iter().enumerate() {
            let name = entry["file"].as_str().unwrap();
            let picture = decoded(&pool, &parity().join("pictures").join(name));
            let vector = &embedder.embed_pictures(&[picture]).unwrap()[0];
            let wanted = numbers(&entry["embedding"]);
            let cosine: f64 = wanted
                .iter()
                .zip(vector)
                .map(|(a, b)| a * f64::from(*b))
                .sum();
            let worst = wanted
                .iter()
                .zip(vector)
                .map(|(a, b)| (a - f64::from(*b)).abs())
                .fold(0.0, f64::max);
            assert!(
                worst <= 1e-3 && cosine >= 0.999_99,
                "{case} {name}: differs by {worst}, cosine {cosine}"
            );
            for (entry, words) in texts.iter().zip(&words) {
                let cosine: f32 = vector.iter().zip(words).map(|(a, b)| a * b).sum();
                let scale = embedder.logit_scale();
                let found = cosine * scale + embedder.logit_bias().unwrap_or_default();
                let wanted = numbers(&entry["logits"])[column] as f32;
                assert!(
                    (found - wanted).abs() <= 2e-3 * scale,
                    "{case} {name} {}: {found} instead of {wanted}",
                    entry["text"]
                );
            }
        }
    }
}
