//! The layers of the source tree import downward only.

use std::{collections::BTreeSet, fs, path::Path};

/// Each layer with the layers it may import; `ffmpeg_next` and `unsafe` have their own test.
const LAYERS: &[(&str, &[&str])] = &[
    ("fault", &[]),
    ("domain", &[]),
    ("media", &["domain", "fault"]),
    ("previews", &["media", "domain", "fault"]),
    ("inference", &["domain", "fault"]),
    ("store", &["domain", "fault"]),
    ("demo", &["domain", "fault"]),
    (
        "evaluation",
        &[
            "demo",
            "reel",
            "search",
            "store",
            "inference",
            "domain",
            "fault",
        ],
    ),
    (
        "indexing",
        &["media", "inference", "store", "domain", "fault"],
    ),
    ("search", &["inference", "store", "domain", "fault"]),
    (
        "reel",
        &["search", "media", "inference", "store", "domain", "fault"],
    ),
    (
        "config",
        &[
            "indexing",
            "search",
            "reel",
            "media",
            "inference",
            "store",
            "domain",
            "fault",
        ],
    ),
    (
        "app",
        &[
            "config",
            "indexing",
            "search",
            "previews",
            "reel",
            "media",
            "inference",
            "store",
            "domain",
            "fault",
        ],
    ),
    (
        "api",
        &[
            "app",
            "config",
            "indexing",
            "search",
            "previews",
            "reel",
            "media",
            "inference",
            "store",
            "domain",
            "fault",
        ],
    ),
    (
        "cli",
        &[
            "api",
            "app",
            "config",
            "demo",
            "evaluation",
            "indexing",
            "search",
            "previews",
            "reel",
            "media",
            "inference",
            "store",
            "domain",
            "fault",
        ],
    ),
];

fn sources(folder: &Path, visit: &mut dyn FnMut(&Path, &str)) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, visit);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            visit(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

fn layer_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The first names after `crate::`, also of `crate::{a, b::c}` groups.
fn imported(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line_start in text
        .match_indices("crate::")
        .map(|(at, _)| at + "crate::".len())
    {
        let rest = &text[line_start..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut name, mut at_start) = (0, String::new(), true);
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => at_start = true,
                    c if depth == 0 && at_start && (c.is_alphanumeric() || c == '_') => {
                        name.push(c)
                    }
                    c if depth == 0 && !c.is_whitespace() => at_start = false,
                    _ => {}
                }
                if (!at_start || c == ',') && !name.is_empty() {
                    names.insert(std::mem::take(&mut name));
                }
            }
            if !name.is_empty() {
                names.insert(name);
            }
        } else {
            names.insert(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
        }
    }
    names
}

#[test]
fn imports_point_downward() {
    let mut wrong = Vec::new();
    sources(&root().join("src"), &mut |path, text| {
        let layer = layer_of(path);
        if layer == "main" || layer == "lib" {
            return;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            wrong.push(format!("{}: `{layer}` is no layer", path.display()));
            return;
        };
        for name in imported(text) {
            let is_layer = LAYERS.iter().any(|(known, _)| *known == name);
            if is_layer && name != layer && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{}: `{layer}` imports `{name}`", path.display()));
            }
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_opens_with_one_sentence() {
    let mut wrong = Vec::new();
    sources(&root().join("src"), &mut |path, text| {
        if !text.starts_with("//! ") {
            wrong.push(path.display().to_string());
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_media_layer_touches_ffmpeg() {
    let mut wrong = Vec::new();
    sources(&root().join("src"), &mut |path, text| {
        let inside = path.strip_prefix(root().join("src")).unwrap();
        if text.contains("ffmpeg_next") && !inside.starts_with("media/ffmpeg") {
            wrong.push(path.display().to_string());
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where `unsafe` is: the bindings of FFmpeg, arithmetic that the compiler can't check, a setting of OpenMP, and the
/// voices of the demo world, for whose library there is no crate that tells the time of words.
const UNSAFE: &[&str] = &[
    "media/ffmpeg",
    "inference/vision/fast",
    "inference/ocr/openmp.rs",
    "demo/speech_synthesis.rs",
];

#[test]
fn unsafe_code_is_where_it_has_a_reason() {
    let mut wrong = Vec::new();
    sources(&root().join("src"), &mut |path, text| {
        let inside = path.strip_prefix(root().join("src")).unwrap();
        let is_unsafe = ["{", "fn", "impl", "extern"]
            .iter()
            .any(|what| text.contains(&format!("unsafe {what}")));
        if is_unsafe && !UNSAFE.iter().any(|place| inside.starts_with(place)) {
            wrong.push(path.display().to_string());
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn groups_of_imports_are_read() {
    let text = "use crate::{\n    domain::{A, B},\n    fault,\n    store::catalog::C,\n};\nuse crate::media::X;";
    let names: Vec<_> = imported(text).into_iter().collect();
    assert_eq!(names, ["domain", "fault", "media", "store"]);
}
