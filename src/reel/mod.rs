//! Reels: from a wish and constraints to an ordered, editable list of moments, its cut and its hand-over.
//!
//! A [`Reel`] is a file, `*.reel.json`. It names each source by content and each pick by frames of
//! its source, says why everything was picked, and keeps every earlier state of itself.

mod compile;
mod edit;
mod error;
pub mod excitement;
pub mod export;
mod file;
#[cfg(test)]
mod fixtures;
mod lines;
mod manifest;
pub mod render;
pub mod rights;
mod source;
mod timeline;
mod whereabouts;

pub use compile::{CompileSettings, Moved, ReelDiff, Retimed, compile, replace, update};
pub use edit::{Edit, now};
pub use error::ReelError;
pub use file::{ReelFile, file_stem, folder};
pub use lines::{Line, reel_lines};
pub use manifest::{
    Evidence, Order, Pick, REEL_FORMAT_VERSION, Reason, Reel, Revision, Section, SignalShare,
    SlowMotion, Smoothing, Stretch, TimelineSettings, Wish, reel_schema,
};
pub use source::{Source, SourceKind, SourceSound};
pub use timeline::{Placed, place};
pub use whereabouts::{Check, Place, PlaceState, Whereabouts};
