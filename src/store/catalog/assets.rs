//! Assets: what they are and what a result list says of them.

use std::{collections::HashMap, os::unix::ffi::OsStrExt, path::Path};

use rusqlite::{Connection, Row, params};

use super::{
    Catalog, StoreError,
    locations::{self, asset_id_of, now_millis, path_of},
    optional, unreadable,
};
use crate::domain::{AssetId, AssetKey, AssetKind, MediaInfo, Rational, Timecode};

/// An asset and everything that is known of its file.
#[derive(Debug, Clone, PartialEq)]
pub struct AssetRecord {
    /// Its number in this library.
    pub key: AssetKey,
    /// Its identity.
    pub id: AssetId,
    /// Size of its content.
    pub size_bytes: u64,
    /// When the library first saw it, milliseconds since 1970.
    pub added_millis: i64,
    /// Number of its last change; 0 until it was first analysed.
    pub sequence: u64,
    /// What the probe found.
    pub media: Option<MediaInfo>,
    /// Its files: those that exist first, then by path.
    pub locations: Vec<locations::LocationRecord>,
}

/// What a search needs to finish a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct MomentFacts {
    /// The asset.
    pub key: AssetKey,
    /// Its identity.
    pub id: AssetId,
    /// What it is; `None` until it was probed.
    pub kind: Option<AssetKind>,
    /// Where it lies: the first location that exists, else the first; invalid UTF-8 replaced.
    pub path: String,
    /// The collection of that location.
    pub collection: String,
    /// Whether none of its locations was there at the last scan.
    pub missing: bool,
    /// Address of the first frame.
    pub start_timecode: Option<Timecode>,
    /// Frames per second of the main video stream.
    pub frame_rate: Option<Rational>,
    /// Running time.
    pub duration_millis: Option<i64>,
    /// When it was recorded, RFC 3339.
    pub created: Option<String>,
}

const SELECT: &str = "SELECT key, id, size_bytes, added_millis, sequence, media FROM assets";

impl Catalog {
    /// The number of an asset, which is new or known.
    pub fn upsert_asset(&self, id: AssetId, size_bytes: u64) -> Result<AssetKey, StoreError> {
        self.write("record an asset", |transaction| {
            upsert(transaction, id, size_bytes)
        })
    }

    /// Everything known of an asset's file; `None` for a number that is not in use.
    pub fn asset(&self, key: AssetKey) -> Result<Option<AssetRecord>, StoreError> {
        self.read("read an asset", |connection| find(connection, key))
    }

    /// Everything known of an asset's file, by identity.
    pub fn asset_by_id(&self, id: AssetId) -> Result<Option<AssetRecord>, StoreError> {
        self.read("read an asset", |connection| {
            match key_of(connection, id)? {
                Some(key) => find(connection, key),
                None => Ok(None),
            }
        })
    }

    /// The assets whose id begins with `name`, or that lie at the path `name`; the path wins.
    pub fn assets_by_prefix_or_path(&self, name: &str) -> Result<Vec<AssetRecord>, StoreError> {
        // Scans record places without links and dots; a path that is gone can only be taken as typed.
        let absolute = std::path::absolute(name).unwrap_or_else(|_| name.into());
        let canonical = std::fs::canonicalize(name).unwrap_or_else(|_| name.into());
        self.read("find an asset", |connection| {
            let mut keys = at_path(connection, Path::new(name))?;
            for other in [&absolute, &canonical] {
                if keys.is_empty() {
                    keys = at_path(connection, other)?;
                }
            }
            if keys.is_empty()
                && let Some((from, to)) = prefix_range(name)
            {
                keys = connection
                    .prepare_cached(
                        "SELECT key FROM assets WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 100",
                    )?
                    .query_map(params![from, to], |row| row.get(0).map(AssetKey))?
                    .collect::<Result<_, _>>()?;
            }
            let mut assets = Vec::with_capacity(keys.len());
            for key in keys {
                assets.extend(find(connection, key)?);
            }
            Ok(assets)
        })
    }

    /// The one asset of that id prefix or path.
    ///
    /// # Errors
    /// `UnknownAsset` or `AmbiguousAsset` when there is none or more than one.
    pub fn only_asset(&self, name: &str) -> Result<AssetRecord, StoreError> {
        let mut assets = self.assets_by_prefix_or_path(name)?;
        match (assets.pop(), assets.len()) {
            (Some(asset), 0) => Ok(asset),
            (Some(_), others) => Err(StoreError::AmbiguousAsset {
                name: name.to_owned(),
                count: others + 1,
            }),
            (None, _) => Err(StoreError::UnknownAsset {
                name: name.to_owned(),
            }),
        }
    }

    /// How many assets there are.
    pub fn count_assets(&self) -> Result<u64, StoreError> {
        self.read("count assets", |connection| {
            connection
                .query_row("SELECT count(*) FROM assets", [], |row| row.get(0))
                .map(i64::cast_unsigned)
        })
    }

