//! The contract that every vector index keeps, run on each of them.
//!
//! The server's half runs where `REELDEX_TEST_QDRANT_URL` names one's gRPC address.

#![allow(
    clippy::print_stderr,
    reason = "a skipped test says why, a timed one how long it took"
)]

use std::sync::Arc;

use half::f16;

use super::{
    VectorIndex, VectorPoint, edge::EdgeVectors, exact::ExactVectors, server::ServerVectors,
};
use crate::{
    domain::*,
    store::{Access, Catalog, fixtures, identity},
};

/// An index beside the catalogue that it follows.
struct Library {
    // Closed first: it still writes then.
    index: Box<dyn VectorIndex>,
    catalog: Arc<Catalog>,
    directory: tempfile::TempDir,
}

fn library(open: impl FnOnce(&std::path::Path, Arc<Catalog>) -> Box<dyn VectorIndex>) -> Library {
    let directory = tempfile::tempdir().unwrap();
    let catalog = Arc::new(Catalog::open(directory.path(), Access::Write).unwrap());
    let index = open(directory.path(), catalog.clone());
    Library {
        index,
        catalog,
        directory,
    }
}

#[test]
fn the_index_in_process_keeps_the_contract() {
    let open = |directory: &std::path::Path, _| -> Box<dyn VectorIndex> {
        Box::new(EdgeVectors::open(&directory.join("vectors")).unwrap())
    };
    contract(&library(open));
}

#[test]
fn exact_search_keeps_the_contract() {
    contract(&library(|_, catalog| Box::new(ExactVectors::new(catalog))));
}

#[test]
fn the_index_on_a_server_keeps_the_contract() {
    let Ok(url) = std::env::var("REELDEX_TEST_QDRANT_URL") else {
        eprintln!("skipped: REELDEX_TEST_QDRANT_URL is not set");
        return;
    };
    let open = |directory: &std::path::Path, _| -> Box<dyn VectorIndex> {
        let id = identity::new_library_id(directory);
        Box::new(ServerVectors::connect(&url, None, &id).unwrap())
    };
    let library = library(open);
    contract(&library);
    library.index.clear().unwrap();
}

fn contract(library: &Library) {
    unknown_spaces_are_empty(library);
    the_nearest_come_first(library);
    scopes_restrict(library);
    replacing_leaves_nothing_behind(library);
    removal_reaches_every_space(library);
}

/// Commits vectors, one shot each, and brings them to the index.
fn put(
    library: &Library,
    number: u8,
    kind: AssetKind,
    collection: &str,
    vectors: &[[f32; 4]],
) -> AssetKey {
    let catalog = &library.catalog;
    let mut analysis = Analysis::new(fixtures::asset_id(number));
    analysis.media = Some(fixtures::media(kind));
    analysis.steps = [Step::Probe, Step::Shots, Step::Picture]
        .map(|step| fixtures::done(step, "1"))
        .to_vec();
    for (ordinal, vector) in vectors.iter().enumerate() {
        analysis.segments.push(fixtures::segment(
            Step::Shots,
            Channel::Shot,
            ordinal as u32,
            Vec::new(),
        ));
        analysis
            .embeddings
            .push(fixtures::vector(ordinal as u32, *vector));
    }
    let (key, _) = catalog.commit(&analysis).unwrap();
    let path = format!("/archive/{number}.mp4");
    let location = fixtures::location(&path, key, fixtures::asset_id(number), collection);
    catalog.upsert_locations(&[location]).unwrap();
    let space = fixtures::picture_space();
    let points: Vec<VectorPoint> = catalog
        .embeddings(key, &space)
        .unwrap()
        .into_iter()
        .map(|stored| VectorPoint {
            id: identity::point_id(key, stored.segment, stored.at_millis, &space.name()),
            asset: key,
            segment: stored.segment,
            at_millis: stored.at_millis,
            span: stored.span,
            kind,
            collections: vec![collection.to_owned()],
            vector: stored
                .values_f16
                .iter()
                .map(|bits| f16::from_bits(*bits).to_f32())
                .collect(),
        })
        .collect();
    library.index.replace_asset(&space, key, &points).unwrap();
    key
}

