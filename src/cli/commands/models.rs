//! `reeldex models`.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::super::{
    arguments::{ModelsArguments, ModelsCommand},
    output::{Output, size},
    progress::printable,
};
use crate::{
    app::App,
    fault::{AnyError, ExitStatus},
    inference::{
        ModelPack,
        catalogue::{InstalledModel, ModelCatalogue, ModelEntry},
        installed::ModelStore,
    },
};

pub(in crate::cli) fn run(
    app: &App,
    arguments: &ModelsArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let store = app.model_store()?;
    match &arguments.command {
        ModelsCommand::List => list(&store, output),
        ModelsCommand::Pull { name, yes } => pull(app, &store, name, *yes, output),
        ModelsCommand::Import { source, name } => {
            let model = store.import(source, name.as_deref())?;
            tell_installed(&[model], output);
            Ok(ExitStatus::Done)
        }
        ModelsCommand::Verify { name } => verify(&store, name.as_deref(), output),
    }
}

fn total_bytes(entry: &ModelEntry) -> u64 {
    entry.files.iter().filter_map(|file| file.size_bytes).sum()
}

fn list(store: &ModelStore, output: &Output) -> Result<ExitStatus, AnyError> {
    let catalogue = ModelCatalogue::builtin()?;
    let installed = store.installed()?;
    let is_installed = |name: &str| installed.iter().any(|model| model.entry.name == name);
    let own = installed
        .iter()
        .map(|model| &model.entry)
        .filter(|entry| catalogue.find(&entry.name).is_err());
    let entries: Vec<&ModelEntry> = catalogue.entries().iter().chain(own).collect();
    if output.json {
        let list: Vec<_> = entries
            .iter()
            .map(|entry| json!({ "model": entry, "installed": is_installed(&entry.name) }))
            .collect();
        output.document(&json!({ "models": list, "packs": ModelPack::all()? }));
        return Ok(ExitStatus::Done);
    }
    for entry in entries {
        let mark = if is_installed(&entry.name) {
            "installed"
        } else {
            ""
        };
        let task = format!("{:?}", entry.task).to_lowercase();
        let bytes = size(total_bytes(entry));
        output.line(format!(
            "{:<28} {task:<14} {bytes:>11}  {:<14} {mark}",
            entry.name, entry.licence
        ));
        output.line(format!("    {}", entry.description));
    }
    output.line("packs, for `reeldex models pull PACK` and `reeldex index --models PACK`:");
    for pack in ModelPack::all()? {
        let names: Vec<&str> = pack.models().map(|(_, name)| name).collect();
        output.line(format!("{:<28} {}", pack.name, names.join(", ")));
        output.line(format!("    {}", pack.description));
    }
    Ok(ExitStatus::Done)
}

fn pull(
    app: &App,
    store: &ModelStore,
    name: &str,
    yes: bool,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let catalogue = ModelCatalogue::builtin()?;
    let entries = match ModelPack::find(name)? {
        Some(pack) => missing(&pack, &catalogue, store, output)?,
        None => vec![catalogue.find(name)?],
    };
    for entry in &entries {
        if entry.demonstration {
            output.note(format!("{}: {}", entry.name, entry.description));
            continue;
        }
        output.note(format!(
            "{}: {} from {} ({}), licence {}, into {}",
            entry.name,
            size(total_bytes(entry)),
            entry.repository,
            entry.revision,
            entry.licence,
            printable(&app.settings.models_dir)
        ));
    }
    let is_asked = !yes && output.is_watched() && std::io::stdin().is_terminal();
    let has_downloads = entries.iter().any(|entry| !entry.demonstration);
    if is_asked && has_downloads && !confirmed(output) {
        return Ok(ExitStatus::Interrupted);
    }
    let mut models = Vec::new();
    for entry in entries {
        models.push(fetch(store, &entry.name, output)?);
    }
    tell_installed(&models, output);
    Ok(ExitStatus::Done)
}

/// The models of a pack that are not installed.
fn missing<'a>(
    pack: &ModelPack,
    catalogue: &'a ModelCatalogue,
    store: &ModelStore,
    output: &Output,
) -> Result<Vec<&'a ModelEntry>, AnyError> {
    let installed = store.installed()?;
    let mut entries = Vec::new();
    for (_, name) in pack.models() {
        if installed.iter().any(|model| model.entry.name == name) {
            output.note(format!("{name} is installed"));
        } else {
            entries.push(catalogue.find(name)?);
        }
    }
    Ok(entries)
}

fn fetch(store: &ModelStore, name: &str, output: &Output) -> Result<InstalledModel, AnyError> {
    let bar = ProgressBar::new(0);
    if !output.is_watched() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template(
        "{bar:28} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left — {msg}",
    ) {
        bar.set_style(style);
    }
    let result = store.pull(name, &mut |progress| {
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.done_bytes);
        bar.set_message(progress.file.clone());
        output.event(&json!({
            "event": "progress",
            "file": progress.file,
            "done_bytes": progress.done_bytes,
            "total_bytes": progress.total_bytes,
        }));
    });
    bar.finish_and_clear();
    Ok(result?)
}

fn confirmed(output: &Output) -> bool {
    output.note("download it? [y/N]");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

fn tell_installed(models: &[InstalledModel], output: &Output) {
    if output.json {
        let list: Vec<_> = models
            .iter()
            .map(|model| {
                json!({
                    "name": model.entry.name,
                    "version": model.version,
                    "directory": model.directory,
                })
            })
            .collect();
        output.document(&list);
        return;
    }
    for model in models {
        output.line(format!(
            "{} {} installed in {}",
            model.entry.name,
            model.version,
            printable(&model.directory)
        ));
    }
}

fn verify(store: &ModelStore, name: Option<&str>, output: &Output) -> Result<ExitStatus, AnyError> {
    let names: Vec<String> = match name {
        Some(name) => vec![name.to_owned()],
        None => store
            .installed()?
            .into_iter()
            .map(|model| model.entry.name)
            .collect(),
    };
    let mut sound = true;
    let mut results = Vec::new();
    for name in names {
        let report = store.verify(&name)?;
        for file in &report.files {
            match &file.problem {
                None => output.line(format!("{name}: {} is what it should be", file.path)),
                Some(problem) => output.line(format!("{name}: {}: {problem}", file.path)),
            }
        }
        sound &= report.is_sound();
        let files: Vec<_> = report
            .files
            .iter()
            .map(|file| json!({ "path": file.path, "problem": file.problem }))
            .collect();
        results.push(json!({ "name": name, "sound": report.is_sound(), "files": files }));
    }
    if !sound {
        output.note("hint: pull or import the damaged models again");
    }
    if output.json {
        output.document(&results);
    }
    Ok(if sound {
        ExitStatus::Done
    } else {
        ExitStatus::Failed
    })
}
