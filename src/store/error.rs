//! What can go wrong with the library's stores.

use std::path::PathBuf;

use thiserror::Error;

use crate::fault::{Diagnose, Fault};

/// Why the catalogue or an index could not be opened, read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process writes to the library.
    #[error("another reeldex is writing to the library {}", directory.display())]
    Busy {
        /// The library.
        directory: PathBuf,
    },
    /// There is no library.
    #[error("no library at {}", directory.display())]
    NoLibrary {
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// A newer program made the library.
    #[error("the library's format {found} is newer than this program's {known}: {}", directory.display())]
    TooNew {
        /// The format found.
        found: i64,
        /// The newest format known.
        known: i64,
        /// The library.
        directory: PathBuf,
    },
    /// An older program made the library, and it is opened for reading only.
    #[error("the library's format {found} is older than this program's {known}: {}", directory.display())]
    TooOld {
        /// The format found.
        found: i64,
        /// The format known.
        known: i64,
        /// The library.
        directory: PathBuf,
    },
    /// The catalogue's file is not a sound SQLite database.
    #[error("the catalogue {} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Something was to be written to a library opened for reading.
    #[error("the library is open for reading only and can't {action}")]
    ReadOnly {
        /// What was to be done.
        action: &'static str,
    },
    /// An analysis that does not fit together.
    #[error("the analysis of asset {asset} is malformed: {reason}")]
    Malformed {
        /// The asset's id.
        asset: String,
        /// What does not fit.
        reason: String,
    },
    /// The disk is full.
    #[error("no space left for the library {}", directory.display())]
    DiskFull {
        /// The library.
        directory: PathBuf,
    },
    /// The catalogue failed.
    #[error("the catalogue failed to {action}")]
    Catalog {
        /// What was being done.
        action: &'static str,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// An index failed.
    #[error("the {index} index failed to {action}")]
    Index {
        /// `full-text` or `vector`.
        index: &'static str,
        /// What was being done.
        action: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A stored value can't be read.
    #[error("the catalogue holds an unreadable {what}")]
    Unreadable {
        /// What kind of value.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of the library could not be read or written.
    #[error("could not access {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// No asset fits what was asked for.
    #[error("no asset is called `{name}`")]
    UnknownAsset {
        /// The prefix or path.
        name: String,
    },
    /// No segment has that id.
    #[error("asset {asset} has no segment {segment}")]
    UnknownSegment {
        /// The asset's id, shortened.
        asset: String,
        /// The segment's id.
        segment: String,
    },
    /// A correction of something that nobody says.
    #[error("no {kind} there says `{value}`")]
    NotSaid {
        /// The kind of assertion.
        kind: &'static str,
        /// What was to be contradicted.
        value: String,
    },
    /// A correction that says nothing, or too much.
    #[error("not a correction: {reason}")]
    NoCorrection {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No correction has that number.
    #[error("there is no correction {id}")]
    UnknownCorrection {
        /// The number.
        id: i64,
    },
    /// More than one asset fits.
    #[error("`{name}` fits {count} assets")]
    AmbiguousAsset {
        /// The prefix or path.
        name: String,
        /// How many fit.
        count: usize,
    },
}

impl Diagnose for StoreError {
    fn fault(&self) -> Fault {
        match self {
            Self::NoLibrary { .. }
            | Self::UnknownAsset { .. }
            | Self::AmbiguousAsset { .. }
            | Self::UnknownSegment { .. }
            | Self::NotSaid { .. }
            | Self::NoCorrection { .. }
            | Self::UnknownCorrection { .. } => Fault::User,
            Self::ReadOnly { .. } | Self::Malformed { .. } => Fault::Bug,
            _ => Fault::Environment,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "library_busy",
            Self::NoLibrary { .. } => "library_missing",
            Self::TooNew { .. } => "library_too_new",
            Self::TooOld { .. } => "library_too_old",
            Self::Damaged { .. } => "catalogue_damaged",
            Self::ReadOnly { .. } => "library_read_only",
            Self::Malformed { .. } => "analysis_malformed",
            Self::DiskFull { .. } => "disk_full",
            Self::Catalog { .. } => "catalogue_failed",
            Self::Index { .. } => "index_failed",
            Self::Unreadable { .. } => "catalogue_unreadable",
            Self::Io { .. } => "library_io",
            Self::UnknownAsset { .. } => "asset_unknown",
            Self::AmbiguousAsset { .. } => "asset_ambiguous",
            Self::UnknownSegment { .. } => "segment_unknown",
            Self::NotSaid { .. } => "assertion_unknown",
            Self::NoCorrection { .. } => "correction_invalid",
            Self::UnknownCorrection { .. } => "correction_unknown",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Busy { .. } => "wait until it is done, or give this run a library of its own with --library; a running `reeldex serve` indexes by itself what is asked of it with POST /jobs, and searches beside it",
                Self::NoLibrary { .. } => "make one with `reeldex index DIR`, or name another with --library",
                Self::TooNew { .. } => "use the newer reeldex that made it",
                Self::TooOld { .. } => "run `reeldex index` or `reeldex reindex` once; it brings the library up to date",
                Self::Damaged { .. } => "restore the library from a copy, or remove it and index again",
                Self::ReadOnly { .. } | Self::Malformed { .. } => "this is an error in reeldex; please report it",
                Self::DiskFull { .. } => "free some space and run the command again; it goes on where it stopped",
                Self::Catalog { .. } | Self::Unreadable { .. } => "check the disk; if it is sound, restore the library from a copy",
                Self::Index { .. } => "run `reeldex reindex`: it rebuilds both indexes from the catalogue",
                Self::Io { .. } => "check the permissions and free space of the library",
                Self::UnknownAsset { .. } => "give a path, or the first digits of an id as `reeldex search` prints them",
                Self::AmbiguousAsset { .. } => "give more digits of the id",
                Self::UnknownSegment { .. } | Self::NotSaid { .. } => {
                    "look at what is said now with `reeldex show ASSET`; another run may have found something else"
                }
                Self::NoCorrection { .. } => "say what is so, what is not so, or both",
                Self::UnknownCorrection { .. } => "list an asset's corrections with `reeldex correct ASSET`",
            }
            .to_owned(),
        )
    }
}
