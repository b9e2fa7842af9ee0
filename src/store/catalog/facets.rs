//! Counts found moments by what their assets are.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;

use super::{Catalog, StoreError, lock};
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

/// So many values of assets are remembered, four bytes each; then all are forgotten.
const REMEMBERED: usize = 16 << 20;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Facet {
    Kind,
    Year,
    Collection,
    Language,
    Tag,
}

/// The values of the assets that a list of their numbers names: number and value.
const SELECTS: [(Facet, &str); 5] = [
    (
        Facet::Kind,
        "SELECT a.key, a.kind FROM json_each(?1) f CROSS JOIN assets a ON a.key = f.value
         WHERE a.kind IS NOT NULL",
    ),
    (
        Facet::Year,
        "SELECT a.key, substr(a.created_day, 1, 4) FROM json_each(?1) f CROSS JOIN assets a ON a.key = f.value
         WHERE a.created_day IS NOT NULL",
    ),
    (
        Facet::Collection,
        "SELECT DISTINCT l.asset, c.name FROM json_each(?1) f CROSS JOIN locations l ON l.asset = f.value
         JOIN collections c ON c.key = l.collection
         WHERE l.missing = 0
           OR NOT EXISTS (SELECT 1 FROM locations o WHERE o.asset = f.value AND o.missing = 0)",
    ),
    (
        Facet::Language,
        "SELECT t.asset, t.language FROM json_each(?1) f CROSS JOIN asset_languages t ON t.asset = f.value",
    ),
    (
        Facet::Tag,
        "SELECT t.asset, t.tag FROM json_each(?1) f CROSS JOIN asset_tags t ON t.asset = f.value",
    ),
];

/// The values of assets that were counted before: an asset has some hundred of them, and a query
/// finds hundreds of assets, so that reading and sorting them each time would take longer than all
/// the rest of a search.
#[derive(Debug, Default)]
pub(super) struct FacetMemory {
    /// The number of the last change that it follows.
    sequence: i64,
    /// Each value once.
    values: Vec<(Facet, String)>,
    numbers: HashMap<(Facet, String), u32>,
    /// Places of an asset's values in `values`.
    of_asset: HashMap<AssetKey, Box<[u32]>>,
    /// How many places are remembered.
    remembered: usize,
}

impl Catalog {
    /// Counts moments, given as how many each asset has, by what their assets are; of tags the
    /// `tags` most frequent.
    pub fn facet_counts(
        &self,
        moments: &[(AssetKey, u64)],
        tags: usize,
    ) -> Result<FacetCounts, StoreError> {
        // Held while it is read, so that nothing from before a change is remembered after it.
        let mut memory = lock(&self.facets);
        self.read("count what was found", |connection| {
            memory.follow(connection)?;
            memory.learn(connection, moments)
        })?;
        Ok(memory.counted(moments, tags))
    }
}

impl FacetMemory {
    /// Forgets what has changed.
    fn follow(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let last: i64 = connection
            .prepare_cached("SELECT last FROM sequence")?
            .query_row([], |row| row.get(0))?;
        if self.remembered > REMEMBERED || last < self.sequence {
            *self = Self::default();
        } else if last > self.sequence {
            let mut statement =
                connection.prepare_cached("SELECT key FROM assets WHERE sequence > ?1")?;
            let mut changed = statement.query([self.sequence])?;
            while let Some(row) = changed.next()? {
                if let Some(values) = self.of_asset.remove(&AssetKey(row.get(0)?)) {
                    self.remembered -= values.len();
                }
            }
        }
        self.sequence = last;
        Ok(())
    }

    /// Reads the values of assets that are not remembered.
    fn learn(
        &mut self,
        connection: &Connection,
        moments: &[(AssetKey, u64)],
    ) -> rusqlite::Result<()> {
        let unknown = moments.iter().map(|(asset, _)| *asset);
        let mut read: HashMap<AssetKey, Vec<u32>> = unknown
            .filter(|asset| !self.of_asset.contains_key(asset))
            .map(|asset| (asset, Vec::new()))
            .collect();
        if read.is_empty() {
            return Ok(());
        }
        let keys: Vec<i64> = read.keys().map(|asset| asset.0).collect();
        let keys = serde_json::to_string(&keys).expect("numbers are JSON");
        for (facet, select) in SELECTS {
            let mut statement = connection.prepare_cached(select)?;
            let mut rows = statement.query([&keys])?;
            while let Some(row) = rows.next()? {
                let number = self.number((facet, row.get(1)?));
                read.entry(AssetKey(row.get(0)?)).or_default().push(number);
            }
        }
        for (asset, numbers) in read {
            self.remembered += numbers.len();
            self.of_asset.insert(asset, numbers.into());
        }
        Ok(())
    }

    fn number(&mut self, value: (Facet, String)) -> u32 {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let number = self.values.len() as u32;
        self.values.push(value.clone());
        self.numbers.insert(value, number);
        number
    }

    fn counted(&self, moments: &[(AssetKey, u64)], tags: usize) -> FacetCounts {
        let mut counts = vec![0; self.values.len()];
        for (asset, moments) in moments {
            for number in self.of_asset.get(asset).into_iter().flatten() {
                counts[*number as usize] += moments;
            }
        }
        let mut found = FacetCounts::default();
        for ((facet, value), count) in self.values.iter().zip(counts) {
            if count > 0 {
                let counted = match facet {
                    Facet::Kind => &mut found.kinds,
                    Facet::Year => &mut found.years,
                    Facet::Collection => &mut found.collections,
                    Facet::Language => &mut found.languages,
                    Facet::Tag => &mut found.tags,
                };
                counted.push((value.clone(), count));
            }
        }
        for counted in [
            &mut found.kinds,
            &mut found.years,
            &mut found.collections,
            &mut found.languages,
            &mut found.tags,
        ] {
            counted.sort_unstable_by(|left, right| {
                right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0))
            });
        }
        found.tags = without_measures(found.tags, tags);
        found
    }
}

/// The first tags that are neither a measure, `name=value`, nor the name of one.
fn without_measures(mut counted: Counted, limit: usize) -> Counted {
    let name_of = |tag: &str| tag.split_once('=').map(|(name, _)| name.trim().to_owned());
    let names: HashSet<String> = counted.iter().filter_map(|(tag, _)| name_of(tag)).collect();
    counted.retain(|(tag, _)| !tag.contains('=') && !names.contains(tag));
    counted.truncate(limit);
    counted
}
