//! Reading of real frames, drawn frames and photographs.

use std::process::Command;

use super::*;
use crate::domain::Picture;
use crate::inference::InferenceError;
use crate::inference::speech::test_data;

/// A picture made by the ffmpeg program from `input` through `filter`, at most 1280 pixels wide.
fn picture(input: &[&str], filter: &str) -> Picture {
    let output = Command::new("ffmpeg")
        .args(["-v", "error"])
        .args(input)
        .args([
            "-vf",
            filter,
            "-frames:v",
            "1",
            "-c:v",
            "ppm",
            "-f",
            "image2pipe",
            "-",
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let bytes = output.stdout;
    let header_length = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(2)
        .unwrap()
        .0
        + 1;
    let header = String::from_utf8_lossy(&bytes[..header_length]).into_owned();
    let mut numbers = header
        .split_whitespace()
        .skip(1)
        .map(|number| number.parse::<u32>().unwrap());
    Picture {
        width: numbers.next().unwrap(),
        height: numbers.next().unwrap(),
        rgb: bytes[header_length..].to_vec(),
    }
}

fn reader() -> ScreenTextReader {
    ScreenTextReader::new(&["en".to_owned()]).unwrap()
}

fn texts(picture: &Picture) -> Vec<String> {
    reader()
        .read(picture)
        .unwrap()
        .into_iter()
        .map(|line| line.text)
        .collect()
}

#[test]
fn burnt_in_timecode_and_frame_numbers_are_read() {
    let Some(video) = test_data("media/video/smpte-2997.mp4") else {
        return;
    };
    let video = video.to_string_lossy().into_owned();
    for (frame, timecode, number) in [
        (0, "00:00:00;00", "0.000"),
        (45, "00:00:01;24", "54.000"),
        (54, "00:00:02;05", "65.000"),
    ] {
        let picture = picture(
            &["-i", &video],
            &format!("select=eq(n\\,{frame}),scale=1280:-1"),
        );
        assert!(may_hold_text(&picture));
        let texts = texts(&picture);
        assert!(
            texts.iter().any(|text| text == timecode),
            "{timecode} not in {texts:?}"
        );
        assert!(
            texts.iter().any(|text| text == number),
            "{number} not in {texts:?}"
        );
    }
}

#[test]
fn photographs_and_film_hold_no_text() {
    for (file, filter) in [
        ("media/image/larch.jpg", "scale=1280:-1"),
        ("media/image/red_panda.jpg", "scale=1280:-1"),
        ("media/image/vacation_2017.jpg", "scale=1280:-1"),
        ("media/video/chaplin.mp4", "null"),
        ("media/video/fire.mp4", "null"),
        ("media/video/rabbit320.mp4", "null"),
        ("media/video/failing_audio.mp4", "select=gt(t\\,8)"),
        ("media/video/big_buck_bunny_0_30.webm", "select=gt(t\\,20)"),
    ] {
        let Some(path) = test_data(file) else { return };
        let picture = picture(&["-i", &path.to_string_lossy()], filter);
        assert_eq!(texts(&picture), Vec::<String>::new(), "{file}");
    }
}

fn drawn(size: &str, ground: &str, text: &str) -> Picture {
    let source = format!("color=c={ground}:s={size}:d=1");
    picture(
        &["-f", "lavfi", "-i", &source],
        &format!("drawtext=font=DejaVu Sans:{text}"),
    )
}

#[test]
fn overlays_of_all_kinds_are_read() {
    for (size, ground, drawing, expected) in [
        (
            "1280x720",
            "green",
            "text=Archery final:fontcolor=white:fontsize=32:x=200:y=300",
            "Archery final",
        ),
        (
            "1280x720",
            "gray",
            "text=GBR 3 - 2 USA:fontcolor=white:fontsize=26:x=60:y=40:box=1:boxcolor=black:boxborderw=8",
            "GBR 3 2 USA",
        ),
        (
            "1280x720",
            "0x101830",
            "text=Breaking news tonight:fontcolor=yellow:fontsize=22:x=100:y=620",
            "Breaking news tonight",
        ),
        (
            "1280x720",
            "white",
            "text=Small print in the corner:fontcolor=black:fontsize=14:x=900:y=690",
            "Small print in the corner",
        ),
        (
            "1920x1080",
            "0x304050",
            "text=Maria Lindqvist:fontcolor=white:fontsize=54:x=160:y=880:box=1:boxcolor=0x800000:boxborderw=16",
            "Maria Lindqvist",
        ),
        (
            "640x360",
            "0x507050",
            "text=Where did he go?:fontcolor=white:borderw=2:bordercolor=black:fontsize=18:x=(w-tw)/2:y=320",
            "Where did he go?",
        ),
        (
            "1280x720",
            "black",
            "text=THE END:fontcolor=white:fontsize=120:x=300:y=300",
            "THE END",
        ),
        (
            "320x240",
            "navy",
            "text=Room 1045:fontcolor=white:fontsize=14:x=20:y=20",
            "Room 1045",
        ),
    ] {
        let picture = drawn(size, ground, drawing);
        assert!(may_hold_text(&picture), "{expected}");
        let texts = texts(&picture);
        let plain = |text: &str| {
            text.chars()
                .filter(|c| c.is_alphanumeric())
                .collect::<String>()
        };
        assert!(
            plain(&texts.concat()).contains(&plain(expected)),
            "{expected} not in {texts:?}"
        );
    }
}

#[test]
fn plain_pictures_can_not_hold_text() {
    for ground in ["black", "white", "red"] {
        let picture = drawn("1280x720", ground, "text=:fontsize=10");
        assert!(!may_hold_text(&picture));
        assert_eq!(texts(&picture), Vec::<String>::new());
    }
}

#[test]
fn pictures_without_pixels_or_with_too_few_hold_no_text() {
    for (width, height, length) in [
        (0, 0, 0),
        (1, 1, 3),
        (5, 4, 60),
        (100, 100, 30),
        (2000, 2, 12_000),
    ] {
        let picture = Picture {
            width,
            height,
            rgb: vec![200; length],
        };
        assert!(!may_hold_text(&picture));
        assert_eq!(reader().read(&picture).unwrap(), []);
    }
}

#[test]
fn missing_language_data_is_named_with_its_package() {
    for code in ["fr", "fre", "fra"] {
        match ScreenTextReader::new(&["en".to_owned(), code.to_owned()]) {
            Err(InferenceError::DependencyMissing { what, hint }) => {
                assert!(what.contains("`fra`") && !what.contains("eng"), "{what}");
                assert!(hint.contains("apt-get install tesseract-ocr-fra"), "{hint}");
            }
            Err(other) => panic!("{other}"),
            // French data is installed here: nothing is missing.
            Ok(_) => return,
        }
    }
    for name in ["../../etc/passwd", "", "x\0y"] {
        assert!(matches!(
            ScreenTextReader::new(&[name.to_owned()]),
            Err(InferenceError::DependencyMissing { .. })
        ));
    }
}
