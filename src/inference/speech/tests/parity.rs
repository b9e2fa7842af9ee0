//! Speech against what whisper.cpp's Python binding hears with the same model, sound and settings.
//!
//! The expected texts and times are written by `fixtures/parity/make_speech.py`.

use serde_json::Value;

use super::*;

/// The most that a time may differ.
const TIME_TOLERANCE_MILLIS: i64 = 20;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The demonstration model and what is expected of it.
fn model_and_cases() -> Option<(Whisper, Value)> {
    let model = root().join("models/demo/whisper-demo/ggml-demo.bin");
    let expected = root().join("fixtures/parity/speech/expected.json");
    for path in [&model, &expected] {
        if !path.is_file() {
            say_skipped(path);
            return None;
        }
    }
    let expected: Value = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
    let found = crate::inference::record::sha256_of(&model).unwrap();
    assert_eq!(
        expected["model_sha256"], found,
        "the model has changed: run fixtures/parity/make_speech.py again"
    );
    Some((Whisper::open(&model, "demo", 1).unwrap(), expected))
}

fn samples(file: &str) -> Vec<f32> {
    let bytes = std::fs::read(root().join("fixtures/parity/speech").join(file)).unwrap();
    // The header that ffmpeg writes without metadata.
    let (header, data) = bytes.split_at(44);
    assert_eq!(&header[36..40], b"data");
    data.as_chunks::<2>()
        .0
        .iter()
        .map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32_768.0)
        .collect()
}

#[test]
fn texts_and_times_are_those_of_the_reference() {
    let Some((model, expected)) = model_and_cases() else {
        return;
    };
    for case in expected["cases"].as_array().unwrap() {
        let stretch = VoiceStretch {
            start_millis: 0,
            mono: samples(case["file"].as_str().unwrap()),
        };
        let language = case["language"].as_str();
        let heard = model.transcribe(&stretch, language, &|| false).unwrap();
        let wanted = case["segments"].as_array().unwrap();
        let texts: Vec<&str> = heard.iter().map(|part| part.text.as_str()).collect();
        let wanted_texts: Vec<&str> = wanted
            .iter()
            .map(|part| part["text"].as_str().unwrap())
            .collect();
        assert_eq!(texts, wanted_texts, "{}", case["file"]);
        // The program keeps every time within the stretch; whisper.cpp hears its padding too.
        let end = stretch.span().end_millis;
        let assert_time = |found: i64, wanted: &Value| {
            let wanted = wanted.as_i64().unwrap().clamp(0, end);
            assert!(
                (found - wanted).abs() <= TIME_TOLERANCE_MILLIS,
                "{} ms instead of {wanted} ms in {}",
                found,
                case["file"]
            );
        };
        for (found, wanted) in heard.iter().zip(wanted) {
            assert_time(found.span.start_millis, &wanted["start_millis"]);
            assert_time(found.span.end_millis, &wanted["end_millis"]);
            let tokens = wanted["tokens"].as_array().unwrap();
            let (first, last) = (&tokens[0], &tokens[tokens.len() - 1]);
            assert_time(found.words[0].span.start_millis, &first["start_millis"]);
            let last_word = &found.words[found.words.len() - 1];
            assert_time(last_word.span.end_millis, &last["end_millis"]);
        }
    }
}
