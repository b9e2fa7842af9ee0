//! One asset after another through one decode worker.

use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::DecodePool;
use super::process::{Silence, WorkerProcess};
use crate::domain::{Cue, MediaInfo, Picture, Samples};
use crate::media::MediaError;
use crate::media::protocol::{AudioSummary, ShotEvent, ShotRequest, ShotSummary, SubtitleFile};
use crate::media::wire::{Reply, Request};

/// After so many requests a worker is replaced, so that leaks of C libraries never add up to the
/// memory limit on an innocent file.
const REQUESTS_PER_WORKER: u32 = 2000;

/// A decode worker to oneself, until dropped.
///
/// When the worker dies, stalls or is stopped half-way, the call in hand says so, and the next
/// call gets a fresh worker.
pub struct DecodeSession<'pool> {
    pool: &'pool DecodePool,
    worker: Option<WorkerProcess>,
}

/// What a reply means to the call that waits for it.
pub(super) enum Taken<T> {
    More,
    Done(T),
    /// The caller wants no more of it, though the worker goes on.
    Stop(T),
    Unexpected(Reply),
}

impl<'pool> DecodeSession<'pool> {
    pub(super) fn open(
        pool: &'pool DecodePool,
        worker: Option<WorkerProcess>,
    ) -> Result<Self, MediaError> {
        // Made first: when no worker starts, dropping it gives the place in the pool back.
        let mut session = Self { pool, worker };
        session.ready_worker()?;
        Ok(session)
    }

    /// The process id of the worker in use; `None` when the next call starts a fresh one.
    pub fn worker_id(&self) -> Option<u32> {
        self.worker.as_ref().map(WorkerProcess::id)
    }

    /// Versions of the libraries that the worker decodes with; empty when the next call starts a fresh one.
    pub fn library_versions(&self) -> &str {
        self.worker.as_ref().map_or("", WorkerProcess::libraries)
    }

    /// Container, streams, chapters and metadata of a file.
    ///
    /// # Errors
    /// What is wrong with the file, or how the worker ended on it.
    pub fn probe(&mut self, path: &Path) -> Result<MediaInfo, MediaError> {
        self.exchange(
            &Request::Probe { path: bytes(path) },
            |reply, _| match reply {
                Reply::Media(info) => Taken::Done(info),
                other => Taken::Unexpected(other),
            },
        )
    }

    /// Shots and the pictures that stand for them, of a video or a still, in order of time.
    ///
    /// After `sink` breaks off, the summary counts what it was given and nothing else.
    ///
    /// # Errors
    /// What is wrong with the file, or how the worker ended on it; events sent before stay valid.
    pub fn shots(
        &mut self,
        path: &Path,
        request: &ShotRequest,
        sink: &mut dyn FnMut(ShotEvent) -> ControlFlow<()>,
    ) -> Result<ShotSummary, MediaError> {
        let max_picture_pixels = self.most_pixels(request.max_picture_pixels);
        let request = ShotRequest {
            max_picture_pixels,
            ..request.clone()
        };
        let mut seen = ShotSummary::default();
        self.exchange(
            &Request::Shots {
                path: bytes(path),
                request,
            },
            |reply, payload| {
                let mut event = match reply {
                    Reply::Shot(event) => event,
                    Reply::ShotsDone(summary) => return Taken::Done(summary),
                    other => return Taken::Unexpected(other),
                };
                match &mut event {
                    ShotEvent::Keyframe {
                        picture, at_millis, ..
                    } => {
                        if payload.len() as u64 != byte_count(picture) {
                            return Taken::Unexpected(Reply::Shot(event));
                        }
                        picture.rgb = payload;
                        seen.keyframes += 1;
                        seen.duration_millis = seen.duration_millis.max(*at_millis);
                    }
                    ShotEvent::ShotEnded { span, .. } => {
                        seen.shots += 1;
                        seen.duration_millis = seen.duration_millis.max(span.end_millis);
                    }
                    ShotEvent::Progress { .. } => {}
                }
                match sink(event) {
                    ControlFlow::Continue(()) => Taken::More,
                    ControlFlow::Break(()) => Taken::Stop(std::mem::take(&mut seen)),
                }
            },
        )
    }

    /// The sound of a stream, mono at 16 kHz, in order of time.
    ///
    /// After `sink` breaks off, the summary counts the samples it was given and nothing else.
    ///
    /// # Errors
    /// What is wrong with the file, or how the worker ended on it; samples sent before stay valid.
    pub fn audio(
        &mut self,
        path: &Path,
        stream_index: u32,
        sink: &mut dyn FnMut(Samples) -> ControlFlow<()>,
    ) -> Result<AudioSummary, MediaError> {
        let mut seen = AudioSummary::default();
        self.exchange(
            &Request::Audio {
                path: bytes(path),
                stream_index,
            },
            |reply, payload| {
                let start_millis = match reply {
                    Reply::Samples { start_millis } => start_millis,
                    Reply::AudioDone(summary) => return Taken::Done(summary),
                    other => return Taken::Unexpected(other),
                };
                let (values, rest) = payload.as_chunks::<4>();
                if !rest.is_empty() {
                    return Taken::Unexpected(Reply::Samples { start_millis });
                }
                // Nothing but a sign of life while there is no sound to send.
                if values.is_empty() {
                    return Taken::More;
                }
                let mono: Vec<f32> = values
                    .iter()
                    .map(|value| f32::from_le_bytes(*value))
                    .collect();
                seen.samples += mono.len() as u64;
                match sink(Samples { start_millis, mono }) {
                    ControlFlow::Continue(()) => Taken::More,
                    ControlFlow::Break(()) => Taken::Stop(std::mem::take(&mut seen)),
                }
            },
        )
    }

