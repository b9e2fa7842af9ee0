//! What is heard in a clip, and when.

use super::*;

#[test]
fn sound_alone_is_aac_alone_and_pictures_alone_have_none() {
    let clips = Clips::new();
    let Some(folder) = super::real_media() else {
        return;
    };
    for (name, start, end) in [
        ("audio/jfk.wav", 2000, 5000),
        ("audio/attached_picture.mp3", 0, 900),
        ("audio/viper.ogg", 1500, 4500),
        ("audio/apollo11.mp3", 60_000, 65_000),
    ] {
        let (rendered, summary) = render(&clips, &folder.join(name), &request(start, end)).unwrap();
        assert!(stream(&rendered, "video").is_none(), "{name}");
        let audio = stream(&rendered, "audio").unwrap();
        assert_eq!(audio["codec_name"], "aac");
        let length = (end - start) as f64 / 1000.0;
        assert!(
            (seconds(&audio["duration"]) - length).abs() < 0.03,
            "{name}: {audio}"
        );
        assert_eq!(summary.samples, (end - start) as u64 * 48, "{name}");
    }
    let silent = clips.make(
        "silent.webm",
        "-f lavfi -i testsrc2=d=3 -c:v libvpx -deadline realtime",
    );
    let (rendered, summary) = render(&clips, &silent, &request(500, 1500)).unwrap();
    assert!(stream(&rendered, "audio").is_none());
    // The frame of 480 ms is still on show when it begins.
    assert_eq!((summary.pictures, summary.samples), (26, 0));
}

#[test]
fn sound_is_where_it_was_to_the_millisecond() {
    let clips = Clips::new();
    // A click at 2.000 s in silence, and a white frame at the same time.
    let film = clips.make(
        "click.mov",
        "-f lavfi -i color=black:s=320x180:r=25:d=5,drawbox=c=white:t=fill:enable='between(n\\,50\\,50)' \
         -f lavfi -i aevalsrc=if(between(t\\,2\\,2.002)\\,0.9\\,0):s=44100:d=5:c=5.1 -c:v libx264 -g 25 -c:a pcm_s16le",
    );
    let (rendered, _) = render(&clips, &film, &request(1_200, 3_200)).unwrap();
    let samples = samples(&rendered, "-af pan=mono|c0=c0 -f f32le -");
    let loudest = samples
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    let first = samples
        .iter()
        .position(|value| value.abs() > loudest / 2.0)
        .unwrap();
    // What the encoder needs to come up to speed lies before 0, and the file says so.
    let sound_start = seconds(&stream(&rendered, "audio").unwrap()["start_time"]);
    assert!(
        (sound_start + 1024.0 / 48_000.0).abs() < 1e-4,
        "{sound_start}"
    );
    let at_millis = first as f64 / 48.0 + sound_start * 1000.0;
    assert!((at_millis - 800.0).abs() < 2.0, "{at_millis}");
    assert!(
        loudest > 0.3 && loudest <= 1.0,
        "five channels at once do not clip: {loudest}"
    );
    let white = grey(&rendered)
        .iter()
        .position(|picture| picture[100] > 200)
        .unwrap();
    assert_eq!(white, 20);
}
