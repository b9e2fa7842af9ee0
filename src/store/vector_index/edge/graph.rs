//! Graphs of large shards: when one is built, and when it is not asked.

use qdrant_edge::{CountRequest, EdgeOptimizersConfig, EdgeShard, Filter, OperationError};

use super::point::VECTOR;

/// Points from which a shard gets a graph. An exact search of so many takes some 7 ms, the graph of
/// ten times as many is built in about ten minutes.
pub(super) const GRAPH_POINTS: usize = 100_000;

/// Parts of a shard that are kept apart: one with the graph, one for what is added after it.
const PARTS: usize = 2;

/// Bytes of a number at rest.
const NUMBER_BYTES: usize = 2;

/// As many times the points of the smallest graph are compared one by one where a filter leaves no
/// more: a walk through a graph takes longer when most of its points do not count, and loses its way.
const FILTERED_GRAPHS: usize = 2;

/// The part of the smallest graph's points that are compared on one thread: they take some four
/// milliseconds, far more than it takes to start another.
const PART_OF_A_THREAD: usize = 5;

/// How the nearest points are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As the shard does by itself: by its graph, where it has one.
    Graph,
    /// By comparing all points that a filter leaves, on so many threads.
    Compare {
        /// One at least.
        threads: usize,
    },
}

impl Way {
    /// The faster one for what `filter` leaves of a shard.
    pub(super) fn of(
        shard: &EdgeShard,
        filter: Option<&Filter>,
        graph_points: usize,
    ) -> Result<Self, OperationError> {
        let Some(filter) = filter else {
            return Ok(Self::Graph);
        };
        let left = shard.count(CountRequest {
            filter: Some(filter.clone()),
            exact: false,
        })?;
        if left > graph_points * FILTERED_GRAPHS {
            return Ok(Self::Graph);
        }
        Ok(Self::Compare {
            threads: threads(left * PART_OF_A_THREAD / graph_points.max(1)),
        })
    }
}

/// So many threads, one at least, and no more than there are cores.
pub(super) fn threads(wanted: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    wanted.clamp(1, cores)
}

/// Builds a shard's graph where it has `graph_points` or more; searches go on meanwhile.
pub(super) fn build(shard: &EdgeShard, graph_points: usize) -> Result<(), OperationError> {
    let points = shard.count(CountRequest {
        filter: None,
        exact: false,
    })?;
    if points < graph_points {
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
        indexing_threshold: Some((graph_points * numbers * NUMBER_BYTES / 1024).max(1)),
        ..EdgeOptimizersConfig::default()
    })?;
    shard.optimize().map(drop)
}
