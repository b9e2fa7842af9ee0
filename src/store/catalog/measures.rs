//! What is measured of assets in even steps of time.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::{Catalog, StoreError, outcomes::step_of, unreadable};
use crate::domain::{AssetKey, Measure, MeasureKind, Step};

impl Catalog {
    /// An asset's measures, by kind; none for stills and for what was indexed before there were any.
    pub fn measures(&self, asset: AssetKey) -> Result<Vec<Measure>, StoreError> {
        self.read("read measures", |connection| {
            let mut measures: Vec<Measure> = connection
                .prepare_cached(
                    "SELECT kind, step, step_millis, bytes FROM measures WHERE asset = ?1",
                )?
                .query_map([asset.0], |row| {
                    let kind = row.get_ref(0)?.as_str()?;
                    Ok(Measure {
                        kind: MeasureKind::from_name(kind)
                            .ok_or_else(|| unreadable(0, format!("kind of measure `{kind}`")))?,
                        step: step_of(row, 1)?,
                        step_millis: row.get(2)?,
                        bytes: row.get(3)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            measures.sort_by_key(|measure| measure.kind);
            Ok(measures)
        })
    }
}

/// Puts the measures of the steps that ran in place of what these steps measured before.
pub(super) fn replace(
    connection: &Connection,
    asset: AssetKey,
    ran: &BTreeSet<Step>,
    measures: &[Measure],
) -> rusqlite::Result<()> {
    for step in ran {
        connection
            .prepare_cached("DELETE FROM measures WHERE asset = ?1 AND step = ?2")?
            .execute(params![asset.0, step.name()])?;
    }
    for measure in measures
        .iter()
        .filter(|measure| ran.contains(&measure.step))
    {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO measures (asset, kind, step, step_millis, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                asset.0,
                measure.kind.name(),
                measure.step.name(),
                measure.step_millis,
                measure.bytes
            ])?;
    }
    Ok(())
}
