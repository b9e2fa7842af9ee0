//! What ends an indexing run; a bad file does not.

use std::path::PathBuf;

use thiserror::Error;

use crate::{
    fault::{Diagnose, ExitStatus, Fault},
    inference::InferenceError,
    store::StoreError,
};

/// Why an indexing run could not begin or go on.
#[derive(Debug, Error)]
pub enum IndexingError {
    /// A place to index does not exist or can't be read.
    #[error("cannot index {}", path.display())]
    Root {
        /// The place.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A glob is malformed.
    #[error("`{glob}` is not a valid pattern")]
    Pattern {
        /// The glob.
        glob: String,
        /// Why.
        #[source]
        source: ignore::Error,
    },
    /// The library failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A model that was asked for can't be used.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}

impl Diagnose for IndexingError {
    fn fault(&self) -> Fault {
        match self {
            Self::Root { .. } | Self::Pattern { .. } => Fault::User,
            Self::Store(error) => error.fault(),
            Self::Inference(error) => error.fault(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Root { .. } => "root_unreadable",
            Self::Pattern { .. } => "pattern_invalid",
            Self::Store(error) => error.code(),
            Self::Inference(error) => error.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Root { .. } => {
                Some("check the spelling and that the volume is mounted".to_owned())
            }
            Self::Pattern { .. } => {
                Some("patterns are globs such as `*.tmp` or `proxies/`".to_owned())
            }
            Self::Store(error) => error.hint(),
            Self::Inference(error) => error.hint(),
        }
    }

    fn exit_status(&self) -> ExitStatus {
        match self {
            Self::Root { .. } | Self::Pattern { .. } => ExitStatus::Usage,
            Self::Store(error) => error.exit_status(),
            Self::Inference(error) => error.exit_status(),
        }
    }
}
