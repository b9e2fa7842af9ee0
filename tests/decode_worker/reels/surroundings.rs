//! Interruption and resumption, full disks, and sources that are damaged or gone.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use reeldex::fault::{Diagnose, ExitStatus};
use reeldex::reel::render::{Progress, Stage, Workshop, render};
use reeldex::reel::{PlaceState, ReelError};

use super::bench_films::*;

fn bench() -> Bench {
    let mut bench = Bench::new((25, 1));
    let film = bench.film(
        "film.mp4",
        &format!(
            "-f lavfi -i {} -f lavfi -i sine=440:r=48000:d=30 -c:v libx264 -preset ultrafast -c:a aac",
            numbered("25", 30)
        ),
    );
    let asset = bench.video(&film, (25, 1), 750);
    for start in [10, 100, 200, 300] {
        bench.pick(asset, start..start + 50);
    }
    bench
}

fn shown() -> Vec<i64> {
    [10, 100, 200, 300]
        .into_iter()
        .flat_map(|start| start..start + 50)
        .collect()
}

/// Files of a folder that are not whole.
fn drafts(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".draft"))
        .count()
}

#[test]
fn what_was_rendered_before_an_interruption_is_not_rendered_again() {
    let bench = bench();
    let path = bench.path("reel.mp4");
    let workshop = Workshop {
        workers: 1,
        ..bench.workshop()
    };
    let is_cancelled = AtomicBool::new(false);
    let mut seen: Vec<Progress> = Vec::new();
    let stopped = render(
        &bench.reel,
        &bench.whereabouts,
        &bench.settings,
        &path,
        &workshop,
        &mut |progress| {
            seen.push(progress);
            is_cancelled.store(progress.done_parts == 2, Ordering::Relaxed);
        },
        &|| is_cancelled.load(Ordering::Relaxed),
    );
    let error = stopped.unwrap_err();
    assert!(
        matches!(error, ReelError::Interrupted { done: 2, parts: 4 }),
        "{error}"
    );
    assert_eq!(error.exit_status(), ExitStatus::Interrupted);
    assert!(!path.exists());
    assert_eq!(
        drafts(&bench.path("parts")) + drafts(&bench.path("")),
        0,
        "nothing half is left"
    );
    assert_eq!(seen[0].pictures, 200);
    // What a killed program left goes away; what belongs to others stays.
    let mut gone = Command::new("true").spawn().unwrap();
    let process = gone.id();
    gone.wait().unwrap();
    let orphan = bench.path(&format!(".reel.mp4.{process}-0.draft"));
    let other = bench.path(&format!(".reel.mp4.{}-999.draft", std::process::id()));
    fs::write(&orphan, "half").unwrap();
    fs::write(&other, "half").unwrap();

    let mut seen: Vec<Progress> = Vec::new();
    let rendered = render(
        &bench.reel,
        &bench.whereabouts,
        &bench.settings,
        &path,
        &workshop,
        &mut |progress| seen.push(progress),
        &|| false,
    )
    .unwrap();
    assert!(!orphan.exists() && other.exists());
    assert_eq!((rendered.parts, rendered.parts_kept), (4, 2));
    assert_eq!(seen[0].done_pictures, 100, "progress begins where it was");
    let rising = |stage| {
        let of = seen.iter().filter(|progress| progress.stage == stage);
        of.map(|progress| progress.done_pictures)
            .collect::<Vec<_>>()
    };
    assert!(rising(Stage::Rendering).is_sorted() && rising(Stage::Joining).is_sorted());
    assert_eq!(seen.last().unwrap().done_pictures, 200);
    assert_eq!(numbers(&path), shown());
}

#[test]
fn a_changed_reel_costs_its_changes_alone() {
    let mut bench = bench();
    bench.render("reel.mp4");
    bench.reel.revisions[0].picks.swap(0, 3);
    bench.reel.revisions[0].picks[1].out_frame -= 10;
    let (path, rendered) = bench.render("reel.mp4");
    assert_eq!((rendered.parts, rendered.parts_kept), (4, 3));
    let picks = bench.reel.picks();
    let wanted: Vec<i64> = picks
        .iter()
        .flat_map(|pick| pick.in_frame..pick.out_frame)
        .collect();
    assert_eq!(numbers(&path), wanted);
    // A part that was cut short is no part.
    let part = fs::read_dir(bench.path("parts")).unwrap().flatten();
    let part = part
        .map(|entry| entry.path())
        .find(|path| path.extension().unwrap() == "part")
        .unwrap();
    fs::write(part.with_extension("json"), "{").unwrap();
    let (path, rendered) = bench.render("reel.mp4");
    assert!(rendered.parts_kept >= 3);
    assert_eq!(numbers(&path), wanted);
}

