//! An indexing run from its first look at a folder to the last commit.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::{
    Cancel, IndexEvent, IndexReport, IndexSettings, IndexingError, Observer, ScanSettings,
    intake::{Intake, Taken},
    plan::{KnownFile, ScanPlan, StepPlan, WantedStep, signature},
    scan::{FoundFile, scan},
};
use crate::{
    domain::{Analysis, AssetKey, Step, StepOutcome},
    inference::{ModelSet, ocr::ScreenTextReader},
    media::{DecodePool, FileStamp},
    store::{Catalog, Store, StoreError},
};

/// How often what was committed is made durable in the indexes.
///
/// A flush costs some 50 ms and a kill loses no truth, only the work of projecting it again.
const FLUSH_INTERVAL: Duration = Duration::from_secs(10);

/// Analyses waiting to be committed; each may hold some megabytes.
const QUEUED_ANALYSES: usize = 4;

/// What to index.
#[derive(Debug, Clone, Default)]
pub struct Job {
    /// Folders and files, as absolute paths.
    pub roots: Vec<PathBuf>,
    /// Where not to look.
    pub scan: ScanSettings,
}

/// What a run would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct DryRun {
    /// New or changed files, with their sizes in bytes.
    pub to_read: Vec<(PathBuf, u64)>,
    /// Known assets with steps to run.
    pub to_refresh: u64,
    /// Files gone from where they were.
    pub missing: Vec<PathBuf>,
    /// Files that are as they were.
    pub unchanged: u64,
}

/// Indexes files into a library.
pub struct Indexer<'a> {
    /// The library, open for writing.
    pub store: &'a Store,
    /// Its folder; thumbnails go below it.
    pub library: &'a Path,
    /// The models to use.
    pub models: &'a ModelSet,
    /// The children that decode.
    pub decoders: &'a DecodePool,
    /// How to analyse.
    pub settings: &'a IndexSettings,
    /// The steps of this run with their versions.
    pub wanted: &'a [WantedStep],
    /// When to stop.
    pub cancel: &'a Cancel,
    /// Who watches.
    pub observer: &'a dyn Observer,
}

/// One thing for a worker to do.
pub(super) enum Work {
    /// Read a new or changed file.
    Read(FoundFile),
    /// Run stale steps of a known asset, found here.
    Refresh { asset: AssetKey, path: PathBuf, stamp: FileStamp, companions: Option<String> },
}

/// What a worker hands to the committer.
pub(super) struct Finished {
    pub(super) asset: AssetKey,
    pub(super) analysis: Box<Analysis>,
    pub(super) path: PathBuf,
    pub(super) stamp: FileStamp,
    pub(super) companions: Option<String>,
    pub(super) is_new: bool,
}

