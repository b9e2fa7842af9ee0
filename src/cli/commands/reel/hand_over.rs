//! `reeldex reel export` and `render`.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use serde_json::json;

use super::read;
use crate::{
    app::App,
    cli::{
        arguments::{ExportArguments, RenderArguments},
        commands::index::stop_on_interrupt,
        output::{Output, clock, size},
    },
    fault::{AnyError, ExitStatus},
    reel::{
        Check, ReelError, Whereabouts,
        export::{ExportSettings, ReelNames, export},
        render::{Progress, RenderSettings, Stage},
        rights,
    },
    store::Access,
};

pub(super) fn export_reel(
    app: &App,
    arguments: &ExportArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let (file, reel) = read(app, &arguments.reel.reel)?;
    let store = app.store(Access::Read)?;
    rights::check(&reel, store.catalog())?;
    let check = if arguments.check_content {
        Check::Content
    } else {
        Check::Stamp
    };
    let whereabouts = Whereabouts::of(store.catalog(), &reel, check)?;
    let settings = ExportSettings {
        accepts_changed: arguments.accept_changed,
        dialect: arguments.dialect.into(),
        reel_names: if arguments.reel_names == "8" {
            ReelNames::Eight
        } else {
            ReelNames::ThirtyTwo
        },
    };
    let mut written: Vec<PathBuf> = Vec::new();
    let mut warnings: Vec<String> = Vec::new();
    for format in &arguments.formats {
        let exported = export(&reel, &file.name(), *format, &whereabouts, &settings)?;
        let is_alone = arguments.formats.len() == 1 && exported.files.len() == 1;
        for (name, bytes) in &exported.files {
            let path = target(arguments.output.as_deref(), name, is_alone);
            write_whole(&path, bytes)?;
            output.line(path.display().to_string());
            written.push(path);
        }
        for warning in exported.warnings {
            if !warnings.contains(&warning) {
                output.note(format!("note: {warning}"));
                warnings.push(warning);
            }
        }
    }
    if output.json {
        let paths: Vec<String> = written
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        output.document(&json!({ "files": paths, "warnings": warnings }));
    }
    Ok(ExitStatus::Done)
}

pub(super) fn render_reel(
    app: &App,
    arguments: &RenderArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let (_, reel) = read(app, &arguments.reel.reel)?;
    let settings = RenderSettings {
        codec: arguments.codec,
        fill: arguments.fill,
        loudness: arguments.loudness,
        subtitles: arguments.subtitles,
        slates: arguments.slates,
        lower_thirds: arguments.lower_thirds,
        encoder: arguments.encoder,
        preset: arguments.preset,
        copy: arguments.copy,
    };
    stop_on_interrupt(Arc::clone(&app.cancel));
    let bar = ProgressBar::new(0);
    if !output.is_watched() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {eta}") {
        bar.set_style(style);
    }
    let mut on_progress = |progress: Progress| {
        output.event(&json!({ "event": "rendering", "progress": progress }));
        bar.set_message(match progress.stage {
            Stage::Rendering => "rendering",
            Stage::Joining => "joining",
        });
        bar.set_length(progress.pictures.max(0).cast_unsigned());
        bar.set_position(progress.done_pictures.max(0).cast_unsigned());
    };
    let result = app.render_reel(&reel, &settings, &arguments.output, &mut on_progress);
    bar.finish_and_clear();
    let rendered = result?;
    if output.json {
        output.document(&rendered);
        return Ok(ExitStatus::Done);
    }
    let loudness = match rendered.loudness_lufs {
        Some(lufs) => format!("{lufs:.1} LUFS"),
        None => "sound as it is".to_owned(),
    };
    output.line(format!(
        "{}  {}, {}, {}, {loudness}",
        rendered.path.display(),
        clock(rendered.duration_millis),
        size(rendered.bytes),
        rendered.encoder
    ));
    for warning in &rendered.warnings {
        output.note(format!("note: {warning}"));
    }
    Ok(ExitStatus::Done)
}

/// Where a file goes: into the folder that was named, or under the very name where one file has one.
fn target(output: Option<&Path>, name: &str, is_alone: bool) -> PathBuf {
    match output {
        None => PathBuf::from(name),
        Some(path) if is_alone && !path.is_dir() && path.extension().is_some() => path.to_owned(),
        Some(folder) => folder.join(name),
    }
}

/// Writes a file beside its place first, so that no half one is left there.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ReelError> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.new", std::process::id()));
    let write = || {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder)?;
        }
        fs::write(&draft, bytes)?;
        fs::rename(&draft, path)
    };
    write().map_err(|source| {
        // It may never have been made.
        let _ = fs::remove_file(&draft);
        ReelError::File {
            doing: "write",
            path: path.to_owned(),
            source,
        }
    })
}
