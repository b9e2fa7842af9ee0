//! How fast a 1080p reel is rendered, beside an `ffmpeg` command that makes the same.
//!
//! Makes a film under `target/`, once. The reel has twelve picks of five seconds each; both sides
//! encode with x264's `veryfast` at the same quality, with AAC. They run in turn, so many pairs as the
//! argument says (default 3), the parts of ours removed before each; the median of the ratios is
//! printed. Wanted: at least 0.9 of the speed of the command on two cores. Before that, reels of one and
//! of five minutes are rendered, and the most memory of program and workers together is printed.
#![allow(
    clippy::print_stdout,
    reason = "a benchmark reports on standard output"
)]

mod made_film;
mod peaks;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use made_film::film;
use peaks::note_peaks;
use reeldex::domain::{AssetId, Rational};
use reeldex::media::{DecodePool, WorkerLimits};
use reeldex::reel::render::{RenderSettings, Workshop, render};
use reeldex::reel::{
    Pick, Place, PlaceState, REEL_FORMAT_VERSION, Reason, Reel, Revision, Source, SourceKind,
    SourceSound, TimelineSettings, Whereabouts, Wish,
};

const FILM_SECONDS: u32 = 300;
const PICKS: i64 = 12;
const PICK_SECONDS: i64 = 5;
const RATE: i64 = 25;

fn main() {
    let pairs: usize = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(3)
        .max(1);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-media");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let film = film(&folder, FILM_SECONDS);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let profile = if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    };
    println!(
        "reel: {PICKS} picks of {PICK_SECONDS} s out of 1920x1080 H.264 at {RATE} frames/s, GOP 250; x264 veryfast; {profile}, {cores} cores"
    );
    memory(&film, &folder, cores);
    let pool = workers(cores);
    let (reel, whereabouts) = reel(&film, PICKS);
    let mut ratios = Vec::new();
    for pair in 1..=pairs {
        let own = ours(&pool, &reel, &whereabouts, &folder);
        let peer = theirs(&film, &folder);
        let ratio = peer.as_secs_f64() / own.as_secs_f64();
        let length = (PICKS * PICK_SECONDS) as f64;
        println!(
            "pair {pair}: reeldex {:.1} s ({:.2} times real time), ffmpeg {:.1} s ({:.2}): {ratio:.2} of its speed",
            own.as_secs_f64(),
            length / own.as_secs_f64(),
            peer.as_secs_f64(),
            length / peer.as_secs_f64(),
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "median: {:.2} of the speed of ffmpeg (wanted: 0.90)",
        ratios[pairs / 2]
    );
}

fn workers(count: usize) -> DecodePool {
    DecodePool::new(count, WorkerLimits::default())
        .with_program(PathBuf::from(env!("CARGO_BIN_EXE_reeldex")))
}

/// The most memory of this process and its workers, for a short reel and a longer one after it: the
/// kernel keeps peaks, so that the second shows what its length adds.
fn memory(film: &Path, folder: &Path, cores: usize) {
    let mut peaks = Vec::new();
    for minutes in [1, 5] {
        let picks = minutes * 60 / PICK_SECONDS;
        let (reel, whereabouts) = reel(film, picks);
        let pool = workers(cores);
        let is_over = AtomicBool::new(false);
        let peak = std::thread::scope(|scope| {
            let watch = scope.spawn(|| {
                let mut by_process = BTreeMap::new();
                while !is_over.load(Ordering::Relaxed) {
                    note_peaks(std::process::id(), &mut by_process);
                    std::thread::sleep(Duration::from_millis(50));
                }
                by_process.values().sum::<u64>() as f64 / 1024.0
            });
            ours(&pool, &reel, &whereabouts, folder);
            is_over.store(true, Ordering::Relaxed);
            watch.join().unwrap_or_default()
        });
        println!("reel of {minutes} minutes: {peak:.0} MiB resident at most, with workers");
        peaks.push(peak);
    }
    println!(
        "5 minutes take {:+.1} % of memory beside 1",
        (peaks[1] / peaks[0] - 1.0) * 100.0
    );
}

/// Where one of so many picks begins: on no keyframe, spread over the film.
fn start_frame(pick: i64, picks: i64) -> i64 {
    137 + pick * (i64::from(FILM_SECONDS) - 20) * RATE / picks
}

fn ours(pool: &DecodePool, reel: &Reel, whereabouts: &Whereabouts, folder: &Path) -> Duration {
    let parts = folder.join("reel-parts");
    // Absent the first time.
    let _ = std::fs::remove_dir_all(&parts);
    let workshop = Workshop {
        folder: parts,
        ..Workshop::in_library(pool, folder)
    };
    let started = Instant::now();
    let rendered = render(
        reel,
        whereabouts,
        &RenderSettings::default(),
        &folder.join("reel-own.mp4"),
        &workshop,
        &mut |_| {},
        &|| false,
    )
    .expect("the reel is rendered");
    let took = started.elapsed();
    let picks = reel.picks().len() as i64;
    assert_eq!(rendered.pictures, picks * PICK_SECONDS * RATE);
    assert!(rendered.warnings.is_empty(), "{:?}", rendered.warnings);
    took
}

/// The same by the program: sought before each pick, cut by the filter, joined, levelled by a gain.
fn theirs(film: &Path, folder: &Path) -> Duration {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]);
    let mut graph = String::new();
    for pick in 0..PICKS {
        let start = start_frame(pick, PICKS) as f64 / RATE as f64;
        command
            .args(["-ss", &format!("{start:.3}"), "-i"])
            .arg(film);
        let _ = write!(
            graph,
            "[{pick}:v]trim=end={PICK_SECONDS},setpts=PTS-STARTPTS,format=yuv420p[v{pick}];\
             [{pick}:a]atrim=end={PICK_SECONDS},asetpts=PTS-STARTPTS[a{pick}];"
        );
    }
    for pick in 0..PICKS {
        let _ = write!(graph, "[v{pick}][a{pick}]");
    }
    let _ = write!(
        graph,
        "concat=n={PICKS}:v=1:a=1[v][joined];[joined]volume=-3dB[a]"
    );
    let started = Instant::now();
    let status = command
        .args(["-filter_complex", &graph])
        .args(
            "-map [v] -map [a] -c:v libx264 -preset veryfast -crf 18 -profile:v high -g 50"
                .split(' '),
        )
        .args("-c:a aac -b:a 192k -ar 48000 -ac 2".split(' '))
        .arg(folder.join("reel-peer.mp4"))
        .status();
    assert!(status.is_ok_and(|status| status.success()));
    started.elapsed()
}

