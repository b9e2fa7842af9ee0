//! The query API, asked over TCP of the real program.
//!
//! - `resources`: what each address answers, pages, tags and ranges
//! - `admission`: tokens, scopes, foreign hosts and origins
//! - `hostile`: paths that lead away, too much, too slow, and what is no picture
//! - `library`: two servers on one library, a library that goes away, none at all
//! - `pictures`: searches by a picture that is sent

#![allow(clippy::print_stderr, reason = "a test that does nothing says why")]

mod admission;
mod hostile;
mod library;
mod pictures;
#[path = "../integration/program.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod program;
mod resources;
mod server;
