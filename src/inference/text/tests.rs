//! The real MiniLM encoder against numbers that an independent computation gave.

#![allow(clippy::print_stderr, reason = "a skipped test says why")]

mod parity;
mod xlm_roberta;

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

const ARCHER: &str = "The archer in yellow hits the gold.";
const PARAPHRASE: &str = "An archer wearing a yellow shirt scores in the centre of the target.";
const RELATED: &str = "A bow and arrows lie on the grass.";
const UNRELATED: &str = "The council voted on next year's budget.";

/// Sixty-two tokens.
fn long_sentence() -> String {
    "She waited for the wind to drop and then she drew the bow and shot ".repeat(4)
}

fn assert_close(a: &[f32], b: &[f32], tolerance: f32) {
    assert_eq!(a.len(), b.len());
    let worst = a
        .iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst <= tolerance, "differs by {worst}");
}

#[test]
fn numbers_agree_with_a_forward_pass_in_double_precision() {
    let Some(model) = minilm() else { return };
    assert_eq!(
        (model.entry.task, model.version.as_str()),
        (Task::Passage, "53aa5117")
    );
    let encoder = load_passage_embedder(model, 2).unwrap();
    assert_eq!(
        encoder.space().name(),
        "passage-all-minilm-l6-v2-53aa5117-384"
    );
    // Numbers 0, 1, 2, 100, 200 and 383 of each vector, computed once from the same weights with
    // float64 arithmetic and nothing in common with this program but the tokenizer.
    let long = long_sentence();
    let expected: [(&str, [f32; 6]); 4] = [
        (
            ARCHER,
            [0.003542, 0.041673, -0.026656, 0.108926, 0.030364, 0.113021],
        ),
        (
            PARAPHRASE,
            [0.032323, 0.007896, -0.083262, 0.037629, 0.025052, 0.086417],
        ),
        (
            "¿Dónde está la biblioteca?",
            [
                0.026157, -0.052197, -0.040908, 0.079476, 0.001413, -0.055325,
            ],
        ),
        (
            &long,
            [0.04134, 0.032674, 0.033454, 0.076907, -0.025345, 0.061224],
        ),
    ];
    let texts: Vec<&str> = expected.iter().map(|(text, _)| *text).collect();
    let vectors = encoder.embed_passages(&texts).unwrap();
    for ((_, expected), vector) in expected.iter().zip(&vectors) {
        let chosen: Vec<f32> = [0, 1, 2, 100, 200, 383]
            .iter()
            .map(|index| vector[*index])
            .collect();
        assert_close(&chosen, expected, 1e-4);
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-5, "unit length");
    }
}

#[test]
fn a_paraphrase_is_nearer_than_the_same_topic_and_that_nearer_than_another() {
    let Some(model) = minilm() else { return };
    let encoder = load_passage_embedder(model, 2).unwrap();
    let query = encoder.embed_query(ARCHER).unwrap();
    let passages = encoder
        .embed_passages(&[PARAPHRASE, RELATED, UNRELATED])
        .unwrap();
    let cosines: Vec<f32> = passages
        .iter()
        .map(|passage| cosine(&query, passage))
        .collect();
    assert_close(&cosines, &[0.677654, 0.339183, -0.039235], 1e-3);
}

#[test]
fn a_vector_does_not_depend_on_batch_order_or_threads() {
    let Some(model) = minilm() else { return };
    let (one, two) = (
        load_passage_embedder(model, 1).unwrap(),
        load_passage_embedder(model, 2).unwrap(),
    );
    let long = long_sentence();
    let texts = [
        UNRELATED,
        long.as_str(),
        "42",
        ARCHER,
        "",
        PARAPHRASE,
        long.as_str(),
        RELATED,
    ];
    let together = two.embed_passages(&texts).unwrap();
    for (text, vector) in texts.iter().zip(&together) {
        assert_close(vector, &one.embed_query(text).unwrap(), 1e-5);
    }
    let mut reversed = texts;
    reversed.reverse();
    for (a, b) in one
        .embed_passages(&reversed)
        .unwrap()
        .iter()
        .rev()
        .zip(&together)
    {
        assert_close(a, b, 1e-5);
    }
}

#[test]
fn a_text_without_words_gets_the_zero_vector() {
    let Some(model) = minilm() else { return };
    let encoder = load_passage_embedder(model, 1).unwrap();
    for text in ["", " \n\t ", "\u{0}\u{200b}"] {
        let vector = encoder.embed_query(text).unwrap();
        assert!(
            vector.iter().all(|value| *value == 0.0) && vector.len() == 384,
            "{text:?}"
        );
    }
    assert!(encoder.embed_passages(&[]).unwrap().is_empty());
}

