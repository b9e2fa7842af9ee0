//! Files that are wrong in some way end with a recorded outcome and a hint, and cost no other file anything.

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt, process::CommandExt},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use serde_json::Value;

use crate::program::{Run, World, shared};

/// Failures as `status` lists them: file name, step, reason, hint.
fn failures(world: &World) -> Vec<(String, String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    world.run(["--json", "status"]).json()["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failure| {
            let path = text(&failure["path"]);
            let name = path.rsplit('/').next().unwrap().to_owned();
            (
                name,
                text(&failure["step"]),
                text(&failure["reason"]),
                text(&failure["hint"]),
            )
        })
        .collect()
}

#[test]
fn damaged_and_mislabelled_files_fail_alone_and_with_a_hint() {
    let world = World::with_good_clip();
    world.write("empty.mp4", b"");
    world.write(
        "text.mp4",
        b"This is a letter, not a film.\n".repeat(50).as_slice(),
    );
    fs::create_dir(world.archive().join("folder.mov")).unwrap();
    let whole = world.render(
        "whole.mp4",
        &["-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=3"],
    );
    let bytes = fs::read(&whole).unwrap();
    fs::remove_file(whole).unwrap();
    world.write("truncated.mp4", &bytes[..bytes.len() / 2]);
    let report = world.index();
    assert_eq!(report["failed"], 3, "{report}");
    let failures = failures(&world);
    let names: Vec<&str> = failures.iter().map(|failure| failure.0.as_str()).collect();
    assert_eq!(names, ["empty.mp4", "text.mp4", "truncated.mp4"]);
    assert!(
        failures
            .iter()
            .all(|(_, step, reason, hint)| step == "probe"
                && !reason.is_empty()
                && !hint.is_empty())
    );
    world.assert_good_clip_is_found();
    let again = world.index();
    assert_eq!(
        (again["failed"].as_u64(), again["analysed"].as_u64()),
        (Some(0), Some(0)),
        "not tried in vain: {again}"
    );
    let retry = world.run(["--json", "retry"]);
    assert_eq!(retry.code, 6);
    assert_eq!(retry.json()["failed"], 3);
}

#[test]
fn a_recording_that_breaks_off_keeps_what_is_there() {
    let world = World::with_good_clip();
    let whole = world.render(
        "whole.ts",
        &[
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=640x360:r=25:d=8",
            "-g",
            "25",
            "-f",
            "mpegts",
        ],
    );
    let bytes = fs::read(&whole).unwrap();
    fs::write(&whole, &bytes[..bytes.len() / 2]).unwrap();
    world.index();
    let shown = world
        .run(["--json", "show", whole.to_str().unwrap()])
        .json();
    let shots = shown["segments"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["segment"]["channel"] == "shot");
    assert!(shots.count() >= 1, "{shown}");
}

#[test]
fn a_file_that_may_not_be_read_is_recorded_and_read_later() {
    let world = World::with_good_clip();
    let secret = world.render(
        "secret.mp4",
        &["-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=1"],
    );
    // The superuser may read everything, so the program runs as nobody, from a copy it may execute.
    let is_root = rustix::process::geteuid().is_root();
    let folder = world.archive().parent().unwrap().to_owned();
    let program = folder.join("reeldex");
    fs::copy(env!("CARGO_BIN_EXE_reeldex"), &program).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    let run = |arguments: &[&OsStr]| -> Run {
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .env("REELDEX_LIBRARY", world.library())
            .env("REELDEX_MODELS_DIR", world.models());
        if is_root {
            command.uid(65_534).gid(65_534);
        }
        command.output().unwrap().into()
    };
    let archive = world.archive();
    let index = [
        OsStr::new("--json"),
        OsStr::new("index"),
        archive.as_os_str(),
    ];
    let first = run(&index);
    assert_eq!(first.code, 6, "{}", first.stderr);
    assert_eq!(failures(&world)[0].0, "secret.mp4");
    assert!(failures(&world)[0].3.contains("permissions"));
    world.assert_good_clip_is_found();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(run(&index).code, 0);
    assert!(failures(&world).is_empty());
}