fn assets(
    library: &Library,
    vector: [f32; 4],
    scope: &RetrievalScope,
    limit: usize,
) -> Vec<AssetKey> {
    let hits = library
        .index
        .search(&fixtures::picture_space(), &vector, scope, limit, f32::MIN)
        .unwrap();
    hits.into_iter().map(|hit| hit.asset).collect()
}

fn unknown_spaces_are_empty(library: &Library) {
    let space = fixtures::picture_space();
    assert_eq!(library.index.count(&space).unwrap(), 0);
    assert!(library.index.points(&space).unwrap().is_empty());
    assert!(assets(library, [1.0, 0.0, 0.0, 0.0], &RetrievalScope::default(), 5).is_empty());
    library.index.remove_asset(AssetKey(1)).unwrap();
    library.index.drop_space(&space).unwrap();
    library.index.ensure_space(&space).unwrap();
    library.index.ensure_space(&space).unwrap();
    library.index.flush().unwrap();
}

fn the_nearest_come_first(library: &Library) {
    let all = RetrievalScope::default();
    let near = put(
        library,
        1,
        AssetKind::Video,
        "a",
        &[[1.0, 0.1, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]],
    );
    let far = put(library, 2, AssetKind::Image, "b", &[[1.0, 1.0, 0.0, 0.0]]);
    let opposite = put(library, 3, AssetKind::Video, "b", &[[-1.0, 0.0, 0.0, 0.0]]);
    let hits = library
        .index
        .search(
            &fixtures::picture_space(),
            &[2.0, 0.0, 0.0, 0.0],
            &all,
            10,
            f32::MIN,
        )
        .unwrap();
    assert_eq!(
        hits.iter().map(|hit| hit.asset).collect::<Vec<_>>(),
        [near, far, near, opposite]
    );
    let expected = [0.99504, std::f32::consts::FRAC_1_SQRT_2, 0.0, -1.0];
    for (hit, expected) in hits.iter().zip(expected) {
        assert!(
            (hit.score - expected).abs() < 2e-3,
            "{} is not the cosine {expected}",
            hit.score
        );
    }
    assert_eq!(
        (hits[2].at_millis, hits[2].span),
        (1500, TimeSpan::new(1000, 2000))
    );
    let id = identity::segment_id(
        fixtures::asset_id(1),
        Channel::Shot,
        TimeSpan::new(1000, 2000),
        1,
    );
    assert_eq!(hits[2].segment, id);
    assert_eq!(assets(library, [1.0, 0.0, 0.0, 0.0], &all, 2), [near, far]);
    let from_far_on = hits[1].score;
    let nearer = library
        .index
        .search(
            &fixtures::picture_space(),
            &[2.0, 0.0, 0.0, 0.0],
            &all,
            10,
            from_far_on,
        )
        .unwrap();
    assert_eq!(nearer, hits[..2]);
    let name = fixtures::picture_space().name();
    let ids: Vec<u128> = hits
        .iter()
        .map(|hit| identity::point_id(hit.asset, hit.segment, hit.at_millis, &name))
        .chain([7])
        .collect();
    let vectors = library
        .index
        .vectors(&fixtures::picture_space(), &ids)
        .unwrap();
    assert_eq!(vectors.len(), ids.len());
    // An index that gives vectors back gives those that it has.
    if vectors[0].is_some() {
        assert!(vectors[4].is_none());
        for (vector, hit) in vectors.iter().zip(&hits) {
            assert!((vector.as_ref().unwrap()[0] - hit.score).abs() < 2e-3);
        }
    }
    assert!(assets(library, [1.0, 0.0, 0.0, 0.0], &all, 0).is_empty());
    assert!(assets(library, [0.0; 4], &all, 5).is_empty());
    let short = library
        .index
        .search(&fixtures::picture_space(), &[1.0], &all, 5, f32::MIN)
        .unwrap();
    assert!(short.is_empty());
    assert_eq!(library.index.count(&fixtures::picture_space()).unwrap(), 4);
}

