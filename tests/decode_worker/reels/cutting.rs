//! Which frame of which source is shown at each place of the reel.

use std::process::Command;

use super::bench_films::*;

const LONG_GOP: &str = "-c:v libx264 -preset ultrafast -x264-params keyint=250:min-keyint=250:scenecut=0:bframes=3:b-pyramid=normal";
const OPEN_GOP: &str = "-c:v libx264 -preset fast -x264-params keyint=30:min-keyint=30:scenecut=0:bframes=3:open-gop=1";

#[test]
fn every_place_of_the_reel_shows_the_very_frame_of_its_source() {
    let mut bench = Bench::new((25, 1));
    let drawn = numbered("25", 12);
    let long = bench.film(
        "long.mp4",
        &format!("-f lavfi -i {drawn} -f lavfi -i sine=440:r=48000:d=12 {LONG_GOP} -c:a aac"),
    );
    let open = bench.film("open.mkv", &format!("-f lavfi -i {drawn} {OPEN_GOP}"));
    let intra = bench.film(
        "intra.mov",
        &format!("-f lavfi -i {drawn} -c:v mjpeg -q:v 2"),
    );
    let long = bench.video(&long, (25, 1), 300);
    let open = bench.video(&open, (25, 1), 300);
    let intra = bench.video(&intra, (25, 1), 300);
    let cuts = [
        (long, 13..40),
        (open, 60..61),
        (open, 89..95),
        (open, 121..170),
        (intra, 0..7),
        (long, 251..300),
        (open, 31..33),
        (long, 0..3),
    ];
    for (asset, frames) in cuts.clone() {
        bench.pick(asset, frames);
    }
    let (path, rendered) = bench.render("reel.mp4");
    let wanted: Vec<i64> = cuts.into_iter().flat_map(|(_, frames)| frames).collect();
    assert_eq!(numbers(&path), wanted);
    assert_eq!(rendered.pictures, wanted.len() as i64);
    assert_eq!(rendered.warnings, Vec::<String>::new());
    let times = ffprobe(
        &path,
        "-select_streams v -show_entries packet=dts_time,pts_time",
    );
    let packets = times["packets"].as_array().unwrap();
    let decoded: Vec<f64> = packets
        .iter()
        .map(|packet| number(&packet["dts_time"]))
        .collect();
    assert!(decoded.is_sorted_by(|a, b| a < b), "decoding times rise");
    assert!(
        packets
            .iter()
            .all(|p| number(&p["dts_time"]) <= number(&p["pts_time"]))
    );
}

#[test]
fn sources_of_other_rates_show_the_frame_that_is_on_show_and_nothing_drifts() {
    let mut bench = Bench::new((30_000, 1001));
    let fast = bench.film(
        "fast.mp4",
        &format!(
            "-f lavfi -i {} -c:v libx264 -preset ultrafast",
            numbered("50", 10)
        ),
    );
    let film = bench.film(
        "film.mp4",
        &format!(
            "-f lavfi -i {} -c:v libx264 -preset ultrafast",
            numbered("24000/1001", 20)
        ),
    );
    let fast = bench.video(&fast, (50, 1), 500);
    let film = bench.video(&film, (24_000, 1001), 480);
    bench.pick(fast, 11..411);
    bench.pick(film, 5..405);
    let (path, rendered) = bench.render("reel.mp4");
    let count = |frames: i64, num: i64, den: i64| (2 * frames * num + den) / (2 * den);
    let fast_count = count(400, 30_000, 50 * 1001);
    let film_count = count(400, 30_000, 24_000);
    let fast_shown = (0..fast_count).map(|at| 11 + at * 1001 * 50 / 30_000);
    let film_shown = (0..film_count).map(|at| 5 + at * 24_000 / 30_000);
    let wanted: Vec<i64> = fast_shown.chain(film_shown).collect();
    assert_eq!(numbers(&path), wanted);
    // Samples of sound to the sample: 1601.6 a picture.
    let exact = (2 * (fast_count + film_count) * 48_000 * 1001 + 30_000) / 60_000;
    assert_eq!(rendered.samples, exact);
    let video = number(&stream(&path, "video")["duration"]);
    let audio = number(&stream(&path, "audio")["duration"]);
    assert!(
        (video - audio).abs() < 0.022,
        "{video} {audio}: within a packet of AAC"
    );
}

#[test]
fn unevenly_spaced_frames_are_shown_for_as_long_as_they_were() {
    let mut bench = Bench::new((25, 1));
    // Of each second, the first eight frames and then the twentieth alone.
    let film = bench.film(
        "uneven.mkv",
        &format!(
            "-f lavfi -i {} -vf select=lt(mod(n\\,25)\\,8)+eq(mod(n\\,25)\\,20) -vsync vfr -c:v libx264 -preset ultrafast -bf 2",
            numbered("25", 8)
        ),
    );
    let asset = bench.video(&film, (25, 1), 200);
    bench.reel.sources.get_mut(&asset).unwrap().is_variable_rate = true;
    bench.pick(asset, 30..120);
    let (path, rendered) = bench.render("reel.mp4");
    let shown = |frame: i64| match frame % 25 {
        0..8 => frame,
        held @ 8..20 => frame - held + 7,
        late => frame - late + 20,
    };
    assert_eq!(numbers(&path), (30..120).map(shown).collect::<Vec<_>>());
    assert_eq!(rendered.warnings, Vec::<String>::new());
}

