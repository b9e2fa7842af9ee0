//! An archive rendered for the purpose, from its first index to its last move.

use std::{fs, path::Path, process::Command, sync::OnceLock};

use crate::program::{World, sentence_model};

/// The demonstration archive, rendered once for all tests.
fn demo_archive() -> &'static Path {
    static ARCHIVE: OnceLock<tempfile::TempDir> = OnceLock::new();
    ARCHIVE
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let script =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/make-archive.sh");
            let status = Command::new(script).arg(folder.path()).status().unwrap();
            assert!(
                status.success(),
                "ffmpeg and espeak-ng are installed by `make setup`"
            );
            folder
        })
        .path()
}

/// A world whose archive is a copy of the demonstration archive.
fn demo_world() -> World {
    let world = World::new();
    let status = Command::new("cp")
        .arg("-rT")
        .arg(demo_archive())
        .arg(world.archive())
        .status()
        .unwrap();
    assert!(status.success());
    world
}

#[test]
fn the_demonstration_archive_is_indexed_and_found() {
    let world = demo_world();
    let report = world.index();
    assert_eq!(report["analysed"], 9, "{report}");
    assert_eq!(
        report["relocated"], 1,
        "the copy is the same asset: {report}"
    );
    assert_eq!(report["failed"], 1, "the broken recording alone: {report}");

    assert_eq!(world.found(&["hits the gold"])[0], "archery_final.mp4");
    assert_eq!(
        world.found(&["nageuses françaises"])[0],
        "relay_4x100.mov",
        "stemmed French"
    );
    assert_eq!(
        world.found(&["nine years old"])[0],
        "interview_lindqvist.mkv",
        "subtitles in the container"
    );
    assert_eq!(
        world.found(&["freestyle relay"])[0],
        "relay_4x100.mov",
        "burnt-in caption"
    );
    assert_eq!(
        world.found(&["closed for training"])[0],
        "notice.png",
        "words on a still"
    );
    assert_eq!(
        world.found(&["new record", "--kind", "audio"]),
        ["sprint_final.mp3"]
    );
    assert!(world.found(&["new record", "--kind", "video"]).is_empty());
    assert_eq!(
        world.found(&["Dupont", "--after", "2024-08-01", "--before", "2024-09-01"])[0],
        "archery_final.mp4"
    );
    assert_eq!(world.found(&["Dupont", "--after", "2024-09-01"]).len(), 0);
    assert_eq!(
        world.found(&["arrivée", "--lang", "fr"])[0],
        "relay_4x100.mov"
    );
    assert_eq!(world.found(&["arrivée", "--lang", "en"]).len(), 0);
    assert_eq!(
        world.found(&["record", "--path", "radio/"])[0],
        "sprint_final.mp3"
    );
}

#[test]
fn a_moment_carries_the_timecode_of_its_source() {
    let world = demo_world();
    world.index();
    let run = world.run(["--json", "search", "hits the gold"]);
    let moment = &run.json()["moments"][0];
    // The cue begins at 6.7 s of a clip that starts at 10:00:00:00 with 25 frames a second.
    assert_eq!(moment["start_millis"], 6700);
    assert_eq!(moment["timecode"], "10:00:06:17");
    let run = world.run(["--json", "search", "première"]);
    // 3.6 s after 00:59:58;00 at 30000/1001 frames a second: 107 whole frames, across 01:00:00;00.
    assert_eq!(run.json()["moments"][0]["timecode"], "01:00:01;17");
}

#[test]
fn every_moment_shown_has_its_thumbnail_on_disk() {
    let world = demo_world();
    world.index();
    let run = world.run(["--json", "search", "archery final"]);
    let thumbnail = run.json()["moments"][0]["thumbnail"]
        .as_str()
        .unwrap()
        .to_owned();
    let bytes = fs::read(world.library().join(thumbnail)).unwrap();
    assert!(bytes.starts_with(&[0xff, 0xd8]) && bytes.len() < 30_000);
}

#[test]
fn a_second_run_reads_nothing_and_a_new_file_alone_is_analysed() {
    let world = demo_world();
    world.index();
    let again = world.index();
    assert_eq!(again["unchanged"], again["files"], "{again}");
    assert_eq!(again["analysed"], 0);
    world.write("new/note.srt", b"");
    world.render(
        "new/clip.mp4",
        &["-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=1"],
    );
    let third = world.index();
    assert_eq!(third["analysed"], 1, "{third}");
}

#[test]
fn moved_copied_and_missing_files_keep_their_work() {
    let world = demo_world();
    world.index();
    let from = world.archive().join("radio/sprint_final.mp3");
    let to = world.archive().join("radio/renamed.mp3");
    fs::rename(&from, &to).unwrap();
    let report = world.index();
    assert_eq!(
        (report["analysed"].as_u64(), report["relocated"].as_u64()),
        (Some(0), Some(1)),
        "{report}"
    );
    assert_eq!(world.found(&["new record"])[0], "renamed.mp3");
    fs::remove_file(&to).unwrap();
    assert_eq!(world.index()["missing"], 1);
    let run = world.run(["--json", "search", "new record"]);
    assert_eq!(
        run.json()["moments"][0]["is_missing"],
        true,
        "still searchable"
    );
}

#[test]
fn a_subtitle_file_that_comes_later_is_read() {
    let world = World::new();
    world.render(
        "talk.mp4",
        &["-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=3"],
    );
    world.index();
    assert!(world.found(&["hippopotamus"]).is_empty());
    world.write(
        "talk.en.srt",
        b"1\n00:00:01,000 --> 00:00:02,000\nA hippopotamus!\n",
    );
    let report = world.index();
    assert_eq!(report["refreshed"], 1, "{report}");
    assert_eq!(world.found(&["hippopotamus"]), ["talk.mp4"]);
}

