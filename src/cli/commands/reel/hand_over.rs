//! `reeldex reel export`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::read;
use crate::{
    app::App,
    cli::{arguments::ExportArguments, output::Output},
    fault::{AnyError, ExitStatus},
    reel::{
        Check, ReelError, Whereabouts,
        export::{ExportSettings, export},
        rights,
    },
    store::Access,
};

pub(super) fn export_reel(
    app: &App,
    arguments: &ExportArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let (_, reel) = read(app, &arguments.reel.reel)?;
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
        ..ExportSettings::default()
    };
    let mut written: Vec<PathBuf> = Vec::new();
    let mut warnings: Vec<String> = Vec::new();
    for format in &arguments.formats {
        let exported = export(&reel, *format, &whereabouts, &settings)?;
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
