//! Encoding, by the `ffmpeg` program: a demo needs no encoder inside Reeldex, and setup installs it.

use std::{
    ffi::OsString,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::{
    error::DemoError,
    plan::{Codec, FilmPlan},
    sound::SAMPLE_RATE_HZ,
};

/// Seconds between keyframes, as broadcasters have them.
const KEYFRAME_SECONDS: i64 = 2000;

/// A running `ffmpeg` that takes raw pictures.
pub(super) struct Encoder {
    child: Child,
    path: PathBuf,
}

impl Encoder {
    /// Starts encoding a film into `path` with the raw sound of `sound`.
    pub(super) fn film(plan: &FilmPlan, sound: &Path, path: &Path) -> Result<Self, DemoError> {
        let format = &plan.format;
        let (width, height) = format.size;
        let mut arguments = words("-f rawvideo -pix_fmt rgba");
        arguments.extend(words(&format!(
            "-s {width}x{height} -r {}/{} -i pipe:0",
            format.rate.num, format.rate.den
        )));
        arguments.extend(raw_sound(sound));
        let mut filters = Vec::new();
        if format.is_turned {
            filters.push("transpose=2".to_owned());
        }
        if format.is_variable {
            let period = format.period();
            let half = period / 2;
            filters.push(format!(
                "select='lt(mod(n,{period}),{half})+not(mod(mod(n,{period})-{half},2))'"
            ));
        }
        if format.noise > 0 {
            filters.push(format!("noise=alls={}:allf=t", format.noise));
        }
        filters.push("format=yuv420p".to_owned());
        arguments.extend(["-vf".into(), filters.join(",").into()]);
        let keyframes = format.frame_at(KEYFRAME_SECONDS);
        arguments.extend(words(&match format.codec {
            Codec::H264(factor) => {
                format!("-c:v libx264 -preset veryfast -crf {factor} -g {keyframes}")
            }
            Codec::Mpeg2(quantiser) => format!("-c:v mpeg2video -q:v {quantiser} -g 15 -bf 2"),
            Codec::Mpeg4(quantiser) => format!("-c:v mpeg4 -q:v {quantiser} -g 100"),
        }));
        arguments.extend(words(match format.extension {
            "mpg" => "-c:a mp2 -b:a 128k",
            "avi" => "-c:a libmp3lame -b:a 96k",
            "mkv" => "-c:a flac",
            _ => "-c:a aac -b:a 96k",
        }));
        if format.is_variable {
            arguments.extend(words("-vsync vfr"));
        }
        if let Some(start) = format.start_timecode {
            arguments.extend(["-timecode".into(), start.into()]);
        }
        Self::start(arguments, &plan.title, path)
    }

    /// Encodes the raw sound of `sound` into `path`, in the form that its name asks for.
    pub(super) fn recording(sound: &Path, title: &str, path: &Path) -> Result<(), DemoError> {
        Self::start(raw_sound(sound), title, path)?.finish()
    }

    /// Writes `from` anew as `path`, with a note to players to turn the picture by a quarter.
    ///
    /// While it encodes, `ffmpeg` 5 drops that note; copying keeps it.
    pub(super) fn turned(from: &Path, title: &str, path: &Path) -> Result<(), DemoError> {
        let mut arguments = words("-i");
        arguments.push(from.into());
        arguments.extend(words("-c copy -metadata:s:v:0 rotate=90"));
        Self::start(arguments, title, path)?.finish()
    }

    fn start(arguments: Vec<OsString>, title: &str, path: &Path) -> Result<Self, DemoError> {
        let child = Command::new("ffmpeg")
            .args(words("-v error -nostdin -y"))
            .args(arguments)
            .args(["-metadata", &format!("title={title}")])
            // One film per thread is drawn at a time, and one thread gives the same bytes always.
            .args(words("-threads 1 -fflags +bitexact -flags +bitexact"))
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| DemoError::NoFfmpeg { source })?;
        Ok(Self {
            child,
            path: path.to_owned(),
        })
    }

    /// Hands a picture over; whether `ffmpeg` still takes any.
    pub(super) fn write(&mut self, pixels: &[u8]) -> bool {
        self.child
            .stdin
            .as_mut()
            .is_some_and(|stdin| stdin.write_all(pixels).is_ok())
    }

    /// Waits for the end of the file.
    pub(super) fn finish(self) -> Result<(), DemoError> {
        // Closes the pipe first, which tells the end.
        let ended = self
            .child
            .wait_with_output()
            .map_err(DemoError::file(&self.path))?;
        if ended.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&ended.stderr);
        Err(DemoError::Encoding {
            message: said.lines().last().unwrap_or("no reason given").to_owned(),
            path: self.path,
        })
    }
}

fn raw_sound(sound: &Path) -> Vec<OsString> {
    let mut arguments = words(&format!("-f s16le -ar {SAMPLE_RATE_HZ} -ac 1 -i"));
    arguments.push(sound.into());
    arguments
}

fn words(text: &str) -> Vec<OsString> {
    text.split(' ').map(OsString::from).collect()
}
