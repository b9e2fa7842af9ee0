//! What is wrong with a query, where, and what to write instead.

use thiserror::Error;

/// A query that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("column {column}: found {found}, expected {expected}")]
pub struct LanguageError {
    /// Where it is wrong, in characters from 1; one more than the query has where it ends too early.
    pub column: usize,
    /// How many characters are wrong, at least 1.
    pub width: usize,
    /// What stands there.
    pub found: String,
    /// What could stand there.
    pub expected: String,
    /// What to do, as one sentence without a full stop.
    pub hint: String,
}

/// Characters of the query that are shown before and after the place.
const SHOWN_CHARS: usize = 60;

impl LanguageError {
    /// The query around the place, and a second line with carets under it.
    pub fn marked(&self, query: &str) -> String {
        let first = self.column.saturating_sub(1).saturating_sub(SHOWN_CHARS);
        let shown: String = query
            .chars()
            .skip(first)
            .take(2 * SHOWN_CHARS)
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        let before = self.column.saturating_sub(1) - first;
        let room = shown.chars().count().saturating_sub(before).max(1);
        format!(
            "  {shown}\n  {}{}",
            " ".repeat(before),
            "^".repeat(self.width.clamp(1, room))
        )
    }
}
