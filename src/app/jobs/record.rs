//! What is kept of a job.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    fault::{Diagnose, Fault},
    reel::render::RenderSettings,
};

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for those before it.
    Queued,
    /// Is being worked off.
    Running,
    /// Waits to be resumed.
    Paused,
    /// Every file has an outcome.
    Done,
    /// Came to nothing, or was interrupted; can be retried.
    Failed,
    /// Was given up.
    Cancelled,
}

impl JobState {
    /// Whether nothing more happens by itself or by resuming.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// What a job does. Jobs of one kind wait for each other, and not for those of the other.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Takes files into the library.
    #[default]
    Index,
    /// Makes a film of a reel.
    Render,
}

/// A reel to be rendered, as it stood when that was asked for, and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RenderTask {
    /// Its name.
    pub reel: String,
    /// The name of the file that it becomes.
    pub file: String,
    /// How it is rendered.
    pub settings: RenderSettings,
    /// How much of it is done, 0 to 1.
    pub share: f32,
}

/// A request to index or to render, and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobRecord {
    /// Its number in this library.
    pub job_id: u64,
    /// What it does.
    #[serde(default)]
    pub kind: JobKind,
    /// What is rendered.
    #[serde(default)]
    pub render: Option<RenderTask>,
    /// How it stands.
    pub state: JobState,
    /// Folders and files, absolute and without links.
    pub paths: Vec<PathBuf>,
    /// Collection of newly found files; `None` for the server's own setting.
    pub collection: Option<String>,
    /// Pack of models; `None` for the server's own setting.
    pub models: Option<String>,
    /// Files found so far.
    pub files: u64,
    /// Files done with in this run.
    pub done: u64,
    /// Files that something failed on in this run.
    pub failed: u64,
    /// Files that were known and as they were.
    pub unchanged: u64,
    /// When it was first started, RFC 3339.
    pub started: Option<String>,
    /// When it ended, RFC 3339.
    pub ended: Option<String>,
    /// Why it failed, or what limits what was found.
    pub message: Option<String>,
    /// Whether steps that failed before are tried again.
    #[serde(default)]
    pub retries_failed: bool,
}

impl JobRecord {
    pub(super) fn new(
        job_id: u64,
        paths: Vec<PathBuf>,
        collection: Option<String>,
        models: Option<String>,
    ) -> Self {
        Self {
            job_id,
            kind: JobKind::Index,
            render: None,
            state: JobState::Queued,
            paths,
            collection,
            models,
            files: 0,
            done: 0,
            failed: 0,
            unchanged: 0,
            started: None,
            ended: None,
            message: None,
            retries_failed: false,
        }
    }

    pub(super) fn rendering(job_id: u64, task: RenderTask) -> Self {
        Self {
            kind: JobKind::Render,
            render: Some(task),
            ..Self::new(job_id, Vec::new(), None, None)
        }
    }

    pub(super) fn start(&mut self) {
        self.state = JobState::Running;
        self.started.get_or_insert_with(now);
        (self.files, self.done, self.failed, self.unchanged) = (0, 0, 0, 0);
    }

    pub(super) fn end(&mut self, state: JobState) {
        self.state = state;
        self.ended = Some(now());
    }
}

fn now() -> String {
    jiff::Timestamp::from_second(jiff::Timestamp::now().as_second())
        .unwrap_or_default()
        .to_string()
}

/// Why a job can't be made, or can't do what is asked of it.
#[derive(Debug, Error)]
pub enum JobError {
    /// No job has that number.
    #[error("there is no job {id}")]
    Unknown {
        /// The number.
        id: u64,
    },
    /// It neither waits nor runs.
    #[error("job {id} has ended")]
    Ended {
        /// Its number.
        id: u64,
    },
    /// It is not paused.
    #[error("job {id} is not paused")]
    NotPaused {
        /// Its number.
        id: u64,
    },
    /// It has not ended.
    #[error("job {id} has not ended")]
    NotEnded {
        /// Its number.
        id: u64,
    },
    /// A place that can't be indexed.
    #[error("`{}` can't be indexed: {reason}", path.display())]
    Place {
        /// The place.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Its record can't be written.
    #[error("failed to record jobs in {}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Diagnose for JobError {
    fn fault(&self) -> Fault {
        match self {
            Self::Record { .. } => Fault::Environment,
            _ => Fault::User,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "job_unknown",
            Self::Ended { .. } => "job_ended",
            Self::NotPaused { .. } => "job_not_paused",
            Self::NotEnded { .. } => "job_not_ended",
            Self::Place { .. } => "job_place",
            Self::Record { .. } => "job_unrecorded",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Unknown { .. } => "list them with GET /jobs",
                Self::Ended { .. } => "POST /jobs/{id}/retry runs it once more",
                Self::NotPaused { .. } => "only a paused job can be resumed",
                Self::NotEnded { .. } => "cancel it first, or wait",
                Self::Place { .. } => {
                    "name folders and files of the server by their absolute paths"
                }
                Self::Record { .. } => "check the permissions and free space of the library",
            }
            .to_owned(),
        )
    }
}
