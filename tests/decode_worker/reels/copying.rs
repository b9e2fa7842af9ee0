//! Pictures that are copied between keyframes, and what can't be.

use std::process::Command;

use super::bench_films::*;

const ENCODED: &str = "-c:v libx264 -preset fast -crf 20 -x264-params keyint=25:min-keyint=25:scenecut=0:bframes=3 -c:a aac";

/// A hash of the content of each decoded picture.
fn hashes(path: &std::path::Path) -> Vec<String> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args("-map 0:v -vsync passthrough -f framemd5 -".split(' '))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit(',').next().unwrap().trim().to_owned())
        .collect()
}

#[test]
fn pictures_between_keyframes_are_copied_bit_by_bit_and_edges_are_encoded() {
    let mut bench = Bench::new((25, 1));
    let drawn = numbered("25", 12);
    let sound = "-f lavfi -i sine=440:r=48000:d=12";
    let one = bench.film("one.mp4", &format!("-f lavfi -i {drawn} {sound} {ENCODED}"));
    let two = bench.film("two.mkv", &format!("-f lavfi -i {drawn} {sound} {ENCODED}"));
    let source_hashes = hashes(&one);
    assert_eq!(source_hashes.len(), 300);
    let one = bench.video(&one, (25, 1), 300);
    let two = bench.video(&two, (25, 1), 300);
    bench.settings.copy = true;
    bench.pick(one, 13..90);
    bench.pick(two, 50..60);
    bench.pick(one, 101..110);
    bench.pick(two, 175..231);
    let (path, rendered) = bench.render("reel.mp4");
    let wanted: Vec<i64> = (13..90)
        .chain(50..60)
        .chain(101..110)
        .chain(175..231)
        .collect();
    assert_eq!(numbers(&path), wanted);
    let found = hashes(&path);
    let same = wanted
        .iter()
        .zip(&found)
        .filter(|(frame, hash)| source_hashes[**frame as usize] == **hash);
    let same = same.count() as i64;
    assert!(rendered.pictures_copied >= 62 + 6 + 53, "{rendered:?}");
    assert!(
        same >= rendered.pictures_copied,
        "{same} of {}",
        rendered.pictures_copied
    );
    assert!(
        rendered.pictures_copied < rendered.pictures,
        "edges are encoded"
    );
    assert_eq!(rendered.samples, wanted.len() as i64 * 1920);
    // Sought anywhere, the same picture is found: parameter sets of both kinds are told beforehand.
    for at in [5, 40, 80, 100, 140] {
        let output = Command::new("ffmpeg")
            .args([
                "-v",
                "error",
                "-ss",
                &format!("{:.2}", at as f64 / 25.0),
                "-i",
            ])
            .arg(&path)
            .args("-map 0:v -frames:v 1 -f framemd5 -".split(' '))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let hash = text
            .lines()
            .last()
            .unwrap()
            .rsplit(',')
            .next()
            .unwrap()
            .trim();
        assert_eq!(hash, found[at], "picture {at}");
    }
}

#[test]
fn what_can_not_be_copied_is_refused_with_the_reason() {
    let mut bench = Bench::new((25, 1));
    let drawn = numbered("25", 4);
    let one = bench.film("one.mp4", &format!("-f lavfi -i {drawn} {ENCODED}"));
    let other = bench.film(
        "other.mp4",
        &format!("-f lavfi -i {drawn} -c:v libx264 -preset ultrafast -g 25"),
    );
    let mpeg = bench.film(
        "old.mpg",
        &format!("-f lavfi -i {drawn} -c:v mpeg2video -q:v 2"),
    );
    let one = bench.video(&one, (25, 1), 100);
    let other = bench.video(&other, (25, 1), 100);
    let mpeg = bench.video(&mpeg, (25, 1), 100);
    bench.settings.copy = true;
    let refused = |bench: &Bench| {
        let path = bench.path("reel.mp4");
        let error = bench.try_render(&path).unwrap_err();
        assert!(!path.exists());
        error.to_string()
    };
    bench.pick(one, 0..50);
    bench.pick(other, 0..50);
    assert!(
        refused(&bench).contains("encoded otherwise"),
        "{}",
        refused(&bench)
    );
    bench.reel.revisions[0].picks.pop();
    bench.pick(mpeg, 0..50);
    assert!(refused(&bench).contains("not H.264"), "{}", refused(&bench));
    bench.reel.revisions[0].picks.pop();
    bench.pick(one, 60..90).dissolve_frames = 5;
    assert!(refused(&bench).contains("dissolve"));
    bench.reel.revisions[0].picks.pop();
    bench.reel.timeline.width = 1280;
    assert!(refused(&bench).contains("640x360 pixels"));
    bench.settings.slates = true;
    assert!(refused(&bench).contains("slates"));
}
