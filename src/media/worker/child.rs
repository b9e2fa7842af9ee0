//! The child's side: reads requests from stdin, decodes, and answers on stdout.

use std::any::Any;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

use super::WorkerLimits;
use super::limits::confine;
use crate::domain::{Cue, Samples};
use crate::media::protocol::ShotEvent;
use crate::media::wire::{self, PROTOCOL_VERSION, Reply, Request, WireError};
use crate::media::{MediaError, ffmpeg, sprite, still_metadata, subtitles};

/// Cues in one message.
const CUES_PER_MESSAGE: usize = 128;

/// The longest text of a cue; what is longer is no subtitle, and its beginning shows what it is.
/// So many such cues stay below the size limit of a message.
const CUE_TEXT_LIMIT_BYTES: usize = 64 << 10;

/// Samples in one message: a minute, so that one message never holds a whole stream.
const SAMPLES_PER_MESSAGE: usize = 60 * crate::domain::SPEECH_SAMPLE_RATE_HZ as usize;

/// How long a worker whose program is gone may take to end by itself.
const ORPHAN_GRACE: Duration = Duration::from_millis(500);

/// The main function of a decode worker: serves requests on stdin and stdout until stdin closes.
pub fn run_decode_worker() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The program keeps what comes on this pipe as the worker's last words. Nobody may be
            // left to read them, which is no reason to fail differently.
            let _ = writeln!(
                io::stderr(),
                "decode worker: {}",
                crate::fault::message_chain(&error)
            );
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), WireError> {
    let mut pipe = private_stdout().map_err(WireError::Pipe)?;
    die_with_parent().map_err(WireError::Pipe)?;
    let limits = greet(&mut pipe)?;
    for request in requests_from_stdin() {
        wire::send(&mut pipe, &Reply::Started, &[])?;
        // A panic leaves libav's state unknown: the file is told of, and the worker ends.
        let answered = catch_unwind(AssertUnwindSafe(|| answer(&mut pipe, request)));
        let reply = match answered {
            Ok(Ok(reply)) => reply,
            Ok(Err(Interrupted::Pipe(error))) => return Err(error),
            Ok(Err(Interrupted::File(error))) => Reply::Failed(name_memory(error, &limits)),
            Err(panic) => {
                let how = format!("it panicked: {}", panic_text(panic.as_ref()));
                wire::send(
                    &mut pipe,
                    &Reply::Failed(MediaError::WorkerDied { how }),
                    &[],
                )?;
                return Ok(());
            }
        };
        match wire::send(&mut pipe, &reply, &[]) {
            Err(error @ WireError::TooLong { .. }) => {
                let reason = format!("what it says of itself is too long: {error}");
                wire::send(
                    &mut pipe,
                    &Reply::Failed(MediaError::Corrupt { reason }),
                    &[],
                )?;
            }
            other => other?,
        }
    }
    Ok(())
}

/// The pipe to the program; whatever a library prints to stdout goes to stderr instead.
fn private_stdout() -> io::Result<File> {
    let pipe = rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(File::from(pipe))
}

/// Asks the system to kill this process when the program's thread that reads from it ends.
fn die_with_parent() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    Ok(())
}

/// Takes the first message, sets the limits in it and answers.
fn greet(pipe: &mut File) -> Result<WorkerLimits, WireError> {
    let (hello, _) = wire::receive::<Request>(&mut io::stdin().lock())?;
    let Request::Hello { limits, .. } = hello else {
        let reason = "a request came before the greeting".to_owned();
        wire::send(pipe, &Reply::Failed(MediaError::Protocol { reason }), &[])?;
        return Err(WireError::Closed);
    };
    // What the dynamic linker and FFmpeg open for themselves they open now, before rights shrink.
    let libraries = ffmpeg::library_versions();
    confine(&limits).map_err(WireError::Pipe)?;
    let program = env!("CARGO_PKG_VERSION").to_owned();
    wire::send(
        pipe,
        &Reply::Ready {
            protocol: PROTOCOL_VERSION,
            program,
            libraries,
        },
        &[],
    )?;
    Ok(limits)
}

