//! Drawn films, reels made of them by hand, and what the ffmpeg programs say of the result.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use reeldex::domain::{AssetId, Rational};
use reeldex::media::{DecodePool, WorkerLimits};
use reeldex::reel::render::{RenderSettings, Rendered, Workshop, render};
use reeldex::reel::{
    Pick, Place, PlaceState, REEL_FORMAT_VERSION, Reason, Reel, ReelError, Revision, Source,
    SourceKind, TimelineSettings, Whereabouts, Wish,
};
use serde_json::Value;
use tempfile::TempDir;

pub(super) use super::ffprobe::ffprobe;
use crate::pool;

/// Frame number `n` is drawn as ten squares, white where a bit of it is set.
const NUMBERED: &str = "color=black:s=160x18:r=RATE:d=LENGTH,\
    geq=lum='255*mod(floor(N/pow(2\\,floor(X/16)))\\,2)':cb=128:cr=128,\
    scale=640:360:flags=neighbor,setsar=1,format=yuv420p";

pub(super) fn numbered(rate: &str, seconds: u32) -> String {
    NUMBERED
        .replace("RATE", rate)
        .replace("LENGTH", &seconds.to_string())
        .replace(' ', "")
}

/// A folder with films and a reel of them.
pub(super) struct Bench {
    folder: TempDir,
    pub(super) reel: Reel,
    pub(super) whereabouts: Whereabouts,
    pub(super) settings: RenderSettings,
    pub(super) pool: DecodePool,
}

impl Bench {
    /// A bench for a reel of 640x360 pixels.
    pub(super) fn new(rate: (i32, i32)) -> Self {
        let picks = Vec::new();
        let reel = Reel {
            format_version: REEL_FORMAT_VERSION,
            title: "Großer \"Test\": 100 %, it's".to_owned(),
            timeline: TimelineSettings {
                rate: Rational::new(rate.0, rate.1),
                drop_frame: false,
                start_timecode: "01:00:00:00".to_owned(),
                width: 640,
                height: 360,
            },
            wish: Wish::new(60_000),
            sources: BTreeMap::new(),
            revisions: vec![Revision {
                parent: None,
                made: "2026-01-01T00:00:00Z".to_owned(),
                change: "make".to_owned(),
                notes: Vec::new(),
                picks,
            }],
            current: 0,
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            reel,
            whereabouts: Whereabouts::default(),
            settings: RenderSettings {
                preset: reeldex::reel::render::Preset::Ultrafast,
                ..RenderSettings::default()
            },
            pool: pool(2, WorkerLimits::default()),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a film with the ffmpeg program.
    pub(super) fn film(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.path(name);
        let output = Command::new("ffmpeg")
            .current_dir(self.folder.path())
            .args(["-nostdin", "-v", "error", "-y"])
            .args(arguments.split_whitespace())
            .arg(&path)
            .output()
            .expect("the tests need the ffmpeg program");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "ffmpeg {arguments}: {said}");
        path
    }

    /// Adds a source; its asset.
    pub(super) fn source(&mut self, path: &Path, source: Source) -> AssetId {
        let id = AssetId(*blake3::hash(&std::fs::read(path).unwrap()).as_bytes());
        self.reel.sources.insert(id, source);
        self.whereabouts.places.insert(
            id,
            Place {
                path: path.to_owned(),
                state: PlaceState::Present,
                lines: Vec::new(),
                thumbnails: BTreeMap::new(),
            },
        );
        id
    }

    /// Adds a film as a source.
    pub(super) fn video(&mut self, path: &Path, rate: (i32, i32), frames: i64) -> AssetId {
        let source = source(path, SourceKind::Video, rate, frames);
        self.source(path, source)
    }

    /// Adds a pick.
    pub(super) fn pick(&mut self, asset_id: AssetId, frames: std::ops::Range<i64>) -> &mut Pick {
        let picks = &mut self.reel.revisions[0].picks;
        let id = picks.len() as u32 + 1;
        picks.push(Pick {
            id,
            asset_id,
            in_frame: frames.start,
            out_frame: frames.end,
            in_timecode: "00:00:00:00".to_owned(),
            out_timecode: "00:00:01:00".to_owned(),
            head_handle_frames: 0,
            tail_handle_frames: 0,
            name: format!("Moment {id}: \"Sieg\", it's ü [{id}]"),
            section: String::new(),
            is_locked: false,
            dissolve_frames: 0,
            slow_motion: None,
            lower_third: None,
            reason: Reason::default(),
        });
        picks.last_mut().unwrap()
    }

    pub(super) fn workshop(&self) -> Workshop<'_> {
        Workshop {
            pool: &self.pool,
            folder: self.path("parts"),
            workers: 2,
            kept_bytes: 1 << 30,
        }
    }

    /// Renders the reel; the result must be there.
    pub(super) fn render(&self, name: &str) -> (PathBuf, Rendered) {
        let path = self.path(name);
        let rendered = self.try_render(&path).unwrap();
        assert_eq!(rendered.path, path);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), rendered.bytes);
        (path, rendered)
    }

    pub(super) fn try_render(&self, path: &Path) -> Result<Rendered, ReelError> {
        render(
            &self.reel,
            &self.whereabouts,
            &self.settings,
            path,
            &self.workshop(),
            &mut |_| {},
            &|| false,
        )
    }
}

pub(super) fn source(path: &Path, kind: SourceKind, rate: (i32, i32), frames: i64) -> Source {
    Source {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        kind,
        rate: Rational::new(rate.0, rate.1),
        is_variable_rate: false,
        start_timecode: None,
        frames,
        width: Some(640),
        height: Some(360),
        sound: None,
        reel_name: None,
        recorded: None,
    }
}

/// The streams of a file by kind.
pub(super) fn stream(path: &Path, kind: &str) -> Value {
    let found = ffprobe(path, "-show_streams");
    let streams = found["streams"].as_array().unwrap();
    let stream = streams.iter().find(|stream| stream["codec_type"] == kind);
    stream.cloned().unwrap_or(Value::Null)
}

pub(super) fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// All pictures as grey pixels of that size, in the order and number that they are stored in.
pub(super) fn grey(path: &Path, width: usize, height: usize) -> Vec<Vec<u8>> {
    let filter = format!("scale={width}:{height}:flags=area,format=gray");
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-vf", &filter])
        .args("-vsync passthrough -f rawvideo -".split(' '))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    output
        .stdout
        .chunks(width * height)
        .map(<[u8]>::to_vec)
        .collect()
}

/// The numbers drawn on the pictures of a reel.
pub(super) fn numbers(path: &Path) -> Vec<i64> {
    let of = |picture: &Vec<u8>| {
        (0..10)
            .filter(|bit| picture[9 * 32 + (bit * 32 + 16) / 10] > 127)
            .map(|bit| 1 << bit)
            .sum()
    };
    grey(path, 32, 18).iter().map(of).collect()
}

/// All samples of a file, at 48 kHz, of its first channel.
pub(super) fn samples(path: &Path) -> Vec<f32> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args("-map 0:a -ar 48000 -af pan=mono|c0=c0 -f f32le -".split(' '))
        .output()
        .unwrap();
    assert!(output.status.success());
    let (values, _) = output.stdout.as_chunks::<4>();
    values
        .iter()
        .map(|value| f32::from_le_bytes(*value))
        .collect()
}
