//! Pieces of a whole, and clips that are read while they are made.

use super::*;

#[test]
fn pieces_play_on_without_a_seam() {
    let clips = Clips::new();
    let film = clips.make(
        "film.mp4",
        &format!(
            "-f lavfi -i {} -f lavfi -i sine=440:r=48000:d=20 -c:v libx264 -g 100 -c:a aac",
            numbered("25", 20)
        ),
    );
    let mut all = Vec::new();
    for start in [0, 6000, 12_000, 18_000] {
        let request = ClipRequest {
            container: ClipContainer::TransportStream,
            ..request(start, start + 6000)
        };
        clip(&film, &request, &mut |bytes| {
            all.extend_from_slice(bytes);
            ControlFlow::Continue(())
        })
        .unwrap();
    }
    let joined = clips.path("joined.ts");
    std::fs::write(&joined, all).unwrap();
    assert_eq!(numbers(&joined), (0..500).collect::<Vec<u32>>());
    let times = picture_times(&joined);
    for (index, pair) in times.windows(2).enumerate() {
        assert!(
            (pair[1] - pair[0] - 0.04).abs() < 0.001,
            "after frame {index}: {pair:?}"
        );
    }
    let found = ffprobe(&joined, "-select_streams a -show_entries packet=pts");
    let packets: Vec<i64> = found["packets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|packet| packet["pts"].as_i64().unwrap())
        .collect();
    for pair in packets.windows(2) {
        // 1,024 samples are 1,920 of 90,000 a second.
        assert_eq!(pair[1] - pair[0], 1920);
    }
    let samples = samples(&joined, "-f f32le -ac 1 -");
    // A click at a seam would be a jump that a sine of 440 Hz never makes.
    let quiet = samples[4800..samples.len() - 4800]
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .fold(0.0_f32, f32::max);
    let amplitude = samples
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    assert!(quiet < amplitude * 0.12, "{quiet} of {amplitude}");
}

#[test]
fn the_first_bytes_come_before_the_rest_is_made_and_a_reader_may_break_off() {
    let clips = Clips::new();
    let film = clips.make("film.mp4", "-f lavfi -i testsrc2=s=1280x720:d=20 -f lavfi -i sine=d=20 -c:v libx264 -preset ultrafast -c:a aac");
    let mut parts: Vec<Vec<u8>> = Vec::new();
    let summary = clip(&film, &request(1000, 19_000), &mut |bytes| {
        if !bytes.is_empty() {
            parts.push(bytes.to_vec());
        }
        if parts.len() == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
    .unwrap();
    assert!(summary.pictures < 80, "{summary:?}");
    // The first part tells how long all will be: in the movie header, in milliseconds.
    let at = parts[0]
        .windows(4)
        .position(|four| four == b"mvhd")
        .unwrap();
    assert_eq!(
        parts[0][at + 16..at + 24],
        [0, 0, 3, 0xe8, 0, 0, 0x46, 0x50]
    );
}
