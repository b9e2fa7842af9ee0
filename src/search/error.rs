//! What can go wrong with a search.

use thiserror::Error;

use super::language::LanguageError;
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
    /// The query has an operator that can't be read.
    #[error("failed to read the query at {error}\n{}", error.marked(query))]
    Language {
        /// As typed.
        query: String,
        /// What is wrong, and where.
        error: LanguageError,
    },
    /// The query asks for what is seen, and pictures can't be searched.
    #[error("failed to look for `{asked}`: {reason}")]
    NoPictures {
        /// What was to be seen.
        asked: String,
        /// Why not.
        reason: &'static str,
    },
    /// The page that was asked for is no page of this query.
    #[error("failed to go on at the cursor `{cursor}`: {reason}")]
    WrongCursor {
        /// As given, its beginning.
        cursor: String,
        /// What is wrong with it.
        reason: &'static str,
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
            Self::EmptyQuery { .. } | Self::Language { .. } | Self::WrongCursor { .. } => {
                Fault::User
            }
            Self::NoPictures { .. } => Fault::Environment,
            Self::Store(error) => error.fault(),
            Self::Inference(error) => error.fault(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::EmptyQuery { .. } => "query_empty",
            Self::Language { .. } => "query_syntax",
            Self::NoPictures { .. } => "pictures_not_searchable",
            Self::WrongCursor { .. } => "cursor_wrong",
            Self::Store(error) => error.code(),
            Self::Inference(error) => error.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::EmptyQuery { .. } => Some("describe what is seen or said, such as `archer hits the gold`; `-word` alone excludes but finds nothing".to_owned()),
            Self::Language { error, .. } => Some(error.hint.clone()),
            Self::NoPictures { .. } => Some("run `reeldex models pull siglip2-b-32-256` and `reeldex index` again, or leave `seen:` and `like:` out".to_owned()),
            Self::WrongCursor { .. } => Some("ask without a cursor for the first page, and go on with the `next_cursor` of its answer, the query and its filters as they were".to_owned()),
            Self::Store(error) => error.hint(),
            Self::Inference(error) => error.hint(),
        }
    }

    fn exit_status(&self) -> ExitStatus {
        match self {
            Self::EmptyQuery { .. } | Self::Language { .. } | Self::WrongCursor { .. } => {
                ExitStatus::Usage
            }
            Self::NoPictures { .. } => ExitStatus::Missing,
            Self::Store(error) => error.exit_status(),
            Self::Inference(error) => error.exit_status(),
        }
    }
}
