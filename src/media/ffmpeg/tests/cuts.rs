//! Shots of clips whose cuts are known to the frame.

use super::clips::{Clips, cut_together, scene};
use super::*;

const LONG_GOP: &str = "-c:v libx264 -preset veryfast -g 250 -pix_fmt yuv420p";

fn millis(frames: &[i64], num: i64, den: i64) -> Vec<i64> {
    frames
        .iter()
        .map(|frame| (frame * den * 1000 + num / 2) / num)
        .collect()
}

#[test]
fn cuts_are_found_to_the_frame_at_25_and_29_97_frames_per_second() {
    let clips = Clips::new();
    for (name, rate, num, den) in [
        ("pal.mp4", "25", 25, 1),
        ("ntsc.mp4", "30000/1001", 30_000, 1001),
    ] {
        let (arguments, cuts) = cut_together(&[61, 47, 90, 33, 70], "640x360", rate, LONG_GOP);
        let path = clips.make(name, &arguments);
        for depth in [ShotDepth::Refined, ShotDepth::Full] {
            let seen = look(&path, &request(depth)).unwrap();
            assert_eq!(seen.cuts(), millis(&cuts, num, den), "{name} {depth:?}");
            assert!(
                seen.openings[1..]
                    .iter()
                    .all(|opening| *opening == Transition::Cut)
            );
            assert!(seen.summary.truncated.is_none());
            for shot in 0..seen.summary.shots {
                assert!(
                    seen.keyframes.iter().any(|keyframe| keyframe.shot == shot),
                    "shot {shot} has a keyframe"
                );
            }
        }
    }
}

#[test]
fn cuts_inside_a_single_stretch_between_keyframes_are_found() {
    let clips = Clips::new();
    let encoder = "-c:v libx264 -preset veryfast -g 9999 -sc_threshold 0 -pix_fmt yuv420p";
    let (arguments, cuts) = cut_together(&[130, 120, 150, 100], "480x270", "25", encoder);
    let path = clips.make("one_keyframe.mp4", &arguments);
    let seen = look(&path, &request(ShotDepth::Refined)).unwrap();
    assert_eq!(seen.cuts(), millis(&cuts, 25, 1));
    let seen = look(&path, &request(ShotDepth::Keyframes)).unwrap();
    assert_eq!(seen.spans, [TimeSpan::new(0, 20_000)]);
}

#[test]
fn cuts_are_found_where_the_encoder_set_no_keyframes_at_them() {
    let clips = Clips::new();
    let encoder = "-c:v libx264 -preset veryfast -g 50 -sc_threshold 0 -pix_fmt yuv420p -x264-params open-gop=1";
    let (arguments, cuts) = cut_together(&[61, 47, 90, 33, 70], "480x270", "25", encoder);
    let path = clips.make("open_gop.mp4", &arguments);
    assert_eq!(
        look(&path, &request(ShotDepth::Refined)).unwrap().cuts(),
        millis(&cuts, 25, 1)
    );
    for (name, encoder) in [
        ("a.mpg", "-c:v mpeg2video -q:v 4 -g 15 -bf 2"),
        (
            "a.webm",
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 100",
        ),
    ] {
        let (arguments, cuts) = cut_together(&[61, 47, 90], "480x270", "25", encoder);
        let path = clips.make(name, &arguments);
        assert_eq!(
            look(&path, &request(ShotDepth::Refined)).unwrap().cuts(),
            millis(&cuts, 25, 1),
            "{name}"
        );
    }
}

#[test]
fn material_of_keyframes_alone_is_sampled_and_still_cut_to_the_frame() {
    let clips = Clips::new();
    let (arguments, cuts) = cut_together(&[61, 87, 152], "480x270", "25", "-c:v mjpeg -q:v 5");
    let path = clips.make("intra.mov", &arguments);
    let seen = look(&path, &request(ShotDepth::Refined)).unwrap();
    assert_eq!(seen.cuts(), millis(&cuts, 25, 1));
    assert!(
        seen.summary.frames_decoded < 200,
        "{} of 300 frames",
        seen.summary.frames_decoded
    );
}