/// Requests as they come. When stdin closes, the program is gone: what is in hand is worth nothing
/// then, so after a grace for ending by itself this process kills itself.
fn requests_from_stdin() -> Receiver<Request> {
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        while let Ok((request, _)) = wire::receive::<Request>(&mut stdin) {
            if sender.send(request).is_err() {
                return;
            }
        }
        drop(sender);
        thread::sleep(ORPHAN_GRACE);
        // Fails only when this process is ending already.
        let _ = kill_process(getpid(), Signal::KILL);
    });
    receiver
}

/// Why a request has no answer of its own.
enum Interrupted {
    Pipe(WireError),
    File(MediaError),
}

impl From<MediaError> for Interrupted {
    fn from(error: MediaError) -> Self {
        Self::File(error)
    }
}

impl From<WireError> for Interrupted {
    fn from(error: WireError) -> Self {
        match error {
            WireError::TooLong { .. } => Self::File(MediaError::Corrupt {
                reason: format!("a part of it is too large to pass on: {error}"),
            }),
            error => Self::Pipe(error),
        }
    }
}

/// Does what is asked; parts of the answer go out at once, its end is returned.
fn answer(pipe: &mut File, request: Request) -> Result<Reply, Interrupted> {
    match request {
        Request::Hello { .. } => Err(MediaError::Protocol {
            reason: "a second greeting".to_owned(),
        }
        .into()),
        Request::Probe { path } => {
            let path = to_path(&path);
            let mut info = ffmpeg::probe(path)?;
            still_metadata::add_to(&mut info, path);
            Ok(Reply::Media(info))
        }
        Request::Shots { path, request } => {
            let mut sent = Ok(());
            let summary = ffmpeg::shots(to_path(&path), &request, &mut |event| {
                sent = send_shot(pipe, event);
                go_on(&sent)
            });
            sent?;
            Ok(Reply::ShotsDone(summary?))
        }
        Request::Audio { path, stream_index } => {
            let mut sent = Ok(());
            let summary = ffmpeg::audio(to_path(&path), stream_index, &mut |samples| {
                sent = send_samples(pipe, &samples);
                go_on(&sent)
            });
            sent?;
            Ok(Reply::AudioDone(summary?))
        }
        Request::SubtitleStream { path, stream_index } => {
            send_cues(pipe, ffmpeg::subtitle_stream(to_path(&path), stream_index)?)?;
            Ok(Reply::CuesDone)
        }
        Request::Clip { path, request } => {
            let mut sent = Ok(());
            let summary = ffmpeg::clip(to_path(&path), &request, &mut |bytes| {
                sent = wire::send(pipe, &Reply::Encoded, bytes);
                go_on(&sent)
            });
            sent?;
            Ok(Reply::ClipDone(summary?))
        }
        Request::Frame { path, request } => {
            let picture = ffmpeg::frame(to_path(&path), &request)?;
            wire::send(pipe, &Reply::Encoded, &sprite::frame_jpeg(&picture)?)?;
            Ok(Reply::FrameDone)
        }
        Request::Storyboard { path, request } => {
            let mut tiles = Vec::new();
            ffmpeg::storyboard(to_path(&path), &request, &mut |at_millis, picture| {
                tiles.push((at_millis, picture));
            })?;
            let (storyboard, jpeg) = sprite::storyboard(&tiles)?;
            wire::send(pipe, &Reply::Encoded, &jpeg)?;
            Ok(Reply::StoryboardDone(storyboard))
        }
        Request::Loudness { path } => {
            let mut sent = Ok(());
            let loudness = ffmpeg::loudness(to_path(&path), &mut || {
                if sent.is_ok() {
                    sent = wire::send(pipe, &Reply::Encoded, &[]);
                }
            });
            sent?;
            Ok(Reply::Loudness(loudness?))
        }
        Request::ReelEncoder { form } => {
            ffmpeg::encoder_starts(&form)?;
            Ok(Reply::ReelEncoderStarts)
        }
        Request::ReelCopyPlan {
            path,
            rate,
            first_frame,
            end_frame,
        } => Ok(Reply::ReelCopyPlan(ffmpeg::reel_copy_plan(
            to_path(&path),
            rate,
            first_frame,
            end_frame,
        )?)),
        Request::ReelPart(request) => {
            let mut sent = Ok(());
            let summary = ffmpeg::reel_part(&request, &mut |bytes, pictures| {
                sent = wire::send(pipe, &Reply::ReelEncoded { pictures }, bytes);
                go_on(&sent)
            });
            sent?;
            Ok(Reply::ReelPartDone(summary?))
        }
        Request::ReelJoin(request) => {
            let mut sent = Ok(());
            let summary = ffmpeg::join_reel(&request, &mut |offset, bytes, pictures| {
                sent = wire::send(pipe, &Reply::ReelWritten { offset, pictures }, bytes);
                go_on(&sent)
            });
            sent?;
            Ok(Reply::ReelJoined(summary?))
        }
        Request::SubtitleFile { path } => {
            let file = subtitles::read(to_path(&path))?;
            send_cues(pipe, file.cues)?;
            Ok(Reply::SubtitleFileDone {
                character_set: file.character_set,
                format: file.format,
            })
        }
    }
}

