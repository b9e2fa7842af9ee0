//! What reels are handed over as, read back by programs that are not ours.

mod lists;
mod timelines;

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use reeldex::{
    domain::Rational,
    reel::{
        Place, PlaceState, Reel, ReelFile, SourceKind, Whereabouts,
        export::{Dialect, ExportSettings, Format, ReelNames, export},
        file_stem, place,
    },
};
use serde_json::Value;

const READERS: [&str; 5] = [
    "opentimelineio",
    "otio-cmx3600-adapter",
    "otio-fcp-adapter",
    "otio-fcpx-xml-adapter",
    "otio-ale-adapter",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where OpenTimelineIO lies, as `make test` puts it; `None`, with the reason told, where there is
/// none to be had.
fn readers() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let folder = root().join(".cache/otio");
        if !folder.join("opentimelineio").exists() {
            let _ = Command::new("python3")
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                ])
                .arg("--target")
                .arg(&folder)
                .args(READERS)
                .output();
        }
        folder.join("opentimelineio").exists().then_some(folder)
    });
    if found.is_none() {
        eprintln!("skipped: no OpenTimelineIO in .cache/otio, and pip could not fetch it");
    }
    found.as_deref()
}

fn reel(name: &str) -> Reel {
    let path = root().join(format!("fixtures/reel/{name}.reel.json"));
    ReelFile { path }.read().unwrap()
}

fn whereabouts(reel: &Reel) -> Whereabouts {
    let place = |name: &str| Place {
        path: Path::new("/Volumes/Archiv 1").join(name),
        state: PlaceState::Present,
        lines: Vec::new(),
        thumbnails: BTreeMap::new(),
    };
    let sources = reel.sources.iter();
    Whereabouts {
        places: sources
            .map(|(id, source)| (*id, place(&source.name)))
            .collect(),
    }
}

/// The files of a hand-over in a folder of their own.
fn written(
    reel: &Reel,
    format: Format,
    settings: &ExportSettings,
) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let found = export(
        reel,
        &file_stem(&reel.title),
        format,
        &whereabouts(reel),
        settings,
    )
    .unwrap();
    let mut paths = Vec::new();
    for (name, bytes) in found.files {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        paths.push(path);
    }
    (folder, paths)
}

fn read_back(readers: &Path, adapter: &str, file: &Path, rate: Rational) -> Value {
    let run = Command::new("python3")
        .env("PYTHONPATH", readers)
        .arg(root().join("fixtures/reel/read_back.py"))
        .arg(adapter)
        .arg(file)
        .arg(format!("{}/{}", rate.num, rate.den))
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{adapter} can't read {}: {}\n{}",
        file.display(),
        String::from_utf8_lossy(&run.stderr),
        std::fs::read_to_string(file).unwrap()
    );
    serde_json::from_slice(&run.stdout).unwrap()
}

/// What a reader must find of a pick.
struct Wanted {
    id: u32,
    name: String,
    file: String,
    rate: Rational,
    /// First frame shown, counted from midnight of the source's timecode.
    source_start: i64,
    /// First frame of the file, and how many there are.
    available: (i64, i64),
    record: Range<i64>,
    /// Its frames before the next begins.
    shown: Range<i64>,
    dissolve: i64,
    slowness: u32,
    has_picture: bool,
    is_still: bool,
    channels: u16,
}

fn wanted(reel: &Reel) -> Vec<Wanted> {
    let placed = place(reel);
    let of = |index: usize| {
        let (pick, source) = (placed[index].pick, placed[index].source);
        let record = placed[index].record.clone();
        let first = source.timecode_of(0).unwrap().frame_number;
        Wanted {
            id: pick.id,
            name: pick.name.split_whitespace().collect::<Vec<_>>().join(" "),
            file: source.name.clone(),
            rate: source.rate,
            source_start: first + pick.in_frame,
            available: (first, source.frames),
            shown: record.start
                ..placed
                    .get(index + 1)
                    .map_or(record.end, |next| next.record.start),
            dissolve: index
                .checked_sub(1)
                .map_or(0, |before| placed[before].record.end - record.start),
            record,
            slowness: pick.slow_motion.map_or(1, |slow| slow.factor),
            has_picture: source.kind != SourceKind::Audio,
            is_still: source.kind == SourceKind::Image,
            channels: source.sound.map_or(0, |sound| sound.channels),
        }
    };
    (0..placed.len()).map(of).collect()
}

#[track_caller]
fn assert_frames(found: &Value, frames: f64, rate: Rational, what: &str) {
    let (value, own) = (
        found["frames"].as_f64().unwrap(),
        found["rate"].as_f64().unwrap(),
    );
    let rate = rate.to_f64().unwrap();
    // A reader may count at another rate; doubles hold a millionth of a frame.
    let counted = value / own * rate;
    assert!(
        (counted - frames).abs() < 1e-4,
        "{what}: {found} is not {frames} at {rate}"
    );
}

fn track<'a>(found: &'a Value, name: &str) -> &'a Vec<Value> {
    let tracks = found["tracks"].as_array().unwrap();
    let track = tracks
        .iter()
        .find(|track| track["name"] == name || track["kind"] == name);
    track.unwrap_or_else(|| panic!("no track {name} in {found:#}"))["items"]
        .as_array()
        .unwrap()
}

/// Walks a track beside what it should hold: `check` is given every clip.
fn walk(
    items: &[Value],
    wanted: &[Wanted],
    has: impl Fn(&Wanted) -> bool,
    mut check: impl FnMut(&Value, &Wanted),
) {
    let mut left = items.iter().filter(|item| item["kind"] != "gap").peekable();
    let mut had_before = false;
    for want in wanted {
        let has_it = has(want);
        if want.dissolve > 0 && (has_it || had_before) {
            let next = left.peek().map(|item| item["kind"].clone());
            assert_eq!(next, Some("transition".into()), "before pick {}", want.id);
            let item = left.next().unwrap();
            let frames = |field: &str| {
                item[field]["frames"].as_f64().unwrap() / item[field]["rate"].as_f64().unwrap()
            };
            assert!(frames("before") + frames("after") > 0.0);
        }
        had_before = has_it;
        if has_it {
            let item = left
                .next()
                .unwrap_or_else(|| panic!("pick {} was not read", want.id));
            assert_eq!(item["kind"], "clip", "pick {}: {item}", want.id);
            check(item, want);
        }
    }
    assert_eq!(left.next(), None);
}

/// A start timecode in frames.
trait ParseStart {
    fn parse_start(&self, rate: Rational, drop_frame: bool) -> i64;
}

impl ParseStart for String {
    fn parse_start(&self, rate: Rational, drop_frame: bool) -> i64 {
        let timecode = reeldex::domain::Timecode::parse(self, rate).unwrap();
        assert_eq!(timecode.drop_frame, drop_frame);
        timecode.frame_number
    }
}