#[test]
fn a_fade_through_black_is_one_boundary_and_its_keyframes_are_clear() {
    let clips = Clips::new();
    let graph = format!(
        "{},fade=out:75:25[a];{},fade=in:0:25[b];[a][b]concat=n=2",
        scene(0, "480x270", "25", 100),
        scene(1, "480x270", "25", 100)
    );
    let path = clips.make("fade.mp4", &format!("-filter_complex {graph} {LONG_GOP}"));
    for depth in [ShotDepth::Refined, ShotDepth::Full] {
        let seen = look(&path, &request(depth)).unwrap();
        assert_eq!(
            seen.openings,
            [Transition::Start, Transition::Fade],
            "{depth:?}"
        );
        assert!((3900..=4300).contains(&seen.cuts()[0]), "{:?}", seen.cuts());
        assert!(
            seen.keyframes
                .iter()
                .all(|keyframe| keyframe.label.is_none() && keyframe.measures.mean_luma > 0.12)
        );
    }
}

#[test]
fn a_dissolve_is_one_boundary_in_its_middle() {
    let clips = Clips::new();
    let graph = format!(
        "{}[a];{}[b];[a][b]xfade=transition=fade:duration=1:offset=4",
        scene(2, "480x270", "25", 125),
        scene(4, "480x270", "25", 125)
    );
    let path = clips.make(
        "dissolve.mp4",
        &format!("-filter_complex {graph} {LONG_GOP}"),
    );
    for depth in [ShotDepth::Refined, ShotDepth::Full] {
        let seen = look(&path, &request(depth)).unwrap();
        assert_eq!(
            seen.openings,
            [Transition::Start, Transition::Dissolve],
            "{depth:?} {:?}",
            seen.spans
        );
        assert!((4300..=4700).contains(&seen.cuts()[0]), "{:?}", seen.cuts());
        let is_clear = |keyframe: &SeenKeyframe| !(4050..4950).contains(&keyframe.at_millis);
        assert!(seen.keyframes.iter().all(is_clear));
    }
}

#[test]
fn a_photographers_flash_is_no_cut() {
    let clips = Clips::new();
    let flash = format!(
        "{},geq=lum='if(between(N,60,61),235,lum(X,Y))':cb='cb(X,Y)':cr='cr(X,Y)'",
        scene(2, "240x136", "25", 150)
    );
    let path = clips.make("flash.mp4", &format!("-filter_complex {flash} {LONG_GOP}"));
    for depth in [ShotDepth::Refined, ShotDepth::Full] {
        assert_eq!(
            look(&path, &request(depth)).unwrap().spans.len(),
            1,
            "{depth:?}"
        );
    }
}

#[test]
fn a_shot_without_motion_has_one_keyframe_and_black_is_labelled() {
    let clips = Clips::new();
    let graph =
        "color=c=black:s=320x180:r=25:d=4[a];smptehdbars=s=320x180:r=25:d=14[b];[a][b]concat=n=2";
    let path = clips.make("labels.mp4", &format!("-filter_complex {graph} {LONG_GOP}"));
    let seen = look(&path, &request(ShotDepth::Refined)).unwrap();
    let labels: Vec<_> = seen
        .keyframes
        .iter()
        .map(|keyframe| keyframe.label.as_deref())
        .collect();
    assert_eq!(labels, [Some("black"), Some("bars")]);
    assert_eq!(seen.cuts(), [4000]);
    assert_eq!(seen.measures[1].is_still, Some(true));
}

#[test]
fn frames_of_uneven_length_keep_their_times() {
    let clips = Clips::new();
    let graph = format!(
        "{},setpts=N*0.08/TB[a];{},setpts=N*0.04/TB[b];[a][b]concat=n=2",
        scene(0, "480x270", "25", 50),
        scene(1, "480x270", "25", 100)
    );
    let path = clips.make(
        "vfr.mp4",
        &format!("-filter_complex {graph} -vsync vfr -video_track_timescale 90000 {LONG_GOP}"),
    );
    for depth in [ShotDepth::Refined, ShotDepth::Full] {
        let seen = look(&path, &request(depth)).unwrap();
        assert_eq!(seen.cuts().len(), 1);
        assert!((seen.cuts()[0] - 4000).abs() <= 40, "{:?}", seen.cuts());
    }
}

#[test]
fn the_receiver_can_break_off() {
    let clips = Clips::new();
    let (arguments, _) = cut_together(&[61, 47, 90], "320x180", "25", LONG_GOP);
    let path = clips.make("a.mp4", &arguments);
    let mut events = 0;
    let summary = shots(&path, &request(ShotDepth::Full), &mut |_| {
        events += 1;
        ControlFlow::Break(())
    });
    assert_eq!(events, 1);
    assert!(summary.unwrap().truncated.is_none());
}
