//! What can be wrong with settings.

use std::path::PathBuf;

use thiserror::Error;

use crate::fault::{Diagnose, Fault};

/// Why settings could not be composed.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A path can't be used.
    #[error("could not read {}", path.display())]
    Place {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The configuration file has an unknown field or a wrong value.
    #[error("the configuration is not valid: {}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Where and what.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// No pack of models has that name.
    #[error("no pack of models is called `{name}`")]
    UnknownPack {
        /// The name.
        name: String,
        /// The packs there are.
        known: Vec<String>,
    },
    /// There is no home directory to put a library into.
    #[error("no home directory is set, so there is no usual place for a library")]
    NoHome,
}

impl Diagnose for ConfigError {
    fn fault(&self) -> Fault {
        Fault::User
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Place { .. } => "configuration_unreadable",
            Self::Field { .. } => "configuration_invalid",
            Self::UnknownPack { .. } => "pack_unknown",
            Self::NoHome => "no_home",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::UnknownPack { known, .. } => {
                    return Some(format!(
                        "packs are {}; one model is named with --picture-model, --passage-model or --speech-model",
                        known.join(", ")
                    ));
                }
                Self::Place { .. } => {
                    "check the path given with --config, --library or --models-dir"
                }
                Self::Field { .. } => {
                    "`reeldex index --help` names every setting; in the file they have underscores"
                }
                Self::NoHome => "name places with --library DIR and --models-dir DIR",
            }
            .to_owned(),
        )
    }
}
