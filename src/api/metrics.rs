//! Figures of the server in the text form that Prometheus reads.

use std::{sync::atomic::AtomicU64, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use super::state::Shared;
use crate::search::Verdict;

/// A kind of request and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    /// The route, with parameters in braces.
    route: String,
    /// The method.
    method: String,
    /// The HTTP status.
    status: u16,
}

/// A kind of request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    /// The route, with parameters in braces.
    route: String,
}

/// A kind of search.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    /// `strong`, `fair`, `weak` or `none`.
    verdict: String,
}

/// What an index holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Indexed {
    /// The space of vectors.
    space: String,
}

/// How large the library is.
pub(super) struct Sizes {
    pub(super) assets: u64,
    /// Vectors by the name of their space.
    pub(super) vectors: Vec<(String, u64)>,
}

/// What is counted.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Ended, Counter>,
    seconds: Family<Asked, Histogram, fn() -> Histogram>,
    searches: Family<Answered, Counter>,
    assets: Gauge<u64, AtomicU64>,
    vectors: Family<Indexed, Gauge<u64, AtomicU64>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("reeldex");
        let requests = Family::default();
        // From a millisecond to about half a minute.
        let seconds = Family::new_with_constructor(
            (|| Histogram::new(exponential_buckets(0.001, 2.0, 16))) as fn() -> Histogram,
        );
        let searches = Family::default();
        let assets = Gauge::default();
        let vectors = Family::default();
        registry.register(
            "http_requests",
            "Requests, by route and status",
            requests.clone(),
        );
        registry.register(
            "http_request_seconds",
            "Time until an answer begins, by route",
            seconds.clone(),
        );
        registry.register(
            "searches",
            "Searches answered, by how well the best moment fits",
            searches.clone(),
        );
        registry.register("vectors", "Vectors in the index, by space", vectors.clone());
        registry.register("assets", "Assets in the library", assets.clone());
        Self {
            registry,
            requests,
            seconds,
            searches,
            assets,
            vectors,
        }
    }
}

impl Metrics {
    /// Counts a search that was answered.
    pub(super) fn count_search(&self, verdict: Verdict) {
        let verdict = format!("{verdict:?}").to_lowercase();
        self.searches.get_or_create(&Answered { verdict }).inc();
    }

    /// All figures as text; of the library where one is open.
    pub(super) fn text(&self, sizes: Option<Sizes>) -> String {
        self.vectors.clear();
        self.assets
            .set(sizes.as_ref().map_or(0, |sizes| sizes.assets));
        for (space, count) in sizes.into_iter().flat_map(|sizes| sizes.vectors) {
            self.vectors.get_or_create(&Indexed { space }).set(count);
        }
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

/// Counts a request.
pub(super) async fn count(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    // By the route, not the address: there are as many of these as assets.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let method = request.method().as_str().to_owned();
    let response = next.run(request).await;
    let metrics = &state.metrics;
    metrics
        .seconds
        .get_or_create(&Asked {
            route: route.clone(),
        })
        .observe(started.elapsed().as_secs_f64());
    let ended = Ended {
        route,
        method,
        status: response.status().as_u16(),
    };
    metrics.requests.get_or_create(&ended).inc();
    response
}
