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
    pipeline::{Finished, SharedReport, Work},
    plan::{StepPlan, signature},
    scan::FoundFile,
    survey::Refresh,
};
use crate::{
    domain::{AssetId, AssetKey, Step},
    fault::{Diagnose, message_chain},
    inference::ocr::ScreenTextReader,
    media::{FileStamp, SNIFF_BYTES, has_media_extension, looks_like_media},
    store::{LocationRecord, StoreError},
};

/// Bytes hashed between two looks at the request to stop.
const HASHED_AT_ONCE: usize = 1 << 20;

/// What became of a piece of work.
pub(super) enum Taken {
    /// There is something to commit.
    Analysed(Finished),
    /// Its outcome is recorded, or it needs none.
    Settled,
}

/// Takes files in, one at a time; each worker thread has its own.
pub(super) struct Intake<'a> {
    pub(super) indexer: &'a Indexer<'a>,
    pub(super) report: &'a SharedReport,
    /// Assets that some worker has in hand, so that the same content is analysed once.
    pub(super) in_hand: &'a Mutex<HashSet<AssetKey>>,
    pub(super) reader: Option<ScreenTextReader>,
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
    pub(super) fn take(&mut self, work: Work) -> Result<Taken, StoreError> {
        match work {
            Work::Read(file) => self.read(file),
            Work::Refresh(refresh) => self.refresh(refresh),
        }
    }

    fn read(&mut self, file: FoundFile) -> Result<Taken, StoreError> {
        let catalog = self.indexer.store.catalog();
        let asset_id = match self.identify(&file) {
            Ok(Identity::Asset(id)) => id,
            Ok(Identity::NotMedia) => {
                let stamp = file.stamp;
                catalog.record_not_media(
                    &file.path,
                    stamp.size,
                    stamp.mtime_nanos,
                    stamp.inode,
                    stamp.device,
                )?;
                self.count(|report| report.not_media += 1);
                self.finished(&file, None);
                return Ok(Taken::Settled);
            }
            Ok(Identity::Cancelled) => return Ok(Taken::Settled),
            Ok(Identity::Changed) => return self.changed(&file),
            Err(error) => {
                let hint = "check its permissions and the disk, then run `reeldex retry`";
                return self.unidentified(&file, &message_chain(&error), hint);
            }
        };
        let asset = match catalog.asset_by_id(asset_id)? {
            Some(known) => known.key,
            None => catalog.upsert_asset(asset_id, file.stamp.size)?,
        };
        let is_new = catalog.step_records(asset)?.is_empty();
        if !is_new {
            self.count(|report| report.relocated += 1);
        }
        self.place(asset, asset_id, &file)?;
        let companions_changed = !file.companions.is_empty();
        self.bring_up_to_date(asset, asset_id, file, companions_changed, is_new)
    }

    fn refresh(&mut self, refresh: Refresh) -> Result<Taken, StoreError> {
        let Some(record) = self.indexer.store.catalog().asset(refresh.asset)? else {
            return Ok(Taken::Settled);
        };
        if refresh.has_returned {
            self.place(refresh.asset, record.id, &refresh.file)?;
            self.count(|report| report.relocated += 1);
        }
        let is_new = record.media.is_none()
            && self
                .indexer
                .store
                .catalog()
                .step_records(refresh.asset)?
                .is_empty();
        self.bring_up_to_date(
            refresh.asset,
            record.id,
            refresh.file,
            refresh.companions_changed,
            is_new,
        )
    }

    /// Runs what is stale of an asset that lies at `file`.
    fn bring_up_to_date(
        &mut self,
        asset: AssetKey,
        asset_id: AssetId,
        file: FoundFile,
        companions_changed: bool,
        is_new: bool,
    ) -> Result<Taken, StoreError> {
        let is_first = self
            .in_hand
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(asset);
        let mut records = self.indexer.store.catalog().step_records(asset)?;
        if companions_changed {
            records.retain(|record| record.step != Step::Subtitles);
        }
        let plan = StepPlan::new(
            self.indexer.wanted,
            &records,
            self.indexer.settings.retry_failed,
        );
        if plan.is_empty() || !is_first {
            // Each write waits for the disk: a copy of a settled asset needs none.
            let signature = signature(self.indexer.wanted);
            let is_known = !companions_changed
                && self.indexer.store.catalog().is_settled(asset, &signature)?;
            if plan.is_empty() && !is_known {
                self.indexer.settle(asset, &file, &signature)?;
            }
            self.finished(&file, Some(asset_id));
            return Ok(Taken::Settled);
        }
        self.indexer.observer.observe(IndexEvent::Started {
            path: file.path.clone(),
        });
        let mut session = match self.indexer.decoders.session() {
            Ok(session) => session,
            Err(error) => {
                let hint = error.hint().unwrap_or_default();
                return self.unidentified(&file, &message_chain(&error), &hint);
            }
        };
        let catalog = self.indexer.store.catalog();
        let known = catalog.segments(asset)?;
        let corrections = catalog.corrections(asset_id)?;
        let context = AssetContext {
            settings: self.indexer.settings,
            models: self.indexer.models,
            cancel: self.indexer.cancel,
            library: self.indexer.library,
            wanted: self.indexer.wanted,
            asset_id,
            has_companions: !file.companions.is_empty(),
            known: &known,
            corrections: &corrections,
        };
        let analysis = asset::analyse(&context, &mut session, &mut self.reader, &file.path, &plan);
        if self.indexer.cancel.is_requested() {
            return Ok(Taken::Settled);
        }
        if FileStamp::of(&file.path).is_ok_and(|now| now != file.stamp) {
            return self.changed(&file);
        }
        Ok(Taken::Analysed(Finished {
            asset,
            analysis: Box::new(analysis),
            corrections,
            file,
            is_new,
        }))
    }

    /// Records that a file lies where it was found.
    fn place(
        &self,
        asset: AssetKey,
        asset_id: AssetId,
        file: &FoundFile,
    ) -> Result<(), StoreError> {
        let catalog = self.indexer.store.catalog();
        let collection = match catalog.location(&file.path)? {
            Some(before) => before.collection,
            None => self.indexer.settings.collection.clone(),
        };
        catalog.upsert_locations(&[LocationRecord {
            path: file.path.clone(),
            asset,
            asset_id,
            size_bytes: file.stamp.size,
            modified_nanos: file.stamp.mtime_nanos,
            inode: file.stamp.inode,
            device: file.stamp.device,
            collection,
            missing: false,
        }])
    }

    /// Hashes a file unless its first bytes and its name both say that it is not media.
    fn identify(&self, file: &FoundFile) -> io::Result<Identity> {
        let mut source = File::open(&file.path)?;
        let mut head = Vec::with_capacity(SNIFF_BYTES);
        source
            .by_ref()
            .take(SNIFF_BYTES as u64)
            .read_to_end(&mut head)?;
        if !looks_like_media(&head) && !has_media_extension(&file.path) {
            return Ok(Identity::NotMedia);
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&head);
        if head.len() == SNIFF_BYTES {
            let mut buffer = vec![0; HASHED_AT_ONCE];
            loop {
                if self.indexer.cancel.is_requested() {
                    return Ok(Identity::Cancelled);
                }
                match source.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(read) => hasher.update(&buffer[..read]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                };
            }
        }
        // The open file is asked and the path as well: another file may have taken its place.
        let is_same = FileStamp::from(&source.metadata()?) == file.stamp
            && FileStamp::of(&file.path)? == file.stamp;
        Ok(if is_same {
            Identity::Asset(AssetId(*hasher.finalize().as_bytes()))
        } else {
            Identity::Changed
        })
    }

    fn changed(&self, file: &FoundFile) -> Result<Taken, StoreError> {
        self.unidentified(
            file,
            "it changed while it was read",
            "wait until it is written, then run the command again",
        )
    }

    fn unidentified(
        &self,
        file: &FoundFile,
        reason: &str,
        hint: &str,
    ) -> Result<Taken, StoreError> {
        self.indexer
            .store
            .catalog()
            .record_unidentified(&file.path, reason, Some(hint))?;
        self.count(|report| report.failed += 1);
        self.indexer.observer.observe(IndexEvent::Failed {
            path: Path::to_owned(&file.path),
            step: None,
            reason: reason.to_owned(),
            hint: Some(hint.to_owned()),
        });
        self.finished(file, None);
        Ok(Taken::Settled)
    }

    fn finished(&self, file: &FoundFile, asset_id: Option<AssetId>) {
        self.indexer.observer.observe(IndexEvent::Finished {
            path: file.path.clone(),
            asset_id,
            bytes: file.stamp.size,
            media_millis: 0,
        });
    }

    fn count(&self, add: impl FnOnce(&mut IndexReport)) {
        add(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
