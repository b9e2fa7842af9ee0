//! What a job tells of itself while it runs.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{JobQueue, JobRecord};
use crate::indexing::{IndexEvent, Observer};

/// Files may be done with faster than anyone looks.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// Takes down what a job tells of itself while it runs.
pub struct JobProgress<'a> {
    pub(super) queue: &'a JobQueue,
    pub(super) id: u64,
    pub(super) told: Mutex<Instant>,
}

impl JobProgress<'_> {
    /// Tells how much of a film is there, 0 to 1.
    pub fn rendered(&self, share: f32) {
        let mut jobs = self.queue.lock();
        let Ok(record) = jobs.records.find(self.id) else {
            return;
        };
        if let Some(task) = &mut record.render {
            task.share = share.clamp(0.0, 1.0);
        }
        self.tell(record, false);
    }

    /// Tells those who follow, unless they were told just before.
    fn tell(&self, record: &JobRecord, is_urgent: bool) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if is_urgent || told.elapsed() > TELL_EVERY {
            *told = Instant::now();
            let _ = self.queue.changes.send(record.clone());
        }
    }
}

impl Observer for JobProgress<'_> {
    fn observe(&self, event: IndexEvent) {
        let mut jobs = self.queue.lock();
        let Ok(record) = jobs.records.find(self.id) else {
            return;
        };
        let is_plan = matches!(event, IndexEvent::Planned { .. });
        match event {
            IndexEvent::Scanned { files } => record.files = files,
            IndexEvent::Planned {
                to_read,
                to_refresh,
                ..
            } => record.unchanged = record.files.saturating_sub(to_read + to_refresh),
            IndexEvent::Started { .. } => return,
            IndexEvent::Finished { .. } => record.done += 1,
            IndexEvent::Failed { .. } => record.failed += 1,
        }
        self.tell(record, is_plan);
    }
}
