//! What a viewer would see and hear: rotation, aspect, fields, HDR, alpha, tags, times, damage.

use std::fs;
use std::os::unix::ffi::OsStrExt;

use super::clips::{Clips, cut_together};
use super::*;
use crate::domain::{AssetKind, DynamicRange, FieldOrder, MediaInfo, StreamDetail, VideoStream};
use crate::media::ffmpeg::{audio, probe, subtitle_stream};

fn video(info: &MediaInfo) -> &VideoStream {
    info.main_video().expect("it has pictures").1
}

fn pixel(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    let at = ((y * picture.width + x) * 3) as usize;
    [picture.rgb[at], picture.rgb[at + 1], picture.rgb[at + 2]]
}

fn is_near(found: [u8; 3], wanted: [u8; 3]) -> bool {
    found
        .iter()
        .zip(wanted)
        .all(|(found, wanted)| found.abs_diff(wanted) < 28)
}

/// A source whose quarters are red, green, blue (below) and white.
const QUARTERS: &str = "color=red:s=160x90[a];color=lime:s=160x90[b];color=blue:s=160x90[c];color=white:s=160x90[d];\
    [a][b]hstack[e];[c][d]hstack[f];[e][f]vstack,trim=duration=1,format=yuv420p";

fn one_picture(path: &Path) -> Picture {
    let mut seen = look(path, &request(ShotDepth::Refined)).unwrap();
    seen.keyframes.remove(0).picture
}

#[test]
fn colours_come_out_as_they_went_in() {
    let clips = Clips::new();
    for (name, encoder) in [
        ("a.mp4", "-c:v libx264"),
        ("a.png", "-frames:v 1"),
        ("a.jpg", "-frames:v 1 -q:v 2"),
        ("a.bmp", "-frames:v 1"),
        ("a.tiff", "-frames:v 1"),
        ("a.webp", "-frames:v 1"),
    ] {
        let path = clips.make(name, &format!("-filter_complex {QUARTERS} {encoder}"));
        let picture = one_picture(&path);
        assert_eq!((picture.width, picture.height), (320, 180), "{name}");
        for (x, y, colour) in [
            (40, 40, [255, 0, 0]),
            (280, 40, [0, 255, 0]),
            (40, 140, [0, 0, 255]),
            (280, 140, [255, 255, 255]),
        ] {
            assert!(
                is_near(pixel(&picture, x, y), colour),
                "{name} at {x},{y}: {:?}",
                pixel(&picture, x, y)
            );
        }
    }
}

#[test]
fn stills_are_images_of_one_shot_and_no_length() {
    let clips = Clips::new();
    let path = clips.make("a.png", &format!("-filter_complex {QUARTERS} -frames:v 1"));
    assert_eq!(probe(&path).unwrap().kind, AssetKind::Image);
    assert_eq!(probe(&path).unwrap().duration_millis, None);
    let seen = look(&path, &request(ShotDepth::Refined)).unwrap();
    assert_eq!(seen.spans, [TimeSpan::new(0, 0)]);
    assert_eq!(seen.keyframes.len(), 1);
    let small = look(
        &path,
        &ShotRequest {
            max_side: 100,
            ..request(ShotDepth::Refined)
        },
    )
    .unwrap();
    assert_eq!(
        (
            small.keyframes[0].picture.width,
            small.keyframes[0].picture.height
        ),
        (100, 56)
    );
    let one = clips.make(
        "one.gif",
        &format!("-filter_complex {QUARTERS} -frames:v 1"),
    );
    assert_eq!(probe(&one).unwrap().kind, AssetKind::Image);
    assert_eq!(
        look(&one, &request(ShotDepth::Refined)).unwrap().spans,
        [TimeSpan::new(0, 0)]
    );
    for name in ["many.gif", "many.apng"] {
        let many = clips.make(name, "-f lavfi -i testsrc2=s=160x90:r=10:d=2");
        assert_eq!(probe(&many).unwrap().kind, AssetKind::Video, "{name}");
        assert!(
            look(&many, &request(ShotDepth::Refined))
                .unwrap()
                .summary
                .duration_millis
                >= 1900,
            "{name}"
        );
    }
    let avif = clips.make(
        "a.avif",
        &format!(
            "-filter_complex {QUARTERS} -frames:v 1 -c:v libaom-av1 -cpu-used 8 -still-picture 1"
        ),
    );
    assert_eq!(probe(&avif).unwrap().kind, AssetKind::Image);
    assert!(is_near(pixel(&one_picture(&avif), 40, 40), [255, 0, 0]));
}