fn to_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

fn go_on<E>(sent: &Result<(), E>) -> ControlFlow<()> {
    if sent.is_ok() {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(())
    }
}

fn send_shot(pipe: &mut File, mut event: ShotEvent) -> Result<(), WireError> {
    let pixels = match &mut event {
        ShotEvent::Keyframe { picture, .. } => std::mem::take(&mut picture.rgb),
        ShotEvent::ShotEnded { .. } | ShotEvent::Progress { .. } => Vec::new(),
    };
    wire::send(pipe, &Reply::Shot(event), &pixels)
}

fn send_samples(pipe: &mut File, samples: &Samples) -> Result<(), WireError> {
    let rate = i64::from(crate::domain::SPEECH_SAMPLE_RATE_HZ);
    let mut sent = 0;
    loop {
        let end = samples.mono.len().min(sent + SAMPLES_PER_MESSAGE);
        let payload: Vec<u8> = samples.mono[sent..end]
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let start_millis = samples.start_millis + sent as i64 * 1000 / rate;
        wire::send(pipe, &Reply::Samples { start_millis }, &payload)?;
        sent = end;
        if sent == samples.mono.len() {
            return Ok(());
        }
    }
}

fn send_cues(pipe: &mut File, mut cues: Vec<Cue>) -> Result<(), WireError> {
    for cue in &mut cues {
        cue.text
            .truncate(cue.text.floor_char_boundary(CUE_TEXT_LIMIT_BYTES));
    }
    let mut cues = cues.into_iter().peekable();
    while cues.peek().is_some() {
        let batch = cues.by_ref().take(CUES_PER_MESSAGE).collect();
        wire::send(pipe, &Reply::Cues(batch), &[])?;
    }
    Ok(())
}

/// libav reports a failed allocation as an error like any other; here it gets its name.
fn name_memory(error: MediaError, limits: &WorkerLimits) -> MediaError {
    match error {
        MediaError::OutOfMemory { .. } => MediaError::OutOfMemory {
            limit_mebibytes: limits.memory_mebibytes(),
        },
        MediaError::Corrupt { reason } | MediaError::Unreadable { reason }
            if reason.contains("Cannot allocate memory") =>
        {
            MediaError::OutOfMemory {
                limit_mebibytes: limits.memory_mebibytes(),
            }
        }
        other => other,
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
