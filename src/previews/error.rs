//! Why a preview can't be shown.

use std::path::PathBuf;

use thiserror::Error;

use crate::fault::{Diagnose, Fault};
use crate::media::MediaError;

/// Why there is no preview.
#[derive(Debug, Error)]
pub enum PreviewError {
    /// The file can't be rendered.
    #[error("could not render the preview: {0}")]
    Media(#[source] MediaError),
    /// The file can't be looked at.
    #[error("could not read the file")]
    Source {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The cache has no room.
    #[error("no space left for previews")]
    DiskFull,
    /// The cache can't be used.
    #[error("could not use the preview cache: {}", path.display())]
    Cache {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// No thread could be started for it.
    #[error("could not start a rendering")]
    Thread {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Too many previews are in the making.
    #[error("too many previews are being rendered")]
    Busy,
    /// Everybody who asked for it went away.
    #[error("nobody waits for the preview any more")]
    Abandoned,
}

impl PreviewError {
    /// An error of the cache's file system, where a full disk is told apart.
    pub(super) fn cache(path: &std::path::Path, source: std::io::Error) -> Self {
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Cache {
                path: path.to_owned(),
                source,
            },
        }
    }
}

impl Diagnose for PreviewError {
    fn fault(&self) -> Fault {
        match self {
            Self::Media(error) => error.fault(),
            _ => Fault::Environment,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Media(error) => error.code(),
            Self::Source { .. } => "source_unreadable",
            Self::DiskFull => "disk_full",
            Self::Cache { .. } => "cache_unusable",
            Self::Thread { .. } => "no_thread",
            Self::Busy => "previews_busy",
            Self::Abandoned => "preview_abandoned",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Media(error) => return error.hint(),
                Self::Source { .. } => "check that the volume is mounted, then ask again",
                Self::DiskFull => "free some space, or set `cache_mebibytes` lower",
                Self::Cache { .. } => "check the permissions of the library's folder `cache`",
                Self::Thread { .. } | Self::Busy => "ask again in a few seconds",
                Self::Abandoned => return None,
            }
            .to_owned(),
        )
    }
}
