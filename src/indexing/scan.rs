//! Which files there are below a place, and what the file system says of each; no file is opened.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use ignore::{DirEntry, WalkBuilder, WalkState, overrides::OverrideBuilder};

use super::{Cancel, IndexingError};
use crate::media::{FileStamp, is_subtitle_name};

/// Names of files and folders that systems leave behind and nobody made.
const LITTER: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    ".Trash",
    ".Trashes",
    ".Spotlight-V100",
    ".fseventsd",
    ".DocumentRevisions-V100",
    ".TemporaryItems",
    ".DS_Store",
    "@eaDir",
    "#recycle",
    "#snapshot",
    "$RECYCLE.BIN",
    "System Volume Information",
    "Thumbs.db",
    "desktop.ini",
    "lost+found",
    ".reeldex",
];

/// Where not to look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanSettings {
    /// Globs of files and folders to leave out, relative to the place that is scanned.
    pub exclude: Vec<String>,
    /// Folders to leave out by path: the library itself, should it lie inside.
    pub exclude_paths: Vec<PathBuf>,
}

/// A file as the file system describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Where it is.
    pub path: PathBuf,
    /// Size, time and number; equal stamps mean unchanged content.
    pub stamp: FileStamp,
    /// Digest of the names and stamps of the subtitle files beside it; empty when there are none.
    pub companions: String,
}

/// What a scan found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Files that may be media, in no order. Subtitle files are companions, not entries.
    pub(super) files: Vec<FoundFile>,
    /// Places that could not be looked into, with what the system said.
    pub(super) unreadable: Vec<(PathBuf, String)>,
}

/// Walks `root` (a folder, or one file) and reports how many files it has seen through `seen`.
///
/// Links are not followed. Litter of file systems and synchronisers is left out.
///
/// # Errors
/// When `root` itself can't be read or a glob is malformed; anything below that fails is an entry
/// of [`Scan::unreadable`].
pub(super) fn scan(
    root: &Path,
    settings: &ScanSettings,
    cancel: &Cancel,
    seen: &(dyn Fn(u64) + Sync),
) -> Result<Scan, IndexingError> {
    let root_error = |source| IndexingError::Root {
        path: root.to_owned(),
        source,
    };
    let metadata = std::fs::symlink_metadata(root).map_err(root_error)?;
    if metadata.is_dir() {
        // A folder that can't be listed is the user's mistake, not one bad entry.
        std::fs::read_dir(root).map_err(root_error)?;
    }
    let mut overrides = OverrideBuilder::new(root);
    for glob in &settings.exclude {
        overrides
            .add(&format!("!{glob}"))
            .map_err(|source| IndexingError::Pattern {
                glob: glob.clone(),
                source,
            })?;
    }
    let overrides = overrides.build().map_err(|source| IndexingError::Pattern {
        glob: settings.exclude.join(" "),
        source,
    })?;
    let excluded = settings.exclude_paths.clone();
    let walker = WalkBuilder::new(root)
        .standard_filters(false)
        .follow_links(false)
        .overrides(overrides)
        .filter_entry(move |entry| {
            // Comparing paths takes longer than everything else done for a file; these are folders.
            let is_excluded = || excluded.iter().any(|path| path == entry.path());
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            !(is_litter(entry) || is_folder && is_excluded())
        })
        .threads(std::thread::available_parallelism().map_or(2, usize::from))
        .build_parallel();

    let collected = Mutex::new(Gathered::default());
    walker.run(|| {
        // Each thread gathers for itself and hands over once, when it ends.
        let mut handed = Handed {
            gathered: Gathered::default(),
            into: &collected,
        };
        Box::new(move |entry| {
            if cancel.is_requested() {
                return WalkState::Quit;
            }
            handed.gathered.take(entry);
            if handed.gathered.scan.files.len() % 1024 == 1023 {
                seen(1024);
            }
            WalkState::Continue
        })
    });
    let Gathered {
        mut scan,
        subtitles,
    } = collected
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    note_companions(&mut scan.files, subtitles);
    Ok(scan)
}

/// What one thread, or all of them, found.
#[derive(Default)]
struct Gathered {
    scan: Scan,
    subtitles: Vec<(PathBuf, FileStamp)>,
}

impl Gathered {
    fn take(&mut self, entry: Result<DirEntry, ignore::Error>) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return self.refuse(error),
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            return;
        }
        let is_subtitle = is_subtitle_name(entry.file_name());
        match entry.metadata() {
            Ok(metadata) if is_subtitle => self
                .subtitles
                .push((entry.into_path(), FileStamp::from(&metadata))),
            Ok(metadata) => self.scan.files.push(FoundFile {
                path: entry.into_path(),
                stamp: FileStamp::from(&metadata),
                companions: String::new(),
            }),
            Err(error) => self
                .scan
                .unreadable
                .push((entry.into_path(), error.to_string())),
        }
    }

    fn refuse(&mut self, error: ignore::Error) {
        let mut path = PathBuf::new();
        let mut inner = &error;
        loop {
            match inner {
                ignore::Error::WithPath { path: at, err } => {
                    path.clone_from(at);
                    inner = err;
                }
                ignore::Error::WithDepth { err, .. }
                | ignore::Error::WithLineNumber { err, .. } => inner = err,
                _ => break,
            }
        }
        self.scan.unreadable.push((path, inner.to_string()));
    }
}

