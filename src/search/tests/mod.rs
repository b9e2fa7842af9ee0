//! Search over a real library.

#![allow(
    clippy::print_stderr,
    reason = "tests say why they skip and what they measured"
)]

mod answers;
mod library;
mod likeness;
mod operators;
mod pages;
mod paraphrases;
mod plain;
mod suggestions;
mod threads;
mod timing;
mod warming;
