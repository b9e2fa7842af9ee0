//! Room on the library's disk, and who may write to it.

use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::StoreError;

/// Room that must stay free beyond what is about to be written: the indexes grow their files in
/// steps, and a mapped file that the disk has no room for ends the process.
const RESERVE_BYTES: u64 = 8 << 20;

/// The file that the one writer of a library locks.
const LOCK_FILE: &str = "writer.lock";

/// Fails when the disk has no room for `bytes` more.
pub(super) fn require_space(directory: &Path, bytes: u64) -> Result<(), StoreError> {
    let room = rustix::fs::statvfs(directory)
        .map_err(|source| io_error(directory, source.into()))
        .map(|system| system.f_bavail.saturating_mul(system.f_frsize))?;
    if room < bytes.saturating_add(RESERVE_BYTES) {
        return Err(StoreError::DiskFull {
            directory: directory.to_owned(),
        });
    }
    Ok(())
}

/// An error of the file system, where a full disk is told apart.
pub(super) fn io_error(path: &Path, source: std::io::Error) -> StoreError {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::DiskFull {
            directory: path.to_owned(),
        },
        _ => StoreError::Io {
            path: path.to_owned(),
            source,
        },
    }
}

/// Takes the library's write lock; it is given back when the file is closed, also by a kill.
pub(super) fn lock(library: &Path) -> Result<File, StoreError> {
    let path = library.join(LOCK_FILE);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| io_error(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Busy {
            directory: library.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(io_error(&path, source)),
    }
}

/// Makes a library's directory.
pub(super) fn make(library: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(library).map_err(|source| io_error(library, source))
}

/// The same error, or `DiskFull` where that is what is behind it: libraries tell it as text.
pub(super) fn tell_full(library: &Path, error: StoreError) -> StoreError {
    match (&error, require_space(library, 0)) {
        (StoreError::Index { .. } | StoreError::Io { .. }, Err(full)) => full,
        _ => error,
    }
}

/// What tells one run of the system from the next; `None` where the system does not say.
pub(super) fn boot_id() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

/// Asks the system to have the files below these folders in its memory before they are looked into,
/// where it has room for all of them; gives how many bytes they are.
///
/// A graph of vectors is walked from one page to any other: on a system that has just started, each
/// step would wait for the disk.
pub(super) fn read_ahead(folders: &[PathBuf]) -> u64 {
    let mut files = Vec::new();
    let mut folders = folders.to_vec();
    while let Some(folder) = folders.pop() {
        // Files come and go while an index merges its parts.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(found) if found.is_dir() => folders.push(entry.path()),
                Ok(found) if found.is_file() => files.push((entry.path(), found.len())),
                _ => (),
            }
        }
    }
    let bytes: u64 = files.iter().map(|(_, bytes)| bytes).sum();
    if available_bytes().is_none_or(|available| bytes > available / 2) {
        return 0;
    }
    for (path, _) in files {
        if let Ok(file) = File::open(&path) {
            // Advice: what is not followed costs time, no more.
            let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::WillNeed);
        }
    }
    bytes
}

/// Memory that programs and files could take.
fn available_bytes() -> Option<u64> {
    let told = fs::read_to_string("/proc/meminfo").ok()?;
    let line = told
        .lines()
        .find(|line| line.starts_with("MemAvailable:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_below_are_read_ahead_and_what_is_not_there_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("1"), [1; 1000]).unwrap();
        fs::write(directory.path().join("2"), [2; 24]).unwrap();
        let folders = [directory.path().to_owned(), directory.path().join("none")];
        assert_eq!(read_ahead(&folders), 1024);
    }
}
