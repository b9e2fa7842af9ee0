//! How long the demonstration pack takes to load, and how fast it transcribes: `cargo bench --bench demo_pack`.
//!
//! Each round checks and reads all files anew, as a command does at its start.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::{
    error::Error,
    time::{Duration, Instant},
};

use reeldex::{
    demo::{Delivery, Language, spoken_clip},
    inference::{ModelChoice, ModelPack, ModelSet, ModelStore, speech::VoiceStretch},
};

const ROUNDS: usize = 21;
const SENTENCES: u32 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let store = ModelStore::open(folder.path())?;
    let pack = ModelPack::find("demo")?.ok_or("there is no demo pack")?;
    for (_, name) in pack.models() {
        store.pull(name, &mut |_| {})?;
    }
    let choice = ModelChoice {
        picture: pack.picture.clone(),
        speech: pack.speech.clone(),
        threads: std::thread::available_parallelism()?.get(),
        ..ModelChoice::default()
    };
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let models = ModelSet::new(&store, choice.clone())?;
        models.picture()?.ok_or("no picture model")?;
        models.speech()?.ok_or("no speech model")?;
        rounds.push(started.elapsed());
    }
    println!(
        "loading the pack: {} ms, median of {ROUNDS}",
        median(&mut rounds).as_millis()
    );

    let models = ModelSet::new(&store, choice)?;
    let speech = models.speech()?.ok_or("no speech model")?;
    let mut times = Vec::new();
    for number in 0..SENTENCES {
        let stretch = VoiceStretch {
            start_millis: 0,
            mono: spoken_clip(1, number, Language::English, Delivery::Known)?.mono,
        };
        let started = Instant::now();
        speech.transcribe(&stretch, Some("en"), &|| false)?;
        times.push(started.elapsed());
    }
    println!(
        "a sentence: {} ms, median of {SENTENCES}",
        median(&mut times).as_millis()
    );
    Ok(())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
