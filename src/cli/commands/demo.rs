//! `reeldex demo`.

use std::{thread, time::Instant};

use super::super::{
    arguments::DemoCommand,
    output::{Output, clock},
};
use crate::{
    demo::{self, Progress, SceneRequest, WorldRequest},
    fault::{AnyError, ExitStatus},
};

pub(in crate::cli) fn run(
    command: &DemoCommand,
    threads: Option<usize>,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let threads = threads
        .or_else(|| thread::available_parallelism().ok().map(usize::from))
        .unwrap_or(1)
        .max(1);
    let started = Instant::now();
    match command {
        DemoCommand::Generate {
            directory,
            seed,
            minutes,
        } => {
            let request = WorldRequest {
                directory: directory.clone(),
                seed: *seed,
                minutes: *minutes,
                threads,
            };
            let truth = demo::generate(&request, &|progress: Progress| {
                output.event(&serde_json::json!({
                    "event": "progress",
                    "done": progress.done,
                    "total": progress.total,
                    "path": progress.path,
                }));
                if !output.json {
                    output.note(format!(
                        "{}/{} {}",
                        progress.done, progress.total, progress.path
                    ));
                }
            })?;
            let millis: i64 = truth.assets.iter().map(|asset| asset.duration_millis).sum();
            tell(
                output,
                started,
                format!(
                    "{} assets, {} in all, in {}",
                    truth.assets.len(),
                    clock(millis),
                    directory.display()
                ),
                serde_json::json!({
                    "assets": truth.assets.len(),
                    "duration_millis": millis,
                    "truth": directory.join(demo::TRUTH_FILE),
                }),
            );
        }
        DemoCommand::Scenes {
            file,
            seed,
            count,
            size,
            split,
        } => {
            demo::write_scenes(&SceneRequest {
                file: file.clone(),
                seed: *seed,
                count: *count,
                size: *size,
                split: (*split).into(),
                threads,
            })?;
            tell(
                output,
                started,
                format!("{count} scenes of {size} × {size} in {}", file.display()),
                serde_json::json!({ "scenes": count, "size": size, "file": file }),
            );
        }
        DemoCommand::Sentences {
            file,
            seed,
            count,
            language,
        } => {
            demo::write_sentences(file, *seed, *count, (*language).into())?;
            tell(
                output,
                started,
                format!("{count} sentences in {}", file.display()),
                serde_json::json!({ "sentences": count, "file": file }),
            );
        }
    }
    Ok(ExitStatus::Done)
}

fn tell(output: &Output, started: Instant, text: String, mut document: serde_json::Value) {
    let took_millis = started.elapsed().as_millis() as u64;
    if output.json {
        document["took_millis"] = took_millis.into();
        output.document(&document);
    } else {
        output.line(format!("{text}, {:.1} s", took_millis as f64 / 1000.0));
    }
}
