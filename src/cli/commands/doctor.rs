//! `reeldex doctor`.

use serde_json::json;

use super::super::{output::Output, progress::printable};
use crate::{
    app::App,
    fault::{AnyError, Diagnose, ExitStatus, message_chain},
    inference::{ModelStore, catalogue::Task, ocr::ScreenTextReader},
    media::DecodePool,
    store::{Access, StoreError},
};

/// What one look found.
struct Finding {
    name: &'static str,
    state: State,
    detail: String,
    hint: Option<String>,
}

#[derive(PartialEq, Eq)]
enum State {
    Present,
    /// Something works less well without it.
    Absent,
    /// Nothing works without it.
    Broken,
}

pub(in crate::cli) fn run(app: &App, output: &Output) -> Result<ExitStatus, AnyError> {
    let mut findings = vec![decoding(app), screen_text(app)];
    findings.extend(models(app)?);
    findings.push(library(app));
    findings.push(machine());
    let is_broken = findings
        .iter()
        .any(|finding| finding.state == State::Broken);
    if output.json {
        let list: Vec<_> = findings
            .iter()
            .map(|finding| {
                json!({ "name": finding.name, "state": word(&finding.state), "detail": finding.detail, "hint": finding.hint })
            })
            .collect();
        output.document(&list);
    } else {
        for finding in &findings {
            output.line(format!(
                "{:<8} {:<16} {}",
                word(&finding.state),
                finding.name,
                finding.detail
            ));
            if let Some(hint) = &finding.hint {
                output.line(format!("{:<25} hint: {hint}", ""));
            }
        }
    }
    Ok(if is_broken {
        ExitStatus::Missing
    } else {
        ExitStatus::Done
    })
}

fn word(state: &State) -> &'static str {
    match state {
        State::Present => "ok",
        State::Absent => "missing",
        State::Broken => "broken",
    }
}

fn present(name: &'static str, detail: String) -> Finding {
    Finding {
        name,
        state: State::Present,
        detail,
        hint: None,
    }
}

fn failed(name: &'static str, state: State, error: &dyn Diagnose) -> Finding {
    Finding {
        name,
        state,
        detail: message_chain(&error),
        hint: error.hint(),
    }
}

/// Starts a decode worker for real: what matters is that one runs here.
fn decoding(app: &App) -> Finding {
    let pool = DecodePool::new(1, app.settings.limits);
    match pool.session() {
        Ok(session) => present("decoding", session.library_versions().to_owned()),
        Err(error) => failed("decoding", State::Broken, &error),
    }
}

fn screen_text(app: &App) -> Finding {
    let languages = &app.settings.models.screen_languages;
    match ScreenTextReader::new(languages) {
        Ok(reader) => present(
            "on-screen text",
            format!("{} for {}", reader.version(), languages.join(", ")),
        ),
        Err(error) => failed("on-screen text", State::Absent, &error),
    }
}

fn models(app: &App) -> Result<Vec<Finding>, AnyError> {
    let tasks = [
        (
            Task::Picture,
            "picture model",
            "pictures are found by words and tags alone",
            "siglip2-b-32-256",
        ),
        (
            Task::Passage,
            "passage model",
            "text is found by its words alone",
            "all-minilm-l6-v2",
        ),
        (
            Task::Speech,
            "speech model",
            "speech is not transcribed; subtitles are still read",
            "whisper-base",
        ),
        (
            Task::VoiceActivity,
            "voice activity",
            "the built-in detector is used",
            "silero-vad",
        ),
    ];
    let store = app.model_store()?;
    let choice = &app.settings.models;
    tasks
        .into_iter()
        .map(|(task, name, without, suggestion)| {
            let chosen = match task {
                Task::Picture => choice.picture.as_deref(),
                Task::Passage => choice.passage.as_deref(),
                Task::Speech => choice.speech.as_deref(),
                Task::VoiceActivity => None,
            };
            Ok(match store.find(task, chosen) {
                Ok(Some(model)) => match ModelStore::check(&model) {
                    Ok(()) => present(name, format!("{} {}", model.entry.name, model.version)),
                    Err(error) => failed(name, State::Broken, &error),
                },
                Ok(None) => Finding {
                    name,
                    state: State::Absent,
                    detail: format!("none installed: {without}"),
                    hint: Some(format!(
                        "run `reeldex models pull {suggestion}`, or `reeldex models import PATH` without a network"
                    )),
                },
                Err(error) => failed(name, State::Broken, &error),
            })
        })
        .collect()
}

fn library(app: &App) -> Finding {
    let place = printable(&app.settings.library);
    match app.store(Access::Read) {
        Ok(store) => match store.catalog().count_assets() {
            Ok(assets) => present("library", format!("{assets} assets in {place}")),
            Err(error) => failed("library", State::Broken, &error),
        },
        Err(StoreError::NoLibrary { .. }) => Finding {
            name: "library",
            state: State::Absent,
            detail: format!("none yet at {place}"),
            hint: Some("`reeldex index DIR` makes it".to_owned()),
        },
        Err(error) => failed("library", State::Broken, &error),
    }
}

fn machine() -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    present(
        "machine",
        format!("{cores} cores, {}", std::env::consts::ARCH),
    )
}
