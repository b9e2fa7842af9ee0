//! What an indexing run tells while it works and when it has ended.

use std::path::PathBuf;

use serde::Serialize;

use crate::domain::{AssetId, Step};

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum IndexEvent {
    /// Files were found so far.
    Scanned {
        /// How many.
        files: u64,
    },
    /// The scan is over; this is what there is to do.
    Planned {
        /// Files to read because they are new or changed.
        to_read: u64,
        /// Their size together.
        bytes: u64,
        /// Known assets with steps to run.
        to_refresh: u64,
    },
    /// An asset is being analysed.
    Started {
        /// One of its locations.
        path: PathBuf,
    },
    /// A file is done with, whatever became of it.
    Finished {
        /// The file.
        path: PathBuf,
        /// Its asset, where it has one.
        asset_id: Option<AssetId>,
        /// Its size.
        bytes: u64,
        /// Running time that was analysed.
        media_millis: i64,
    },
    /// A step failed on a file, or the file could not be read at all.
    Failed {
        /// The file.
        path: PathBuf,
        /// The step; `None` before any step could run.
        step: Option<Step>,
        /// Why.
        reason: String,
        /// What to do next.
        hint: Option<String>,
    },
}

/// Whoever watches an indexing run; called from many threads.
pub trait Observer: Sync {
    /// Takes note of an event.
    fn observe(&self, event: IndexEvent);
}

impl Observer for () {
    fn observe(&self, _event: IndexEvent) {}
}

/// The sums of an indexing run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IndexReport {
    /// Files seen.
    pub files: u64,
    /// Files that were known and unchanged; none of their bytes was read.
    pub unchanged: u64,
    /// Assets analysed for the first time.
    pub analysed: u64,
    /// Known assets of which some steps ran again.
    pub refreshed: u64,
    /// Known assets found at one more or another place.
    pub relocated: u64,
    /// Files that are not media.
    pub not_media: u64,
    /// Files gone from where they were; their assets stay searchable.
    pub missing: u64,
    /// Files of which at least one step failed, or that could not be read.
    pub failed: u64,
    /// Running time analysed.
    pub media_millis: i64,
    /// How long it all took.
    pub took_millis: u64,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// What limits what was found, such as models that only demonstrate; for people to read.
    pub notes: Vec<String>,
}
