//! `installed.json`: which files a model was installed with, so that a changed one is noticed.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{InferenceError, catalogue::ModelEntry};

/// Name of the record in a model's directory.
pub(crate) const RECORD_FILE: &str = "installed.json";

/// The version of the record's form; it goes up when an old reader would misread it.
const FORMAT_VERSION: u32 = 1;

/// One file as it was when its hash was last seen to be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRecord {
    /// Path below the model's directory, parts joined by `/`.
    pub(crate) path: String,
    /// SHA-256 in hexadecimal.
    pub(crate) sha256: String,
    /// Bytes.
    pub(crate) size_bytes: u64,
    /// Nanoseconds since 1970; with the size it tells cheaply whether the file was touched.
    pub(crate) modified_nanos: u128,
}

/// A model's directory as it was installed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct InstallRecord {
    format_version: u32,
    /// What the catalogue knew of it, its files reduced to those that are there.
    pub(crate) entry: ModelEntry,
    /// Where it came from: a repository and commit, or a path.
    pub(crate) source: String,
    /// When.
    pub(crate) installed_at: jiff::Timestamp,
    /// Its files, in the order of the entry.
    pub(crate) files: Vec<FileRecord>,
}

impl InstallRecord {
    /// Hashes every file that `entry` names in `directory`.
    pub(crate) fn take(
        directory: &Path,
        entry: ModelEntry,
        source: String,
    ) -> Result<Self, InferenceError> {
        let files = entry
            .files
            .iter()
            .map(|file| {
                let path = directory.join(&file.path);
                let (size_bytes, modified_nanos) = stamp(&path)?;
                let sha256 = sha256_of(&path)?;
                if let Some(expected) = &file.sha256
                    && *expected != sha256
                {
                    return Err(wrong_hash(path, expected, &sha256));
                }
                Ok(FileRecord {
                    path: file.path.clone(),
                    sha256,
                    size_bytes,
                    modified_nanos,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            format_version: FORMAT_VERSION,
            entry,
            source,
            installed_at: jiff::Timestamp::now(),
            files,
        })
    }

    /// Reads the record in `directory`; `None` when there is none, so no model either.
    pub(crate) fn read(directory: &Path) -> Result<Option<Self>, InferenceError> {
        let path = directory.join(RECORD_FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(InferenceError::Io { path, source }),
        };
        let damaged = |reason: String| InferenceError::FileDamaged {
            reason,
            path: path.clone(),
        };
        let record: Self = serde_json::from_slice(&text)
            .map_err(|error| damaged(format!("not a record of an installed model ({error})")))?;
        if record.format_version != FORMAT_VERSION {
            return Err(damaged(format!(
                "written by another version of reeldex (form {})",
                record.format_version
            )));
        }
        Ok(Some(record))
    }

    /// Writes the record into `directory`, whole or not at all.
    pub(crate) fn write(&self, directory: &Path) -> Result<(), InferenceError> {
        let path = directory.join(RECORD_FILE);
        let partial = directory.join(format!(".{RECORD_FILE}.{}", std::process::id()));
        let text = serde_json::to_vec_pretty(self).expect("a record is plain data with text keys");
        fs::write(&partial, text)
            .and_then(|()| fs::rename(&partial, &path))
            .map_err(|source| InferenceError::Io { path, source })
    }

    /// First 8 hexadecimal digits of the weight file's SHA-256.
    pub(crate) fn version(&self) -> String {
        let weights = self.entry.weight_file().map(|file| file.path.as_str());
        self.files
            .iter()
            .find(|file| Some(file.path.as_str()) == weights)
            .or(self.files.first())
            .map(|file| file.sha256.chars().take(8).collect())
            .unwrap_or_default()
    }
}

/// Size in bytes and time of the last change in nanoseconds.
pub(crate) fn stamp(path: &Path) -> Result<(u64, u128), InferenceError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => {
            return Err(InferenceError::FileMissing {
                path: path.to_owned(),
            });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(InferenceError::FileMissing {
                path: path.to_owned(),
            });
        }
        Err(source) => {
            return Err(InferenceError::Io {
                path: path.to_owned(),
                source,
            });
        }
    };
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok((metadata.len(), modified.map_or(0, |age| age.as_nanos())))
}

/// SHA-256 of a file in hexadecimal.
pub(crate) fn sha256_of(path: &Path) -> Result<String, InferenceError> {
    let fail = |source| InferenceError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(fail)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(fail)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// The error for a file with another hash than it should have.
pub(crate) fn wrong_hash(path: PathBuf, expected: &str, found: &str) -> InferenceError {
    InferenceError::FileDamaged {
        reason: format!(
            "SHA-256 is {}…, should be {}…",
            &found[..16],
            expected.get(..16).unwrap_or(expected)
        ),
        path,
    }
}
