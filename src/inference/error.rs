//! What can go wrong with models.

use std::path::PathBuf;

use thiserror::Error;

use crate::fault::{Diagnose, ExitStatus, Fault};

/// Why a model could not be found, fetched, loaded or run.
#[derive(Debug, Error)]
pub enum InferenceError {
    /// The catalogue has no model of that name.
    #[error("no model is called `{name}`")]
    UnknownModel {
        /// The name asked for.
        name: String,
    },
    /// A model is not installed.
    #[error("model `{name}` is not installed")]
    NotInstalled {
        /// Its name.
        name: String,
    },
    /// A model lacks a file.
    #[error("model file missing: {}", path.display())]
    FileMissing {
        /// The file.
        path: PathBuf,
    },
    /// A model's file is not what it should be.
    #[error("{reason}: {}", path.display())]
    FileDamaged {
        /// What is wrong: hash, length, a tensor's name or shape.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A model's configuration asks for something this program does not know.
    #[error("unsupported `{field}` = {value}: {}", path.display())]
    UnsupportedConfiguration {
        /// The field in the configuration.
        field: String,
        /// Its value.
        value: String,
        /// The configuration file.
        path: PathBuf,
    },
    /// A download failed.
    #[error("could not fetch `{file}` of model `{model}`")]
    Fetch {
        /// The model.
        model: String,
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of the models directory could not be read or written.
    #[error("could not access {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A model failed while running.
    #[error("{model} failed")]
    Run {
        /// The model.
        model: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A program or its data that inference needs is not installed.
    #[error("{what} is not installed")]
    DependencyMissing {
        /// What is missing.
        what: String,
        /// How to get it.
        hint: String,
    },
    /// The user stopped it.
    #[error("stopped")]
    Cancelled,
}

impl Diagnose for InferenceError {
    fn fault(&self) -> Fault {
        match self {
            Self::UnknownModel { .. } => Fault::User,
            Self::Run { .. } => Fault::Bug,
            _ => Fault::Environment,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownModel { .. } => "model_unknown",
            Self::NotInstalled { .. } => "model_missing",
            Self::FileMissing { .. } => "model_file_missing",
            Self::FileDamaged { .. } => "model_file_damaged",
            Self::UnsupportedConfiguration { .. } => "model_unsupported",
            Self::Fetch { .. } => "model_fetch",
            Self::Io { .. } => "model_io",
            Self::Run { .. } => "model_run",
            Self::DependencyMissing { .. } => "dependency_missing",
            Self::Cancelled => "stopped",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownModel { .. } => "run `reeldex models list` for the names".to_owned(),
            Self::NotInstalled { name } => format!("run `reeldex models pull {name}`, or `reeldex models import DIR` without a network"),
            Self::FileMissing { .. } | Self::FileDamaged { .. } => {
                "pull or import the model again; `reeldex models verify` checks every file".to_owned()
            }
            Self::UnsupportedConfiguration { .. } => "choose a model of the catalogue: `reeldex models list`".to_owned(),
            Self::Fetch { .. } => "check the network and HTTPS_PROXY and run the command again, it goes on where it stopped; without a network use `reeldex models import DIR`".to_owned(),
            Self::Io { .. } => "check the permissions and free space of the models directory".to_owned(),
            Self::DependencyMissing { hint, .. } => hint.clone(),
            Self::Run { .. } | Self::Cancelled => return None,
        })
    }

    fn exit_status(&self) -> ExitStatus {
        match self {
            Self::UnknownModel { .. } => ExitStatus::Usage,
            Self::Run { .. } | Self::Io { .. } | Self::Fetch { .. } => ExitStatus::Failed,
            Self::Cancelled => ExitStatus::Interrupted,
            _ => ExitStatus::Missing,
        }
    }
}
