//! `reeldex status`.

use serde_json::json;

use super::super::{arguments::StatusArguments, output::Output, progress::printable};
use crate::{
    app::App,
    fault::{AnyError, ExitStatus},
    store::Access,
};

pub(in crate::cli) fn run(
    app: &App,
    arguments: &StatusArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let store = app.store(Access::Read)?;
    let catalog = store.catalog();
    let assets = catalog.count_assets()?;
    let counts = catalog.counts()?;
    let failures = catalog.failures()?;
    if output.json {
        let steps: Vec<_> = counts
            .iter()
            .map(|count| {
                json!({ "step": count.step, "done": count.done, "failed": count.failed, "skipped": count.skipped })
            })
            .collect();
        let failures: Vec<_> = failures
            .iter()
            .map(|failure| {
                json!({
                    "path": failure.path.to_string_lossy(),
                    "asset_id": failure.asset_id,
                    "step": failure.step,
                    "reason": failure.reason,
                    "hint": failure.hint,
                })
            })
            .collect();
        output.document(&json!({
            "library": app.settings.library,
            "assets": assets,
            "steps": steps,
            "failures": failures,
        }));
        return Ok(ExitStatus::Done);
    }
    if arguments.failed {
        for failure in &failures {
            let step = failure.step.map_or("file", |step| step.name());
            output.line(format!("{step:<12} {}", printable(&failure.path)));
            output.line(format!("             {}", failure.reason));
            if let Some(hint) = &failure.hint {
                output.line(format!("             hint: {hint}"));
            }
        }
        output.line(match failures.len() {
            0 => "nothing failed".to_owned(),
            count => format!("{count} failures; `reeldex retry` tries them again"),
        });
        return Ok(ExitStatus::Done);
    }
    output.line(format!(
        "{assets} assets in {}",
        printable(&app.settings.library)
    ));
    output.line(format!(
        "{:<12} {:>9} {:>9} {:>9}",
        "step", "done", "skipped", "failed"
    ));
    for count in counts {
        output.line(format!(
            "{:<12} {:>9} {:>9} {:>9}",
            count.step, count.done, count.skipped, count.failed
        ));
    }
    if !failures.is_empty() {
        output.line(format!(
            "{} failures; `reeldex status --failed` lists them",
            failures.len()
        ));
    }
    Ok(ExitStatus::Done)
}
