//! What an archivist's machine has to give: time for an unchanged tree, memory for a long film.
//!
//! `cargo bench --bench index_resources` makes 20,000 small files and two films of 10 and 60
//! minutes below `target/bench-media`, indexes them with the real program, and prints
//! - the median time of an index run over the unchanged tree beside `find -printf` over it, in turns;
//! - the largest resident memory of program and workers together, for each film.
#![allow(clippy::print_stdout, reason = "a measurement is there to be read")]

mod peaks;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use peaks::note_peaks;

const FILES: usize = 20_000;

/// Different contents among them; the others are copies, as archives have them.
const CONTENTS: usize = 500;

const RUNS: usize = 9;

fn main() {
    let media = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-media");
    fs::create_dir_all(&media).expect("target can be written to");
    println!(
        "machine: {} cores, {}",
        std::thread::available_parallelism().map_or(0, usize::from),
        processor()
    );
    unchanged_tree(&media);
    memory(&media);
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text
        .lines()
        .find(|line| line.starts_with("model name"))
        .unwrap_or_default();
    line.split(':')
        .next_back()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn reeldex(library: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeldex"));
    command
        .arg("--library")
        .arg(library)
        .arg("--models-dir")
        .arg(library.join("no-models"))
        .stdout(Stdio::null());
    command
}

fn unchanged_tree(media: &Path) {
    let tree = media.join("tree");
    if !tree.join("done").exists() {
        let picture = render(
            media,
            "small.png",
            &["-f", "lavfi", "-i", "testsrc=s=32x32:d=1", "-frames:v", "1"],
        );
        let bytes = fs::read(picture).expect("it was just made");
        for number in 0..FILES {
            let folder = tree.join(format!("{:03}", number / 100));
            fs::create_dir_all(&folder).expect("target can be written to");
            let mut content = bytes.clone();
            // Bytes after a PNG's end are no part of the picture, and part of the asset.
            content.extend((number % CONTENTS).to_le_bytes());
            fs::write(folder.join(format!("{number:05}.png")), content)
                .expect("target can be written to");
        }
        fs::write(tree.join("done"), b"").expect("target can be written to");
    }
    let library = media.join("tree-library");
    let started = Instant::now();
    let status = reeldex(&library)
        .arg("index")
        .arg(&tree)
        .stderr(Stdio::null())
        .status()
        .expect("reeldex runs");
    assert!(status.success());
    println!(
        "first index of {FILES} small files, {CONTENTS} contents: {:.1} s",
        started.elapsed().as_secs_f64()
    );
    let (mut index, mut find) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        index.push(timed(reeldex(&library).arg("index").arg(&tree)));
        find.push(timed(
            Command::new("find")
                .arg(&tree)
                .args(["-printf", "%p %s %T@ %i\\n"])
                .stdout(Stdio::null()),
        ));
    }
    let (index, find) = (median(index), median(find));
    println!(
        "unchanged tree: reeldex {:.0} ms, find -printf {:.0} ms, ratio {:.2} (at most 3)",
        millis(index),
        millis(find),
        index.as_secs_f64() / find.as_secs_f64()
    );
}

fn memory(media: &Path) {
    let mut peaks = Vec::new();
    for minutes in [10, 60] {
        let source = format!("testsrc2=s=640x360:r=25:d={}", minutes * 60);
        let tone = format!("sine=frequency=300:duration={}", minutes * 60);
        let film = render(
            media,
            &format!("film_{minutes}_minutes.mp4"),
            &[
                "-f",
                "lavfi",
                "-i",
                &source,
                "-f",
                "lavfi",
                "-i",
                &tone,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-g",
                "250",
            ],
        );
        let library = media.join(format!("memory-library-{minutes}"));
        let _ = fs::remove_dir_all(&library);
        let mut child = reeldex(&library)
            .arg("index")
            .arg(&film)
            .stderr(Stdio::null())
            .spawn()
            .expect("reeldex runs");
        let mut peaks_by_process = BTreeMap::new();
        let started = Instant::now();
        while child.try_wait().expect("it is a child").is_none() {
            note_peaks(child.id(), &mut peaks_by_process);
            std::thread::sleep(Duration::from_millis(10));
        }
        let peak: u64 = peaks_by_process.values().sum();
        println!(
            "film of {minutes} minutes: {:.0} MiB resident at most, with workers; {:.1} s",
            peak as f64 / 1024.0,
            started.elapsed().as_secs_f64()
        );
        peaks.push(peak as f64);
    }
    println!(
        "60 minutes take {:+.1} % of memory beside 10 (at most 10)",
        (peaks[1] / peaks[0] - 1.0) * 100.0
    );
}

fn render(media: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let path = media.join(name);
    if !path.exists() {
        let status = Command::new("ffmpeg")
            .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
            .args(arguments)
            .arg(&path)
            .status()
            .expect("the ffmpeg program is installed");
        assert!(status.success());
    }
    path
}

fn timed(command: &mut Command) -> Duration {
    let started = Instant::now();
    assert!(
        command
            .stderr(Stdio::null())
            .status()
            .expect("the program runs")
            .success()
    );
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
