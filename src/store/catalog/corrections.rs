//! People's corrections: kept beside what steps found, and drawn over it whenever it is read.

use rusqlite::{Connection, Row, params};

use super::{
    Catalog, StoreError, assets, commit, locations::asset_id_of, optional, outcomes,
    segments::channel_of, sequences, unreadable,
};
use crate::domain::{AssertionKind, AssetId, Correction, Statement, Step, TimeSpan};

const SELECT: &str = "SELECT key, made, asset_id, channel, ordinal, start_millis, end_millis, kind,
       old_value, value, language, author FROM corrections";

impl Catalog {
    /// The corrections of an asset, oldest first.
    pub fn corrections(&self, asset: AssetId) -> Result<Vec<Correction>, StoreError> {
        self.read("read corrections", |connection| of_asset(connection, asset))
    }

    /// Keeps a statement; a change of its asset that the indexes follow.
    pub(in crate::store) fn add_correction(
        &self,
        statement: &Statement,
    ) -> Result<Correction, StoreError> {
        self.write("keep a correction", |transaction| {
            let made = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second())
                .unwrap_or_default()
                .to_string();
            let id = transaction
                .prepare_cached(
                    "INSERT INTO corrections (made, asset_id, channel, ordinal, start_millis, end_millis, kind,
                       old_value, value, language, author)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) RETURNING key",
                )?
                .query_row(
                    params![
                        made,
                        statement.asset_id.0,
                        statement.channel.name(),
                        statement.ordinal,
                        statement.span.start_millis,
                        statement.span.end_millis,
                        statement.kind.name(),
                        statement.old_value,
                        statement.value,
                        statement.language,
                        statement.author,
                    ],
                    |row| row.get(0),
                )?;
            follow(transaction, statement)?;
            let statement = statement.clone();
            Ok(Correction { id, made, statement })
        })
    }

    /// Takes a correction back; `None` where there is none of that number.
    pub(in crate::store) fn remove_correction(
        &self,
        id: i64,
    ) -> Result<Option<Correction>, StoreError> {
        self.write("take a correction back", |transaction| {
            let mut statement = transaction.prepare_cached(&format!("{SELECT} WHERE key = ?1"))?;
            let Some(found) = optional(statement.query_row([id], correction))? else {
                return Ok(None);
            };
            transaction.execute("DELETE FROM corrections WHERE key = ?1", [id])?;
            follow(transaction, &found.statement)?;
            Ok(Some(found))
        })
    }
}

/// Brings up to date what is drawn from an asset's segments, and has the indexes read it again.
fn follow(connection: &Connection, statement: &Statement) -> rusqlite::Result<()> {
    let Some(asset) = assets::key_of(connection, statement.asset_id)? else {
        return Ok(());
    };
    commit::put_filter_facts(connection, asset)?;
    if matches!(
        statement.kind,
        AssertionKind::Transcript | AssertionKind::Text
    ) {
        outcomes::outdate(connection, asset, Step::Passage)?;
    }
    sequences::touch(connection, asset)
}

/// The corrections of an asset, oldest first.
pub(super) fn of_asset(
    connection: &Connection,
    asset: AssetId,
) -> rusqlite::Result<Vec<Correction>> {
    connection
        .prepare_cached(&format!("{SELECT} WHERE asset_id = ?1 ORDER BY key"))?
        .query_map([&asset.0[..]], correction)?
        .collect()
}

fn correction(row: &Row<'_>) -> rusqlite::Result<Correction> {
    let kind = row.get_ref(7)?.as_str()?;
    Ok(Correction {
        id: row.get(0)?,
        made: row.get(1)?,
        statement: Statement {
            asset_id: asset_id_of(row, 2)?,
            channel: channel_of(row, 3)?,
            ordinal: row.get(4)?,
            span: TimeSpan::new(row.get(5)?, row.get(6)?),
            kind: AssertionKind::from_name(kind)
                .ok_or_else(|| unreadable(7, format!("kind of assertion `{kind}`")))?,
            old_value: row.get(8)?,
            value: row.get(9)?,
            language: row.get(10)?,
            author: row.get(11)?,
        },
    })
}
