//! The decode worker as a real child process: its answers, its death, its limits.

use std::ffi::OsStr;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reeldex::domain::AssetKind;
use reeldex::media::protocol::{ShotDepth, ShotEvent, ShotRequest};
use reeldex::media::{DecodePool, MediaError, WorkerLimits};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

const PROGRAM: &str = env!("CARGO_BIN_EXE_reeldex");

fn pool(workers: usize, limits: WorkerLimits) -> DecodePool {
    DecodePool::new(workers, limits).with_program(PathBuf::from(PROGRAM))
}

fn impatient() -> WorkerLimits {
    WorkerLimits {
        no_progress: Duration::from_secs(3),
        ..WorkerLimits::default()
    }
}

fn media(name: &str) -> Option<PathBuf> {
    let path = Path::new("../shared/media").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    }
    Some(path)
}

fn keyframes_only() -> ShotRequest {
    ShotRequest {
        depth: ShotDepth::Keyframes,
        max_side: 640,
        stream_index: 0,
        max_picture_pixels: u64::MAX,
    }
}

fn signal(worker: u32, signal: Signal) {
    kill_process(Pid::from_raw(worker as i32).unwrap(), signal).unwrap();
}

fn is_running(worker: u32) -> bool {
    // A zombie can still be signalled, so its state is read instead.
    let status = fs::read_to_string(format!("/proc/{worker}/stat")).unwrap_or_default();
    !status.is_empty()
        && !status.contains(") Z ")
        && test_kill_process(Pid::from_raw(worker as i32).unwrap()).is_ok()
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not come about");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn one_worker_serves_files_of_every_kind_one_after_another() {
    let (Some(film), Some(still), Some(speech), Some(subtitles)) = (
        media("video/rabbit320.mp4"),
        media("image/larch.jpg"),
        media("audio/jfk.wav"),
        media("audio/jfk.srt"),
    ) else {
        return;
    };
    let pool = pool(1, WorkerLimits::default());
    let mut session = pool.session().unwrap();
    let worker = session.worker_id().unwrap();

    assert_eq!(session.probe(&film).unwrap().kind, AssetKind::Video);
    assert_eq!(session.probe(&still).unwrap().kind, AssetKind::Image);
    let mut keyframes = 0;
    let summary = session
        .shots(&film, &keyframes_only(), &mut |event| {
            if let ShotEvent::Keyframe { picture, .. } = event {
                assert_eq!(
                    picture.rgb.len(),
                    (picture.width * picture.height * 3) as usize
                );
                assert!(picture.rgb.iter().any(|value| *value != picture.rgb[0]));
                keyframes += 1;
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(keyframes > 0);
    assert_eq!(summary.keyframes, keyframes);
    let (mut count, mut loudest) = (0, 0.0_f32);
    let summary = session
        .audio(&speech, 0, &mut |samples| {
            count += samples.mono.len() as u64;
            loudest = samples
                .mono
                .iter()
                .fold(loudest, |loudest, value| loudest.max(value.abs()));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((summary.samples, count), (176_000, 176_000));
    assert!(loudest > 0.1 && loudest <= 1.0, "{loudest}");
    let subtitles = session.subtitle_file(&subtitles).unwrap();
    assert_eq!(subtitles.format, "srt");
    assert!(
        subtitles
            .cues
            .iter()
            .any(|cue| cue.text.contains("fellow Americans"))
    );

    assert_eq!(session.worker_id(), Some(worker));
    drop(session);
    assert_eq!(
        pool.session().unwrap().worker_id(),
        Some(worker),
        "an idle worker is kept"
    );
    drop(pool);
    assert!(!is_running(worker), "a pool leaves no worker behind");
}

#[test]
fn paths_of_any_bytes_reach_the_worker() {
    let Some(film) = media("video/rabbit320.mp4") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(1, impatient());
    let mut session = pool.session().unwrap();
    for name in [
        b"caf\xe9\xff.mp4".as_slice(),
        b"two\nlines.mp4",
        b"file:%d,*?[a].mp4",
        b"-",
    ] {
        let path = folder.path().join(OsStr::from_bytes(name));
        symlink(film.canonicalize().unwrap(), &path).unwrap();
        assert_eq!(
            session.probe(&path).unwrap().kind,
            AssetKind::Video,
            "{}",
            path.display()
        );
    }
}

#[test]
fn a_file_that_is_no_media_is_an_error_and_the_worker_lives_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.mp4");
    fs::write(&path, "just words").unwrap();
    let pool = pool(1, impatient());
    let mut session = pool.session().unwrap();
    let worker = session.worker_id();
    assert!(session.probe(&path).is_err());
    assert!(matches!(
        session.probe(&folder.path().join("none")),
        Err(MediaError::Unreadable { .. })
    ));
    assert_eq!(session.worker_id(), worker);
}

#[test]
fn a_worker_killed_on_a_file_is_that_files_outcome_and_of_no_other() {
    let Some(film) = media("video/big_buck_bunny_0_30.webm") else {
        return;
    };
    let pool = pool(1, WorkerLimits::default());
    let mut session = pool.session().unwrap();
    let first = session.worker_id().unwrap();
    let mut is_killed = false;
    let request = ShotRequest {
        depth: ShotDepth::Full,
        ..keyframes_only()
    };
    let result = session.shots(&film, &request, &mut |_| {
        if !is_killed {
            // Rust's own handler forgives the first SIGSEGV that no bad address caused.
            signal(first, Signal::ABORT);
            is_killed = true;
        }
        ControlFlow::Continue(())
    });
    let Err(MediaError::WorkerDied { how }) = result else {
        panic!("{result:?}")
    };
    assert!(how.contains("SIGABRT"), "{how}");
    assert_eq!(session.worker_id(), None);
    assert_eq!(session.probe(&film).unwrap().kind, AssetKind::Video);
    assert_ne!(session.worker_id(), Some(first));
}

#[test]
fn a_worker_killed_or_stopped_while_idle_costs_no_file_its_outcome() {
    let Some(film) = media("video/rabbit320.mp4") else {
        return;
    };
    let pool = pool(1, impatient());
    let mut session = pool.session().unwrap();
    for sent in [Signal::KILL, Signal::STOP] {
        signal(session.worker_id().unwrap(), sent);
        assert_eq!(session.probe(&film).unwrap().kind, AssetKind::Video);
    }
}

#[test]
fn a_worker_without_progress_is_killed_and_a_slow_consumer_is_not_mistaken_for_one() {
    let Some(film) = media("video/rabbit320.mp4") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("endless.mp4");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let limits = WorkerLimits {
        no_progress: Duration::from_secs(2),
        ..WorkerLimits::default()
    };
    let pool = pool(1, limits);
    let mut session = pool.session().unwrap();
    let stuck = session.worker_id().unwrap();
    let start = Instant::now();
    assert_eq!(
        session.probe(&fifo),
        Err(MediaError::Stalled { seconds: 2 })
    );
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(!is_running(stuck));

    let mut is_first = true;
    session
        .shots(&film, &keyframes_only(), &mut |_| {
            if is_first {
                std::thread::sleep(Duration::from_millis(2500));
                is_first = false;
            }
            ControlFlow::Continue(())
        })
        .unwrap();
}

#[test]
fn a_decoder_stopped_in_the_middle_is_noticed() {
    let Some(film) = media("video/big_buck_bunny_0_30.webm") else {
        return;
    };
    let limits = WorkerLimits {
        no_progress: Duration::from_secs(2),
        ..WorkerLimits::default()
    };
    let pool = pool(1, limits);
    let mut session = pool.session().unwrap();
    let worker = session.worker_id().unwrap();
    let mut is_stopped = false;
    let request = ShotRequest {
        depth: ShotDepth::Full,
        ..keyframes_only()
    };
    let result = session.shots(&film, &request, &mut |_| {
        if !is_stopped {
            signal(worker, Signal::STOP);
            is_stopped = true;
        }
        ControlFlow::Continue(())
    });
    assert_eq!(result, Err(MediaError::Stalled { seconds: 2 }));
    assert!(!is_running(worker));
}

#[test]
fn a_picture_too_large_for_the_memory_limit_says_so_and_the_next_file_is_fine() {
    let Some(still) = media("image/larch.jpg") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let huge = folder.path().join("huge.png");
    let grey = image::GrayImage::new(16_000, 12_000);
    grey.save(&huge).unwrap();
    let limits = WorkerLimits {
        memory_bytes: 400 << 20,
        ..WorkerLimits::default()
    };
    let pool = pool(1, limits);
    let mut session = pool.session().unwrap();
    let result = session.shots(&huge, &keyframes_only(), &mut |_| ControlFlow::Continue(()));
    assert_eq!(
        result,
        Err(MediaError::OutOfMemory {
            limit_mebibytes: 400
        })
    );
    session
        .shots(
            &still,
            &keyframes_only(),
            &mut |_| ControlFlow::Continue(()),
        )
        .unwrap();
}

#[test]
fn a_consumer_may_stop_early_and_go_on_with_another_file() {
    let Some(film) = media("video/big_buck_bunny_0_30.webm") else {
        return;
    };
    let pool = pool(1, WorkerLimits::default());
    let mut session = pool.session().unwrap();
    let mut events = 0;
    let summary = session
        .shots(
            &film,
            &ShotRequest {
                depth: ShotDepth::Full,
                ..keyframes_only()
            },
            &mut |_| {
                events += 1;
                ControlFlow::Break(())
            },
        )
        .unwrap();
    assert_eq!(events, 1);
    assert!(summary.keyframes <= 1);
    assert_eq!(session.probe(&film).unwrap().kind, AssetKind::Video);
}

#[test]
fn sessions_wait_for_a_free_worker_and_never_exceed_the_pool() {
    let Some(film) = media("video/rabbit320.mp4") else {
        return;
    };
    let pool = pool(2, WorkerLimits::default());
    let workers = std::sync::Mutex::new(std::collections::BTreeSet::new());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mut session = pool.session().unwrap();
                session.probe(&film).unwrap();
                workers.lock().unwrap().insert(session.worker_id().unwrap());
            });
        }
    });
    assert!(workers.lock().unwrap().len() <= 2);
    // The threads that started the workers are gone; the workers are not.
    for worker in workers.lock().unwrap().iter() {
        assert!(is_running(*worker));
    }
}