#[test]
fn a_file_that_changes_while_it_is_read_is_left_for_later() {
    let world = World::with_good_clip();
    let growing = world.write("growing.mp4", &vec![7; 200 << 20]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = fs::OpenOptions::new().append(true).open(&growing).unwrap();
            while !done.load(Ordering::Relaxed) {
                file.write_all(&[7; 512]).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let report = world.index();
        done.store(true, Ordering::Relaxed);
        assert_eq!(report["failed"], 1, "{report}");
    });
    let failures = failures(&world);
    assert_eq!(failures[0].0, "growing.mp4");
    assert!(
        failures[0].2.contains("changed while it was read"),
        "{failures:?}"
    );
    world.assert_good_clip_is_found();
}

#[test]
fn twenty_seconds_without_a_second_keyframe_still_have_their_shots() {
    let world = World::new();
    let path = world.render(
        "long.mp4",
        &[
            "-f",
            "lavfi",
            "-i",
            "color=red:s=320x240:r=25:d=10",
            "-f",
            "lavfi",
            "-i",
            "color=blue:s=320x240:r=25:d=10",
            "-filter_complex",
            "concat=n=2",
            "-g",
            "1000",
            "-keyint_min",
            "1000",
            "-sc_threshold",
            "0",
        ],
    );
    world.index();
    let shown = world.run(["--json", "show", path.to_str().unwrap()]).json();
    let starts: Vec<i64> = shown["segments"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["segment"]["channel"] == "shot")
        .map(|entry| entry["segment"]["span"]["start_millis"].as_i64().unwrap())
        .collect();
    assert_eq!(starts, [0, 10_000]);
}

#[test]
fn sound_that_breaks_off_does_not_take_the_pictures_with_it() {
    let Some(shared) = shared() else {
        return;
    };
    let world = World::with_good_clip();
    let path = world.archive().join("failing_audio.mp4");
    fs::copy(shared.join("media/video/failing_audio.mp4"), &path).unwrap();
    world.index();
    let shown = world.run(["--json", "show", path.to_str().unwrap()]).json();
    let silence = shown["segments"].as_array().unwrap().iter().any(|entry| {
        let segment = &entry["segment"];
        segment["assertions"][0]["value"] == "silence"
            && segment["span"]["end_millis"].as_i64().unwrap() > 11_000
    });
    assert!(silence, "its sound is gone before its end: {shown}");
    let last = shown["segments"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["segment"]["channel"] == "shot");
    let end = last
        .map(|entry| entry["segment"]["span"]["end_millis"].as_i64().unwrap())
        .max()
        .unwrap();
    assert!(end > 10_000, "pictures go on to 11 s: {end}");
}

#[test]
fn a_hundred_megapixels_are_read_or_refused_by_the_limit() {
    let world = World::with_good_clip();
    world.render(
        "vast.jpg",
        &[
            "-f",
            "lavfi",
            "-i",
            "color=orange:s=10000x10000:d=1",
            "-frames:v",
            "1",
        ],
    );
    let run = world.run([
        "--json",
        "index",
        "--max-megapixels",
        "50",
        world.archive().to_str().unwrap(),
    ]);
    assert_eq!(run.code, 6, "{}", run.stderr);
    let failures = failures(&world);
    assert!(
        failures[0].2.contains("10000x10000") && failures[0].3.contains("--max-megapixels"),
        "{failures:?}"
    );
    world.assert_good_clip_is_found();
    let run = world.run(["--json", "retry"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(world.found(&["tag:orange"])[0], "vast.jpg");
}

#[test]
fn paths_with_newlines_and_invalid_utf_8_are_paths_like_others() {
    let world = World::with_good_clip();
    let clip = fs::read(world.archive().join("good.mp4")).unwrap();
    for (number, name) in [
        &b"two\nlines.mp4"[..],
        b"inv\xff\xfealid.mp4",
        b"concat:a|b.mp4",
        b"-dash.mp4",
    ]
    .iter()
    .enumerate()
    {
        let mut bytes = clip.clone();
        // Bytes after the last box differ, so each is an asset of its own.
        bytes.extend([0, 0, 0, 9, b'f', b'r', b'e', b'e', number as u8]);
        world.write(OsStr::from_bytes(name), &bytes);
    }
    let report = world.index();
    assert_eq!(
        (report["analysed"].as_u64(), report["failed"].as_u64()),
        (Some(5), Some(0)),
        "{report}"
    );
    assert_eq!(world.index()["unchanged"], 5);
}
