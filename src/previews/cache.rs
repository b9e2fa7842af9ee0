//! Renderings kept on disk up to a size; what was not used for longest goes first.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use super::{PreviewError, PreviewReader};

/// Drafts older than this were left behind by a program that was killed.
const STALE_DRAFT: Duration = Duration::from_secs(3600);

/// The ending of drafts; nothing that is served has it.
const DRAFT_EXTENSION: &str = "part";

/// The cache of one library.
pub(super) struct Cache {
    library: PathBuf,
    limit_bytes: u64,
    entries: OnceLock<Mutex<Entries>>,
    drafts: AtomicU64,
}

#[derive(Default)]
struct Entries {
    total_bytes: u64,
    by_key: HashMap<String, Entry>,
}

struct Entry {
    bytes: u64,
    last_used: SystemTime,
}

/// A file in the making. Dropped before it is kept, it is removed.
pub(super) struct Draft {
    file: File,
    path: PathBuf,
}

impl Draft {
    /// Another handle on the file, for reading.
    pub(super) fn try_clone(&self) -> Result<File, PreviewError> {
        self.file
            .try_clone()
            .map_err(|error| PreviewError::cache(&self.path, error))
    }

    pub(super) fn append(&self, bytes: &[u8]) -> Result<(), PreviewError> {
        (&self.file)
            .write_all(bytes)
            .map_err(|error| PreviewError::cache(&self.path, error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Kept under its name by now, or not wanted.
        let _ = fs::remove_file(&self.path);
    }
}

impl Cache {
    pub(super) fn new(library: &Path, limit_bytes: u64) -> Self {
        Self {
            library: library.to_owned(),
            limit_bytes,
            entries: OnceLock::new(),
            drafts: AtomicU64::new(0),
        }
    }

    fn folder(&self) -> PathBuf {
        self.library.join("cache")
    }

    /// What is kept under `key`; its use is noted.
    pub(super) fn get(&self, key: &str) -> Result<Option<PreviewReader>, PreviewError> {
        let path = self.folder().join(key);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(PreviewError::cache(&path, error)),
        };
        let bytes = file
            .metadata()
            .map_err(|error| PreviewError::cache(&path, error))?
            .len();
        let now = SystemTime::now();
        // On disk too, for the next program; where that is not allowed, order is all that suffers.
        let _ = file.set_modified(now);
        self.note(key, bytes, now);
        Ok(Some(PreviewReader::kept(file, bytes)))
    }

    /// A new file to write to, which nobody else sees under `key`.
    pub(super) fn draft(&self, key: &str) -> Result<Draft, PreviewError> {
        let folder = self.folder();
        let name = format!(
            "{}-{}.{DRAFT_EXTENSION}",
            std::process::id(),
            self.drafts.fetch_add(1, Ordering::Relaxed)
        );
        let kind = Path::new(key).parent().unwrap_or(Path::new(""));
        // One by one: a library that is gone must not come back as an empty folder.
        for folder in [folder.clone(), folder.join(kind)] {
            match fs::create_dir(&folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(PreviewError::cache(&folder, error));
                }
                _ => {}
            }
        }
        let path = folder.join(name);
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(|error| PreviewError::cache(&path, error))?;
        Ok(Draft { file, path })
    }

    /// Gives a finished draft its name, and makes room for it.
    pub(super) fn keep(&self, key: &str, draft: &Draft) -> Result<(), PreviewError> {
        let path = self.folder().join(key);
        let bytes = draft
            .file
            .metadata()
            .map_err(|error| PreviewError::cache(&path, error))?
            .len();
        // Larger than everything that may be kept: who reads it has it open.
        if bytes > self.limit_bytes {
            return Ok(());
        }
        fs::rename(&draft.path, &path).map_err(|error| PreviewError::cache(&path, error))?;
        self.note(key, bytes, SystemTime::now());
        self.make_room(key);
        Ok(())
    }

    fn entries(&self) -> &Mutex<Entries> {
        // Read when first needed: a cache of 10,000 files takes a moment to list.
        self.entries
            .get_or_init(|| Mutex::new(Entries::read(&self.folder())))
    }

    fn note(&self, key: &str, bytes: u64, last_used: SystemTime) {
        let mut entries = self
            .entries()
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        entries.set(key.to_owned(), Entry { bytes, last_used });
    }

    /// Removes what was not used for longest until all that is left is within the limit.
    fn make_room(&self, newest: &str) {
        let mut entries = self
            .entries()
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if entries.total_bytes <= self.limit_bytes {
            return;
        }
        let mut by_age: Vec<(SystemTime, String)> = entries
            .by_key
            .iter()
            .filter(|(key, _)| *key != newest)
            .map(|(key, entry)| (entry.last_used, key.clone()))
            .collect();
        by_age.sort();
        for (_, key) in by_age {
            if entries.total_bytes <= self.limit_bytes {
                return;
            }
            match fs::remove_file(self.folder().join(&key)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%key, %error, "a preview could not be removed");
                }
                _ => entries.remove(&key),
            }
        }
    }
}

