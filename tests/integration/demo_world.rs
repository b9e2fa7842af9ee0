//! A demo world is what its truth says: read back by the program's own indexing and by `ffprobe`.

use std::{ffi::OsStr, path::Path, process::Command};

use reeldex::demo::{Medium, Opening, Truth, TruthAsset};
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
    assert_described_moments_are_found(&world, &truth, &archive);
}

/// Indexes the rest with the demonstration pack and asks for what the truth says there is.
fn assert_described_moments_are_found(world: &World, truth: &Truth, archive: &Path) {
    assert_eq!(world.run(["models", "pull", "demo"]).code, 0);
    let run = world.run([
        OsStr::new("index"),
        OsStr::new("--models=demo"),
        archive.as_os_str(),
    ]);
    assert_eq!(run.code, 6, "{}", run.stderr);
    let whole: Vec<&TruthAsset> = truth
        .assets
        .iter()
        .filter(|asset| !asset.is_broken)
        .collect();
    let (mut shots, mut lines, mut captions) =
        (Share::default(), Share::default(), Share::default());
    for asset in &whole {
        for shot in &asset.shots {
            // Shots that are alike in every attribute are as right as the one asked for.
            let is_right = |path: &str, span: (i64, i64)| {
                whole
                    .iter()
                    .filter(|other| path.ends_with(&other.path))
                    .any(|other| {
                        let mut alike = other.shots.iter().filter(|one| one.scene == shot.scene);
                        alike.any(|one| overlap(span, (one.start_millis, one.end_millis)))
                    })
            };
            shots.add(first(world, &shot.full_caption), is_right);
        }
        for line in asset.utterances.iter().take(3) {
            // The other camera's film, and a line that is said again, are right as well.
            let is_right = |path: &str, span: (i64, i64)| {
                whole
                    .iter()
                    .filter(|other| path.ends_with(&other.path))
                    .any(|other| {
                        let mut said = other.utterances.iter().filter(|one| one.text == line.text);
                        said.any(|one| overlap(span, (one.start_millis, one.end_millis)))
                    })
            };
            lines.add(first(world, &line.text), is_right);
        }
        for text in asset
            .screen_text
            .iter()
            .filter(|text| text.text.contains("  "))
        {
            let is_right = |path: &str, span: (i64, i64)| {
                path.ends_with(&asset.path) && overlap(span, (text.start_millis, text.end_millis))
            };
            captions.add(first(world, &text.text), is_right);
        }
    }
    eprintln!(
        "right moment first: shots {shots:?}, spoken lines {lines:?}, lines on screen {captions:?}"
    );
    assert!(shots.of_asked() >= 0.6, "shots {shots:?}");
    assert!(lines.of_asked() >= 0.8, "spoken lines {lines:?}");
    assert!(captions.of_asked() >= 0.8, "lines on screen {captions:?}");
}

/// How often the right moment came first.
#[derive(Debug, Default)]
struct Share {
    right: usize,
    asked: usize,
}

impl Share {
    fn add(
        &mut self,
        found: Option<(String, (i64, i64))>,
        is_right: impl Fn(&str, (i64, i64)) -> bool,
    ) {
        self.asked += 1;
        self.right += usize::from(found.is_some_and(|(path, span)| is_right(&path, span)));
    }

    fn of_asked(&self) -> f64 {
        self.right as f64 / self.asked.max(1) as f64
    }
}

/// Path and span of the first moment for a description.
fn first(world: &World, description: &str) -> Option<(String, (i64, i64))> {
    let run = world.run(["--json", "search", "--limit=1", description]);
    assert_eq!(run.code, 0, "{description}: {}", run.stderr);
    let moment = run.json()["moments"].get(0)?.clone();
    let millis = |name: &str| moment[name].as_i64().unwrap();
    Some((
        moment["path"].as_str().unwrap().to_owned(),
        (millis("start_millis"), millis("end_millis")),
    ))
}

/// Whether two spans share time; those of stills have none and share it all the same.
fn overlap(one: (i64, i64), other: (i64, i64)) -> bool {
    one == other || (one.0 < other.1 && other.0 < one.1)
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
