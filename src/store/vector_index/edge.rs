//! Vectors in this process: one qdrant-edge shard per space.
//!
//! Small shards are searched exactly, without a graph: below some hundred thousand vectors that is
//! fast enough, and it misses nothing. Large ones get a graph (HNSW) when [`VectorIndex::optimize`]
//! is called; what is added later is searched exactly beside it until the next call.

use std::{
    collections::HashMap,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use qdrant_edge::{
    CountRequest, CreateIndex, EdgeOptimizersConfig, EdgeShard, FieldIndexOperations, Filter,
    NamedQuery, OperationError, PayloadFieldSchema, PayloadSchemaType, PointId,
    PointInsertOperations, PointOperations, PointStruct, QueryEnum, ScrollRequest, SearchRequest,
    UpdateOperation, WithPayloadInterface, WithVector,
};

use super::{
    VectorIndex, VectorPoint,
    edge_files::{LOG_BYTES, config, is_held, remove, trim_log},
    edge_point::{VECTOR, filter, hit, is, key, number, point_id, vector},
    failed,
};
use crate::{
    domain::{AssetKey, RetrievalScope, SpaceId},
    store::{StoreError, VectorHit, disk, identity},
};

/// Bytes of a number at rest.
const NUMBER_BYTES: usize = 2;

/// Points per update: bounds the size of one entry of the log.
const POINTS_PER_UPDATE: usize = 512;

/// Points per page when all are listed.
const POINTS_PER_PAGE: usize = 4096;

/// Points from which a shard gets a graph. An exact search of so many takes some 7 ms, the graph of
/// ten times as many is built in about ten minutes.
const GRAPH_POINTS: usize = 100_000;

/// Parts of a shard that are kept apart: one with the graph, one for what is added after it.
const PARTS: usize = 2;

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

    /// Builds a shard's graph where it has points enough; searches go on meanwhile.
    fn build_graph(&self, shard: &EdgeShard) -> Result<(), OperationError> {
        let points = shard.count(CountRequest {
            filter: None,
            exact: false,
        })?;
        if points < self.graph_points {
            return Ok(());
        }
        let numbers = shard
            .config()
            .vectors
            .get(VECTOR)
            .map_or(0, |params| params.size);
        shard.set_optimizers_config(EdgeOptimizersConfig {
            default_segment_number: Some(PARTS),
            // Every part of its own would be a search of its own.
            max_segment_size: Some(usize::MAX),
            indexing_threshold: Some((self.graph_points * numbers * NUMBER_BYTES / 1024).max(1)),
            ..EdgeOptimizersConfig::default()
        })?;
        shard.optimize().map(drop)
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
        for (field, kind) in [
            ("asset", PayloadSchemaType::Integer),
            ("kind", PayloadSchemaType::Keyword),
            ("collections", PayloadSchemaType::Keyword),
        ] {
            let operation = UpdateOperation::FieldIndexOperation(
                FieldIndexOperations::CreateIndex(CreateIndex {
                    field_name: key(field),
                    field_schema: Some(PayloadFieldSchema::FieldType(kind)),
                }),
            );
            guarded(|| shard.update(operation)).map_err(failed("make a space"))?;
        }
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
        delete(shard, asset)?;
        for points in points.chunks(POINTS_PER_UPDATE) {
            let points = points
                .iter()
                .map(|point| PointStruct::from(point).into())
                .collect();
            let operation = UpdateOperation::PointOperation(PointOperations::UpsertPoints(
                PointInsertOperations::PointsList(points),
            ));
            guarded(|| shard.update(operation)).map_err(failed("add vectors"))?;
        }
        Ok(())
    }

    fn remove_asset(&self, asset: AssetKey) -> Result<(), StoreError> {
        disk::require_space(&self.directory, 0)?;
        self.shards()
            .values()
            .try_for_each(|shard| delete(shard, asset))
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
        let Some(shard) = shards
            .get(&identity::space_slug(space))
            .filter(|_| !is_empty)
        else {
            return Ok(Vec::new());
        };
        let request = SearchRequest {
            query: QueryEnum::Nearest(NamedQuery {
                query: vector.to_vec().into(),
                using: Some(VECTOR.into()),
            }),
            filter: filter(scope),
            params: None,
            limit,
            offset: 0,
            // Each part of the shard would unpack and parse it for as many as are asked for.
            with_payload: Some(WithPayloadInterface::Bool(false)),
            with_vector: None,
            // It has to be passed, not just reached.
            score_threshold: Some(least.next_down()),
        };
        let found = guarded(|| shard.search(request)).map_err(failed("search"))?;
        let ids: Vec<PointId> = found.iter().map(|point| point.id).collect();
        let told = guarded(|| {
            let payload = Some(WithPayloadInterface::Bool(true));
            shard.retrieve(&ids, payload, Some(WithVector::Bool(false)))
        });
        // A point that a commit has replaced meanwhile is not told of.
        let scores: HashMap<PointId, f32> = found
            .into_iter()
            .map(|point| (point.id, point.score))
            .collect();
        let told = told.map_err(failed("search"))?;
        told.iter()
            .map(|point| {
                let score = scores.get(&point.id).copied().unwrap_or_default();
                hit(point, score).ok_or_else(|| failed("search")("a point without its asset"))
            })
            .collect()
    }

    fn vectors(&self, space: &SpaceId, ids: &[u128]) -> Result<Vec<Option<Vec<f32>>>, StoreError> {
        let shards = self.shards();
        let Some(shard) = shards.get(&identity::space_slug(space)) else {
            return Ok(vec![None; ids.len()]);
        };
        let points: Vec<PointId> = ids.iter().map(|id| point_id(*id)).collect();
        let told = guarded(|| {
            let payload = Some(WithPayloadInterface::Bool(false));
            shard.retrieve(&points, payload, Some(WithVector::Bool(true)))
        });
        let mut vectors: HashMap<u128, Vec<f32>> = told
            .map_err(failed("read vectors"))?
            .into_iter()
            .filter_map(|record| Some((number(&record.id), vector(record)?)))
            .collect();
        Ok(ids.iter().map(|id| vectors.remove(id)).collect())
    }

    fn count(&self, space: &SpaceId) -> Result<u64, StoreError> {
        let shards = self.shards();
        let Some(shard) = shards.get(&identity::space_slug(space)) else {
            return Ok(0);
        };
        let count = guarded(|| {
            shard.count(CountRequest {
                filter: None,
                exact: true,
            })
        });
        count
            .map(|count| count as u64)
            .map_err(failed("count vectors"))
    }

    fn points(&self, space: &SpaceId) -> Result<Vec<(u128, AssetKey)>, StoreError> {
        let shards = self.shards();
        let Some(shard) = shards.get(&identity::space_slug(space)) else {
            return Ok(Vec::new());
        };
        let (mut points, mut offset) = (Vec::new(), None);
        loop {
            let request = ScrollRequest {
                offset,
                limit: Some(POINTS_PER_PAGE),
                with_payload: Some(WithPayloadInterface::Bool(true)),
                with_vector: WithVector::Bool(false),
                ..ScrollRequest::default()
            };
            let (page, next) = guarded(|| shard.scroll(request)).map_err(failed("list vectors"))?;
            points.extend(page.iter().filter_map(|record| {
                let asset = record.payload.as_ref()?.0.get("asset")?.as_i64()?;
                Some((number(&record.id), AssetKey(asset)))
            }));
            if next.is_none() {
                break;
            }
            offset = next;
        }
        points.sort_unstable();
        Ok(points)
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
            let bytes = guarded(|| {
                shard.count(CountRequest {
                    filter: None,
                    exact: false,
                })
            });
            // The new part lies beside the old one until it takes its place.
            let bytes = bytes.map_err(failed("count vectors"))? as u64 * 4096;
            disk::require_space(&self.directory, bytes)?;
            guarded(|| self.build_graph(shard)).map_err(failed("build a graph"))?;
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

/// Closes a shard; it flushes then, and its failure to do so must not end the process.
fn discard(shard: EdgeShard) {
    let closed = guarded(|| {
        drop(shard);
        Ok(())
    });
    if let Err(error) = closed {
        tracing::warn!(%error, "a vector shard did not close cleanly; it is repaired when it is next opened");
    }
}

/// Runs an operation of the shard; where it would panic (a failed flush, a broken log), it fails.
fn guarded<T>(operation: impl FnOnce() -> Result<T, OperationError>) -> Result<T, OperationError> {
    // The shard's locks do not poison, and one whose files broke is thrown away on the next opening.
    catch_unwind(AssertUnwindSafe(operation)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("it panicked");
        // The text of its own errors goes on with pages of stack frames.
        let text = text.split(", backtrace: ").next().unwrap_or(text);
        Err(OperationError::ServiceError {
            description: text.to_owned(),
            backtrace: None,
        })
    })
}

fn delete(shard: &EdgeShard, asset: AssetKey) -> Result<(), StoreError> {
    let filter = Filter::new_must(is(key("asset"), asset.0.into()));
    let operation = UpdateOperation::PointOperation(PointOperations::DeletePointsByFilter(filter));
    guarded(|| shard.update(operation)).map_err(failed("remove vectors"))
}
