//! Files in, frames and samples out; foreign bytes are parsed in a child process alone.

mod cut_finder;
mod error;
pub mod ffmpeg;
pub(crate) mod keyframes;
mod levels;
mod limiter;
mod listening;
pub(crate) mod measures;
mod packet_evidence;
pub mod protocol;
pub(crate) mod shots;
mod sidecar;
mod sketch;
mod sniff;
mod sprite;
mod stamp;
mod still_metadata;
mod subtitles;
mod thumbnail;
mod wire;
mod worker;

pub use error::MediaError;
pub(crate) use listening::Listening;
pub use sidecar::{Sidecar, find_sidecars, is_subtitle_name};
pub use sniff::{SNIFF_BYTES, has_media_extension, looks_like_media};
pub use stamp::FileStamp;
pub use thumbnail::{THUMBNAIL_MAX_SIDE, thumbnail_jpeg};
pub use worker::{
    DECODE_WORKER_COMMAND, DecodePool, DecodeSession, WorkerLimits, run_decode_worker,
};
