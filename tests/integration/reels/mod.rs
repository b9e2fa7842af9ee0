//! `reeldex reel` on a small drawn archive: compiling, changing, bringing up to date, handing over.

mod changing;
mod compiling;
mod hand_over;

use std::{path::PathBuf, process::Command, sync::OnceLock};

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
