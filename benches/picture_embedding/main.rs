//! How many pictures a second are embedded, beside ONNX Runtime with the same weights in the same run.
//!
//! `cargo bench --bench picture_embedding [-- clip | siglip]`. The weights are a CLIP ViT-B/32 and a
//! SigLIP B/32 with seeded random numbers, written as Hugging Face lays them out; the time includes
//! scaling and normalising of the pictures, which the peer is spared. The peer wants Python with
//! numpy, onnx, onnxruntime and safetensors, looked for in `REELDEX_PEER_PYTHON`, then
//! `target/peer`, then the path:
//!
//! ```text
//! python3 -m venv target/peer && target/peer/bin/pip install numpy onnx onnxruntime safetensors
//! ```

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod model;
mod peer;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use model::{Architecture, numbers};
use peer::Peer;
use reeldex::domain::Picture;
use reeldex::inference::catalogue::InstalledModel;
use reeldex::inference::vision::load_picture_embedder;

const THREADS: [usize; 2] = [1, 2];
const BATCHES: [usize; 3] = [1, 8, 32];
/// Both sides take turns, since other work on the machine comes and goes.
const ROUNDS: usize = 3;
const MEASURED: Duration = Duration::from_secs(4);

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "machine: {}, {} cores",
        processor(),
        std::thread::available_parallelism()?
    );
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let is_asked =
        |architecture: &Architecture| asked.iter().any(|name| name == architecture.name());
    let all = [Architecture::Clip, Architecture::Siglip];
    let is_any_named = all.iter().any(is_asked);
    for architecture in all {
        if is_asked(&architecture) || !is_any_named {
            measure(architecture)?;
        }
    }
    Ok(())
}

fn measure(architecture: Architecture) -> Result<(), Box<dyn Error>> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("picture_embedding")
        .join(architecture.name());
    std::fs::create_dir_all(&directory)?;
    let model = architecture.write(&directory)?;
    let pictures = pictures(architecture.side(), 32);
    println!("{}, {} pixels", architecture.name(), architecture.side());
    let peer = Peer::find(&directory);
    match &peer {
        Some(peer) => compare(peer, architecture, &model, &pictures[..8])?,
        None => println!("peer absent: see the head of benches/picture_embedding/main.rs"),
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
    architecture: Architecture,
    model: &InstalledModel,
    pictures: &[Picture],
) -> Result<(), Box<dyn Error>> {
    let own = load_picture_embedder(model, 2)?.embed_pictures(pictures)?;
    let expected = peer.embed(architecture, pictures)?;
    let (mut worst_cosine, mut worst_difference) = (1.0f64, 0.0f64);
    for (own, expected) in own.iter().zip(expected.chunks_exact(own[0].len())) {
        let length = expected
            .iter()
            .map(|value| f64::from(*value).powi(2))
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

fn pictures(side: usize, count: u64) -> Vec<Picture> {
    (0..count)
        .map(|seed| Picture {
            width: side as u32,
            height: side as u32,
            rgb: numbers(seed)
                .take(side * side * 3)
                .map(|value| (128.0 + 127.0 * value) as u8)
                .collect(),
        })
        .collect()
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
