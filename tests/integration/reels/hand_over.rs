//! What leaves the library, and what may not.

use std::{fs, path::Path};

use super::*;

#[test]
fn what_is_blocked_is_neither_picked_nor_handed_over() {
    let world = world();
    let path = world.archive().join(FINAL);
    let path = path.to_str().unwrap();
    let told = done(
        &world,
        &["new", "knockout", "--length", "10s", "--name", "r"],
    );
    assert_eq!(picks(&told).len(), 1);
    let run = world.run([
        "correct", path, "--at", "10", "--rights", "blocked", "--author", "Anna",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let folder = world.archive().join("../out");
    let folder = folder.to_str().unwrap();
    let run = refused(
        &world,
        &["export", "r", "--as", "otio", "-o", folder],
        2,
        "rights_blocked",
    );
    assert!(run.stderr.contains("Anna"), "{}", run.stderr);
    let film = format!("{folder}/r.mp4");
    refused(&world, &["render", "r", "-o", &film], 2, "rights_blocked");
    assert!(!Path::new(&film).exists());
    refused(
        &world,
        &["new", "knockout", "--length", "10s"],
        2,
        "no_material",
    );
    let best = done(&world, &["new", "--length", "1m"]);
    for pick in picks(&best) {
        let (from, to) = millis(&pick);
        assert!(
            source_of(&best, &pick) != FINAL || to <= 8000 || from >= 16_000,
            "{pick}"
        );
    }
    let run = world.run(["correct", path, "--at", "10", "--rights", "free"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    done(&world, &["export", "r", "--as", "otio", "-o", folder]);
    let run = world.run(["correct", path, "--rights", "blocked"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    refused(
        &world,
        &["export", "r", "--as", "edl", "-o", folder],
        2,
        "rights_blocked",
    );
}

#[test]
fn odd_names_survive_every_hand_over_and_the_rendering() {
    let world = world();
    let told = done(
        &world,
        &[
            "new",
            "--length",
            "6s",
            "--shortest",
            "1s",
            "--longest",
            "2s",
            "--title",
            "Über \"alles\" & <mehr>",
            "--name",
            "Über alles",
        ],
    );
    let folder = world.archive().join("../out");
    let formats = "otio,edl,fcpxml,xmeml,ale,markers,vtt,srt,csv,html";
    let run = done(
        &world,
        &[
            "export",
            "Über alles",
            "--as",
            formats,
            "-o",
            folder.to_str().unwrap(),
        ],
    );
    let files = run["files"].as_array().unwrap();
    assert!(files.len() >= 10, "{run}");
    for file in files {
        assert!(Path::new(file.as_str().unwrap()).is_file(), "{file}");
    }
    let film = folder.join("reel.mp4");
    let rendered = done(
        &world,
        &[
            "render",
            "Über alles",
            "-o",
            film.to_str().unwrap(),
            "--preset",
            "ultrafast",
        ],
    );
    let length = told["length_millis"].as_i64().unwrap();
    let lasts = rendered["duration_millis"].as_i64().unwrap();
    assert!((lasts - length).abs() <= 40, "{lasts} of {length}");
    assert!(film.is_file());
    fs::remove_file(world.archive().join(FINAL)).unwrap();
    let must_fail = picks(&told)
        .iter()
        .any(|pick| source_of(&told, pick) == FINAL);
    if must_fail {
        refused(
            &world,
            &[
                "render",
                "Über alles",
                "-o",
                film.to_str().unwrap(),
                "--preset",
                "fast",
            ],
            4,
            "reel_source",
        );
    }
}
