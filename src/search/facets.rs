//! What was found, counted by what assets are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Moments counted by what their assets are; each list the most frequent value first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Facets {
    /// `video`, `audio` and `image`.
    pub kind: Vec<FacetCount>,
    /// Names of collections; a moment counts in each that its asset belongs to.
    pub collection: Vec<FacetCount>,
    /// ISO 639-1 codes of languages spoken or written in the asset.
    pub language: Vec<FacetCount>,
    /// The 20 most frequent tags.
    #[schemars(length(max = 20))]
    pub tag: Vec<FacetCount>,
    /// Years of recording, `YYYY`.
    pub year: Vec<FacetCount>,
}

/// A value and how many moments have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FacetCount {
    /// The value, as a filter takes it.
    pub value: String,
    /// Moments.
    pub count: u64,
}
