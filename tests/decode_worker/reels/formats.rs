//! Codecs, encoders, chapters and subtitles of rendered reels.

use reeldex::domain::TimeSpan;
use reeldex::fault::Diagnose;
use reeldex::reel::Line;
use reeldex::reel::render::{EncoderChoice, ReelCodec, SubtitleStyle};

use super::bench_films::*;

fn bench() -> Bench {
    let mut bench = Bench::new((25, 1));
    let film = bench.film(
        "film.mp4",
        &format!(
            "-f lavfi -i {} -f lavfi -i sine=440:r=48000:d=8 -c:v libx264 -preset ultrafast -c:a aac",
            numbered("25", 8)
        ),
    );
    let asset = bench.video(&film, (25, 1), 200);
    bench.pick(asset, 10..40);
    bench.pick(asset, 100..150);
    bench
}

fn shown() -> Vec<i64> {
    (10..40).chain(100..150).collect()
}

#[test]
fn h264_comes_with_aac_its_index_first_a_title_and_a_chapter_for_each_pick() {
    let bench = bench();
    let (path, _) = bench.render("reel.mp4");
    let video = stream(&path, "video");
    assert_eq!(video["codec_name"], "h264");
    assert_eq!(video["r_frame_rate"], "25/1");
    assert_eq!(video["color_space"], "bt709");
    let audio = stream(&path, "audio");
    assert_eq!(audio["codec_name"], "aac");
    assert_eq!(audio["sample_rate"], "48000");
    let duration = number(&video["duration"]);
    assert!((duration - 3.2).abs() < 0.001, "{duration}");
    let found = ffprobe(&path, "-show_chapters -show_format");
    assert_eq!(found["format"]["tags"]["title"], bench.reel.title.as_str());
    let chapters = found["chapters"].as_array().unwrap();
    let told: Vec<(f64, f64, &str)> = chapters
        .iter()
        .map(|chapter| {
            let time = |name: &str| number(&chapter[name]);
            (
                time("start_time"),
                time("end_time"),
                chapter["tags"]["title"].as_str().unwrap(),
            )
        })
        .collect();
    let names: Vec<&str> = bench
        .reel
        .picks()
        .iter()
        .map(|pick| pick.name.as_str())
        .collect();
    assert_eq!(told, [(0.0, 1.2, names[0]), (1.2, 3.2, names[1])]);
    let bytes = std::fs::read(&path).unwrap();
    let place = |name: &[u8]| bytes.windows(4).position(|window| window == name).unwrap();
    assert!(place(b"moov") < place(b"mdat"));
}

#[test]
fn prores_and_dnxhr_are_what_edit_suites_take() {
    let mut bench = bench();
    for (codec, name, profile, format) in [
        (ReelCodec::ProRes, "prores", "HQ", "yuv422p10le"),
        (ReelCodec::DnxHr, "dnxhd", "DNXHR HQ", "yuv422p"),
    ] {
        bench.settings.codec = codec;
        let (path, rendered) = bench.render(&format!("{name}.mov"));
        let video = stream(&path, "video");
        assert_eq!(video["codec_name"], name);
        assert_eq!(video["profile"], profile);
        assert_eq!(video["pix_fmt"], format);
        assert_eq!(stream(&path, "audio")["codec_name"], "pcm_s24le");
        assert_eq!(video["tags"]["timecode"], "01:00:00:00");
        assert_eq!(numbers(&path), shown());
        assert_eq!(rendered.samples, 80 * 1920);
        assert_eq!(samples(&path).len(), 80 * 1920);
    }
}

