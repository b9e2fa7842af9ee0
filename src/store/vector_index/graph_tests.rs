//! Large shards: what a graph finds, what comes after it, and searches while it is built.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use super::{VectorIndex, VectorPoint, edge::EdgeVectors};
use crate::{
    domain::*,
    store::{identity, point_id},
};

const NUMBERS: usize = 32;
const ASSETS: i64 = 16;
const PER_ASSET: i64 = 100;

/// The same numbers every time (SplitMix64), between -1 and 1.
fn number(seed: u64) -> f32 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1u32 << 23) as f32 - 1.0
}

/// A vector near the middle of one of twenty groups, as pictures of one subject lie together.
fn vector(asset: i64, ordinal: i64) -> Vec<f32> {
    let group = (asset * 31 + ordinal) % 20;
    let at = |seed: i64, axis: usize| number(seed as u64 * 1000 + axis as u64);
    let values: Vec<f32> = (0..NUMBERS)
        .map(|axis| at(group, axis) + 0.5 * at(100 + asset * PER_ASSET + ordinal, axis))
        .collect();
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter().map(|value| value / length).collect()
}

fn space() -> SpaceId {
    SpaceId {
        kind: SpaceKind::Picture,
        model: "graph@1".to_owned(),
        dimensions: NUMBERS as u32,
    }
}

fn points(asset: i64) -> Vec<VectorPoint> {
    let name = space().name();
    (0..PER_ASSET)
        .map(|ordinal| {
            let span = TimeSpan::new(ordinal * 1000, ordinal * 1000 + 1000);
            let segment = identity::segment_id(
                AssetId([asset as u8; 32]),
                Channel::Shot,
                span,
                ordinal as u32,
            );
            VectorPoint {
                id: point_id(AssetKey(asset), segment, span.start_millis, &name),
                asset: AssetKey(asset),
                segment,
                at_millis: span.start_millis,
                span,
                kind: if asset % 2 == 0 {
                    AssetKind::Video
                } else {
                    AssetKind::Image
                },
                collections: vec!["main".to_owned()],
                vector: vector(asset, ordinal),
            }
        })
        .collect()
}

fn fill(index: &EdgeVectors) {
    for asset in 0..ASSETS {
        index
            .replace_asset(&space(), AssetKey(asset), &points(asset))
            .unwrap();
    }
    index.flush().unwrap();
}

/// The share of the twenty nearest that a search finds, over some queries.
fn recall(index: &EdgeVectors, scope: &RetrievalScope, is_allowed: impl Fn(i64) -> bool) -> f64 {
    let every: Vec<(i64, i64, Vec<f32>)> = (0..ASSETS)
        .flat_map(|asset| (0..PER_ASSET).map(move |ordinal| (asset, ordinal)))
        .map(|(asset, ordinal)| (asset, ordinal, vector(asset, ordinal)))
        .collect();
    let (mut found, mut wanted) = (0, 0);
    for query in 0..20 {
        let query = vector(query, 1000 + query);
        let mut all: Vec<(f32, i64, i64)> = every
            .iter()
            .filter(|(asset, ..)| is_allowed(*asset))
            .map(|(asset, ordinal, vector)| {
                let cosine = vector.iter().zip(&query).map(|(a, b)| a * b).sum();
                (cosine, *asset, *ordinal)
            })
            .collect();
        all.sort_by(|left, right| right.0.total_cmp(&left.0));
        let nearest: HashSet<(i64, i64)> = all[..20]
            .iter()
            .map(|(_, asset, ordinal)| (*asset, ordinal * 1000))
            .collect();
        let hits = index.search(&space(), &query, scope, 20, f32::MIN).unwrap();
        assert_eq!(hits.len(), 20);
        assert!(hits.is_sorted_by(|left, right| left.score >= right.score));
        wanted += nearest.len();
        found += hits
            .iter()
            .filter(|hit| nearest.contains(&(hit.asset.0, hit.at_millis)))
            .count();
    }
    found as f64 / wanted as f64
}

