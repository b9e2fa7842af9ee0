//! What a search reads to judge a likeness and to explain it.

use half::f16;

use super::{Catalog, StoreError, corrections, embeddings::key_of, optional};
use crate::{
    domain::{AssetId, AssetKey, Channel, SegmentId, SpaceId, TimeSpan, corrected_passage},
    store::identity,
};

impl Catalog {
    /// At most `count` vectors of a space, spread evenly over it; all of them where there are fewer.
    pub fn sample_vectors(
        &self,
        space: &SpaceId,
        count: usize,
    ) -> Result<Vec<Vec<f32>>, StoreError> {
        self.read("sample vectors", |connection| {
            let Some(space) = key_of(connection, space)? else { return Ok(Vec::new()) };
            // Two questions: asked together, SQLite reads the whole index for them.
            let mut bounds = connection.prepare_cached(
                "SELECT (SELECT min(key) FROM embeddings WHERE space = ?1),
                        (SELECT max(key) FROM embeddings WHERE space = ?1)",
            )?;
            let bounds: (Option<i64>, Option<i64>) =
                bounds.query_row([space], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let (Some(first), Some(last)) = bounds else { return Ok(Vec::new()) };
            let mut next = connection.prepare_cached(
                "SELECT key, vector FROM embeddings WHERE space = ?1 AND key >= ?2 ORDER BY key LIMIT 1",
            )?;
            let mut found = Vec::new();
            let mut after = first;
            for step in 0..count {
                let even = first + ((last - first) as i128 * step as i128 / count.max(1) as i128) as i64;
                let row = optional(next.query_row([space, even.max(after)], |row| {
                    let bytes = row.get_ref(1)?.as_blob()?;
                    Ok((row.get::<_, i64>(0)?, bytes.chunks_exact(2).map(value_of).collect()))
                }))?;
                let Some((key, vector)) = row else { break };
                found.push(vector);
                after = key + 1;
            }
            Ok(found)
        })
    }

    /// The vectors, of unit length, of the pictures that are shown at these times of assets; `None`
    /// where there is none.
    pub fn pictures_at(
        &self,
        places: &[(AssetKey, i64)],
        space: &SpaceId,
    ) -> Result<Vec<Option<Vec<f32>>>, StoreError> {
        self.read("compare pictures", |connection| {
            let Some(space) = key_of(connection, space)? else {
                return Ok(vec![None; places.len()]);
            };
            // CROSS: the shots of one asset lead to a vector or two, a space to all it holds.
            let mut statement = connection.prepare_cached(
                "SELECT e.vector FROM segments s CROSS JOIN embeddings e ON e.segment = s.key AND e.space = ?2
                 WHERE s.asset = ?1 AND s.channel = 'shot' AND s.start_millis <= ?3 AND s.end_millis >= ?3
                 ORDER BY abs(e.at_millis - ?3), e.key LIMIT 1",
            )?;
            places
                .iter()
                .map(|(asset, at_millis)| {
                    optional(statement.query_row([asset.0, space, *at_millis], |row| {
                        let bytes = row.get_ref(0)?.as_blob()?;
                        Ok(bytes.chunks_exact(2).map(value_of).collect())
                    }))
                })
                .collect()
        })
    }

    /// The first text that was said of a segment of that channel, in which `span` lies, with people's
    /// corrections of its lines.
    pub fn text_of(
        &self,
        asset: AssetKey,
        segment: SegmentId,
        channel: Channel,
        span: TimeSpan,
    ) -> Result<Option<String>, StoreError> {
        self.read("read a passage", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT a.value, s.ordinal, assets.id, s.start_millis, s.end_millis FROM segments s
                 JOIN assertions a ON a.segment = s.key JOIN assets ON assets.key = s.asset
                 WHERE s.asset = ?1 AND s.channel = ?2 AND s.start_millis <= ?3 AND s.end_millis >= ?4
                   AND a.kind IN ('transcript', 'text') ORDER BY s.ordinal, a.key",
            )?;
            let mut rows = statement.query(rusqlite::params![
                asset.0,
                channel.name(),
                span.start_millis,
                span.end_millis
            ])?;
            // Ids are derived, not stored; a few segments at most hold one span.
            while let Some(row) = rows.next()? {
                let own = TimeSpan::new(row.get(3)?, row.get(4)?);
                let asset_id = AssetId(row.get(2)?);
                if identity::segment_id(asset_id, channel, own, row.get(1)?) == segment {
                    let corrections = corrections::of_asset(connection, asset_id)?;
                    let text: String = row.get(0)?;
                    return Ok(Some(corrected_passage(&text, own, &corrections)));
                }
            }
            Ok(None)
        })
    }
}

fn value_of(bytes: &[u8]) -> f32 {
    f16::from_le_bytes([bytes[0], bytes[1]]).to_f32()
}