#[test]
fn rotation_and_pixel_aspect_are_applied() {
    let clips = Clips::new();
    clips.make(
        "plain.mp4",
        &format!("-filter_complex {QUARTERS} -c:v libx264"),
    );
    // The tag counts against the clock: 270 is a quarter turn clockwise.
    let turned = clips.make(
        "turned.mp4",
        "-i plain.mp4 -c copy -metadata:s:v:0 rotate=270",
    );
    let info = probe(&turned).unwrap();
    let stream = video(&info);
    assert_eq!(
        (
            stream.width,
            stream.height,
            stream.display_width,
            stream.display_height
        ),
        (320, 180, 180, 320)
    );
    let picture = one_picture(&turned);
    assert_eq!((picture.width, picture.height), (180, 320));
    let upright = if stream.rotation_degrees == 90 {
        [0, 0, 255]
    } else {
        [0, 255, 0]
    };
    assert!(
        is_near(pixel(&picture, 20, 20), upright),
        "{} {:?}",
        stream.rotation_degrees,
        pixel(&picture, 20, 20)
    );

    let wide = clips.make(
        "wide.mpg",
        "-f lavfi -i testsrc2=s=720x576:r=25:d=1 -vf setsar=64/45 -c:v mpeg2video",
    );
    let info = probe(&wide).unwrap();
    assert_eq!(
        (video(&info).display_width, video(&info).display_height),
        (1024, 576)
    );
    assert_eq!(
        (one_picture(&wide).width, one_picture(&wide).height),
        (1024, 576)
    );
}

/// How strongly neighbouring rows differ against rows two apart: combs are far above 1.
fn combing(picture: &Picture) -> f64 {
    let row = |y: u32| {
        &picture.rgb[(y * picture.width * 3) as usize..((y + 1) * picture.width * 3) as usize]
    };
    let apart = |step: u32| -> f64 {
        (0..picture.height - 2)
            .map(|y| {
                row(y)
                    .iter()
                    .zip(row(y + step))
                    .map(|(a, b)| f64::from(a.abs_diff(*b)))
                    .sum::<f64>()
            })
            .sum()
    };
    apart(1) / apart(2).max(1.0)
}

#[test]
fn interlaced_frames_are_shown_without_combs() {
    let clips = Clips::new();
    let path = clips.make(
        "fields.mpg",
        "-filter_complex color=gray:s=720x576:r=50:d=2[a];color=white:s=100x380:r=50:d=2[b];\
         [a][b]overlay=x=mod(n*24\\,600):y=100,interlace,setfield=tff -c:v mpeg2video -flags +ilme+ildct -q:v 3",
    );
    let info = probe(&path).unwrap();
    assert_eq!(video(&info).field_order, FieldOrder::Interlaced);
    let raw = clips.make(
        "woven.png",
        "-i fields.mpg -vf select=eq(n\\,12) -frames:v 1",
    );
    let woven = one_picture(&raw);
    let seen = look(&path, &request(ShotDepth::Refined)).unwrap();
    assert!(
        combing(&woven) > 1.5,
        "the clip has combs: {}",
        combing(&woven)
    );
    for keyframe in &seen.keyframes {
        assert!(
            combing(&keyframe.picture) < 1.05,
            "{}",
            combing(&keyframe.picture)
        );
    }
}

