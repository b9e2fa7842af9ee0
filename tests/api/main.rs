//! The query API, asked over TCP of the real program.
//!
//! - `resources`: what each address answers, pages, tags and ranges
//! - `admission`: tokens, scopes, foreign hosts and origins
//! - `hostile`: paths that lead away, too much, too slow, and what is no picture
//! - `library`: two servers on one library, a library that goes away, none at all
//! - `corrections`: what people say against or beside what was found
//! - `reels`: reels made, changed, handed over and rendered
//! - `previews`: clips while they are being made
//! - `jobs`: index requests and their progress
//! - `mcp`: tools for agents
//! - `pictures`: searches by a picture that is sent

#![allow(clippy::print_stderr, reason = "a test that does nothing says why")]

mod admission;
mod corrections;
mod hostile;
mod jobs;
mod library;
mod mcp;
mod pictures;
mod previews;
#[path = "../integration/program.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod program;
mod reels;
mod resources;
mod server;
