//! `reeldex reel` on a small drawn archive: compiling, changing, bringing up to date, handing over.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

use crate::program::{Run, World};

/// A name that has to be quoted nearly everywhere.
const FINAL: &str = "Größe \"A\" & 'B' <final>.mp4";

/// A film of three shots of 8 s, calm but for 4 s of noise from `loud` on.
fn film(world: &World, name: &str, hue: u32, loud: u32) -> PathBuf {
    let shot = |source: &str| format!("{source}=s=320x240:r=25:d=8,hue=h={hue},format=yuv420p");
    let [one, two, three] = ["testsrc2", "rgbtestsrc", "testsrc"].map(shot);
    let sound = format!(
        "aevalsrc=0.02*sin(440*2*PI*t)+if(between(t\\,{loud}\\,{})\\,0.7*(random(0)-0.5)\\,0):d=24:s=48000",
        loud + 4
    );
    world.render(
        name,
        &[
            "-f",
            "lavfi",
            "-i",
            &one,
            "-f",
            "lavfi",
            "-i",
            &two,
            "-f",
            "lavfi",
            "-i",
            &three,
            "-f",
            "lavfi",
            "-i",
            &sound,
            "-filter_complex",
            "[0:v][1:v][2:v]concat=n=3[v]",
            "-map",
            "[v]",
            "-map",
            "3:a",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-c:a",
            "aac",
            "-timecode",
            "10:00:00:00",
        ],
    )
}

/// The archive, drawn once; each test indexes a copy.
fn archive() -> &'static World {
    static ARCHIVE: OnceLock<World> = OnceLock::new();
    ARCHIVE.get_or_init(|| {
        let world = World::new();
        film(&world, FINAL, 0, 9);
        film(&world, "heats/heat 1.mp4", 90, 17);
        film(&world, "heats/heat 2.mp4", 200, 2);
        world.write(
            "Größe \"A\" & 'B' <final>.srt",
            b"1\n00:00:09,000 --> 00:00:12,600\nWhat a knockout in the last round\n\n2\n00:00:18,000 --> 00:00:20,000\nThe crowd goes home\n",
        );
        world
    })
}

fn world() -> World {
    let world = World::new();
    let mut copy = Command::new("cp");
    copy.arg("-rT")
        .arg(archive().archive())
        .arg(world.archive());
    assert!(copy.status().unwrap().success());
    let report = world.index();
    assert_eq!(report["analysed"], 3, "{report}");
    world
}

fn done(world: &World, arguments: &[&str]) -> Value {
    let run = world.run(["--json", "reel"].iter().chain(arguments));
    assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    run.json()
}

fn refused(world: &World, arguments: &[&str], code: i32, name: &str) -> Run {
    let run = world.run(["--json", "reel"].iter().chain(arguments));
    assert_eq!(
        run.code, code,
        "{arguments:?}: {}{}",
        run.stdout, run.stderr
    );
    assert!(
        run.stderr.contains(&format!("\"code\":\"{name}\"")),
        "{arguments:?}: {}",
        run.stderr
    );
    run
}

fn picks(told: &Value) -> Vec<Value> {
    let reel = &told["reel"];
    let current = reel["current"].as_u64().unwrap() as usize;
    reel["revisions"][current]["picks"]
        .as_array()
        .unwrap()
        .clone()
}

fn ids(told: &Value) -> Vec<u64> {
    picks(told)
        .iter()
        .map(|pick| pick["id"].as_u64().unwrap())
        .collect()
}

fn notes(told: &Value) -> String {
    let reel = &told["reel"];
    let current = reel["current"].as_u64().unwrap() as usize;
    reel["revisions"][current]["notes"].to_string()
}

/// Where a pick lies in its source, in milliseconds at 25 frames a second.
fn millis(pick: &Value) -> (i64, i64) {
    let frame = |name: &str| pick[name].as_i64().unwrap() * 40;
    (frame("in_frame"), frame("out_frame"))
}

fn source_of<'a>(told: &'a Value, pick: &Value) -> &'a str {
    let id = pick["asset_id"].as_str().unwrap();
    told["reel"]["sources"][id]["name"].as_str().unwrap()
}

