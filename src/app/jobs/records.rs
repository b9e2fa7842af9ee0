//! The records of all jobs, kept in a file that is replaced as a whole.

use std::path::{Path, PathBuf};

use super::{JobError, JobKind, JobRecord, JobState};

/// The file in the library's directory.
const JOBS_FILE: &str = "jobs.json";

/// Ended jobs that are remembered.
pub(super) const REMEMBERED: usize = 100;

/// Records in the order in which jobs were asked for.
pub(super) struct Records {
    file: PathBuf,
    all: Vec<JobRecord>,
}

impl Records {
    /// Those of the library in `directory`; what ran when the last server ended was interrupted.
    pub(super) fn open(directory: &Path) -> Self {
        let file = directory.join(JOBS_FILE);
        let mut all: Vec<JobRecord> = std::fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        for record in &mut all {
            if record.state == JobState::Running {
                record.end(JobState::Failed);
                record.message =
                    Some("interrupted: the server ended while it ran; retry goes on".to_owned());
            }
        }
        Self { file, all }
    }

    /// All of them, the latest last.
    pub(super) fn all(&self) -> &[JobRecord] {
        &self.all
    }

    /// The number of the next job.
    pub(super) fn next_id(&self) -> u64 {
        let ids = self.all.iter().map(|record| record.job_id);
        ids.max().unwrap_or(0) + 1
    }

    /// That of a job.
    ///
    /// # Errors
    /// `Unknown` where there is none.
    pub(super) fn find(&mut self, id: u64) -> Result<&mut JobRecord, JobError> {
        self.all
            .iter_mut()
            .find(|record| record.job_id == id)
            .ok_or(JobError::Unknown { id })
    }

    /// The first of a kind that waits for its turn.
    pub(super) fn first_queued(&mut self, kind: JobKind) -> Option<&mut JobRecord> {
        self.all
            .iter_mut()
            .find(|record| record.state == JobState::Queued && record.kind == kind)
    }

    /// Adds one, and gives those of the oldest ended jobs that are forgotten for it.
    pub(super) fn add(&mut self, record: JobRecord) -> Vec<JobRecord> {
        self.all.push(record);
        let mut forgotten = Vec::new();
        while let Some(record) = self.take_oldest() {
            forgotten.push(record);
        }
        forgotten
    }

    fn take_oldest(&mut self) -> Option<JobRecord> {
        let ended = |record: &JobRecord| record.state.is_ended();
        if self.all.iter().filter(|record| ended(record)).count() <= REMEMBERED {
            return None;
        }
        let oldest = self.all.iter().position(ended)?;
        Some(self.all.remove(oldest))
    }

    /// Writes them so that a reader finds the old ones or the new ones.
    ///
    /// # Errors
    /// When they can't be written.
    pub(super) fn keep(&self) -> Result<(), JobError> {
        let failed = |source| JobError::Record {
            path: self.file.clone(),
            source,
        };
        let bytes = serde_json::to_vec_pretty(&self.all)
            .map_err(|error| failed(std::io::Error::other(error)))?;
        let fresh = self.file.with_extension("json.new");
        if let Some(directory) = self.file.parent() {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        std::fs::write(&fresh, bytes).map_err(failed)?;
        std::fs::rename(&fresh, &self.file).map_err(failed)
    }
}