#[test]
fn programs_that_are_no_worker_give_an_error_with_what_they_said() {
    let folder = tempfile::tempdir().unwrap();
    let script = |name: &str, body: &str| {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let start = |program: PathBuf| {
        DecodePool::new(1, impatient())
            .with_program(program)
            .session()
            .err()
            .unwrap()
    };

    let error = start(script("dies", "echo cannot load libavcodec >&2; exit 7")).to_string();
    assert!(
        error.contains("exit status 7") && error.contains("cannot load libavcodec"),
        "{error}"
    );
    let error = start(script("sleeps", "exec sleep 60")).to_string();
    assert!(error.contains("3 s"), "{error}");
    assert!(matches!(
        start(script("talks", "echo 'hello, who are you?'; sleep 60")),
        MediaError::Protocol { .. }
    ));
    assert!(matches!(
        start(folder.path().join("none")),
        MediaError::WorkerStart { .. }
    ));
}

#[test]
fn a_failed_start_gives_its_place_in_the_pool_back() {
    let pool = DecodePool::new(1, impatient()).with_program(PathBuf::from("/nowhere/reeldex"));
    assert!(pool.session().is_err());
    assert!(pool.session().is_err());
}

#[test]
fn a_worker_ends_when_its_program_does_even_in_the_middle_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("endless.mp4");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let mut worker = Command::new(PROGRAM)
        .arg("decode-worker")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(worker.try_wait().unwrap().is_none());
    drop(worker.stdin.take());
    wait_until("the end of the worker", || {
        worker.try_wait().unwrap().is_some()
    });
}
