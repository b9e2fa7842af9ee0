//! What happens to one file: is it media, which asset is it, is it still the same after it was read.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{Mutex, PoisonError},
};

use super::{
    IndexEvent, IndexReport, Indexer,
    asset::{self, AssetContext},
    pipeline::{Finished, Work, refresh_plan},
    plan::StepPlan,
    scan::FoundFile,
};
use crate::{
    domain::{AssetId, AssetKey},
    fault::message_chain,
    inference::ocr::ScreenTextReader,
    media::{FileStamp, has_media_extension, looks_like_media},
    store::{LocationRecord, StoreError},
};

/// Enough of a file to tell media from other things; MXF allows 64 KiB before its first key.
const HEAD_BYTES: usize = 4096;

/// Bytes hashed between two looks at the request to stop.
const HASHED_AT_ONCE: usize = 1 << 20;

/// What became of a piece of work.
pub(super) enum Taken {
    /// There is something to commit.
    Analysed(Finished),
    /// Its outcome is recorded, or it needs none.
    Settled,
}

/// Takes files in, one at a time; lives on a worker thread.
pub(super) struct Intake<'a> {
    pub(super) indexer: &'a Indexer<'a>,
}

/// How reading a file for its identity ended.
enum Identity {
    Asset(AssetId),
    NotMedia,
    Changed,
    Cancelled,
}

