//! What a decode worker may use, and where it gives up every right that it does not need.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

/// Files that a worker may hold open: its pipes, the media file, and some for the C library.
const OPEN_FILES: u64 = 256;

/// What a decode worker may use before it is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerLimits {
    /// Address space of a worker in bytes (`RLIMIT_AS`); `u64::MAX` sets no limit.
    pub memory_bytes: u64,
    /// How long a worker may stay silent before it is killed.
    pub no_progress: Duration,
    /// Pictures with more pixels than this are refused.
    pub max_picture_pixels: u64,
}

impl Default for WorkerLimits {
    fn default() -> Self {
        Self {
            memory_bytes: 4 << 30,
            no_progress: Duration::from_secs(60),
            max_picture_pixels: 512_000_000,
        }
    }
}

impl WorkerLimits {
    /// The memory limit as people read it.
    pub(crate) fn memory_mebibytes(&self) -> u64 {
        self.memory_bytes >> 20
    }
}

/// Gives up what the child does not need; runs in it after the handshake and before the first file.
///
/// This is the one place where the child's rights shrink, while it still has a single thread, so
/// that whatever is added here (a file system sandbox, a system call filter) holds for all threads
/// to come. It sets resource limits: address space; no core files, which would hold a stranger's
/// content; no file may grow, since a worker writes to its pipe alone; few open files.
pub(super) fn confine(limits: &WorkerLimits) -> std::io::Result<()> {
    if limits.memory_bytes != u64::MAX {
        lower(Resource::As, limits.memory_bytes)?;
    }
    lower(Resource::Core, 0)?;
    lower(Resource::Fsize, 0)?;
    lower(Resource::Nofile, OPEN_FILES)
}

/// Sets both the soft and the hard limit, never above the hard limit in force.
fn lower(resource: Resource, value: u64) -> std::io::Result<()> {
    let hard = rustix::process::getrlimit(resource).maximum;
    let value = Some(hard.map_or(value, |hard| hard.min(value)));
    Ok(setrlimit(
        resource,
        Rlimit {
            current: value,
            maximum: value,
        },
    )?)
}
