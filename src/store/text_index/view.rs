//! What searches see of a commit: its parts, opened once, with the columns that identify a document.

use std::{collections::HashSet, fs, os::unix::fs::MetadataExt, path::Path};

use tantivy::{IndexReader, Searcher, columnar::Column};

use super::schema::Fields;
use crate::{
    domain::{AssetKey, Channel, SegmentId, TimeSpan},
    store::WordField,
};

/// A commit, ready to be searched.
pub(super) struct View {
    /// Its parts.
    pub searcher: Searcher,
    /// Of each part.
    pub columns: Vec<Columns>,
    /// Codes of the languages that the index has stems of, sorted.
    pub languages: Vec<String>,
}

impl View {
    /// Of the commit that `reader` turned to last.
    pub(super) fn of(reader: &IndexReader, fields: &Fields) -> tantivy::Result<Self> {
        let searcher = reader.searcher();
        let columns = Columns::of(&searcher)?;
        let languages = languages(&searcher, fields)?;
        Ok(Self {
            searcher,
            columns,
            languages,
        })
    }

    /// Every living document's asset, segment and word field, sorted.
    pub(super) fn documents(&self) -> Vec<(AssetKey, SegmentId, WordField)> {
        let mut found = Vec::new();
        for (part, columns) in self.searcher.segment_readers().iter().zip(&self.columns) {
            found.extend(part.doc_ids_alive().map(|document| {
                (
                    columns.asset(document),
                    columns.segment(document),
                    columns.field(document),
                )
            }));
        }
        found.sort_unstable();
        found
    }
}

/// What tells one state of the file that names the last commit from another: it is put in place of
/// the one before with each commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    modified: (i64, i64),
    size_bytes: u64,
}

impl Stamp {
    /// Of the index in `directory`; `None` where there is none.
    pub(super) fn of(directory: &Path) -> Option<Self> {
        let file = fs::metadata(directory.join("meta.json")).ok()?;
        Some(Self {
            inode: file.ino(),
            modified: (file.mtime(), file.mtime_nsec()),
            size_bytes: file.len(),
        })
    }
}

/// The columns of one part of the index that identify a document.
pub(super) struct Columns {
    asset: Column<i64>,
    segment_high: Column<u64>,
    segment_low: Column<u64>,
    channel: Column<u64>,
    start_millis: Column<i64>,
    end_millis: Column<i64>,
    word_field: Column<u64>,
}

impl Columns {
    fn of(searcher: &Searcher) -> tantivy::Result<Vec<Self>> {
        searcher
            .segment_readers()
            .iter()
            .map(|part| {
                let columns = part.fast_fields();
                Ok(Self {
                    asset: columns.i64("asset")?,
                    segment_high: columns.u64("segment_high")?,
                    segment_low: columns.u64("segment_low")?,
                    channel: columns.u64("channel")?,
                    start_millis: columns.i64("start_millis")?,
                    end_millis: columns.i64("end_millis")?,
                    word_field: columns.u64("word_field")?,
                })
            })
            .collect()
    }

    pub(super) fn asset(&self, document: u32) -> AssetKey {
        AssetKey(self.asset.first(document).unwrap_or_default())
    }

    pub(super) fn segment(&self, document: u32) -> SegmentId {
        let half = |column: &Column<u64>| u128::from(column.first(document).unwrap_or_default());
        SegmentId(half(&self.segment_high) << 64 | half(&self.segment_low))
    }

    pub(super) fn channel(&self, document: u32) -> Channel {
        let number = self.channel.first(document).unwrap_or_default() as usize;
        Channel::ALL.get(number).copied().unwrap_or(Channel::Asset)
    }

    pub(super) fn field(&self, document: u32) -> WordField {
        let number = self.word_field.first(document).unwrap_or_default() as usize;
        WordField::ALL
            .get(number)
            .copied()
            .unwrap_or(WordField::Metadata)
    }

    pub(super) fn span(&self, document: u32) -> TimeSpan {
        let time = |column: &Column<i64>| column.first(document).unwrap_or_default();
        TimeSpan::new(time(&self.start_millis), time(&self.end_millis))
    }
}

fn languages(searcher: &Searcher, fields: &Fields) -> tantivy::Result<Vec<String>> {
    let mut codes = HashSet::new();
    for part in searcher.segment_readers() {
        let inverted = part.inverted_index(fields.language)?;
        let mut terms = inverted.terms().stream()?;
        while terms.advance() {
            codes.insert(String::from_utf8_lossy(terms.key()).into_owned());
        }
    }
    let mut codes: Vec<String> = codes.into_iter().collect();
    codes.sort_unstable();
    Ok(codes)
}