#[test]
fn a_graph_finds_what_an_exact_search_does_and_later_points_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vectors");
    let index = EdgeVectors::open_with(&path, 1000).unwrap();
    fill(&index);
    let everything = RetrievalScope::default();
    let videos = RetrievalScope {
        kinds: vec![AssetKind::Video],
        ..RetrievalScope::default()
    };
    let check = |index: &EdgeVectors| {
        // Half precision at rest lets neighbours of the same cosine change places.
        assert!(recall(index, &everything, |_| true) >= 0.95);
        assert!(recall(index, &videos, |asset| asset % 2 == 0) >= 0.95);
    };
    check(&index);
    assert_eq!(index.graphs(), 0);
    index.optimize().unwrap();
    assert_eq!(index.graphs(), 1);
    check(&index);

    // What is replaced or comes later is found without another graph.
    index.remove_asset(AssetKey(3)).unwrap();
    assert_eq!(
        index.count(&space()).unwrap(),
        ((ASSETS - 1) * PER_ASSET) as u64
    );
    index
        .replace_asset(&space(), AssetKey(3), &points(3))
        .unwrap();
    index.flush().unwrap();
    check(&index);
    index.optimize().unwrap();
    drop(index);
    let index = EdgeVectors::open_with(&path, 1000).unwrap();
    assert!(!index.lost_points());
    assert_eq!(index.count(&space()).unwrap(), (ASSETS * PER_ASSET) as u64);
    assert_eq!(
        index.points(&space()).unwrap().len(),
        (ASSETS * PER_ASSET) as usize
    );
    assert_eq!(index.graphs(), 1);
    check(&index);
}

#[test]
fn few_assets_are_compared_point_by_point_and_many_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vectors");
    let graph = EdgeVectors::open_with(&path, PER_ASSET as usize).unwrap();
    fill(&graph);
    graph.optimize().unwrap();
    assert_eq!(graph.graphs(), 1);
    let exact = EdgeVectors::open(&directory.path().join("exact")).unwrap();
    fill(&exact);
    let of = |assets: &[i64]| RetrievalScope {
        assets: Some(assets.iter().copied().map(AssetKey).collect()),
        ..RetrievalScope::default()
    };
    assert!(graph.compares_all(&space(), &of(&[2, 7])));
    assert!(!graph.compares_all(&space(), &of(&[2, 7, 9])));
    for query in 0..20 {
        let query = vector(query, 1000 + query);
        let found = |index: &EdgeVectors| -> Vec<(AssetKey, i64)> {
            let hits = index.search(&space(), &query, &of(&[2, 7]), 50, f32::MIN);
            let hits = hits.unwrap().into_iter();
            hits.map(|hit| (hit.asset, hit.at_millis)).collect()
        };
        assert_eq!(found(&graph), found(&exact));
    }
}

#[test]
fn few_points_get_no_graph() {
    let directory = tempfile::tempdir().unwrap();
    let index = EdgeVectors::open(&directory.path().join("vectors")).unwrap();
    fill(&index);
    index.optimize().unwrap();
    assert_eq!(index.graphs(), 0);
}

#[test]
fn searches_go_on_side_by_side_while_a_graph_is_built() {
    let directory = tempfile::tempdir().unwrap();
    let index = EdgeVectors::open_with(&directory.path().join("vectors"), 1000).unwrap();
    fill(&index);
    let (is_done, searches) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (index, is_done, searches) = (&index, &is_done, &searches);
            scope.spawn(move || {
                while !is_done.load(Ordering::Relaxed) {
                    let hits = index
                        .search(
                            &space(),
                            &vector(thread, 7),
                            &RetrievalScope::default(),
                            50,
                            f32::MIN,
                        )
                        .unwrap();
                    assert_eq!(hits.len(), 50);
                    searches.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let result = index.optimize();
        let meanwhile = searches.load(Ordering::Relaxed);
        is_done.store(true, Ordering::Relaxed);
        result.unwrap();
        assert!(meanwhile > 0, "no search ran beside the build");
    });
}
