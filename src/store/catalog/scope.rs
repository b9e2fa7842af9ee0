//! Turns filters into what the indexes understand.

use std::collections::{BTreeSet, HashSet};

use globset::{Glob, GlobMatcher};
use rusqlite::{Connection, params_from_iter};

use super::{Catalog, StoreError, locations::path_of};
use crate::domain::{AssetKey, Filters, RetrievalScope};

impl Catalog {
    /// Resolves filters: kinds and collections go to the indexes as they are, dates, languages,
    /// tags and paths become the set of assets that fit all of them.
    pub fn resolve(&self, filters: &Filters) -> Result<RetrievalScope, StoreError> {
        let assets = self.read("apply filters", |connection| fitting(connection, filters))?;
        Ok(RetrievalScope {
            kinds: filters.kinds.clone(),
            collections: filters.collections.clone(),
            assets: assets.map(|assets| assets.into_iter().collect()),
        })
    }

    /// The assets that a scope allows; `None` for all.
    pub(in crate::store) fn allowed(
        &self,
        scope: &RetrievalScope,
    ) -> Result<Option<HashSet<AssetKey>>, StoreError> {
        let mut allowed: Option<HashSet<AssetKey>> = scope
            .assets
            .as_ref()
            .map(|assets| assets.iter().copied().collect());
        let mut restrict = |found: HashSet<AssetKey>| {
            allowed = Some(match allowed.take() {
                Some(before) => before.intersection(&found).copied().collect(),
                None => found,
            });
        };
        self.read("apply filters", |connection| {
            if !scope.kinds.is_empty() {
                let sql = format!("SELECT key FROM assets WHERE kind IN ({})", marks(scope.kinds.len()));
                let kinds = scope.kinds.iter().map(|kind| kind.name().to_owned());
                restrict(keys(connection, &sql, kinds)?);
            }
            if !scope.collections.is_empty() {
                let sql = format!(
                    "SELECT asset FROM locations l JOIN collections c ON c.key = l.collection
                     WHERE c.name IN ({}) AND (missing = 0
                       OR NOT EXISTS (SELECT 1 FROM locations o WHERE o.asset = l.asset AND o.missing = 0))",
                    marks(scope.collections.len())
                );
                restrict(keys(connection, &sql, scope.collections.iter().cloned())?);
            }
            Ok(())
        })?;
        Ok(allowed)
    }
}

fn fitting(
    connection: &Connection,
    filters: &Filters,
) -> rusqlite::Result<Option<BTreeSet<AssetKey>>> {
    let mut fitting: Option<BTreeSet<AssetKey>> = None;
    let mut restrict = |found: HashSet<AssetKey>| {
        fitting = Some(match fitting.take() {
            Some(before) => before
                .into_iter()
                .filter(|key| found.contains(key))
                .collect(),
            None => found.into_iter().collect(),
        });
    };
    for (day, condition) in [(&filters.after, ">="), (&filters.before, "<")] {
        if let Some(day) = day {
            let sql = format!("SELECT key FROM assets WHERE created_day {condition} ?1");
            restrict(keys(connection, &sql, [day.clone()])?);
        }
    }
    for (table, column, values) in [
        ("asset_languages", "language", &filters.languages),
        ("asset_tags", "tag", &filters.tags),
    ] {
        if !values.is_empty() {
            let sql = format!(
                "SELECT asset FROM {table} WHERE {column} IN ({})",
                marks(values.len())
            );
            restrict(keys(
                connection,
                &sql,
                values.iter().map(|value| value.trim().to_lowercase()),
            )?);
        }
    }
    if !filters.paths.is_empty() {
        restrict(at_paths(connection, &filters.paths)?);
    }
    Ok(fitting)
}

fn at_paths(connection: &Connection, patterns: &[String]) -> rusqlite::Result<HashSet<AssetKey>> {
    let patterns: Vec<PathPattern> = patterns
        .iter()
        .map(|pattern| PathPattern::new(pattern))
        .collect();
    let mut statement = connection.prepare_cached("SELECT path, asset FROM locations")?;
    let mut rows = statement.query([])?;
    let mut found = HashSet::new();
    while let Some(row) = rows.next()? {
        let path = path_of(row.get(0)?);
        let path = path.to_string_lossy();
        if patterns.iter().any(|pattern| pattern.fits(&path)) {
            found.insert(AssetKey(row.get(1)?));
        }
    }
    Ok(found)
}

/// A part of a path, or a glob where it holds one of `*?[`.
enum PathPattern<'a> {
    Part(&'a str),
    Glob(Box<GlobMatcher>),
}

impl<'a> PathPattern<'a> {
    /// A glob's `*` crosses folders; one that names no root may begin in any folder. What is no
    /// well-formed glob is taken as part of a path.
    fn new(pattern: &'a str) -> Self {
        if !pattern.contains(['*', '?', '[']) {
            return Self::Part(pattern);
        }
        let glob = if pattern.starts_with(['/', '*']) {
            pattern.to_owned()
        } else {
            format!("*/{pattern}")
        };
        match Glob::new(&glob) {
            Ok(glob) => Self::Glob(Box::new(glob.compile_matcher())),
            Err(_) => Self::Part(pattern),
        }
    }

    fn fits(&self, path: &str) -> bool {
        match self {
            Self::Part(part) => path.contains(part),
            Self::Glob(glob) => glob.is_match(path),
        }
    }
}

fn keys(
    connection: &Connection,
    sql: &str,
    values: impl IntoIterator<Item = String>,
) -> rusqlite::Result<HashSet<AssetKey>> {
    connection
        .prepare_cached(sql)?
        .query_map(params_from_iter(values), |row| row.get(0).map(AssetKey))?
        .collect()
}

/// `?, ?, ?`
fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}