    /// All assets' numbers in order, for walking the library without holding it in memory.
    pub fn asset_keys_after(
        &self,
        key: AssetKey,
        limit: usize,
    ) -> Result<Vec<AssetKey>, StoreError> {
        self.read("list assets", |connection| {
            connection
                .prepare_cached("SELECT key FROM assets WHERE key > ?1 ORDER BY key LIMIT ?2")?
                .query_map([key.0, limit as i64], |row| row.get(0).map(AssetKey))?
                .collect()
        })
    }

    /// What a result list says of assets; those that are unknown or lie nowhere are left out.
    pub fn moment_facts(
        &self,
        assets: &[AssetKey],
    ) -> Result<HashMap<AssetKey, MomentFacts>, StoreError> {
        self.read("read assets", |connection| {
            let mut found = HashMap::with_capacity(assets.len());
            for &key in assets {
                if found.contains_key(&key) {
                    continue;
                }
                let mut statement = connection.prepare_cached(
                    "SELECT a.id, a.kind, a.media, l.path, c.name, l.missing
                     FROM assets a JOIN locations l ON l.asset = a.key JOIN collections c ON c.key = l.collection
                     WHERE a.key = ?1 ORDER BY l.missing, l.path LIMIT 1",
                )?;
                if let Some(facts) = optional(statement.query_row([key.0], |row| facts(key, row)))? {
                    found.insert(key, facts);
                }
            }
            Ok(found)
        })
    }
}

fn facts(key: AssetKey, row: &Row<'_>) -> rusqlite::Result<MomentFacts> {
    let media = media_of(row, 2)?;
    let kind: Option<String> = row.get(1)?;
    Ok(MomentFacts {
        key,
        id: asset_id_of(row, 0)?,
        kind: kind.as_deref().and_then(AssetKind::from_name),
        path: path_of(row.get(3)?).to_string_lossy().into_owned(),
        collection: row.get(4)?,
        missing: row.get(5)?,
        start_timecode: media.as_ref().and_then(|media| media.start_timecode),
        frame_rate: media
            .as_ref()
            .and_then(MediaInfo::main_video)
            .map(|(_, video)| video.frame_rate),
        duration_millis: media.as_ref().and_then(|media| media.duration_millis),
        created: media.and_then(|media| media.created),
    })
}

/// The number of an asset, which is new or known.
pub(super) fn upsert(
    connection: &Connection,
    id: AssetId,
    size_bytes: u64,
) -> rusqlite::Result<AssetKey> {
    if let Some(key) = key_of(connection, id)? {
        return Ok(key);
    }
    connection
        .prepare_cached(
            "INSERT INTO assets (id, size_bytes, added_millis) VALUES (?1, ?2, ?3) RETURNING key",
        )?
        .query_row(
            params![id.0, size_bytes.cast_signed(), now_millis()],
            |row| row.get(0).map(AssetKey),
        )
}

pub(super) fn key_of(connection: &Connection, id: AssetId) -> rusqlite::Result<Option<AssetKey>> {
    let mut statement = connection.prepare_cached("SELECT key FROM assets WHERE id = ?1")?;
    optional(statement.query_row([&id.0[..]], |row| row.get(0).map(AssetKey)))
}

pub(super) fn find(
    connection: &Connection,
    key: AssetKey,
) -> rusqlite::Result<Option<AssetRecord>> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE key = ?1"))?;
    let found = optional(statement.query_row([key.0], |row| {
        Ok(AssetRecord {
            key: AssetKey(row.get(0)?),
            id: asset_id_of(row, 1)?,
            size_bytes: row.get::<_, i64>(2)?.cast_unsigned(),
            added_millis: row.get(3)?,
            sequence: row.get::<_, i64>(4)?.cast_unsigned(),
            media: media_of(row, 5)?,
            locations: Vec::new(),
        })
    }))?;
    match found {
        Some(record) => Ok(Some(AssetRecord {
            locations: locations::of_asset(connection, key)?,
            ..record
        })),
        None => Ok(None),
    }
}

fn media_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<MediaInfo>> {
    let text = row
        .get_ref(column)?
        .as_str_or_null()
        .map_err(|error| unreadable(column, error))?;
    text.map(|text| serde_json::from_str(text).map_err(|error| unreadable(column, error)))
        .transpose()
}

fn at_path(connection: &Connection, path: &Path) -> rusqlite::Result<Vec<AssetKey>> {
    connection
        .prepare_cached("SELECT asset FROM locations WHERE path = ?1")?
        .query_map([path.as_os_str().as_bytes()], |row| {
            row.get(0).map(AssetKey)
        })?
        .collect()
}

/// The lowest and highest id that begin with these hexadecimal digits.
fn prefix_range(digits: &str) -> Option<([u8; 32], [u8; 32])> {
    if digits.is_empty()
        || digits.len() > 64
        || !digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    {
        return None;
    }
    let filled = |fill: char| -> Option<[u8; 32]> {
        let text: String = digits
            .chars()
            .chain(std::iter::repeat(fill))
            .take(64)
            .collect();
        text.parse::<AssetId>().ok().map(|id| id.0)
    };
    Some((filled('0')?, filled('f')?))
}
