//! Counts found moments by what their assets are.

use std::collections::HashSet;

use rusqlite::Connection;

use super::{Catalog, StoreError};
use crate::domain::AssetKey;

/// Values with the number of moments that have them, the most frequent first.
pub type Counted = Vec<(String, u64)>;

/// Moments counted by what their assets are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FacetCounts {
    /// Kinds of asset.
    pub kinds: Counted,
    /// Collections; a moment counts in each that its asset belongs to.
    pub collections: Counted,
    /// Languages spoken or written in the asset.
    pub languages: Counted,
    /// The most frequent tags of the asset, without measures such as `loudness=-23`.
    pub tags: Counted,
    /// Years of recording.
    pub years: Counted,
}

const KINDS: &str = "SELECT a.kind, sum(f.moments) FROM found f JOIN assets a ON a.key = f.asset
    WHERE a.kind IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1";
const YEARS: &str = "SELECT substr(a.created_day, 1, 4), sum(f.moments) FROM found f JOIN assets a ON a.key = f.asset
    WHERE a.created_day IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1";
const COLLECTIONS: &str = "SELECT c.name, sum(moments) FROM (
      SELECT DISTINCT f.asset, f.moments, l.collection FROM found f JOIN locations l ON l.asset = f.asset
      WHERE l.missing = 0
        OR NOT EXISTS (SELECT 1 FROM locations o WHERE o.asset = f.asset AND o.missing = 0)
    ) p JOIN collections c ON c.key = p.collection GROUP BY 1 ORDER BY 2 DESC, 1";
const LANGUAGES: &str =
    "SELECT t.language, sum(f.moments) FROM found f JOIN asset_languages t ON t.asset = f.asset
    GROUP BY 1 ORDER BY 2 DESC, 1";
const TAGS: &str =
    "SELECT t.tag, sum(f.moments) FROM found f JOIN asset_tags t ON t.asset = f.asset
    GROUP BY 1 ORDER BY 2 DESC, 1";

impl Catalog {
    /// Counts moments, given as how many each asset has, by what their assets are; of tags the
    /// `tags` most frequent.
    pub fn facet_counts(
        &self,
        moments: &[(AssetKey, u64)],
        tags: usize,
    ) -> Result<FacetCounts, StoreError> {
        let rows: Vec<(i64, u64)> = moments
            .iter()
            .map(|(asset, count)| (asset.0, *count))
            .collect();
        let rows = serde_json::to_string(&rows).expect("numbers are JSON");
        self.read("count what was found", |connection| {
            let counted = |select| counted(connection, select, &rows);
            Ok(FacetCounts {
                kinds: counted(KINDS)?,
                collections: counted(COLLECTIONS)?,
                languages: counted(LANGUAGES)?,
                tags: without_measures(counted(TAGS)?, tags),
                years: counted(YEARS)?,
            })
        })
    }
}

fn counted(connection: &Connection, select: &str, rows: &str) -> rusqlite::Result<Counted> {
    // The few assets found are written to a table once, and lead to the rest.
    let mut statement = connection.prepare_cached(&format!(
        "WITH found(asset, moments) AS MATERIALIZED (
           SELECT value ->> 0, value ->> 1 FROM json_each(?1)) {select}"
    ))?;
    statement
        .query_map([rows], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
        })?
        .collect()
}

/// The first tags that are neither a measure, `name=value`, nor the name of one.
fn without_measures(mut counted: Counted, limit: usize) -> Counted {
    let name_of = |tag: &str| tag.split_once('=').map(|(name, _)| name.trim().to_owned());
    let names: HashSet<String> = counted.iter().filter_map(|(tag, _)| name_of(tag)).collect();
    counted.retain(|(tag, _)| !tag.contains('=') && !names.contains(tag));
    counted.truncate(limit);
    counted
}
