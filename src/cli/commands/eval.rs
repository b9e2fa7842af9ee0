//! `reeldex eval`.

use std::collections::BTreeMap;

use super::{
    super::{arguments::EvalArguments, output::Output},
    eval_reels,
};
use crate::{
    app::App,
    evaluation::{
        Figures, PictureFigures, SpeechFigures, calibrate_passages, calibrate_pictures,
        measure_pictures, measure_speech,
    },
    fault::{AnyError, ExitStatus},
    inference::{
        ModelSet,
        calibration::{Calibration, Thresholds},
    },
};

pub(in crate::cli) fn run(
    app: &App,
    arguments: &EvalArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    if let Some(folder) = &arguments.reels {
        return eval_reels::run(app, folder, arguments, output);
    }
    let models = app.models()?;
    if arguments.calibrate {
        return calibrate(app, &models, arguments, output);
    }
    let mut figures = Figures {
        pictures: None,
        speech: None,
    };
    if let Some(embedder) = models.picture()? {
        let pictures = measure_pictures(embedder, arguments.seed, arguments.groups)?;
        tell_pictures(&pictures, output);
        figures.pictures = Some(pictures);
    }
    if let Some(model) = models.speech()? {
        let speech = measure_speech(model, arguments.seed, arguments.sentences)?;
        tell_speech(&speech, output);
        figures.speech = Some(speech);
    }
    if figures.pictures.is_none() && figures.speech.is_none() {
        output.note("no picture or speech model is installed, so there is nothing to measure");
        output.note("hint: `reeldex models list` shows what can be had");
        return Ok(ExitStatus::Missing);
    }
    if output.json {
        output.document(&figures);
    }
    if let Some(note) = models.demonstration_note() {
        output.note(note);
    }
    Ok(ExitStatus::Done)
}

/// Fits the calibrations of the picture and the passage model anew and keeps them with the models.
fn calibrate(
    app: &App,
    models: &ModelSet,
    arguments: &EvalArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let (seed, groups) = (arguments.seed, arguments.groups);
    let picture = match models.picture()? {
        Some(embedder) => calibrate_pictures(embedder, seed, groups)?,
        None => None,
    };
    let passage = match models.passage()? {
        Some(embedder) => calibrate_passages(embedder, seed, groups)?,
        None => None,
    };
    let fitted = [
        models.picture_version().zip(picture),
        models.passage_version().zip(passage),
    ];
    let fitted: BTreeMap<String, Calibration> = fitted.into_iter().flatten().collect();
    if fitted.is_empty() {
        output.note("no picture or passage model is installed, so there is nothing to calibrate");
        output.note("hint: `reeldex models list` shows what can be had");
        return Ok(ExitStatus::Missing);
    }
    for (version, calibration) in &fitted {
        let name = version.split('@').next().unwrap_or(version);
        app.model_store()?.keep_calibration(name, calibration)?;
        if output.json {
            continue;
        }
        output.line(format!("{version}: {}", calibration.fitted_on));
        tell_thresholds("a description", &calibration.description, output);
        if let Some(example) = &calibration.example {
            tell_thresholds("a picture", example, output);
        }
        output.note(format!(
            "kept with the installed model {name}; searches use it from now on"
        ));
    }
    if output.json {
        output.document(&fitted);
    }
    Ok(ExitStatus::Done)
}

fn tell_thresholds(query: &str, thresholds: &Thresholds, output: &Output) {
    let best = thresholds.best_unrelated;
    output.line(format!(
        "  {query}: fair from {:.3}, strong from {:.3}; of what fits, {:.1} % is fair or better and {:.1} % strong",
        thresholds.fair,
        thresholds.strong,
        thresholds.fitting_found * 100.0,
        thresholds.fitting_strong * 100.0
    ));
    output.line(format!(
        "    the best of {} that do not fit: middle {:.3}, highest tenth from {:.3}; what fits: lowest tenth up to {:.3}, middle {:.3}",
        thresholds.library, best.middle, best.high, thresholds.fitting.low, thresholds.fitting.middle
    ));
}

fn tell_pictures(figures: &PictureFigures, output: &Output) {
    if output.json {
        return;
    }
    output.line(format!(
        "{}: {} descriptions of drawn scenes, each among {}: the right scene first in {:.1} %, in the first five in {:.1} %",
        figures.model,
        figures.descriptions,
        figures.among,
        figures.recall_at_1 * 100.0,
        figures.recall_at_5 * 100.0
    ));
}

fn tell_speech(figures: &SpeechFigures, output: &Output) {
    if output.json {
        return;
    }
    output.line(format!("{}:", figures.model));
    for language in &figures.languages {
        output.line(format!(
            "  {}: {} sentences, {} words: {:.1} % wrong, {:.1} % by a strange voice, {:.1} % among spectators, {:.1} % in succession",
            language.language,
            language.sentences,
            language.words,
            language.word_error_rate * 100.0,
            language.word_error_rate_strange_voice * 100.0,
            language.word_error_rate_among_spectators * 100.0,
            language.word_error_rate_in_succession * 100.0
        ));
    }
    output.line(format!(
        "  language right in {} of {}; words heard in {} of {} clips in which nobody speaks",
        figures.languages_right,
        figures.languages_asked,
        figures.wordless_clips_with_words,
        figures.wordless_clips
    ));
}
