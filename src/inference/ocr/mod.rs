//! Reads the words in pictures and joins what neighbouring frames show alike; pictures come decoded.

mod language_data;
mod luma;
mod openmp;
mod reader;
mod regions;
mod text_likely;
mod text_runs;
mod words;

pub use reader::{ScreenTextReader, engine_version};
pub use text_likely::may_hold_text;
pub use text_runs::{TextRun, TextRunMerger};

/// A line of text in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct ScreenLine {
    /// Its words, one space between two.
    pub text: String,
    /// The words' mean confidence, 0 to 1.
    pub confidence: f32,
    /// Pixels from the picture's left border.
    pub left: u32,
    /// Pixels from the picture's upper border.
    pub top: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

#[cfg(test)]
mod tests;
