//! Files made elsewhere: what they are and what is seen and heard in them.

use super::*;
use crate::domain::{AssetKind, MediaInfo, StreamDetail};
use crate::media::ffmpeg::{audio, probe};

fn info(path: &Path) -> MediaInfo {
    probe(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn refined(path: &Path) -> Seen {
    let index = info(path).main_video().expect("it has pictures").0.index;
    look(
        path,
        &ShotRequest {
            stream_index: index,
            ..request(ShotDepth::Refined)
        },
    )
    .unwrap()
}

#[test]
fn every_file_is_what_it_is_and_gives_pictures_or_sound() {
    let Some(folder) = real_media() else { return };
    for (kind, wanted) in [
        ("video", AssetKind::Video),
        ("audio", AssetKind::Audio),
        ("image", AssetKind::Image),
    ] {
        for entry in std::fs::read_dir(folder.join(kind)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "srt") {
                assert_eq!(probe(&path).err(), Some(MediaError::NotMedia), "{path:?}");
                continue;
            }
            let info = info(&path);
            assert_eq!(info.kind, wanted, "{path:?}");
            assert_eq!(
                info.duration_millis.is_some(),
                wanted != AssetKind::Image,
                "{path:?}"
            );
            if wanted != AssetKind::Audio {
                let seen = refined(&path);
                assert!(!seen.keyframes.is_empty(), "{path:?}");
                assert_eq!(seen.summary.truncated, None, "{path:?}");
            }
            if let Some(stream) = info.main_audio() {
                let summary =
                    audio(&path, stream.index, &mut |_| ControlFlow::Continue(())).unwrap();
                let heard_millis = summary.samples as i64 / 16;
                let seconds_off = (heard_millis - info.duration_millis.unwrap_or(0)).abs() / 1000;
                assert!(seconds_off <= 1, "{path:?}: {heard_millis} ms of sound");
                assert_eq!(summary.truncated, None, "{path:?}");
            }
        }
    }
}

#[test]
fn the_cuts_of_a_film_trailer_are_found_to_the_frame() {
    let Some(folder) = real_media() else { return };
    let path = folder.join("video/big_buck_bunny_0_30.webm");
    for depth in [ShotDepth::Refined, ShotDepth::Full] {
        let seen = look(&path, &request(depth)).unwrap();
        assert_eq!(seen.cuts(), [11_792, 15_667, 22_958], "{depth:?}");
        assert!(
            seen.keyframes
                .iter()
                .all(|keyframe| keyframe.measures.mean_luma > 0.2),
            "none from the fade-in"
        );
    }
}

#[test]
fn single_takes_stay_one_shot_however_the_camera_moves() {
    let Some(folder) = real_media() else { return };
    for name in [
        "failing_audio.mp4",
        "fire.mp4",
        "rabbit320.mp4",
        "chaplin.mp4",
        "no_duration.webm",
    ] {
        let seen = refined(&folder.join("video").join(name));
        assert_eq!(seen.spans.len(), 1, "{name}: {:?}", seen.spans);
    }
}

#[test]
fn measures_agree_with_what_people_see() {
    let Some(folder) = real_media() else { return };
    let first = |name: &str| refined(&folder.join(name)).keyframes.swap_remove(0);
    let chaplin = first("video/chaplin.mp4");
    assert!(chaplin.measures.saturation < 0.04, "a black-and-white film");
    let bars = first("video/smpte-2997.mp4");
    assert_eq!(bars.label.as_deref(), Some("bars"));
    assert!(bars.measures.may_hold_text, "a timecode is burnt in");
    let dark = first("video/no_duration.webm");
    assert_eq!(dark.label.as_deref(), Some("black"));
    let panda = first("image/red_panda.jpg");
    assert_eq!(panda.measures.dominant_colours[0].0, "green");
    assert_eq!(panda.label, None);
    let larch = first("image/larch.jpg");
    assert!(
        larch
            .measures
            .dominant_colours
            .iter()
            .any(|(name, _)| name == "yellow")
    );
    let dot = first("video/transparent.webm");
    assert_eq!(
        dot.measures.dominant_colours[0].0, "white",
        "the red dot lies on a white ground"
    );
}

#[test]
fn covers_and_missing_durations_are_told() {
    let Some(folder) = real_media() else { return };
    let song = info(&folder.join("audio/attached_picture.mp3"));
    assert!(
        song.streams
            .iter()
            .any(|stream| stream.detail == StreamDetail::Cover)
    );
    let recorded = info(&folder.join("video/no_duration.webm"));
    assert!(
        recorded
            .duration_millis
            .is_some_and(|millis| (4000..6000).contains(&millis))
    );
    assert!(!recorded.warnings.is_empty());
}
