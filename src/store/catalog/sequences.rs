//! Numbers of changes: what each index has durably seen, and what it has yet to follow.

use rusqlite::{Connection, params};

use super::{Catalog, StoreError, optional};
use crate::domain::AssetKey;

/// An index that follows the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexName {
    /// The full-text index.
    Text,
    /// The vector index in process.
    VectorEdge,
    /// The vector index on a server; a library that changes sides keeps both numbers.
    VectorServer,
}

impl IndexName {
    const ALL: [Self; 3] = [Self::Text, Self::VectorEdge, Self::VectorServer];

    /// What the catalogue calls it; another name where its form has changed, so that it is made anew.
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::VectorEdge => "vector-edge-2",
            Self::VectorServer => "vector-server-2",
        }
    }
}

/// One asset that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The number of the change.
    pub sequence: u64,
    /// The asset.
    pub asset: AssetKey,
    /// Whether it was removed from the library.
    pub removed: bool,
}

impl Catalog {
    /// Whether the indexes in process are known to follow every change; `false` when it can't be told.
    pub fn is_projected(&self) -> bool {
        let flushed = |index| self.flushed_sequence(index).unwrap_or(0);
        self.last_sequence().is_ok_and(|last| {
            let vectors = flushed(IndexName::VectorEdge).max(flushed(IndexName::VectorServer));
            flushed(IndexName::Text) >= last && vectors >= last
        })
    }

    /// The number of the last change.
    pub fn last_sequence(&self) -> Result<u64, StoreError> {
        self.read("read the last change", |connection| {
            connection
                .prepare_cached("SELECT last FROM sequence")?
                .query_row([], |row| row.get(0))
                .map(i64::cast_unsigned)
        })
    }

    /// The changes above `sequence`, oldest first, at most `limit`; of an asset only its last one.
    pub fn changes_since(&self, sequence: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        self.read("read changes", |connection| {
            connection
                .prepare_cached(
                    "SELECT sequence, key, 0 FROM assets WHERE sequence > ?1
                     UNION ALL SELECT sequence, asset, 1 FROM tombstones WHERE sequence > ?1
                     ORDER BY 1 LIMIT ?2",
                )?
                .query_map([sequence.cast_signed(), limit as i64], |row| {
                    Ok(Change {
                        sequence: row.get::<_, i64>(0)?.cast_unsigned(),
                        asset: AssetKey(row.get(1)?),
                        removed: row.get(2)?,
                    })
                })?
                .collect()
        })
    }

    /// How many assets have changed since `sequence`.
    pub fn count_changes_since(&self, sequence: u64) -> Result<u64, StoreError> {
        self.read("count changes", |connection| {
            connection
                .prepare_cached("SELECT count(*) FROM assets WHERE sequence > ?1")?
                .query_row([sequence.cast_signed()], |row| row.get(0))
                .map(i64::cast_unsigned)
        })
    }

    /// The last change that is durable in an index; 0 when nothing is.
    pub fn flushed_sequence(&self, index: IndexName) -> Result<u64, StoreError> {
        self.read("read an index's state", |connection| {
            let mut statement = connection
                .prepare_cached("SELECT flushed_sequence FROM indexes WHERE name = ?1")?;
            let found = optional(statement.query_row([index.name()], |row| row.get::<_, i64>(0)))?;
            Ok(found.map_or(0, i64::cast_unsigned))
        })
    }

    /// Records what indexes have made durable; removals that all of them followed are forgotten.
    pub fn set_flushed_sequences(&self, flushed: &[(IndexName, u64)]) -> Result<(), StoreError> {
        self.write("record an index's state", |transaction| {
            for (index, sequence) in flushed {
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO indexes VALUES (?1, ?2)")?
                    .execute(params![index.name(), sequence.cast_signed()])?;
            }
            // An index at 0 is empty or about to be emptied: it holds no removed asset.
            transaction
                .prepare_cached(
                    "DELETE FROM tombstones WHERE sequence <=
                       (SELECT min(flushed_sequence) FROM indexes WHERE flushed_sequence > 0)",
                )?
                .execute([])
                .map(drop)
        })
    }

    /// Removes an asset and everything said of it.
    pub fn remove_asset(&self, asset: AssetKey) -> Result<(), StoreError> {
        self.write("remove an asset", |transaction| {
            let removed = transaction.execute("DELETE FROM assets WHERE key = ?1", [asset.0])?;
            if removed > 0 {
                let sequence = next(transaction)?;
                transaction.execute(
                    "INSERT INTO tombstones VALUES (?1, ?2)",
                    params![asset.0, sequence],
                )?;
            }
            Ok(())
        })
    }

    /// All index states, for reports: name and flushed sequence.
    pub fn index_states(&self) -> Result<Vec<(IndexName, u64)>, StoreError> {
        IndexName::ALL
            .into_iter()
            .map(|index| Ok((index, self.flushed_sequence(index)?)))
            .collect()
    }
}

/// Takes the next number.
pub(super) fn next(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("UPDATE sequence SET last = last + 1 RETURNING last")?
        .query_row([], |row| row.get(0))
}

/// Gives an asset that the indexes know a new number, so that they read it again.
pub(super) fn touch(connection: &Connection, asset: AssetKey) -> rusqlite::Result<()> {
    let is_known: bool = connection
        .prepare_cached("SELECT sequence > 0 FROM assets WHERE key = ?1")?
        .query_row([asset.0], |row| row.get(0))?;
    if is_known {
        let sequence = next(connection)?;
        connection
            .prepare_cached("UPDATE assets SET sequence = ?2 WHERE key = ?1")?
            .execute(params![asset.0, sequence])?;
    }
    Ok(())
}
