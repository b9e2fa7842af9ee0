//! How soon a clip of a 1080p film begins and is whole, beside an `ffmpeg` command that makes the same.
//!
//! Makes a film with a keyframe every ten seconds under `target/`, once. Argument: seconds of the
//! clip (default 10). Both sides run in turn, three times at each place; medians are printed.
#![allow(
    clippy::print_stdout,
    reason = "a benchmark reports on standard output"
)]

mod made_film;

use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use made_film::film;
use reeldex::domain::TimeSpan;
use reeldex::media::protocol::{ClipContainer, ClipRequest, StoryboardRequest};
use reeldex::media::{DecodePool, WorkerLimits};

/// Length of the film; the storyboard is made of it.
const FILM_SECONDS: u32 = 600;

/// On a keyframe, in the middle between two, and just before the next: twice, since half a minute of the
/// film is repeated with its sound and keyframes come a little after every tenth second.
const STARTS_MILLIS: [i64; 4] = [120_064, 125_000, 129_900, 120_000];

const RUNS: usize = 3;

/// First byte, whole clip, bytes.
type Times = (Duration, Duration, usize);

fn main() {
    let seconds: i64 = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(10);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-media");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let film = film(&folder, FILM_SECONDS);
    let profile = if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!(
        "film: 1920x1080 H.264 at 6 Mbit/s with AAC, GOP 250, 25 frames/s; clip: {seconds} s; {profile}, {cores} cores"
    );
    let pool = DecodePool::new(1, WorkerLimits::default())
        .with_program(PathBuf::from(env!("CARGO_BIN_EXE_reeldex")));
    let started = Instant::now();
    drop(pool.session().expect("a worker starts"));
    println!("start of a worker: {:.0} ms", millis(started.elapsed()));
    for start_millis in STARTS_MILLIS {
        let (mut own, mut peer) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            own.push(ours(&pool, &film, start_millis, seconds));
            peer.push(theirs(&film, start_millis, seconds));
        }
        for (name, times) in [("reeldex", own), ("ffmpeg", peer)] {
            let (first, whole, bytes) = median(times);
            println!(
                "at {:>7} ms  {name:<8} first byte {:>6.0} ms, whole {:>6.0} ms ({:.1} times real time), {:>5} KiB",
                start_millis,
                millis(first),
                millis(whole),
                seconds as f64 / whole.as_secs_f64(),
                bytes >> 10
            );
        }
    }
    let request = StoryboardRequest {
        tile_width: 160,
        most_tiles: 100,
        max_picture_pixels: u64::MAX,
    };
    let mut took = Vec::new();
    for _ in 0..RUNS {
        let mut session = pool.session().expect("a worker is free");
        let started = Instant::now();
        let (storyboard, jpeg) = session
            .storyboard(&film, &request)
            .expect("the film has keyframes");
        took.push((started.elapsed(), storyboard.tiles.len(), jpeg.len()));
    }
    took.sort();
    let (time, tiles, bytes) = took[RUNS / 2];
    println!(
        "storyboard of {} minutes: {:.0} ms (wanted: 1000), {tiles} tiles, {} KiB",
        FILM_SECONDS / 60,
        millis(time),
        bytes >> 10
    );
}

fn ours(pool: &DecodePool, film: &Path, start_millis: i64, seconds: i64) -> Times {
    let request = ClipRequest {
        span: TimeSpan::new(start_millis, start_millis + seconds * 1000),
        container: ClipContainer::Mp4,
        max_side: 1280,
        max_picture_pixels: u64::MAX,
    };
    let mut session = pool.session().expect("a worker is free");
    let (started, mut first, mut bytes) = (Instant::now(), None, 0);
    session
        .clip(film, &request, &mut |more| {
            if !more.is_empty() {
                first.get_or_insert_with(|| started.elapsed());
            }
            bytes += more.len();
            ControlFlow::Continue(())
        })
        .expect("the clip is rendered");
    (first.unwrap_or_default(), started.elapsed(), bytes)
}

/// The same by the program: sought before it is opened, the same encoders, settings and fragments.
fn theirs(film: &Path, start_millis: i64, seconds: i64) -> Times {
    let started = Instant::now();
    let mut child = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-ss"])
        .arg(format!(
            "{}.{:03}",
            start_millis / 1000,
            start_millis % 1000
        ))
        .arg("-i")
        .arg(film)
        .args(["-t", &seconds.to_string()])
        .args("-vf scale=1280:720:flags=bilinear,format=yuv420p".split(' '))
        .args("-c:v libx264 -preset veryfast -tune zerolatency -crf 23 -threads 2".split(' '))
        .args(["-force_key_frames", "expr:gte(t,n_forced)"])
        .args("-c:a aac -aac_coder fast -b:a 128k -ar 48000 -ac 2".split(' '))
        .args("-movflags frag_keyframe+empty_moov+default_base_moof -f mp4 -".split(' '))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the ffmpeg program is installed");
    let mut output = child.stdout.take().expect("its output is piped");
    let (mut buffer, mut first, mut bytes) = (vec![0; 64 << 10], None, 0);
    while let Ok(count @ 1..) = output.read(&mut buffer) {
        first.get_or_insert_with(|| started.elapsed());
        bytes += count;
    }
    assert!(child.wait().is_ok_and(|status| status.success()));
    (first.unwrap_or_default(), started.elapsed(), bytes)
}

fn median(mut times: Vec<Times>) -> Times {
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
