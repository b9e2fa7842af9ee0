//! The page in a real browser: the program serves a small library, and Chromium is driven as a person would.
//!
//! - `searching`: search, facets, states without results, addresses, keys, languages
//! - `watching`: playing, marks, transcripts, the timeline, formats that browsers can't play, the basket
//! - `correcting`: tags and lines of the transcript
//! - `reels`: the reel editor
//! - `showing`: how picks are shown, and fingers
//! - `entering`: the token that a server may ask for
//! - `working`: jobs and their progress
//! - `reaching`: names, contrast, narrow windows, hostile names and words
//! - `pictures`: screenshots of the states, in target/page-screenshots, and the one of the README
//! - `world`, `browser`: the served library and the browser that every test has of its own
//!
//! Without Debian's `chromium` and `chromium-driver` the tests do nothing and say so.

#![allow(clippy::print_stderr, reason = "a test that does nothing says why")]

mod browser;
mod correcting;
mod entering;
mod pictures;
mod reaching;
mod reels;
mod searching;
mod showing;
mod watching;
mod working;
mod world;
