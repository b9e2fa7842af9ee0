//! What can go wrong with a reel.

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::{
    fault::{Diagnose, ExitStatus, Fault},
    media::MediaError,
    search::SearchError,
    store::StoreError,
};

/// Why a reel could not be made, changed, read, handed over or rendered.
#[derive(Debug, Error)]
pub enum ReelError {
    /// No reel has that name.
    #[error("there is no reel `{name}` at {path}")]
    NoReel {
        /// As given.
        name: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A name that no reel can have.
    #[error("`{name}` can't be a reel's name: {reason}")]
    BadName {
        /// As given.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A reel of that name is there already.
    #[error("there is a reel `{name}` already")]
    Exists {
        /// As given.
        name: String,
    },
    /// A file could not be read or written.
    #[error("failed to {doing} {path}")]
    File {
        /// What was tried: `read`, `write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not a reel.
    #[error("{path} is not a reel that can be read: {reason}")]
    NotAReel {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where in it.
        reason: String,
    },
    /// A file of excitement weights that can't be used.
    #[error("{path}, line {line}: these weights can't be used: {reason}")]
    Weights {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A change that can't be made.
    #[error("failed to {doing}: {reason}")]
    Edit {
        /// What was asked for.
        doing: String,
        /// Why not.
        reason: String,
    },
    /// A wish that contradicts itself.
    #[error("failed to compile the reel: {reason}")]
    Wish {
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing fits the wish.
    #[error("nothing fits {wish}")]
    NoMaterial {
        /// What was asked for.
        wish: String,
    },
    /// A person marked what a pick shows as not to be used.
    #[error("pick {pick} shows `{name}` from {start} to {end}, which {author} marked as blocked")]
    Blocked {
        /// The pick's number.
        pick: u32,
        /// The source's file name.
        name: String,
        /// Beginning of the blocked stretch, in running time.
        start: String,
        /// Its end.
        end: String,
        /// Who marked it.
        author: String,
    },
    /// A source is not where it was, or is no longer what it was.
    #[error("the source `{name}` of pick {pick} {reason}")]
    Source {
        /// The pick's number.
        pick: u32,
        /// The source's file name.
        name: String,
        /// What is wrong: `is missing`, `has changed`.
        reason: String,
    },
    /// A format that can't say what the reel is.
    #[error("failed to export the reel as {format}: {reason}")]
    Export {
        /// The format's name.
        format: &'static str,
        /// What it can't say.
        reason: String,
    },
    /// It can't be rendered as it was asked for.
    #[error("failed to render the reel: {reason}")]
    Render {
        /// What stands against it.
        reason: String,
    },
    /// The user stopped a rendering.
    #[error("rendering was stopped with {done} of {parts} parts done")]
    Interrupted {
        /// Parts that are done, and stay.
        done: usize,
        /// Parts in all.
        parts: usize,
    },
    /// The library could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The library could not be searched.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// Media could not be read or rendered.
    #[error(transparent)]
    Media(#[from] MediaError),
}

impl Diagnose for ReelError {
    fn fault(&self) -> Fault {
        match self {
            Self::NoReel { .. }
            | Self::BadName { .. }
            | Self::Exists { .. }
            | Self::NotAReel { .. }
            | Self::Weights { .. }
            | Self::Edit { .. }
            | Self::Wish { .. }
            | Self::NoMaterial { .. }
            | Self::Render { .. }
            | Self::Interrupted { .. }
            | Self::Export { .. }
            | Self::Blocked { .. } => Fault::User,
            Self::File { .. } | Self::Source { .. } => Fault::Environment,
            Self::Store(error) => error.fault(),
            Self::Search(error) => error.fault(),
            Self::Media(error) => error.fault(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoReel { .. } => "no_reel",
            Self::BadName { .. } => "bad_reel_name",
            Self::Exists { .. } => "reel_exists",
            Self::File { .. } => "reel_file",
            Self::NotAReel { .. } => "not_a_reel",
            Self::Weights { .. } => "excitement_weights",
            Self::Edit { .. } => "reel_edit",
            Self::Wish { .. } => "reel_wish",
            Self::NoMaterial { .. } => "no_material",
            Self::Blocked { .. } => "rights_blocked",
            Self::Source { .. } => "reel_source",
            Self::Render { .. } => "reel_render",
            Self::Interrupted { .. } => "interrupted",
            Self::Export { .. } => "reel_export",
            Self::Store(error) => error.code(),
            Self::Search(error) => error.code(),
            Self::Media(error) => error.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoReel { .. } => "`reeldex reel list` shows the reels there are".to_owned(),
            Self::BadName { .. } => "take letters, digits, spaces, `-`, `_` and `.`".to_owned(),
            Self::Exists { .. } => {
                "choose another with --name, or replace it with --force".to_owned()
            }
            Self::NotAReel { .. } => {
                "a reel is made by `reeldex reel new`; its form is in schemas/reel.schema.json"
                    .to_owned()
            }
            Self::Weights { .. } => {
                "their form is that of models/excitement.toml, which comes with the program"
                    .to_owned()
            }
            Self::NoMaterial { .. } => {
                "ask for something wider, or try the words with `reeldex search --weak`".to_owned()
            }
            Self::Blocked { .. } => {
                "drop the pick, or take the mark back with `reeldex correct`".to_owned()
            }
            Self::Source { .. } => {
                "mount its volume, or index its new place: `reeldex index DIR`; or drop the pick"
                    .to_owned()
            }
            Self::Interrupted { .. } => "run it again: it goes on where it was".to_owned(),
            Self::Store(error) => return error.hint(),
            Self::Search(error) => return error.hint(),
            Self::Media(error) => return error.hint(),
            Self::File { .. }
            | Self::Export { .. }
            | Self::Edit { .. }
            | Self::Wish { .. }
            | Self::Render { .. } => return None,
        })
    }

    fn exit_status(&self) -> ExitStatus {
        match self {
            Self::Interrupted { .. } => ExitStatus::Interrupted,
            Self::Store(error) => error.exit_status(),
            Self::Search(error) => error.exit_status(),
            Self::Media(error) => error.exit_status(),
            other => match other.fault() {
                Fault::User => ExitStatus::Usage,
                Fault::Environment | Fault::Bug => ExitStatus::Failed,
            },
        }
    }
}