#[test]
fn a_full_disk_leaves_no_half_file_and_what_was_there_before() {
    let bench = bench();
    let small = bench.path("small");
    fs::create_dir(&small).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=128k", "tmpfs"])
        .arg(&small)
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no file system can be mounted here");
        return;
    }
    let target = small.join("reel.mp4");
    fs::write(&target, "what was there before").unwrap();
    let joined = bench.try_render(&target);
    let kept = fs::read(&target).unwrap();
    let left = drafts(&small);
    let workshop = Workshop {
        folder: small.join("parts"),
        ..bench.workshop()
    };
    let elsewhere = bench.path("other.mp4");
    let parted = render(
        &bench.reel,
        &bench.whereabouts,
        &bench.settings,
        &elsewhere,
        &workshop,
        &mut |_| {},
        &|| false,
    );
    let parts_left = drafts(&small.join("parts"));
    let unmounted = Command::new("umount").arg(&small).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    for error in [joined.unwrap_err(), parted.unwrap_err()] {
        assert_eq!(error.code(), "reel_file");
        let chain = reeldex::fault::message_chain(&error);
        assert!(chain.contains("No space left"), "{chain}");
    }
    assert_eq!(kept, b"what was there before");
    assert_eq!((left, parts_left), (0, 0));
    assert!(!elsewhere.exists());
    let (path, rendered) = bench.render("reel.mp4");
    assert_eq!(
        rendered.parts_kept, 4,
        "with room, only the joining is left to do"
    );
    assert_eq!(numbers(&path), shown());
}

#[test]
fn a_broken_stretch_is_held_over_and_told_and_all_else_is_shown() {
    let mut bench = Bench::new((25, 1));
    let film = bench.film(
        "film.ts",
        &format!(
            "-f lavfi -i {} -f lavfi -i sine=440:r=48000:d=12 -c:v libx264 -preset ultrafast -g 25 -c:a mp2",
            numbered("25", 12)
        ),
    );
    let mut bytes = fs::read(&film).unwrap();
    let (from, to) = (bytes.len() * 45 / 100, bytes.len() * 55 / 100);
    bytes[from..to].fill(0);
    let broken = bench.path("broken.ts");
    fs::write(&broken, bytes).unwrap();
    let asset = bench.video(&broken, (25, 1), 300);
    bench.pick(asset, 50..250);
    let (path, rendered) = bench.render("reel.mp4");
    let found = numbers(&path);
    assert_eq!(found.len(), 200);
    assert_eq!(rendered.samples, 200 * 1920);
    assert_eq!(found[..50], (50..100).collect::<Vec<_>>(), "before it");
    assert_eq!(
        found[150..],
        (200..250).collect::<Vec<_>>(),
        "and after it, in step"
    );
    assert!(!rendered.warnings.is_empty());
    assert!(
        rendered.warnings[0].contains("pick 1 (`broken.ts`)"),
        "{:?}",
        rendered.warnings
    );
    // The source may be whole by now, so nothing of it is taken from before.
    let (_, again) = bench.render("again.mp4");
    assert!(again.parts_kept < again.parts);
}

#[test]
fn a_source_that_is_no_film_any_more_is_black_and_one_that_is_gone_is_refused() {
    let mut bench = bench();
    let rubbish = bench.path("rubbish.mp4");
    fs::write(&rubbish, vec![7; 5000]).unwrap();
    let asset = bench.video(&rubbish, (25, 1), 100);
    bench.pick(asset, 0..25);
    let (path, rendered) = bench.render("reel.mp4");
    assert_eq!(rendered.pictures, 225);
    assert!(
        rendered
            .warnings
            .iter()
            .any(|warning| warning.contains("rubbish.mp4"))
    );
    assert!(grey(&path, 16, 9)[210].iter().all(|value| *value < 20));
    // Beyond the end the last frame is held.
    let film = *bench.reel.sources.keys().find(|id| **id != asset).unwrap();
    bench.reel.revisions[0].picks.clear();
    bench.pick(film, 740..770);
    let (path, rendered) = bench.render("beyond.mp4");
    assert_eq!(numbers(&path)[..10], (740..750).collect::<Vec<_>>());
    assert_eq!(numbers(&path)[20..], [749; 10]);
    assert_eq!(rendered.warnings.len(), 1, "{:?}", rendered.warnings);
    bench.whereabouts.places.get_mut(&film).unwrap().state = PlaceState::Missing;
    let error = bench.try_render(&bench.path("gone.mp4")).unwrap_err();
    assert_eq!(error.code(), "reel_source");
    assert!(!bench.path("gone.mp4").exists());
}