/// Hands over what a thread gathered when it ends.
struct Handed<'a> {
    gathered: Gathered,
    into: &'a Mutex<Gathered>,
}

impl Drop for Handed<'_> {
    fn drop(&mut self) {
        let mut into = self.into.lock().unwrap_or_else(PoisonError::into_inner);
        let own = &mut self.gathered;
        into.scan.files.append(&mut own.scan.files);
        into.scan.unreadable.append(&mut own.scan.unreadable);
        into.subtitles.append(&mut own.subtitles);
    }
}

fn is_litter(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    // The place that was named is looked into whatever it is called.
    entry.depth() > 0
        && (name.as_encoded_bytes().starts_with(b"._")
            || LITTER.iter().any(|litter| name == OsStr::new(litter)))
}

/// Notes subtitle files with the media files that they belong to.
fn note_companions(files: &mut [FoundFile], found: Vec<(PathBuf, FileStamp)>) {
    if found.is_empty() {
        return;
    }
    let mut subtitles: HashMap<PathBuf, Vec<(OsString, FileStamp)>> = HashMap::new();
    for (path, stamp) in found {
        if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
            subtitles
                .entry(folder.to_owned())
                .or_default()
                .push((name.to_owned(), stamp));
        }
    }
    for names in subtitles.values_mut() {
        names.sort_by(|a, b| a.0.cmp(&b.0));
    }
    for file in files {
        let Some(beside) = file.path.parent().and_then(|folder| subtitles.get(folder)) else {
            continue;
        };
        let Some(stem) = file.path.file_stem() else {
            continue;
        };
        let mut prefix = stem.as_encoded_bytes().to_vec();
        prefix.push(b'.');
        let mut hasher = blake3::Hasher::new();
        let mut any = false;
        for (name, stamp) in beside {
            if name.as_encoded_bytes().starts_with(&prefix) {
                any = true;
                hasher.update(name.as_encoded_bytes());
                hasher.update(&stamp.size.to_le_bytes());
                hasher.update(&stamp.mtime_nanos.to_le_bytes());
            }
        }
        if any {
            file.companions = hasher.finalize().to_hex()[..16].to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(root: &Path, settings: &ScanSettings) -> Vec<String> {
        let scan = scan(root, settings, &Cancel::default(), &|_| {}).unwrap();
        let mut names: Vec<String> = scan
            .files
            .iter()
            .map(|file| file.path.strip_prefix(root).unwrap().display().to_string())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn litter_excluded_globs_and_links_out_are_left_out() {
        let archive = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.mp4"), b"x").unwrap();
        for path in [
            "a.mp4",
            "._a.mp4",
            "@eaDir/t.jpg",
            ".git/HEAD",
            "deep/b.wav",
            "proxies/c.mp4",
            "x.tmp",
        ] {
            let path = archive.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        std::os::unix::fs::symlink(outside.path(), archive.path().join("link")).unwrap();
        std::os::unix::fs::symlink(
            outside.path().join("secret.mp4"),
            archive.path().join("l.mp4"),
        )
        .unwrap();
        let settings = ScanSettings {
            exclude: vec!["proxies/".into(), "*.tmp".into()],
            ..ScanSettings::default()
        };
        assert_eq!(names(archive.path(), &settings), ["a.mp4", "deep/b.wav"]);
    }

    #[test]
    fn a_subtitle_file_changes_the_digest_of_its_media_alone() {
        let archive = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(archive.path().join(name), text).unwrap();
        let digests = || {
            let scan = scan(
                archive.path(),
                &ScanSettings::default(),
                &Cancel::default(),
                &|_| {},
            )
            .unwrap();
            let mut found: Vec<_> = scan
                .files
                .into_iter()
                .map(|file| (file.path, file.companions))
                .collect();
            found.sort();
            found
                .into_iter()
                .map(|(_, digest)| digest)
                .collect::<Vec<_>>()
        };
        write("film.mp4", "x");
        write("other.mp4", "x");
        assert_eq!(digests(), ["", ""]);
        write("film.fr.srt", "1");
        let with_one = digests();
        assert!(!with_one[0].is_empty() && with_one[1].is_empty());
        write("film.fr.srt", "longer");
        assert_ne!(digests()[0], with_one[0]);
    }

    #[test]
    fn a_place_that_is_not_there_is_the_users_mistake() {
        let error = scan(
            Path::new("/no/such/place"),
            &ScanSettings::default(),
            &Cancel::default(),
            &|_| {},
        );
        assert!(matches!(error, Err(IndexingError::Root { .. })));
    }
}