#[test]
fn hdr_is_shown_as_sdr() {
    let clips = Clips::new();
    for (name, transfer, range) in [
        ("pq.mp4", "smpte2084", DynamicRange::Pq),
        ("hlg.mp4", "arib-std-b67", DynamicRange::Hlg),
    ] {
        let path = clips.make(
            name,
            &format!(
                "-f lavfi -i smptehdbars=s=320x180:r=25:d=1 -vf \
                 zscale=tin=bt709:min=bt709:pin=bt709:rin=tv:t={transfer}:p=bt2020:m=bt2020nc:r=tv:npl=203,format=yuv420p10le \
                 -c:v libx265 -x265-params log-level=none:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
            ),
        );
        let info = probe(&path).unwrap();
        assert_eq!(video(&info).dynamic_range, range);
        let picture = one_picture(&path);
        // The yellow and the blue of 75 % bars stay yellow and blue.
        let yellow = pixel(&picture, 80, 40);
        assert!(
            yellow[0] > 140 && yellow[1] > 140 && yellow[2] < 90,
            "{name} {yellow:?}"
        );
        let blue = pixel(&picture, 260, 40);
        assert!(
            blue[2] > 120 && blue[0] < 90 && blue[1] < 90,
            "{name} {blue:?}"
        );
    }
}

#[test]
fn transparent_parts_lie_on_a_ground_that_shows_the_drawing() {
    let clips = Clips::new();
    let path = clips.make(
        "alpha.png",
        "-f lavfi -i color=0x202020:s=32x64,format=rgba,pad=64:64:0:0:color=black@0 -frames:v 1",
    );
    assert!(video(&probe(&path).unwrap()).has_alpha);
    let picture = one_picture(&path);
    assert!(is_near(pixel(&picture, 10, 32), [32, 32, 32]));
    assert!(
        is_near(pixel(&picture, 50, 32), [255, 255, 255]),
        "{:?}",
        pixel(&picture, 50, 32)
    );
}

#[test]
fn chapters_timecode_languages_covers_and_tags_are_read() {
    let clips = Clips::new();
    fs::write(
        clips.path("meta.txt"),
        ";FFMETADATA1\ntitle=Final\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=Heats\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=3000\ntitle=Final\n",
    )
    .unwrap();
    fs::write(clips.path("s.srt"), "1\n00:00:00,500 --> 00:00:01,500\n<i>Bonjour</i>\nà tous\n\n2\n00:00:02,000 --> 00:00:02,800\nFin\n").unwrap();
    let path = clips.make(
        "a.mov",
        "-f lavfi -i testsrc2=s=320x180:r=30000/1001:d=3 -f lavfi -i sine=f=440:d=3:r=48000 -i s.srt -i meta.txt \
         -map 0:v -map 1:a -map 2:s -map_metadata 3 -map_chapters 3 -c:v libx264 -c:a aac -c:s mov_text \
         -timecode 01:00:00;02 -metadata:s:a:0 language=fra -metadata:s:s:0 language=fra -metadata creation_time=2019-05-06T07:08:09Z",
    );
    let info = probe(&path).unwrap();
    assert_eq!(info.kind, AssetKind::Video);
    let titles: Vec<_> = info
        .chapters
        .iter()
        .map(|chapter| (chapter.title.as_str(), chapter.span))
        .collect();
    assert_eq!(
        titles,
        [
            ("Heats", TimeSpan::new(0, 1500)),
            ("Final", TimeSpan::new(1500, 3000))
        ]
    );
    assert_eq!(
        info.start_timecode
            .map(|timecode| timecode.to_string())
            .as_deref(),
        Some("01:00:00;02")
    );
    assert_eq!(info.created.as_deref(), Some("2019-05-06T07:08:09Z"));
    assert_eq!(info.tags.get("title").map(String::as_str), Some("Final"));
    let sound = info.main_audio().unwrap();
    assert_eq!(sound.language.as_deref(), Some("fra"));
    let subtitles = info.subtitle_streams().next().unwrap();
    let cues = subtitle_stream(&path, subtitles.index).unwrap();
    let texts: Vec<_> = cues
        .iter()
        .map(|cue| (cue.span, cue.text.as_str()))
        .collect();
    assert_eq!(
        texts,
        [
            (TimeSpan::new(500, 1500), "Bonjour\nà tous"),
            (TimeSpan::new(2000, 2800), "Fin")
        ]
    );
    assert!(matches!(
        subtitle_stream(&path, sound.index),
        Err(MediaError::NoStream { .. })
    ));

    clips.make(
        "cover.jpg",
        &format!("-filter_complex {QUARTERS} -frames:v 1"),
    );
    let song = clips.make(
        "song.mp3",
        "-f lavfi -i sine=d=2 -i cover.jpg -map 0 -map 1 -c:v mjpeg -disposition:v:0 attached_pic",
    );
    let info = probe(&song).unwrap();
    assert_eq!(info.kind, AssetKind::Audio);
    assert!(
        info.streams
            .iter()
            .any(|stream| stream.detail == StreamDetail::Cover)
    );
    assert!(matches!(
        look(
            &song,
            &ShotRequest {
                stream_index: 1,
                ..request(ShotDepth::Refined)
            }
        ),
        Err(MediaError::NoStream { .. })
    ));
}

