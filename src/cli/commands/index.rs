//! `reeldex index` and `reeldex retry`.

use std::{path::PathBuf, sync::Arc, thread};

use serde_json::json;

use super::super::{
    arguments::IndexArguments,
    output::{Output, clock, size},
    progress::{IndexProgress, printable},
};
use crate::{
    app::App,
    fault::{AnyError, ExitStatus},
    indexing::{Cancel, IndexReport, IndexingError, Job, Survey},
};

/// Paths of a dry run that are listed one by one.
const LISTED: usize = 20;

pub(in crate::cli) fn run(
    app: &App,
    arguments: &IndexArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let roots = arguments
        .paths
        .iter()
        .map(resolve)
        .collect::<Result<Vec<_>, _>>()?;
    let job = Job {
        roots,
        scan: app.scan_settings(),
    };
    if arguments.dry_run {
        return dry_run(app, &job, output);
    }
    work(app, Some(&job), output)
}

pub(in crate::cli) fn retry(app: &App, output: &Output) -> Result<ExitStatus, AnyError> {
    work(app, None, output)
}

/// The place as the catalogue names it: absolute, without links.
fn resolve(path: &PathBuf) -> Result<PathBuf, IndexingError> {
    std::fs::canonicalize(path).map_err(|source| IndexingError::Root {
        path: path.clone(),
        source,
    })
}

fn work(app: &App, job: Option<&Job>, output: &Output) -> Result<ExitStatus, AnyError> {
    stop_on_interrupt(Arc::clone(&app.cancel));
    let progress = IndexProgress::new(output);
    let result = match job {
        Some(job) => app.index(job, &progress),
        None => app.retry(&progress),
    };
    progress.finish();
    let report = result?;
    if output.json {
        output.document(&report);
    } else {
        tell(&report, output);
    }
    Ok(if report.interrupted {
        ExitStatus::Interrupted
    } else if report.failed > 0 {
        ExitStatus::Partial
    } else {
        ExitStatus::Done
    })
}

fn tell(report: &IndexReport, output: &Output) {
    let seconds = report.took_millis as f64 / 1000.0;
    let ended = if report.interrupted {
        "stopped after"
    } else {
        "done in"
    };
    output.line(format!("{} files, {ended} {seconds:.1} s", report.files));
    let rows = [
        (report.analysed, "analysed"),
        (report.refreshed, "refreshed"),
        (report.unchanged, "unchanged"),
        (report.relocated, "moved or copied"),
        (report.not_media, "not media"),
        (report.missing, "no longer there; still searchable"),
        (
            report.failed,
            "failed in part or whole; see `reeldex status --failed`",
        ),
    ];
    for (count, name) in rows {
        if count > 0 {
            output.line(format!("  {count:>7} {name}"));
        }
    }
    if report.media_millis > 0 && seconds > 0.0 {
        let rate = report.media_millis as f64 / 1000.0 / seconds;
        output.line(format!(
            "  {} of media, {rate:.1} times as fast as it plays",
            clock(report.media_millis)
        ));
    }
    if report.interrupted {
        output.line("run the same command again to go on");
    }
    for note in &report.notes {
        output.note(note);
    }
}

fn dry_run(app: &App, job: &Job, output: &Output) -> Result<ExitStatus, AnyError> {
    let wanted = app.wanted(&app.models()?);
    let survey = app.survey(job, &wanted, &())?;
    if output.json {
        let steps: Vec<_> = wanted
            .iter()
            .map(|wanted| json!({ "step": wanted.step, "version": wanted.version }))
            .collect();
        let to_read: Vec<_> = survey
            .to_read
            .iter()
            .map(|file| json!({ "path": file.path.to_string_lossy(), "bytes": file.stamp.size }))
            .collect();
        output.document(&json!({
            "to_read": to_read,
            "to_refresh": survey.refresh.len(),
            "unchanged": survey.unchanged,
            "missing": survey.missing.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>(),
            "unreadable": survey.unreadable.iter().map(|(path, _)| path.to_string_lossy()).collect::<Vec<_>>(),
            "steps": steps,
        }));
        return Ok(ExitStatus::Done);
    }
    tell_survey(&survey, output);
    output.line("steps of each file:");
    for wanted in &wanted {
        output.line(format!("  {:<12} {}", wanted.step, wanted.version));
    }
    Ok(ExitStatus::Done)
}

fn tell_survey(survey: &Survey, output: &Output) {
    output.line(format!(
        "{} files would be read ({})",
        survey.to_read.len(),
        size(survey.bytes_to_read())
    ));
    for file in survey.to_read.iter().take(LISTED) {
        output.line(format!(
            "  {} ({})",
            printable(&file.path),
            size(file.stamp.size)
        ));
    }
    if survey.to_read.len() > LISTED {
        output.line(format!("  and {} more", survey.to_read.len() - LISTED));
    }
    output.line(format!(
        "{} known assets have steps to run",
        survey.refresh.len()
    ));
    output.line(format!(
        "{} files are unchanged, {} are no longer there",
        survey.unchanged,
        survey.missing.len()
    ));
}

/// Lets the first Ctrl-C end the work in order and the second end it at once.
pub(super) fn stop_on_interrupt(cancel: Arc<Cancel>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
    else {
        tracing::warn!("Ctrl-C can't be caught; stopping will be abrupt, and safe all the same");
        return;
    };
    thread::spawn(move || {
        runtime.block_on(async {
            for _ in 0..2 {
                if stop_signal().await.is_err() {
                    return;
                }
                if cancel.is_requested() {
                    std::process::exit(i32::from(ExitStatus::Interrupted as u8));
                }
                cancel.request();
            }
        });
    });
}

async fn stop_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
