//! The models directory: what is installed, whether it is sound, and how something gets in.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    InferenceError,
    calibration::Calibration,
    catalogue::{InstalledModel, ModelCatalogue, Task},
    record::{InstallRecord, sha256_of, stamp, wrong_hash},
};

/// A directory of models: `<name>/` with the model's files and `installed.json`.
///
/// Names that begin with a dot are not models: work in progress lies there.
#[derive(Debug, Clone)]
pub struct ModelStore {
    directory: PathBuf,
    catalogue: ModelCatalogue,
}

/// What [`ModelStore::verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// The model.
    pub name: String,
    /// One line for each of its files.
    pub files: Vec<VerifiedFile>,
}

impl VerifyReport {
    /// Whether every file is as it was installed.
    pub fn is_sound(&self) -> bool {
        self.files.iter().all(|file| file.problem.is_none())
    }
}

/// One file of a verified model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedFile {
    /// Path below the model's directory.
    pub path: String,
    /// What is wrong with it; `None` when its hash is right.
    pub problem: Option<String>,
}

impl ModelStore {
    /// Opens the directory; it need not exist yet.
    ///
    /// # Errors
    /// When the built-in catalogue is malformed.
    pub fn open(models_dir: &Path) -> Result<Self, InferenceError> {
        Ok(Self {
            directory: models_dir.to_owned(),
            catalogue: ModelCatalogue::builtin()?,
        })
    }

    /// The models directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The models that can be asked for by name.
    pub fn catalogue(&self) -> &ModelCatalogue {
        &self.catalogue
    }

    /// Every installed model: catalogue order first, then imported models of other names by name.
    ///
    /// It tells what was installed; whether the files are still there is seen by
    /// [`find`](Self::find) and [`verify`](Self::verify).
    ///
    /// # Errors
    /// When the directory can't be read or a record is damaged.
    pub fn installed(&self) -> Result<Vec<InstalledModel>, InferenceError> {
        let io = |source| InferenceError::Io {
            path: self.directory.clone(),
            source,
        };
        let listing = match fs::read_dir(&self.directory) {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(io(source)),
        };
        let mut models = Vec::new();
        for item in listing {
            let item = item.map_err(io)?;
            if item.file_name().to_str().is_some_and(is_model_name)
                && let Some(model) = read_model(&item.path())?
            {
                models.push(model);
            }
        }
        let order = |model: &InstalledModel| {
            let mut names = self.catalogue.entries().iter().map(|entry| &entry.name);
            names
                .position(|name| *name == model.entry.name)
                .unwrap_or(usize::MAX)
        };
        models.sort_by_cached_key(|model| (order(model), model.entry.name.clone()));
        Ok(models)
    }

    /// The installed model of that name, or else the first one for `task` in the order of
    /// [`installed`](Self::installed) that is no demonstration model; `None` when no name is given
    /// and there is none.
    ///
    /// # Errors
    /// When the model named is not installed, not known, or for another task; when the model
    /// found lacks a file.
    pub fn find(
        &self,
        task: Task,
        name: Option<&str>,
    ) -> Result<Option<InstalledModel>, InferenceError> {
        let model = match name {
            Some(name) => Some(self.named(name)?),
            None => self
                .installed()?
                .into_iter()
                .find(|model| model.entry.task == task && !model.entry.demonstration),
        };
        let Some(model) = model else {
            return Ok(None);
        };
        if model.entry.task != task {
            return Err(InferenceError::WrongTask {
                name: model.entry.name,
                task: model.entry.task,
                wanted: task,
            });
        }
        for file in &model.entry.files {
            stamp(&model.directory.join(&file.path))?;
        }
        Ok(Some(model))
    }

    /// The installed model of that name.
    ///
    /// # Errors
    /// When it is not installed, not known, or its record is damaged.
    pub fn named(&self, name: &str) -> Result<InstalledModel, InferenceError> {
        if is_model_name(name)
            && let Some(model) = read_model(&self.directory.join(name))?
        {
            return Ok(model);
        }
        self.catalogue.find(name)?;
        Err(InferenceError::NotInstalled {
            name: name.to_owned(),
        })
    }

