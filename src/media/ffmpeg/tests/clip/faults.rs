//! Clips of what is broken or not there.

use super::*;

#[test]
fn broken_files_give_what_is_there_and_say_what_is_not() {
    let clips = Clips::new();
    if let Some(folder) = super::real_media() {
        let failing = folder.join("video/failing_audio.mp4");
        let length = probe(&failing).unwrap().duration_millis.unwrap();
        let (rendered, summary) = render(&clips, &failing, &request(0, length)).unwrap();
        let video = stream(&rendered, "video").unwrap();
        assert!(
            (seconds(&video["duration"]) - length as f64 / 1000.0).abs() < 0.3,
            "{video} {length}"
        );
        assert!(summary.pictures > 200, "{summary:?}");
        let (rendered, summary) = render(
            &clips,
            &folder.join("video/no_duration.webm"),
            &request(1000, 3000),
        )
        .unwrap();
        assert!(summary.pictures >= 14, "{summary:?}");
        assert!(picture_times(&rendered)[0].abs() < 0.001);
    }
    let film = clips.make(
        "whole.mp4",
        &format!(
            "-f lavfi -i {} -c:v libx264 -g 25 -movflags +faststart",
            numbered("25", 10)
        ),
    );
    let bytes = std::fs::read(&film).unwrap();
    let cut = clips.path("cut.mp4");
    std::fs::write(&cut, &bytes[..bytes.len() * 6 / 10]).unwrap();
    let (rendered, summary) = render(&clips, &cut, &request(2_000, 10_000)).unwrap();
    let found = numbers(&rendered);
    assert_eq!(found[0], 50);
    assert!(found.len() > 20 && found.len() < 190 && summary.pictures == found.len() as u64);
    assert!(render(&clips, &cut, &request(9_000, 9_900)).is_err());

    let mut damaged = bytes.clone();
    let (from, to) = (bytes.len() / 2, bytes.len() / 2 + 3000);
    damaged[from..to]
        .iter_mut()
        .enumerate()
        .for_each(|(at, byte)| *byte = (at * 37) as u8);
    let path = clips.path("damaged.mp4");
    std::fs::write(&path, damaged).unwrap();
    let (_, summary) = render(&clips, &path, &request(0, 10_000)).unwrap();
    assert!(summary.pictures > 150, "{summary:?}");
    assert!(summary.lacking.is_some());
}

#[test]
fn spans_where_nothing_can_be_are_refused_with_the_reason() {
    let clips = Clips::new();
    let film = clips.make(
        "film.mp4",
        "-f lavfi -i testsrc2=d=3 -f lavfi -i sine=d=3 -c:v libx264 -c:a aac",
    );
    let reason = |start, end| match render(&clips, &film, &request(start, end)) {
        Err(MediaError::BadSpan { reason }) => reason,
        other => panic!("{other:?}"),
    };
    assert!(reason(5000, 6000).contains("nothing lies between 5000 and 6000"));
    assert!(reason(1000, 1000).contains("without length"));
    assert!(reason(-5, 1000).contains("before"));
    assert!(reason(0, 700_000).contains("10 minutes"));
    // What reaches beyond the end is cut there.
    let (rendered, _) = render(&clips, &film, &request(2000, 60_000)).unwrap();
    assert!((seconds(&stream(&rendered, "video").unwrap()["duration"]) - 1.0).abs() < 0.041);
    let still = clips.make("still.png", "-f lavfi -i testsrc2 -frames:v 1");
    assert!(matches!(
        render(&clips, &still, &request(0, 1000)),
        Err(MediaError::NoStream { .. })
    ));
}
