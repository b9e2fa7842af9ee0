//! What is read from one shard: nearest points, vectors, counts.

use std::{collections::HashMap, panic::resume_unwind, thread};

use qdrant_edge::{
    CountRequest, EdgeShard, NamedQuery, OperationError, PointId, QueryEnum, ScrollRequest,
    SearchParams, SearchRequest, WithPayloadInterface, WithVector,
};

use super::{
    super::failed,
    graph::{self, Way},
    guard::guarded,
    point::{VECTOR, filter, hit, number, point_id, vector as vector_of},
};
use crate::{
    domain::{AssetKey, RetrievalScope},
    store::{StoreError, VectorHit},
};

/// Points that one thread tells of: that takes a millisecond, far more than it takes to start another.
const IDS_OF_A_THREAD: usize = 250;

/// Points per page when all are listed.
const POINTS_PER_PAGE: usize = 4096;

/// The nearest points of `scope`, best first, none below `least`; the graph is asked only where
/// more points are left than can be compared one by one.
pub(super) fn nearest(
    shard: &EdgeShard,
    vector: &[f32],
    scope: &RetrievalScope,
    limit: usize,
    least: f32,
    graph_points: usize,
) -> Result<Vec<VectorHit>, StoreError> {
    let way = guarded(|| Way::of(shard, filter(scope).as_ref(), graph_points));
    let way = way.map_err(failed("search"))?;
    let search = |scope: &RetrievalScope| {
        let request = SearchRequest {
            query: QueryEnum::Nearest(NamedQuery {
                query: vector.to_vec().into(),
                using: Some(VECTOR.into()),
            }),
            filter: filter(scope),
            params: (way != Way::Graph).then(|| SearchParams {
                exact: true,
                ..SearchParams::default()
            }),
            limit,
            offset: 0,
            // Each part of the shard would unpack and parse it for as many as are asked for.
            with_payload: Some(WithPayloadInterface::Bool(false)),
            with_vector: None,
            // It has to be passed, not just reached.
            score_threshold: Some(least.next_down()),
        };
        guarded(|| shard.search(request))
    };
    let found = match (way, &scope.assets) {
        (Way::Compare { threads }, Some(assets)) if threads > 1 => {
            let of_share = |share: &[AssetKey]| {
                search(&RetrievalScope {
                    assets: Some(share.to_vec()),
                    kinds: scope.kinds.clone(),
                    collections: scope.collections.clone(),
                })
            };
            side_by_side(assets, threads, &of_share).map(|mut found| {
                found.sort_unstable_by(|left, right| right.score.total_cmp(&left.score));
                found.truncate(limit);
                found
            })
        }
        _ => search(scope),
    };
    let found = found.map_err(failed("search"))?;
    let ids: Vec<PointId> = found.iter().map(|point| point.id).collect();
    let tell = |ids: &[PointId]| {
        let payload = Some(WithPayloadInterface::Bool(true));
        guarded(|| shard.retrieve(ids, payload.clone(), Some(WithVector::Bool(false))))
    };
    let told = side_by_side(&ids, graph::threads(ids.len() / IDS_OF_A_THREAD), &tell);
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

/// Does the work on shares of `items`, each on a thread, and puts together in order what comes of it.
fn side_by_side<I: Sync, O: Send>(
    items: &[I],
    threads: usize,
    work: &(impl Fn(&[I]) -> Result<Vec<O>, OperationError> + Sync),
) -> Result<Vec<O>, OperationError> {
    let (first, others) = items.split_at(items.len().div_ceil(threads.max(1)));
    if others.is_empty() {
        return work(first);
    }
    thread::scope(|scope| {
        let others: Vec<_> = others
            .chunks(first.len())
            .map(|share| scope.spawn(move || work(share)))
            .collect();
        let mut done = work(first)?;
        for other in others {
            let more = other.join().unwrap_or_else(|panic| resume_unwind(panic));
            done.extend(more?);
        }
        Ok(done)
    })
}

/// The vectors of points, in the order of `ids`; `None` where there is no such point.
pub(super) fn vectors(
    shard: &EdgeShard,
    ids: &[u128],
) -> Result<Vec<Option<Vec<f32>>>, StoreError> {
    let points: Vec<PointId> = ids.iter().map(|id| point_id(*id)).collect();
    let told = guarded(|| {
        let payload = Some(WithPayloadInterface::Bool(false));
        shard.retrieve(&points, payload, Some(WithVector::Bool(true)))
    });
    let mut vectors: HashMap<u128, Vec<f32>> = told
        .map_err(failed("read vectors"))?
        .into_iter()
        .filter_map(|record| Some((number(&record.id), vector_of(record)?)))
        .collect();
    Ok(ids.iter().map(|id| vectors.remove(id)).collect())
}

/// How many points there are, exactly or as estimated without looking at each.
pub(super) fn count(shard: &EdgeShard, exact: bool) -> Result<u64, StoreError> {
    let count: Result<usize, OperationError> = guarded(|| {
        shard.count(CountRequest {
            filter: None,
            exact,
        })
    });
    count
        .map(|count| count as u64)
        .map_err(failed("count vectors"))
}

/// Ids and assets of all points, by id.
pub(super) fn points(shard: &EdgeShard) -> Result<Vec<(u128, AssetKey)>, StoreError> {
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
