//! Files in, frames and samples out; foreign bytes are parsed in a child process alone.

mod cut_finder;
mod error;
pub mod ffmpeg;
pub(crate) mod keyframes;
pub(crate) mod measures;
pub mod protocol;
pub(crate) mod shots;
pub(crate) mod packet_evidence;
mod sketch;

pub use error::MediaError;
