//! Requests to index and to render, queued: one of each kind runs at a time; their records outlive the process.

mod progress;
mod record;
mod records;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::broadcast;

pub use progress::JobProgress;
pub use record::{JobError, JobKind, JobRecord, JobState, RenderTask};
use records::Records;

use crate::{
    fault::{AnyError, Diagnose, message_chain},
    indexing::{Cancel, IndexReport},
    reel::{Reel, ReelFile},
};

/// The folder in the library's directory that holds a folder for each rendering.
const RENDERS_FOLDER: &str = "renders";

/// Changes that a slow listener may lag behind.
const QUEUED_CHANGES: usize = 64;

/// The jobs of a library.
pub struct JobQueue {
    library: PathBuf,
    jobs: Mutex<Jobs>,
    /// Told when there may be something to run, or nothing more to come.
    woken: Condvar,
    changes: broadcast::Sender<JobRecord>,
}

struct Jobs {
    records: Records,
    running: Vec<Running>,
    is_closing: bool,
}

/// A job in hand, and what it becomes when it is stopped.
struct Running {
    id: u64,
    cancel: Arc<Cancel>,
    stopped_as: JobState,
}

/// How the work of a job ended.
#[derive(Debug)]
pub enum Outcome {
    /// It was stopped, and can go on.
    Interrupted,
    /// Every file has an outcome.
    Indexed(IndexReport),
    /// The film is there; what limits it, for people to read.
    Rendered(Vec<String>),
}

impl From<IndexReport> for Outcome {
    fn from(report: IndexReport) -> Self {
        if report.interrupted {
            Self::Interrupted
        } else {
            Self::Indexed(report)
        }
    }
}

