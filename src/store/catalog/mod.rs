//! The catalogue: one SQLite file that holds everything that can't be derived from something else.
//!
//! Each file here is one family of tables. Reads take a connection from a pool, writes share one
//! connection. `synchronous = FULL`: with `NORMAL` a power cut may take back the last commits, and
//! then an index could be ahead of the truth, which no sequence number would show. It costs one
//! wait for the disk per asset, far less than its inference.

mod assets;
mod commit;
mod completions;
mod corrections;
mod embeddings;
mod evidence;
mod facets;
mod locations;
mod measures;
mod migrations;
mod narrow;
mod outcomes;
mod scan_state;
mod scope;
mod segments;
mod sequences;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

pub use assets::{AssetRecord, MomentFacts};
pub use embeddings::StoredEmbedding;
use facets::FacetMemory;
pub use facets::{Counted, FacetCounts};
pub use locations::LocationRecord;
use migrations::FORMAT;
pub use outcomes::{FailureRecord, StepCount};
pub use scan_state::RememberedFile;
pub use sequences::{Change, IndexName};

use super::{Access, StoreError};

/// The file in the library's directory.
pub const CATALOGUE_FILE: &str = "catalog.sqlite";

/// How long a statement waits for another process; the library's own lock keeps writers apart, so
/// only checkpoints and migrations are ever waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// More readers than this are closed after use; a reader that is opened anew reads the schema and
/// prepares its statements once more, which takes longer than what it is opened for.
const KEPT_READERS: usize = 64;

/// Memory for pages that a connection has read, in KiB. Readers are many.
const READER_CACHE_KIB: i64 = 4 * 1024;
const WRITER_CACHE_KIB: i64 = 32 * 1024;

/// How much of the file is mapped where the catalogue is only read: then it stands in for the vector
/// index in process, and every vector is looked at. Beside the index, a reader looks here and there,
/// and each would map the same pages once more.
const MAPPED_BYTES: i64 = 1 << 30;

/// The truth of a library.
#[derive(Debug)]
pub struct Catalog {
    directory: PathBuf,
    writer: Option<Mutex<Connection>>,
    readers: Mutex<Vec<Connection>>,
    facets: Mutex<FacetMemory>,
}

impl Catalog {
    /// Opens the catalogue in a library's directory; [`Access::Write`] makes and migrates it.
    ///
    /// # Errors
    /// `NoLibrary` when there is none to read, `TooNew` when a newer program made it, `Damaged`
    /// when the file is no catalogue.
    pub fn open(directory: &Path, access: Access) -> Result<Self, StoreError> {
        let path = directory.join(CATALOGUE_FILE);
        if access == Access::Read && !path.exists() {
            return Err(StoreError::NoLibrary {
                directory: directory.to_owned(),
            });
        }
        let failed = |source| failure(directory, "open", source);
        let mut catalog = Self {
            directory: directory.to_owned(),
            writer: None,
            readers: Mutex::default(),
            facets: Mutex::default(),
        };
        let found = match access {
            Access::Write => {
                let mut connection = connect(&path, access, 0).map_err(failed)?;
                let before = migrations::found(&connection).map_err(failed)?;
                if before < FORMAT {
                    migrations::apply(&mut connection).map_err(failed)?;
                }
                let found = migrations::found(&connection).map_err(failed)?;
                catalog.writer = Some(Mutex::new(connection));
                found
            }
            Access::Read => {
                let connection = connect(&path, access, MAPPED_BYTES).map_err(failed)?;
                let found = migrations::found(&connection).map_err(failed)?;
                catalog.readers = Mutex::new(vec![connection]);
                found
            }
        };
        if found > FORMAT {
            let directory = directory.to_owned();
            return Err(StoreError::TooNew {
                found,
                known: FORMAT,
                directory,
            });
        }
        // A file that a writer has just made and not filled yet.
        if found == 0 {
            return Err(StoreError::NoLibrary {
                directory: directory.to_owned(),
            });
        }
        if found < FORMAT {
            let directory = directory.to_owned();
            return Err(StoreError::TooOld {
                found,
                known: FORMAT,
                directory,
            });
        }
        Ok(catalog)
    }

    /// The library's directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A fact about the library itself.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read("read a setting", |connection| {
            let mut statement =
                connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
            optional(statement.query_row([key], |row| row.get(0)))
        })
    }

    /// Sets a fact about the library itself.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write("write a setting", |transaction| {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?
                .execute([key, value])
                .map(drop)
        })
    }

    /// Runs `work` on a reader connection that no one else uses meanwhile, in one snapshot.
    fn read<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let pooled = lock(&self.readers).pop();
        let result = (|| {
            let mut connection = match pooled {
                Some(connection) => connection,
                None => {
                    let mapped_bytes = match self.writer {
                        Some(_) => 0,
                        None => MAPPED_BYTES,
                    };
                    let path = self.directory.join(CATALOGUE_FILE);
                    connect(&path, Access::Read, mapped_bytes)?
                }
            };
            let transaction = connection.transaction()?;
            let result = work(&transaction)?;
            transaction.finish()?;
            Ok((connection, result))
        })();
        let (connection, result) =
            result.map_err(|source| failure(&self.directory, action, source))?;
        let mut readers = lock(&self.readers);
        if readers.len() < KEPT_READERS {
            readers.push(connection);
        }
        Ok(result)
    }

    /// Runs `work` in one write transaction.
    fn write<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let writer = self
            .writer
            .as_ref()
            .ok_or(StoreError::ReadOnly { action })?;
        let mut connection = lock(writer);
        (|| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })()
        .map_err(|source| failure(&self.directory, action, source))
    }
}

impl Drop for Catalog {
    /// Empties the write-ahead log, which the next program to open the catalogue would have to read.
    fn drop(&mut self) {
        if let Some(writer) = &self.writer {
            let connection = lock(writer);
            // Whoever reads meanwhile goes first; what can't be emptied now is read later, no more.
            let emptied = connection.busy_timeout(Duration::ZERO).and_then(|()| {
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            });
            if let Err(error) = emptied {
                tracing::debug!(%error, "the catalogue's log is not emptied");
            }
        }
    }
}

fn connect(path: &Path, access: Access, mapped_bytes: i64) -> rusqlite::Result<Connection> {
    let flags = match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(128);
    if access == Access::Write {
        // Takes effect on an empty file only; 8 KiB pages hold several vectors each.
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    let cache_kib = match access {
        Access::Write => WRITER_CACHE_KIB,
        Access::Read => READER_CACHE_KIB,
    };
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "mmap_size", mapped_bytes)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// What a failure of SQLite means for the library.
fn failure(directory: &Path, action: &'static str, source: rusqlite::Error) -> StoreError {
    let directory = directory.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::DiskFull { directory },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { directory },
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::Damaged {
            path: directory.join(CATALOGUE_FILE),
            source,
        },
        _ => StoreError::Catalog { action, source },
    }
}

/// `None` where no row was found.
fn optional<T>(result: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A column whose stored value can't be understood.
fn unreadable(
    column: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Blob, error.into())
}

/// A panic elsewhere leaves SQLite's own state sound: its transaction is rolled back on drop.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
