//! The models that one run works with: chosen at its start, loaded when something needs them.

use std::{path::PathBuf, sync::OnceLock};

use super::{
    InferenceError,
    catalogue::{InstalledModel, Task},
    installed::ModelStore,
    remembering::Remembering,
    speech::{SpeechToText, load_speech_model},
    tags::{Tagger, Vocabulary},
    text::{PassageEmbedder, load_passage_embedder},
    vision::{PictureEmbedder, load_picture_embedder},
};

/// Which models to use; `None` stands for the first installed one in the catalogue's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelChoice {
    /// For pictures and their descriptions.
    pub picture: Option<String>,
    /// For passages of text.
    pub passage: Option<String>,
    /// For speech.
    pub speech: Option<String>,
    /// Tesseract's names of the languages on screen, such as `eng`.
    pub screen_languages: Vec<String>,
    /// A vocabulary of tags in place of the one that comes with the program.
    pub vocabulary: Option<PathBuf>,
    /// Threads that one model may use.
    pub threads: usize,
}

/// The models of one run.
pub struct ModelSet {
    choice: ModelChoice,
    vocabulary: Vocabulary,
    /// Where the vocabulary's vectors are kept.
    vocabulary_vectors: PathBuf,
    picture: Slot<Remembering<Box<dyn PictureEmbedder>>>,
    tagger: OnceLock<Tagger>,
    passage: Slot<Remembering<Box<dyn PassageEmbedder>>>,
    speech: Slot<Box<dyn SpeechToText>>,
    voice: Option<InstalledModel>,
}

struct Slot<T> {
    installed: Option<InstalledModel>,
    loaded: OnceLock<T>,
}

impl<T> Slot<T> {
    fn find(store: &ModelStore, task: Task, name: Option<&str>) -> Result<Self, InferenceError> {
        let installed = store.find(task, name)?;
        match (name, &installed) {
            (Some(name), None) => Err(InferenceError::NotInstalled {
                name: name.to_owned(),
            }),
            _ => Ok(Self {
                installed,
                loaded: OnceLock::new(),
            }),
        }
    }

    fn name_and_version(&self) -> Option<String> {
        self.installed
            .as_ref()
            .map(|model| format!("{}@{}", model.entry.name, model.version))
    }

    /// Loads it unless it is loaded; `None` when there is none.
    fn load(
        &self,
        load: impl FnOnce(&InstalledModel) -> Result<T, InferenceError>,
    ) -> Result<Option<&T>, InferenceError> {
        if let (Some(installed), None) = (&self.installed, self.loaded.get()) {
            ModelStore::check(installed)?;
            // Two threads may both load it; the second copy is dropped.
            let _ = self.loaded.set(load(installed)?);
        }
        Ok(self.loaded.get())
    }
}

impl ModelSet {
    /// Finds the chosen models; loads none.
    ///
    /// # Errors
    /// When a model is named that is not installed, or the vocabulary can't be read.
    pub fn new(store: &ModelStore, choice: ModelChoice) -> Result<Self, InferenceError> {
        let picture = Slot::find(store, Task::Picture, choice.picture.as_deref())?;
        let vocabulary = match (&choice.vocabulary, &picture.installed) {
            (Some(path), _) => Vocabulary::load(path)?,
            (None, Some(model)) if model.entry.demonstration => Vocabulary::demonstration()?,
            (None, _) => Vocabulary::builtin()?,
        };
        Ok(Self {
            picture,
            passage: Slot::find(store, Task::Passage, choice.passage.as_deref())?,
            speech: Slot::find(store, Task::Speech, choice.speech.as_deref())?,
            voice: store.find(Task::VoiceActivity, None)?,
            tagger: OnceLock::new(),
            vocabulary,
            vocabulary_vectors: store.directory().join(".vocabulary"),
            choice,
        })
    }

    /// Name and version of the picture model, such as `clip-vit-b-32@a63082132ba4`.
    pub fn picture_version(&self) -> Option<String> {
        self.picture.name_and_version()
    }

    /// Name and version of the passage model.
    pub fn passage_version(&self) -> Option<String> {
        self.passage.name_and_version()
    }

    /// Name and version of the speech model.
    pub fn speech_version(&self) -> Option<String> {
        self.speech.name_and_version()
    }

    /// What to tell of the demonstration models in use; `None` when there are none.
    pub fn demonstration_note(&self) -> Option<String> {
        let chosen = [
            &self.picture.installed,
            &self.passage.installed,
            &self.speech.installed,
        ];
        let names: Vec<&str> = chosen
            .into_iter()
            .flatten()
            .filter(|model| model.entry.demonstration)
            .map(|model| model.entry.name.as_str())
            .collect();
        (!names.is_empty()).then(|| {
            format!(
                "{}: for demonstration only, trained on drawings and synthetic voices; for an archive of your own run `reeldex models pull balanced` and `reeldex index --models balanced`",
                names.join(" and ")
            )
        })
    }

    /// The model that finds speech; `None` for the built-in detector.
    pub fn voice_model(&self) -> Option<&InstalledModel> {
        self.voice.as_ref()
    }

    /// Version of the vocabulary that tags are taken from.
    pub fn vocabulary_version(&self) -> &str {
        self.vocabulary.version()
    }

    /// Tesseract's names of the languages on screen.
    pub fn screen_languages(&self) -> &[String] {
        &self.choice.screen_languages
    }

    /// The picture model, loaded; `None` when none is installed.
    ///
    /// # Errors
    /// When its files are damaged or ask for something unknown.
    pub fn picture(&self) -> Result<Option<&dyn PictureEmbedder>, InferenceError> {
        let threads = self.choice.threads;
        let loaded = self
            .picture
            .load(|model| load_picture_embedder(model, threads).map(Remembering::new))?;
        Ok(loaded.map(|model| model as &dyn PictureEmbedder))
    }

    /// The tagger over the picture model; `None` when no picture model is installed.
    ///
    /// # Errors
    /// When the picture model can't be loaded or run.
    pub fn tagger(&self) -> Result<Option<&Tagger>, InferenceError> {
        let Some(picture) = self.picture()? else {
            return Ok(None);
        };
        if self.tagger.get().is_none() {
            let tagger = Tagger::new(&self.vocabulary, picture, &self.vocabulary_vectors)?;
            let _ = self.tagger.set(tagger);
        }
        Ok(self.tagger.get())
    }

    /// The passage model, loaded; `None` when none is installed.
    ///
    /// # Errors
    /// When its files are damaged or ask for something unknown.
    pub fn passage(&self) -> Result<Option<&dyn PassageEmbedder>, InferenceError> {
        let threads = self.choice.threads;
        let loaded = self
            .passage
            .load(|model| load_passage_embedder(model, threads).map(Remembering::new))?;
        Ok(loaded.map(|model| model as &dyn PassageEmbedder))
    }

    /// The passage model where something has loaded it before.
    pub fn loaded_passage(&self) -> Option<&dyn PassageEmbedder> {
        let loaded = self.passage.loaded.get();
        loaded.map(|model| model as &dyn PassageEmbedder)
    }

    /// The speech model, loaded; `None` when none is installed.
    ///
    /// # Errors
    /// When its file is damaged.
    pub fn speech(&self) -> Result<Option<&dyn SpeechToText>, InferenceError> {
        let threads = self.choice.threads;
        let loaded = self
            .speech
            .load(|model| load_speech_model(model, threads))?;
        Ok(loaded.map(|model| &**model))
    }
}
