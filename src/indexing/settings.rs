//! What an indexing run is told to do, and how it is told to stop.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::{domain::Step, media::protocol::ShotDepth};

/// How to analyse assets.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexSettings {
    /// How deep shots are looked for.
    pub depth: ShotDepth,
    /// Longer side of the pictures that models and on-screen text see, in pixels.
    ///
    /// Small burnt-in type is still legible at 1280; models scale down to a few hundred anyway.
    pub picture_max_side: u32,
    /// Pictures with more pixels are refused.
    pub max_picture_pixels: u64,
    /// The language spoken, ISO 639-1; `None` to detect it per asset.
    pub speech_language: Option<String>,
    /// Steps to run; empty for all.
    pub only: Vec<Step>,
    /// Whether steps that failed before are tried again.
    pub retry_failed: bool,
    /// Collection that newly found files belong to.
    pub collection: String,
    /// Assets analysed at the same time.
    pub concurrency: usize,
}

impl Default for IndexSettings {
    fn default() -> Self {
        Self {
            depth: ShotDepth::default(),
            picture_max_side: 1280,
            max_picture_pixels: 512_000_000,
            speech_language: None,
            only: Vec::new(),
            retry_failed: false,
            collection: "main".to_owned(),
            concurrency: std::thread::available_parallelism().map_or(2, usize::from),
        }
    }
}

/// A request to stop, shared between the signal handler and everything that works.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// Asks everything to stop soon; what is committed stays.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether stopping was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