impl Intake<'_> {
    /// Does one piece of work up to what has to be committed.
    pub(super) fn take(
        &self,
        work: Work,
        reader: &mut Option<ScreenTextReader>,
        in_hand: &Mutex<HashSet<AssetKey>>,
        report: &Mutex<IndexReport>,
    ) -> Result<Taken, StoreError> {
        match work {
            Work::Read(file) => self.read(file, reader, in_hand, report),
            Work::Refresh { asset, path, stamp, companions } => {
                let catalog = self.indexer.store.catalog();
                let records = catalog.step_records(asset)?;
                let plan = refresh_plan(self.indexer.wanted, &records, self.indexer.settings, companions.is_some());
                if plan.is_empty() {
                    if self.indexer.settings.only.is_empty() {
                        catalog.settle(asset, &super::plan::signature(self.indexer.wanted))?;
                    }
                    if let Some(companions) = companions {
                        catalog.record_companions(&path, &companions)?;
                    }
                    return Ok(Taken::Settled);
                }
                let asset_id = catalog.asset(asset)?.id;
                self.analyse(asset, asset_id, path, stamp, companions, &plan, false, reader, in_hand, report)
            }
        }
    }

    fn read(
        &self,
        file: FoundFile,
        reader: &mut Option<ScreenTextReader>,
        in_hand: &Mutex<HashSet<AssetKey>>,
        report: &Mutex<IndexReport>,
    ) -> Result<Taken, StoreError> {
        let catalog = self.indexer.store.catalog();
        let asset_id = match self.identify(&file) {
            Ok(Identity::Asset(id)) => id,
            Ok(Identity::NotMedia) => {
                let stamp = file.stamp;
                catalog.record_not_media(&file.path, stamp.size_bytes, stamp.modified_nanos, stamp.inode, stamp.device)?;
                count(report, |report| report.not_media += 1);
                return Ok(Taken::Settled);
            }
            Ok(Identity::Cancelled) => return Ok(Taken::Settled),
            Ok(Identity::Changed) => return self.changed(&file.path, file.stamp, report),
            Err(error) => {
                let hint = "check its permissions and the disk, then run `reeldex retry`";
                return self.unidentified(&file.path, file.stamp, &message_chain(&error), hint, report);
            }
        };
        let asset = catalog.upsert_asset(asset_id, file.stamp.size_bytes)?;
        let records = catalog.step_records(asset)?;
        self.place(asset, &file)?;
        let companions = Some(file.companions.clone());
        let plan = refresh_plan(self.indexer.wanted, &records, self.indexer.settings, !file.companions.is_empty());
        if !records.is_empty() {
            count(report, |report| report.relocated += 1);
        }
        if plan.is_empty() {
            catalog.record_companions(&file.path, &file.companions)?;
            self.indexer.observer.observe(IndexEvent::Finished {
                path: file.path,
                asset_id: Some(asset_id),
                bytes: file.stamp.size_bytes,
                media_millis: 0,
            });
            return Ok(Taken::Settled);
        }
        let is_new = records.is_empty();
        self.analyse(asset, asset_id, file.path, file.stamp, companions, &plan, is_new, reader, in_hand, report)
    }

    #[expect(clippy::too_many_arguments, reason = "each is a different kind of thing, and all are needed once")]
    fn analyse(
        &self,
        asset: AssetKey,
        asset_id: AssetId,
        path: std::path::PathBuf,
        stamp: FileStamp,
        companions: Option<String>,
        plan: &StepPlan,
        is_new: bool,
        reader: &mut Option<ScreenTextReader>,
        in_hand: &Mutex<HashSet<AssetKey>>,
        report: &Mutex<IndexReport>,
    ) -> Result<Taken, StoreError> {
        // The same content twice in one run is analysed once.
        if !in_hand.lock().unwrap_or_else(PoisonError::into_inner).insert(asset) {
            return Ok(Taken::Settled);
        }
        self.indexer.observer.observe(IndexEvent::Started { path: path.clone() });
        let mut session = match self.indexer.decoders.session() {
            Ok(session) => session,
            Err(error) => {
                let hint = crate::fault::Diagnose::hint(&error).unwrap_or_default();
                return self.unidentified(&path, stamp, &message_chain(&error), &hint, report);
            }
        };
        let known = self.indexer.store.catalog().segments(asset)?;
        let context = AssetContext {
            settings: self.indexer.settings,
            models: self.indexer.models,
            cancel: self.indexer.cancel,
            library: self.indexer.library,
            wanted: self.indexer.wanted,
            asset_id,
            known: &known,
        };
        let analysis = asset::analyse(&context, &mut session, reader, &path, plan);
        if self.indexer.cancel.is_requested() {
            return Ok(Taken::Settled);
        }
        if FileStamp::of(&path).is_ok_and(|now| now != stamp) {
            return self.changed(&path, stamp, report);
        }
        Ok(Taken::Analysed(Finished { asset, analysis: Box::new(analysis), path, stamp, companions, is_new }))
    }

    /// Records that a file lies where it was found.
    pub(super) fn place(&self, asset: AssetKey, file: &FoundFile) -> Result<(), StoreError> {
        let catalog = self.indexer.store.catalog();
        let asset_id = catalog.asset(asset)?.id;
        let collection = match catalog.location(&file.path)? {
            Some(before) => before.collection,
            None => self.indexer.settings.collection.clone(),
        };
        catalog.upsert_locations(&[LocationRecord {
            path: file.path.clone(),
            asset,
            asset_id,
            size_bytes: file.stamp.size_bytes,
            modified_nanos: file.stamp.modified_nanos,
            inode: file.stamp.inode,
            device: file.stamp.device,
            collection,
            missing: false,
        }])?;
        catalog.forget_not_media(std::slice::from_ref(&file.path))
    }

    /// Hashes a file unless its first bytes and its name both say that it is not media.
    fn identify(&self, file: &FoundFile) -> io::Result<Identity> {
        let mut source = File::open(&file.path)?;
        let mut buffer = vec![0; HEAD_BYTES];
        let mut filled = 0;
        while filled < buffer.len() {
            match source.read(&mut buffer[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        if !looks_like_media(&buffer[..filled]) && !has_media_extension(&file.path) {
            return Ok(Identity::NotMedia);
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&buffer[..filled]);
        buffer.resize(HASHED_AT_ONCE, 0);
        loop {
            if self.indexer.cancel.is_requested() {
                return Ok(Identity::Cancelled);
            }
            match source.read(&mut buffer)? {
                0 => break,
                read => hasher.update(&buffer[..read]),
            };
        }
        // The open file is asked, not the path: another file may have taken its place.
        if FileStamp::from_metadata(&source.metadata()?) != file.stamp {
            return Ok(Identity::Changed);
        }
        Ok(Identity::Asset(AssetId(*hasher.finalize().as_bytes())))
    }

    fn changed(&self, path: &Path, stamp: FileStamp, report: &Mutex<IndexReport>) -> Result<Taken, StoreError> {
        let hint = "wait until it is written, then run the command again";
        self.unidentified(path, stamp, "it changed while it was read", hint, report)
    }

    fn unidentified(
        &self,
        path: &Path,
        stamp: FileStamp,
        reason: &str,
        hint: &str,
        report: &Mutex<IndexReport>,
    ) -> Result<Taken, StoreError> {
        self.indexer.store.catalog().record_unidentified(path, reason, Some(hint))?;
        count(report, |report| report.failed += 1);
        self.indexer.observer.observe(IndexEvent::Failed {
            path: path.to_owned(),
            step: None,
            reason: reason.to_owned(),
            hint: Some(hint.to_owned()),
        });
        self.indexer.observer.observe(IndexEvent::Finished {
            path: path.to_owned(),
            asset_id: None,
            bytes: stamp.size_bytes,
            media_millis: 0,
        });
        Ok(Taken::Settled)
    }
}

fn count(report: &Mutex<IndexReport>, add: impl FnOnce(&mut IndexReport)) {
    add(&mut report.lock().unwrap_or_else(PoisonError::into_inner));
}
