//! How a query that is being typed may go on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A way to go on from the word that is being typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suggestion {
    /// What it is.
    pub kind: SuggestionKind,
    /// What to put in the place of `replaces`.
    pub text: String,
    /// Bytes of the UTF-8 text to replace, `[first, first after]`.
    pub replaces: (usize, usize),
    /// Texts that hold the word, or assets that carry the tag or belong to the collection; counted
    /// up to a bound. `None` for what belongs to the language of queries.
    pub count: Option<u64>,
}

/// What a suggestion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// Belongs to the language of queries, such as `said:` or `is:video`.
    Operator,
    /// A collection.
    Collection,
    /// A tag.
    Tag,
    /// A word of a title, a file name or a person's name.
    Name,
    /// A word that was said or shown.
    Word,
}