    /// Hashes every file of an installed model again.
    ///
    /// # Errors
    /// When the model is not installed or its record is unreadable; damage to its files is in the
    /// report.
    pub fn verify(&self, name: &str) -> Result<VerifyReport, InferenceError> {
        let directory = self.directory.join(name);
        let record = if is_model_name(name) {
            InstallRecord::read(&directory)?
        } else {
            None
        };
        let Some(mut record) = record else {
            self.catalogue.find(name)?;
            return Err(InferenceError::NotInstalled {
                name: name.to_owned(),
            });
        };
        let mut files = Vec::new();
        for file in &mut record.files {
            let path = directory.join(&file.path);
            let problem = match stamp(&path).and_then(|stamp| Ok((stamp, sha256_of(&path)?))) {
                Ok(((_, modified_nanos), sha256)) if sha256 == file.sha256 => {
                    file.modified_nanos = modified_nanos;
                    None
                }
                Ok((_, sha256)) => Some(wrong_hash(path, &file.sha256, &sha256).to_string()),
                Err(error) => Some(error.to_string()),
            };
            files.push(VerifiedFile {
                path: file.path.clone(),
                problem,
            });
        }
        let report = VerifyReport {
            name: name.to_owned(),
            files,
        };
        if report.is_sound() {
            // A models directory that may only be read is verified all the same.
            let _ = record.write(&directory);
        }
        Ok(report)
    }

    /// Makes sure that a model's files are the ones that were installed; every loader calls it.
    ///
    /// A file whose size and time of change are those of its record counts as unchanged; any
    /// other is hashed.
    ///
    /// # Errors
    /// When a file is missing or has another hash.
    pub fn check(model: &InstalledModel) -> Result<(), InferenceError> {
        let Some(mut record) = InstallRecord::read(&model.directory)? else {
            return Err(InferenceError::NotInstalled {
                name: model.entry.name.clone(),
            });
        };
        let mut is_touched = false;
        for file in &mut record.files {
            let path = model.directory.join(&file.path);
            let (size_bytes, modified_nanos) = stamp(&path)?;
            if (size_bytes, modified_nanos) == (file.size_bytes, file.modified_nanos) {
                continue;
            }
            let sha256 = sha256_of(&path)?;
            if sha256 != file.sha256 {
                return Err(wrong_hash(path, &file.sha256, &sha256));
            }
            file.modified_nanos = modified_nanos;
            is_touched = true;
        }
        if is_touched {
            // Only saves hashing next time; a models directory that may only be read stays as it is.
            let _ = record.write(&model.directory);
        }
        Ok(())
    }

    /// Keeps a calibration with an installed model, in the place of the one that it has.
    ///
    /// # Errors
    /// When it is not installed, or its record can't be written.
    pub fn keep_calibration(
        &self,
        name: &str,
        calibration: &Calibration,
    ) -> Result<(), InferenceError> {
        let model = self.named(name)?;
        let Some(mut record) = InstallRecord::read(&model.directory)? else {
            return Err(InferenceError::NotInstalled {
                name: name.to_owned(),
            });
        };
        record.entry.calibration = Some(calibration.clone());
        record.write(&model.directory)
    }

    /// Removes an installed model.
    ///
    /// # Errors
    /// When it is not installed or its files can't be removed.
    pub fn remove(&self, name: &str) -> Result<(), InferenceError> {
        let directory = self.directory.join(name);
        if !is_model_name(name) || !directory.is_dir() {
            self.catalogue.find(name)?;
            return Err(InferenceError::NotInstalled {
                name: name.to_owned(),
            });
        }
        fs::remove_dir_all(&directory).map_err(|source| InferenceError::Io {
            path: directory,
            source,
        })
    }
}

/// The model in `directory`; `None` when it holds none.
fn read_model(directory: &Path) -> Result<Option<InstalledModel>, InferenceError> {
    let Some(record) = InstallRecord::read(directory)? else {
        return Ok(None);
    };
    let version = record.version();
    Ok(Some(InstalledModel {
        entry: record.entry,
        directory: directory.to_owned(),
        version,
    }))
}

/// Whether `name` can be a directory's name everywhere and stays inside the models directory.
pub(crate) fn is_model_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 100
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests;