/// What does the work of one job, stops when it is cancelled, and tells how far it is.
pub type Work<'a> =
    dyn Fn(&JobRecord, &Arc<Cancel>, &JobProgress<'_>) -> Result<Outcome, AnyError> + 'a;

impl JobQueue {
    /// The jobs of the library in `directory`; what ran when the last server ended was interrupted.
    pub fn open(directory: &Path) -> Self {
        Self {
            library: directory.to_owned(),
            jobs: Mutex::new(Jobs {
                records: Records::open(directory),
                running: Vec::new(),
                is_closing: false,
            }),
            woken: Condvar::new(),
            changes: broadcast::channel(QUEUED_CHANGES).0,
        }
    }

    /// All jobs, the latest last, and each change of one from now on.
    pub fn watch(&self) -> (Vec<JobRecord>, broadcast::Receiver<JobRecord>) {
        let jobs = self.lock();
        (jobs.records.all().to_vec(), self.changes.subscribe())
    }

    /// A job by its number.
    ///
    /// # Errors
    /// `Unknown` where there is none.
    pub fn job(&self, id: u64) -> Result<JobRecord, JobError> {
        Ok(self.lock().records.find(id)?.clone())
    }

    /// Queues a request to index places, which are absolute and exist.
    ///
    /// # Errors
    /// When its record can't be written.
    pub fn add(
        &self,
        paths: Vec<PathBuf>,
        collection: Option<String>,
        models: Option<String>,
    ) -> Result<JobRecord, JobError> {
        let mut jobs = self.lock();
        let record = JobRecord::new(jobs.records.next_id(), paths, collection, models);
        self.queue(&mut jobs, record.clone())?;
        Ok(record)
    }

    /// Queues a reel to be rendered, as `snapshot` has it.
    ///
    /// # Errors
    /// When its record or the snapshot can't be written.
    pub fn add_render(&self, task: RenderTask, snapshot: &Reel) -> Result<JobRecord, AnyError> {
        let mut jobs = self.lock();
        let record = JobRecord::rendering(jobs.records.next_id(), task);
        self.snapshot(record.job_id).write(snapshot)?;
        self.queue(&mut jobs, record.clone())?;
        Ok(record)
    }

    fn queue(&self, jobs: &mut Jobs, record: JobRecord) -> Result<(), JobError> {
        for forgotten in jobs.records.add(record.clone()) {
            if forgotten.kind == JobKind::Render {
                // A film that somebody took away before is no loss.
                let _ = std::fs::remove_dir_all(self.render_folder(forgotten.job_id));
            }
        }
        jobs.records.keep()?;
        let _ = self.changes.send(record);
        self.woken.notify_all();
        Ok(())
    }

    /// The folder of a rendering: the reel as it stood, and the film.
    pub fn render_folder(&self, id: u64) -> PathBuf {
        self.library.join(RENDERS_FOLDER).join(id.to_string())
    }

    /// The reel as it stood when a rendering was asked for.
    pub fn snapshot(&self, id: u64) -> ReelFile {
        ReelFile {
            path: self.render_folder(id).join("rendered.reel.json"),
        }
    }

    /// Holds a job until it is resumed; what it has indexed stays.
    ///
    /// # Errors
    /// `Unknown`, and `Ended` for one that neither waits nor runs.
    pub fn pause(&self, id: u64) -> Result<JobRecord, JobError> {
        self.stop(id, JobState::Paused)
    }

    /// Ends a job for good; what it has indexed stays.
    ///
    /// # Errors
    /// As [`pause`](Self::pause).
    pub fn cancel(&self, id: u64) -> Result<JobRecord, JobError> {
        self.stop(id, JobState::Cancelled)
    }

    /// Lets a paused job go on.
    ///
    /// # Errors
    /// `Unknown`, and `NotPaused`.
    pub fn resume(&self, id: u64) -> Result<JobRecord, JobError> {
        self.queue_again(id, |state| {
            (state == JobState::Paused)
                .then_some(())
                .ok_or(JobError::NotPaused { id })
        })
    }

    /// Runs an ended job once more; what failed in it is tried again.
    ///
    /// # Errors
    /// `Unknown`, and `NotEnded`.
    pub fn retry(&self, id: u64) -> Result<JobRecord, JobError> {
        self.queue_again(id, |state| {
            state
                .is_ended()
                .then_some(())
                .ok_or(JobError::NotEnded { id })
        })
    }

    fn queue_again(
        &self,
        id: u64,
        allowed: impl FnOnce(JobState) -> Result<(), JobError>,
    ) -> Result<JobRecord, JobError> {
        let mut jobs = self.lock();
        let record = jobs.records.find(id)?;
        allowed(record.state)?;
        record.retries_failed |= record.state.is_ended();
        record.state = JobState::Queued;
        (record.message, record.ended) = (None, None);
        let record = record.clone();
        jobs.records.keep()?;
        let _ = self.changes.send(record.clone());
        self.woken.notify_all();
        Ok(record)
    }

    fn stop(&self, id: u64, state: JobState) -> Result<JobRecord, JobError> {
        let mut jobs = self.lock();
        if let Some(running) = jobs.running.iter_mut().find(|running| running.id == id) {
            // The thread that runs it says when it has stopped.
            running.stopped_as = state;
            running.cancel.request();
            return Ok(jobs.records.find(id)?.clone());
        }
        let record = jobs.records.find(id)?;
        if !matches!(record.state, JobState::Queued | JobState::Paused) {
            return Err(JobError::Ended { id });
        }
        if state == JobState::Cancelled {
            record.end(state);
        } else {
            record.state = state;
        }
        let record = record.clone();
        jobs.records.keep()?;
        let _ = self.changes.send(record.clone());
        Ok(record)
    }

    /// Runs jobs of a kind as they come, until [`close`](Self::close); `work` does that of one.
    pub fn work_off(&self, kind: JobKind, work: &Work<'_>) {
        while let Some((job, cancel)) = self.next(kind) {
            let progress = JobProgress {
                queue: self,
                id: job.job_id,
                told: Mutex::new(Instant::now()),
            };
            let result = work(&job, &cancel, &progress);
            self.ended(job.job_id, result);
        }
    }

    /// Stops the jobs in hand, which are to be retried, and starts no other.
    pub fn close(&self) {
        let mut jobs = self.lock();
        jobs.is_closing = true;
        for running in &jobs.running {
            running.cancel.request();
        }
        self.woken.notify_all();
    }

    /// The next job of a kind, as soon as there is one; `None` when no more will run.
    fn next(&self, kind: JobKind) -> Option<(JobRecord, Arc<Cancel>)> {
        let mut jobs = self.lock();
        loop {
            if jobs.is_closing {
                return None;
            }
            if let Some(record) = jobs.records.first_queued(kind) {
                record.start();
                let record = record.clone();
                let cancel = Arc::new(Cancel::default());
                jobs.running.push(Running {
                    id: record.job_id,
                    cancel: Arc::clone(&cancel),
                    stopped_as: JobState::Failed,
                });
                keep_or_warn(&jobs.records);
                let _ = self.changes.send(record.clone());
                return Some((record, cancel));
            }
            jobs = self
                .woken
                .wait(jobs)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn ended(&self, id: u64, result: Result<Outcome, AnyError>) {
        let mut jobs = self.lock();
        let running = jobs.running.iter().position(|running| running.id == id);
        let stopped_as = running.map(|at| jobs.running.remove(at).stopped_as);
        let is_closing = jobs.is_closing;
        let Ok(record) = jobs.records.find(id) else {
            return;
        };
        match result {
            Ok(Outcome::Interrupted) => match stopped_as {
                Some(JobState::Paused) => record.state = JobState::Paused,
                Some(state @ JobState::Cancelled) => record.end(state),
                _ => {
                    record.end(JobState::Failed);
                    let why = if is_closing {
                        "the server was stopped"
                    } else {
                        "it was stopped"
                    };
                    record.message = Some(format!("interrupted: {why}; retry goes on"));
                }
            },
            Ok(Outcome::Rendered(notes)) => {
                record.end(JobState::Done);
                if let Some(task) = &mut record.render {
                    task.share = 1.0;
                }
                record.message = (!notes.is_empty()).then(|| notes.join("; "));
            }
            Ok(Outcome::Indexed(report)) => {
                record.end(JobState::Done);
                record.retries_failed = false;
                record.files = report.files;
                record.unchanged = report.unchanged;
                record.failed = report.failed;
                record.done = report.files.saturating_sub(report.unchanged);
                record.message = (!report.notes.is_empty()).then(|| report.notes.join("; "));
            }
            Err(error) => {
                record.end(JobState::Failed);
                record.message = Some(sentence(&*error));
            }
        }
        let record = record.clone();
        keep_or_warn(&jobs.records);
        let _ = self.changes.send(record);
    }

    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep_or_warn(records: &Records) {
    if let Err(error) = records.keep() {
        tracing::warn!(error = message_chain(&error), "a job goes on unrecorded");
    }
}

fn sentence(error: &dyn Diagnose) -> String {
    let message = message_chain(&error);
    match error.hint() {
        Some(hint) => format!("{message}; {hint}"),
        None => message,
    }
}

#[cfg(test)]
mod tests;
