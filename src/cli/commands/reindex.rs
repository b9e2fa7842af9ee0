//! `reeldex reindex`.

use std::time::Instant;

use super::super::output::Output;
use crate::{
    app::App,
    fault::{AnyError, ExitStatus},
    store::{Access, StoreError},
};

pub(in crate::cli) fn run(app: &App, output: &Output) -> Result<ExitStatus, AnyError> {
    if !app.settings.library.exists() {
        return Err(StoreError::NoLibrary {
            directory: app.settings.library.clone(),
        }
        .into());
    }
    let started = Instant::now();
    let store = app.store(Access::Write)?;
    let report = store.reindex(&mut |done, total| {
        output.event(&serde_json::json!({ "event": "progress", "done": done, "total": total }));
    })?;
    let took_millis = started.elapsed().as_millis() as u64;
    if output.json {
        output.document(&serde_json::json!({
            "assets": report.assets,
            "documents": report.documents,
            "vectors": report.vectors,
            "took_millis": took_millis,
        }));
    } else {
        output.line(format!(
            "{} assets, {} texts and {} vectors indexed anew in {:.1} s",
            report.assets,
            report.documents,
            report.vectors,
            took_millis as f64 / 1000.0
        ));
    }
    Ok(ExitStatus::Done)
}
