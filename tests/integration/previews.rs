//! What players are given over HTTP: clips while they are made and by range, pieces, pictures, levels.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::World;

/// A served library, until dropped.
struct Server {
    child: Child,
    address: String,
}

struct Answer {
    status: u16,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Server {
    fn start(world: &World) -> Self {
        let mut child = world
            .command()
            .args(["--json", "serve", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .find_map(|line| {
                let event: Value = serde_json::from_str(&line.unwrap()).ok()?;
                event["address"].as_str().map(str::to_owned)
            })
            .unwrap();
        // Read on, so that the server never waits for its log to be taken.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Sends a request; the answer is not read yet. The old version of HTTP has no chunks.
    fn ask(&self, method: &str, path: &str, headers: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let host = &self.address;
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {host}\r\n{headers}\r\n"
        )
        .unwrap();
        stream
    }

    fn get(&self, path: &str, headers: &str) -> Answer {
        read_answer(self.ask("GET", path, headers))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    Answer {
        status: status.parse().unwrap(),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect(),
        body: bytes.split_off(end + 4),
    }
}

fn ffmpeg(arguments: &str, path: &Path) {
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(arguments.split_whitespace())
        .arg(path)
        .status();
    assert!(status.is_ok_and(|status| status.success()));
}

/// A library of one film, served, and the film's id.
fn served() -> (World, Server, String) {
    let world = World::new();
    ffmpeg(
        "-f lavfi -i testsrc2=s=640x360:r=25:d=14 -f lavfi -i sine=440:r=48000:d=14 -c:v libx264 -g 100 -c:a aac",
        &world.archive().join("film.mp4"),
    );
    world.index();
    let server = Server::start(&world);
    let assets: Value = serde_json::from_slice(&server.get("/assets", "").body).unwrap();
    let id = assets["assets"][0]["asset_id"].as_str().unwrap().to_owned();
    (world, server, id)
}

#[test]
fn a_clip_is_streamed_while_it_is_made_and_then_kept_and_given_by_range() {
    let (world, server, id) = served();
    let path = format!("/moments/{id}/2000-5000.mp4");
    let made = server.get(&path, "Range: bytes=0-\r\n");
    assert_eq!(made.status, 200);
    assert_eq!(made.headers["content-type"], "video/mp4");
    assert!(!made.headers.contains_key("content-length"));
    assert_eq!(&made.body[4..8], b"ftyp");
    let file = world.library().join("made.mp4");
    std::fs::write(&file, &made.body).unwrap();
    let probed = Command::new("ffprobe")
        .args("-v error -show_entries stream=codec_name,duration -of csv=p=0".split(' '))
        .arg(&file)
        .output()
        .unwrap();
    let probed = String::from_utf8_lossy(&probed.stdout).into_owned();
    assert!(
        probed.contains("h264,3.0") && probed.contains("aac,"),
        "{probed}"
    );

    let kept = server.get(&path, "");
    assert_eq!(kept.status, 200);
    assert_eq!(kept.body, made.body);
    assert_eq!(kept.headers["content-length"], made.body.len().to_string());
    assert_eq!(kept.headers["etag"], made.headers["etag"]);
    let part = server.get(&path, "Range: bytes=100-1099\r\n");
    assert_eq!(part.status, 206);
    assert_eq!(part.body, made.body[100..1100]);
    let length = made.body.len();
    assert_eq!(
        part.headers["content-range"],
        format!("bytes 100-1099/{length}")
    );
    let tail = server.get(&path, "Range: bytes=-50\r\n");
    assert_eq!((tail.status, tail.body.len()), (206, 50));
    assert_eq!(server.get(&path, "Range: bytes=99999999-\r\n").status, 416);
    let known = format!("If-None-Match: {}\r\n", kept.headers["etag"]);
    let unchanged = server.get(&path, &known);
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    let head = read_answer(server.ask("HEAD", &path, ""));
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.headers["content-length"], length.to_string());

    // A part of what is not made yet waits for that part alone.
    let whole = format!("/moments/{id}/0-14000.mp4");
    let part = server.get(&whole, "Range: bytes=10-19\r\n");
    assert_eq!((part.status, part.body.len()), (206, 10));
    let range = &part.headers["content-range"];
    assert!(range.starts_with("bytes 10-19/"), "{range}");
    let all = server.get(&whole, "").body;
    assert_eq!(part.body, all[10..20]);
    let end = server.get(&whole, "Range: bytes=-10\r\n");
    assert_eq!(end.body, all[all.len() - 10..]);
}

#[test]
fn long_assets_come_in_pieces_and_pictures_and_levels_on_demand() {
    let (_world, server, id) = served();
    let list = server.get(&format!("/assets/{id}/hls/index.m3u8"), "");
    assert_eq!(
        list.headers["content-type"],
        "application/vnd.apple.mpegurl"
    );
    let text = String::from_utf8(list.body).unwrap();
    let names: Vec<&str> = text.lines().filter(|line| line.ends_with(".ts")).collect();
    assert_eq!(names, ["0.ts", "1.ts", "2.ts"]);
    for name in names {
        let piece = server.get(&format!("/assets/{id}/hls/{name}"), "");
        assert_eq!(piece.status, 200);
        assert_eq!(piece.headers["content-type"], "video/mp2t");
        assert!(
            piece.body.len() > 10_000 && piece.body.chunks(188).all(|packet| packet[0] == 0x47)
        );
    }
    assert_eq!(
        server.get(&format!("/assets/{id}/hls/3.ts"), "").status,
        404
    );

    let storyboard = server.get(&format!("/assets/{id}/storyboard.json"), "");
    let storyboard: Value = serde_json::from_slice(&storyboard.body).unwrap();
    let tiles = storyboard["tiles"].as_array().unwrap();
    assert!((50..=100).contains(&tiles.len()), "{storyboard}");
    let sheet = server.get(&format!("/assets/{id}/storyboard.jpg"), "");
    assert_eq!(sheet.headers["content-type"], "image/jpeg");
    let sheet = image::load_from_memory(&sheet.body).unwrap();
    assert_eq!(
        u64::from(sheet.width()),
        storyboard["columns"].as_u64().unwrap() * 160
    );
    assert_eq!(
        u64::from(sheet.height()),
        storyboard["rows"].as_u64().unwrap() * 90
    );

    let frame = server.get(&format!("/assets/{id}/frames/3210.jpg"), "");
    let frame = image::load_from_memory(&frame.body).unwrap();
    assert_eq!((frame.width(), frame.height()), (640, 360));

    let levels = server.get(&format!("/assets/{id}/loudness.json"), "");
    let levels: Value = serde_json::from_slice(&levels.body).unwrap();
    let count = levels["levels_db"].as_array().unwrap().len() as u64;
    assert!((13_900..14_200).contains(&(count * levels["step_millis"].as_u64().unwrap())));
    // A sine of an eighth of full scale: 18 dB, and 3 more for its mean.
    let level = levels["levels_db"][100].as_f64().unwrap();
    assert!((level + 21.1).abs() < 0.5, "{level}");
}

#[test]
fn what_cannot_be_given_is_told_as_a_problem() {
    let (world, server, id) = served();
    let problem = |path: &str| {
        let answer = server.get(path, "");
        let kind = answer.headers.get("content-type");
        assert_eq!(
            kind.map(String::as_str),
            Some("application/problem+json"),
            "{path}"
        );
        let said = String::from_utf8(answer.body).unwrap();
        let archive = world.archive();
        assert!(
            !said.contains(archive.to_str().unwrap()),
            "no path is told: {said}"
        );
        answer.status
    };
    assert_eq!(problem(&format!("/moments/{id}/5000-5000.mp4")), 400);
    assert_eq!(problem(&format!("/moments/{id}/0-700000.mp4")), 400);
    assert_eq!(problem(&format!("/moments/{id}/60000-61000.mp4")), 404);
    assert_eq!(
        problem(&format!("/moments/{id}/..%2f..%2fetc%2fpasswd")),
        404
    );
    assert_eq!(
        problem(&format!("/moments/{}/0-1000.mp4", "0".repeat(64))),
        404
    );
    assert_eq!(problem("/moments/x/0-1000.mp4"), 404);
    assert_eq!(problem(&format!("/assets/{id}/frames/90000.jpg")), 404);
    assert_eq!(problem(&format!("/assets/{id}/frames/-1.jpg")), 404);
    assert_eq!(problem(&format!("/assets/{id}/hls/-1.ts")), 404);
    std::fs::write(world.archive().join("film.mp4"), "another content").unwrap();
    assert_eq!(problem(&format!("/moments/{id}/0-1500.mp4")), 404);
    std::fs::remove_file(world.archive().join("film.mp4")).unwrap();
    assert_eq!(problem(&format!("/assets/{id}/loudness.json")), 404);
}

#[test]
fn a_player_that_hangs_up_ends_the_rendering() {
    let (world, server, id) = served();
    let mut stream = server.ask("GET", &format!("/moments/{id}/0-14000.mp4"), "");
    let mut begin = [0; 600];
    stream.read_exact(&mut begin).unwrap();
    drop(stream);
    let cache = world.library().join("cache");
    let deadline = Instant::now() + Duration::from_secs(20);
    let drafts = || {
        let entries = std::fs::read_dir(&cache).unwrap().flatten();
        entries.filter(|it| it.path().is_file()).count()
    };
    while drafts() > 0 {
        assert!(Instant::now() < deadline, "a draft is left");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(
        server.get(&format!("/moments/{id}/0-1000.mp4"), "").status,
        200
    );
}
