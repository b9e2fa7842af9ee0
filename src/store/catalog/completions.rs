//! Names that begin as something typed does.

use rusqlite::{Connection, params};

use super::{Catalog, StoreError};

/// More values than this are not looked through for one beginning.
const MAX_VALUES: usize = 200;
/// Assets of a value are counted up to here: it settles the order, and no more is asked of it.
const MAX_COUNTED: i64 = 1000;

impl Catalog {
    /// Tags that begin with `beginning`, with the number of assets that carry them up to 1000, the
    /// most frequent first. Tags are in lower case.
    pub fn tags_beginning(
        &self,
        beginning: &str,
        limit: usize,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.read("complete a tag", |connection| {
            values_beginning(
                connection,
                "asset_tags",
                "tag",
                &beginning.to_lowercase(),
                limit,
            )
        })
    }

    /// Codes of languages that begin with `beginning`, counted likewise.
    pub fn languages_beginning(
        &self,
        beginning: &str,
        limit: usize,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.read("complete a language", |connection| {
            let beginning = beginning.to_lowercase();
            values_beginning(connection, "asset_languages", "language", &beginning, limit)
        })
    }

    /// Collections that begin with `beginning` in any case, with the number of their files up to
    /// 1000, the largest first.
    pub fn collections_beginning(
        &self,
        beginning: &str,
        limit: usize,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let beginning = beginning.to_lowercase();
        self.read("complete a collection", |connection| {
            let named: Vec<(i64, String)> = connection
                .prepare_cached("SELECT key, name FROM collections ORDER BY name")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            let mut count = connection.prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM locations WHERE collection = ?1 LIMIT ?2)",
            )?;
            let mut found = Vec::new();
            for (key, name) in named {
                if name.to_lowercase().starts_with(&beginning) && found.len() < MAX_VALUES {
                    let files: i64 = count.query_row([key, MAX_COUNTED], |row| row.get(0))?;
                    found.push((name, files.cast_unsigned()));
                }
            }
            Ok(most_frequent(found, limit))
        })
    }
}

/// Values of a table that is clustered by them, read by jumping from one to the next.
fn values_beginning(
    connection: &Connection,
    table: &str,
    column: &str,
    beginning: &str,
    limit: usize,
) -> rusqlite::Result<Vec<(String, u64)>> {
    let next = |from: &str| {
        connection.prepare_cached(&format!(
            "SELECT {column} FROM {table} WHERE {column} {from} ?1 ORDER BY {column} LIMIT 1"
        ))
    };
    let (mut first, mut after) = (next(">=")?, next(">")?);
    let mut count = connection.prepare_cached(&format!(
        "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {column} = ?1 LIMIT ?2)"
    ))?;
    let mut found: Vec<(String, u64)> = Vec::new();
    let mut value = super::optional(first.query_row([beginning], |row| row.get::<_, String>(0)))?;
    for _ in 0..MAX_VALUES {
        let Some(text) = value.filter(|text| text.starts_with(beginning)) else {
            break;
        };
        value = super::optional(after.query_row([&text], |row| row.get(0)))?;
        // The number of a measure, such as `loudness=-23`, is nothing to go on with.
        if !text.contains('=') {
            let assets: i64 = count.query_row(params![text, MAX_COUNTED], |row| row.get(0))?;
            found.push((text, assets.cast_unsigned()));
        }
    }
    Ok(most_frequent(found, limit))
}

fn most_frequent(mut found: Vec<(String, u64)>, limit: usize) -> Vec<(String, u64)> {
    found.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    found.truncate(limit);
    found
}
