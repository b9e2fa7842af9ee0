//! What can go wrong with a search.

use thiserror::Error;

use crate::{
    fault::{Diagnose, ExitStatus, Fault},
    inference::InferenceError,
    store::StoreError,
};

/// Why a search gave no answer.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The query has no words to look for.
    #[error("the query `{query}` names nothing to look for")]
    EmptyQuery {
        /// As typed, its beginning.
        query: String,
    },
    /// The library could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A model could not read the query.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}

impl Diagnose for SearchError {
    fn fault(&self) -> Fault {
        match self {
            Self::EmptyQuery { .. } => Fault::User,
            Self::Store(error) => error.fault(),
            Self::Inference(error) => error.fault(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::EmptyQuery { .. } => "query_empty",
            Self::Store(error) => error.code(),
            Self::Inference(error) => error.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::EmptyQuery { .. } => Some("describe what is seen or said, such as `archer hits the gold`; `-word` alone excludes but finds nothing".to_owned()),
            Self::Store(error) => error.hint(),
            Self::Inference(error) => error.hint(),
        }
    }

    fn exit_status(&self) -> ExitStatus {
        match self {
            Self::EmptyQuery { .. } => ExitStatus::Usage,
            Self::Store(error) => error.exit_status(),
            Self::Inference(error) => error.exit_status(),
        }
    }
}
