//! Vectors at rest, and the spaces they lie in.

use std::{collections::HashSet, ops::ControlFlow};

use half::f16;
use rusqlite::{Connection, Row, params};

use super::{
    Catalog, StoreError, corrections, locations::asset_id_of, segments, sequences, unreadable,
};
use crate::{
    domain::{AssetKey, SegmentId, SpaceId, SpaceKind, TimeSpan, corrected_passage},
    store::identity,
};

/// A vector and what it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEmbedding {
    /// The asset.
    pub asset: AssetKey,
    /// The segment.
    pub segment: SegmentId,
    /// Where the segment lies.
    pub span: TimeSpan,
    /// The frame it shows, or the start of the passage.
    pub at_millis: i64,
    /// Unit length; IEEE 754 half precision, as bits.
    pub values_f16: Vec<u16>,
}

const SELECT: &str = "SELECT e.asset, a.id, s.channel, s.start_millis, s.end_millis, s.ordinal, e.at_millis, e.vector
    FROM embeddings e JOIN segments s ON s.key = e.segment JOIN assets a ON a.key = e.asset";

impl Catalog {
    /// All spaces that hold a vector, by name.
    pub fn spaces(&self) -> Result<Vec<SpaceId>, StoreError> {
        self.read("list vector spaces", |connection| {
            spaces(
                connection,
                "WHERE EXISTS (SELECT 1 FROM embeddings WHERE space = spaces.key)",
            )
        })
    }

    /// All spaces that ever held a vector: an index may hold some where the catalogue has none left.
    pub(in crate::store) fn known_spaces(&self) -> Result<Vec<SpaceId>, StoreError> {
        self.read("list vector spaces", |connection| spaces(connection, ""))
    }

    /// An asset's vectors in a space, in order of time.
    pub fn embeddings(
        &self,
        asset: AssetKey,
        space: &SpaceId,
    ) -> Result<Vec<StoredEmbedding>, StoreError> {
        self.read("read vectors", |connection| {
            of_asset(connection, asset, space)
        })
    }

    /// How many vectors a space holds.
    pub fn count_embeddings(&self, space: &SpaceId) -> Result<u64, StoreError> {
        self.read("count vectors", |connection| {
            let Some(space) = key_of(connection, space)? else {
                return Ok(0);
            };
            connection
                .prepare_cached("SELECT count(*) FROM embeddings WHERE space = ?1")?
                .query_row([space], |row| row.get(0))
                .map(i64::cast_unsigned)
        })
    }

    /// How many vectors of a space the indexes should hold: those of assets that were probed.
    pub(in crate::store) fn count_searchable_embeddings(
        &self,
        space: &SpaceId,
    ) -> Result<u64, StoreError> {
        self.read("count vectors", |connection| {
            let Some(space) = key_of(connection, space)? else {
                return Ok(0);
            };
            connection
                .prepare_cached(
                    "SELECT count(*) FROM embeddings e JOIN assets a ON a.key = e.asset
                     WHERE e.space = ?1 AND a.kind IS NOT NULL",
                )?
                .query_row([space], |row| row.get(0))
                .map(i64::cast_unsigned)
        })
    }

