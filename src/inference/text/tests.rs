//! The real MiniLM encoder against numbers that an independent computation gave.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::*;
use crate::inference::catalogue::Task;

/// MiniLM out of a directory or wheel named by `REELDEX_TEST_MINILM`, or fetched below `.cache`.
pub(crate) fn minilm_source() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache");
    let wheels = std::fs::read_dir(root.join("wheels"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|item| item.path());
    let found = std::env::var_os("REELDEX_TEST_MINILM")
        .map(PathBuf::from)
        .into_iter()
        .chain([root.join("models/all-minilm-l6-v2")])
        .chain(wheels.filter(|path| path.extension().is_some_and(|extension| extension == "whl")))
        .find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: no MiniLM in REELDEX_TEST_MINILM, .cache/models or .cache/wheels");
    }
    found
}

/// The model, installed once for all tests of this process.
fn minilm() -> Option<&'static InstalledModel> {
    static MODEL: OnceLock<Option<(InstalledModel, tempfile::TempDir)>> = OnceLock::new();
    let model = MODEL.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let store = ModelStore::open(directory.path()).unwrap();
        Some((
            store
                .import(&minilm_source()?, Some("all-minilm-l6-v2"))
                .unwrap(),
            directory,
        ))
    });
    model.as_ref().map(|(model, _)| model)
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn timing() {
    let Some(model) = minilm() else { return };
    assert_eq!(model.entry.task, Task::Passage);
    let text = "She waited for the wind to drop and then she drew the bow and shot ".repeat(4);
    for threads in [1, 2] {
        let encoder = load_passage_embedder(model, threads).unwrap();
        for count in [1, 8, 32] {
            let texts = vec![text.as_str(); count];
            encoder.embed_passages(&texts).unwrap();
            let start = std::time::Instant::now();
            for _ in 0..3 {
                encoder.embed_passages(&texts).unwrap();
            }
            eprintln!(
                "{threads} threads, batch {count}: {:.1} ms each",
                start.elapsed().as_secs_f64() * 1000.0 / 3.0 / count as f64
            );
        }
    }
    let encoder = load_passage_embedder(model, 2).unwrap();
    for text in [
        "The archer in yellow hits the gold.",
        "¿Dónde está la biblioteca?",
        "42",
    ] {
        let v = encoder.embed_query(text).unwrap();
        eprintln!("{text}: {:?}", &v[..6]);
        assert!((cosine(&v, &v) - 1.0).abs() < 1e-5);
    }
}
