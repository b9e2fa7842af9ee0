//! `reeldex reel`: compile, look at, change and hand over.

mod change;
mod explain;
mod hand_over;
mod new;
mod show;

use serde_json::json;

use super::super::{
    arguments::{ReelCommand, WeightsArguments},
    output::Output,
};
use crate::{
    app::{App, ReelOptions},
    fault::{AnyError, ExitStatus},
    reel::{Reel, ReelFile, place},
};

pub(in crate::cli) fn run(
    app: &App,
    command: &ReelCommand,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    match command {
        ReelCommand::New(arguments) => new::run(app, arguments, output),
        ReelCommand::List => show::list(app, output),
        ReelCommand::Show(named) => show::show(app, &named.reel, output),
        ReelCommand::History(named) => show::history(app, &named.reel, output),
        ReelCommand::Explain(arguments) => explain::run(app, arguments, output),
        ReelCommand::Export(arguments) => hand_over::export_reel(app, arguments, output),
        ReelCommand::Render(arguments) => hand_over::render_reel(app, arguments, output),
        changing => change::run(app, changing, output),
    }
}

/// The file that was named, and what it holds.
fn read(app: &App, text: &str) -> Result<(ReelFile, Reel), AnyError> {
    let file = ReelFile::typed(&app.settings.library, text)?;
    let reel = file.read()?;
    Ok((file, reel))
}

fn options(weights: &WeightsArguments) -> ReelOptions {
    ReelOptions {
        weights: weights.weights.clone(),
        ..ReelOptions::default()
    }
}

/// How many frames the reel lasts.
fn length_frames(reel: &Reel) -> i64 {
    place(reel).last().map_or(0, |placed| placed.record.end)
}

/// How long the reel lasts.
fn length_millis(reel: &Reel) -> i64 {
    let rate = reel.timeline.rate;
    let millis = i128::from(length_frames(reel)) * 1000 * i128::from(rate.den);
    (millis / i128::from(rate.num.max(1))) as i64
}

/// A reel as `--json` prints it: where it lies, how long it lasts, the manifest.
fn document(file: &ReelFile, reel: &Reel) -> serde_json::Value {
    json!({
        "name": file.name(),
        "path": file.path.display().to_string(),
        "length_millis": length_millis(reel),
        "reel": reel,
    })
}
