//! Where assets lie, and files that no asset stands for.

use std::{
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, Row, params};

use super::{Catalog, StoreError, optional, sequences, unreadable};
use crate::domain::{AssetId, AssetKey};

/// One file that holds an asset's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationRecord {
    /// The file, as the system names it.
    pub path: PathBuf,
    /// The asset.
    pub asset: AssetKey,
    /// The asset's identity.
    pub asset_id: AssetId,
    /// Size when it was last read.
    pub size_bytes: u64,
    /// Time of modification when it was last read, since 1970.
    pub modified_nanos: i64,
    /// Inode when it was last read.
    pub inode: u64,
    /// Device when it was last read.
    pub device: u64,
    /// The collection it belongs to.
    pub collection: String,
    /// Whether the last scan did not find it.
    pub missing: bool,
}

const SELECT: &str =
    "SELECT path, l.asset, a.id, l.size_bytes, modified_nanos, inode, device, c.name, missing
    FROM locations l JOIN assets a ON a.key = l.asset JOIN collections c ON c.key = l.collection";

impl Catalog {
    /// What is known of a file.
    pub fn location(&self, path: &Path) -> Result<Option<LocationRecord>, StoreError> {
        self.read("look up a file", |connection| {
            let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE path = ?1"))?;
            optional(statement.query_row([path.as_os_str().as_bytes()], record))
        })
    }

    /// Shows every known file below `root`, `root` itself included, in order of path bytes.
    pub fn locations_under(
        &self,
        root: &Path,
        visit: &mut dyn FnMut(LocationRecord),
    ) -> Result<(), StoreError> {
        let (base, from, to) = path_range(root);
        self.read("list files", |connection| {
            for (condition, from, to) in [
                ("path = ?1 AND path = ?2", base, base),
                ("path >= ?1 AND path < ?2", &from[..], &to[..]),
            ] {
                let sql = format!("{SELECT} WHERE {condition} ORDER BY path");
                let mut statement = connection.prepare_cached(&sql)?;
                let mut rows = statement.query([from, to])?;
                while let Some(row) = rows.next()? {
                    visit(record(row)?);
                }
            }
            Ok(())
        })
    }

    /// Records files and what they hold, all or none; the files' own failures are forgotten.
    ///
    /// Assets that are already indexed and whose names or collections change by it are brought to
    /// the indexes with the next commit or flush.
    pub fn upsert_locations(&self, records: &[LocationRecord]) -> Result<(), StoreError> {
        self.write("record files", |transaction| {
            for record in records {
                upsert(transaction, record)?;
            }
            Ok(())
        })
    }

    /// Marks files that the last scan did not find; unknown paths are left out.
    pub fn mark_missing(&self, paths: &[PathBuf]) -> Result<(), StoreError> {
        self.write("mark missing files", |transaction| {
            for path in paths {
                let asset = optional(
                    transaction
                        .prepare_cached(
                            "UPDATE locations SET missing = 1 WHERE path = ?1 AND missing = 0 RETURNING asset",
                        )?
                        .query_row([path.as_os_str().as_bytes()], |row| row.get(0)),
                )?;
                if let Some(asset) = asset {
                    sequences::touch(transaction, AssetKey(asset))?;
                }
            }
            Ok(())
        })
    }

    /// Records why a file could not even be read or hashed.
    pub fn record_unidentified(
        &self,
        path: &Path,
        reason: &str,
        hint: Option<&str>,
    ) -> Result<(), StoreError> {
        self.write("record an unreadable file", |transaction| {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO unidentified VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![
                    path.as_os_str().as_bytes(),
                    reason,
                    hint,
                    now_millis()
                ])
                .map(drop)
        })
    }

    /// Forgets failures of files that are gone; [`upsert_locations`](Self::upsert_locations) does
    /// it for files that became readable.
    pub fn clear_unidentified(&self, paths: &[PathBuf]) -> Result<(), StoreError> {
        self.write("forget unreadable files", |transaction| {
            for path in paths {
                transaction
                    .prepare_cached("DELETE FROM unidentified WHERE path = ?1")?
                    .execute([path.as_os_str().as_bytes()])?;
            }
            Ok(())
        })
    }

    /// Names of all collections that a file lies in, sorted.
    pub fn collections(&self) -> Result<Vec<String>, StoreError> {
        self.read("list collections", |connection| {
            connection
                .prepare_cached(
                    "SELECT name FROM collections c
                     WHERE EXISTS (SELECT 1 FROM locations WHERE collection = c.key) ORDER BY name",
                )?
                .query_map([], |row| row.get(0))?
                .collect()
        })
    }
}

