//! What is known: the catalogue holds the truth, the two indexes are projections of it.
//!
//! ```text
//! commit ─→ catalogue (one transaction, numbered) ─→ full-text index ┐
//!                                                 └→ vector index    ┴─ flush ─→ number recorded
//! ```
//! Each index's last durable number stands in the catalogue. Whatever lies above it is applied again
//! when the library is next opened for writing, so a process may end at any point.

mod catalog;
mod correct;
mod disk;
mod error;
#[cfg(test)]
mod fixtures;
mod follow;
mod identity;
mod projection;
pub mod text_index;
mod types;
mod vector_index;

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use catalog::{
    AssetRecord, CATALOGUE_FILE, Catalog, Change, Counted, FacetCounts, FailureRecord, IndexName,
    LocationRecord, MomentFacts, RememberedFile, StepCount, StoredEmbedding,
};
pub use correct::CorrectionRequest;
pub use error::StoreError;
pub use identity::{point_id, segment_id};
pub use text_index::{TextDocument, TextIndex};
pub use types::{
    Access, ReindexReport, StoreSettings, VectorHit, VectorSettings, WordField, WordHit, WordQuery,
};
pub use vector_index::{VectorIndex, VectorPoint};

use crate::domain::{Analysis, AssetKey, Correction, RetrievalScope, SegmentId, Snippet, SpaceId};
use follow::Progress;
use vector_index::{edge::EdgeVectors, exact::ExactVectors, server::ServerVectors};

/// Where the full-text index lies in the library.
const TEXT_DIRECTORY: &str = "text";

/// Where the vector index in process lies in the library.
const VECTOR_DIRECTORY: &str = "vectors";

/// How many vectors stand for a space.
const SAMPLE_VECTORS: usize = 1000;

/// Vectors that stand for a space.
pub type Sample = Arc<Vec<Vec<f32>>>;

/// A library, open.
pub struct Store {
    directory: PathBuf,
    catalog: Arc<Catalog>,
    text: TextIndex,
    vectors: Box<dyn VectorIndex>,
    vector_name: IndexName,
    /// How far the indexes follow the catalogue; `None` when open for reading.
    progress: Option<Mutex<Progress>>,
    /// Samples of spaces with the number of the change after which they were taken.
    samples: Mutex<HashMap<SpaceId, (u64, Sample)>>,
    /// Held open while this process is the library's writer; declared last, so that it is let go last.
    _lock: Option<File>,
}

impl Store {
    /// Opens a library; [`Access::Write`] makes one where there is none, and brings the indexes up
    /// to the catalogue.
    ///
    /// A reader searches the vector index in process only through the catalogue, because one
    /// process alone can hold it and the writer must be able to.
    ///
    /// # Errors
    /// `Busy` for a second writer, `NoLibrary` when there is nothing to read, `TooNew` for a
    /// library of a newer program, `Damaged` for a catalogue that is none, `DiskFull`.
    pub fn open(settings: &StoreSettings, access: Access) -> Result<Self, StoreError> {
        let directory = &settings.directory;
        let lock = match access {
            Access::Write => {
                disk::make(directory)?;
                Some(disk::lock(directory)?)
            }
            Access::Read => None,
        };
        let catalog = Arc::new(Catalog::open(directory, access)?);
        let text = TextIndex::open(&directory.join(TEXT_DIRECTORY), access)?;
        let mut lost_points = false;
        let (vector_name, vectors): (_, Box<dyn VectorIndex>) = match (&settings.vectors, access) {
            (VectorSettings::Server { url, api_key }, _) => {
                let server = ServerVectors::connect(
                    url,
                    api_key.as_deref(),
                    &library_id(&catalog, access)?,
                )?;
                (IndexName::VectorServer, Box::new(server))
            }
            (VectorSettings::Edge, Access::Write) => {
                let edge = EdgeVectors::open(&directory.join(VECTOR_DIRECTORY))?;
                lost_points = edge.lost_points() || Self::was_cut_off(&catalog)?;
                (IndexName::VectorEdge, Box::new(edge))
            }
            (VectorSettings::Edge, Access::Read) => (
                IndexName::VectorEdge,
                Box::new(ExactVectors::new(catalog.clone())),
            ),
        };
        let mut store = Self {
            directory: directory.clone(),
            catalog,
            text,
            vectors,
            vector_name,
            progress: None,
            samples: Mutex::default(),
            _lock: lock,
        };
        if access == Access::Write {
            store.repair(lost_points)?;
        }
        Ok(store)
    }

