//! What a person asks for.

use serde::{Deserialize, Serialize};

use super::{AssetKey, AssetKind};

/// A search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// The description, as typed.
    pub text: String,
    /// What may be found at all.
    pub filters: Filters,
    /// How many moments to return at most.
    pub limit: usize,
    /// Where to go on: the `next_cursor` of an answer to the same query; `None` from the best on.
    pub cursor: Option<String>,
    /// Whether the nearest of what lies below the cut-off is wanted as well.
    pub weak: bool,
    /// Whether what was found is to be counted by kind, collection, language, tag and year.
    pub facets: bool,
}

impl Default for Query {
    /// An empty description; ten moments from the best on, without what lies below the cut-off.
    fn default() -> Self {
        Self {
            text: String::new(),
            filters: Filters::default(),
            limit: 10,
            cursor: None,
            weak: false,
            facets: false,
        }
    }
}

/// Conditions on assets; empty fields do not restrict, several values of one field are alternatives.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Filters {
    /// Kinds of asset.
    pub kinds: Vec<AssetKind>,
    /// Names of collections.
    pub collections: Vec<String>,
    /// Recorded on this day or later, `YYYY-MM-DD`; assets without a date are not found.
    pub after: Option<String>,
    /// Recorded before this day, `YYYY-MM-DD`; assets without a date are not found.
    pub before: Option<String>,
    /// ISO 639-1 codes of languages spoken or written in the asset.
    pub languages: Vec<String>,
    /// Tags that the asset or one of its segments carries.
    pub tags: Vec<String>,
    /// Globs or plain parts of a location's path.
    pub paths: Vec<String>,
}

/// Filters as the indexes understand them, resolved by the catalogue.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RetrievalScope {
    /// Kinds of asset; empty for all.
    pub kinds: Vec<AssetKind>,
    /// Names of collections; empty for all.
    pub collections: Vec<String>,
    /// The only assets that may be found; `None` for all.
    pub assets: Option<Vec<AssetKey>>,
}
