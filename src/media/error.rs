//! What can go wrong with a media file, and with the child process that decodes it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::fault::{Diagnose, Fault};

/// Why a file could not be decoded. It crosses the pipe from the worker, so causes are texts.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum MediaError {
    /// No demuxer recognises the content.
    #[error("not a media file, or too damaged to tell which kind")]
    NotMedia,
    /// The operating system would not let it be read.
    #[error("cannot be read: {reason}")]
    Unreadable {
        /// What the system said.
        reason: String,
    },
    /// This build of FFmpeg has no decoder for it.
    #[error("no decoder for `{codec}` in this FFmpeg")]
    Unsupported {
        /// FFmpeg's codec name.
        codec: String,
    },
    /// It is damaged.
    #[error("damaged: {reason}")]
    Corrupt {
        /// What FFmpeg said, and where.
        reason: String,
    },
    /// A picture is larger than the limit.
    #[error(
        "a picture of {width}x{height} pixels is over the limit of {limit_megapixels} megapixels"
    )]
    TooLarge {
        /// Pixels per row.
        width: u32,
        /// Rows.
        height: u32,
        /// The limit.
        limit_megapixels: u64,
    },
    /// It has no stream of the kind asked for.
    #[error("has no {kind} stream")]
    NoStream {
        /// `video`, `audio` or `subtitle`.
        kind: String,
    },
    /// Nothing can be rendered of a stretch, because of the stretch.
    #[error("{reason}")]
    BadSpan {
        /// What is wrong with it.
        reason: String,
    },
    /// This build of FFmpeg lacks an encoder.
    #[error("no encoder `{encoder}` in this FFmpeg")]
    NoEncoder {
        /// FFmpeg's name of it.
        encoder: String,
    },
    /// An encoder is there, but what it runs on is not.
    #[error("the encoder `{encoder}` can't start on this machine: {reason}")]
    EncoderStart {
        /// FFmpeg's name of it.
        encoder: String,
        /// What FFmpeg said.
        reason: String,
    },
    /// The worker ended before it answered.
    #[error("the decode worker died on it ({how})")]
    WorkerDied {
        /// Signal or exit status.
        how: String,
    },
    /// The worker made no progress for too long and was killed.
    #[error("decoding made no progress for {seconds} s and was stopped")]
    Stalled {
        /// The deadline.
        seconds: u64,
    },
    /// The worker met its memory limit.
    #[error("decoding needs more memory than the limit of {limit_mebibytes} MiB")]
    OutOfMemory {
        /// The limit.
        limit_mebibytes: u64,
    },
    /// No worker could be started.
    #[error("the decode worker could not be started: {reason}")]
    WorkerStart {
        /// What the system said.
        reason: String,
    },
    /// Parent and worker do not understand each other.
    #[error("the decode worker sent something unexpected: {reason}")]
    Protocol {
        /// What it was.
        reason: String,
    },
}

impl Diagnose for MediaError {
    fn fault(&self) -> Fault {
        match self {
            Self::NotMedia
            | Self::Corrupt { .. }
            | Self::TooLarge { .. }
            | Self::NoStream { .. }
            | Self::BadSpan { .. } => Fault::User,
            Self::Protocol { .. } => Fault::Bug,
            _ => Fault::Environment,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotMedia => "not_media",
            Self::Unreadable { .. } => "unreadable",
            Self::Unsupported { .. } => "unsupported_codec",
            Self::Corrupt { .. } => "corrupt",
            Self::TooLarge { .. } => "picture_too_large",
            Self::NoStream { .. } => "no_stream",
            Self::BadSpan { .. } => "bad_span",
            Self::NoEncoder { .. } => "no_encoder",
            Self::EncoderStart { .. } => "encoder_start",
            Self::WorkerDied { .. } => "worker_died",
            Self::Stalled { .. } => "worker_stalled",
            Self::OutOfMemory { .. } => "worker_out_of_memory",
            Self::WorkerStart { .. } => "worker_start",
            Self::Protocol { .. } => "worker_protocol",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotMedia => {
                "open it in a player; if it plays there, report the file's first kilobytes"
            }
            Self::Unreadable { .. } => {
                "check the file's permissions and the disk, then run `reeldex retry`"
            }
            Self::Unsupported { .. } => {
                "convert it with a tool that knows the codec, or install an FFmpeg that does"
            }
            Self::Corrupt { .. } => {
                "copy it again from its source and compare; what could be read was kept"
            }
            Self::TooLarge { .. } => {
                "raise --max-megapixels if this machine has the memory, then run `reeldex retry`"
            }
            Self::NoStream { .. } | Self::BadSpan { .. } => return None,
            Self::NoEncoder { .. } => {
                "install an FFmpeg with x264 and AAC, such as Debian's `libavcodec59`"
            }
            Self::EncoderStart { .. } => {
                "its device or driver is absent or busy; take the software encoder instead"
            }
            Self::WorkerDied { .. } => {
                "the file made the decoder crash; keep it, it is worth a bug report"
            }
            Self::Stalled { .. } => {
                "raise --no-progress-seconds for slow storage, then run `reeldex retry`"
            }
            Self::OutOfMemory { .. } => "raise --worker-memory, then run `reeldex retry`",
            Self::WorkerStart { .. } => {
                "check that the reeldex binary may be executed and that processes may be started"
            }
            Self::Protocol { .. } => {
                "the binary was replaced while it ran, or this is a bug; run the command again"
            }
        };
        Some(hint.to_owned())
    }
}
