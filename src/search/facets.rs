//! What was found, counted by what assets are.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::near_duplicates::Found;
use crate::{
    domain::AssetKey,
    store::{Catalog, Counted, FacetCounts, StoreError},
};

/// Tags that are counted.
const TAGS: usize = 20;

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

impl Facets {
    /// What was found, counted; near-duplicates count once.
    pub(super) fn of(catalog: &Catalog, found: &[Found]) -> Result<Self, StoreError> {
        let mut moments: BTreeMap<AssetKey, u64> = BTreeMap::new();
        for found in found {
            *moments.entry(found.group.asset).or_default() += 1;
        }
        let moments: Vec<(AssetKey, u64)> = moments.into_iter().collect();
        let FacetCounts {
            kinds,
            collections,
            languages,
            tags,
            years,
        } = catalog.facet_counts(&moments, TAGS)?;
        Ok(Self {
            kind: counts(kinds),
            collection: counts(collections),
            language: counts(languages),
            tag: counts(tags),
            year: counts(years),
        })
    }
}

fn counts(counted: Counted) -> Vec<FacetCount> {
    let counted = counted.into_iter();
    counted
        .map(|(value, count)| FacetCount { value, count })
        .collect()
}