#[test]
fn sound_keeps_its_length_loudness_and_silences() {
    let clips = Clips::new();
    let graph = "sine=f=997:r=44100:d=3,volume=18dB,pan=stereo|c0=c0|c1=c0[a];anullsrc=r=44100:cl=stereo,atrim=duration=3[b];\
        sine=f=997:r=44100:d=1,pan=stereo|c0=c0|c1=c0[c];[a][b][c]concat=n=3:v=0:a=1";
    for name in ["a.wav", "a.flac", "a.m4a", "a.opus"] {
        let path = clips.make(name, &format!("-filter_complex {graph}"));
        let (mut samples, mut next_millis) = (0, 0);
        let summary = audio(&path, 0, &mut |chunk| {
            assert!(
                (chunk.start_millis - next_millis).abs() <= 1,
                "{name}: {} after {next_millis}",
                chunk.start_millis
            );
            samples += chunk.mono.len();
            next_millis = chunk.start_millis + chunk.mono.len() as i64 / 16;
            assert!(chunk.mono.len() <= 16_000);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(summary.samples as usize, samples);
        assert!(
            (samples as i64 - 7 * 16_000).abs() < 1600,
            "{name}: {samples}"
        );
        assert_eq!(summary.truncated, None, "{name}");
        let [silence] = summary.silences[..] else {
            panic!("{name}: {:?}", summary.silences)
        };
        assert!(
            (silence.start_millis - 3000).abs() <= 200 && (silence.end_millis - 6000).abs() <= 200,
            "{name}: {silence:?}"
        );
        // A sine of -0 dBFS peak in both channels is 0 LUFS; ffmpeg's is 1/8, raised here by 18 dB.
        assert!(
            (-4.0..1.0).contains(&summary.loudness_lufs.unwrap()),
            "{name}: {:?}",
            summary.loudness_lufs
        );
        assert!(
            (-1.5..1.5).contains(&summary.true_peak_dbtp.unwrap()),
            "{name}: {:?}",
            summary.true_peak_dbtp
        );
    }
}

#[test]
fn content_decides_and_names_do_not_matter() {
    let clips = Clips::new();
    let made = clips.make(
        "a.mp4",
        "-f lavfi -i testsrc2=s=160x90:r=25:d=1 -c:v libx264",
    );
    let bytes = fs::read(made).unwrap();
    let names: [&[u8]; 6] = [
        b"concat:x",
        b"http:",
        b"line\nbreak",
        b"\xff\xfe",
        b"a%03d.png",
        b"text.srt",
    ];
    for name in names {
        let path = clips.path("").join(std::ffi::OsStr::from_bytes(name));
        fs::write(&path, &bytes).unwrap();
        assert_eq!(
            probe(&path).map(|info| info.kind),
            Ok(AssetKind::Video),
            "{path:?}"
        );
        assert_eq!(
            look(&path, &request(ShotDepth::Refined))
                .unwrap()
                .spans
                .len(),
            1
        );
    }
    let texts: [(&str, &[u8]); 8] = [
        ("empty.mp4", b""),
        ("text.mp4", b"These are words, and a film they are not.\n"),
        ("ansi.mpg", b"\x1b[31mred\x1b[0m and \x1b[1mbold\x1b[0m text with many escapes \x1b[2J\x1b[0;0H\n"),
        ("list.mp4", b"ffconcat version 1.0\nfile a.mp4\n"),
        ("list.m3u8", b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.mp4\n#EXT-X-ENDLIST\n"),
        ("words.mov", b"1\n00:00:00,500 --> 00:00:01,500\nhello\n\n2\n00:00:02,500 --> 00:00:03,500\nhello\n"),
        ("zeros.mkv", &[0; 5000]),
        ("drawing.png", b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><rect width=\"9\" height=\"9\"/></svg>"),
    ];
    for (name, text) in texts {
        let path = clips.path(name);
        fs::write(&path, text).unwrap();
        assert_eq!(
            probe(&path).map(|info| info.container),
            Err(MediaError::NotMedia),
            "{name}"
        );
    }
    assert!(matches!(
        probe(&clips.path("missing")),
        Err(MediaError::Unreadable { .. })
    ));
    assert!(matches!(
        probe(&clips.path("")),
        Err(MediaError::Unreadable { .. })
    ));
}

#[test]
fn noise_is_not_media() {
    let clips = Clips::new();
    let mut state = 0x1234_5678_u32;
    for round in 0..8 {
        let noise: Vec<u8> = (0..60_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let path = clips.path("noise.bin");
        fs::write(&path, &noise).unwrap();
        assert!(probe(&path).is_err(), "round {round}: {:?}", probe(&path));
    }
}

#[test]
fn cut_short_files_give_what_is_there_or_say_why_not() {
    let clips = Clips::new();
    let (arguments, _) = cut_together(&[100, 100, 100], "320x180", "25", "-c:v libx264 -g 50");
    let whole = fs::read(clips.make("index_last.mp4", &arguments)).unwrap();
    let path = clips.path("cut_last.mp4");
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let Err(MediaError::Corrupt { reason }) = probe(&path) else {
        panic!("{:?}", probe(&path))
    };
    assert!(reason.contains("moov"), "{reason}");

    let whole = fs::read(clips.make(
        "index_first.mp4",
        &format!("{arguments} -movflags faststart"),
    ))
    .unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let seen = look(&path, &request(ShotDepth::Refined)).unwrap();
    assert!(!seen.keyframes.is_empty());
    assert!(seen.summary.truncated.is_some(), "{:?}", seen.summary);
    assert!(seen.summary.duration_millis < 11_000);

    let sound =
        fs::read(clips.make("sound.m4a", "-f lavfi -i sine=d=20 -movflags faststart")).unwrap();
    fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    let summary = audio(&path, 0, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(summary.truncated.is_some());
    assert!(summary.samples > 16_000);
}

#[test]
fn pictures_over_the_limit_are_refused_with_their_size() {
    let clips = Clips::new();
    let path = clips.make(
        "large.png",
        "-f lavfi -i color=navy:s=4000x3000 -frames:v 1",
    );
    let limited = ShotRequest {
        max_picture_pixels: 10_000_000,
        ..request(ShotDepth::Refined)
    };
    assert_eq!(
        look(&path, &limited).err(),
        Some(MediaError::TooLarge {
            width: 4000,
            height: 3000,
            limit_megapixels: 10
        })
    );
    let picture = one_picture(&path);
    assert_eq!((picture.width, picture.height), (1280, 960));
}
