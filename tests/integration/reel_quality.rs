//! Reels show what was worth showing, on a small generated world that nothing was tuned on.

use std::ffi::OsStr;

use serde_json::Value;

use crate::program::World;

#[test]
fn a_reel_of_a_generated_world_lies_in_its_highlights() {
    let world = World::new();
    let run = world.run(["models", "pull", "demo"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let folder = world.library().with_file_name("worlds");
    let run = world.run([
        OsStr::new("--json"),
        OsStr::new("eval"),
        OsStr::new("--reels"),
        folder.as_os_str(),
        OsStr::new("--models=demo"),
        OsStr::new("--seed=31"),
        OsStr::new("--worlds=1"),
        OsStr::new("--minutes=3.2"),
        OsStr::new("--varied=24"),
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let figures = run.json();
    eprintln!("{figures:#}");
    let number = |pointer: &str| -> f64 {
        let found = figures.pointer(pointer).and_then(Value::as_f64);
        found.unwrap_or_else(|| panic!("{pointer} in {figures}"))
    };
    let share = |way: &str| {
        number(&format!("/{way}/highlight_millis")) / number(&format!("/{way}/shown_millis"))
    };
    // So small a world has less than a minute of highlights in all, so a reel can't lie in them alone.
    assert!(share("compiled") > 2.0 * share("best_answers"));
    assert!(share("of_events") > 0.4);
    for way in ["/compiled/cuts", "/of_events/cuts"] {
        assert!(number(&format!("{way}/picks")) > 0.0);
        assert_eq!(number(&format!("{way}/near_identical")), 0.0, "{way}");
    }
    assert!(number("/varied/picks") > 0.0);
}
