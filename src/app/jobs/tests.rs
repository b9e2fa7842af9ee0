//! How jobs follow each other, stop and come back.

use std::{thread, time::Duration};

use super::{records::REMEMBERED, *};
use crate::{
    indexing::{IndexEvent, Observer},
    reel::render::RenderSettings,
};

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
    index: &(
         impl Fn(&JobRecord, &Arc<Cancel>, &JobProgress<'_>) -> Result<IndexReport, AnyError> + Sync
     ),
) {
    let (_, mut changes) = queue.watch();
    thread::scope(|scope| {
        scope.spawn(|| {
            queue.work_off(JobKind::Index, &|job, cancel, progress| {
                Ok(index(job, cancel, progress)?.into())
            });
        });
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
    queue.next(JobKind::Index).unwrap();
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
    queue.work_off(JobKind::Index, &|_, cancel, _| {
        queue.close();
        Ok(until_asked_to_stop(cancel).into())
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

fn task() -> RenderTask {
    RenderTask {
        reel: "best".to_owned(),
        file: "best.mp4".to_owned(),
        settings: RenderSettings::default(),
        share: 0.0,
    }
}

#[test]
fn a_rendering_waits_for_no_indexing_and_keeps_the_reel_as_it_stood() {
    let (_directory, queue) = queue();
    let index = add(&queue, "/a");
    let snapshot = reel();
    let render = queue.add_render(task(), &snapshot).unwrap().job_id;
    let (indexing, _) = queue.next(JobKind::Index).unwrap();
    assert_eq!(indexing.job_id, index);
    // The other one is still running, and would never end.
    queue.work_off(JobKind::Render, &|job, _, progress| {
        assert_eq!(job.job_id, render);
        assert_eq!(queue.snapshot(job.job_id).read()?, snapshot);
        progress.rendered(0.5);
        assert_eq!(queue.job(render)?.render.map(|task| task.share), Some(0.5));
        queue.close();
        Ok(Outcome::Rendered(vec!["one source is silent".to_owned()]))
    });
    let done = queue.job(render).unwrap();
    assert_eq!(done.state, JobState::Done);
    assert_eq!(done.message.as_deref(), Some("one source is silent"));
    assert_eq!(done.render.map(|task| task.share), Some(1.0));
    assert_eq!(queue.job(index).unwrap().state, JobState::Running);
}

#[test]
fn a_film_goes_with_the_record_of_its_rendering() {
    let (_directory, queue) = queue();
    let first = queue.add_render(task(), &reel()).unwrap().job_id;
    queue.cancel(first).unwrap();
    assert!(queue.render_folder(first).exists());
    for _ in 0..REMEMBERED {
        let id = add(&queue, "/a");
        queue.cancel(id).unwrap();
    }
    add(&queue, "/a");
    assert!(matches!(queue.job(first), Err(JobError::Unknown { .. })));
    assert!(!queue.render_folder(first).exists());
}

/// A reel with nothing in it.
fn reel() -> Reel {
    serde_json::from_value(serde_json::json!({
        "format_version": 1,
        "title": "Best",
        "timeline": { "rate": { "num": 25, "den": 1 }, "drop_frame": false, "start_timecode": "00:00:00:00", "width": 640, "height": 360 },
        "wish": {
            "sections": [{ "name": "", "query": null, "picks": null }], "length_millis": 1000, "collection": null,
            "given": [], "must_have": [], "must_not": [], "order": "given", "shortest_millis": 1, "longest_millis": 1,
            "handle_millis": 0, "most_per_asset": null, "diversity": 0.0, "all_angles": false, "seed": 0,
        },
        "sources": {},
        "revisions": [{ "parent": null, "made": "2026-01-01T00:00:00Z", "change": "compile", "notes": [], "picks": [] }],
        "current": 0,
    }))
    .unwrap()
}
