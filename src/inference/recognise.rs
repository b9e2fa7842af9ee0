//! Which model a directory or a ggml file holds.

use std::{fs, path::Path};

use serde_json::Value;

use super::{
    InferenceError,
    catalogue::{ModelCatalogue, ModelEntry, ModelFile, Task},
    installed::is_model_name,
    record::sha256_of,
    weights::{GgmlKind, read_ggml},
};

/// Files of a model outside the catalogue that are taken where they are there.
const KNOWN_FILES: [&str; 8] = [
    "config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "modules.json",
    "1_Pooling/config.json",
];
const WEIGHTS: &str = "model.safetensors";

/// Tells which model the directory holds, its files reduced to those that are there.
///
/// With a `name` of the catalogue it must be that model; with any other name an entry is made
/// from its `config.json`. Without a name it is recognised by the hash of its weights, or, where
/// the catalogue does not know that, by the name of the directory or in its `config.json`.
pub(crate) fn recognise_directory(
    catalogue: &ModelCatalogue,
    directory: &Path,
    name: Option<&str>,
) -> Result<ModelEntry, InferenceError> {
    let config = read_json(&directory.join("config.json"))?;
    let known = match name {
        Some(name) => catalogue.entries().iter().find(|entry| entry.name == name),
        None => {
            let sha256 = sha256_of(&existing(directory, WEIGHTS)?)?;
            let found =
                by_hash(catalogue, &sha256).or_else(|| by_origin(catalogue, directory, &config));
            Some(found.ok_or_else(|| InferenceError::Unrecognised {
                reason: "not a model of the catalogue, so it needs a name".to_owned(),
                path: directory.to_owned(),
            })?)
        }
    };
    let facts = Facts::read(&config, &directory.join("config.json"))?;
    let mut entry = match known {
        Some(entry) => entry.clone(),
        // Without a name the model was recognised above, or refused.
        None => custom(
            name.unwrap_or_default(),
            directory,
            facts.task,
            &facts.architecture,
        )?,
    };
    let misfit = |field: &str, value: String| InferenceError::UnsupportedConfiguration {
        field: field.to_owned(),
        value,
        path: directory.join("config.json"),
    };
    if entry.architecture != facts.architecture {
        let told = format!(
            "{}, where `{}` is {}",
            facts.architecture, entry.name, entry.architecture
        );
        return Err(misfit("model_type", told));
    }
    if let (Some(_), Some(wanted)) = (known, entry.dimensions)
        && facts.dimensions != Some(wanted)
    {
        let found = facts.dimensions.unwrap_or(0);
        let told = format!("{found}, where `{}` has {wanted}", entry.name);
        return Err(misfit(facts.dimensions_field, told));
    }
    if known.is_none() {
        entry.dimensions = facts.dimensions;
        (entry.query_prefix, entry.passage_prefix) = prompts(directory)?;
        entry.files = KNOWN_FILES
            .iter()
            .chain([&WEIGHTS])
            .map(|path| file(path))
            .collect();
    }
    entry
        .files
        .retain(|file| file.is_essential() || directory.join(&file.path).is_file());
    Ok(entry)
}

/// Tells which model a single ggml file is.
pub(crate) fn recognise_ggml(
    catalogue: &ModelCatalogue,
    path: &Path,
    name: Option<&str>,
) -> Result<ModelEntry, InferenceError> {
    let kind = read_ggml(path)?;
    let (task, architecture) = match kind {
        GgmlKind::Whisper => (Task::Speech, "whisper_ggml"),
        GgmlKind::Silero => (Task::VoiceActivity, "silero_ggml"),
    };
    let file_name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("model.bin");
    let unrecognised = |reason: String| InferenceError::Unrecognised {
        reason,
        path: path.to_owned(),
    };
    let entries = || catalogue.entries().iter();
    let known = match name {
        Some(name) => entries().find(|entry| entry.name == name),
        None => by_hash(catalogue, &sha256_of(path)?),
    };
    if let Some(entry) = known {
        if entry.architecture != architecture {
            return Err(unrecognised(format!(
                "holds {architecture}, `{}` is {}",
                entry.name, entry.architecture
            )));
        }
        return Ok(entry.clone());
    }
    if name.is_none()
        && let Some(entry) =
            entries().find(|entry| entry.files.iter().any(|file| file.path == file_name))
    {
        return Err(unrecognised(format!(
            "has the file name of `{}` and another SHA-256, so it needs a name",
            entry.name
        )));
    }
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let mut entry = custom(name.unwrap_or(stem), path, task, architecture)?;
    entry.files = vec![file(if file_name.ends_with(".bin") {
        file_name
    } else {
        "model.bin"
    })];
    Ok(entry)
}

fn file(path: &str) -> ModelFile {
    ModelFile {
        path: path.to_owned(),
        sha256: None,
        size_bytes: None,
    }
}

fn existing(directory: &Path, file: &str) -> Result<std::path::PathBuf, InferenceError> {
    let path = directory.join(file);
    if path.is_file() {
        Ok(path)
    } else {
        Err(InferenceError::FileMissing { path })
    }
}

