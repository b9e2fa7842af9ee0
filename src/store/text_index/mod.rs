//! The full-text index: words of speech, screen and metadata, found in any inflection.
//!
//! A projection of the catalogue: it can be thrown away and built again. One writer at a time;
//! readers need no lock and see a commit with their next search.

mod analysis;
mod completions;
mod hits;
mod matching;
mod open;
mod query;
mod schema;
mod snippet;
mod stopwords;
pub mod syntax;
#[cfg(test)]
mod tests;
mod view;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

pub use completions::{TypedWord, last_word};

use self::{
    analysis::{LANGUAGE_SEPARATOR, stemmed_language},
    hits::Wanted,
    open::Opened,
    schema::Fields,
    view::{Stamp, View},
};
use super::{Access, StoreError, WordField, WordHit, WordQuery};
use crate::domain::{AssetKey, AssetKind, Channel, RetrievalScope, SegmentId, Snippet, TimeSpan};

/// One text of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct TextDocument {
    /// The asset.
    pub asset: AssetKey,
    /// The segment.
    pub segment: SegmentId,
    /// The segment's channel.
    pub channel: Channel,
    /// Where the segment lies.
    pub span: TimeSpan,
    /// The asset's kind, for filters.
    pub kind: AssetKind,
    /// The asset's collections, for filters.
    pub collections: Vec<String>,
    /// Language of the text, as ISO 639-1 or 639-2; words are stemmed by it.
    pub language: Option<String>,
    /// Which words these are.
    pub field: WordField,
    /// The words.
    pub text: String,
}

/// The full-text index of a library.
pub struct TextIndex {
    directory: PathBuf,
    index: Index,
    fields: Fields,
    reader: IndexReader,
    writer: Option<Mutex<IndexWriter>>,
    /// The commit that searches see, with the state of the file that named it.
    loaded: Mutex<(Option<Stamp>, Arc<View>)>,
    was_damaged: bool,
}

impl std::fmt::Debug for TextIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TextIndex({})", self.directory.display())
    }
}

impl TextIndex {
    /// Opens the index in `directory`, which is made when writing.
    ///
    /// After an unclean end of the last writer all files are checked. A writer throws a damaged
    /// index, or one of another format, away and starts an empty one; a reader of an index that
    /// does not exist sees an empty one.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another process writes; [`StoreError::Index`] for a reader when
    /// the index is damaged or of another format; [`StoreError::Io`] when the directory can't be used.
    pub fn open(directory: &Path, access: Access) -> Result<Self, StoreError> {
        let Opened {
            index,
            writer,
            was_damaged,
        } = match access {
            Access::Read => open::for_reading(directory)?,
            Access::Write => open::for_writing(directory)?,
        };
        schema::register_tokenizers(&index);
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(tantivy_error("be read"))?;
        let fields = schema::schema().1;
        // Turned to the commit once more below, in case one came in between.
        let view = View::of(&reader, &fields).map_err(tantivy_error("be read"))?;
        let text_index = Self {
            directory: directory.to_owned(),
            index,
            fields,
            reader,
            writer: writer.map(Mutex::new),
            loaded: Mutex::new((None, Arc::new(view))),
            was_damaged,
        };
        text_index.turn()?;
        Ok(text_index)
    }

    /// Whether the index is empty because none was there to be read, or it was damaged or of another format.
    pub fn is_empty_after_damage(&self) -> bool {
        self.was_damaged
    }

    /// Replaces all documents of an asset; kept in memory until [`flush`](Self::flush).
    ///
    /// # Errors
    /// [`StoreError::Index`] when the index is open for reading or the disk fails.
    pub fn replace_asset(
        &self,
        asset: AssetKey,
        documents: &[TextDocument],
    ) -> Result<(), StoreError> {
        let writer = self.writer()?;
        writer.delete_term(Term::from_field_i64(self.fields.asset, asset.0));
        for document in documents {
            writer
                .add_document(self.stored(document))
                .map_err(tantivy_error("take a document"))?;
        }
        Ok(())
    }

    /// Removes all documents of an asset, with the next [`flush`](Self::flush).
    ///
    /// # Errors
    /// As [`replace_asset`](Self::replace_asset).
    pub fn remove_asset(&self, asset: AssetKey) -> Result<(), StoreError> {
        self.replace_asset(asset, &[])
    }

    /// Makes all changes durable and visible, and records that they reach up to `sequence`.
    ///
    /// # Errors
    /// As [`replace_asset`](Self::replace_asset).
    pub fn flush(&self, sequence: u64) -> Result<(), StoreError> {
        self.commit(&mut *self.writer()?, sequence)?;
        self.turn().map(drop)
    }

    fn commit(&self, writer: &mut IndexWriter, sequence: u64) -> Result<(), StoreError> {
        let mut prepared = writer
            .prepare_commit()
            .map_err(tantivy_error("be written"))?;
        prepared.set_payload(&sequence.to_string());
        prepared.commit().map_err(tantivy_error("be written"))?;
        Ok(())
    }

    /// The sequence number of the last [`flush`](Self::flush); 0 for a new index.
    ///
    /// # Errors
    /// [`StoreError::Index`] when the index can't be read.
    pub fn flushed_sequence(&self) -> Result<u64, StoreError> {
        let metas = self.index.load_metas().map_err(tantivy_error("be read"))?;
        Ok(metas
            .payload
            .and_then(|payload| payload.parse().ok())
            .unwrap_or(0))
    }

