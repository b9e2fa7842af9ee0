//! The files of a shard: how they are laid out, and its log kept short.

use std::{
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use qdrant_edge::{Distance, EdgeConfig, EdgeVectorParams, VectorStorageDatatype, WalOptions};

use super::point::VECTOR;
use crate::{
    domain::SpaceId,
    store::{StoreError, disk},
};

/// The shard's own log is of no use here (what was not flushed is applied again from the
/// catalogue), so it is kept small.
pub(super) const LOG_BYTES: usize = 1 << 20;

/// What a shard of a space is made of.
pub(super) fn config(space: &SpaceId) -> EdgeConfig {
    let vectors = EdgeVectorParams::builder(space.dimensions as usize, Distance::Cosine)
        .on_disk(true)
        // The catalogue's own precision.
        .datatype(VectorStorageDatatype::Float16)
        .build();
    let log = WalOptions {
        segment_capacity: LOG_BYTES,
        segment_queue_len: 0,
        retain_closed: NonZeroUsize::MIN,
    };
    EdgeConfig::builder()
        .on_disk_payload(true)
        .vector(VECTOR, vectors)
        .wal_options(log)
        .build()
}

/// Removes all but the newest closed part of a shard's log, which the shard itself never does.
///
/// Every part but the open one is needed only for the number of its first entry, by which the next
/// part's is known.
pub(super) fn trim_log(shard: &Path) {
    if is_held(shard) {
        return;
    }
    let Ok(entries) = fs::read_dir(shard.join("wal")) else {
        return;
    };
    let mut closed: Vec<(u64, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let number = path
                .file_name()?
                .to_str()?
                .strip_prefix("closed-")?
                .parse()
                .ok()?;
            Some((number, path))
        })
        .collect();
    closed.sort_unstable();
    closed.pop();
    for (_, path) in closed {
        if let Err(error) = fs::remove_file(&path) {
            tracing::debug!(path = %path.display(), %error, "part of a vector shard's log stays");
        }
    }
}

/// Whether another process has the shard open: it holds a lock on the log's folder.
pub(super) fn is_held(shard: &Path) -> bool {
    let log = fs::File::open(shard.join("wal"));
    log.is_ok_and(|log| matches!(log.try_lock(), Err(fs::TryLockError::WouldBlock)))
}

pub(super) fn remove(directory: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(disk::io_error(directory, error))
        }
        _ => Ok(()),
    }
}
