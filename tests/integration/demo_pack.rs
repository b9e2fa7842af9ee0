//! The demonstration pack: installed from the program, told as what it is, and good enough for the demo world.

use crate::program::World;

/// A world with the pack installed.
fn with_pack() -> World {
    let world = World::new();
    let run = world.run(["models", "pull", "demo"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    world
}

#[test]
fn the_pack_reaches_its_figures_on_what_it_never_saw() {
    let world = with_pack();
    let run = world.run([
        "--json",
        "eval",
        "--models=demo",
        "--groups=1",
        "--sentences=25",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let figures = run.json();
    eprintln!("{figures:#}");
    let number = |pointer: &str| figures.pointer(pointer).unwrap().as_f64().unwrap();
    assert!(number("/pictures/recall_at_1") >= 0.60);
    assert!(number("/pictures/recall_at_5") >= 0.90);
    for language in ["0", "1"] {
        let rate = |name: &str| number(&format!("/speech/languages/{language}/{name}"));
        assert!(rate("word_error_rate") <= 0.08);
        assert!(rate("word_error_rate_strange_voice") <= 0.15);
    }
    let asked = number("/speech/languages_asked");
    assert!(number("/speech/languages_right") >= 0.95 * asked);
    assert_eq!(number("/speech/wordless_clips_with_words"), 0.0);
}

#[test]
fn a_calibration_is_fitted_anew_and_kept_with_the_model() {
    let world = with_pack();
    let run = world.run([
        "--json",
        "eval",
        "--models=demo",
        "--calibrate",
        "--groups=1",
        "--seed=77",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let models = run.json();
    let (name, fitted) = models.as_object().unwrap().iter().next().unwrap();
    assert!(name.starts_with("clip-demo@"), "{name}");
    let number = |pointer: &str| fitted.pointer(pointer).unwrap().as_f64().unwrap();
    // Another seed draws other scenes, so the figures come near those of the catalogue.
    assert!(
        (number("/description/fair") - 0.48).abs() < 0.06,
        "{fitted}"
    );
    assert!(
        number("/description/fair") < number("/description/strong"),
        "{fitted}"
    );
    assert!(number("/description/fitting_found") > 0.7, "{fitted}");
    let record = std::fs::read_to_string(world.models().join("clip-demo/installed.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["entry"]["calibration"], *fitted);
    assert_eq!(world.run(["models", "verify", "clip-demo"]).code, 0);
}

#[test]
fn what_only_demonstrates_is_told_and_never_taken_unasked() {
    let world = with_pack();
    let run = world.run(["eval", "--groups=1"]);
    assert_eq!(
        run.code, 3,
        "nothing is chosen unless named: {}",
        run.stderr
    );
    let clip = world.archive().join("a.txt");
    std::fs::write(&clip, "no media").unwrap();
    let index = |arguments: &[&str]| {
        let archive = world.archive();
        let run = world.run(
            ["--json", "index"]
                .into_iter()
                .chain(arguments.iter().copied())
                .chain([archive.to_str().unwrap()]),
        );
        run.json()["notes"].to_string()
    };
    assert!(!index(&[]).contains("demonstration"));
    let notes = index(&["--models=demo"]);
    assert!(
        notes.contains("clip-demo and whisper-demo: for demonstration only"),
        "{notes}"
    );
    assert!(notes.contains("models pull balanced"), "{notes}");
}
