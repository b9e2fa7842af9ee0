//! Clips rendered and decoded back: codecs, times, first frames, shapes, and what broken files give.

use std::process::Command;

use serde_json::Value;

use super::clips::Clips;
use super::*;
use crate::media::ffmpeg::{clip, probe};
use crate::media::protocol::{ClipContainer, ClipRequest, ClipSummary};

fn request(start_millis: i64, end_millis: i64) -> ClipRequest {
    ClipRequest {
        span: TimeSpan::new(start_millis, end_millis),
        container: ClipContainer::Mp4,
        max_side: 1280,
        max_picture_pixels: 512_000_000,
    }
}

/// Renders into a file beside the clips.
fn render(
    clips: &Clips,
    path: &Path,
    request: &ClipRequest,
) -> Result<(PathBuf, ClipSummary), MediaError> {
    let mut bytes = Vec::new();
    let summary = clip(path, request, &mut |more| {
        bytes.extend_from_slice(more);
        ControlFlow::Continue(())
    })?;
    let name = path.file_name().unwrap().to_string_lossy();
    let span = request.span;
    let extension = match request.container {
        ClipContainer::Mp4 => "mp4",
        ClipContainer::TransportStream => "ts",
    };
    let rendered = clips.path(&format!(
        "{name}-{}-{}.{extension}",
        span.start_millis, span.end_millis
    ));
    std::fs::write(&rendered, bytes).unwrap();
    Ok((rendered, summary))
}

/// What the ffprobe program says.
fn ffprobe(path: &Path, arguments: &str) -> Value {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json"])
        .args(arguments.split_whitespace())
        .arg(path)
        .output()
        .expect("the tests need the ffprobe program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{}: {said}",
        path.display()
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn stream(path: &Path, kind: &str) -> Option<Value> {
    let found = ffprobe(path, "-show_streams");
    found["streams"]
        .as_array()?
        .iter()
        .find(|stream| stream["codec_type"] == kind)
        .cloned()
}

fn seconds(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Times of all decoded pictures.
fn picture_times(path: &Path) -> Vec<f64> {
    let found = ffprobe(path, "-select_streams v -show_entries frame=pts_time");
    let frames = found["frames"].as_array().unwrap();
    frames
        .iter()
        .map(|frame| seconds(&frame["pts_time"]))
        .collect()
}

/// Pictures as 32x18 grey pixels, in order.
fn grey(path: &Path) -> Vec<Vec<u8>> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args("-vf scale=32:18:flags=area,format=gray -vsync passthrough -f rawvideo -".split(' '))
        .output()
        .unwrap();
    output.stdout.chunks(32 * 18).map(<[u8]>::to_vec).collect()
}

/// Frame number `n` is drawn as ten squares, white where a bit of it is set.
const NUMBERED: &str = "color=black:s=160x18:r=RATE:d=LENGTH,\
    geq=lum='255*mod(floor(N/pow(2\\,floor(X/16)))\\,2)':cb=128:cr=128,\
    scale=640:360:flags=neighbor,setsar=1,format=yuv420p";

fn numbered(rate: &str, length: u32) -> String {
    NUMBERED
        .replace("RATE", rate)
        .replace("LENGTH", &length.to_string())
        .replace(' ', "")
}

/// The numbers drawn on the pictures of a clip.
fn numbers(path: &Path) -> Vec<u32> {
    let of = |picture: &Vec<u8>| {
        (0..10)
            .filter(|bit| picture[9 * 32 + (bit * 32 + 16) / 10] > 127)
            .map(|bit| 1 << bit)
            .sum()
    };
    grey(path).iter().map(of).collect()
}

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
    let upright = super::look(&turned, &super::request(ShotDepth::Refined)).unwrap();
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
    let seen = super::look(&hdr, &super::request(ShotDepth::Refined)).unwrap();
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
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&rendered)
        .args("-af pan=mono|c0=c0 -f f32le -".split(' '))
        .output()
        .unwrap();
    let samples: Vec<f32> = output
        .stdout
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect();
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
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&joined)
        .args("-f f32le -ac 1 -".split(' '))
        .output()
        .unwrap();
    let samples: Vec<f32> = output
        .stdout
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect();
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
