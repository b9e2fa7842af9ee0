//! Vectors in this process: one qdrant-edge shard per space.
//!
//! Small shards are searched exactly, without a graph: below some hundred thousand vectors that is
//! fast enough, and it misses nothing. Large ones get a graph (HNSW) when [`VectorIndex::optimize`]
//! is called; what is added later is searched exactly beside it until the next call, and so is what
//! few assets hold.

mod files;
mod graph;
mod guard;
mod point;
mod read;
mod write;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use qdrant_edge::EdgeShard;

use self::{
    files::{LOG_BYTES, config, is_held, remove, trim_log},
    graph::GRAPH_POINTS,
    guard::{discard, guarded},
};
use super::{VectorIndex, VectorPoint, failed};
use crate::{
    domain::{AssetKey, RetrievalScope, SpaceId},
    store::{StoreError, VectorHit, disk, identity},
};

/// Shards below one directory, each in a folder named after its space.
///
/// A shard may be searched by many threads while one writes to it. The lock is for the list of
/// shards alone; whoever makes or removes one waits for the searches under way.
#[derive(Debug)]
pub(in crate::store) struct EdgeVectors {
    directory: PathBuf,
    shards: RwLock<HashMap<String, EdgeShard>>,
    graph_points: usize,
    /// Whether a shard could not be read and was thrown away on opening.
    lost_points: bool,
}

impl EdgeVectors {
    /// Opens the shards of these spaces.
    ///
    /// # Errors
    /// When another process holds one of them. A shard that is damaged is removed instead; then
    /// [`lost_points`](Self::lost_points) tells so.
    pub(in crate::store) fn open(directory: &Path) -> Result<Self, StoreError> {
        Self::open_with(directory, GRAPH_POINTS)
    }

    /// As [`open`](Self::open), with graphs from so many points on.
    pub(super) fn open_with(directory: &Path, graph_points: usize) -> Result<Self, StoreError> {
        fs::create_dir_all(directory).map_err(|source| disk::io_error(directory, source))?;
        let mut opened = Self {
            directory: directory.to_owned(),
            shards: RwLock::default(),
            graph_points,
            lost_points: false,
        };
        let mut shards = HashMap::new();
        let entries =
            fs::read_dir(directory).map_err(|source| disk::io_error(directory, source))?;
        for entry in entries {
            let path = entry
                .map_err(|source| disk::io_error(directory, source))?
                .path();
            let Some(slug) = path
                .file_name()
                .and_then(|name| name.to_str())
                .map(str::to_owned)
            else {
                continue;
            };
            trim_log(&path);
            match guarded(|| EdgeShard::load(&path, None)) {
                Ok(shard) => drop(shards.insert(slug, shard)),
                Err(error) if is_held(&path) => return Err(failed("open")(error)),
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "a vector shard is damaged and will be rebuilt");
                    remove(&path)?;
                    opened.lost_points = true;
                }
            }
        }
        opened.shards = RwLock::new(shards);
        Ok(opened)
    }

    /// Whether a shard was damaged and removed, so that everything has to be applied again.
    pub(in crate::store) fn lost_points(&self) -> bool {
        self.lost_points
    }

    fn shards(&self) -> RwLockReadGuard<'_, HashMap<String, EdgeShard>> {
        self.shards.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn shards_to_change(&self) -> RwLockWriteGuard<'_, HashMap<String, EdgeShard>> {
        self.shards.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many parts of shards have a graph.
    #[cfg(test)]
    pub(super) fn graphs(&self) -> usize {
        let shards = self.shards();
        shards
            .values()
            .filter(|shard| shard.info().indexed_vectors_count > 0)
            .count()
    }

    /// Whether all points of a scope are compared, with or without a graph.
    #[cfg(test)]
    pub(super) fn compares_all(&self, space: &SpaceId, scope: &RetrievalScope) -> bool {
        let shards = self.shards();
        let shard = &shards[&identity::space_slug(space)];
        let filter = point::filter(scope);
        graph::Way::of(shard, filter.as_ref(), self.graph_points).unwrap() != graph::Way::Graph
    }
}

