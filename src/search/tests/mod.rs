//! Search over a real library.

mod answers;
mod library;
mod paraphrases;
