//! The pool that hands out decode workers.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};

use super::process::WorkerProcess;
use super::{DecodeSession, WorkerLimits};
use crate::media::MediaError;

/// A fixed number of decode workers, started when first needed and kept for the next asset.
pub struct DecodePool {
    workers: usize,
    limits: WorkerLimits,
    program: Option<PathBuf>,
    state: Mutex<PoolState>,
    returned: Condvar,
}

#[derive(Default)]
struct PoolState {
    sessions: usize,
    idle: Vec<WorkerProcess>,
}

impl DecodePool {
    /// A pool of at most `workers` children (at least one) of this program.
    pub fn new(workers: usize, limits: WorkerLimits) -> Self {
        Self {
            workers: workers.max(1),
            limits,
            program: None,
            state: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// The same pool with another program to start, for callers that are not `reeldex` themselves.
    pub fn with_program(self, program: PathBuf) -> Self {
        Self {
            program: Some(program),
            ..self
        }
    }

    /// What each worker may use.
    pub fn limits(&self) -> &WorkerLimits {
        &self.limits
    }

    /// A worker to oneself; waits until one is free.
    ///
    /// # Errors
    /// [`MediaError::WorkerStart`] when no process can be started, [`MediaError::Protocol`] when
    /// the program that started is another version.
    pub fn session(&self) -> Result<DecodeSession<'_>, MediaError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.sessions >= self.workers {
            state = self
                .returned
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.sessions += 1;
        let idle = state.idle.pop();
        drop(state);
        DecodeSession::open(self, idle)
    }

    /// Starts one more child.
    pub(super) fn start_worker(&self) -> Result<WorkerProcess, MediaError> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().map_err(|error| MediaError::WorkerStart {
                reason: error.to_string(),
            })?,
        };
        WorkerProcess::start(&program, self.limits)
    }

    /// Ends a session; `worker` is the one to keep, if it is fit for another asset.
    pub(super) fn give_back(&self, worker: Option<WorkerProcess>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.sessions -= 1;
        state.idle.extend(worker);
        drop(state);
        self.returned.notify_one();
    }
}