fn reel(film: &Path, count: i64) -> (Reel, Whereabouts) {
    let asset_id = AssetId([7; 32]);
    let source = Source {
        name: "film.mp4".to_owned(),
        kind: SourceKind::Video,
        rate: Rational::new(RATE as i32, 1),
        is_variable_rate: false,
        start_timecode: None,
        frames: i64::from(FILM_SECONDS) * RATE,
        width: Some(1920),
        height: Some(1080),
        sound: Some(SourceSound {
            channels: 1,
            sample_rate_hz: 48_000,
        }),
        reel_name: None,
        recorded: None,
    };
    let picks = (0..count)
        .map(|pick| Pick {
            id: pick as u32 + 1,
            asset_id,
            in_frame: start_frame(pick, count),
            out_frame: start_frame(pick, count) + PICK_SECONDS * RATE,
            in_timecode: String::new(),
            out_timecode: String::new(),
            head_handle_frames: 0,
            tail_handle_frames: 0,
            name: format!("pick {pick}"),
            section: String::new(),
            is_locked: false,
            dissolve_frames: 0,
            slow_motion: None,
            lower_third: None,
            reason: Reason::default(),
        })
        .collect();
    let reel = Reel {
        format_version: REEL_FORMAT_VERSION,
        title: "bench".to_owned(),
        timeline: TimelineSettings {
            rate: Rational::new(RATE as i32, 1),
            drop_frame: false,
            start_timecode: "01:00:00:00".to_owned(),
            width: 1920,
            height: 1080,
        },
        wish: Wish::new(60_000),
        sources: BTreeMap::from([(asset_id, source)]),
        revisions: vec![Revision {
            parent: None,
            made: "2026-01-01T00:00:00Z".to_owned(),
            change: "make".to_owned(),
            notes: Vec::new(),
            picks,
        }],
        current: 0,
    };
    let place = Place {
        path: film.to_owned(),
        state: PlaceState::Present,
        lines: Vec::new(),
        thumbnails: BTreeMap::new(),
    };
    let places = BTreeMap::from([(asset_id, place)]);
    (reel, Whereabouts { places })
}
