//! What a person says of an asset on the command line is found, and outlives what indexing says.

use std::fs;

use crate::program::World;

#[test]
fn a_correction_is_found_kept_through_indexing_and_taken_back() {
    let world = World::with_good_clip();
    world.index();
    let run = world.run([
        "correct",
        "--author",
        "Anna",
        world.archive().join("good.mp4").to_str().unwrap(),
        "--at",
        "0.5",
        "--line",
        "every zebra is striped",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout
            .contains("not “all is well” but “every zebra is striped”"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("search by meaning follows"),
        "{}",
        run.stderr
    );
    let good = world.archive().join("good.mp4");
    let good = good.to_str().unwrap();
    for arguments in [
        ["--tag", "+podium"],
        ["--tag", "-podium"],
        ["--tag", "+mountain"],
        ["--name", "Safari"],
    ] {
        let run = world.run(
            ["correct", good, "--at", "0.5"]
                .into_iter()
                .chain(arguments),
        );
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let assert_corrected = |when: &str| {
        assert_eq!(world.found(&["zebra"]), ["good.mp4"], "{when}");
        assert!(world.found(&["all is well"]).is_empty(), "{when}");
        assert_eq!(world.found(&["Safari"]), ["good.mp4"], "{when}");
        assert_eq!(
            world.found(&["good", "--tag", "mountain"]),
            ["good.mp4"],
            "{when}"
        );
        assert!(
            world.found(&["good", "--tag", "podium"]).is_empty(),
            "{when}"
        );
    };
    assert_corrected("at once");
    // Every step runs again: on another shot depth, and on subtitles that came anew.
    world.write(
        "good.srt",
        b"1\n00:00:00,100 --> 00:00:00,900\nall is well\n",
    );
    let run = world.run([
        "index",
        "--shots",
        "full",
        world.archive().to_str().unwrap(),
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_corrected("indexed again");
    fs::remove_dir_all(world.library().join("text")).unwrap();
    assert_eq!(world.run(["reindex"]).code, 0);
    assert_corrected("reindexed");
    let shown = world.run(["show", good]).stdout;
    assert!(
        shown.contains("“every zebra is striped” (said by Anna)"),
        "{shown}"
    );
    let listed = world.run(["--json", "correct", good]).json();
    assert_eq!(listed.as_array().unwrap().len(), 5, "{listed}");
    for correction in listed.as_array().unwrap() {
        let id = correction["id"].to_string();
        assert_eq!(world.run(["correct", good, "--undo", &id]).code, 0);
    }
    world.assert_good_clip_is_found();
    assert!(world.found(&["zebra"]).is_empty());
}

#[test]
fn a_correction_that_fits_nothing_says_what_to_do() {
    let world = World::with_good_clip();
    let missing = world.run(["correct", "x", "--name", "Safari"]);
    assert_eq!(missing.code, 2, "{}", missing.stderr);
    assert!(!world.library().exists());
    world.index();
    let good = world.archive().join("good.mp4");
    let good = good.to_str().unwrap();
    let wrong: [&[&str]; 4] = [
        &["--tag", "-podium"],
        &["--at", "1.9", "--line", "x"],
        &["--undo", "7"],
        &["--line", "without a time"],
    ];
    for arguments in wrong {
        let run = world.run(["correct", good].iter().chain(arguments));
        assert_eq!(run.code, 2, "{arguments:?} {}", run.stderr);
    }
    let run = world.run(["correct", good, "--tag", "-podium"]);
    assert!(
        run.stderr.contains("no tag there says `podium`"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("hint: "), "{}", run.stderr);
}