#[test]
fn an_encoder_whose_hardware_is_absent_is_told_before_anything_is_rendered() {
    let mut bench = bench();
    for choice in [
        EncoderChoice::Nvenc,
        EncoderChoice::VideoToolbox,
        EncoderChoice::Vaapi,
    ] {
        bench.settings.encoder = choice;
        let path = bench.path("reel.mp4");
        let error = match bench.try_render(&path) {
            Err(error) => error,
            // This machine has it.
            Ok(rendered) => {
                assert_ne!(rendered.encoder, "libx264");
                continue;
            }
        };
        assert!(
            ["encoder_start", "no_encoder"].contains(&error.code()),
            "{choice:?}: {error}"
        );
        assert!(error.hint().is_some());
        assert!(!path.exists());
    }
    bench.settings.encoder = EncoderChoice::Auto;
    let (path, _) = bench.render("reel.mp4");
    assert_eq!(numbers(&path), shown());
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let mut bench = bench();
    bench.settings.codec = ReelCodec::ProRes;
    let error = bench.try_render(&bench.path("reel.mp4")).unwrap_err();
    assert!(error.to_string().contains(".mov"), "{error}");
    bench.settings.encoder = EncoderChoice::Nvenc;
    let error = bench.try_render(&bench.path("reel.mov")).unwrap_err();
    assert_eq!(error.code(), "reel_render");
    // A source is never written over.
    let mut bench = self::bench();
    let before = std::fs::read(bench.path("film.mp4")).unwrap();
    let error = bench.try_render(&bench.path("film.mp4")).unwrap_err();
    assert!(error.to_string().contains("one of its sources"), "{error}");
    assert_eq!(std::fs::read(bench.path("film.mp4")).unwrap(), before);
    bench.reel.revisions[0].picks.clear();
    assert!(bench.try_render(&bench.path("reel.mp4")).is_err());
}

#[test]
fn what_is_said_becomes_soft_or_burnt_subtitles() {
    let mut bench = bench();
    let line = |start, end, text: &str| Line {
        span: TimeSpan::new(start, end),
        text: text.to_owned(),
        words: Vec::new(),
    };
    let place = bench.whereabouts.places.values_mut().next().unwrap();
    place.lines = vec![
        line(600, 1200, "It's 100 %: gold, \"really\"!"),
        line(4400, 5200, "Zweite\nZeile ü"),
    ];
    bench.settings.subtitles = SubtitleStyle::Soft;
    let (path, _) = bench.render("soft.mp4");
    assert_eq!(stream(&path, "subtitle")["codec_name"], "mov_text");
    let srt = bench.film("said.srt", &format!("-i {} -map 0:s", path.display()));
    let said = std::fs::read_to_string(srt).unwrap();
    // FFmpeg names the font, too.
    let tags = |text: &str| {
        let parts = text
            .split('<')
            .map(|part| part.rsplit_once('>').map_or(part, |(_, text)| text));
        parts.collect::<String>()
    };
    let said = said.replace("-->", "to").replace('\r', "");
    let said = tags(&said);
    assert!(
        said.contains("00:00:00,200 to 00:00:00,800\nIt's 100 %: gold, \"really\"!"),
        "{said}"
    );
    assert!(
        said.contains("00:00:01,600 to 00:00:02,400\nZweite\nZeile ü"),
        "{said}"
    );
    let plain = grey(&path, 64, 36);
    bench.settings.subtitles = SubtitleStyle::Burnt;
    let (path, rendered) = bench.render("burnt.mp4");
    assert_eq!(rendered.warnings, Vec::<String>::new());
    assert!(stream(&path, "subtitle").is_null());
    let burnt = grey(&path, 64, 36);
    let differs = |at: usize, rows: std::ops::Range<usize>| {
        let part = |pictures: &[Vec<u8>]| pictures[at][rows.start * 64..rows.end * 64].to_vec();
        let (a, b) = (part(&plain), part(&burnt));
        a.iter().zip(&b).any(|(a, b)| a.abs_diff(*b) > 25)
    };
    assert!(
        differs(10, 30..35) && differs(50, 28..35),
        "written while it is said"
    );
    assert!(!differs(10, 0..26), "at the bottom alone");
    assert!(
        !differs(2, 0..36) && !differs(30, 0..36) && !differs(75, 0..36),
        "and not otherwise"
    );
}
