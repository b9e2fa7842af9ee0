//! A demo world is what its truth says: read back by the program's own indexing and by `ffprobe`.

use std::{ffi::OsStr, path::Path, process::Command};

use reeldex::demo::{Medium, Opening, Truth};
use serde_json::Value;

use crate::program::World;

/// Film, sound and stills of the smallest world, indexed as far as their shots.
fn generated(world: &World) -> (Truth, std::path::PathBuf) {
    let folder = world.library().with_file_name("demo");
    let run = world.run([
        OsStr::new("demo"),
        OsStr::new("generate"),
        folder.as_os_str(),
        OsStr::new("--seed=3"),
        OsStr::new("--minutes=1.6"),
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = std::fs::read_to_string(folder.join("truth.json")).unwrap();
    (serde_json::from_str(&text).unwrap(), folder)
}

/// How many pictures of a film can be decoded.
fn decoded_frames(film: &Path) -> i64 {
    let output = Command::new("ffprobe")
        .args("-v error -select_streams v -count_frames".split(' '))
        .args("-show_entries stream=nb_read_frames -of csv=p=0".split(' '))
        .arg(film)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let digits: String = text
        .trim()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits
        .parse()
        .unwrap_or_else(|_| panic!("{}: {text:?}", film.display()))
}

#[test]
fn a_generated_world_is_what_its_truth_says() {
    let world = World::new();
    let (truth, folder) = generated(&world);
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schemas/demo-truth.schema.json"
    );
    let mut schemas = boon::Schemas::new();
    let index = boon::Compiler::new().compile(schema, &mut schemas).unwrap();
    let value = serde_json::to_value(&truth).unwrap();
    schemas
        .validate(&value, index)
        .unwrap_or_else(|error| panic!("{error}"));

    let archive = folder.join("archive");
    let run = world.run([
        OsStr::new("--json"),
        OsStr::new("index"),
        archive.as_os_str(),
        OsStr::new("--only=shots"),
    ]);
    assert_eq!(
        run.code, 6,
        "the torn file fails, all others are read: {}",
        run.stderr
    );
    let (mut cuts, mut found) = (0, 0);
    for asset in &truth.assets {
        let path = archive.join(&asset.path);
        for copy in &asset.copies {
            let (one, other) = (std::fs::read(&path), std::fs::read(archive.join(copy)));
            assert_eq!(one.unwrap(), other.unwrap(), "{copy}");
        }
        for utterance in &asset.utterances {
            for word in &utterance.words {
                assert!(word.start_millis >= utterance.start_millis, "{utterance:?}");
                assert!(word.end_millis <= utterance.end_millis, "{utterance:?}");
            }
            assert!(
                utterance.end_millis <= asset.duration_millis,
                "{}",
                asset.path
            );
        }
        if asset.is_broken || asset.medium == Medium::Image {
            continue;
        }
        let run = world.run([OsStr::new("--json"), OsStr::new("show"), path.as_os_str()]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let shown = run.json();
        let duration = shown["media"]["duration_millis"].as_i64().unwrap();
        // Encoders of sound fill their last block.
        assert!(
            (duration - asset.duration_millis).abs() <= 120,
            "{}: {duration}",
            asset.path
        );
        let Some(frames) = &asset.frames else {
            continue;
        };
        assert_eq!(decoded_frames(&path), frames.count, "{}", asset.path);
        let starts: Vec<i64> = shown["segments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| &entry["segment"])
            .filter(|segment| segment["channel"] == "shot")
            .map(|segment| {
                segment["span"]["start_millis"]
                    .as_i64()
                    .unwrap_or_else(|| panic!("{segment}"))
            })
            .collect();
        let frame_millis = i64::from(1000 * frames.rate.1 / frames.rate.0) + 1;
        for shot in asset
            .shots
            .iter()
            .filter(|shot| shot.opening == Opening::Cut)
        {
            cuts += 1;
            let is_found = starts
                .iter()
                .any(|start| (start - shot.start_millis).abs() <= frame_millis);
            if is_found {
                found += 1;
            } else {
                eprintln!(
                    "{}: no cut at {} among {starts:?}",
                    asset.path, shot.start_millis
                );
            }
        }
    }
    assert!(cuts >= 10, "{cuts} cuts are too few to tell");
    assert_eq!(found, cuts, "every cut is found within one frame");
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let world = World::new();
    world.write("here.txt", b"already");
    let run = world.run([
        OsStr::new("--json"),
        OsStr::new("demo"),
        OsStr::new("generate"),
        world.archive().as_os_str(),
    ]);
    assert_eq!(run.code, 2);
    let error: Value = serde_json::from_str(run.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(error["code"], "folder_not_empty");
}
