//! Clips through the worker: whole, broken off, and with a worker that dies half-way.

use std::ops::ControlFlow;
use std::process::Command;

use reeldex::domain::TimeSpan;
use reeldex::media::protocol::{ClipContainer, ClipRequest};
use reeldex::media::{MediaError, WorkerLimits};
use rustix::process::Signal;

use crate::{media, pool, signal};

fn request(start_millis: i64, end_millis: i64) -> ClipRequest {
    ClipRequest {
        span: TimeSpan::new(start_millis, end_millis),
        container: ClipContainer::Mp4,
        max_side: 1280,
        max_picture_pixels: u64::MAX,
    }
}

#[test]
fn a_clip_crosses_the_pipe_while_the_worker_writes_no_file() {
    let Some(film) = media("video/big_buck_bunny_0_30.webm") else {
        return;
    };
    let pool = pool(1, WorkerLimits::default());
    let mut session = pool.session().unwrap();
    let worker = session.worker_id().unwrap();
    let mut bytes = Vec::new();
    let mut parts = 0;
    let summary = session
        .clip(&film, &request(10_000, 12_000), &mut |more| {
            bytes.extend_from_slice(more);
            parts += usize::from(!more.is_empty());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!((48..=62).contains(&summary.pictures), "{summary:?}");
    assert!(parts > 2, "it comes in parts: {parts}");
    assert_eq!(&bytes[4..8], b"ftyp");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, &bytes).unwrap();
    let probed = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-show_entries",
            "stream=codec_name",
            "-of",
            "csv=p=0",
        ])
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&probed.stdout).trim(), "h264\naac");
    assert_eq!(session.worker_id(), Some(worker), "it is kept for the next");

    let refused = session.clip(&film, &request(90_000, 95_000), &mut |_| {
        ControlFlow::Continue(())
    });
    assert!(
        matches!(refused, Err(MediaError::BadSpan { .. })),
        "{refused:?}"
    );
    assert_eq!(session.worker_id(), Some(worker));
}

#[test]
fn a_worker_that_dies_in_the_middle_of_a_clip_is_told_and_replaced() {
    let Some(film) = media("video/big_buck_bunny_0_30.webm") else {
        return;
    };
    let pool = pool(1, WorkerLimits::default());
    let mut session = pool.session().unwrap();
    let worker = session.worker_id().unwrap();
    let mut count = 0;
    let result = session.clip(&film, &request(0, 30_000), &mut |more| {
        if count == 0 && !more.is_empty() {
            signal(worker, Signal::KILL);
        }
        count += more.len();
        ControlFlow::Continue(())
    });
    assert!(
        matches!(result, Err(MediaError::WorkerDied { .. })),
        "{result:?}"
    );
    assert!(count > 0);
    let summary = session
        .clip(&film, &request(0, 500), &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert!(summary.pictures > 10);
    assert_ne!(session.worker_id(), Some(worker));
}

#[test]
fn a_reader_that_wants_no_more_ends_the_rendering() {
    let Some(film) = media("video/big_buck_bunny_0_30.webm") else {
        return;
    };
    let pool = pool(1, WorkerLimits::default());
    let mut session = pool.session().unwrap();
    let mut calls = 0;
    session
        .clip(&film, &request(0, 30_000), &mut |_| {
            calls += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(calls, 1);
    assert!(session.probe(&film).is_ok());
}
