//! Tests of the whole program, as its users run it.
//!
//! - `architecture`: imports point downward only
//! - `archive`: indexing, searching, showing, resuming, on a rendered archive
//! - `bad_files`: files that are wrong in some way
//! - `bad_models`: models whose files are wrong or do not fit together
//! - `bad_surroundings`: disks, rival processes, models and queries that are wrong
//! - `contract`: exit codes, JSON, environment variables
//! - `corrections`: what people say wins, and is not lost
//! - `demo_world`: a generated archive is what its truth says
//! - `handover`: reels, read back by other programs
//! - `previews`: clips, pieces, frames, storyboards and loudness over HTTP
//! - `mcp`: tools for agents over standard input and output
//! - `real_media`: the shared media, where they are
//! - `reels`: compiling reels, changing them, bringing them up to date, handing them over
//! - `reel_quality`: reels show what was worth showing

#![allow(clippy::print_stderr, reason = "a test that does nothing says why")]

mod architecture;
mod archive;
mod bad_files;
mod bad_models;
mod bad_surroundings;
mod contract;
mod corrections;
mod demo_pack;
mod demo_world;
mod handover;
mod mcp;
mod previews;
mod program;
mod real_media;
mod reel_quality;
mod reels;
