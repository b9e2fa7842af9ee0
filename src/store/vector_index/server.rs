//! Vectors on a Qdrant server or cluster: one collection per space, its name led by the library's id.
//!
//! Calls wait for the server, so they belong on threads that may wait. A runtime of its own carries
//! them, because callers may or may not be inside one.

use std::{collections::HashMap, future::Future, sync::mpsc};

use qdrant_client::{
    Payload, Qdrant, QdrantError,
    qdrant::{
        Condition, CountPointsBuilder, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder,
        Datatype, DeletePointsBuilder, Distance, FieldType, Filter, PointId, PointStruct,
        ScoredPoint, ScrollPointsBuilder, SearchPointsBuilder, UpsertPointsBuilder, Value,
        VectorParamsBuilder, VectorsConfigBuilder, point_id::PointIdOptions,
    },
};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use super::{VectorIndex, VectorPoint, failed};
use crate::{
    domain::{AssetKey, RetrievalScope, SegmentId, SpaceId, TimeSpan},
    store::{StoreError, VectorHit, identity},
};

/// The one vector of a point.
const VECTOR: &str = "vector";

/// Points per request: a request stays below the 4 MB that gRPC takes by default.
const POINTS_PER_REQUEST: usize = 256;

/// Points per page when all are listed.
const POINTS_PER_PAGE: u32 = 4096;

/// A server's collections that belong to one library.
pub(in crate::store) struct ServerVectors {
    client: Qdrant,
    /// `None` only while it is shut down.
    runtime: Option<Runtime>,
    prefix: String,
}

impl ServerVectors {
    /// Connects to a server; the first request tells whether it is there.
    pub(in crate::store) fn connect(
        url: &str,
        api_key: Option<&str>,
        library_id: &str,
    ) -> Result<Self, StoreError> {
        let mut settings = Qdrant::from_url(url).skip_compatibility_check();
        if let Some(key) = api_key {
            settings = settings.api_key(key);
        }
        let client = settings.build().map_err(failed("connect to the server"))?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("qdrant")
            .enable_all()
            .build()
            .map_err(failed("start its runtime"))?;
        Ok(Self {
            client,
            runtime: Some(runtime),
            prefix: format!("reeldex-{library_id}-"),
        })
    }

    /// Runs a request to its end, wherever the caller is.
    fn run<T, F, W>(&self, action: &'static str, request: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, QdrantError>> + Send,
        W: FnOnce(Qdrant) -> F + Send + 'static,
    {
        let runtime = self
            .runtime
            .as_ref()
            .ok_or_else(|| failed(action)("it is shut down"))?;
        let (sender, receiver) = mpsc::sync_channel(1);
        let client = self.client.clone();
        runtime.spawn(async move {
            // The receiver waits until this is sent.
            let _ = sender.send(request(client).await);
        });
        let answer = receiver.recv().map_err(failed(action))?;
        answer.map_err(failed(action))
    }

    fn collection(&self, space: &SpaceId) -> String {
        format!("{}{}", self.prefix, identity::space_slug(space))
    }

    fn collections(&self) -> Result<Vec<String>, StoreError> {
        let found = self.run("list spaces", |client| async move {
            client.list_collections().await
        })?;
        let names = found
            .collections
            .into_iter()
            .map(|collection| collection.name);
        Ok(names
            .filter(|name| name.starts_with(&self.prefix))
            .collect())
    }

    /// The name of a space's collection; `None` when there is none.
    fn existing(&self, space: &SpaceId) -> Result<Option<String>, StoreError> {
        let name = self.collection(space);
        let asked = name.clone();
        let exists = self.run("look up a space", |client| async move {
            client.collection_exists(asked).await
        })?;
        Ok(exists.then_some(name))
    }

    fn delete(&self, collection: String, asset: AssetKey) -> Result<(), StoreError> {
        let request = DeletePointsBuilder::new(collection)
            .points(Filter::must([Condition::matches("asset", asset.0)]))
            .wait(true);
        self.run("remove vectors", |client| async move {
            client.delete_points(request).await
        })
        .map(drop)
    }

    fn remove(&self, collection: String) -> Result<(), StoreError> {
        self.run("remove a space", |client| async move {
            client.delete_collection(collection).await
        })
        .map(drop)
    }
}

impl VectorIndex for ServerVectors {
    fn ensure_space(&self, space: &SpaceId) -> Result<(), StoreError> {
        if self.existing(space)?.is_some() {
            return Ok(());
        }
        let name = self.collection(space);
        let mut vectors = VectorsConfigBuilder::default();
        vectors.add_named_vector_params(
            VECTOR,
            VectorParamsBuilder::new(u64::from(space.dimensions), Distance::Cosine)
                .on_disk(true)
                .datatype(Datatype::Float16),
        );
        let request = CreateCollectionBuilder::new(name.clone())
            .vectors_config(vectors)
            .on_disk_payload(true);
        self.run("make a space", |client| async move {
            client.create_collection(request).await
        })?;
        for (field, kind) in [
            ("asset", FieldType::Integer),
            ("kind", FieldType::Keyword),
            ("collections", FieldType::Keyword),
        ] {
            let request =
                CreateFieldIndexCollectionBuilder::new(name.clone(), field, kind).wait(true);
            self.run("make a space", |client| async move {
                client.create_field_index(request).await
            })?;
        }
        Ok(())
    }