    /// Asks the system to have the indexes in its memory before the first search; for who stays.
    pub fn read_ahead(&self) {
        let folders = [TEXT_DIRECTORY, VECTOR_DIRECTORY].map(|name| self.directory.join(name));
        let bytes = disk::read_ahead(&folders);
        tracing::debug!(bytes, "the indexes are read ahead");
    }

    /// The library's directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The truth, for reading and for what a scan writes.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Writes an analysis: the catalogue at once and durably, the indexes with the next
    /// [`flush`](Self::flush). Waiting long with that costs a repair after a kill, nothing else.
    ///
    /// # Errors
    /// `DiskFull` before anything is written; any other error of an index is repaired on the next
    /// opening, because the catalogue has the analysis by then.
    pub fn commit(&self, analysis: &Analysis) -> Result<(), StoreError> {
        self.commit_under(analysis, None)
    }

    /// As [`commit`](Self::commit), of an analysis that knew of these corrections of its asset and
    /// of no others.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn commit_under(
        &self,
        analysis: &Analysis,
        corrections: Option<&[Correction]>,
    ) -> Result<(), StoreError> {
        let mut progress = self.progress("commit an analysis")?;
        let bytes = analysis
            .embeddings
            .iter()
            .map(|embedding| embedding.values_f16.len() as u64 * 24)
            .sum();
        disk::require_space(&self.directory, bytes)?;
        self.catalog.commit_under(analysis, corrections)?;
        self.catch_up(&mut progress, &mut |_| {})
    }

    /// Makes both indexes durable and visible to readers, and records how far they are.
    pub fn flush(&self) -> Result<(), StoreError> {
        let mut progress = self.progress("flush the indexes")?;
        self.catch_up(&mut progress, &mut |_| {})?;
        self.flush_indexes(&mut progress)
    }

    /// Builds what makes searches of large libraries fast: nothing for small ones, minutes for the
    /// first million vectors. Searches go on meanwhile; commits wait.
    ///
    /// # Errors
    /// `DiskFull`, or when the vector index can't be rewritten.
    pub fn optimize(&self) -> Result<(), StoreError> {
        let _progress = self.progress("build the graphs of vectors")?;
        self.vectors.optimize()
    }

    /// Removes an asset and all that was derived from it; its files are not touched.
    pub fn remove_asset(&self, asset: AssetKey) -> Result<(), StoreError> {
        let mut progress = self.progress("remove an asset")?;
        self.catalog.remove_asset(asset)?;
        self.catch_up(&mut progress, &mut |_| {})
    }

    /// Removes a vector space: the last act of switching to another model.
    pub fn drop_space(&self, space: &SpaceId) -> Result<(), StoreError> {
        let _progress = self.progress("remove a vector space")?;
        self.vectors.drop_space(space)?;
        self.catalog.drop_space(space)
    }

    /// Builds both indexes anew from the catalogue, without decoding or inference; `progress` is
    /// told how many of how many assets are done. Ended in the middle, it goes on with the next
    /// opening.
    pub fn reindex(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<ReindexReport, StoreError> {
        let mut state = self.progress("rebuild the indexes")?;
        self.restart(&mut state, true, true)?;
        let total = self.catalog.count_changes_since(0)?;
        let mut done = 0;
        progress(0, total);
        self.catch_up(&mut state, &mut |removed| {
            if !removed {
                done += 1;
                progress(done, total);
            }
        })?;
        self.flush_indexes(&mut state)?;
        self.vectors.optimize()?;
        let spaces = self.catalog.spaces()?;
        let mut vectors = 0;
        for space in &spaces {
            vectors += self.vectors.count(space)?;
        }
        let documents = self.text.documents()?.len() as u64;
        Ok(ReindexReport {
            assets: done,
            documents,
            vectors,
        })
    }

    /// Segments that hold words, best first.
    pub fn search_words(
        &self,
        query: &WordQuery,
        scope: &RetrievalScope,
        limit: usize,
    ) -> Result<Vec<WordHit>, StoreError> {
        self.text.search(query, scope, limit)
    }

    /// As [`search_words`](Self::search_words), for many hits of which few are shown: without
    /// reading their texts, so that they have no snippet.
    pub fn search_many_words(
        &self,
        query: &WordQuery,
        scope: &RetrievalScope,
        limit: usize,
    ) -> Result<Vec<WordHit>, StoreError> {
        self.text.search_many(query, scope, limit)
    }

    /// The text around the words of `query` in the texts of segments; `None` where there is none.
    pub fn word_snippets(
        &self,
        query: &str,
        places: &[(AssetKey, SegmentId, WordField)],
    ) -> Result<Vec<Option<Snippet>>, StoreError> {
        self.text.snippets(query, places)
    }

    /// Vectors near another, best first; none with a cosine below `least`.
    pub fn search_vectors(
        &self,
        space: &SpaceId,
        vector: &[f32],
        scope: &RetrievalScope,
        limit: usize,
        least: f32,
    ) -> Result<Vec<VectorHit>, StoreError> {
        self.vectors.search(space, vector, scope, limit, least)
    }

    /// The vectors of segments at times of theirs, at unit length; `None` where the vector index has
    /// none or gives none back. [`Catalog::pictures_at`] has them all, and takes longer.
    pub fn vectors_of(
        &self,
        space: &SpaceId,
        places: &[(AssetKey, SegmentId, i64)],
    ) -> Result<Vec<Option<Vec<f32>>>, StoreError> {
        let name = space.name();
        let ids: Vec<u128> = places
            .iter()
            .map(|(asset, segment, at_millis)| point_id(*asset, *segment, *at_millis, &name))
            .collect();
        self.vectors.vectors(space, &ids)
    }

    /// At most 1000 vectors of a space, spread evenly over it; taken anew after each change.
    pub fn sample_vectors(&self, space: &SpaceId) -> Result<Sample, StoreError> {
        let last = self.catalog.last_sequence()?;
        let samples = || self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((taken, sample)) = samples().get(space)
            && *taken == last
        {
            return Ok(Arc::clone(sample));
        }
        let sample = Arc::new(self.catalog.sample_vectors(space, SAMPLE_VECTORS)?);
        samples().insert(space.clone(), (last, Arc::clone(&sample)));
        Ok(sample)
    }

    /// Words that begin with `beginning`, which is folded as [`text_index::last_word`] does, with
    /// the number of texts that hold them, the most frequent first.
    pub fn words_beginning(
        &self,
        beginning: &str,
        fields: &[WordField],
        limit: usize,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.text.words_beginning(beginning, fields, limit)
    }

    /// The full-text index, for comparisons.
    pub fn text_index(&self) -> &TextIndex {
        &self.text
    }

    /// The vector index, for comparisons.
    pub fn vector_index(&self) -> &dyn VectorIndex {
        &*self.vectors
    }

    fn progress(&self, action: &'static str) -> Result<MutexGuard<'_, Progress>, StoreError> {
        let progress = self
            .progress
            .as_ref()
            .ok_or(StoreError::ReadOnly { action })?;
        Ok(progress.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Not needed for what is true, only to spare the next opening a repair.
        if self.progress.is_some()
            && let Err(error) = self.leave()
        {
            tracing::warn!(%error, "the indexes were not flushed; they are brought up to date on the next opening");
        }
    }
}

/// The library's own id, which keeps its collections on a shared server apart; made by the first writer.
fn library_id(catalog: &Catalog, access: Access) -> Result<String, StoreError> {
    const KEY: &str = "library_id";
    if let Some(id) = catalog.meta(KEY)? {
        return Ok(id);
    }
    let id = identity::new_library_id(catalog.directory());
    if access == Access::Write {
        catalog.set_meta(KEY, &id)?;
    }
    Ok(id)
}

#[cfg(test)]
mod tests;
