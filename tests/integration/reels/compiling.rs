//! What a wish makes of an archive.

use super::*;

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
