//! Reeldex turns a folder of video, images and audio into moments that people find by describing them.
//!
//! # The way of the data
//! ```text
//! files ─scan→ assets ─decode (child process)→ frames, sound, subtitles
//!    → shots, speech, text, vectors, tags → catalogue (the truth)
//!    → full-text index + vector index (projections) ─retrieve→ fuse → moments → terminal, JSON
//! ```
//! An *asset* is one media file by content, found at one or more *locations*. A *segment* is a
//! stretch of an asset on one channel: a shot, an utterance, a run of on-screen text. An *assertion*
//! is something said of a segment, always with its *provenance*. A *moment* is what a search returns.
//!
//! # Layers
//! Imports point downward only; a test reads every `crate::` path and holds the tree to it.
//!
//! - [`cli`]: what may be typed, and everything that is printed
//! - [`api`]: the library over HTTP, with the page
//! - [`app`]: opens stores, models and workers, once
//! - [`config`]: which settings hold, from command line, environment, file and defaults
//! - [`indexing`]: the write path: what is there, what is stale, run it, commit it
//! - [`search`]: the read path: ask every channel, fuse, explain
//! - [`reel`]: from a wish to a cut: excitement, selection, edits, edit lists, the rendered reel
//! - [`previews`]: clips, frames, storyboards and loudness for browsers, made on demand and kept
//! - [`evaluation`]: how well models do on the demo world
//! - [`demo`]: a drawn and spoken sports archive with its ground truth, to try and measure with
//! - [`media`]: a file's frames, samples, subtitles and metadata, out of a child process
//! - [`inference`]: pictures, speech and text to words and vectors; which models there are
//! - [`store`]: the catalogue, and the two indexes that follow it
//! - [`domain`]: the nouns, as plain data
//! - [`fault`]: whose fault an error is, and the hint that goes with it

pub mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod evaluation;
pub mod fault;
pub mod indexing;
pub mod inference;
pub mod media;
pub mod previews;
pub mod reel;
pub mod search;
pub mod store;