#[test]
fn sound_stays_in_step_with_pictures_over_many_cuts() {
    let mut bench = Bench::new((30_000, 1001));
    // A white frame and a click every second.
    let film = bench.film(
        "clicks.mov",
        "-f lavfi -i color=black:s=640x360:r=30000/1001:d=20,geq=lum='if(eq(mod(N\\,30)\\,0)\\,235\\,16)':cb=128:cr=128 \
         -f lavfi -i aevalsrc='if(lt(mod(n\\,48048)\\,480)\\,0.5*sin(n)\\,0)':s=48000:d=20 \
         -c:v libx264 -preset ultrafast -c:a pcm_s16le -shortest",
    );
    let asset = bench.video(&film, (30_000, 1001), 590);
    for number in 0..20 {
        bench.pick(asset, number * 29 + 1..number * 29 + 30);
    }
    bench.settings.loudness = reeldex::reel::render::LoudnessTarget::Off;
    let (path, rendered) = bench.render("reel.mp4");
    assert_eq!(rendered.pictures, 580);
    let flashes: Vec<usize> = grey(&path, 16, 9)
        .iter()
        .enumerate()
        .filter(|(_, picture)| picture[72] > 128)
        .map(|(at, _)| at)
        .collect();
    assert!(flashes.len() >= 18, "{flashes:?}");
    let heard = samples(&path);
    let last = *flashes.last().unwrap();
    for at in [flashes[1], flashes[flashes.len() / 2], last] {
        let expected = (at as f64 * 48_000.0 * 1001.0 / 30_000.0).round() as usize;
        let window = &heard[expected - 4800..(expected + 4800).min(heard.len())];
        let onset = window.iter().position(|value| value.abs() > 0.15).unwrap();
        let off = onset as i64 - 4800;
        assert!(off.abs() < 96, "{off} samples off at picture {at}");
    }
}

#[test]
fn a_dissolve_melts_one_into_the_other_and_keeps_both_lengths() {
    let mut bench = Bench::new((25, 1));
    let dark = bench.film(
        "dark.mp4",
        "-f lavfi -i color=0x202020:s=640x360:r=25:d=4 -c:v libx264",
    );
    let light = bench.film(
        "light.mp4",
        "-f lavfi -i color=0xe0e0e0:s=640x360:r=25:d=4 -c:v libx264",
    );
    let dark = bench.video(&dark, (25, 1), 100);
    let light = bench.video(&light, (25, 1), 100);
    bench.pick(dark, 0..50);
    bench.pick(light, 10..60).dissolve_frames = 20;
    bench.pick(dark, 60..80);
    let (path, rendered) = bench.render("reel.mp4");
    assert_eq!(rendered.pictures, 100);
    let levels: Vec<u8> = grey(&path, 16, 9)
        .iter()
        .map(|picture| picture[72])
        .collect();
    assert_eq!(levels.len(), 100);
    let is_rising = levels[29..51].windows(2).all(|pair| pair[0] <= pair[1]);
    assert!(is_rising, "{:?}", &levels[29..51]);
    assert!(levels[29].abs_diff(0x20) < 6 && levels[51].abs_diff(0xe0) < 6);
    assert!(
        levels[40].abs_diff(0x80) < 14,
        "half-way it is both: {}",
        levels[40]
    );
    assert!(
        levels[79].abs_diff(0xe0) < 6 && levels[80].abs_diff(0x20) < 6,
        "a cut is a cut"
    );
}

#[test]
fn slow_motion_mixes_or_estimates_what_lies_between() {
    use reeldex::reel::{SlowMotion, Smoothing};

    let mut bench = Bench::new((25, 1));
    // Brightness rises by four a frame.
    let film = bench.film(
        "ramp.mp4",
        "-f lavfi -i color=black:s=640x360:r=25:d=2,geq=lum='20+4*N':cb=128:cr=128 -c:v libx264 -crf 5",
    );
    let asset = bench.video(&film, (25, 1), 50);
    bench.pick(asset, 5..25).slow_motion = Some(SlowMotion {
        factor: 4,
        smoothing: Smoothing::Blend,
    });
    bench.pick(asset, 30..40).slow_motion = Some(SlowMotion {
        factor: 2,
        smoothing: Smoothing::Interpolate,
    });
    let (path, rendered) = bench.render("reel.mp4");
    assert_eq!(rendered.pictures, 100);
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&path)
        .args("-vf scale=1:1:flags=area -pix_fmt yuv444p -f rawvideo -".split(' '))
        .output()
        .unwrap();
    let levels: Vec<u8> = output.stdout.chunks(3).map(|pixel| pixel[0]).collect();
    assert_eq!(levels.len(), 100);
    for (at, level) in levels[..76].iter().enumerate() {
        let wanted = 20 + 4 * 5 + at as i32;
        assert!(
            (i32::from(*level) - wanted).abs() <= 4,
            "{at}: {level} for {wanted}"
        );
    }
    let estimated = &levels[80..98];
    assert!(estimated.is_sorted(), "{estimated:?}");
    for (at, level) in estimated.iter().enumerate() {
        let wanted = 20 + 4 * 30 + 2 * at as i32;
        assert!(
            (i32::from(*level) - wanted).abs() <= 5,
            "{at}: {level} for {wanted}"
        );
    }
}
