//! The child processes that parse foreign bytes: a pool of them, one asset at a time in each.
//!
//! [`DecodePool`] hands out [`DecodeSession`]s, which speak for one child each;
//! [`run_decode_worker`] is the child's main function. Pictures and samples reach the program as
//! raw pixels and values; every other byte of a media file stays on the child's side.

mod child;
mod limits;
mod pool;
mod previews;
mod process;
mod reels;
mod session;

pub use child::run_decode_worker;
pub use limits::WorkerLimits;
pub use pool::DecodePool;
pub use session::DecodeSession;

/// The hidden subcommand with which the program starts itself as a decode worker.
pub const DECODE_WORKER_COMMAND: &str = "decode-worker";