impl VectorIndex for EdgeVectors {
    fn ensure_space(&self, space: &SpaceId) -> Result<(), StoreError> {
        let slug = identity::space_slug(space);
        if self.shards().contains_key(&slug) {
            return Ok(());
        }
        let mut shards = self.shards_to_change();
        if shards.contains_key(&slug) {
            return Ok(());
        }
        disk::require_space(&self.directory, LOG_BYTES as u64)?;
        let path = self.directory.join(&slug);
        fs::create_dir_all(&path).map_err(|source| disk::io_error(&path, source))?;
        let shard =
            guarded(|| EdgeShard::new(&path, config(space))).map_err(failed("make a space"))?;
        write::make_filters(&shard)?;
        shards.insert(slug, shard);
        Ok(())
    }

    fn replace_asset(
        &self,
        space: &SpaceId,
        asset: AssetKey,
        points: &[VectorPoint],
    ) -> Result<(), StoreError> {
        if !points.is_empty() {
            self.ensure_space(space)?;
        }
        let shards = self.shards();
        let Some(shard) = shards.get(&identity::space_slug(space)) else {
            return Ok(());
        };
        // Pages of a mapped file that the disk has no room for end the process, so room is asked for first.
        let bytes = points.len() as u64 * (u64::from(space.dimensions) * 12 + 1024);
        disk::require_space(&self.directory, bytes)?;
        write::delete(shard, asset)?;
        write::add(shard, points)
    }

    fn remove_asset(&self, asset: AssetKey) -> Result<(), StoreError> {
        disk::require_space(&self.directory, 0)?;
        self.shards()
            .values()
            .try_for_each(|shard| write::delete(shard, asset))
    }

    fn search(
        &self,
        space: &SpaceId,
        vector: &[f32],
        scope: &RetrievalScope,
        limit: usize,
        least: f32,
    ) -> Result<Vec<VectorHit>, StoreError> {
        let is_empty = limit == 0
            || vector.len() != space.dimensions as usize
            || vector.iter().all(|v| *v == 0.0);
        let shards = self.shards();
        match shards.get(&identity::space_slug(space)) {
            Some(shard) if !is_empty => {
                read::nearest(shard, vector, scope, limit, least, self.graph_points)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn vectors(&self, space: &SpaceId, ids: &[u128]) -> Result<Vec<Option<Vec<f32>>>, StoreError> {
        match self.shards().get(&identity::space_slug(space)) {
            Some(shard) => read::vectors(shard, ids),
            None => Ok(vec![None; ids.len()]),
        }
    }

    fn count(&self, space: &SpaceId) -> Result<u64, StoreError> {
        match self.shards().get(&identity::space_slug(space)) {
            Some(shard) => read::count(shard, true),
            None => Ok(0),
        }
    }

    fn points(&self, space: &SpaceId) -> Result<Vec<(u128, AssetKey)>, StoreError> {
        match self.shards().get(&identity::space_slug(space)) {
            Some(shard) => read::points(shard),
            None => Ok(Vec::new()),
        }
    }

    fn drop_space(&self, space: &SpaceId) -> Result<(), StoreError> {
        let slug = identity::space_slug(space);
        let shard = self.shards_to_change().remove(&slug);
        if let Some(shard) = shard {
            discard(shard);
            remove(&self.directory.join(slug))?;
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        disk::require_space(&self.directory, 0)?;
        let shards = self.shards();
        shards.values().try_for_each(|shard| {
            guarded(|| {
                shard.flush();
                Ok(())
            })
            .map_err(failed("flush"))
        })
    }

    fn optimize(&self) -> Result<(), StoreError> {
        let shards = self.shards();
        for shard in shards.values() {
            // The new part lies beside the old one until it takes its place.
            let bytes = read::count(shard, false)? * 4096;
            disk::require_space(&self.directory, bytes)?;
            guarded(|| graph::build(shard, self.graph_points)).map_err(failed("build a graph"))?;
        }
        Ok(())
    }

    fn clear(&self) -> Result<(), StoreError> {
        let mut shards = self.shards_to_change();
        shards.drain().for_each(|(_, shard)| discard(shard));
        remove(&self.directory)?;
        fs::create_dir_all(&self.directory)
            .map_err(|source| disk::io_error(&self.directory, source))
    }
}

impl Drop for EdgeVectors {
    fn drop(&mut self) {
        self.shards_to_change()
            .drain()
            .for_each(|(_, shard)| discard(shard));
    }
}
