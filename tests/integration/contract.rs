//! The command contract: exit codes, JSON on standard output, events on standard error, environment.

use std::{io::Read, process::Stdio, time::Duration};

use serde_json::Value;

use crate::program::World;

#[test]
fn wrong_arguments_end_with_2_and_a_missing_library_says_what_to_do() {
    let world = World::new();
    assert_eq!(world.run(["no-such-command"]).code, 2);
    assert_eq!(world.run(["index", "/no/such/place"]).code, 2);
    let run = world.run(["search", "anything"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .contains("hint: make one with `reeldex index DIR`"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_query_that_cant_be_read_ends_with_2_and_carets_under_the_place() {
    let world = World::new();
    let run = world.run(["search", "gold", "after:tomorrow"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains(
            "column 6: found `tomorrow`, expected a day as YYYY-MM-DD\n  gold after:tomorrow\n       ^^^^^^^^^^^^^^\n"
        ) && run.stderr.contains("hint: write the day as in `after:2024-07-26`"),
        "{}",
        run.stderr
    );
    let world = World::with_good_clip();
    world.index();
    let run = world.run(["search", "like:./no-such-picture.jpg"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.contains("`./no-such-picture.jpg`")
            && run.stderr.contains("hint: `like:` takes"),
        "{}",
        run.stderr
    );
    let run = world.run(["--json", "search", "is:blue"]);
    assert_eq!(run.code, 2);
    let event: Value = serde_json::from_str(run.stderr.trim()).unwrap();
    assert_eq!(event["code"], "query_syntax");
}

#[test]
fn an_explanation_says_how_the_query_was_read_and_what_each_source_gave() {
    let world = World::with_good_clip();
    world.index();
    let query = "said:(well OR ill) is:video";
    let run = world.run(["search", "--explain", query]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], format!("query       {query}"));
    assert!(
        lines[1].starts_with("speech      ×1.0       1 candidates")
            && lines[1].ends_with("said:well"),
        "{}",
        lines[1]
    );
    let run = world.run(["--json", "search", "--explain", query]);
    assert_eq!(run.json()["moments"].as_array().unwrap().len(), 1);
    let events = run
        .stderr
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let explained: Vec<Value> = events
        .filter(|event| event["event"] == "explanation")
        .collect();
    assert_eq!(explained[0]["explanation"]["query"], query);
}

#[test]
fn a_named_model_that_is_not_installed_ends_with_3() {
    let world = World::new();
    let archive = world.archive();
    let run = world.run([
        "index",
        archive.to_str().unwrap(),
        "--speech-model",
        "whisper-base",
    ]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(
        run.stderr.contains("reeldex models pull whisper-base"),
        "{}",
        run.stderr
    );
}

#[test]
fn json_leaves_standard_output_to_one_document_and_standard_error_to_events() {
    let world = World::new();
    world.write("broken.mp4", b"this is no film");
    world.render(
        "fine.mp4",
        &["-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=1"],
    );
    let run = world.run(["--json", "index", world.archive().to_str().unwrap()]);
    assert_eq!(run.code, 6, "{}", run.stderr);
    assert_eq!(run.json()["analysed"], 2);
    let events: Vec<Value> = run
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let failed = events
        .iter()
        .find(|event| event["event"] == "failed")
        .expect("a failed event");
    assert!(failed["path"].as_str().unwrap().ends_with("broken.mp4"));
    assert!(failed["hint"].is_string());
    let error = world.run(["--json", "show", "feedbeef"]);
    let event: Value = serde_json::from_str(error.stderr.trim()).unwrap();
    assert_eq!(
        (event["event"].as_str(), event["code"].as_str()),
        (Some("error"), Some("asset_unknown"))
    );
    assert!(error.stdout.is_empty());
}

#[test]
fn flags_have_environment_variables() {
    let world = World::new();
    world.render(
        "clip.mp4",
        &["-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=1"],
    );
    let output = world
        .command()
        .env("REELDEX_JSON", "true")
        .env("REELDEX_SHOTS", "keyframes")
        .args(["index", "--dry-run"])
        .arg(world.archive())
        .output()
        .unwrap();
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        plan["steps"][1]["version"]
            .as_str()
            .unwrap()
            .contains("depth=keyframes"),
        "{plan}"
    );
}

#[test]
fn answers_keep_to_their_schema() {
    let world = World::new();
    world.write(
        "talk.srt",
        b"1\n00:00:00,500 --> 00:00:02,000\nThe torch is lit.\n",
    );
    world.render("talk.wav", &["-f", "lavfi", "-i", "sine=duration=3"]);
    world.index();
    let answer = world.run(["--json", "search", "torch"]).json();
    assert_eq!(answer["moments"].as_array().unwrap().len(), 1);
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/search.schema.json");
    let mut schemas = boon::Schemas::new();
    let index = boon::Compiler::new().compile(schema, &mut schemas).unwrap();
    schemas
        .validate(&answer, index)
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn an_interrupt_leaves_a_library_that_goes_on() {
    let world = World::new();
    for number in 0..30 {
        let source = format!("testsrc2=s=640x360:r=25:d=20,hue=h={number}");
        world.render(
            &format!("{number}.mp4"),
            &["-f", "lavfi", "-i", &source, "-preset", "ultrafast"],
        );
    }
    let mut child = world
        .command()
        .args(["--json", "index", "--workers", "1"])
        .arg(world.archive())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut events = child.stderr.take().unwrap();
    let mut seen = Vec::new();
    let mut byte = [0; 1];
    // The first finished file shows that work is under way.
    while !String::from_utf8_lossy(&seen).contains("\"finished\"")
        && events.read(&mut byte).unwrap() == 1
    {
        seen.push(byte[0]);
    }
    let drained = std::thread::spawn(move || std::io::copy(&mut events, &mut std::io::sink()));
    let pid = rustix::process::Pid::from_raw(child.id() as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let asked = std::time::Instant::now();
    let status = child.wait().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(20));
    assert_eq!(status.code(), Some(5));
    drained.join().unwrap().unwrap();
    let report = world.index();
    assert!(report["unchanged"].as_u64().unwrap() >= 1, "{report}");
    let status = world.run(["--json", "status"]).json();
    assert_eq!(status["assets"], 30, "{status}");
    assert_eq!(status["failures"].as_array().unwrap().len(), 0, "{status}");
}

#[test]
fn doctor_downloads_nothing_and_says_how_to_get_models() {
    let world = World::new();
    let run = world.run(["doctor"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("reeldex models pull whisper-base"),
        "{}",
        run.stdout
    );
    assert!(!world.models().exists() && !world.library().exists());
}

#[test]
fn models_are_listed_with_their_licences() {
    let run = World::new().run(["--json", "models", "list"]);
    let list = run.json();
    let names: Vec<&str> = list["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["model"]["name"].as_str().unwrap())
        .collect();
    for name in [
        "clip-vit-b-32",
        "siglip2-b-32-256",
        "all-minilm-l6-v2",
        "multilingual-e5-small",
        "silero-vad",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(
        list["models"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| !row["model"]["licence"].as_str().unwrap().is_empty())
    );
    let packs = list["packs"].as_array().unwrap();
    assert!(packs.iter().any(|pack| pack["name"] == "balanced"));
}

#[test]
fn a_pack_that_is_not_installed_ends_with_3_and_an_unknown_one_with_2() {
    let world = World::new();
    world.write("talk.srt", b"1\n00:00:01,000 --> 00:00:02,000\nA word\n");
    let archive = world.archive();
    let index = |pack: &str| world.run(["index", "--models", pack, archive.to_str().unwrap()]);
    let run = index("fast");
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("reeldex models pull"), "{}", run.stderr);
    let run = index("fats");
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("balanced"), "{}", run.stderr);
}
