//! Files in, frames and samples out; foreign bytes are parsed in a child process alone.

mod error;
pub mod ffmpeg;
pub mod protocol;

pub use error::MediaError;
