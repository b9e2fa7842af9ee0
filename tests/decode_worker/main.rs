//! The decode worker as a real child process.

#![allow(clippy::print_stderr, reason = "a skipped test says why")]

mod answers; // what it says of files
mod clips; // clips for browsers
mod faults;
mod previews; // what browsers are shown // its death, its limits, its end
mod reels; // rendered reels

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reeldex::media::protocol::{ShotDepth, ShotRequest};
use reeldex::media::{DecodePool, WorkerLimits};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

const PROGRAM: &str = env!("CARGO_BIN_EXE_reeldex");

fn pool(workers: usize, limits: WorkerLimits) -> DecodePool {
    DecodePool::new(workers, limits).with_program(PathBuf::from(PROGRAM))
}

fn impatient() -> WorkerLimits {
    WorkerLimits {
        no_progress: Duration::from_secs(5),
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
