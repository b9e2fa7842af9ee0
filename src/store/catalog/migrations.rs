//! Brings a catalogue to the format this program knows; forward only.

use rusqlite::{Connection, TransactionBehavior};

/// Each entry leads from the format of its position to the next.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../schemas/catalog/0001_catalogue.sql"),
    include_str!("../../../schemas/catalog/0002_scan_state.sql"),
    include_str!("../../../schemas/catalog/0003_corrections.sql"),
    include_str!("../../../schemas/catalog/0004_measures.sql"),
];

/// The format this program reads and writes.
pub(super) const FORMAT: i64 = MIGRATIONS.len() as i64;

/// The format of a catalogue; 0 for an empty file.
pub(super) fn found(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Applies what is missing, all in one transaction: readers see the old format or the new one.
pub(super) fn apply(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = usize::try_from(found(&transaction)?).unwrap_or(usize::MAX);
    for migration in MIGRATIONS.get(found..).unwrap_or_default() {
        transaction.execute_batch(migration)?;
    }
    if found < MIGRATIONS.len() {
        transaction.pragma_update(None, "user_version", FORMAT)?;
    }
    transaction.commit()
}
