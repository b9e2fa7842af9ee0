//! What pictures look like in a clip.

use super::*;

#[test]
fn rotation_aspect_fields_hdr_and_alpha_are_honoured() {
    let clips = Clips::new();
    let quarters = super::appearance::QUARTERS;
    let corner = |path: &Path, x: u32, y: u32| {
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(path)
            .args([
                "-vf",
                &format!("crop=2:2:{x}:{y},format=rgb24"),
                "-frames:v",
                "1",
                "-f",
                "rawvideo",
                "-",
            ])
            .output()
            .unwrap();
        [output.stdout[0], output.stdout[1], output.stdout[2]]
    };
    let is_near =
        |found: [u8; 3], wanted: [u8; 3]| found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 40);

    clips.make(
        "flat.mp4",
        &format!("-filter_complex {quarters} -c:v libx264"),
    );
    let turned = clips.make(
        "turned.mp4",
        "-i flat.mp4 -c copy -metadata:s:v:0 rotate=90",
    );
    let (rendered, _) = render(&clips, &turned, &request(0, 500)).unwrap();
    let video = stream(&rendered, "video").unwrap();
    assert_eq!(
        (&video["width"], &video["height"]),
        (&180.into(), &320.into())
    );
    assert!(
        video["side_data_list"].is_null(),
        "turned for good: {video}"
    );
    // ffmpeg's `rotate` tag turns clockwise: blue, bottom left, comes to the top left.
    let upright = crate::media::ffmpeg::tests::look(
        &turned,
        &crate::media::ffmpeg::tests::request(ShotDepth::Refined),
    )
    .unwrap();
    let picture = &upright.keyframes[0].picture;
    for (x, y) in [(40, 40), (140, 40), (40, 280), (140, 280)] {
        let at = ((y * picture.width + x) * 3) as usize;
        let wanted = [picture.rgb[at], picture.rgb[at + 1], picture.rgb[at + 2]];
        assert!(
            is_near(corner(&rendered, x, y), wanted),
            "{x},{y}: {:?} {wanted:?}",
            corner(&rendered, x, y)
        );
    }

    let anamorphic = clips.make(
        "wide.mp4",
        &format!("-filter_complex {quarters},scale=240:180,setsar=4/3 -c:v libx264"),
    );
    let (rendered, _) = render(&clips, &anamorphic, &request(0, 500)).unwrap();
    let video = stream(&rendered, "video").unwrap();
    assert_eq!(
        (&video["width"], &video["height"]),
        (&320.into(), &180.into())
    );
    assert!(is_near(corner(&rendered, 300, 20), [0, 255, 0]));

    let fields = clips.make(
        "fields.mpg",
        &format!("-f lavfi -i {} -vf tinterlace=interleave_top,fieldorder=tff -c:v mpeg2video -flags +ilme+ildct -q:v 3 -alternate_scan 1", numbered("50", 4)),
    );
    let (rendered, summary) = render(&clips, &fields, &request(1000, 2000)).unwrap();
    assert!((24..=26).contains(&summary.pictures), "{summary:?}");
    assert_eq!(
        stream(&rendered, "video").unwrap()["field_order"],
        "progressive"
    );

    let hdr = clips.make(
        "hdr.mp4",
        "-f lavfi -i color=gray:s=320x180:d=1 -vf format=yuv420p10le -c:v libx265 -x265-params log-level=none -color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc",
    );
    let (rendered, _) = render(&clips, &hdr, &request(0, 400)).unwrap();
    let seen = crate::media::ffmpeg::tests::look(
        &hdr,
        &crate::media::ffmpeg::tests::request(ShotDepth::Refined),
    )
    .unwrap();
    let wanted = seen.keyframes[0].picture.rgb[0];
    let found = corner(&rendered, 100, 100);
    assert!(found[0].abs_diff(wanted) < 6, "{found:?} {wanted}");
    assert!(found[0] > 150 || wanted < 150);

    if let Some(folder) = super::real_media() {
        let (rendered, summary) = render(
            &clips,
            &folder.join("video/transparent.webm"),
            &request(0, 800),
        )
        .unwrap();
        assert!(summary.pictures > 2);
        assert!(stream(&rendered, "video").is_some());
    }
}