    fn replace_asset(
        &self,
        space: &SpaceId,
        asset: AssetKey,
        points: &[VectorPoint],
    ) -> Result<(), StoreError> {
        let name = match self.existing(space)? {
            Some(name) => name,
            None if points.is_empty() => return Ok(()),
            None => {
                self.ensure_space(space)?;
                self.collection(space)
            }
        };
        self.delete(name.clone(), asset)?;
        for points in points.chunks(POINTS_PER_REQUEST) {
            let points = points.iter().map(stored).collect::<Vec<_>>();
            let request = UpsertPointsBuilder::new(name.clone(), points).wait(true);
            self.run("add vectors", |client| async move {
                client.upsert_points(request).await
            })?;
        }
        Ok(())
    }

    fn remove_asset(&self, asset: AssetKey) -> Result<(), StoreError> {
        self.collections()?
            .into_iter()
            .try_for_each(|name| self.delete(name, asset))
    }

    fn search(
        &self,
        space: &SpaceId,
        vector: &[f32],
        scope: &RetrievalScope,
        limit: usize,
        least: f32,
    ) -> Result<Vec<VectorHit>, StoreError> {
        if limit == 0
            || vector.len() != space.dimensions as usize
            || vector.iter().all(|value| *value == 0.0)
        {
            return Ok(Vec::new());
        }
        let Some(name) = self.existing(space)? else {
            return Ok(Vec::new());
        };
        let request = SearchPointsBuilder::new(name, vector, limit as u64)
            .vector_name(VECTOR)
            .filter(filter(scope))
            // It has to be passed, not just reached.
            .score_threshold(least.next_down())
            .with_payload(true);
        let found = self.run("search", |client| async move {
            client.search_points(request).await
        })?;
        found
            .result
            .iter()
            .map(|point| hit(point).ok_or_else(|| failed("search")("a point without its asset")))
            .collect()
    }

    fn count(&self, space: &SpaceId) -> Result<u64, StoreError> {
        let Some(name) = self.existing(space)? else {
            return Ok(0);
        };
        let request = CountPointsBuilder::new(name).exact(true);
        let found = self.run("count vectors", |client| async move {
            client.count(request).await
        })?;
        Ok(found.result.map_or(0, |result| result.count))
    }

    fn points(&self, space: &SpaceId) -> Result<Vec<(u128, AssetKey)>, StoreError> {
        let Some(name) = self.existing(space)? else {
            return Ok(Vec::new());
        };
        let (mut points, mut offset) = (Vec::new(), None);
        loop {
            let mut request = ScrollPointsBuilder::new(name.clone())
                .limit(POINTS_PER_PAGE)
                .with_payload(true);
            if let Some(next) = offset.take() {
                request = request.offset::<PointId>(next);
            }
            let page = self.run("list vectors", |client| async move {
                client.scroll(request).await
            })?;
            points.extend(page.result.iter().filter_map(|point| {
                let asset = point.payload.get("asset").and_then(Value::as_integer)?;
                Some((number(point.id.as_ref()?)?, AssetKey(asset)))
            }));
            offset = page.next_page_offset;
            if offset.is_none() {
                break;
            }
        }
        points.sort_unstable();
        Ok(points)
    }

    fn drop_space(&self, space: &SpaceId) -> Result<(), StoreError> {
        match self.existing(space)? {
            Some(name) => self.remove(name),
            None => Ok(()),
        }
    }

    fn flush(&self) -> Result<(), StoreError> {
        // Every write waited for the server, whose log keeps what it acknowledged.
        Ok(())
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.collections()?
            .into_iter()
            .try_for_each(|name| self.remove(name))
    }
}

impl Drop for ServerVectors {
    fn drop(&mut self) {
        // Dropped as it is, a runtime waits, which it must not inside another one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn filter(scope: &RetrievalScope) -> Filter {
    let mut conditions = Vec::new();
    if !scope.kinds.is_empty() {
        let kinds: Vec<String> = scope
            .kinds
            .iter()
            .map(|kind| kind.name().to_owned())
            .collect();
        conditions.push(Condition::matches("kind", kinds));
    }
    if !scope.collections.is_empty() {
        conditions.push(Condition::matches("collections", scope.collections.clone()));
    }
    if let Some(assets) = &scope.assets {
        let assets: Vec<i64> = assets.iter().map(|asset| asset.0).collect();
        conditions.push(Condition::matches("asset", assets));
    }
    Filter::must(conditions)
}

fn stored(point: &VectorPoint) -> PointStruct {
    let mut payload = Payload::new();
    payload.insert("asset", point.asset.0);
    payload.insert("segment", Uuid::from_u128(point.segment.0).to_string());
    payload.insert("at", point.at_millis);
    payload.insert("start", point.span.start_millis);
    payload.insert("end", point.span.end_millis);
    payload.insert("kind", point.kind.name());
    payload.insert("collections", point.collections.clone());
    let vectors = HashMap::from([(VECTOR.to_owned(), point.vector.clone())]);
    PointStruct::new(Uuid::from_u128(point.id).to_string(), vectors, payload)
}

fn hit(point: &ScoredPoint) -> Option<VectorHit> {
    let integer = |name: &str| point.payload.get(name).and_then(Value::as_integer);
    let segment: Uuid = point.payload.get("segment")?.as_str()?.parse().ok()?;
    Some(VectorHit {
        asset: AssetKey(integer("asset")?),
        segment: SegmentId(segment.as_u128()),
        at_millis: integer("at")?,
        span: TimeSpan::new(integer("start")?, integer("end")?),
        score: point.score,
    })
}

fn number(id: &PointId) -> Option<u128> {
    match id.point_id_options.as_ref()? {
        PointIdOptions::Uuid(uuid) => uuid.parse::<Uuid>().ok().map(|uuid| uuid.as_u128()),
        PointIdOptions::Num(number) => Some(u128::from(*number)),
    }
}
