//! `reeldex eval --reels`.

use std::{path::Path, sync::Arc};

use super::super::{arguments::EvalArguments, output::Output, progress::IndexProgress};
use crate::{
    app::App,
    demo::{self, TRUTH_FILE, Truth, WorldRequest},
    evaluation::{CutFigures, ReelFigures, ReelWorld, WayFigures, measure_reels},
    fault::{AnyError, ExitStatus},
    indexing::Job,
    reel::{CompileSettings, ReelError, excitement::Weights},
    search::Searcher,
    store::Access,
};

/// Makes the worlds that are not there yet, indexes them, compiles reels and tells what they are worth.
pub(super) fn run(
    app: &App,
    folder: &Path,
    arguments: &EvalArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let mut settings = CompileSettings::builtin()?;
    if let Some(path) = &arguments.weights {
        settings.weights = Weights::load(path)?;
    }
    let worlds = arguments.worlds.max(1);
    let mut figures = ReelFigures::default();
    for seed in arguments.seed..arguments.seed + worlds {
        let directory = folder.join(format!("world-{seed}"));
        let truth = world(app, &directory, seed, arguments.minutes, output)?;
        let archive = directory.join("archive");
        let archive = std::fs::canonicalize(&archive).map_err(|source| ReelError::File {
            doing: "read",
            path: archive,
            source,
        })?;
        let own = indexed(app, &directory, &archive, output)?;
        let store = own.store(Access::Read)?;
        let models = own.models_for_search(&store)?;
        let searcher = Searcher {
            store: &store,
            picture: models.picture()?,
            passage: models.passage()?,
        };
        let measured = measure_reels(
            &ReelWorld {
                truth: &truth,
                archive: &archive,
                searcher: &searcher,
            },
            &settings,
            arguments.varied.div_ceil(worlds as usize),
        )?;
        if worlds > 1 && !output.json {
            output.line(format!("seed {seed}:"));
            tell(&measured, output);
        }
        figures.add(measured);
    }
    if output.json {
        output.document(&figures);
    } else {
        output.line(format!(
            "{} worlds of {} minutes:",
            figures.seeds.len(),
            arguments.minutes
        ));
        tell(&figures, output);
    }
    Ok(ExitStatus::Done)
}

/// The world of a seed, made where it is not there yet.
fn world(
    app: &App,
    directory: &Path,
    seed: u64,
    minutes: f64,
    output: &Output,
) -> Result<Truth, AnyError> {
    if directory.join(TRUTH_FILE).exists() {
        return Ok(Truth::load(directory)?);
    }
    output.note(format!(
        "making the world of seed {seed} in {}",
        directory.display()
    ));
    let request = WorldRequest {
        directory: directory.to_owned(),
        seed,
        minutes,
        threads: app.settings.models.threads,
    };
    Ok(demo::generate(&request, &|_| {})?)
}

/// The program with a library of its own for a world, brought up to date with it.
fn indexed(app: &App, directory: &Path, archive: &Path, output: &Output) -> Result<App, AnyError> {
    let mut settings = app.settings.clone();
    settings.library = directory.join("library");
    let own = App::new(settings, Arc::clone(&app.cancel));
    let progress = IndexProgress::new(output);
    let job = Job {
        roots: vec![archive.to_owned()],
        scan: own.scan_settings(),
    };
    let indexed = own.index(&job, &progress);
    progress.finish();
    indexed.map(|_| own)
}

fn tell(figures: &ReelFigures, output: &Output) {
    for (name, way) in [
        ("compiled", &figures.compiled),
        ("loudest peaks", &figures.loudest_peaks),
        ("best answers", &figures.best_answers),
        ("compiled of one event each", &figures.of_events),
    ] {
        tell_way(name, way, output);
    }
    tell_cuts("compiled of varied wishes", &figures.varied, output);
}

fn tell_way(name: &str, way: &WayFigures, output: &Output) {
    output.line(format!(
        "  {name}: {:.1} % of {:.1} s in highlights; the best three of {} of {} events",
        way.share_in_highlights() * 100.0,
        way.shown_millis as f64 / 1000.0,
        way.events_with_top,
        way.events
    ));
    tell_cuts("    cuts", &way.cuts, output);
}

fn tell_cuts(name: &str, cuts: &CutFigures, output: &Output) {
    output.line(format!(
        "  {name}: {} reels of {} picks; {} ends within a word, {} pairs nearly identical",
        cuts.reels, cuts.picks, cuts.within_words, cuts.near_identical
    ));
}
