//! How many pictures a second are embedded, beside ONNX Runtime with the same weights in the same run.
//!
//! `cargo bench --bench picture_embedding`. The weights are a ViT-B/32 with seeded random numbers, written
//! as Hugging Face lays CLIP out; the time includes scaling and normalising of the pictures, which the
//! peer is spared. The peer is `../shared/tools/onnx_clip_peer.py`; it wants Python with numpy, onnx,
//! onnxruntime and safetensors, looked for in `REELDEX_PEER_PYTHON`, then `target/peer`, then the path:
//!
//! ```text
//! python3 -m venv target/peer && target/peer/bin/pip install numpy onnx onnxruntime safetensors
//! ```

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use reeldex::domain::Picture;
use reeldex::inference::catalogue::{InstalledModel, ModelEntry};
use reeldex::inference::vision::load_picture_embedder;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::json;

const SIDE: usize = 224;
const WIDTH: usize = 768;
const THREADS: [usize; 2] = [1, 2];
const BATCHES: [usize; 3] = [1, 8, 32];
/// Both sides take turns, since other work on the machine comes and goes.
const ROUNDS: usize = 3;
const MEASURED: Duration = Duration::from_secs(4);
const MEAN: [f32; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const DEVIATION: [f32; 3] = [0.268_629_54, 0.261_302_6, 0.275_777_1];

fn main() -> Result<(), Box<dyn Error>> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("picture_embedding");
    std::fs::create_dir_all(&directory)?;
    let model = write_model(&directory)?;
    let pictures = pictures(32);
    println!(
        "machine: {}, {} cores",
        processor(),
        std::thread::available_parallelism()?
    );
    let peer = Peer::find(&directory);
    match &peer {
        Some(peer) => compare(peer, &model, &pictures[..8])?,
        None => println!("peer absent: see the head of benches/picture_embedding.rs"),
    }
    let mut own = vec![Vec::new(); THREADS.len() * BATCHES.len()];
    let mut other = own.clone();
    for _ in 0..ROUNDS {
        for (times, found) in own.iter_mut().zip(own_times(&model, &pictures)?) {
            times.extend(found);
        }
        if let Some(peer) = &peer {
            for (times, found) in other.iter_mut().zip(peer.times()?) {
                times.push(found);
            }
        }
    }
    println!("ms per picture; ratio: pictures per second beside the peer's");
    println!("threads batch   best median   peer  ratio");
    for (index, (own, other)) in own.iter_mut().zip(&other).enumerate() {
        own.sort_by(f64::total_cmp);
        let (best, median) = (own[0], own[own.len() / 2]);
        let (threads, batch) = (
            THREADS[index / BATCHES.len()],
            BATCHES[index % BATCHES.len()],
        );
        print!("{threads:7} {batch:5} {best:6.2} {median:6.2}");
        let peer_best = other.iter().copied().min_by(f64::total_cmp);
        match peer_best {
            Some(peer_best) => println!(" {peer_best:6.2} {:6.2}", peer_best / best),
            None => println!("      -      -"),
        }
    }
    Ok(())
}

/// Milliseconds per picture of each call, for each number of threads and each batch.
fn own_times(
    model: &InstalledModel,
    pictures: &[Picture],
) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let mut all = Vec::new();
    for threads in THREADS {
        let embedder = load_picture_embedder(model, threads)?;
        embedder.embed_pictures(&pictures[..1])?;
        for batch in BATCHES {
            let mut times = Vec::new();
            let start = Instant::now();
            while start.elapsed() < MEASURED {
                let call = Instant::now();
                embedder.embed_pictures(&pictures[..batch])?;
                times.push(call.elapsed().as_secs_f64() * 1e3 / batch as f64);
            }
            all.push(times);
        }
    }
    Ok(all)
}