/// A place's own path, and the range of paths below it: from the second to before the third.
pub(super) fn path_range(root: &Path) -> (&[u8], Vec<u8>, Vec<u8>) {
    // Everything below `root/` lies between `root/` and `root0`: `0` follows `/`.
    let root = root.as_os_str().as_bytes();
    let base = root.strip_suffix(b"/").unwrap_or(root);
    let (mut from, mut to) = (base.to_vec(), base.to_vec());
    from.push(b'/');
    to.push(b'0');
    (base, from, to)
}

fn upsert(connection: &Connection, record: &LocationRecord) -> rusqlite::Result<()> {
    let path = record.path.as_os_str().as_bytes();
    let before: Option<(i64, String, bool)> = optional(
        connection
            .prepare_cached(
                "SELECT asset, c.name, missing FROM locations l JOIN collections c ON c.key = l.collection
                 WHERE path = ?1",
            )?
            .query_row([path], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))),
    )?;
    connection
        .prepare_cached("INSERT OR IGNORE INTO collections (name) VALUES (?1)")?
        .execute([&record.collection])?;
    connection
        .prepare_cached(
            "INSERT INTO locations
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT key FROM collections WHERE name = ?7), ?8)
             ON CONFLICT (path) DO UPDATE SET asset = excluded.asset, size_bytes = excluded.size_bytes,
               modified_nanos = excluded.modified_nanos, inode = excluded.inode, device = excluded.device,
               collection = excluded.collection, missing = excluded.missing",
        )?
        .execute(params![
            path,
            record.asset.0,
            record.size_bytes.cast_signed(),
            record.modified_nanos,
            record.inode.cast_signed(),
            record.device.cast_signed(),
            record.collection,
            record.missing,
        ])?;
    for table in ["unidentified", "not_media"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE path = ?1"))?
            .execute([path])?;
    }
    let is_same = before.as_ref().is_some_and(|(asset, collection, missing)| {
        *asset == record.asset.0 && *collection == record.collection && *missing == record.missing
    });
    if !is_same {
        sequences::touch(connection, record.asset)?;
        if let Some((asset, ..)) = before.filter(|(asset, ..)| *asset != record.asset.0) {
            sequences::touch(connection, AssetKey(asset))?;
        }
    }
    Ok(())
}

/// Files of an asset: those that exist first, then by path.
pub(super) fn of_asset(
    connection: &Connection,
    asset: AssetKey,
) -> rusqlite::Result<Vec<LocationRecord>> {
    connection
        .prepare_cached(&format!(
            "{SELECT} WHERE l.asset = ?1 ORDER BY missing, path"
        ))?
        .query_map([asset.0], record)?
        .collect()
}

fn record(row: &Row<'_>) -> rusqlite::Result<LocationRecord> {
    let integer = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(LocationRecord {
        path: path_of(row.get(0)?),
        asset: AssetKey(row.get(1)?),
        asset_id: asset_id_of(row, 2)?,
        size_bytes: integer(3)?,
        modified_nanos: row.get(4)?,
        inode: integer(5)?,
        device: integer(6)?,
        collection: row.get(7)?,
        missing: row.get(8)?,
    })
}

pub(super) fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

pub(super) fn asset_id_of(row: &Row<'_>, column: usize) -> rusqlite::Result<AssetId> {
    let bytes = row
        .get_ref(column)?
        .as_blob()
        .map_err(|error| unreadable(column, error))?;
    <[u8; 32]>::try_from(bytes)
        .map(AssetId)
        .map_err(|error| unreadable(column, error))
}

/// Milliseconds since 1970.
pub(super) fn now_millis() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}
