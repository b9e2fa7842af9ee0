//! A clip begins with the right frame and keeps the times of all.

use super::*;

#[test]
fn a_clip_is_h264_and_aac_of_the_length_asked_for_and_begins_with_the_right_frame() {
    let clips = Clips::new();
    let film = clips.make(
        "film.mp4",
        &format!(
            "-f lavfi -i {} -f lavfi -i sine=440:r=44100:d=12 -c:v libx264 -g 100 -bf 3 -c:a aac -ac 1",
            numbered("25", 12)
        ),
    );
    for (start, end, first, count) in [
        (0, 2000, 0, 50),
        (3000, 6000, 75, 75),
        (3960, 4040, 99, 2),
        (7_520, 11_520, 188, 100),
    ] {
        let (rendered, summary) = render(&clips, &film, &request(start, end)).unwrap();
        assert_eq!(summary.lacking, None);
        let expected: Vec<u32> = (first..first + count).collect();
        assert_eq!(numbers(&rendered), expected, "{start} to {end}");
        assert_eq!(summary.pictures, u64::from(count));
        let video = stream(&rendered, "video").unwrap();
        assert_eq!(video["codec_name"], "h264");
        assert_eq!(video["pix_fmt"], "yuv420p");
        assert_eq!(
            (&video["width"], &video["height"]),
            (&640.into(), &360.into())
        );
        let audio = stream(&rendered, "audio").unwrap();
        assert_eq!(audio["codec_name"], "aac");
        assert_eq!(audio["sample_rate"], "48000");
        assert_eq!(audio["channels"], 2);
        let length = (end - start) as f64 / 1000.0;
        assert!(
            (seconds(&video["duration"]) - length).abs() < 0.041,
            "{video}"
        );
        assert!(
            (seconds(&audio["duration"]) - length).abs() < 0.041,
            "{audio}"
        );
        let times = picture_times(&rendered);
        assert!(times[0].abs() < 0.001, "{}", times[0]);
        assert!((times[1] - times[0] - 0.04).abs() < 0.001);
    }
}

#[test]
fn the_frame_on_show_at_the_start_is_the_first_even_between_two() {
    let clips = Clips::new();
    let film = clips.make(
        "slow.mkv",
        &format!("-f lavfi -i {} -c:v libx264 -g 20", numbered("2", 20)),
    );
    let (rendered, _) = render(&clips, &film, &request(5_700, 7_200)).unwrap();
    // Frames come every 500 ms: number 11 is on show from 5,500.
    assert_eq!(numbers(&rendered), [11, 12, 13, 14]);
    let times = picture_times(&rendered);
    for (time, expected) in times.iter().zip([0.0, 0.3, 0.8, 1.3]) {
        assert!((time - expected).abs() < 0.002, "{times:?}");
    }
    let video = stream(&rendered, "video").unwrap();
    assert!(
        (ffprobe(&rendered, "-show_format")["format"]["duration"]
            .as_str()
            .unwrap()
            .parse::<f64>()
            .unwrap()
            - 1.5)
            .abs()
            < 0.01,
        "{video}"
    );
    // No frame begins in it at all.
    let (rendered, _) = render(&clips, &film, &request(5_600, 5_900)).unwrap();
    assert_eq!(numbers(&rendered), [11]);
}

#[test]
fn odd_rates_keep_their_frames_and_times() {
    let clips = Clips::new();
    let ntsc = clips.make(
        "ntsc.mov",
        &format!(
            "-f lavfi -i {} -c:v libx264 -g 60",
            numbered("30000/1001", 8)
        ),
    );
    // Frame 100 is at 3336.67 ms, which rounds up; frame 101 at 3370.03 rounds down.
    for (start, first) in [(3337, 100), (3370, 101)] {
        let (rendered, summary) = render(&clips, &ntsc, &request(start, start + 1001)).unwrap();
        assert_eq!(summary.pictures, 30);
        assert_eq!(
            numbers(&rendered),
            (first..first + 30).collect::<Vec<u32>>()
        );
        let video = stream(&rendered, "video").unwrap();
        let times = picture_times(&rendered);
        assert!(
            (times[29] - 29.0 * 1001.0 / 30000.0).abs() < 1e-4,
            "{video}"
        );
    }
    let variable = clips.make(
        "variable.mkv",
        &format!(
            "-f lavfi -i {},select=not(mod(n\\,7))+gt(mod(n\\,50)\\,40) -vsync vfr -c:v libx264 -g 30",
            numbered("25", 12)
        ),
    );
    let (rendered, _) = render(&clips, &variable, &request(4_000, 8_000)).unwrap();
    let shown: Vec<u32> = (100..200).filter(|n| n % 7 == 0 || n % 50 > 40).collect();
    let found = numbers(&rendered);
    assert_eq!(found[0], 99, "99 is on show at 4,000: 100 was left out");
    assert_eq!(found[1..], shown);
    let times = picture_times(&rendered);
    for (time, number) in times[1..].iter().zip(shown) {
        assert!((time - (f64::from(number) * 0.04 - 4.0)).abs() < 0.002);
    }
}

#[test]
fn containers_that_are_searched_by_time_alone_give_the_right_frame_too() {
    let clips = Clips::new();
    let source = numbered("25", 30);
    for (name, encoder) in [
        ("broadcast.ts", "-c:v mpeg2video -q:v 4 -g 15 -bf 2"),
        ("long.ts", "-c:v libx264 -g 250 -bf 3"),
        ("program.mpg", "-c:v mpeg2video -q:v 4 -g 15 -bf 2"),
        ("old.avi", "-c:v mpeg4 -q:v 4 -g 100"),
        ("net.flv", "-c:v flv -q:v 4 -g 100"),
        ("matroska.mkv", "-c:v libx264 -g 250 -bf 3"),
    ] {
        let film = clips.make(name, &format!("-f lavfi -i {source} {encoder}"));
        let (rendered, _) = render(&clips, &film, &request(21_000, 22_000)).unwrap();
        assert_eq!(
            numbers(&rendered),
            (525..550).collect::<Vec<u32>>(),
            "{name}"
        );
    }
}
