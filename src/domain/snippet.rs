//! What a search shows of the text it found.

use serde::{Deserialize, Serialize};

/// A piece of text with its matching words marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// The text.
    pub text: String,
    /// Byte ranges of matching words, in order, not overlapping.
    pub marked: Vec<(usize, usize)>,
}
