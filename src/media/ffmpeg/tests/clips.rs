//! Clips made by the ffmpeg program, each with one property that a decoder can get wrong.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A folder that vanishes with its clips.
pub(in crate::media::ffmpeg) struct Clips(TempDir);

impl Clips {
    pub(in crate::media::ffmpeg) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(in crate::media::ffmpeg) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `ffmpeg` with `arguments`, words parted by spaces, and gives the path of `name`, which it makes.
    pub(in crate::media::ffmpeg) fn make(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.path(name);
        let words: Vec<&str> = arguments.split_whitespace().collect();
        run(self.0.path(), &words, &path);
        path
    }
}

fn run(folder: &Path, words: &[&str], path: &Path) {
    let output = Command::new("ffmpeg")
        .current_dir(folder)
        .args(["-nostdin", "-v", "error", "-y"])
        .args(words)
        .arg(path)
        .output()
        .expect("the tests need the ffmpeg program");
    assert!(
        output.status.success(),
        "ffmpeg {words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A filter source: a picture that moves and differs for each of the names below.
pub(in crate::media::ffmpeg) fn scene(index: usize, size: &str, rate: &str, frames: u32) -> String {
    let sources = [
        format!("testsrc2=s={size}:r={rate}"),
        format!("mandelbrot=s={size}:r={rate}"),
        format!("gradients=s={size}:r={rate}:c0=red:c1=navy:c2=white:n=3:seed=7:speed=0.005"),
        format!("testsrc=s={size}:r={rate},hue=h=120"),
        format!("smptehdbars=s={size}:r={rate}"),
    ];
    format!(
        "{},trim=end_frame={frames},setsar=1,format=yuv420p",
        sources[index % sources.len()]
    )
}

/// Arguments for a clip of scenes that are cut together, and the frame numbers of the cuts.
pub(in crate::media::ffmpeg) fn cut_together(
    lengths: &[u32],
    size: &str,
    rate: &str,
    encoder: &str,
) -> (String, Vec<i64>) {
    let mut graph = String::new();
    for (index, frames) in lengths.iter().enumerate() {
        graph.push_str(&format!("{}[s{index}];", scene(index, size, rate, *frames)));
    }
    for index in 0..lengths.len() {
        graph.push_str(&format!("[s{index}]"));
    }
    graph.push_str(&format!("concat=n={}", lengths.len()));
    let mut at = 0;
    let cuts = lengths[..lengths.len() - 1]
        .iter()
        .map(|frames| {
            at += i64::from(*frames);
            at
        })
        .collect();
    (format!("-filter_complex {graph} {encoder}"), cuts)
}