impl Indexer<'_> {
    /// Scans the job's places and brings the library up to date with them.
    ///
    /// # Errors
    /// When a place can't be read, a needed model is damaged, or the library fails. Files that fail
    /// end as recorded outcomes and in [`IndexReport::failed`].
    pub fn run(&self, job: &Job) -> Result<IndexReport, IndexingError> {
        let started = Instant::now();
        let mut report = IndexReport::default();
        let mut work = Vec::new();
        for root in &job.roots {
            work.extend(self.look(root, &job.scan, &mut report)?);
        }
        self.observer.observe(planned(&work));
        if !work.is_empty() && !self.cancel.is_requested() {
            self.load_models()?;
            self.work_off(work, &mut report)?;
        }
        // Also without work: locations may have changed what the indexes carry.
        self.store.flush()?;
        report.interrupted = self.cancel.is_requested();
        report.took_millis = started.elapsed().as_millis() as u64;
        Ok(report)
    }

    /// Tries the steps and files again that failed before.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn retry(&self, scan_settings: &ScanSettings) -> Result<IndexReport, IndexingError> {
        let mut roots: Vec<PathBuf> = Vec::new();
        for failure in self.store.catalog().failures()? {
            if failure.path.exists() && !roots.contains(&failure.path) {
                roots.push(failure.path);
            }
        }
        self.run(&Job { roots, scan: scan_settings.clone() })
    }

    /// Scans one place and records what needs no reading.
    fn look(&self, root: &Path, settings: &ScanSettings, report: &mut IndexReport) -> Result<Vec<Work>, IndexingError> {
        let found = scan(root, settings, self.cancel, &|files| self.observer.observe(IndexEvent::Scanned { files }))?;
        report.files += (found.files.len() + found.unreadable.len()) as u64;
        let catalog = self.store.catalog();
        for (path, reason) in &found.unreadable {
            let hint = "check its permissions and the disk, then run the command again";
            catalog.record_unidentified(path, reason, Some(hint))?;
            report.failed += 1;
            self.observer.observe(IndexEvent::Failed {
                path: path.clone(),
                step: None,
                reason: reason.clone(),
                hint: Some(hint.to_owned()),
            });
        }
        let (known, unsettled) = remembered(catalog, root, self.wanted, self.settings)?;
        let mut plan = ScanPlan::new(found.files, known);
        if self.cancel.is_requested() {
            // A scan that was cut short says nothing about what is missing.
            return Ok(Vec::new());
        }
        plan.missing.retain(|path| !found.unreadable.iter().any(|(place, _)| path.starts_with(place)));
        catalog.mark_missing(&plan.missing)?;
        catalog.forget_not_media(&plan.missing)?;
        report.missing += plan.missing.len() as u64;
        report.unchanged += plan.unchanged;
        let intake = Intake { indexer: self };
        let mut refresh: HashMap<AssetKey, Work> = HashMap::new();
        for (asset, file) in plan.returned {
            intake.place(asset, &file)?;
            report.relocated += 1;
            refresh.insert(asset, refresh_work(asset, file));
        }
        for (asset, file) in plan.companions_changed {
            refresh.insert(asset, refresh_work(asset, file));
        }
        for (asset, path, stamp) in unsettled {
            refresh.entry(asset).or_insert(Work::Refresh { asset, path, stamp, companions: None });
        }
        plan.to_read.sort_by(|a, b| a.path.cmp(&b.path));
        let mut work: Vec<Work> = plan.to_read.into_iter().map(Work::Read).collect();
        work.extend(refresh.into_values());
        Ok(work)
    }

    /// Loads what the wanted steps run, so that a damaged model is told before anything is indexed.
    fn load_models(&self) -> Result<(), IndexingError> {
        let wants = |step| self.wanted.iter().any(|wanted| wanted.step == step);
        if wants(Step::Tags) || wants(Step::Picture) {
            self.models.picture()?;
        }
        if wants(Step::Tags) {
            self.models.tagger()?;
        }
        if wants(Step::Passage) {
            self.models.passage()?;
        }
        if wants(Step::Speech) {
            self.models.speech()?;
        }
        Ok(())
    }

    fn work_off(&self, work: Vec<Work>, report: &mut IndexReport) -> Result<(), IndexingError> {
        let workers = self.settings.concurrency.clamp(1, work.len());
        let (work_sender, work_queue) = unbounded();
        for item in work {
            // The receiver lives until the scope below ends.
            let _ = work_sender.send(item);
        }
        drop(work_sender);
        let (sender, finished) = bounded(QUEUED_ANALYSES);
        let in_hand = Mutex::new(HashSet::new());
        let shared_report = Mutex::new(std::mem::take(report));
        let outcome = thread::scope(|scope| {
            for _ in 0..workers {
                let (work_queue, sender) = (work_queue.clone(), sender.clone());
                let (in_hand, shared_report) = (&in_hand, &shared_report);
                scope.spawn(move || self.worker(&work_queue, &sender, in_hand, shared_report));
            }
            drop(sender);
            let outcome = self.commit_all(&finished, &shared_report);
            if outcome.is_err() {
                self.cancel.request();
                // Unblocks workers that wait to hand something over.
                finished.iter().for_each(drop);
            }
            outcome
        });
        *report = shared_report.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcome
    }

    fn worker(
        &self,
        work: &Receiver<Work>,
        sender: &Sender<Result<Finished, StoreError>>,
        in_hand: &Mutex<HashSet<AssetKey>>,
        report: &Mutex<IndexReport>,
    ) {
        let intake = Intake { indexer: self };
        let wants_text = self.wanted.iter().any(|wanted| wanted.step == Step::ScreenText);
        let mut reader: Option<ScreenTextReader> = None;
        for item in work {
            if self.cancel.is_requested() {
                return;
            }
            if wants_text && reader.is_none() {
                reader = ScreenTextReader::new(self.models.screen_languages()).ok();
            }
            match intake.take(item, &mut reader, in_hand, report) {
                Ok(Taken::Analysed(finished)) => {
                    if self.cancel.is_requested() || sender.send(Ok(finished)).is_err() {
                        return;
                    }
                }
                Ok(Taken::Settled) => {}
                Err(error) => {
                    let _ = sender.send(Err(error));
                    return;
                }
            }
        }
    }

    fn commit_all(
        &self,
        finished: &Receiver<Result<Finished, StoreError>>,
        report: &Mutex<IndexReport>,
    ) -> Result<(), IndexingError> {
        let mut flushed = Instant::now();
        let signature = signature(self.wanted);
        for item in finished {
            let item = item?;
            self.store.commit(&item.analysis)?;
            let catalog = self.store.catalog();
            if self.settings.only.is_empty() {
                catalog.settle(item.asset, &signature)?;
            }
            if let Some(companions) = &item.companions {
                catalog.record_companions(&item.path, companions)?;
            }
            self.note(&item, report);
            if flushed.elapsed() > FLUSH_INTERVAL {
                self.store.flush()?;
                flushed = Instant::now();
            }
        }
        Ok(())
    }

    fn note(&self, item: &Finished, report: &Mutex<IndexReport>) {
        let media_millis = item.analysis.media.as_ref().and_then(|media| media.duration_millis).unwrap_or(0);
        let mut failed = false;
        for record in &item.analysis.steps {
            if let StepOutcome::Failed { reason, hint } = &record.outcome {
                failed = true;
                self.observer.observe(IndexEvent::Failed {
                    path: item.path.clone(),
                    step: Some(record.step),
                    reason: reason.clone(),
                    hint: hint.clone(),
                });
            }
        }
        let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
        report.failed += u64::from(failed);
        report.media_millis += media_millis;
        if item.is_new {
            report.analysed += 1;
        } else {
            report.refreshed += 1;
        }
        drop(report);
        self.observer.observe(IndexEvent::Finished {
            path: item.path.clone(),
            asset_id: Some(item.analysis.asset_id),
            bytes: item.stamp.size_bytes,
            media_millis,
        });
    }
}