#[test]
fn a_reel_of_the_best_shows_what_is_loud_and_is_no_longer_than_asked() {
    let world = world();
    let told = done(
        &world,
        &[
            "new",
            "--length",
            "12s",
            "--name",
            "best",
            "--longest",
            "5s",
        ],
    );
    let shown = picks(&told);
    assert!(told["length_millis"].as_i64().unwrap() <= 12_000);
    let loud = [(FINAL, 9000), ("heat 1.mp4", 17_000), ("heat 2.mp4", 2000)];
    let heard = loud.iter().filter(|(name, start)| {
        shown.iter().any(|pick| {
            let (from, to) = millis(pick);
            source_of(&told, pick) == *name && from < start + 4000 && to > *start
        })
    });
    assert!(heard.count() >= 2, "{shown:#?}");
    for pick in &shown {
        assert!(
            (2000..=5000).contains(&(millis(pick).1 - millis(pick).0)),
            "{pick}"
        );
        assert!(!pick["reason"]["text"].as_str().unwrap().is_empty());
        assert!(
            !pick["reason"]["signals"].as_array().unwrap().is_empty(),
            "{pick}"
        );
    }
    let again = done(
        &world,
        &[
            "new",
            "--length",
            "12s",
            "--name",
            "again",
            "--longest",
            "5s",
        ],
    );
    assert_eq!(picks(&again), shown, "the same wish, the same reel");
    let run = world.run(["reel", "explain", "best"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("excitement") && run.stdout.contains('█'),
        "{}",
        run.stdout
    );
    let run = world.run(["reel", "list"]);
    assert!(
        run.stdout.contains("best") && run.stdout.contains("again"),
        "{}",
        run.stdout
    );
    refused(
        &world,
        &["new", "--length", "12s", "--name", "best"],
        2,
        "reel_exists",
    );
}

#[test]
fn a_query_is_shown_whole_and_says_why() {
    let world = world();
    let told = done(&world, &["new", "knockout", "round", "--length", "20s"]);
    let shown = picks(&told);
    assert_eq!(shown.len(), 1, "{shown:#?}");
    let (from, to) = millis(&shown[0]);
    assert!(
        from <= 9000 && to >= 12_600,
        "no word of the line is lost: {from} – {to}"
    );
    assert_eq!(source_of(&told, &shown[0]), FINAL);
    assert!(
        shown[0]["name"].as_str().unwrap().contains("knockout"),
        "{}",
        shown[0]
    );
    assert_eq!(shown[0]["reason"]["query"], "knockout round");
    assert!(
        shown[0]["reason"]["evidence"][0]["text"]
            .as_str()
            .unwrap()
            .contains("knockout")
    );
    assert!(
        notes(&told).contains("seconds are filled"),
        "{}",
        notes(&told)
    );
    assert_eq!(told["name"], "knockout round");
    let run = refused(
        &world,
        &["new", "zeppelins", "--length", "10s", "--name", "none"],
        2,
        "no_material",
    );
    assert!(run.stderr.contains("hint"), "{}", run.stderr);
    refused(&world, &["show", "none"], 2, "no_reel");
}

#[test]
fn sections_given_and_forbidden_stretches_are_as_asked() {
    let world = world();
    let path = |name: &str| world.archive().join(name).to_str().unwrap().to_owned();
    let must = format!("{}@4-6.5", path("heats/heat 2.mp4"));
    let never = format!("{}@8-14", path(FINAL));
    let told = done(
        &world,
        &[
            "new",
            "--length",
            "20s",
            "--section",
            "opening:1=crowd goes home",
            "--section",
            "action",
            "--must-have",
            &must,
            "--must-not",
            &never,
        ],
    );
    let shown = picks(&told);
    assert_eq!(shown[0]["section"], "opening", "{shown:#?}");
    assert_eq!(
        shown
            .iter()
            .filter(|pick| pick["section"] == "opening")
            .count(),
        1
    );
    let has_must = shown.iter().any(|pick| {
        let (from, to) = millis(pick);
        source_of(&told, pick) == "heat 2.mp4" && from <= 4000 && to >= 6480
    });
    assert!(has_must, "{shown:#?}");
    for pick in &shown {
        let (from, to) = millis(pick);
        assert!(
            source_of(&told, pick) != FINAL || to <= 8000 || from >= 14_000,
            "{pick}"
        );
    }
    let given = [
        format!("{}@20-23", path("heats/heat 1.mp4")),
        format!("{}@1-4", path(FINAL)),
    ];
    let told = done(
        &world,
        &[
            "new", "--length", "20s", "--order", "given", "--given", &given[0], "--given",
            &given[1],
        ],
    );
    let names: Vec<&str> = picks(&told)
        .iter()
        .map(|pick| source_of(&told, pick))
        .collect();
    assert_eq!(names, ["heat 1.mp4", FINAL]);
    let both = [
        "new",
        "--length",
        "20s",
        "--must-have",
        &must,
        "--must-not",
        &must,
    ];
    refused(&world, &both, 2, "reel_wish");
    let beyond = format!("{}@20-90", path(FINAL));
    refused(
        &world,
        &["new", "--length", "2m", "--must-have", &beyond],
        2,
        "reel_wish",
    );
    let long = ["new", "--length", "2s", "--must-have", &must];
    refused(&world, &long, 2, "reel_wish");
}

#[test]
fn edits_are_kept_and_taken_back() {
    let world = world();
    let first = done(
        &world,
        &["new", "--length", "15s", "--longest", "4s", "--name", "r"],
    );
    let numbers = ids(&first);
    assert!(numbers.len() >= 3, "{first}");
    let last = numbers.last().unwrap().to_string();
    let moved = done(&world, &["move", "r", &last, "1"]);
    assert_eq!(ids(&moved)[0].to_string(), last);
    let trimmed = done(&world, &["trim", "r", &last, "--in", "+5", "--out", "-10"]);
    let frames = |told: &Value, name: &str| picks(told)[0][name].as_i64().unwrap();
    assert_eq!(frames(&trimmed, "in_frame"), frames(&moved, "in_frame") + 5);
    assert_eq!(
        frames(&trimmed, "out_frame"),
        frames(&moved, "out_frame") - 10
    );
    let timecode = picks(&trimmed)[0]["in_timecode"]
        .as_str()
        .unwrap()
        .to_owned();
    let same = done(&world, &["trim", "r", &last, "--in", &timecode]);
    assert_eq!(
        frames(&same, "in_frame"),
        frames(&trimmed, "in_frame"),
        "{timecode}"
    );
    done(&world, &["dissolve", "r", &last, "400ms"]);
    done(&world, &["slow", "r", &last, "2"]);
    done(&world, &["letter", "r", &last, "Jürgen \"K.O.\" O'Neil"]);
    let renamed = done(&world, &["rename", "r", "Die Größten"]);
    assert_eq!(renamed["reel"]["title"], "Die Größten");
    let pick = &picks(&renamed)[0];
    assert_eq!(pick["dissolve_frames"], 10);
    assert_eq!(pick["slow_motion"]["factor"], 2);
    assert_eq!(pick["lower_third"], "Jürgen \"K.O.\" O'Neil");
    refused(&world, &["drop", "r", "99"], 2, "reel_edit");
    refused(
        &world,
        &["trim", "r", &last, "--out", "100000"],
        2,
        "reel_edit",
    );
    refused(&world, &["trim", "r", &last], 2, "reel_edit");
    let states = done(&world, &["history", "r"]).as_array().unwrap().len();
    let mut now = renamed;
    for _ in 1..states {
        now = done(&world, &["undo", "r"]);
    }
    assert_eq!(picks(&now), picks(&first));
    refused(&world, &["undo", "r"], 2, "reel_edit");
    assert_eq!(ids(&done(&world, &["redo", "r"])), ids(&moved));
    let replaced = done(&world, &["replace", "r", &numbers[0].to_string()]);
    assert!(!ids(&replaced).contains(&numbers[0]), "{replaced}");
    assert_eq!(ids(&replaced).len(), numbers.len());
}

#[test]
fn new_material_comes_with_an_update_and_locks_and_drops_hold() {
    let world = world();
    let first = done(
        &world,
        &["new", "--length", "10s", "--longest", "4s", "--name", "r"],
    );
    let numbers = ids(&first);
    let (locked, dropped) = (numbers[0].to_string(), numbers[1].to_string());
    assert!(
        done(&world, &["update", "r"])["diff"]["added"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    done(&world, &["lock", "r", &locked]);
    let gone = picks(&first)[1].clone();
    done(&world, &["drop", "r", &dropped]);
    film(&world, "a new one.mp4", 300, 6);
    world.index();
    let before = fs::read(world.library().join("reels/r.reel.json")).unwrap();
    let shown = done(&world, &["update", "r"]);
    assert_eq!(shown["is_written"], false);
    assert_eq!(
        fs::read(world.library().join("reels/r.reel.json")).unwrap(),
        before
    );
    let applied = done(&world, &["update", "r", "--apply"]);
    let now = picks(&applied);
    assert_eq!(applied["diff"], shown["diff"]);
    assert!(
        !applied["diff"]["added"].as_array().unwrap().is_empty(),
        "{applied}"
    );
    assert_eq!(now[0]["id"].to_string(), locked);
    assert_eq!(millis(&now[0]), millis(&picks(&first)[0]));
    assert!(
        now.iter()
            .any(|pick| source_of(&applied, pick) == "a new one.mp4"),
        "{now:#?}"
    );
    for pick in &now {
        let is_gone = pick["asset_id"] == gone["asset_id"]
            && millis(pick).0 < millis(&gone).1
            && millis(&gone).0 < millis(pick).1;
        assert!(!is_gone, "what was dropped came back: {pick}");
    }
    assert!(applied["length_millis"].as_i64().unwrap() <= 10_000);
    assert!(
        done(&world, &["update", "r"])["diff"]["added"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let undone = done(&world, &["undo", "r"]);
    assert_eq!(ids(&undone).len(), numbers.len() - 1);
}

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

#[test]
fn a_manifest_edited_into_nonsense_hides_no_other_and_is_left_alone() {
    let world = world();
    done(&world, &["new", "--length", "6s", "--name", "good"]);
    let good = fs::read_to_string(world.library().join("reels/good.reel.json")).unwrap();
    let bad = world.library().join("reels/bad.reel.json");
    for nonsense in [
        "".to_owned(),
        "{}".to_owned(),
        good.replacen("\"current\": 0", "\"current\": 7", 1),
        good.replacen("\"format_version\": 1", "\"format_version\": 99", 1),
        good.replacen("\"id\": 1", "\"id\": -1", 1),
    ] {
        fs::write(&bad, &nonsense).unwrap();
        for arguments in [
            &["show", "bad"][..],
            &["undo", "bad"],
            &["update", "bad"],
            &["export", "bad", "--as", "edl"],
        ] {
            refused(&world, arguments, 2, "not_a_reel");
        }
        assert_eq!(fs::read_to_string(&bad).unwrap(), nonsense);
        let run = world.run(["reel", "list"]);
        assert_eq!(run.code, 6, "{}", run.stdout);
        assert!(run.stdout.contains("good") && run.stderr.contains("bad.reel.json"));
    }
    for wrong in [
        &["new", "--length", "0s"][..],
        &["new", "--length", "5"],
        &[
            "new",
            "--length",
            "5s",
            "--shortest",
            "9s",
            "--longest",
            "8s",
        ],
        &["new", "--length", "5s", "--diversity", "7"],
        &["new", "--length", "5s", "--rate", "0"],
        &["new", "--length", "5s", "--section", "a", "--section", "a"],
        &["new", "seen:", "--length", "5s"],
        &["show", "../good"],
    ] {
        let run = world.run(["reel"].iter().chain(wrong));
        assert_eq!(run.code, 2, "{wrong:?}: {}{}", run.stdout, run.stderr);
    }
}