    /// The cues of a text stream inside a media file, in order of time.
    ///
    /// # Errors
    /// What is wrong with the file, or how the worker ended on it.
    pub fn subtitle_stream(
        &mut self,
        path: &Path,
        stream_index: u32,
    ) -> Result<Vec<Cue>, MediaError> {
        let mut cues = Vec::new();
        self.exchange(
            &Request::SubtitleStream {
                path: bytes(path),
                stream_index,
            },
            |reply, _| match reply {
                Reply::Cues(more) => {
                    cues.extend(more);
                    Taken::More
                }
                Reply::CuesDone => Taken::Done(std::mem::take(&mut cues)),
                other => Taken::Unexpected(other),
            },
        )
    }

    /// The cues of a subtitle file, in order of time.
    ///
    /// # Errors
    /// What is wrong with the file, or how the worker ended on it.
    pub fn subtitle_file(&mut self, path: &Path) -> Result<SubtitleFile, MediaError> {
        let mut cues = Vec::new();
        self.exchange(
            &Request::SubtitleFile { path: bytes(path) },
            |reply, _| match reply {
                Reply::Cues(more) => {
                    cues.extend(more);
                    Taken::More
                }
                Reply::SubtitleFileDone {
                    character_set,
                    format,
                } => Taken::Done(SubtitleFile {
                    cues: std::mem::take(&mut cues),
                    character_set,
                    format,
                }),
                other => Taken::Unexpected(other),
            },
        )
    }

    /// The smaller of what is asked for and what the pool allows.
    pub(super) fn most_pixels(&self, wanted: u64) -> u64 {
        wanted.min(self.pool.limits().max_picture_pixels)
    }

    /// Sends `request` and hands the replies to `take` until it is done.
    pub(super) fn exchange<T>(
        &mut self,
        request: &Request,
        mut take: impl FnMut(Reply, Vec<u8>) -> Taken<T>,
    ) -> Result<T, MediaError> {
        // Out of the session while it is spoken to: it is put back only when fit for more.
        let mut worker = self.started(request)?;
        loop {
            let (reply, payload) = match worker.receive() {
                Ok(message) => message,
                Err(silence) => return Err(worker.silence_as_error(silence)),
            };
            let (result, is_fit) = match reply {
                Reply::Failed(error) => {
                    let is_fit = !matches!(
                        error,
                        MediaError::WorkerDied { .. } | MediaError::OutOfMemory { .. }
                    );
                    (Err(error), is_fit)
                }
                reply => match take(reply, payload) {
                    Taken::More => continue,
                    Taken::Done(value) => (Ok(value), true),
                    Taken::Stop(value) => (Ok(value), false),
                    Taken::Unexpected(reply) => {
                        let reason = format!("{:.200}", format!("{reply:?}"));
                        (Err(MediaError::Protocol { reason }), false)
                    }
                },
            };
            if is_fit && worker.served < REQUESTS_PER_WORKER {
                self.worker = Some(worker);
            }
            return result;
        }
    }

    /// A worker that has taken up `request`.
    ///
    /// One that ends or hangs before it takes a request up does so for reasons of its own, such as
    /// a kill while it was idle; a fresh one then gets the same request, once.
    fn started(&mut self, request: &Request) -> Result<WorkerProcess, MediaError> {
        let mut last = String::new();
        for _ in 0..2 {
            self.ready_worker()?;
            let Some(mut worker) = self.worker.take() else {
                continue;
            };
            worker.served += 1;
            let silence = match worker.send(request) {
                Ok(()) => match worker.receive() {
                    Ok((Reply::Started, _)) => return Ok(worker),
                    Ok((Reply::Failed(error), _)) => return Err(error),
                    Ok((reply, _)) => {
                        return Err(MediaError::Protocol {
                            reason: format!("{reply:?} before the start"),
                        });
                    }
                    Err(silence) => silence,
                },
                Err(_) => Silence::Ended,
            };
            last = crate::fault::message_chain(&worker.silence_as_error(silence));
            tracing::warn!(worker = worker.id(), reason = %last, "idle decode worker replaced");
        }
        Err(MediaError::WorkerStart {
            reason: format!("two in a row did not take up the file: {last}"),
        })
    }

    fn ready_worker(&mut self) -> Result<(), MediaError> {
        let is_ready = self.worker.as_mut().is_some_and(WorkerProcess::is_alive);
        if !is_ready {
            self.worker = Some(self.pool.start_worker()?);
        }
        Ok(())
    }
}

impl Drop for DecodeSession<'_> {
    fn drop(&mut self) {
        self.pool.give_back(self.worker.take());
    }
}

/// A path as it crosses the pipe.
pub(super) fn bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

fn byte_count(picture: &Picture) -> u64 {
    u64::from(picture.width) * u64::from(picture.height) * 3
}