    /// Removes everything, at once and durably; [`flushed_sequence`](Self::flushed_sequence) is 0 again.
    ///
    /// # Errors
    /// As [`replace_asset`](Self::replace_asset).
    pub fn clear(&self) -> Result<(), StoreError> {
        {
            let mut writer = self.writer()?;
            // Tantivy takes its clock back to the last commit here: without a commit right before,
            // removals of documents from after it would fall on documents yet to come.
            self.commit(&mut writer, 0)?;
            writer
                .delete_all_documents()
                .map_err(tantivy_error("be emptied"))?;
            self.commit(&mut writer, 0)?;
        }
        self.turn().map(drop)
    }

    /// The `limit` segments that answer `query` best, best first; text of any form is a query.
    ///
    /// Hits with all words come before hits with some.
    ///
    /// # Errors
    /// [`StoreError::Index`] when the index can't be read.
    pub fn search(
        &self,
        query: &WordQuery,
        scope: &RetrievalScope,
        limit: usize,
    ) -> Result<Vec<WordHit>, StoreError> {
        self.wanted(
            query,
            &Wanted {
                scope,
                limit,
                has_snippets: true,
            },
        )
    }

    /// As [`search`](Self::search), for many hits of which few are shown: without reading them, so
    /// that they have no snippet. [`snippets`](Self::snippets) gives it.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn search_many(
        &self,
        query: &WordQuery,
        scope: &RetrievalScope,
        limit: usize,
    ) -> Result<Vec<WordHit>, StoreError> {
        self.wanted(
            query,
            &Wanted {
                scope,
                limit,
                has_snippets: false,
            },
        )
    }

    /// The text around the words of `query` in the texts of segments; `None` where there is none.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn snippets(
        &self,
        query: &str,
        places: &[(AssetKey, SegmentId, WordField)],
    ) -> Result<Vec<Option<Snippet>>, StoreError> {
        hits::snippets(&*self.view()?, &self.fields, query, places)
            .map_err(tantivy_error("be searched"))
    }

    fn wanted(&self, query: &WordQuery, wanted: &Wanted<'_>) -> Result<Vec<WordHit>, StoreError> {
        hits::search(&*self.view()?, &self.fields, query, wanted)
            .map_err(tantivy_error("be searched"))
    }

    /// Every document's asset, segment and word field, sorted; for comparison with the catalogue.
    ///
    /// # Errors
    /// [`StoreError::Index`] when the index can't be read.
    pub fn documents(&self) -> Result<Vec<(AssetKey, SegmentId, WordField)>, StoreError> {
        Ok(self.view()?.documents())
    }

    fn stored(&self, document: &TextDocument) -> TantivyDocument {
        let fields = &self.fields;
        let mut stored = TantivyDocument::new();
        stored.add_i64(fields.asset, document.asset.0);
        stored.add_u64(fields.segment_high, (document.segment.0 >> 64) as u64);
        stored.add_u64(fields.segment_low, document.segment.0 as u64);
        stored.add_u64(fields.channel, document.channel as u64);
        stored.add_i64(fields.start_millis, document.span.start_millis);
        stored.add_i64(fields.end_millis, document.span.end_millis);
        stored.add_u64(fields.word_field, document.field as u64);
        stored.add_text(fields.kind, document.kind.name());
        for collection in &document.collections {
            stored.add_text(fields.collection, collection);
        }
        stored.add_text(fields.text, &document.text);
        stored.add_text(fields.words(document.field), &document.text);
        let language = document.language.as_deref().and_then(stemmed_language);
        // File names and tags seldom say their language; most are English.
        let language = language.or((document.field == WordField::Metadata).then_some("en"));
        if let Some(language) = language {
            stored.add_text(fields.language, language);
            stored.add_text(
                fields.stems(document.field),
                format!("{language}{LANGUAGE_SEPARATOR}{}", document.text),
            );
        }
        stored
    }

    fn writer(&self) -> Result<MutexGuard<'_, IndexWriter>, StoreError> {
        let writer = self
            .writer
            .as_ref()
            .ok_or_else(|| index_error("be written", "it is open for reading".into()))?;
        Ok(writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn loaded(&self) -> MutexGuard<'_, (Option<Stamp>, Arc<View>)> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last commit, of this process or of another.
    fn view(&self) -> Result<Arc<View>, StoreError> {
        let stamp = Stamp::of(&self.directory);
        {
            let loaded = self.loaded();
            if loaded.0 == stamp {
                return Ok(Arc::clone(&loaded.1));
            }
        }
        self.turn()
    }

    /// Turns to the last commit.
    fn turn(&self) -> Result<Arc<View>, StoreError> {
        let mut loaded = self.loaded();
        // Looked at first: a commit that comes in between is turned to with the next search.
        let stamp = Stamp::of(&self.directory);
        self.reader.reload().map_err(tantivy_error("be read"))?;
        let view = View::of(&self.reader, &self.fields).map_err(tantivy_error("be read"))?;
        *loaded = (stamp, Arc::new(view));
        Ok(Arc::clone(&loaded.1))
    }
}

impl Drop for TextIndex {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            let writer = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
            if writer.wait_merging_threads().is_ok() {
                // Left behind, the marker costs a check of all files at the next start, no more.
                let _ = fs::remove_file(self.directory.join(open::OPEN_MARKER));
            }
        }
    }
}

fn io_error(path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| match source.kind() {
        std::io::ErrorKind::StorageFull => StoreError::DiskFull {
            directory: path.clone(),
        },
        _ => StoreError::Io {
            path: path.clone(),
            source,
        },
    }
}

fn tantivy_error(action: &'static str) -> impl Fn(TantivyError) -> StoreError {
    move |error| index_error(action, Box::new(error))
}

fn index_error(
    action: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
) -> StoreError {
    StoreError::Index {
        index: "full-text",
        action,
        source,
    }
}
