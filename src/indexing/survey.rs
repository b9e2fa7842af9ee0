//! What there is to do: the file system compared with the catalogue; nothing is read or written.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    panic::resume_unwind,
    path::{Path, PathBuf},
    thread,
};

use super::{
    Cancel, IndexEvent, IndexSettings, IndexingError, Observer, ScanSettings,
    plan::{KnownFile, ScanPlan, WantedStep, signature},
    scan::{FoundFile, scan},
};
use crate::{
    domain::AssetKey,
    media::FileStamp,
    store::{Catalog, StoreError},
};

/// What to index.
#[derive(Debug, Clone, Default)]
pub struct Job {
    /// Folders and files, as absolute paths without links.
    pub roots: Vec<PathBuf>,
    /// Where not to look.
    pub scan: ScanSettings,
}

/// A known asset of which steps may have to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// The asset.
    pub asset: AssetKey,
    /// Where its content lies.
    pub file: FoundFile,
    /// Whether it came back to where it had been.
    pub has_returned: bool,
    /// Whether the subtitle files beside it changed.
    pub companions_changed: bool,
}

/// What there is to do.
#[derive(Debug, Default)]
pub struct Survey {
    /// New and changed files, by path.
    pub to_read: Vec<FoundFile>,
    /// Known assets that are not settled, by path.
    pub refresh: Vec<Refresh>,
    /// Known paths where nothing lies now.
    pub missing: Vec<PathBuf>,
    /// Places that could not be looked into, with what the system said.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Files seen.
    pub files: u64,
    /// Files that are as they were.
    pub unchanged: u64,
}

impl Survey {
    /// Looks at the job's places; without a catalogue everything is new.
    ///
    /// # Errors
    /// When a place or the catalogue can't be read.
    pub fn new(
        catalog: Option<&Catalog>,
        wanted: &[WantedStep],
        settings: &IndexSettings,
        job: &Job,
        cancel: &Cancel,
        observer: &dyn Observer,
    ) -> Result<Self, IndexingError> {
        let mut survey = Self::default();
        for root in &job.roots {
            // The file system and the catalogue are asked at the same time.
            let (found, remembered) = thread::scope(|scope| {
                let remembered = scope.spawn(|| match catalog {
                    Some(catalog) => remembered(catalog, root, wanted, settings),
                    None => Ok(Remembered::default()),
                });
                let found = scan(root, &job.scan, cancel, &|files| {
                    observer.observe(IndexEvent::Scanned { files })
                });
                (
                    found,
                    remembered
                        .join()
                        .unwrap_or_else(|panic| resume_unwind(panic)),
                )
            });
            let found = found?;
            if cancel.is_requested() {
                // A scan that was cut short says nothing about what is missing.
                return Ok(Self::default());
            }
            survey.files += (found.files.len() + found.unreadable.len()) as u64;
            let (known, unsettled) = remembered?;
            let mut plan = ScanPlan::new(found.files, known);
            // What lies below a folder that can't be listed is not known to be gone.
            plan.missing.retain(|path| {
                !found
                    .unreadable
                    .iter()
                    .any(|(place, _)| path.starts_with(place))
            });
            survey.take(plan, unsettled);
            survey.unreadable.extend(found.unreadable);
        }
        survey.to_read.sort_by(|a, b| a.path.cmp(&b.path));
        survey.refresh.sort_by(|a, b| a.file.path.cmp(&b.file.path));
        Ok(survey)
    }

    /// Whether there is nothing to do.
    pub fn is_settled(&self) -> bool {
        self.to_read.is_empty()
            && self.refresh.is_empty()
            && self.missing.is_empty()
            && self.unreadable.is_empty()
    }

    /// Size of the files to read.
    pub fn bytes_to_read(&self) -> u64 {
        self.to_read.iter().map(|file| file.stamp.size).sum()
    }

    fn take(&mut self, plan: ScanPlan, unsettled: Vec<(AssetKey, FoundFile)>) {
        let mut listed: HashSet<AssetKey> =
            self.refresh.iter().map(|refresh| refresh.asset).collect();
        let mut list = |asset, file, has_returned, companions_changed| {
            // A returned file needs its location mended even when the asset is listed already.
            if listed.insert(asset) || has_returned {
                self.refresh.push(Refresh {
                    asset,
                    file,
                    has_returned,
                    companions_changed,
                });
            }
        };
        plan.returned
            .into_iter()
            .for_each(|(asset, file)| list(asset, file, true, true));
        plan.companions_changed
            .into_iter()
            .for_each(|(asset, file)| list(asset, file, false, true));
        unsettled
            .into_iter()
            .for_each(|(asset, file)| list(asset, file, false, false));
        self.to_read.extend(plan.to_read);
        self.missing.extend(plan.missing);
        self.unchanged += plan.unchanged;
    }
}

type Remembered = (HashMap<OsString, KnownFile>, Vec<(AssetKey, FoundFile)>);

/// What the catalogue knows below a place, and which assets there are not settled under the wishes.
fn remembered(
    catalog: &Catalog,
    root: &Path,
    wanted: &[WantedStep],
    settings: &IndexSettings,
) -> Result<Remembered, StoreError> {
    let signature = signature(wanted);
    let mut known = HashMap::new();
    let mut unsettled = Vec::new();
    catalog.remembered_under(root, &mut |file| {
        let stamp = FileStamp {
            size: file.size_bytes,
            mtime_nanos: file.modified_nanos,
            inode: file.inode,
            device: file.device,
        };
        if let Some(asset) = file.asset {
            let is_settled =
                !settings.retry_failed && file.settled.as_deref() == Some(signature.as_str());
            if !is_settled && !file.missing {
                let companions = file.companions.clone();
                unsettled.push((
                    asset,
                    FoundFile {
                        path: file.path.clone(),
                        stamp,
                        companions,
                    },
                ));
            }
        }
        let before = KnownFile {
            asset: file.asset,
            stamp,
            companions: file.companions,
            is_missing: file.missing,
        };
        known.insert(file.path.into_os_string(), before);
    })?;
    Ok((known, unsettled))
}
