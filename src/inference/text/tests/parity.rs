//! Tokens and vectors against what Hugging Face's `transformers` makes of the same files.
//!
//! The cases are written by `fixtures/parity/make.py`; a text beyond the context is there, as here,
//! the average of even windows.

use serde_json::Value;

use super::*;
use crate::inference::text::settings::EncoderSettings;
use crate::inference::text::tokens::PassageTokenizer;

const CASES: [&str; 3] = ["bert", "e5", "xlm-roberta"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/parity")
        .join(name)
}

fn expected(name: &str) -> Value {
    let text = std::fs::read_to_string(folder(name).join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn texts(expected: &Value) -> Vec<(&str, &Value)> {
    let all = expected["texts"].as_array().unwrap();
    all.iter()
        .map(|entry| (entry["text"].as_str().unwrap(), entry))
        .collect()
}

fn windows(value: &Value) -> Vec<Vec<u32>> {
    serde_json::from_value(value.clone()).unwrap()
}

/// The expected vector; zeros for a text without anything to read.
fn vector(value: &Value, dimensions: usize) -> Vec<f32> {
    match value.as_array() {
        Some(all) => all
            .iter()
            .map(|number| number.as_f64().unwrap() as f32)
            .collect(),
        None => vec![0.0; dimensions],
    }
}

#[test]
fn token_numbers_are_those_of_the_reference() {
    for name in CASES {
        let expected = expected(name);
        let settings = EncoderSettings::read(&folder(name)).unwrap();
        let path = folder(name).join("tokenizer.json");
        let tokenizer =
            PassageTokenizer::load(&path, settings.max_tokens, settings.vocabulary).unwrap();
        let prefix = expected["passage_prefix"].as_str().unwrap();
        for (text, entry) in texts(&expected) {
            let found = tokenizer.windows(prefix, text).unwrap();
            assert_eq!(found, windows(&entry["windows"]), "{name}: {text:.60?}");
        }
    }
}

#[test]
fn vectors_are_those_of_the_reference() {
    for name in CASES {
        let expected = expected(name);
        let directory = tempfile::tempdir().unwrap();
        let store = ModelStore::open(directory.path()).unwrap();
        let model = store.import(&folder(name), Some(name)).unwrap();
        let encoder = load_passage_embedder(&model, 2).unwrap();
        let all: Vec<&str> = texts(&expected).iter().map(|(text, _)| *text).collect();
        let passages = encoder.embed_passages(&all).unwrap();
        for ((text, entry), passage) in texts(&expected).iter().zip(&passages) {
            let query = encoder.embed_query(text).unwrap();
            for (found, expected) in [
                (passage, &entry["embedding"]),
                (&query, &entry["query_embedding"]),
            ] {
                let expected = vector(expected, found.len());
                assert_close(found, &expected, 1e-3);
                let same =
                    cosine(found, &expected) >= 0.999_99 || expected.iter().all(|v| *v == 0.0);
                assert!(same, "{name}: {text:.60?}: {}", cosine(found, &expected));
            }
        }
    }
}

#[test]
fn minilm_agrees_on_tokens_and_on_the_cosines_of_ten_pairs() {
    let Some(model) = minilm() else { return };
    let expected = expected("minilm");
    let settings = EncoderSettings::read(&model.directory).unwrap();
    let path = model.directory.join("tokenizer.json");
    let tokenizer =
        PassageTokenizer::load(&path, settings.max_tokens, settings.vocabulary).unwrap();
    for (text, entry) in texts(&expected) {
        let found = tokenizer.windows("", text).unwrap();
        assert_eq!(found, windows(&entry["windows"]), "{text:.60?}");
    }
    let encoder = load_passage_embedder(model, 2).unwrap();
    let pairs = expected["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 10);
    for pair in pairs {
        let words = [&pair["first"], &pair["second"]].map(|text| text.as_str().unwrap());
        let vectors = encoder.embed_passages(&words).unwrap();
        let found = cosine(&vectors[0], &vectors[1]);
        let wanted = pair["cosine"].as_f64().unwrap() as f32;
        assert!(
            (found - wanted).abs() < 1e-4,
            "{words:?}: {found} instead of {wanted}"
        );
    }
}
