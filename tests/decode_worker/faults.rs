//! A worker's death, stalls and limits, from real causes.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reeldex::domain::AssetKind;
use reeldex::media::protocol::{ShotDepth, ShotRequest};
use reeldex::media::{DecodePool, MediaError, WorkerLimits};
use rustix::process::Signal;

use crate::{PROGRAM, impatient, is_running, keyframes_only, media, pool, signal, wait_until};

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
    let fifo = folder.path().join("endless.srt");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let limits = WorkerLimits {
        no_progress: Duration::from_secs(4),
        ..WorkerLimits::default()
    };
    let pool = pool(1, limits);
    let mut session = pool.session().unwrap();
    let stuck = session.worker_id().unwrap();
    let start = Instant::now();
    assert_eq!(
        session.subtitle_file(&fifo),
        Err(MediaError::Stalled { seconds: 4 })
    );
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(!is_running(stuck));

    let mut is_first = true;
    session
        .shots(&film, &keyframes_only(), &mut |_| {
            if is_first {
                std::thread::sleep(Duration::from_millis(4500));
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
        no_progress: Duration::from_secs(4),
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
    assert_eq!(result, Err(MediaError::Stalled { seconds: 4 }));
    assert!(!is_running(worker));
}

#[test]
fn a_file_that_needs_more_memory_than_the_limit_says_so_and_the_next_file_is_fine() {
    let Some(still) = media("image/larch.jpg") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let huge = folder.path().join("huge.srt");
    // One cue of 20 million lines: each needs eight times its own size to be kept in mind.
    fs::write(
        &huge,
        format!(
            "1\n00:00:01,000 --> 00:00:02,000\n{}",
            "a\n".repeat(20_000_000)
        ),
    )
    .unwrap();
    let limits = WorkerLimits {
        memory_bytes: 700 << 20,
        ..WorkerLimits::default()
    };
    let pool = pool(1, limits);
    let mut session = pool.session().unwrap();
    assert_eq!(
        session.subtitle_file(&huge),
        Err(MediaError::OutOfMemory {
            limit_mebibytes: 700
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
    assert!(error.contains("5 s"), "{error}");
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
    let Some(film) = media("video/big_buck_bunny_0_30.webm") else {
        return;
    };
    // Idle, and without a word said.
    let mut worker = Command::new(PROGRAM)
        .arg("decode-worker")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert!(worker.try_wait().unwrap().is_none());
    drop(worker.stdin.take());
    wait_until("the end of the worker", || {
        worker.try_wait().unwrap().is_some()
    });

    // In the middle of a film, when the program is killed with no chance to clean up: this test
    // starts itself as that program.
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "faults::a_program_that_decodes_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env("DECODED_FILM", film.canonicalize().unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines =
        std::io::BufRead::lines(std::io::BufReader::new(program.stdout.take().unwrap()));
    let worker: u32 = lines
        .find_map(|line| {
            line.unwrap()
                .split_once("worker ")
                .and_then(|(_, worker)| worker.parse().ok())
        })
        .unwrap();
    assert!(is_running(worker));
    program.kill().unwrap();
    program.wait().unwrap();
    wait_until("the end of the worker", || !is_running(worker));
}

#[test]
#[ignore = "started by another test, which kills it"]
#[allow(clippy::print_stdout, reason = "the test that started it reads this")]
fn a_program_that_decodes_until_it_is_killed() {
    let Some(film) = std::env::var_os("DECODED_FILM") else {
        return;
    };
    let pool = pool(1, WorkerLimits::default());
    let mut session = pool.session().unwrap();
    println!("\nworker {}", session.worker_id().unwrap());
    let request = ShotRequest {
        depth: ShotDepth::Full,
        ..keyframes_only()
    };
    let _ = session.shots(Path::new(&film), &request, &mut |_| {
        std::thread::sleep(Duration::from_secs(60));
        ControlFlow::Continue(())
    });
}
