//! Media made elsewhere, as they come; these tests do nothing where the shared media are absent.

use std::{path::Path, process::Command};

use crate::program::{World, shared};

/// A world that has indexed the shared media.
fn indexed(shared: &Path) -> World {
    let world = World::new();
    let media = shared.join("media");
    let run = world.run(["--json".as_ref(), "index".as_ref(), media.as_os_str()]);
    assert_eq!(
        run.code, 0,
        "every shared file is fine in its way: {}",
        run.stderr
    );
    let report = run.json();
    assert_eq!(report["files"], 20, "{report}");
    assert_eq!(report["analysed"], 19, "{report}");
    world
}

#[test]
fn shared_media_end_with_an_outcome_each_and_are_found() {
    let Some(shared) = shared() else {
        return;
    };
    let world = indexed(&shared);
    assert_eq!(
        world.found(&["ask what you can do for your country"])[0],
        "jfk.wav"
    );
    assert_eq!(world.found(&["smartphone"])[0], "smartphone_fr.mp3");
    assert_eq!(
        world.found(&["00:00:00;00"])[0],
        "smpte-2997.mp4",
        "the burnt-in timecode"
    );
    let run = world.run([
        "--json",
        "search",
        "red leaves beside a white car",
        "--kind",
        "image",
    ]);
    assert_eq!(run.code, 0);
    assert!(
        !run.json()["notes"].as_array().unwrap().is_empty(),
        "says that no picture model is installed"
    );
    let status = world.run(["--json", "status"]).json();
    for step in status["steps"].as_array().unwrap() {
        let sum = ["done", "failed", "skipped"]
            .iter()
            .map(|key| step[*key].as_u64().unwrap())
            .sum::<u64>();
        assert_eq!(sum, 19, "an outcome for every asset: {step}");
    }
}

#[test]
fn odd_files_are_what_their_viewers_take_them_for() {
    let Some(shared) = shared() else {
        return;
    };
    let world = indexed(&shared);
    let shown = |name: &str| {
        world
            .run([
                "--json",
                "show",
                shared.join("media").join(name).to_str().unwrap(),
            ])
            .json()
    };
    let cover = shown("audio/attached_picture.mp3");
    assert_eq!(cover["media"]["kind"], "audio", "a cover is no video");
    let chaplin = shown("video/chaplin.mp4").to_string();
    assert!(chaplin.contains("black and white"));
    let silence = shown("audio/silence.wav").to_string();
    assert!(silence.contains("no speech"), "its clicks are no speech");
    let jfk = shown("audio/jfk.wav").to_string();
    assert!(jfk.contains("\"speech\"") && jfk.contains("LUFS"));
    let smpte = shown("video/smpte-2997.mp4").to_string();
    assert!(smpte.contains("\"bars\""), "colour bars are labelled");
}

#[test]
fn speech_is_looked_for_with_silero_where_it_is_installed() {
    let Some(shared) = shared() else {
        return;
    };
    let world = World::new();
    let model = shared.join("models/silero-v6.2.0-ggml.bin");
    let run: crate::program::Run = world
        .command()
        .args(["models", "import"])
        .arg(model)
        .output()
        .unwrap()
        .into();
    assert_eq!(run.code, 0, "{}", run.stderr);
    std::fs::copy(
        shared.join("media/audio/jfk.wav"),
        world.archive().join("jfk.wav"),
    )
    .unwrap();
    world.index();
    let shown = world
        .run([
            "--json",
            "show",
            world.archive().join("jfk.wav").to_str().unwrap(),
        ])
        .json();
    let spoken: Vec<(i64, i64)> = shown["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["segment"])
        .filter(|segment| {
            segment["channel"] == "sound" && segment["assertions"][0]["value"] == "speech"
        })
        .map(|segment| {
            (
                segment["span"]["start_millis"].as_i64().unwrap(),
                segment["span"]["end_millis"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(spoken.len(), 4, "{spoken:?}");
    for (found, expected) in
        spoken
            .iter()
            .zip([(300, 2300), (3300, 4400), (5400, 7700), (8200, 10_600)])
    {
        assert!(
            (found.0 - expected.0).abs() < 500 && (found.1 - expected.1).abs() < 500,
            "{spoken:?}"
        );
    }
}

#[test]
fn thumbnails_stay_small() {
    let Some(shared) = shared() else {
        return;
    };
    let world = indexed(&shared);
    let sizes = Command::new("find")
        .arg(world.library().join("thumbnails"))
        .args(["-type", "f", "-printf", "%s\\n"])
        .output()
        .unwrap();
    let sizes: Vec<u64> = String::from_utf8_lossy(&sizes.stdout)
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    assert!(sizes.len() > 15);
    assert!(
        sizes.iter().sum::<u64>() / sizes.len() as u64 <= 15 * 1024,
        "{sizes:?}"
    );
}
