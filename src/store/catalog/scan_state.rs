//! What a scan compares the file system with: stamps of known files, and which assets are settled.

use std::{
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use rusqlite::{Row, params};

use super::{Catalog, StoreError, locations::path_range, outcomes};
use crate::domain::AssetKey;

/// A file as the catalogue remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedFile {
    /// The file, as the system names it.
    pub path: PathBuf,
    /// Its asset; `None` for a file that is not media.
    pub asset: Option<AssetKey>,
    /// Size when it was last read.
    pub size_bytes: u64,
    /// Time of modification when it was last read, since 1970.
    pub modified_nanos: i64,
    /// Inode when it was last read.
    pub inode: u64,
    /// Device when it was last read.
    pub device: u64,
    /// Whether the last scan did not find it.
    pub missing: bool,
    /// Digest of the subtitle files beside it; empty when there were none.
    pub companions: String,
    /// Signature of the wishes under which its asset was settled.
    pub settled: Option<String>,
}

const MEDIA: &str = "SELECT l.path, l.asset, size_bytes, modified_nanos, inode, device, missing, digest, signature
    FROM locations l LEFT JOIN companions c ON c.path = l.path LEFT JOIN settled s ON s.asset = l.asset";

const NOT_MEDIA: &str =
    "SELECT path, NULL, size_bytes, modified_nanos, inode, device, 0, NULL, NULL FROM not_media l";

impl Catalog {
    /// Shows every remembered file at or below `root`, media or not.
    pub fn remembered_under(
        &self,
        root: &Path,
        visit: &mut dyn FnMut(RememberedFile),
    ) -> Result<(), StoreError> {
        let (base, from, to) = path_range(root);
        self.read("compare files", |connection| {
            for select in [MEDIA, NOT_MEDIA] {
                let sql = format!("{select} WHERE l.path = ?1 OR (l.path >= ?2 AND l.path < ?3)");
                let mut statement = connection.prepare_cached(&sql)?;
                let mut rows = statement.query(params![base, from, to])?;
                while let Some(row) = rows.next()? {
                    visit(remembered(row)?);
                }
            }
            Ok(())
        })
    }

    /// Whether an asset was settled under this signature.
    pub fn is_settled(&self, asset: AssetKey, signature: &str) -> Result<bool, StoreError> {
        self.read("look up an asset", |connection| {
            connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM settled WHERE asset = ?1 AND signature = ?2)",
                )?
                .query_row(params![asset.0, signature], |row| row.get(0))
        })
    }

    /// Notes that every step wished for under `signature` has an outcome for the asset that lies at
    /// `path` beside subtitle files of this digest; without a signature, only the digest.
    pub fn settle(
        &self,
        asset: AssetKey,
        signature: Option<&str>,
        path: &Path,
        companions: &str,
    ) -> Result<(), StoreError> {
        self.write("settle an asset", |transaction| {
            let path = path.as_os_str().as_bytes();
            // A correction may have come in since the steps were recorded.
            if let Some(signature) = signature
                && !outcomes::is_outdated(transaction, asset)?
            {
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO settled VALUES (?1, ?2)")?
                    .execute(params![asset.0, signature])?;
            }
            if companions.is_empty() {
                transaction
                    .prepare_cached("DELETE FROM companions WHERE path = ?1")?
                    .execute([path])
            } else {
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO companions VALUES (?1, ?2)")?
                    .execute(params![path, companions])
            }
            .map(drop)
        })
    }

    /// Remembers a file that is not media, so that it is not read again while it stays as it is.
    pub fn record_not_media(
        &self,
        path: &Path,
        size_bytes: u64,
        modified_nanos: i64,
        inode: u64,
        device: u64,
    ) -> Result<(), StoreError> {
        self.write("record a file that is not media", |transaction| {
            let path = path.as_os_str().as_bytes();
            transaction
                .prepare_cached("DELETE FROM unidentified WHERE path = ?1")?
                .execute([path])?;
            transaction
                .prepare_cached("INSERT OR REPLACE INTO not_media VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![
                    path,
                    size_bytes.cast_signed(),
                    modified_nanos,
                    inode.cast_signed(),
                    device.cast_signed()
                ])
                .map(drop)
        })
    }

    /// Forgets that files are not media, because they are gone or have become media.
    pub fn forget_not_media(&self, paths: &[PathBuf]) -> Result<(), StoreError> {
        self.write("forget files that are not media", |transaction| {
            for path in paths {
                transaction
                    .prepare_cached("DELETE FROM not_media WHERE path = ?1")?
                    .execute([path.as_os_str().as_bytes()])?;
            }
            Ok(())
        })
    }
}

fn remembered(row: &Row<'_>) -> rusqlite::Result<RememberedFile> {
    let unsigned = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(RememberedFile {
        path: PathBuf::from(std::ffi::OsString::from_vec(row.get(0)?)),
        asset: row.get::<_, Option<i64>>(1)?.map(AssetKey),
        size_bytes: unsigned(2)?,
        modified_nanos: row.get(3)?,
        inode: unsigned(4)?,
        device: unsigned(5)?,
        missing: row.get(6)?,
        companions: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
        settled: row.get(8)?,
    })
}
