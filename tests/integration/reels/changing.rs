//! Reels changed by hand, by updates, and into nonsense.

use std::fs;

use super::*;

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
            "4s",
            "--longest",
            "3s",
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
