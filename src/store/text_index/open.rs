//! Opens the index's files, and gives up on those that cannot be trusted.

use std::{fs, path::Path};

use tantivy::{Index, IndexWriter, TantivyError, directory::error::LockError};

use super::{
    index_error, io_error,
    schema::{self, FORMAT_VERSION},
    tantivy_error,
};
use crate::store::StoreError;

/// Documents are buffered up to this size before a segment is written; tantivy needs 15 MB.
const WRITER_MEMORY_BYTES: usize = 50_000_000;
/// Present while a writer has the index open; found at the next start, it tells of an unclean end.
pub(super) const OPEN_MARKER: &str = "writing";
/// Holds [`FORMAT_VERSION`].
pub(super) const FORMAT_FILE: &str = "format";

/// An index and, for writing, its writer.
pub(super) struct Opened {
    pub index: Index,
    pub writer: Option<IndexWriter>,
    /// Whether what should have been there was not, or could not be used.
    pub was_damaged: bool,
}

/// The index as it is; an empty one where there is none.
pub(super) fn for_reading(directory: &Path) -> Result<Opened, StoreError> {
    let opened = |index, was_damaged| Opened {
        index,
        writer: None,
        was_damaged,
    };
    if !directory.join("meta.json").exists() {
        return Ok(opened(Index::create_in_ram(schema::schema().0), true));
    }
    match open_existing(directory) {
        Ok(Some(index)) => Ok(opened(index, false)),
        Ok(None) => {
            let reason = "it has the format of another version of reeldex";
            Err(index_error("be read", reason.into()))
        }
        Err(error) => Err(tantivy_error("be read")(error)),
    }
}

/// The index with its writer; a new one where there is none or it cannot be trusted.
pub(super) fn for_writing(directory: &Path) -> Result<Opened, StoreError> {
    fs::create_dir_all(directory).map_err(io_error(directory))?;
    let marker = directory.join(OPEN_MARKER);
    let was_unclean = marker.exists();
    let has_index = directory.join("meta.json").exists();
    let mut sound = None;
    if has_index && let Ok(Some(index)) = open_existing(directory) {
        // The lock comes first: the files of a living writer would change while they are checked.
        let writer = make_writer(&index, directory)?;
        let is_sound = !was_unclean
            || index
                .validate_checksum()
                .is_ok_and(|damaged| damaged.is_empty());
        if is_sound && index.reader().is_ok() {
            sound = Some((index, writer));
        }
    }
    let was_damaged = sound.is_none() && (has_index || was_unclean);
    let (index, writer) = match sound {
        Some(sound) => sound,
        None => make_new(directory, was_damaged)?,
    };
    fs::write(&marker, b"").map_err(io_error(&marker))?;
    Ok(Opened {
        index,
        writer: Some(writer),
        was_damaged,
    })
}

fn make_new(directory: &Path, has_files: bool) -> Result<(Index, IndexWriter), StoreError> {
    if has_files {
        fs::remove_dir_all(directory).map_err(io_error(directory))?;
        fs::create_dir_all(directory).map_err(io_error(directory))?;
    }
    let (schema, _) = schema::schema();
    let index = Index::create_in_dir(directory, schema).map_err(tantivy_error("be made"))?;
    fs::write(directory.join(FORMAT_FILE), FORMAT_VERSION.to_string())
        .map_err(io_error(directory))?;
    let writer = make_writer(&index, directory)?;
    Ok((index, writer))
}

/// The index in `directory`; `None` when it has another format.
fn open_existing(directory: &Path) -> Result<Option<Index>, TantivyError> {
    let format = fs::read_to_string(directory.join(FORMAT_FILE)).unwrap_or_default();
    if format.trim() != FORMAT_VERSION.to_string() {
        return Ok(None);
    }
    let index = Index::open_in_dir(directory)?;
    Ok((index.schema() == schema::schema().0).then_some(index))
}

fn make_writer(index: &Index, directory: &Path) -> Result<IndexWriter, StoreError> {
    // The tokenizers have to be known before the writer's thread starts.
    schema::register_tokenizers(index);
    index
        .writer_with_num_threads(1, WRITER_MEMORY_BYTES)
        .map_err(|error| match error {
            TantivyError::LockFailure(LockError::LockBusy, _) => StoreError::Busy {
                directory: directory.to_owned(),
            },
            error => tantivy_error("be opened for writing")(error),
        })
}
