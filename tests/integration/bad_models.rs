//! A model that is wrong in some way is told by file and field before anything is indexed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::program::{Run, World, shared};

/// A copy of one of the small models of `fixtures/parity`, to be spoiled.
struct Spoilt {
    folder: tempfile::TempDir,
}

impl Spoilt {
    fn copy(case: &str) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/parity")
            .join(case);
        let folder = tempfile::tempdir().unwrap();
        copy(&source, folder.path());
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    fn change(&self, file: &str, change: impl FnOnce(&mut Value)) {
        let path = self.folder.path().join(file);
        let mut value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut value);
        fs::write(&path, value.to_string()).unwrap();
    }

    /// Gives the tensor another name of the same length, so that it is missing.
    fn lose_tensor(&self, name: &str) {
        let path = self.folder.path().join("model.safetensors");
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes
            .windows(name.len())
            .position(|part| part == name.as_bytes())
            .unwrap();
        bytes[at] = b'x';
        fs::write(&path, bytes).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

/// Imports the model and indexes; gives the first run that failed.
fn import_and_index(world: &World, model: &Path) -> Run {
    let model = model.as_os_str();
    let import = world.run([
        "models".as_ref(),
        "import".as_ref(),
        "--name".as_ref(),
        "spoilt".as_ref(),
        model,
    ]);
    if import.code != 0 {
        return import;
    }
    world.run(["index".as_ref(), world.archive().as_os_str()])
}

#[track_caller]
fn assert_told(run: &Run, parts: &[&str]) {
    assert!(
        run.code == 2 || run.code == 3,
        "{}: {}",
        run.code,
        run.stderr
    );
    for part in parts.iter().chain(&["hint:"]) {
        assert!(run.stderr.contains(part), "no `{part}` in {}", run.stderr);
    }
}

/// Once the bad model is gone the archive is indexed as if nothing had been.
#[track_caller]
fn assert_nothing_was_indexed(world: &World) {
    let _ = fs::remove_dir_all(world.models());
    let report = world.index();
    assert_eq!(report["analysed"], 1, "{report}");
    world.assert_good_clip_is_found();
}

#[test]
fn a_picture_model_that_does_not_fit_together_is_told_before_anything_is_indexed() {
    let world = World::with_good_clip();
    type Damage = fn(&Spoilt);
    let cases: [(&str, Damage, &[&str]); 9] = [
        (
            "clip-laion",
            |model| model.lose_tensor("visual_projection.weight"),
            &["model.safetensors", "`visual_projection.weight` is missing"],
        ),
        (
            "siglip2-base",
            |model| model.lose_tensor("logit_bias"),
            &["model.safetensors", "`logit_bias` is missing"],
        ),
        (
            "clip-laion",
            |model| model.change("config.json", |config| config["projection_dim"] = json!(37)),
            &["model.safetensors", "projection.weight", "37"],
        ),
        (
            "clip-laion",
            |model| model.change("config.json", |config| config["model_type"] = json!("blip")),
            &["config.json", "`model_type` = blip"],
        ),
        (
            "siglip2-base",
            |model| {
                model.change("config.json", |config| {
                    config["text_config"]["max_position_embeddings"] = json!(0);
                });
            },
            &["config.json", "`max_position_embeddings` = 0"],
        ),
        (
            "siglip2-base",
            |model| {
                model.change("tokenizer.json", |tokenizer| {
                    tokenizer["model"]["vocab"]["goalkeeper"] = json!(5000);
                });
            },
            &[
                "config.json",
                "`vocab_size` = 900",
                "tokenizer.json",
                "5000",
            ],
        ),
        (
            "clip-laion",
            |model| {
                model.change("tokenizer.json", |tokenizer| {
                    tokenizer["model"]["vocab"]["<|starting|>"] = json!(1274);
                    let vocabulary = tokenizer["model"]["vocab"].as_object_mut().unwrap();
                    vocabulary.remove("<|startoftext|>");
                    tokenizer["added_tokens"] = json!([]);
                });
            },
            &["tokenizer.json", "no token for the start of a text"],
        ),
        (
            "siglip2-base",
            |model| {
                model.change("preprocessor_config.json", |settings| {
                    settings["size"] = json!(32)
                })
            },
            &[
                "preprocessor_config.json",
                "`size` = (32, 32), where the model takes 64x64",
            ],
        ),
        (
            "clip-openai",
            |model| {
                let path = model.path().join("model.safetensors");
                let bytes = fs::read(&path).unwrap();
                fs::write(&path, &bytes[..bytes.len() - 4]).unwrap();
            },
            &["model.safetensors", "its header announces"],
        ),
    ];
    for (case, damage, parts) in cases {
        let model = Spoilt::copy(case);
        damage(&model);
        assert_told(&import_and_index(&world, &model.path()), parts);
    }
    assert_nothing_was_indexed(&world);
}

#[test]
fn a_passage_model_that_does_not_fit_together_is_told_before_anything_is_indexed() {
    let world = World::with_good_clip();
    type Damage = fn(&Spoilt);
    let cases: [(&str, Damage, &[&str]); 6] = [
        (
            "bert",
            |model| model.lose_tensor("encoder.layer.1.output.dense.bias"),
            &[
                "model.safetensors",
                "lacks the tensor `encoder.layer.1.output.dense.bias`",
            ],
        ),
        (
            "e5",
            |model| model.change("config.json", |config| config["vocab_size"] = json!(100)),
            &["tokenizer.json", "the model only 100 tokens"],
        ),
        (
            "e5",
            |model| model.change("config.json", |config| config["hidden_size"] = json!(64)),
            &["model.safetensors", "should be"],
        ),
        (
            "bert",
            |model| {
                model.change("tokenizer.json", |tokenizer| {
                    tokenizer["post_processor"] = Value::Null;
                });
            },
            &["tokenizer.json", "`post_processor` puts no special tokens"],
        ),
        (
            "bert",
            |model| {
                model.change("tokenizer.json", |tokenizer| {
                    let vocabulary = tokenizer["model"]["vocab"].as_object_mut().unwrap();
                    let number = vocabulary.remove("[UNK]").unwrap();
                    vocabulary.insert("[OTHER]".to_owned(), number);
                    tokenizer["added_tokens"]
                        .as_array_mut()
                        .unwrap()
                        .retain(|token| token["content"] != "[UNK]");
                });
            },
            &["tokenizer.json", "[UNK]"],
        ),
        (
            "xlm-roberta",
            |model| model.change("config.json", |config| config["model_type"] = json!("t5")),
            &["config.json", "`model_type` = t5"],
        ),
    ];
    for (case, damage, parts) in cases {
        let model = Spoilt::copy(case);
        damage(&model);
        assert_told(&import_and_index(&world, &model.path()), parts);
    }
    assert_nothing_was_indexed(&world);
}

#[test]
fn a_model_of_other_dimensions_than_its_name_promises_is_refused() {
    let world = World::new();
    for (case, name, parts) in [
        (
            "clip-laion",
            "clip-vit-b-32",
            ["`projection_dim` = 36", "has 512"],
        ),
        (
            "e5",
            "multilingual-e5-small",
            ["`hidden_size` = 48", "has 384"],
        ),
        (
            "e5",
            "clip-vit-b-32",
            ["`model_type` = bert", "`clip-vit-b-32` is clip"],
        ),
    ] {
        let model = Spoilt::copy(case);
        let source = model.path();
        let arguments = ["models", "import", "--name", name].map(std::ffi::OsStr::new);
        let run = world.run(arguments.into_iter().chain([source.as_os_str()]));
        assert_told(&run, &["config.json", parts[0], parts[1]]);
    }
    assert!(!world.models().join("clip-vit-b-32").exists());
}

#[test]
fn a_model_that_changed_after_it_was_installed_is_told_by_its_hash() {
    let world = World::with_good_clip();
    for (case, file) in [
        ("clip-laion", "model.safetensors"),
        ("bert", "tokenizer.json"),
    ] {
        let model = Spoilt::copy(case);
        let sound = import_and_index(&world, &model.path());
        assert_eq!(sound.code, 0, "{}", sound.stderr);
        let source = format!("testsrc2=s=320x240:r=25:d={}", case.len());
        world.render(&format!("{case}.mp4"), &["-f", "lavfi", "-i", &source]);
        let installed = world.models().join("spoilt").join(file);
        let mut bytes = fs::read(&installed).unwrap();
        // A digit more or less: what a disk does, not what a parser would notice.
        let last = bytes.len() - 3;
        bytes[last] ^= 1;
        fs::write(&installed, bytes).unwrap();
        for arguments in [
            ["index".as_ref(), world.archive().as_os_str()],
            ["search".as_ref(), "anything".as_ref()],
        ] {
            assert_told(&world.run(arguments), &[file, "SHA-256"]);
        }
    }
}

/// Numbers of a Whisper file's header by their place, and values that no model has.
const HEADER_DAMAGES: [(usize, u32); 22] = [
    (0, 0),
    (1, 0),
    (1, u32::MAX),
    (1, 51_865),
    (2, 1501),
    (3, 65),
    (3, 4096),
    (4, 0),
    (4, 5),
    (4, 64),
    (5, 5),
    (6, 449),
    (7, 512),
    (8, 7),
    (9, 33),
    (10, 128),
    (11, 999),
    (11, 4),
    (11, 12),
    (11, 4001),
    (12, 81),
    (13, 200),
];

#[test]
fn a_malformed_speech_model_is_an_error_and_no_crash() {
    let Some(shared) = shared() else { return };
    let sound = fs::read(shared.join("models/ggml-empty-tiny.en.bin")).unwrap();
    let world = World::with_good_clip();
    let path = world.archive().with_file_name("damaged.bin");
    let mut refused = 0;
    for (place, value) in HEADER_DAMAGES {
        let mut bytes = sound.clone();
        bytes[place * 4..][..4].copy_from_slice(&value.to_le_bytes());
        fs::write(&path, &bytes).unwrap();
        let run = import_and_index(&world, &path);
        // A value that ggml can live with may pass; a signal (-1) may not.
        assert!(run.code >= 0, "number {place} = {value}: {}", run.stderr);
        if run.code != 0 {
            assert_told(&run, &[".bin"]);
            refused += 1;
        }
        let _ = fs::remove_dir_all(world.models());
        let _ = fs::remove_dir_all(world.library());
    }
    assert!(refused >= 18, "{refused} refused");
}
