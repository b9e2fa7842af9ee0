//! Rendered parts on disk, each under the hash of what it shows, until room is needed.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::media::protocol::ReelPartSummary;
use crate::reel::ReelError;

/// The parts of all reels of a library.
pub(super) struct PartStore<'a> {
    folder: &'a Path,
}

/// A part in the making. Dropped before it is kept, it is removed.
pub(super) struct PartDraft {
    file: File,
    path: PathBuf,
}

impl PartDraft {
    /// Adds bytes.
    ///
    /// # Errors
    /// When the disk is full, or fails otherwise.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), ReelError> {
        self.file
            .write_all(bytes)
            .map_err(|error| failed("write", &self.path, error))
    }
}

impl Drop for PartDraft {
    fn drop(&mut self) {
        // Kept under its name by now, or not wanted.
        let _ = fs::remove_file(&self.path);
    }
}

impl<'a> PartStore<'a> {
    /// # Errors
    /// When the folder can't be made.
    pub(super) fn open(folder: &'a Path) -> Result<Self, ReelError> {
        fs::create_dir_all(folder).map_err(|error| failed("make", folder, error))?;
        Ok(Self { folder })
    }

    /// Where a part lies once it is kept.
    pub(super) fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.part"))
    }

    fn summary_path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.json"))
    }

    /// Whether a part is there and may be used again. One that lacks something is rendered anew: the
    /// source may be whole by now.
    pub(super) fn has(&self, key: &str) -> bool {
        let summary = fs::read(self.summary_path(key))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<ReelPartSummary>(&bytes).ok());
        let is_whole = summary.is_some_and(|summary| summary.warnings.is_empty());
        let path = self.path(key);
        if is_whole && let Ok(file) = File::options().append(true).open(&path) {
            // It was used just now; what was not used for longest goes first. Where that can't be
            // noted, it goes earlier.
            let _ = file.set_modified(SystemTime::now());
            return true;
        }
        false
    }

    /// Begins a part.
    ///
    /// # Errors
    /// When no file can be made.
    pub(super) fn draft(&self, key: &str) -> Result<PartDraft, ReelError> {
        let path = self.folder.join(draft_name(key));
        let file = File::create_new(&path).map_err(|error| failed("make", &path, error))?;
        Ok(PartDraft { file, path })
    }

    /// Keeps a part that is whole.
    ///
    /// # Errors
    /// When it can't be written to the end.
    pub(super) fn keep(
        &self,
        draft: PartDraft,
        key: &str,
        summary: &ReelPartSummary,
    ) -> Result<(), ReelError> {
        let path = self.path(key);
        draft
            .file
            .sync_data()
            .and_then(|()| fs::rename(&draft.path, &path))
            .map_err(|error| failed("write", &path, error))?;
        // Without its summary a part does not count as whole, so it is written last.
        let summary_path = self.summary_path(key);
        let text = serde_json::to_vec(summary).unwrap_or_default();
        fs::write(&summary_path, text).map_err(|error| failed("write", &summary_path, error))
    }

    /// Removes what was not used for longest until what is left is no larger than `most_bytes`, and
    /// drafts of programs that are gone. The parts of `wanted` stay.
    pub(super) fn prune(&self, most_bytes: u64, wanted: &[String]) {
        let mut kept: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let ending = path.extension().and_then(|ending| ending.to_str());
            match ending {
                Some("part") => kept.push((modified, metadata.len(), path)),
                Some("draft") if is_orphan(&path) => {
                    // Somebody else may have removed it.
                    let _ = fs::remove_file(&path);
                }
                _ => {}
            }
        }
        kept.sort();
        let mut total: u64 = kept.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, path) in kept {
            let key = path.file_stem().unwrap_or_default().to_string_lossy();
            if total <= most_bytes {
                return;
            }
            if !wanted.iter().any(|wanted| **wanted == *key) {
                let _ = fs::remove_file(self.summary_path(&key));
                let _ = fs::remove_file(&path);
                total = total.saturating_sub(bytes);
            }
        }
    }
}

/// A name that no other draft of `name` has, in this process or another.
pub(super) fn draft_name(name: &str) -> String {
    static DRAFTS: AtomicU64 = AtomicU64::new(0);
    let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
    format!("{name}.{}-{number}.draft", std::process::id())
}

/// Whether the process that began a draft is gone; its number is in the name.
pub(super) fn is_orphan(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let process = stem
        .rsplit_once('.')
        .and_then(|(_, maker)| maker.split_once('-'))
        .and_then(|(process, _)| process.parse::<i32>().ok())
        .and_then(rustix::process::Pid::from_raw);
    process.is_none_or(|process| rustix::process::test_kill_process(process).is_err())
}

pub(super) fn failed(doing: &'static str, path: &Path, source: std::io::Error) -> ReelError {
    ReelError::File {
        doing,
        path: path.to_owned(),
        source,
    }
}