fn scopes_restrict(library: &Library) {
    let query = [1.0, 0.0, 0.0, 0.0];
    let none = RetrievalScope::default;
    let found = |scope: RetrievalScope| assets(library, query, &scope, 10);
    let by_number = |number| {
        library
            .catalog
            .asset_by_id(fixtures::asset_id(number))
            .unwrap()
            .unwrap()
            .key
    };
    let (one, two, three) = (by_number(1), by_number(2), by_number(3));
    assert_eq!(
        found(RetrievalScope {
            kinds: vec![AssetKind::Image],
            ..none()
        }),
        [two]
    );
    assert_eq!(
        found(RetrievalScope {
            kinds: vec![AssetKind::Image, AssetKind::Audio],
            ..none()
        }),
        [two]
    );
    assert_eq!(
        found(RetrievalScope {
            collections: vec!["b".into()],
            ..none()
        }),
        [two, three]
    );
    assert_eq!(
        found(RetrievalScope {
            collections: vec!["c".into()],
            ..none()
        }),
        []
    );
    assert_eq!(
        found(RetrievalScope {
            assets: Some(vec![three, one]),
            ..none()
        }),
        [one, one, three]
    );
    assert_eq!(
        found(RetrievalScope {
            assets: Some(vec![]),
            ..none()
        }),
        []
    );
    let videos_of_b = RetrievalScope {
        kinds: vec![AssetKind::Video],
        collections: vec!["b".into()],
        ..none()
    };
    assert_eq!(found(videos_of_b), [three]);
}

fn replacing_leaves_nothing_behind(library: &Library) {
    let (space, query, all) = (
        fixtures::picture_space(),
        [0.0, 0.0, 1.0, 0.0],
        RetrievalScope::default(),
    );
    let one = put(library, 1, AssetKind::Video, "c", &[[0.0, 0.0, 1.0, 0.0]]);
    assert_eq!(library.index.count(&space).unwrap(), 3);
    let in_c = RetrievalScope {
        collections: vec!["c".into()],
        ..all.clone()
    };
    assert_eq!(assets(library, query, &in_c, 10), [one]);
    put(library, 1, AssetKind::Video, "c", &[[0.0, 0.0, 1.0, 0.0]]);
    let points = library.index.points(&space).unwrap();
    assert_eq!(points.len(), 3);
    assert!(points.is_sorted());
    put(library, 1, AssetKind::Video, "c", &[]);
    assert_eq!(library.index.count(&space).unwrap(), 2);
}

fn removal_reaches_every_space(library: &Library) {
    let space = fixtures::picture_space();
    let two = library
        .catalog
        .asset_by_id(fixtures::asset_id(2))
        .unwrap()
        .unwrap()
        .key;
    library.catalog.remove_asset(two).unwrap();
    library.index.remove_asset(two).unwrap();
    assert_eq!(library.index.count(&space).unwrap(), 1);
    library.index.flush().unwrap();
    library.catalog.drop_space(&space).unwrap();
    library.index.drop_space(&space).unwrap();
    assert_eq!(library.index.count(&space).unwrap(), 0);
    put(library, 3, AssetKind::Video, "b", &[[0.0, 1.0, 0.0, 0.0]]);
    assert_eq!(library.index.count(&space).unwrap(), 1);
}

#[test]
fn points_in_process_outlive_the_process_and_one_process_alone_has_them() {
    let library =
        library(|directory, _| Box::new(EdgeVectors::open(&directory.join("vectors")).unwrap()));
    put(&library, 1, AssetKind::Video, "a", &[[1.0, 0.0, 0.0, 0.0]]);
    let directory = library.directory.path().join("vectors");
    assert!(
        EdgeVectors::open(&directory).is_err(),
        "the first one still has it"
    );
    let Library {
        directory: kept,
        index,
        ..
    } = library;
    drop(index);
    let index = EdgeVectors::open(&directory).unwrap();
    assert!(!index.lost_points());
    assert_eq!(index.count(&fixtures::picture_space()).unwrap(), 1);
    drop((index, kept));
}

#[test]
fn a_damaged_shard_is_thrown_away_and_told_of() {
    let library =
        library(|directory, _| Box::new(EdgeVectors::open(&directory.join("vectors")).unwrap()));
    put(&library, 1, AssetKind::Video, "a", &[[1.0, 0.0, 0.0, 0.0]]);
    let Library {
        directory: kept,
        index,
        ..
    } = library;
    drop(index);
    let directory = kept.path().join("vectors");
    let shard = directory.join(identity::space_slug(&fixtures::picture_space()));
    std::fs::write(shard.join("edge_config.json"), "{").unwrap();
    let index = EdgeVectors::open(&directory).unwrap();
    assert!(index.lost_points());
    assert_eq!(index.count(&fixtures::picture_space()).unwrap(), 0);
}
