//! The language of queries: plain words stay plain words, and operators are there for those who want them.
//!
//! The entry point is [`parse`]. It knows nothing of libraries and models: what comes out is a
//! [`Tree`], which prints as a query that reads as the same tree.
//!
//! # Grammar
//! ```ebnf
#![doc = include_str!("grammar.ebnf")]
//! ```

mod display;
mod error;
mod filter;
mod operand;
mod parser;
mod sum;
#[cfg(test)]
mod tests;
mod token;
mod tree;
mod typing;
mod values;

pub use error::LanguageError;
pub use tree::{
    Channel, Condition, Demand, Example, Expression, Filter, Form, Likeness, Property, Term, Timed,
    Tree,
};
pub use typing::Typing;
pub use values::duration_millis;

/// Characters of a query that are read; what is longer and has operators is an error, plain words are cut.
pub const MAX_QUERY_CHARS: usize = 1000;
/// Words, phrases and examples in a query with operators.
pub const MAX_QUERY_CLAUSES: usize = 64;
/// Parentheses inside each other.
pub const MAX_NESTING: usize = 16;
/// The largest weight of a likeness; one more does not change which of two wins.
pub const MAX_WEIGHT: f32 = 100.0;
/// How long `then` waits where no `within` says so: what can be watched at once.
pub const DEFAULT_WITHIN_MILLIS: i64 = 60_000;

/// A query that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// What it says.
    pub tree: Tree,
    /// Whether it has words, phrases and their signs alone, so that the word index reads it as typed.
    pub is_plain: bool,
}

/// Reads a query.
///
/// Whatever has no operators is a query; an error is something that begins as an operator and does
/// not go on as one.
///
/// # Errors
/// Where it goes wrong and what to write there.
pub fn parse(text: &str) -> Result<Parsed, LanguageError> {
    let bounded = match text.char_indices().nth(MAX_QUERY_CHARS) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    let parsed = parser::parse(token::tokens(bounded)?, bounded.chars().count())?;
    if parsed.is_plain {
        return Ok(parsed);
    }
    let chars = text.chars().count();
    if chars > MAX_QUERY_CHARS {
        return Err(LanguageError {
            column: MAX_QUERY_CHARS + 1,
            width: 1,
            found: format!("a query of {chars} characters"),
            expected: format!("at most {MAX_QUERY_CHARS} in a query with operators"),
            hint: "search for the parts one after the other".to_owned(),
        });
    }
    let clauses = parsed
        .tree
        .expression
        .as_ref()
        .map_or(0, Expression::count_clauses)
        + parsed.tree.filters.len();
    if clauses > MAX_QUERY_CLAUSES {
        return Err(LanguageError {
            column: 1,
            width: chars,
            found: format!("{clauses} words, phrases and conditions"),
            expected: format!("at most {MAX_QUERY_CLAUSES} in a query with operators"),
            hint: "search for the parts one after the other".to_owned(),
        });
    }
    Ok(parsed)
}
