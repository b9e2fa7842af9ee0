//! What became of each step for each asset.

use std::path::PathBuf;

use rusqlite::{Connection, Row, params};

use super::{
    Catalog, StoreError,
    locations::{asset_id_of, path_of},
    unreadable,
};
use crate::domain::{AssetId, AssetKey, Step, StepOutcome, StepRecord};

/// How many assets a step ended in which way for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepCount {
    /// The step.
    pub step: Step,
    /// Assets it is done for.
    pub done: u64,
    /// Assets it failed for.
    pub failed: u64,
    /// Assets it was skipped for.
    pub skipped: u64,
}

/// A file that something failed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureRecord {
    /// The file.
    pub path: PathBuf,
    /// Its asset; `None` when it could not be read or hashed.
    pub asset_id: Option<AssetId>,
    /// The step that failed; `None` when it did not come to one.
    pub step: Option<Step>,
    /// What went wrong.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Catalog {
    /// What became of the steps that were tried for an asset, in order of steps.
    pub fn step_records(&self, asset: AssetKey) -> Result<Vec<StepRecord>, StoreError> {
        self.read("read an asset's outcomes", |connection| {
            let mut records: Vec<StepRecord> = connection
                .prepare_cached(
                    "SELECT step, outcome, reason, hint, version, took_millis FROM steps WHERE asset = ?1",
                )?
                .query_map([asset.0], record)?
                .collect::<Result<_, _>>()?;
            records.sort_by_key(|record| record.step);
            Ok(records)
        })
    }

    /// Outcomes by step, for the steps that were ever tried, in order.
    pub fn counts(&self) -> Result<Vec<StepCount>, StoreError> {
        self.read("count outcomes", |connection| {
            let mut counts: Vec<StepCount> = connection
                .prepare_cached(
                    "SELECT step, count(*) FILTER (WHERE outcome = 'done'),
                       count(*) FILTER (WHERE outcome = 'failed'), count(*) FILTER (WHERE outcome = 'skipped')
                     FROM steps GROUP BY step",
                )?
                .query_map([], |row| {
                    let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
                    Ok(StepCount { step: step_of(row, 0)?, done: count(1)?, failed: count(2)?, skipped: count(3)? })
                })?
                .collect::<Result<_, _>>()?;
            counts.sort_by_key(|count| count.step);
            Ok(counts)
        })
    }

    /// Files that something failed for: unreadable ones first, then by path and step. An asset's
    /// failure is listed once, at the location that exists.
    pub fn failures(&self) -> Result<Vec<FailureRecord>, StoreError> {
        self.read("list failures", |connection| {
            let mut failures: Vec<FailureRecord> = connection
                .prepare_cached("SELECT path, reason, hint FROM unidentified ORDER BY path")?
                .query_map([], |row| {
                    Ok(FailureRecord {
                        path: path_of(row.get(0)?),
                        asset_id: None,
                        step: None,
                        reason: row.get(1)?,
                        hint: row.get(2)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            let unreadable = failures.len();
            let mut statement = connection.prepare_cached(
                "SELECT (SELECT path FROM locations WHERE asset = a.key ORDER BY missing, path LIMIT 1),
                   a.id, s.step, s.reason, s.hint
                 FROM steps s JOIN assets a ON a.key = s.asset WHERE s.outcome = 'failed'",
            )?;
            for failure in statement.query_map([], failure)? {
                failures.push(failure?);
            }
            failures[unreadable..].sort_by(|one, other| (&one.path, one.step).cmp(&(&other.path, other.step)));
            Ok(failures)
        })
    }
}

fn failure(row: &Row<'_>) -> rusqlite::Result<FailureRecord> {
    Ok(FailureRecord {
        path: row
            .get::<_, Option<Vec<u8>>>(0)?
            .map(path_of)
            .unwrap_or_default(),
        asset_id: Some(asset_id_of(row, 1)?),
        step: Some(step_of(row, 2)?),
        reason: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        hint: row.get(4)?,
    })
}

/// Writes what became of a step, in place of what was there.
pub(super) fn put(
    connection: &Connection,
    asset: AssetKey,
    record: &StepRecord,
) -> rusqlite::Result<()> {
    let (outcome, reason, hint) = match &record.outcome {
        StepOutcome::Done => ("done", None, None),
        StepOutcome::Failed { reason, hint } => ("failed", Some(reason), hint.as_ref()),
        StepOutcome::Skipped { reason } => ("skipped", Some(reason), None),
    };
    connection
        .prepare_cached("INSERT OR REPLACE INTO steps VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            asset.0,
            record.step.name(),
            outcome,
            reason,
            hint,
            record.version,
            record.took_millis.cast_signed(),
        ])
        .map(drop)
}

/// What stands behind the version of a step that ran before a person's correction.
const OUTDATED: &str = " before a correction";

/// Whether a step of an asset runs again with the next index.
pub(super) fn is_outdated(connection: &Connection, asset: AssetKey) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM steps WHERE asset = ?1 AND version LIKE '%' || ?2)",
        )?
        .query_row(params![asset.0, OUTDATED], |row| row.get(0))
}

/// Makes a step that is done run again with the next index, without forgetting what it did.
pub(super) fn outdate(
    connection: &Connection,
    asset: AssetKey,
    step: Step,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE steps SET version = version || ?3
             WHERE asset = ?1 AND step = ?2 AND outcome = 'done' AND version NOT LIKE '%' || ?3",
        )?
        .execute(params![asset.0, step.name(), OUTDATED])?;
    connection
        .prepare_cached("DELETE FROM settled WHERE asset = ?1")?
        .execute([asset.0])
        .map(drop)
}

fn record(row: &Row<'_>) -> rusqlite::Result<StepRecord> {
    let reason: Option<String> = row.get(2)?;
    let reason = reason.unwrap_or_default();
    let outcome = match row.get_ref(1)?.as_str()? {
        "failed" => StepOutcome::Failed {
            reason,
            hint: row.get(3)?,
        },
        "skipped" => StepOutcome::Skipped { reason },
        _ => StepOutcome::Done,
    };
    Ok(StepRecord {
        step: step_of(row, 0)?,
        outcome,
        version: row.get(4)?,
        took_millis: row.get::<_, i64>(5)?.cast_unsigned(),
    })
}

pub(super) fn step_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Step> {
    row.get_ref(column)?
        .as_str()?
        .parse()
        .map_err(|error| unreadable(column, error))
}