fn by_hash<'a>(catalogue: &'a ModelCatalogue, sha256: &str) -> Option<&'a ModelEntry> {
    catalogue.entries().iter().find(|entry| {
        entry
            .weight_file()
            .is_some_and(|file| file.sha256.as_deref() == Some(sha256))
    })
}

/// Looks for the repository in the directory's path (a checkout, or the hub's own cache) and in
/// the name that `config.json` carries; only for models whose hash the catalogue does not know.
fn by_origin<'a>(
    catalogue: &'a ModelCatalogue,
    directory: &Path,
    config: &Value,
) -> Option<&'a ModelEntry> {
    let origin = config
        .get("_name_or_path")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let parts: Vec<String> = directory
        .iter()
        .map(|part| part.to_string_lossy().to_lowercase())
        .collect();
    catalogue
        .entries()
        .iter()
        .filter(|entry| {
            entry
                .weight_file()
                .is_some_and(|file| file.sha256.is_none())
        })
        .find(|entry| {
            let repository = entry.repository.to_lowercase();
            let short = repository.rsplit('/').next().unwrap_or_default().to_owned();
            let cached = format!("models--{}", repository.replace('/', "--"));
            origin.eq_ignore_ascii_case(&repository)
                || parts
                    .last()
                    .is_some_and(|last| *last == short || *last == entry.name)
                || parts.contains(&cached)
        })
}

/// An entry for a model that the catalogue does not know.
fn custom(
    name: &str,
    source: &Path,
    task: Task,
    architecture: &str,
) -> Result<ModelEntry, InferenceError> {
    if !is_model_name(name) {
        return Err(InferenceError::Unrecognised {
            reason: format!(
                "`{name}` can't be a model's name: letters, digits, `.`, `_` and `-` only"
            ),
            path: source.to_owned(),
        });
    }
    Ok(ModelEntry {
        name: name.to_owned(),
        task,
        architecture: architecture.to_owned(),
        repository: String::new(),
        revision: String::new(),
        description: "imported".to_owned(),
        licence: "unknown".to_owned(),
        languages: Vec::new(),
        dimensions: None,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        files: Vec::new(),
        wheel: None,
        max_phrase_millis: None,
        demonstration: false,
        calibration: None,
    })
}

/// What `config.json` says of a model.
struct Facts {
    task: Task,
    architecture: String,
    dimensions: Option<u32>,
    /// Where the dimensions stand.
    dimensions_field: &'static str,
}

impl Facts {
    fn read(config: &Value, path: &Path) -> Result<Self, InferenceError> {
        let model_type = config
            .get("model_type")
            .and_then(Value::as_str)
            .unwrap_or("missing");
        let number = |keys: [&str; 2]| -> Option<u32> {
            let at = if keys[0].is_empty() {
                Some(config)
            } else {
                config.get(keys[0])
            };
            at?.get(keys[1])?.as_u64()?.try_into().ok()
        };
        let (task, architecture, dimensions) = match model_type {
            "bert" => (Task::Passage, "bert", number(["", "hidden_size"])),
            "xlm-roberta" => (Task::Passage, "xlm_roberta", number(["", "hidden_size"])),
            // The defaults are those of the architectures' reference implementation.
            "clip" => (
                Task::Picture,
                "clip",
                number(["", "projection_dim"]).or(Some(512)),
            ),
            "siglip" => (
                Task::Picture,
                "siglip",
                number(["text_config", "projection_size"])
                    .or_else(|| number(["text_config", "hidden_size"]))
                    .or(Some(768)),
            ),
            other => {
                return Err(InferenceError::UnsupportedConfiguration {
                    field: "model_type".to_owned(),
                    value: other.to_owned(),
                    path: path.to_owned(),
                });
            }
        };
        Ok(Self {
            task,
            architecture: architecture.to_owned(),
            dimensions,
            dimensions_field: match architecture {
                "clip" => "projection_dim",
                "siglip" => "text_config.projection_size",
                _ => "hidden_size",
            },
        })
    }
}

/// The prefixes that a sentence encoder was trained with, from `config_sentence_transformers.json`.
fn prompts(directory: &Path) -> Result<(String, String), InferenceError> {
    let path = directory.join("config_sentence_transformers.json");
    if !path.is_file() {
        return Ok(Default::default());
    }
    let settings = read_json(&path)?;
    let prompt = |names: &[&str]| {
        let all = settings.get("prompts");
        let found = names.iter().find_map(|name| all?.get(name)?.as_str());
        found.unwrap_or_default().to_owned()
    };
    Ok((prompt(&["query"]), prompt(&["passage", "document"])))
}

/// Reads a JSON file of a model.
pub(crate) fn read_json(path: &Path) -> Result<Value, InferenceError> {
    let text = fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => InferenceError::FileMissing {
            path: path.to_owned(),
        },
        _ => InferenceError::Io {
            path: path.to_owned(),
            source,
        },
    })?;
    serde_json::from_slice(&text).map_err(|error| InferenceError::FileDamaged {
        reason: format!("not JSON ({error})"),
        path: path.to_owned(),
    })
}
