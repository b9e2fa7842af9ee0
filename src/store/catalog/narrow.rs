//! Conditions on top of others: scopes narrowed, and assets by what was measured of them.

use std::collections::HashSet;

use super::{Catalog, StoreError};
use crate::domain::{AssetKey, Channel, Filters, RetrievalScope, Step, TimeSpan};

impl Catalog {
    /// The part of `outer` that `filters` allow as well.
    pub fn narrowed(
        &self,
        outer: &RetrievalScope,
        filters: &Filters,
    ) -> Result<RetrievalScope, StoreError> {
        let inner = self.resolve(filters)?;
        let is_free =
            |scope: &RetrievalScope| scope.kinds.is_empty() && scope.collections.is_empty();
        if is_free(outer) || is_free(&inner) {
            let (by_index, assets) = if is_free(outer) {
                (inner, outer.assets.clone())
            } else {
                (outer.clone(), inner.assets)
            };
            return Ok(RetrievalScope {
                assets: both(by_index.assets, assets),
                ..by_index
            });
        }
        // The indexes take one list of kinds and one of collections: the rest becomes assets.
        let allowed = self.allowed(&inner)?.map(sorted);
        Ok(RetrievalScope {
            assets: both(outer.assets.clone(), allowed),
            ..outer.clone()
        })
    }

    /// The assets that fit `filters`.
    pub fn assets_fitting(&self, filters: &Filters) -> Result<HashSet<AssetKey>, StoreError> {
        self.all_in(&self.resolve(filters)?)
    }

    /// The assets of `scope` that are not in `left_out`, sorted.
    pub fn assets_without(
        &self,
        scope: &RetrievalScope,
        left_out: &HashSet<AssetKey>,
    ) -> Result<Vec<AssetKey>, StoreError> {
        let mut allowed = self.all_in(scope)?;
        allowed.retain(|asset| !left_out.contains(asset));
        Ok(sorted(allowed))
    }

    /// The assets of which `step` said the tag, or of a segment of which.
    pub fn assets_measured(&self, tag: &str, step: Step) -> Result<HashSet<AssetKey>, StoreError> {
        self.read("apply filters", |connection| {
            // Few assets carry a tag: from them on, the segments are found by an index.
            connection
                .prepare_cached(
                    "SELECT t.asset FROM asset_tags t WHERE t.tag = ?1 AND EXISTS (
                       SELECT 1 FROM segments s JOIN assertions a ON a.segment = s.key
                       WHERE s.asset = t.asset AND a.kind = 'tag' AND a.value = ?1 AND a.step = ?2)",
                )?
                .query_map([tag, step.name()], |row| row.get(0).map(AssetKey))?
                .collect()
        })
    }

    /// The shots of an asset of which `step` said the tag, in order of time.
    pub fn shots_measured(
        &self,
        asset: AssetKey,
        tag: &str,
        step: Step,
    ) -> Result<Vec<TimeSpan>, StoreError> {
        self.read("apply filters", |connection| {
            connection
                .prepare_cached(
                    "SELECT DISTINCT s.start_millis, s.end_millis
                     FROM segments s JOIN assertions a ON a.segment = s.key
                     WHERE s.asset = ?1 AND s.channel = ?2 AND a.kind = 'tag' AND a.value = ?3 AND a.step = ?4
                       AND NOT EXISTS (
                         SELECT 1 FROM corrections c JOIN assets ON assets.id = c.asset_id
                         WHERE assets.key = s.asset AND c.kind = 'tag' AND c.channel = s.channel
                           AND trim(lower(c.old_value)) = a.value
                           AND 2 * (min(c.end_millis, s.end_millis) - max(c.start_millis, s.start_millis))
                             > min(c.end_millis - c.start_millis, s.end_millis - s.start_millis))
                     ORDER BY s.start_millis",
                )?
                .query_map(
                    rusqlite::params![asset.0, Channel::Shot.name(), tag, step.name()],
                    |row| Ok(TimeSpan::new(row.get(0)?, row.get(1)?)),
                )?
                .collect()
        })
    }

    fn all_in(&self, scope: &RetrievalScope) -> Result<HashSet<AssetKey>, StoreError> {
        if let Some(allowed) = self.allowed(scope)? {
            return Ok(allowed);
        }
        self.read("list assets", |connection| {
            connection
                .prepare_cached("SELECT key FROM assets")?
                .query_map([], |row| row.get(0).map(AssetKey))?
                .collect()
        })
    }
}

/// The assets in both lists, where `None` holds all.
fn both(left: Option<Vec<AssetKey>>, right: Option<Vec<AssetKey>>) -> Option<Vec<AssetKey>> {
    match (left, right) {
        (Some(left), Some(right)) => {
            let right: HashSet<AssetKey> = right.into_iter().collect();
            Some(
                left.into_iter()
                    .filter(|asset| right.contains(asset))
                    .collect(),
            )
        }
        (left, right) => left.or(right),
    }
}

fn sorted(assets: HashSet<AssetKey>) -> Vec<AssetKey> {
    let mut assets: Vec<AssetKey> = assets.into_iter().collect();
    assets.sort_unstable();
    assets
}