    /// Shows every vector of a space, one at a time, in no order, until `visit` breaks.
    pub fn visit_embeddings(
        &self,
        space: &SpaceId,
        visit: &mut dyn FnMut(StoredEmbedding) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read("read vectors", |connection| {
            let Some(space) = key_of(connection, space)? else {
                return Ok(());
            };
            let mut statement =
                connection.prepare_cached(&format!("{SELECT} WHERE e.space = ?1"))?;
            let mut rows = statement.query([space])?;
            while let Some(row) = rows.next()? {
                if visit(stored(row)?).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Shows the bytes of every vector of a space with its row number, without copying it; of
    /// `assets` alone when given.
    pub(in crate::store) fn visit_vector_bytes(
        &self,
        space: &SpaceId,
        assets: Option<&HashSet<AssetKey>>,
        visit: &mut dyn FnMut(i64, &[u8]),
    ) -> Result<(), StoreError> {
        self.read("read vectors", |connection| {
            let Some(space) = key_of(connection, space)? else {
                return Ok(());
            };
            let mut show = |sql: &str, values: &[i64]| {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                while let Some(row) = rows.next()? {
                    visit(row.get(0)?, row.get_ref(1)?.as_blob()?);
                }
                Ok(())
            };
            match assets {
                // In order of the table's pages: through the index each vector would be a jump.
                None => show(
                    "SELECT key, vector FROM embeddings NOT INDEXED WHERE space = ?1",
                    &[space],
                ),
                Some(assets) => {
                    for asset in assets {
                        show(
                            "SELECT key, vector FROM embeddings WHERE asset = ?1 AND space = ?2",
                            &[asset.0, space],
                        )?;
                    }
                    Ok(())
                }
            }
        })
    }

    /// The vectors of these row numbers, in this order; `None` where a commit has removed one.
    pub(in crate::store) fn embeddings_by_row(
        &self,
        rows: &[i64],
    ) -> Result<Vec<Option<StoredEmbedding>>, StoreError> {
        self.read("read vectors", |connection| {
            let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE e.key = ?1"))?;
            rows.iter()
                .map(|row| super::optional(statement.query_row([row], stored)))
                .collect()
        })
    }

    /// The passages of an asset that share time with `span` and have a vector in a space: the row
    /// number of the vector, and the text with people's corrections.
    pub(in crate::store) fn passages(
        &self,
        asset: AssetKey,
        space: &SpaceId,
        span: TimeSpan,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        self.read("read passages", |connection| {
            let Some(space) = key_of(connection, space)? else {
                return Ok(Vec::new());
            };
            let mut statement = connection.prepare_cached(
                "SELECT e.key, t.value, s.start_millis, s.end_millis, a.id
                 FROM embeddings e JOIN segments s ON s.key = e.segment
                 JOIN assertions t ON t.segment = s.key JOIN assets a ON a.key = e.asset
                 WHERE e.asset = ?1 AND e.space = ?2 AND t.kind = 'text'
                   AND s.channel = 'passage' AND s.start_millis < ?4 AND s.end_millis > ?3",
            )?;
            let mut rows = statement.query([asset.0, space, span.start_millis, span.end_millis])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let own = TimeSpan::new(row.get(2)?, row.get(3)?);
                let corrections = corrections::of_asset(connection, asset_id_of(row, 4)?)?;
                let text: String = row.get(1)?;
                found.push((row.get(0)?, corrected_passage(&text, own, &corrections)));
            }
            Ok(found)
        })
    }

    /// Puts vectors of unit length in the place of those in these rows; a change of the asset that
    /// the indexes follow.
    pub(in crate::store) fn put_vectors(
        &self,
        asset: AssetKey,
        vectors: &[(i64, Vec<f32>)],
    ) -> Result<(), StoreError> {
        self.write("replace vectors", |transaction| {
            for (row, vector) in vectors {
                let bytes: Vec<u8> = vector
                    .iter()
                    .flat_map(|value| f16::from_f32(*value).to_le_bytes())
                    .collect();
                transaction
                    .prepare_cached("UPDATE embeddings SET vector = ?2 WHERE key = ?1")?
                    .execute(params![row, bytes])?;
            }
            sequences::touch(transaction, asset)
        })
    }

    /// Removes a space and its vectors: the last act of switching to another model. The indexes
    /// follow with `Store::drop_space`.
    pub(in crate::store) fn drop_space(&self, space: &SpaceId) -> Result<(), StoreError> {
        self.write("remove a vector space", |transaction| {
            if let Some(key) = key_of(transaction, space)? {
                transaction.execute("DELETE FROM embeddings WHERE space = ?1", [key])?;
                transaction.execute("DELETE FROM spaces WHERE key = ?1", [key])?;
            }
            Ok(())
        })
    }
}

fn spaces(connection: &Connection, condition: &str) -> rusqlite::Result<Vec<SpaceId>> {
    let mut spaces: Vec<SpaceId> = connection
        .prepare_cached(&format!(
            "SELECT kind, model, dimensions FROM spaces {condition}"
        ))?
        .query_map([], |row| space_of(row, 0))?
        .collect::<Result<_, _>>()?;
    spaces.sort();
    Ok(spaces)
}

pub(super) fn of_asset(
    connection: &Connection,
    asset: AssetKey,
    space: &SpaceId,
) -> rusqlite::Result<Vec<StoredEmbedding>> {
    let Some(space) = key_of(connection, space)? else {
        return Ok(Vec::new());
    };
    connection
        .prepare_cached(&format!(
            "{SELECT} WHERE e.asset = ?1 AND e.space = ?2 ORDER BY e.at_millis, e.key"
        ))?
        .query_map([asset.0, space], stored)?
        .collect()
}

pub(super) fn kind_name(kind: SpaceKind) -> &'static str {
    match kind {
        SpaceKind::Picture => "picture",
        SpaceKind::Passage => "passage",
    }
}

pub(super) fn key_of(connection: &Connection, space: &SpaceId) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT key FROM spaces WHERE kind = ?1 AND model = ?2 AND dimensions = ?3",
    )?;
    super::optional(statement.query_row(
        params![kind_name(space.kind), space.model, space.dimensions],
        |row| row.get(0),
    ))
}

pub(super) fn key_or_new(connection: &Connection, space: &SpaceId) -> rusqlite::Result<i64> {
    if let Some(key) = key_of(connection, space)? {
        return Ok(key);
    }
    connection
        .prepare_cached(
            "INSERT INTO spaces (kind, model, dimensions) VALUES (?1, ?2, ?3) RETURNING key",
        )?
        .query_row(
            params![kind_name(space.kind), space.model, space.dimensions],
            |row| row.get(0),
        )
}

fn space_of(row: &Row<'_>, column: usize) -> rusqlite::Result<SpaceId> {
    Ok(SpaceId {
        kind: match row.get_ref(column)?.as_str()? {
            "picture" => SpaceKind::Picture,
            "passage" => SpaceKind::Passage,
            other => return Err(unreadable(column, format!("kind of space `{other}`"))),
        },
        model: row.get(column + 1)?,
        dimensions: row.get(column + 2)?,
    })
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredEmbedding> {
    let channel = segments::channel_of(row, 2)?;
    let span = TimeSpan::new(row.get(3)?, row.get(4)?);
    let bytes = row.get_ref(7)?.as_blob()?;
    Ok(StoredEmbedding {
        asset: AssetKey(row.get(0)?),
        segment: identity::segment_id(asset_id_of(row, 1)?, channel, span, row.get(5)?),
        span,
        at_millis: row.get(6)?,
        values_f16: bytes
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect(),
    })
}
