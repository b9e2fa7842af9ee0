//! Decoding measured against the ffmpeg program: keyframes alone, and refined shots against a full decode.
//!
//! Makes a long-GOP 1080p H.264 file of known cuts under `target/`, once. Arguments: minutes of
//! film (default 10) and pairs of runs (default 5).
#![allow(
    clippy::print_stdout,
    reason = "a benchmark reports on standard output"
)]

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reeldex::media::ffmpeg::shots;
use reeldex::media::protocol::{ShotDepth, ShotEvent, ShotRequest};

const FRAMES_PER_SECOND: u32 = 25;

/// Lengths of shots in frames, repeated: short and long ones, none a multiple of the GOP.
const SHOT_FRAMES: [u32; 8] = [133, 417, 91, 260, 68, 510, 182, 339];

fn main() {
    let numbers: Vec<u32> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let minutes = numbers.first().copied().unwrap_or(10).max(1);
    let pairs = numbers.get(1).copied().unwrap_or(5).max(1);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-media");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let (path, cuts) = film(&folder, minutes);
    println!("machine: {}", machine());
    println!(
        "film: {minutes} min 1920x1080 H.264, GOP 250, {} cuts; dev or release: {}",
        cuts.len(),
        profile()
    );

    let (mut own, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..pairs {
        peer.push(program(&path));
        own.push(pass(&path, ShotDepth::Keyframes).0);
    }
    let (own, peer) = (median(own), median(peer));
    println!(
        "keyframes: {:.2} s, `ffmpeg -skip_frame nokey`: {:.2} s, speed {:.0} % of it (wanted: 60 %)",
        own.as_secs_f64(),
        peer.as_secs_f64(),
        100.0 * peer.as_secs_f64() / own.as_secs_f64()
    );

    let (refined, refined_cuts, decoded) = pass(&path, ShotDepth::Refined);
    let (full, full_cuts, all) = pass(&path, ShotDepth::Full);
    let decode = full_decode(&path);
    println!(
        "refined: {:.1} s ({decoded} frames decoded), full: {:.1} s ({all}), {:.1} times as fast (wanted: 5); `ffmpeg` alone decodes it in {:.1} s",
        refined.as_secs_f64(),
        full.as_secs_f64(),
        full.as_secs_f64() / refined.as_secs_f64(),
        decode.as_secs_f64()
    );
    for (name, found) in [("refined", refined_cuts), ("full", full_cuts)] {
        let hits = found.intersection(&cuts).count();
        println!(
            "{name}: {hits} of {} cuts to the frame, {} false",
            cuts.len(),
            found.len() - hits
        );
    }
}

fn profile() -> &'static str {
    if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    }
}

/// Makes the film once and tells its cuts in milliseconds.
fn film(folder: &Path, minutes: u32) -> (PathBuf, BTreeSet<i64>) {
    let total = minutes * 60 * FRAMES_PER_SECOND;
    let (mut at, mut cuts, mut list) = (0, BTreeSet::new(), String::new());
    let part = |index: usize| folder.join(format!("part{index}.mp4"));
    let mut shot = 0;
    while at < total {
        let frames = SHOT_FRAMES[shot % SHOT_FRAMES.len()];
        if at > 0 {
            cuts.insert(i64::from(at) * 1000 / i64::from(FRAMES_PER_SECOND));
        }
        list.push_str(&format!("{}:{frames} ", shot % 4));
        at += frames;
        shot += 1;
    }
    let path = folder.join(format!("film_{minutes}.mp4"));
    if path.exists() {
        return (path, cuts);
    }
    // One lossless picture source per scene, cut together and encoded in one go.
    let sources = [
        "testsrc2=s=1920x1080:r=25",
        "mandelbrot=s=1920x1080:r=25",
        "gradients=s=1920x1080:r=25:seed=5:speed=0.01",
        "testsrc=s=1920x1080:r=25,hue=h=120",
    ];
    for (index, source) in sources.iter().enumerate() {
        let length = SHOT_FRAMES.iter().max().copied().unwrap_or(0);
        ffmpeg(
            &[
                "-f",
                "lavfi",
                "-i",
                source,
                "-frames:v",
                &length.to_string(),
                "-pix_fmt",
                "yuv420p",
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-qp",
                "12",
                "-g",
                "1",
            ],
            &part(index),
        );
    }
    let script = folder.join("list.txt");
    let entries: String = list
        .split_whitespace()
        .filter_map(|entry| entry.split_once(':'))
        .map(|(index, frames)| {
            let seconds = frames.parse::<f64>().unwrap_or(0.0) / f64::from(FRAMES_PER_SECOND);
            format!("file part{index}.mp4\noutpoint {seconds:.3}\n")
        })
        .collect();
    std::fs::write(&script, entries).expect("the list can be written");
    let script = script.to_string_lossy().into_owned();
    ffmpeg(
        &[
            "-f", "concat", "-safe", "0", "-i", &script, "-vf", "fps=25", "-c:v", "libx264",
            "-preset", "veryfast", "-crf", "23", "-g", "250", "-pix_fmt", "yuv420p",
        ],
        &path,
    );
    (path, cuts)
}

fn ffmpeg(arguments: &[&str], output: &Path) {
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(arguments)
        .arg(output)
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "the ffmpeg program made {}",
        output.display()
    );
}

/// How long the ffmpeg program takes for keyframes alone.
fn program(path: &Path) -> Duration {
    timed(path, &["-skip_frame", "nokey"])
}

fn full_decode(path: &Path) -> Duration {
    timed(path, &[])
}

fn timed(path: &Path, options: &[&str]) -> Duration {
    let started = Instant::now();
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error"])
        .args(options)
        .arg("-i")
        .arg(path)
        .args(["-f", "null", "-"])
        .stdout(Stdio::null())
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "the ffmpeg program decodes the film"
    );
    started.elapsed()
}

/// One pass: its time, where shots begin, and how many frames were decoded.
fn pass(path: &Path, depth: ShotDepth) -> (Duration, BTreeSet<i64>, u64) {
    let request = ShotRequest {
        depth,
        max_side: 1280,
        stream_index: 0,
        max_picture_pixels: 512_000_000,
    };
    let mut cuts = BTreeSet::new();
    let started = Instant::now();
    let summary = shots(path, &request, &mut |event| {
        if let ShotEvent::ShotEnded {
            shot: 1.., span, ..
        } = event
        {
            cuts.insert(span.start_millis);
        }
        ControlFlow::Continue(())
    });
    let took = started.elapsed();
    let summary = summary.expect("the film can be decoded");
    (took, cuts, summary.frames_decoded)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or("unknown processor");
    format!(
        "{cores} cores, {}",
        model.trim_start_matches([' ', '\t', ':'])
    )
}
