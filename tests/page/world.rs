//! A small library, indexed once, and served to each test from a copy of its own.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

/// A name and a line that would run, were they ever taken for markup.
pub(crate) const HOSTILE_NAME: &str =
    "<img src=x onerror=window.broken=1><script>window.broken=2;.mp4";
const HOSTILE_LINES: &str = "1\n00:00:00,000 --> 00:00:02,000\n<script>window.broken=3</script> a hostile pelican\n\n\
    2\n00:00:02,000 --> 00:00:03,500\n<img src=x onerror=\"window.broken=4\"> pelican again\n";
const HARBOUR_LINES: &str = "1\n00:00:01,000 --> 00:00:03,500\nThe ferry leaves the harbour at dawn.\n\n\
    2\n00:00:04,000 --> 00:00:06,500\nGulls circle above the quay.\n\n\
    3\n00:00:08,000 --> 00:00:10,500\nThe captain waves goodbye.\n";
const CHAPLIN_LINES: &str = "1\n00:00:00,400 --> 00:00:02,600\n[A gentleman waits at the corner.]\n\n\
    2\n00:00:03,000 --> 00:00:05,400\n[Another one comes along.]\n\n\
    3\n00:00:06,000 --> 00:00:08,600\n[They look down the street.]\n";
const BROADCAST_LINES: &str =
    "1\n00:00:00,500 --> 00:00:03,000\nThe lighthouse answers the ferry.\n";

/// A server and its library; both end with it.
pub(crate) struct World {
    server: Child,
    address: String,
    _library: tempfile::TempDir,
}

impl World {
    /// Serves a copy of the library.
    pub(crate) fn serve() -> Self {
        let library = tempfile::tempdir().unwrap();
        copy(&indexed().join("library"), library.path());
        Self::serve_library(library)
    }

    /// Serves a library with nothing in it.
    pub(crate) fn serve_nothing() -> Self {
        let library = tempfile::tempdir().unwrap();
        let nothing = tempfile::tempdir().unwrap();
        let indexed = program(library.path())
            .arg("index")
            .arg(nothing.path())
            .output()
            .unwrap();
        assert!(indexed.status.success(), "{indexed:?}");
        Self::serve_library(library)
    }

    /// Serves a copy of the library that asks for a token, and one that may read.
    pub(crate) fn serve_guarded() -> (Self, String) {
        let library = tempfile::tempdir().unwrap();
        copy(&indexed().join("library"), library.path());
        let made = program(library.path())
            .args(["token", "create", "--scope", "read"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        (Self::serve_library(library), token)
    }

    fn serve_library(library: tempfile::TempDir) -> Self {
        let mut server = program(library.path())
            .args(["--json", "serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(server.stderr.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "the server ended");
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["event"] == "listening" {
                break event["address"].as_str().unwrap().to_owned();
            }
        };
        // Whatever it says later must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self {
            server,
            address: format!("http://{address}"),
            _library: library,
        }
    }

    /// The page's address, without a slash at its end.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn program(library: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeldex"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("REELDEX_") {
            command.env_remove(name);
        }
    }
    command
        .env("REELDEX_LIBRARY", library)
        .env("REELDEX_MODELS_DIR", indexed_folder().join("models"))
        .env("XDG_CONFIG_HOME", indexed_folder())
        .stdin(Stdio::null());
    command
}

fn indexed_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("page")
}

/// Where the media lie.
pub(crate) fn archive() -> PathBuf {
    indexed_folder().join("archive")
}

/// The folder with the archive and its library, made anew by every run of the tests.
fn indexed() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = indexed_folder();
        let _ = std::fs::remove_dir_all(&folder);
        let archive = folder.join("archive");
        draw(&archive);
        for collection in ["rushes", "broadcasts"] {
            let indexed = program(&folder.join("library"))
                .args(["index", "--collection", collection])
                .arg(archive.join(collection))
                .output()
                .unwrap();
            assert!(
                indexed.status.success(),
                "{}",
                String::from_utf8_lossy(&indexed.stderr)
            );
        }
        folder
    })
}

fn draw(archive: &Path) {
    let (rushes, broadcasts) = (archive.join("rushes"), archive.join("broadcasts"));
    for folder in [&rushes, &broadcasts] {
        std::fs::create_dir_all(folder).unwrap();
    }
    let h264 = [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
    ];
    render(
        &rushes.join("harbour.mp4"),
        "testsrc2=s=640x360:r=25:d=12",
        12,
        &[&h264[..], &["-timecode", "10:00:00:00"]].concat(),
    );
    render(
        &rushes.join(HOSTILE_NAME),
        "smptebars=s=320x240:r=25:d=4",
        4,
        &h264,
    );
    render(
        &broadcasts.join("broadcast.mpg"),
        "testsrc=s=352x288:r=25:d=5",
        5,
        &["-c:v", "mpeg2video", "-c:a", "mp2"],
    );
    write(&rushes.join("harbour.srt"), HARBOUR_LINES);
    write(&broadcasts.join("broadcast.srt"), BROADCAST_LINES);
    write(
        &rushes.join(HOSTILE_NAME).with_extension("srt"),
        HOSTILE_LINES,
    );
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/media");
    let files = [
        "video/chaplin.mp4",
        "video/rabbit320.mp4",
        "video/fire.mp4",
        "audio/jfk.wav",
        "audio/jfk.srt",
        "image/red_panda.jpg",
        "image/larch.jpg",
    ];
    for file in files {
        let from = shared.join(file);
        if !from.exists() {
            eprintln!("left out: there is no ../shared/media/{file} beside the checkout");
            continue;
        }
        std::fs::copy(&from, rushes.join(from.file_name().unwrap())).unwrap();
        if file.ends_with("chaplin.mp4") {
            write(&rushes.join("chaplin.srt"), CHAPLIN_LINES);
        }
    }
}

/// A test picture with a tone that swells, of a number of seconds.
fn render(to: &Path, picture: &str, seconds: u32, arguments: &[&str]) {
    let sound = format!("aevalsrc=0.4*sin(440*2*PI*t)*abs(sin(t)):d={seconds}");
    let status = Command::new("ffmpeg")
        .args([
            "-hide_banner",
            "-loglevel",
            "error",
            "-nostdin",
            "-y",
            "-f",
            "lavfi",
            "-i",
            picture,
        ])
        .args(["-f", "lavfi", "-i", &sound])
        .args(arguments)
        .arg(to)
        .status()
        .expect("the ffmpeg program is installed by `make setup`");
    assert!(status.success());
}

fn write(to: &Path, text: &str) {
    std::fs::write(to, text).unwrap();
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&there).unwrap();
            copy(&entry.path(), &there);
        } else {
            std::fs::copy(entry.path(), &there).unwrap();
        }
    }
}
