//! The configuration file: every field may be left out, none may be misspelt.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ConfigError, places};
use crate::media::protocol::ShotDepth;

/// What a configuration file may say; fields as in [`Overrides`](super::Overrides).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of `Overrides`")]
pub struct FileConfig {
    pub library: Option<PathBuf>,
    pub models_dir: Option<PathBuf>,
    pub vectors: Option<String>,
    pub vectors_api_key: Option<String>,
    pub threads: Option<usize>,
    pub workers: Option<usize>,
    pub worker_memory_mebibytes: Option<u64>,
    pub no_progress_seconds: Option<u64>,
    pub max_megapixels: Option<u64>,
    pub cache_mebibytes: Option<u64>,
    pub shots: Option<ShotDepth>,
    pub language: Option<String>,
    #[serde(default)]
    pub screen_languages: Vec<String>,
    pub models: Option<String>,
    pub picture_model: Option<String>,
    pub passage_model: Option<String>,
    pub speech_model: Option<String>,
    pub vocabulary: Option<PathBuf>,
    #[serde(default)]
    pub exclude: Vec<String>,
}

impl FileConfig {
    /// Reads the file that was named, or the one at the usual place should there be one.
    ///
    /// # Errors
    /// When a named file is missing, or the file is not what it should be.
    pub fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => match places::default_config() {
                Some(path) if path.exists() => path,
                _ => return Ok(Self::default()),
            },
        };
        let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::Place {
            path: path.clone(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| ConfigError::Field {
            path,
            source: Box::new(source),
        })
    }
}
