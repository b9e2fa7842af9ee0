//! How jobs follow each other, stop and come back.

use std::thread;

use super::*;

fn queue() -> (tempfile::TempDir, JobQueue) {
    let directory = tempfile::tempdir().unwrap();
    let queue = JobQueue::open(directory.path());
    (directory, queue)
}

fn add(queue: &JobQueue, path: &str) -> u64 {
    queue.add(vec![path.into()], None, None).unwrap().job_id
}

/// Runs until every job has ended or is paused; `index` is the work.
fn run(
    queue: &JobQueue,
    index: &(impl Fn(&JobRecord, &Arc<Cancel>, &dyn Observer) -> Result<IndexReport, AnyError> + Sync),
) {
    let (_, mut changes) = queue.watch();
    thread::scope(|scope| {
        scope.spawn(|| queue.work_off(index));
        loop {
            let waits = |state| matches!(state, JobState::Queued | JobState::Running);
            if !queue.watch().0.iter().any(|record| waits(record.state)) {
                break;
            }
            let _ = changes.blocking_recv();
        }
        queue.close();
    });
}

fn states(queue: &JobQueue) -> Vec<JobState> {
    queue.watch().0.iter().map(|record| record.state).collect()
}

fn until_asked_to_stop(cancel: &Cancel) -> IndexReport {
    while !cancel.is_requested() {
        thread::sleep(Duration::from_millis(1));
    }
    IndexReport {
        interrupted: true,
        ..IndexReport::default()
    }
}

#[test]
fn jobs_run_in_the_order_they_came_one_at_a_time() {
    let (directory, queue) = queue();
    let order = Mutex::new(Vec::new());
    let (first, second) = (add(&queue, "/a"), add(&queue, "/b"));
    run(&queue, &|job, _, progress| {
        order.lock().unwrap().push(job.job_id);
        assert!(order.try_lock().is_ok());
        progress.observe(IndexEvent::Scanned { files: 5 });
        Ok(IndexReport {
            files: 5,
            unchanged: 2,
            failed: 1,
            ..IndexReport::default()
        })
    });
    assert_eq!(*order.lock().unwrap(), [first, second]);
    assert_eq!(states(&queue), [JobState::Done, JobState::Done]);
    let job = queue.job(first).unwrap();
    assert_eq!(
        (job.files, job.done, job.failed, job.unchanged),
        (5, 3, 1, 2)
    );
    assert!(job.started.is_some() && job.ended.is_some());
    let reopened = JobQueue::open(directory.path());
    assert_eq!(reopened.watch().0, queue.watch().0, "they are on disk");
}

#[test]
fn a_running_job_is_paused_and_resumed_and_another_cancelled() {
    let (_directory, queue) = queue();
    let (first, second) = (add(&queue, "/a"), add(&queue, "/b"));
    run(&queue, &|job, cancel, _| {
        if job.job_id == first {
            queue.pause(first).unwrap();
        } else {
            queue.cancel(second).unwrap();
        }
        Ok(until_asked_to_stop(cancel))
    });
    assert_eq!(states(&queue), [JobState::Paused, JobState::Cancelled]);
    assert!(matches!(
        queue.resume(second),
        Err(JobError::NotPaused { .. })
    ));
    assert!(matches!(queue.cancel(second), Err(JobError::Ended { .. })));
    assert!(matches!(queue.retry(first), Err(JobError::NotEnded { .. })));
    assert!(matches!(queue.job(9), Err(JobError::Unknown { .. })));
    let resumed = queue.resume(first).unwrap();
    assert_eq!(
        (resumed.state, resumed.retries_failed),
        (JobState::Queued, false)
    );
    let retried = queue.retry(second).unwrap();
    assert_eq!(
        (retried.state, retried.retries_failed),
        (JobState::Queued, true)
    );
}

#[test]
fn what_ran_when_the_server_died_is_interrupted_and_can_be_retried() {
    let (directory, queue) = queue();
    let id = add(&queue, "/a");
    queue.next().unwrap();
    let waiting = add(&queue, "/b");
    drop(queue);
    let queue = JobQueue::open(directory.path());
    assert_eq!(states(&queue), [JobState::Failed, JobState::Queued]);
    let message = queue.job(id).unwrap().message.unwrap();
    assert!(message.starts_with("interrupted"), "{message}");
    queue.retry(id).unwrap();
    run(&queue, &|_, _, _| Ok(IndexReport::default()));
    assert_eq!(states(&queue), [JobState::Done, JobState::Done]);
    assert!(queue.job(waiting).unwrap().message.is_none());
}

#[test]
fn a_job_in_hand_is_stopped_when_the_server_is() {
    let (_directory, queue) = queue();
    let id = add(&queue, "/a");
    queue.work_off(&|_, cancel, _| {
        queue.close();
        Ok(until_asked_to_stop(cancel))
    });
    let job = queue.job(id).unwrap();
    assert_eq!(job.state, JobState::Failed);
    assert!(job.message.unwrap().contains("the server was stopped"));
}

#[test]
fn an_error_is_told_with_what_to_do() {
    let (_directory, queue) = queue();
    let id = add(&queue, "/a");
    run(&queue, &|_, _, _| Err(JobError::Unknown { id: 7 }.into()));
    let job = queue.job(id).unwrap();
    assert_eq!(job.state, JobState::Failed);
    assert_eq!(
        job.message.as_deref(),
        Some("there is no job 7; list them with GET /jobs")
    );
}
