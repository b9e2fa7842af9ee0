//! Models that go together under one name, such as `balanced`.

use serde::{Deserialize, Serialize};

use super::{InferenceError, catalogue::Task};

const BUILTIN: &str = include_str!("../../models/packs.toml");

/// At most one model for each task, chosen to work together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelPack {
    /// Name on the command line.
    pub name: String,
    /// What it is for, and what it costs.
    pub description: String,
    /// ISO 639-1 codes, or `multilingual`.
    pub languages: Vec<String>,
    /// For pictures and their descriptions.
    pub picture: Option<String>,
    /// For passages of text.
    pub passage: Option<String>,
    /// For speech.
    pub speech: Option<String>,
    /// For finding where somebody speaks.
    pub voice_activity: Option<String>,
}

#[derive(Deserialize)]
struct PackFile {
    pack: Vec<ModelPack>,
}

impl ModelPack {
    /// The packs that are part of the program.
    ///
    /// # Errors
    /// When their file is malformed, which only a wrong build can cause.
    pub fn all() -> Result<Vec<Self>, InferenceError> {
        let file: PackFile = toml::from_str(BUILTIN).map_err(|source| InferenceError::Run {
            model: "model packs".to_owned(),
            source: source.into(),
        })?;
        Ok(file.pack)
    }

    /// The pack of that name; `None` when there is none.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    pub fn find(name: &str) -> Result<Option<Self>, InferenceError> {
        Ok(Self::all()?.into_iter().find(|pack| pack.name == name))
    }

    /// Its models with their tasks, in the order in which an asset meets them.
    pub fn models(&self) -> impl Iterator<Item = (Task, &str)> {
        [
            (Task::Picture, &self.picture),
            (Task::VoiceActivity, &self.voice_activity),
            (Task::Speech, &self.speech),
            (Task::Passage, &self.passage),
        ]
        .into_iter()
        .filter_map(|(task, name)| Some((task, name.as_deref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::catalogue::ModelCatalogue;

    #[test]
    fn packs_name_models_of_the_catalogue_for_their_tasks() {
        let catalogue = ModelCatalogue::builtin().unwrap();
        let packs = ModelPack::all().unwrap();
        assert!(packs.len() >= 3);
        for pack in &packs {
            assert!(pack.models().count() >= 2, "{}", pack.name);
            for (task, name) in pack.models() {
                assert_eq!(catalogue.find(name).unwrap().task, task, "{name}");
            }
            assert!(
                catalogue.find(&pack.name).is_err(),
                "{} is a model's name as well",
                pack.name
            );
        }
    }

    #[test]
    fn the_packs_for_work_leave_commerce_free() {
        let catalogue = ModelCatalogue::builtin().unwrap();
        for pack in ModelPack::all().unwrap() {
            for (_, name) in pack.models() {
                let licence = &catalogue.find(name).unwrap().licence;
                let is_free =
                    ["MIT", "Apache-2.0", "MIT OR Apache-2.0"].contains(&licence.as_str());
                assert!(is_free, "{name} is under {licence}");
            }
        }
    }
}
