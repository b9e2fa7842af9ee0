//! The rendered file under a name of its own until it is whole.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::store::{draft_name, failed, is_orphan};
use crate::reel::{ReelError, Whereabouts};

/// A file that is written in any order and gets its name at the end. Dropped before, it is removed.
pub(super) struct Output {
    file: File,
    draft: PathBuf,
    target: PathBuf,
}

impl Output {
    /// Begins the file beside `target`, so that it can be renamed in one step.
    ///
    /// # Errors
    /// When no file can be made there, or `target` is one of the sources.
    pub(super) fn begin(target: &Path, whereabouts: &Whereabouts) -> Result<Self, ReelError> {
        refuse_sources(target, whereabouts)?;
        let name = target.file_name().ok_or_else(|| ReelError::Render {
            reason: format!("{} is no name for a file", target.display()),
        })?;
        let name = format!(".{}", name.to_string_lossy());
        let draft = target.with_file_name(draft_name(&name));
        remove_orphans(&draft, &name);
        let file = File::create_new(&draft).map_err(|error| failed("make", &draft, error))?;
        Ok(Self {
            file,
            draft,
            target: target.to_owned(),
        })
    }

    /// Writes bytes where they belong.
    ///
    /// # Errors
    /// When the disk is full, or fails otherwise.
    pub(super) fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), ReelError> {
        self.file
            .write_all_at(bytes, offset)
            .map_err(|error| failed("write", &self.target, error))
    }

    /// Gives the file its name, once all of it is on disk; its size in bytes.
    ///
    /// # Errors
    /// When that fails; the target is then as it was before.
    pub(super) fn finish(self) -> Result<u64, ReelError> {
        let finished = self
            .file
            .sync_all()
            .and_then(|()| self.file.metadata())
            .and_then(|metadata| {
                fs::rename(&self.draft, &self.target)?;
                Ok(metadata.len())
            });
        finished.map_err(|error| failed("write", &self.target, error))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // It has its name by now, or is not wanted.
        let _ = fs::remove_file(&self.draft);
    }
}

/// Removes what programs left beside it that were killed while they wrote a file of that name.
fn remove_orphans(draft: &Path, name: &str) {
    let folder = draft
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter();
    for entry in entries.flatten().flatten() {
        let path = entry.path();
        let entry_name = entry.file_name().to_string_lossy().into_owned();
        let rest = entry_name.strip_prefix(name);
        let is_draft = rest.is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".draft"));
        if is_draft && is_orphan(&path) {
            // Somebody else may have removed it.
            let _ = fs::remove_file(&path);
        }
    }
}

/// A source is never written over, however it is named.
fn refuse_sources(target: &Path, whereabouts: &Whereabouts) -> Result<(), ReelError> {
    let Ok(existing) = fs::canonicalize(target) else {
        return Ok(());
    };
    let is_it = |path: &Path| fs::canonicalize(path).is_ok_and(|path| path == existing);
    if whereabouts.places.values().any(|place| is_it(&place.path)) {
        return Err(ReelError::Render {
            reason: format!("{} is one of its sources", target.display()),
        });
    }
    Ok(())
}
