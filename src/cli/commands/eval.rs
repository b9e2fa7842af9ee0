//! `reeldex eval`.

use super::super::{arguments::EvalArguments, output::Output};
use crate::{
    app::App,
    evaluation::measure_pictures,
    fault::{AnyError, ExitStatus},
};

pub(in crate::cli) fn run(
    app: &App,
    arguments: &EvalArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let models = app.models()?;
    let Some(embedder) = models.picture()? else {
        output.note("no picture model is installed, so there is nothing to measure");
        output.note("hint: `reeldex models list` shows what can be had");
        return Ok(ExitStatus::Missing);
    };
    let figures = measure_pictures(embedder, arguments.seed, arguments.groups)?;
    if output.json {
        output.document(&figures);
    } else {
        output.line(format!(
            "{}: {} descriptions of drawn scenes, each among {}: the right scene first in {:.1} %, in the first five in {:.1} %",
            figures.model,
            figures.descriptions,
            figures.among,
            figures.recall_at_1 * 100.0,
            figures.recall_at_5 * 100.0
        ));
    }
    Ok(ExitStatus::Done)
}