#[test]
fn what_is_said_behind_the_context_still_counts() {
    let Some(model) = minilm() else { return };
    let encoder = load_passage_embedder(model, 2).unwrap();
    let filler = "The council voted on the budget of the town. ".repeat(60);
    let with_end = format!("{filler}The archer in yellow hits the gold with her last arrow.");
    let vectors = encoder.embed_passages(&[&filler, &with_end]).unwrap();
    let query = encoder.embed_query(ARCHER).unwrap();
    let (without, with) = (cosine(&query, &vectors[0]), cosine(&query, &vectors[1]));
    assert!(with > without + 0.05, "{with} against {without}");
    let endless = "word ".repeat(500_000);
    let vector = encoder.embed_query(&endless).unwrap();
    assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-5);
}

/// A copy of the model's directory that may be spoiled; the weights are linked.
fn spoilt(change: impl FnOnce(&Path)) -> Option<(InstalledModel, tempfile::TempDir)> {
    let model = minilm()?;
    let directory = tempfile::tempdir().unwrap();
    for file in &model.entry.files {
        let target = directory.path().join(&file.path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(model.directory.join(&file.path), target).unwrap();
    }
    change(directory.path());
    Some((
        InstalledModel {
            directory: directory.path().to_owned(),
            ..model.clone()
        },
        directory,
    ))
}

fn rewrite(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from));
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn weights_and_settings_that_do_not_fit_are_named() {
    let cases: [(&str, &str, &str, &str); 6] = [
        (
            "config.json",
            "\"num_hidden_layers\": 6",
            "\"num_hidden_layers\": 7",
            "lacks the tensor `encoder.layer.6.attention.self.query.bias`",
        ),
        (
            "config.json",
            "\"intermediate_size\": 1536",
            "\"intermediate_size\": 1024",
            "tensor `encoder.layer.0.intermediate.dense.bias` is [1536], should be [1024]",
        ),
        (
            "config.json",
            "\"gelu\"",
            "\"swish\"",
            "unsupported `hidden_act` = swish",
        ),
        (
            "config.json",
            "\"vocab_size\": 30522",
            "\"vocab_size\": 1000",
            "knows token 30521, the model only 1000 tokens",
        ),
        (
            "1_Pooling/config.json",
            "\"pooling_mode_max_tokens\": false",
            "\"pooling_mode_max_tokens\": true",
            "unsupported `pooling_mode`",
        ),
        (
            "modules.json",
            "models.Normalize",
            "models.Dense",
            "unsupported `type` = sentence_transformers.models.Dense",
        ),
    ];
    for (file, from, to, message) in cases {
        let Some((model, _directory)) =
            spoilt(|directory| rewrite(&directory.join(file), from, to))
        else {
            return;
        };
        let error = embedder::SentenceEncoder::load(&model, 1).err().unwrap();
        assert!(error.to_string().contains(message), "{error}");
        assert!(
            error.to_string().contains(file.rsplit('/').next().unwrap())
                || error.to_string().contains("model.safetensors")
                || error.to_string().contains("tokenizer.json"),
            "{error}"
        );
    }
}

#[test]
fn a_changed_file_is_found_before_it_is_loaded() {
    let Some((model, directory)) = spoilt(|_| {}) else {
        return;
    };
    std::fs::copy(
        minilm().unwrap().directory.join("installed.json"),
        directory.path().join("installed.json"),
    )
    .unwrap();
    load_passage_embedder(&model, 1).unwrap();
    rewrite(&directory.path().join("tokenizer.json"), "archer", "brcher");
    let error = load_passage_embedder(&model, 1).err().unwrap();
    assert!(
        matches!(&error, InferenceError::FileDamaged { path, .. } if path.ends_with("tokenizer.json")),
        "{error}"
    );
}

/// Processor seconds that this process has used.
fn processor_seconds() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = status.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: f64 = fields[11..13]
        .iter()
        .map(|field| field.parse::<f64>().unwrap())
        .sum();
    ticks / 100.0
}

#[test]
#[ignore = "prints times, for a machine at rest"]
fn time_per_text() {
    let Some(model) = minilm() else { return };
    let text = long_sentence();
    for threads in [1, 2] {
        let encoder = load_passage_embedder(model, threads).unwrap();
        for count in [1, 8, 32] {
            let texts = vec![text.as_str(); count];
            let (rounds, used) = (64 / count, processor_seconds());
            let once = || {
                let start = std::time::Instant::now();
                encoder.embed_passages(&texts).unwrap();
                start.elapsed().as_secs_f64() * 1000.0 / count as f64
            };
            let best = (0..rounds).map(|_| once()).fold(f64::MAX, f64::min);
            let used = (processor_seconds() - used) * 1000.0 / (rounds * count) as f64;
            eprintln!(
                "{threads} threads, {count} texts of 62 tokens: {best:.1} ms each at best, {used:.1} ms of a processor"
            );
        }
    }
}