/// Says what [`Indexer::run`] would do; reads no file content and writes nothing.
///
/// # Errors
/// When a place or the catalogue can't be read.
pub fn dry_run(
    catalog: Option<&Catalog>,
    wanted: &[WantedStep],
    settings: &IndexSettings,
    job: &Job,
    cancel: &Cancel,
) -> Result<DryRun, IndexingError> {
    let mut dry = DryRun::default();
    for root in &job.roots {
        let found = scan(root, &job.scan, cancel, &|_| {})?;
        let (known, unsettled) = match catalog {
            Some(catalog) => remembered(catalog, root, wanted, settings)?,
            None => Default::default(),
        };
        let plan = ScanPlan::new(found.files, known);
        dry.to_read.extend(plan.to_read.into_iter().map(|file| (file.path, file.stamp.size_bytes)));
        dry.to_refresh += (plan.companions_changed.len() + unsettled.len()) as u64;
        dry.missing.extend(plan.missing);
        dry.unchanged += plan.unchanged;
    }
    dry.to_read.sort();
    Ok(dry)
}

type Remembered = (HashMap<PathBuf, KnownFile>, Vec<(AssetKey, PathBuf, FileStamp)>);

/// What the catalogue knows below a place, and which assets there are not settled under the wishes.
fn remembered(
    catalog: &Catalog,
    root: &Path,
    wanted: &[WantedStep],
    settings: &IndexSettings,
) -> Result<Remembered, IndexingError> {
    let signature = signature(wanted);
    let mut known = HashMap::new();
    let mut unsettled = Vec::new();
    let mut listed = HashSet::new();
    catalog.remembered_under(root, &mut |file| {
        let stamp = FileStamp {
            size_bytes: file.size_bytes,
            modified_nanos: file.modified_nanos,
            inode: file.inode,
            device: file.device,
        };
        if let Some(asset) = file.asset {
            // With `only` or a retry the records decide, not the signature.
            let is_settled = !settings.retry_failed && file.settled.as_deref() == Some(signature.as_str());
            if !is_settled && !file.missing && listed.insert(asset) {
                unsettled.push((asset, file.path.clone(), stamp));
            }
        }
        let before = KnownFile { asset: file.asset, stamp, companions: file.companions, is_missing: file.missing };
        known.insert(file.path, before);
    })?;
    if wanted.is_empty() {
        unsettled.clear();
    }
    Ok((known, unsettled))
}

fn refresh_work(asset: AssetKey, file: FoundFile) -> Work {
    Work::Refresh { asset, path: file.path, stamp: file.stamp, companions: Some(file.companions) }
}

fn planned(work: &[Work]) -> IndexEvent {
    let (mut to_read, mut bytes) = (0, 0);
    for item in work {
        if let Work::Read(file) = item {
            to_read += 1;
            bytes += file.stamp.size_bytes;
        }
    }
    IndexEvent::Planned { to_read, bytes, to_refresh: work.len() as u64 - to_read }
}

/// The plan for a known asset: what its records make stale, and subtitles when those changed.
pub(super) fn refresh_plan(
    wanted: &[WantedStep],
    records: &[crate::domain::StepRecord],
    settings: &IndexSettings,
    companions_changed: bool,
) -> StepPlan {
    if !companions_changed {
        return StepPlan::new(wanted, records, settings.retry_failed);
    }
    let records: Vec<_> = records.iter().filter(|record| record.step != Step::Subtitles).cloned().collect();
    StepPlan::new(wanted, &records, settings.retry_failed)
}
