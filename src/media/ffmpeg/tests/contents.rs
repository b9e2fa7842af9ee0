//! What a file tells and what becomes of damage: tags, times, sound, names, noise, cut ends.

use std::fs;
use std::os::unix::ffi::OsStrExt;

use super::appearance::QUARTERS;
use super::clips::{Clips, cut_together};
use super::*;
use crate::domain::{AssetKind, StreamDetail};
use crate::media::ffmpeg::{audio, failure, prepare, probe, subtitle_stream};

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
fn a_fault_is_told_in_the_words_of_ffmpeg() {
    prepare();
    let error = failure("its sound", ffmpeg_next::Error::InvalidData);
    assert_eq!(
        error.to_string(),
        "damaged: its sound: Invalid data found when processing input"
    );
}