/// Prints how far the vectors of both sides agree.
fn compare(
    peer: &Peer,
    model: &InstalledModel,
    pictures: &[Picture],
) -> Result<(), Box<dyn Error>> {
    let own = load_picture_embedder(model, 2)?.embed_pictures(pictures)?;
    let expected = peer.embed(pictures)?;
    let (mut worst_cosine, mut worst_difference) = (1.0f64, 0.0f64);
    for (own, expected) in own.iter().zip(expected.chunks_exact(own[0].len())) {
        let length = expected
            .iter()
            .map(|v| f64::from(*v).powi(2))
            .sum::<f64>()
            .sqrt();
        let pairs = || {
            own.iter()
                .zip(expected)
                .map(|(a, b)| (f64::from(*a), f64::from(*b) / length))
        };
        worst_cosine = worst_cosine.min(pairs().map(|(a, b)| a * b).sum());
        worst_difference = pairs()
            .map(|(a, b)| (a - b).abs())
            .fold(worst_difference, f64::max);
    }
    println!(
        "against the peer: lowest cosine {worst_cosine:.7}, largest difference {worst_difference:.1e}"
    );
    Ok(())
}

struct Peer {
    python: PathBuf,
    script: PathBuf,
    directory: PathBuf,
}

impl Peer {
    fn find(directory: &Path) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let script = root.join("../shared/tools/onnx_clip_peer.py");
        let own = std::env::var_os("REELDEX_PEER_PYTHON").map(PathBuf::from);
        let candidates = own
            .into_iter()
            .chain([root.join("target/peer/bin/python"), "python3".into()]);
        let works = |python: &PathBuf| {
            let imports = "import numpy, onnx, onnxruntime, safetensors";
            let found = Command::new(python).args(["-c", imports]).output();
            found.is_ok_and(|output| output.status.success())
        };
        let python = candidates.filter(|_| script.exists()).find(works)?;
        Some(Self {
            python,
            script,
            directory: directory.to_owned(),
        })
    }

    fn run(&self, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        let output = Command::new(&self.python)
            .arg(&self.script)
            .arg(self.directory.join("model.safetensors"))
            .args(arguments)
            .current_dir(&self.directory)
            .output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(String::from_utf8_lossy(&output.stderr).into()),
        }
    }

    /// Best milliseconds per picture in the order of [`THREADS`] and [`BATCHES`].
    fn times(&self) -> Result<Vec<f64>, Box<dyn Error>> {
        let text = self.run(&["--time"])?;
        let times = text
            .lines()
            .filter_map(|line| line.split(": ").nth(1)?.split(' ').next());
        Ok(times.map(str::parse).collect::<Result<_, _>>()?)
    }

    fn embed(&self, pictures: &[Picture]) -> Result<Vec<f32>, Box<dyn Error>> {
        let shape = format!("({}, 3, {SIDE}, {SIDE})", pictures.len());
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        let header = format!("{header:<117}\n");
        let mut file = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        file.extend(header.as_bytes());
        for picture in pictures {
            for channel in 0..3 {
                let bytes = picture.rgb.iter().skip(channel).step_by(3);
                file.extend(bytes.flat_map(|byte| {
                    let value = (f32::from(*byte) / 255.0 - MEAN[channel]) / DEVIATION[channel];
                    value.to_le_bytes()
                }));
            }
        }
        std::fs::write(self.directory.join("pixels.npy"), file)?;
        self.run(&["--pixels", "pixels.npy", "--out", "vectors.npy"])?;
        let bytes = std::fs::read(self.directory.join("vectors.npy"))?;
        let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let values = bytes[start..].as_chunks::<4>().0.iter();
        Ok(values.map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }
}

/// Repeatable numbers, evenly spread over -1 to 1 (SplitMix64, Steele et al. 2014).
fn numbers(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    })
}

fn pictures(count: usize) -> Vec<Picture> {
    (0..count as u64)
        .map(|seed| Picture {
            width: SIDE as u32,
            height: SIDE as u32,
            rgb: numbers(seed)
                .take(SIDE * SIDE * 3)
                .map(|v| (128.0 + 127.0 * v) as u8)
                .collect(),
        })
        .collect()
}