impl Entries {
    /// What an earlier program left in `folder`; drafts that were never finished are removed.
    fn read(folder: &Path) -> Self {
        let mut entries = Self::default();
        // A folder that can't be listed yet holds nothing that counts.
        for kind in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = kind.path();
            if path.extension().is_some_and(|it| it == DRAFT_EXTENSION) {
                let age = kind.metadata().and_then(|it| it.modified());
                if age.is_ok_and(|it| it.elapsed().is_ok_and(|age| age > STALE_DRAFT)) {
                    let _ = fs::remove_file(&path);
                }
                continue;
            }
            for file in fs::read_dir(&path).into_iter().flatten().flatten() {
                let key = Path::new(&kind.file_name()).join(file.file_name());
                if let (Ok(metadata), Some(key)) = (file.metadata(), key.to_str())
                    && metadata.is_file()
                {
                    let last_used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                    let bytes = metadata.len();
                    entries.set(key.to_owned(), Entry { bytes, last_used });
                }
            }
        }
        entries
    }

    fn set(&mut self, key: String, entry: Entry) {
        self.remove(&key);
        self.total_bytes += entry.bytes;
        self.by_key.insert(key, entry);
    }

    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.by_key.remove(key) {
            self.total_bytes -= entry.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(cache: &Cache, key: &str, bytes: usize) {
        let draft = cache.draft(key).unwrap();
        draft.append(&vec![7; bytes]).unwrap();
        cache.keep(key, &draft).unwrap();
        // Times of files are compared, and some file systems tell them in milliseconds alone.
        std::thread::sleep(Duration::from_millis(10));
    }

    fn files(library: &Path) -> Vec<String> {
        let mut names: Vec<String> = walk(&library.join("cache"));
        names.sort();
        names
    }

    fn walk(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                found.extend(walk(&entry.path()));
            } else {
                found.push(entry.file_name().into_string().unwrap());
            }
        }
        found
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first_also_after_a_restart() {
        let library = tempfile::tempdir().unwrap();
        let cache = Cache::new(library.path(), 1000);
        for key in ["clips/a", "clips/b", "frames/c"] {
            keep(&cache, key, 300);
        }
        assert_eq!(cache.get("clips/a").unwrap().unwrap().length(), Some(300));
        std::thread::sleep(Duration::from_millis(10));
        let cache = Cache::new(library.path(), 1000);
        keep(&cache, "clips/d", 300);
        assert_eq!(files(library.path()), ["a", "c", "d"]);
        assert!(cache.get("clips/b").unwrap().is_none());
        keep(&cache, "clips/e", 900);
        assert_eq!(files(library.path()), ["e"]);
        keep(&cache, "clips/e", 100);
        keep(&cache, "clips/f", 880);
        assert_eq!(files(library.path()), ["e", "f"], "replaced, not added");
    }

    #[test]
    fn what_is_larger_than_the_cache_is_not_kept_and_drafts_leave_nothing() {
        let library = tempfile::tempdir().unwrap();
        let cache = Cache::new(library.path(), 1000);
        keep(&cache, "clips/small", 900);
        keep(&cache, "clips/huge", 1001);
        let draft = cache.draft("clips/unfinished").unwrap();
        draft.append(b"half").unwrap();
        assert!(cache.get("clips/unfinished").unwrap().is_none());
        drop(draft);
        assert_eq!(files(library.path()), ["small"]);
    }

    #[test]
    fn drafts_of_a_killed_program_are_removed_and_those_of_a_running_one_are_not() {
        let library = tempfile::tempdir().unwrap();
        let folder = library.path().join("cache");
        fs::create_dir(&folder).unwrap();
        for (name, age) in [("1-0.part", 2 * STALE_DRAFT), ("2-0.part", Duration::ZERO)] {
            let file = File::create(folder.join(name)).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        keep(&Cache::new(library.path(), 1000), "clips/a", 1);
        assert_eq!(files(library.path()), ["2-0.part", "a"]);
    }

    #[test]
    fn a_library_that_is_gone_does_not_come_back_as_an_empty_folder() {
        let parent = tempfile::tempdir().unwrap();
        let library = parent.path().join("library");
        let cache = Cache::new(&library, 1000);
        assert!(matches!(
            cache.draft("clips/a"),
            Err(PreviewError::Cache { .. })
        ));
        assert!(!library.exists());
        assert!(cache.get("clips/a").unwrap().is_none());
    }
}
