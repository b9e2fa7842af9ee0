//! An indexing run from its survey to the last commit.

use std::{
    collections::HashSet,
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::{
    Cancel, IndexEvent, IndexReport, IndexSettings, IndexingError, Observer,
    intake::{Intake, Taken},
    plan::{WantedStep, signature},
    scan::FoundFile,
    survey::{Refresh, Survey},
};
use crate::{
    domain::{Analysis, AssetKey, Correction, Step, StepOutcome},
    inference::{ModelSet, ocr::ScreenTextReader},
    media::DecodePool,
    store::{Store, StoreError},
};

/// How often what was committed is made durable in the indexes.
///
/// A flush costs some 50 ms and a kill loses no truth, only the work of projecting it again.
const FLUSH_INTERVAL: Duration = Duration::from_secs(10);

/// Analyses waiting to be committed; each may hold some megabytes.
const QUEUED_ANALYSES: usize = 4;

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
    /// Run stale steps of a known asset.
    Refresh(Refresh),
}

/// What a worker hands to the committer.
pub(super) struct Finished {
    pub(super) asset: AssetKey,
    pub(super) analysis: Box<Analysis>,
    /// Those that the analysis knew of.
    pub(super) corrections: Vec<Correction>,
    pub(super) file: FoundFile,
    pub(super) is_new: bool,
}

/// The report, shared between threads.
pub(super) type SharedReport = Mutex<IndexReport>;

impl Indexer<'_> {
    /// Brings the library up to date with what a survey found.
    ///
    /// # Errors
    /// When a needed model is damaged, or the library fails. Files that fail end as recorded
    /// outcomes and in [`IndexReport::failed`].
    pub fn run(&self, survey: Survey) -> Result<IndexReport, IndexingError> {
        let mut report = IndexReport {
            files: survey.files,
            unchanged: survey.unchanged,
            ..IndexReport::default()
        };
        self.observer.observe(IndexEvent::Planned {
            to_read: survey.to_read.len() as u64,
            bytes: survey.bytes_to_read(),
            to_refresh: survey.refresh.len() as u64,
        });
        let has_work = !survey.to_read.is_empty() || !survey.refresh.is_empty();
        if has_work {
            self.load_models()?;
        }
        self.record_places(&survey, &mut report)?;
        let refresh = survey.refresh.into_iter().map(Work::Refresh);
        let work: Vec<Work> = survey
            .to_read
            .into_iter()
            .map(Work::Read)
            .chain(refresh)
            .collect();
        if has_work && !self.cancel.is_requested() {
            report = self.work_off(work, report)?;
        }
        self.store.flush()?;
        report.interrupted = self.cancel.is_requested();
        Ok(report)
    }

    /// Records what the survey found out without reading anything.
    fn record_places(
        &self,
        survey: &Survey,
        report: &mut IndexReport,
    ) -> Result<(), IndexingError> {
        let catalog = self.store.catalog();
        for (path, reason) in &survey.unreadable {
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
        if !survey.missing.is_empty() {
            catalog.mark_missing(&survey.missing)?;
            catalog.forget_not_media(&survey.missing)?;
            catalog.clear_unidentified(&survey.missing)?;
            report.missing = survey.missing.len() as u64;
        }
        Ok(())
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

    fn work_off(&self, work: Vec<Work>, report: IndexReport) -> Result<IndexReport, IndexingError> {
        let workers = self.settings.concurrency.clamp(1, work.len());
        let (work_sender, work_queue) = unbounded();
        for item in work {
            // The receiver lives until the scope below ends.
            let _ = work_sender.send(item);
        }
        drop(work_sender);
        let (sender, finished) = bounded(QUEUED_ANALYSES);
        let in_hand = Mutex::new(HashSet::new());
        let report = SharedReport::new(report);
        thread::scope(|scope| {
            for _ in 0..workers {
                let (work_queue, sender) = (work_queue.clone(), sender.clone());
                let (in_hand, report) = (&in_hand, &report);
                scope.spawn(move || self.worker(&work_queue, &sender, in_hand, report));
            }
            drop(sender);
            let outcome = self.commit_all(&finished, &report);
            if outcome.is_err() {
                self.cancel.request();
                // Unblocks workers that wait to hand something over.
                finished.iter().for_each(drop);
            }
            outcome
        })?;
        Ok(report.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn worker(
        &self,
        work: &Receiver<Work>,
        sender: &Sender<Result<Finished, StoreError>>,
        in_hand: &Mutex<HashSet<AssetKey>>,
        report: &SharedReport,
    ) {
        let wants_text = self
            .wanted
            .iter()
            .any(|wanted| wanted.step == Step::ScreenText);
        let reader = wants_text.then(|| ScreenTextReader::new(self.models.screen_languages()));
        let mut intake = Intake {
            indexer: self,
            report,
            in_hand,
            // Without its language data, on-screen text is skipped and doctor says what to install.
            reader: reader.and_then(|reader| {
                reader
                    .inspect_err(|error| tracing::warn!(%error, "no on-screen text"))
                    .ok()
            }),
        };
        for item in work {
            if self.cancel.is_requested() {
                return;
            }
            match intake.take(item) {
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
        report: &SharedReport,
    ) -> Result<(), IndexingError> {
        let mut flushed = Instant::now();
        let signature = signature(self.wanted);
        for item in finished {
            let item = item?;
            self.store
                .commit_under(&item.analysis, Some(&item.corrections))?;
            self.settle(item.asset, &item.file, &signature)?;
            self.note(&item, report);
            if flushed.elapsed() > FLUSH_INTERVAL {
                self.store.flush()?;
                flushed = Instant::now();
            }
        }
        Ok(())
    }

    /// Notes that an asset has an outcome for every wish; a run of some steps alone says nothing of that.
    pub(super) fn settle(
        &self,
        asset: AssetKey,
        file: &FoundFile,
        signature: &str,
    ) -> Result<(), StoreError> {
        let signature = self.settings.only.is_empty().then_some(signature);
        self.store
            .catalog()
            .settle(asset, signature, &file.path, &file.companions)
    }

    fn note(&self, item: &Finished, report: &SharedReport) {
        let media_millis = item
            .analysis
            .media
            .as_ref()
            .and_then(|media| media.duration_millis)
            .unwrap_or(0);
        let mut failed = false;
        for record in &item.analysis.steps {
            if let StepOutcome::Failed { reason, hint } = &record.outcome {
                failed = true;
                self.observer.observe(IndexEvent::Failed {
                    path: item.file.path.clone(),
                    step: Some(record.step),
                    reason: reason.clone(),
                    hint: hint.clone(),
                });
            }
        }
        let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
        report.failed += u64::from(failed);
        report.media_millis += media_millis;
        report.analysed += u64::from(item.is_new);
        report.refreshed += u64::from(!item.is_new);
        drop(report);
        self.observer.observe(IndexEvent::Finished {
            path: item.file.path.clone(),
            asset_id: Some(item.analysis.asset_id),
            bytes: item.file.stamp.size,
            media_millis,
        });
    }
}
