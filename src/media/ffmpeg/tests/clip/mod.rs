//! Clips for players: what is asked of them, and how they are looked at.

mod faults;
mod look;
mod pieces;
mod sound;
mod times;

use std::process::Command;

use serde_json::Value;

use super::clips::Clips;
use super::ffprobe::ffprobe;
use super::*;
use crate::media::ffmpeg::{clip, probe};
use crate::media::protocol::{ClipContainer, ClipRequest, ClipSummary};

fn request(start_millis: i64, end_millis: i64) -> ClipRequest {
    ClipRequest {
        span: TimeSpan::new(start_millis, end_millis),
        container: ClipContainer::Mp4,
        max_side: 1280,
        max_picture_pixels: 512_000_000,
    }
}

/// Renders into a file beside the clips.
fn render(
    clips: &Clips,
    path: &Path,
    request: &ClipRequest,
) -> Result<(PathBuf, ClipSummary), MediaError> {
    let mut bytes = Vec::new();
    let summary = clip(path, request, &mut |more| {
        bytes.extend_from_slice(more);
        ControlFlow::Continue(())
    })?;
    let name = path.file_name().unwrap().to_string_lossy();
    let span = request.span;
    let extension = match request.container {
        ClipContainer::Mp4 => "mp4",
        ClipContainer::TransportStream => "ts",
    };
    let rendered = clips.path(&format!(
        "{name}-{}-{}.{extension}",
        span.start_millis, span.end_millis
    ));
    std::fs::write(&rendered, bytes).unwrap();
    Ok((rendered, summary))
}

/// The sound of a file as the ffmpeg program decodes it, 32 bits a value.
fn samples(path: &Path, arguments: &str) -> Vec<f32> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(arguments.split(' '))
        .output()
        .unwrap();
    let values = output.stdout.chunks_exact(4);
    values
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect()
}

fn stream(path: &Path, kind: &str) -> Option<Value> {
    let found = ffprobe(path, "-show_streams");
    found["streams"]
        .as_array()?
        .iter()
        .find(|stream| stream["codec_type"] == kind)
        .cloned()
}

fn seconds(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Times of all decoded pictures.
fn picture_times(path: &Path) -> Vec<f64> {
    let found = ffprobe(path, "-select_streams v -show_entries frame=pts_time");
    let frames = found["frames"].as_array().unwrap();
    frames
        .iter()
        .map(|frame| seconds(&frame["pts_time"]))
        .collect()
}

/// Pictures as 32x18 grey pixels, in order.
fn grey(path: &Path) -> Vec<Vec<u8>> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args("-vf scale=32:18:flags=area,format=gray -vsync passthrough -f rawvideo -".split(' '))
        .output()
        .unwrap();
    output.stdout.chunks(32 * 18).map(<[u8]>::to_vec).collect()
}

/// Frame number `n` is drawn as ten squares, white where a bit of it is set.
const NUMBERED: &str = "color=black:s=160x18:r=RATE:d=LENGTH,\
    geq=lum='255*mod(floor(N/pow(2\\,floor(X/16)))\\,2)':cb=128:cr=128,\
    scale=640:360:flags=neighbor,setsar=1,format=yuv420p";

fn numbered(rate: &str, length: u32) -> String {
    NUMBERED
        .replace("RATE", rate)
        .replace("LENGTH", &length.to_string())
        .replace(' ', "")
}

/// The numbers drawn on the pictures of a clip.
fn numbers(path: &Path) -> Vec<u32> {
    let of = |picture: &Vec<u8>| {
        (0..10)
            .filter(|bit| picture[9 * 32 + (bit * 32 + 16) / 10] > 127)
            .map(|bit| 1 << bit)
            .sum()
    };
    grey(path).iter().map(of).collect()
}
