//! What reels are handed over as, read back by programs that are not ours.

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
    let found = export(reel, &file_stem(&reel.title), format, &whereabouts(reel), settings).unwrap();
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

#[test]
fn opentimelineio_reads_every_frame_of_a_timeline() {
    let Some(readers) = readers() else { return };
    for name in ["mixed", "drop", "film"] {
        let reel = reel(name);
        let rate = reel.timeline.rate;
        let (_folder, files) = written(&reel, Format::Otio, &ExportSettings::default());
        let found = read_back(readers, "otio_json", &files[0], rate);
        assert_eq!(found["name"], reel.title);
        let wanted = wanted(&reel);
        for (kind, has) in [
            (
                "V1",
                (|want: &Wanted| want.has_picture) as fn(&Wanted) -> bool,
            ),
            ("A1", |want: &Wanted| want.channels > 0),
        ] {
            walk(track(&found, kind), &wanted, has, |clip, want| {
                let frame = |field: &str, frames: i64, rate: Rational| {
                    assert_frames(
                        &clip[field],
                        frames as f64,
                        rate,
                        &format!("{name} {} {field}", want.id),
                    );
                };
                // Names are kept to the letter, blanks too.
                let own = clip["name"].as_str().unwrap();
                assert_eq!(
                    own.split_whitespace().collect::<Vec<_>>().join(" "),
                    want.name
                );
                frame("source_start", want.source_start, want.rate);
                frame("source_duration", want.shown.end - want.shown.start, rate);
                frame("record_start", want.shown.start, rate);
                frame("available_start", want.available.0, want.rate);
                if !want.is_still {
                    frame("available_duration", want.available.1, want.rate);
                }
                let url = clip["media"].as_str().unwrap();
                assert!(url.starts_with("file:///Volumes/Archiv%201/"), "{url}");
                let effects = clip["effects"].as_array().unwrap();
                assert_eq!(effects.len(), usize::from(want.slowness > 1));
                if want.slowness > 1 {
                    let scalar = effects[0].as_f64().unwrap();
                    assert!((scalar * f64::from(want.slowness) - 1.0).abs() < 1e-9);
                }
            });
        }
        let start = &found["start"];
        let first = reel
            .timeline
            .start_timecode
            .parse_start(rate, reel.timeline.drop_frame);
        assert_frames(start, first as f64, rate, "start");
    }
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

#[test]
fn edit_lists_are_read_frame_by_frame_at_every_rate_in_every_dialect() {
    let Some(readers) = readers() else { return };
    let mut reels = vec![reel("mixed"), reel("drop"), reel("film")];
    for (num, den, drop_frame) in [
        (24, 1, false),
        (25, 1, false),
        (30_000, 1001, false),
        (30, 1, false),
        (50, 1, false),
        (60_000, 1001, true),
        (60_000, 1001, false),
        (60, 1, false),
    ] {
        let mut other = reel("film");
        other.title = format!("{num}/{den}");
        other.timeline.rate = Rational::new(num, den);
        other.timeline.drop_frame = drop_frame;
        if drop_frame {
            other.timeline.start_timecode = "00:59:57;00".to_owned();
        }
        for source in other.sources.values_mut() {
            source.rate = other.timeline.rate;
            if drop_frame {
                source.start_timecode = Some("09:59:58;12".to_owned());
            }
        }
        reels.push(other);
    }
    for reel in &reels {
        for (dialect, reel_names) in [
            (Dialect::Avid, ReelNames::Eight),
            (Dialect::Premiere, ReelNames::ThirtyTwo),
            (Dialect::Resolve, ReelNames::ThirtyTwo),
        ] {
            let settings = ExportSettings {
                dialect,
                reel_names,
                accepts_changed: false,
            };
            let (_folder, files) = written(reel, Format::Edl, &settings);
            let rate = reel.timeline.rate;
            let found = read_back(readers, "cmx_3600", &files[0], rate);
            let wanted = wanted(reel);
            walk(
                track(&found, "V"),
                &wanted,
                |want| want.has_picture,
                |clip, want| {
                    let what = format!("{} {dialect:?} {}", reel.title, want.id);
                    match dialect {
                        Dialect::Avid => {
                            assert!(
                                want.name.is_ascii() == (clip["name"] == want.name),
                                "{what}: {clip}"
                            );
                        }
                        _ => assert_eq!(clip["name"], want.file, "{what}"),
                    }
                    assert_frames(&clip["record_start"], want.shown.start as f64, rate, &what);
                    let length = (want.shown.end - want.shown.start) as f64;
                    assert_frames(&clip["record_duration"], length, rate, &what);
                    if want.rate == rate {
                        assert_frames(&clip["source_start"], want.source_start as f64, rate, &what);
                    }
                    let effects = clip["effects"].as_array().unwrap();
                    assert_eq!(effects.len(), usize::from(want.slowness > 1), "{what}");
                    if want.slowness > 1 {
                        // Speed is given as timecode counts frames, which NTSC rates fall a thousandth short of.
                        let scalar = effects[0].as_f64().unwrap() * f64::from(want.slowness);
                        assert!((scalar - 1.0).abs() < 0.0011, "{what}: {scalar}");
                    }
                },
            );
            let audio = wanted.iter().filter(|want| want.channels > 0).count();
            let clips = track(&found, "A1")
                .iter()
                .filter(|item| item["kind"] == "clip");
            assert_eq!(clips.count(), audio);
        }
    }
}

#[test]
fn final_cut_7_xml_is_read_frame_by_frame() {
    let Some(readers) = readers() else { return };
    for name in ["mixed", "drop", "film"] {
        let reel = reel(name);
        let rate = reel.timeline.rate;
        let (_folder, files) = written(&reel, Format::Xmeml, &ExportSettings::default());
        let found = read_back(readers, "fcp_xml", &files[0], rate);
        assert_eq!(found["name"], reel.title);
        let wanted = wanted(&reel);
        let first = reel
            .timeline
            .start_timecode
            .parse_start(rate, reel.timeline.drop_frame);
        assert_frames(&found["start"], first as f64, rate, "start");
        let most = wanted.iter().map(|want| want.channels).max().unwrap();
        let tracks = found["tracks"].as_array().unwrap();
        assert_eq!(tracks.len(), 1 + usize::from(most));
        for (number, track) in tracks.iter().enumerate() {
            let items = track["items"].as_array().unwrap();
            let has = |want: &Wanted| match number {
                0 => want.has_picture,
                channel => usize::from(want.channels) >= channel,
            };
            walk(items, &wanted, has, |clip, want| {
                let what = format!("{name} track {number} pick {}", want.id);
                assert_eq!(clip["name"], want.name);
                // Two change over in the middle of what they share; one alone fades in whole.
                let at = wanted.iter().position(|other| other.id == want.id).unwrap();
                let lead = if at > 0 && has(&wanted[at - 1]) {
                    want.dissolve / 2
                } else {
                    0
                };
                assert_frames(
                    &clip["record_start"],
                    (want.record.start + lead) as f64,
                    rate,
                    &what,
                );
                if want.slowness == 1 {
                    let lead = lead as f64 * want.rate.to_f64().unwrap() / rate.to_f64().unwrap();
                    assert_frames(
                        &clip["source_start"],
                        want.source_start as f64 + lead,
                        want.rate,
                        &what,
                    );
                }
                if !want.is_still {
                    assert_frames(
                        &clip["available_start"],
                        want.available.0 as f64,
                        want.rate,
                        &what,
                    );
                    assert_frames(
                        &clip["available_duration"],
                        want.available.1 as f64,
                        want.rate,
                        &what,
                    );
                }
                let url = clip["media"].as_str().unwrap();
                assert!(
                    url.starts_with("file://localhost/Volumes/Archiv%201/"),
                    "{url}"
                );
            });
        }
    }
}

#[test]
fn fcpxml_is_read_frame_by_frame_as_far_as_the_reader_goes() {
    let Some(readers) = readers() else { return };
    let mut reel = reel("mixed");
    // The reader counts whole frames per second, all alike, and knows neither `video`, which stills
    // are, nor `media-rep`, which names files since 1.9; exact ratios are tested with the writer.
    let is_read = |id: &u32| [1, 6, 8, 9].contains(id);
    reel.revisions[0].picks.retain(|pick| is_read(&pick.id));
    let rate = reel.timeline.rate;
    let (_folder, files) = written(&reel, Format::Fcpxml, &ExportSettings::default());
    let found = read_back(readers, "fcpx_xml", &files[0], rate);
    let first = reel.timeline.start_timecode.parse_start(rate, false);
    let clips: Vec<&Value> = track(&found, "0")
        .iter()
        .filter(|item| item["kind"] == "clip")
        .collect();
    let wanted = wanted(&reel);
    assert_eq!(clips.len(), wanted.len());
    for (clip, want) in clips.into_iter().zip(&wanted) {
        let what = format!("pick {}: {clip}", want.id);
        let lead = want.dissolve / 2;
        assert_eq!(clip["name"], want.name);
        // It adds up doubles and cuts the fraction off: a frame less at times.
        let is_at = |field: &str, frames: i64| {
            let found = clip[field]["frames"].as_f64().unwrap();
            assert!(
                (frames as f64 - 1.0..=frames as f64).contains(&found),
                "{field} {frames} {what}"
            );
        };
        is_at("record_start", first + want.record.start + lead);
        is_at("source_start", want.source_start + lead);
    }
}

#[test]
fn avid_logs_are_read_frame_by_frame() {
    let Some(readers) = readers() else { return };
    for name in ["mixed", "drop", "film"] {
        let reel = reel(name);
        let (_folder, files) = written(&reel, Format::Ale, &ExportSettings::default());
        let mut logged = 0;
        let wanted = wanted(&reel);
        for file in &files {
            let found = read_back(readers, "ale", file, reel.timeline.rate);
            for clip in found["clips"].as_array().unwrap() {
                let start = &clip["source_start"];
                let want = wanted.iter().find(|want| {
                    let rate = want.rate.to_f64().unwrap();
                    start["frames"].as_f64() == Some(want.source_start as f64)
                        && (start["rate"].as_f64().unwrap() - rate).abs() < 0.001
                });
                let want = want.unwrap_or_else(|| panic!("{name}: {clip} is no pick"));
                let pick = reel.picks().iter().find(|pick| pick.id == want.id).unwrap();
                let length = (pick.out_frame - pick.in_frame) as f64;
                assert_frames(&clip["source_duration"], length, want.rate, name);
                assert_eq!(clip["media"], want.file);
                assert!(!want.name.is_ascii() || clip["name"] == want.name);
                logged += 1;
            }
        }
        assert_eq!(logged, wanted.iter().filter(|want| !want.is_still).count());
    }
}

#[test]
fn fcpxml_is_what_its_description_says() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        eprintln!("skipped: no xmllint");
        return;
    }
    for name in ["mixed", "drop", "film"] {
        for title in ["plain", "\"]]> -- <ä> & 🏹"] {
            let mut reel = reel(name);
            reel.title = title.to_owned();
            for pick in &mut reel.revisions[0].picks {
                pick.lower_third = Some(title.to_owned());
                pick.reason.text = format!("{title}\n{title}");
            }
            let (_folder, files) = written(&reel, Format::Fcpxml, &ExportSettings::default());
            let run = Command::new("xmllint")
                .args(["--noout", "--nonet", "--dtdvalid"])
                .arg(root().join("fixtures/reel/fcpxml.dtd"))
                .arg(&files[0])
                .output()
                .unwrap();
            assert!(
                run.status.success(),
                "{name}: {}",
                String::from_utf8_lossy(&run.stderr)
            );
        }
    }
}