#[test]
fn reindex_rebuilds_both_indexes_from_the_catalogue_alone() {
    let world = demo_world();
    world.index();
    let before = world.found(&["archery"]);
    fs::remove_dir_all(world.archive()).unwrap();
    fs::remove_dir_all(world.library().join("text")).unwrap();
    fs::remove_dir_all(world.library().join("vectors")).unwrap();
    let run = world.run(["--json", "reindex"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.json()["documents"].as_u64().unwrap() > 10);
    assert_eq!(world.found(&["archery"]), before);
}

#[test]
fn what_is_asked_in_other_words_is_found_by_meaning() {
    let Some(wheel) = sentence_model() else {
        return;
    };
    let world = demo_world();
    let run = world
        .command()
        .args(["models", "import"])
        .arg(wheel)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let report = world.index();
    assert_eq!(report["analysed"], 9, "{report}");
    assert_eq!(
        world.found(&["up early to go swimming as a child"])[0],
        "interview_lindqvist.mkv"
    );
    assert_eq!(
        world.found(&["the bowman wins the championship"])[0],
        "archery_final.mp4"
    );
    let answer = world.run(["--json", "search", "hits the gold"]).json();
    let moment = &answer["moments"][0];
    assert_eq!(
        (&moment["start_millis"], &moment["end_millis"]),
        (&6700.into(), &10_500.into()),
        "the cue, not the passage around it: {moment}"
    );
    let is_told = |evidence: &serde_json::Value| evidence["snippet"]["text"].is_string();
    let evidence = moment["evidence"].as_array().unwrap();
    assert!(
        evidence
            .iter()
            .filter(|evidence| evidence["source"] == "passage")
            .all(is_told),
        "{moment}"
    );
    let run = world.run(["--json", "status"]);
    let passage = run.json()["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["step"] == "passage")
        .cloned();
    assert!(passage.unwrap()["done"].as_u64().unwrap() >= 4);
}

#[test]
fn a_model_installed_later_runs_its_steps_alone() {
    let Some(wheel) = sentence_model() else {
        return;
    };
    let world = demo_world();
    world.index();
    let shown = world.run([
        "--json",
        "show",
        world
            .archive()
            .join("radio/sprint_final.mp3")
            .to_str()
            .unwrap(),
    ]);
    let sound_before = step(&shown.json(), "sound");
    world
        .command()
        .args(["models", "import"])
        .arg(wheel)
        .output()
        .unwrap();
    let report = world.index();
    assert_eq!(report["analysed"], 0, "{report}");
    assert!(report["refreshed"].as_u64().unwrap() >= 8, "{report}");
    let shown = world.run([
        "--json",
        "show",
        world
            .archive()
            .join("radio/sprint_final.mp3")
            .to_str()
            .unwrap(),
    ]);
    assert_eq!(
        step(&shown.json(), "sound"),
        sound_before,
        "not listened to again"
    );
    assert_eq!(step(&shown.json(), "passage")["outcome"]["outcome"], "done");
}

fn step(shown: &serde_json::Value, name: &str) -> serde_json::Value {
    shown["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["step"] == name)
        .cloned()
        .unwrap()
}

#[test]
fn a_dry_run_makes_no_library() {
    let world = demo_world();
    let run = world
        .command()
        .args(["--json", "index", "--dry-run"])
        .arg(world.archive())
        .output()
        .unwrap();
    assert!(run.status.success());
    let plan: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert!(plan["to_read"].as_array().unwrap().len() >= 11, "{plan}");
    assert!(!world.library().exists());
}

#[test]
fn originals_are_not_written_to() {
    let world = demo_world();
    let stamp = |path: &Path| {
        let metadata = fs::metadata(path).unwrap();
        (
            metadata.modified().unwrap(),
            metadata.len(),
            fs::read(path).unwrap(),
        )
    };
    let path = world.archive().join("2024/athletics/archery_final.mp4");
    let before = stamp(&path);
    world.index();
    assert!(stamp(&path) == before);
}

#[test]
fn a_photograph_taken_upright_is_shown_upright() {
    let world = World::new();
    // Red on the left, blue on the right; turned by a quarter to the right, red is on top.
    let path = world.render(
        "portrait.jpg",
        &[
            "-f",
            "lavfi",
            "-i",
            "color=red:s=320x240:d=1,drawbox=x=160:w=160:h=240:color=blue:t=fill",
            "-frames:v",
            "1",
        ],
    );
    let picture = fs::read(&path).unwrap();
    // One TIFF entry, orientation (0x0112) = 6, in an APP1 segment after the start of the image.
    let mut turned = picture[..2].to_vec();
    turned.extend(b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
    turned.extend(&picture[2..]);
    fs::write(&path, turned).unwrap();
    world.index();
    let found = world.run(["--json", "search", "portrait"]).json();
    let thumbnail = found["moments"][0]["thumbnail"]
        .as_str()
        .unwrap()
        .to_owned();
    let thumbnail = image::open(world.library().join(thumbnail))
        .unwrap()
        .to_rgb8();
    let (width, height) = thumbnail.dimensions();
    assert!(height > width, "{width} by {height}");
    let [red, _, blue] = thumbnail.get_pixel(width / 2, height / 8).0;
    assert!(red > 200 && blue < 60, "the top is red: {red}, {blue}");
    let [red, _, blue] = thumbnail.get_pixel(width / 2, height - height / 8).0;
    assert!(blue > 200 && red < 60, "the bottom is blue: {red}, {blue}");
}
