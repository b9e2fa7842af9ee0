//! What a viewer would see: rotation, aspect, fields, HDR, alpha, size.

use super::clips::Clips;
use super::*;
use crate::domain::{AssetKind, DynamicRange, FieldOrder, MediaInfo, VideoStream};
use crate::media::ffmpeg::probe;

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
pub(super) const QUARTERS: &str = "color=red:s=160x90[a];color=lime:s=160x90[b];color=blue:s=160x90[c];color=white:s=160x90[d];\
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