/// Writes a CLIP with the image tower of ViT-B/32 and a text tower of one small block.
fn write_model(directory: &Path) -> Result<InstalledModel, Box<dyn Error>> {
    let config = json!({"model_type": "clip", "projection_dim": 512,
        "vision_config": {"hidden_size": WIDTH, "patch_size": 32, "image_size": SIDE},
        "text_config": {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1,
            "num_attention_heads": 1, "vocab_size": 2, "max_position_embeddings": 8}});
    let preprocessor =
        json!({"size": SIDE, "crop_size": SIDE, "image_mean": MEAN, "image_std": DEVIATION});
    let tokenizer = json!({"version": "1.0", "added_tokens": [], "model": {"type": "WordLevel",
        "unk_token": "<|startoftext|>", "vocab": {"<|startoftext|>": 0, "<|endoftext|>": 1}}});
    for (name, value) in [
        ("config.json", config),
        ("preprocessor_config.json", preprocessor),
        ("tokenizer.json", tokenizer),
    ] {
        std::fs::write(directory.join(name), value.to_string())?;
    }
    let mut shapes: Vec<(String, Vec<usize>)> = Vec::new();
    add_tower(&mut shapes, "vision_model.", WIDTH, 4 * WIDTH, 12);
    add_tower(&mut shapes, "text_model.", 64, 64, 1);
    for (name, shape) in [
        ("vision_model.embeddings.class_embedding", vec![WIDTH]),
        (
            "vision_model.embeddings.patch_embedding.weight",
            vec![WIDTH, 3, 32, 32],
        ),
        (
            "vision_model.embeddings.position_embedding.weight",
            vec![50, WIDTH],
        ),
        ("vision_model.pre_layrnorm.weight", vec![WIDTH]),
        ("vision_model.pre_layrnorm.bias", vec![WIDTH]),
        ("vision_model.post_layernorm.weight", vec![WIDTH]),
        ("vision_model.post_layernorm.bias", vec![WIDTH]),
        ("visual_projection.weight", vec![512, WIDTH]),
        ("text_model.embeddings.token_embedding.weight", vec![2, 64]),
        (
            "text_model.embeddings.position_embedding.weight",
            vec![8, 64],
        ),
        ("text_model.final_layer_norm.weight", vec![64]),
        ("text_model.final_layer_norm.bias", vec![64]),
        ("text_projection.weight", vec![512, 64]),
        ("logit_scale", vec![]),
    ] {
        shapes.push((name.to_owned(), shape));
    }
    let bytes: Vec<Vec<u8>> = shapes
        .iter()
        .zip(0..)
        .map(|((name, shape), seed)| {
            let centre = if name.contains("norm") && name.ends_with("weight") {
                1.0
            } else {
                0.0
            };
            let spread = if name.contains("q_proj") || name.contains("k_proj") {
                0.08
            } else {
                0.04
            };
            let values = numbers(seed).take(shape.iter().product());
            values
                .flat_map(|value| (centre + spread * value).to_le_bytes())
                .collect()
        })
        .collect();
    let views = shapes
        .into_iter()
        .zip(&bytes)
        .map(|((name, shape), bytes)| Ok((name, TensorView::new(Dtype::F32, shape, bytes)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
    safetensors::serialize_to_file(views, None, &directory.join("model.safetensors"))?;
    let entry: ModelEntry = serde_json::from_value(json!({
        "name": "seeded-vit-base-patch32", "task": "picture", "architecture": "clip", "repository": "",
        "revision": "", "description": "", "licence": "MIT", "languages": [], "dimensions": 512, "files": [],
    }))?;
    Ok(InstalledModel {
        entry,
        directory: directory.to_owned(),
        version: "00000000".to_owned(),
    })
}

fn add_tower(
    shapes: &mut Vec<(String, Vec<usize>)>,
    prefix: &str,
    width: usize,
    inner: usize,
    layers: usize,
) {
    let mut add = |name: String, shape: Vec<usize>| {
        shapes.push((format!("{name}.bias"), vec![shape[0]]));
        shapes.push((format!("{name}.weight"), shape));
    };
    for layer in 0..layers {
        let layer = format!("{prefix}encoder.layers.{layer}.");
        for name in ["q_proj", "k_proj", "v_proj", "out_proj"] {
            add(format!("{layer}self_attn.{name}"), vec![width, width]);
        }
        add(format!("{layer}layer_norm1"), vec![width]);
        add(format!("{layer}layer_norm2"), vec![width]);
        add(format!("{layer}mlp.fc1"), vec![inner, width]);
        add(format!("{layer}mlp.fc2"), vec![width, inner]);
    }
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    name.map_or_else(
        || std::env::consts::ARCH.to_owned(),
        |name| name.trim_matches([' ', '\t', ':']).to_owned(),
    )
}
