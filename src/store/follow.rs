//! How the indexes follow the catalogue: change by change, repaired on opening, rebuilt on demand.

use std::sync::Mutex;

use super::{Catalog, Change, IndexName, Store, StoreError, disk, projection};
use crate::domain::SpaceId;

/// Changes read from the catalogue at a time while indexes catch up.
const CHANGES_PER_BATCH: usize = 256;

/// Catching up makes the indexes durable after so many assets, so that a kill costs little.
const CHANGES_PER_FLUSH: u64 = 4096;

/// The setting that holds, while a writer is at work, which run of the system it belongs to.
const WRITING_SINCE: &str = "writing_since_boot";

/// Numbers of the last changes that each index has taken, and has taken durably.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    text: u64,
    vectors: u64,
    text_flushed: u64,
    vectors_flushed: u64,
}

impl Store {
    /// Brings the indexes up to the catalogue after opening.
    pub(super) fn repair(&mut self, lost_points: bool) -> Result<(), StoreError> {
        let recorded = self.catalog.flushed_sequence(IndexName::Text)?;
        // An index restored from elsewhere, or a catalogue restored from a copy, may be at any number.
        let text = if self.text.is_empty_after_damage() {
            0
        } else {
            recorded.min(self.text.flushed_sequence()?)
        };
        let vectors = if lost_points {
            0
        } else {
            self.catalog.flushed_sequence(self.vector_name)?
        };
        let last = self.catalog.last_sequence()?;
        let mut progress = Progress {
            text,
            vectors,
            text_flushed: text,
            vectors_flushed: vectors,
        };
        self.restart(
            &mut progress,
            text == 0 || text > last,
            vectors == 0 || vectors > last,
        )?;
        self.catch_up(&mut progress, &mut |_| {})?;
        if !self.has_all_points()? {
            tracing::warn!("the vector index does not hold what the catalogue does and is rebuilt");
            self.restart(&mut progress, false, true)?;
            self.catch_up(&mut progress, &mut |_| {})?;
        }
        self.flush_indexes(&mut progress)?;
        self.progress = Some(Mutex::new(progress));
        self.catalog
            .set_meta(WRITING_SINCE, &disk::boot_id().unwrap_or_default())
    }

    /// Whether the system went down while the library was written to.
    ///
    /// The vector index in process writes through mapped memory. What a killed process wrote, the
    /// system still brings to the disk; when the system itself ends, older and newer pages may lie
    /// side by side there, which no check of the index would find.
    pub(super) fn was_cut_off(catalog: &Catalog) -> Result<bool, StoreError> {
        let since = catalog.meta(WRITING_SINCE)?.unwrap_or_default();
        Ok(!since.is_empty() && disk::boot_id().is_some_and(|now| now != since))
    }

    /// Records that nothing is left to be written.
    pub(super) fn leave(&self) -> Result<(), StoreError> {
        self.flush()?;
        self.catalog.set_meta(WRITING_SINCE, "")
    }

    /// Whether each space holds as many points as the catalogue has vectors of probed assets.
    fn has_all_points(&self) -> Result<bool, StoreError> {
        for space in self.catalog.known_spaces()? {
            if self.vectors.count(&space)? != self.catalog.count_searchable_embeddings(&space)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Empties indexes, so that everything is applied to them again.
    pub(super) fn restart(
        &self,
        progress: &mut Progress,
        text: bool,
        vectors: bool,
    ) -> Result<(), StoreError> {
        // First the number: killed after it, the next opening empties the index as well.
        if text {
            self.catalog
                .set_flushed_sequences(&[(IndexName::Text, 0)])?;
            self.text.clear()?;
            (progress.text, progress.text_flushed) = (0, 0);
        }
        if vectors {
            self.catalog
                .set_flushed_sequences(&[(self.vector_name, 0)])?;
            self.vectors.clear()?;
            (progress.vectors, progress.vectors_flushed) = (0, 0);
        }
        Ok(())
    }

    /// Applies every change that an index has not taken; `applied` is told of each, and whether it
    /// removed its asset.
    pub(super) fn catch_up(
        &self,
        progress: &mut Progress,
        applied: &mut dyn FnMut(bool),
    ) -> Result<(), StoreError> {
        let mut since_flush = 0;
        loop {
            let from = progress.text.min(progress.vectors);
            let changes = self.catalog.changes_since(from, CHANGES_PER_BATCH)?;
            if changes.is_empty() {
                return Ok(());
            }
            let spaces = self.catalog.known_spaces()?;
            for change in changes {
                self.apply(change, progress, &spaces)?;
                applied(change.removed);
                since_flush += 1;
            }
            if since_flush >= CHANGES_PER_FLUSH {
                self.flush_indexes(progress)?;
                since_flush = 0;
            }
        }
    }

    fn apply(
        &self,
        change: Change,
        progress: &mut Progress,
        spaces: &[SpaceId],
    ) -> Result<(), StoreError> {
        let (for_text, for_vectors) = (
            change.sequence > progress.text,
            change.sequence > progress.vectors,
        );
        if change.removed {
            if for_text {
                self.text.remove_asset(change.asset)?;
            }
            if for_vectors {
                self.vectors.remove_asset(change.asset)?;
            }
        } else {
            let projection = projection::project(&self.catalog, change.asset, spaces)?;
            if for_text {
                self.text
                    .replace_asset(change.asset, &projection.documents)?;
            }
            for (space, points) in projection.points.iter().filter(|_| for_vectors) {
                self.vectors.replace_asset(space, change.asset, points)?;
            }
        }
        progress.text = progress.text.max(change.sequence);
        progress.vectors = progress.vectors.max(change.sequence);
        Ok(())
    }

    pub(super) fn flush_indexes(&self, progress: &mut Progress) -> Result<(), StoreError> {
        let mut flushed = Vec::new();
        if progress.text != progress.text_flushed {
            self.text
                .flush(progress.text)
                .map_err(|error| disk::tell_full(&self.directory, error))?;
            flushed.push((IndexName::Text, progress.text));
        }
        if progress.vectors != progress.vectors_flushed {
            self.vectors.flush()?;
            flushed.push((self.vector_name, progress.vectors));
        }
        if !flushed.is_empty() {
            self.catalog.set_flushed_sequences(&flushed)?;
            (progress.text_flushed, progress.vectors_flushed) = (progress.text, progress.vectors);
        }
        Ok(())
    }
}
