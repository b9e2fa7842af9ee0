//! The steps of a run and the version of each: what its result would depend on.

use crate::{
    domain::Step,
    indexing::{IndexSettings, WantedStep},
    inference::{ModelSet, ocr},
};

/// Goes up when a step's own code would find something else in the same file.
const REVISION: u32 = 1;

/// The same for the sound: 3 measures loudness, crowds, whistles, pitch and pauses over time.
const SOUND_REVISION: u32 = 3;

/// All steps that `settings` ask for, in order.
pub(super) fn wanted_steps(models: &ModelSet, settings: &IndexSettings) -> Vec<WantedStep> {
    Step::ALL
        .into_iter()
        .filter(|step| settings.only.is_empty() || settings.only.contains(step))
        .map(|step| WantedStep {
            step,
            version: version(step, models, settings),
        })
        .collect()
}

fn version(step: Step, models: &ModelSet, settings: &IndexSettings) -> String {
    let model = |version: Option<String>| version.unwrap_or_else(|| "none".to_owned());
    match step {
        Step::Probe | Step::Subtitles => format!("r{REVISION}"),
        Step::Shots => format!(
            "r{REVISION} depth={:?} side={}",
            settings.depth, settings.picture_max_side
        )
        .to_lowercase(),
        Step::ScreenText => format!(
            "r{REVISION} {} {}",
            ocr::engine_version(),
            models.screen_languages().join("+")
        ),
        Step::Picture => model(models.picture_version()),
        Step::Tags => match models.picture_version() {
            Some(picture) => format!("{picture} vocabulary={}", models.vocabulary_version()),
            None => "none".to_owned(),
        },
        Step::Sound => format!(
            "r{SOUND_REVISION} voice={}",
            models
                .voice_model()
                .map_or("built-in", |voice| &voice.version)
        ),
        Step::Speech => match models.speech_version() {
            Some(speech) => format!(
                "{speech} language={}",
                settings.speech_language.as_deref().unwrap_or("detect")
            ),
            None => "none".to_owned(),
        },
        Step::Passage => model(models.passage_version()),
    }
}
