//! Loudness of reels, sources without sound, and what is heard at cuts.

use std::path::Path;
use std::process::Command;

use reeldex::reel::render::LoudnessTarget;
use reeldex::reel::{SlowMotion, Smoothing, SourceKind};

use super::bench_films::*;

/// Integrated loudness and true peak as FFmpeg's own filter measures them.
fn loudness(path: &Path) -> (f64, f64) {
    let output = Command::new("ffmpeg")
        .args(["-nostats", "-i"])
        .arg(path)
        .args("-filter_complex ebur128=peak=true -f null -".split(' '))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let summary = said.rsplit_once("Summary:").unwrap().1.to_owned();
    let value = |name: &str| -> f64 {
        let (_, rest) = summary.split_once(name).unwrap();
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    (value("I:"), value("Peak:"))
}

#[test]
fn reels_are_brought_to_the_loudness_that_is_asked_for_and_peaks_are_limited() {
    let mut bench = Bench::new((25, 1));
    let quiet = bench.film(
        "quiet.mp4",
        "-f lavfi -i color=gray:s=640x360:r=25:d=8 -f lavfi -i anoisesrc=c=brown:r=48000:a=0.05:d=8:seed=1 -c:v libx264 -c:a aac",
    );
    // A hum with a hard clap every second: its peaks stand far above its loudness.
    let peaky = bench.film(
        "peaky.mov",
        "-f lavfi -i color=gray:s=640x360:r=25:d=8 -f lavfi -i aevalsrc='0.02*sin(n*0.04)+0.01*sin(n*0.1)+if(lt(mod(n\\,48000)\\,200)\\,0.8*sin(n*1.5)\\,0)':s=48000:d=8 -c:v libx264 -c:a pcm_s16le",
    );
    let quiet = bench.video(&quiet, (25, 1), 200);
    let peaky = bench.video(&peaky, (25, 1), 200);
    bench.pick(quiet, 10..190);
    bench.pick(peaky, 5..195);
    for (target, wanted) in [
        (LoudnessTarget::Broadcast, -23.0),
        (LoudnessTarget::Web, -14.0),
    ] {
        bench.settings.loudness = target;
        let (path, rendered) = bench.render(&format!("{wanted}.mp4"));
        let (measured, peak) = loudness(&path);
        assert!(
            (measured - wanted).abs() <= 0.5,
            "{measured} LUFS for {wanted}: {rendered:?}"
        );
        assert!(peak <= -0.9, "{peak} dBTP");
        let told = rendered.loudness_lufs.unwrap();
        assert!((told - measured).abs() < 0.5, "told {told}, is {measured}");
    }
    bench.settings.loudness = LoudnessTarget::Off;
    let (path, rendered) = bench.render("off.mp4");
    assert_eq!((rendered.gain_db, rendered.loudness_lufs), (0.0, None));
    let (measured, _) = loudness(&path);
    assert!(
        (measured - rendered.measured_lufs.unwrap()).abs() < 0.3,
        "{measured}"
    );
}

#[test]
fn sources_without_sound_are_silent_and_sound_alone_gets_a_card() {
    let mut bench = Bench::new((25, 1));
    let mute = bench.film(
        "mute.mp4",
        "-f lavfi -i testsrc2=s=640x360:r=25:d=4 -c:v libx264",
    );
    let song = bench.film(
        "song.mp3",
        "-f lavfi -i sine=1000:r=44100:d=6 -c:a libmp3lame",
    );
    let mute = bench.video(&mute, (25, 1), 100);
    let sound = source(&song, SourceKind::Audio, (25, 1), 150);
    let song = bench.source(&song, sound);
    bench.pick(mute, 0..50);
    bench.pick(song, 25..75);
    bench.pick(mute, 50..75);
    bench.settings.loudness = LoudnessTarget::Off;
    let (path, rendered) = bench.render("reel.mp4");
    assert_eq!(rendered.pictures, 125);
    assert_eq!(rendered.samples, 240_000);
    let heard = samples(&path);
    let level = |from: usize, to: usize| {
        let sum: f64 = heard[from..to]
            .iter()
            .map(|value| f64::from(*value).powi(2))
            .sum();
        (sum / (to - from) as f64).sqrt()
    };
    assert!(level(0, 94_000) < 1e-3, "silent before");
    assert!(level(98_000, 190_000) > 0.05, "heard");
    assert!(level(194_000, 239_000) < 1e-3, "silent after");
    let pictures = grey(&path, 64, 36);
    let card = &pictures[75];
    let (least, most) = (card.iter().min().unwrap(), card.iter().max().unwrap());
    assert!(
        *least < 40 && *most > 60,
        "dark, with its name on it: {least} {most}"
    );
}

#[test]
fn cuts_are_crossfaded_over_ten_milliseconds_without_a_click() {
    let mut bench = Bench::new((25, 1));
    let tone = bench.film(
        "tone.mov",
        "-f lavfi -i color=gray:s=640x360:r=25:d=6 -f lavfi -i sine=200:r=48000:d=6 -c:v libx264 -c:a pcm_s16le",
    );
    let asset = bench.video(&tone, (25, 1), 150);
    // The tone is cut at places where its phase does not fit: at 25 frames/s 200 Hz fits always, so
    // the second film has another tone.
    let other = bench.film(
        "other.mov",
        "-f lavfi -i color=gray:s=640x360:r=25:d=6 -f lavfi -i aevalsrc='0.125*cos(n*0.0262)':s=48000:d=6 -c:v libx264 -c:a pcm_s16le",
    );
    let other = bench.video(&other, (25, 1), 150);
    bench.pick(asset, 10..40);
    bench.pick(other, 17..47);
    bench.settings.loudness = LoudnessTarget::Off;
    bench.settings.codec = reeldex::reel::render::ReelCodec::DnxHr;
    let (path, _) = bench.render("reel.mov");
    let heard = samples(&path);
    assert_eq!(heard.len(), 115_200, "60 pictures to the sample");
    let cut = 57_600;
    let steps = |from: usize, to: usize| {
        heard[from..to]
            .windows(2)
            .fold(0.0_f32, |most, pair| most.max((pair[1] - pair[0]).abs()))
    };
    let usual = steps(10_000, 50_000);
    assert!(
        steps(cut - 300, cut + 300) < usual * 1.5,
        "no step is larger than the tone's own"
    );
    // What is beside the fade is the source as it was; one channel on two is 3 dB less on each.
    let level = 0.125 * std::f64::consts::FRAC_1_SQRT_2;
    let (before, after) = (cut - 300, cut + 300);
    let tone_there = |at: usize| {
        level * (2.0 * std::f64::consts::PI * 200.0 * (at as f64 + 19_200.0) / 48_000.0).sin()
    };
    let other_there = |at: usize| level * ((at as f64 - 57_600.0 + 32_640.0) * 0.0262).cos();
    assert!(
        (f64::from(heard[before]) - tone_there(before)).abs() < 2e-3,
        "{}",
        heard[before]
    );
    assert!(
        (f64::from(heard[after]) - other_there(after)).abs() < 2e-3,
        "{}",
        heard[after]
    );
}

#[test]
fn slow_motion_keeps_the_pitch_of_its_sound_and_more_of_it_is_silent() {
    let mut bench = Bench::new((25, 1));
    // A tone from second 2 to 3.
    let film = bench.film(
        "tone.mov",
        "-f lavfi -i color=gray:s=640x360:r=25:d=6 -f lavfi -i aevalsrc='if(between(t\\,2\\,3)\\,0.3*sin(440*2*PI*t)\\,0)':s=48000:d=6 -c:v libx264 -c:a pcm_s16le",
    );
    let film = bench.video(&film, (25, 1), 150);
    let slow = |factor| {
        Some(SlowMotion {
            factor,
            smoothing: Smoothing::Blend,
        })
    };
    bench.pick(film, 25..100).slow_motion = slow(2);
    bench.pick(film, 45..80).slow_motion = slow(3);
    bench.settings.loudness = LoudnessTarget::Off;
    let (path, rendered) = bench.render("slow.mp4");
    assert_eq!(rendered.pictures, 150 + 105);
    assert!(rendered.warnings.is_empty(), "{:?}", rendered.warnings);
    let heard = samples(&path);
    let level = |from: f64, to: f64| {
        let part = &heard[(from * 48_000.0) as usize..(to * 48_000.0) as usize];
        let sum: f64 = part.iter().map(|value| f64::from(*value).powi(2)).sum();
        (sum / part.len() as f64).sqrt()
    };
    // One second into the pick is two in the reel, and the tone lasts two.
    assert!(level(0.1, 1.9) < 0.005, "before: {}", level(0.1, 1.9));
    assert!(level(2.1, 3.9) > 0.1, "heard: {}", level(2.1, 3.9));
    assert!(level(4.1, 5.9) < 0.005, "after: {}", level(4.1, 5.9));
    let rising = heard[120_000..168_000]
        .windows(2)
        .filter(|two| two[0] < 0.0 && two[1] >= 0.0)
        .count();
    assert!((435..=445).contains(&rising), "{rising} Hz");
    assert!(level(6.1, 10.1) < 0.001, "silent: {}", level(6.1, 10.1));
}
