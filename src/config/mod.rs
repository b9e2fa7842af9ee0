//! Settings composed from the command line and environment, a configuration file, and defaults, in that order.

mod error;
mod file;
mod places;

use std::{path::PathBuf, time::Duration};

pub use error::ConfigError;
pub use file::FileConfig;

use crate::{
    domain::Step,
    indexing::IndexSettings,
    inference::{ModelChoice, ModelPack},
    media::{WorkerLimits, protocol::ShotDepth},
    store::VectorSettings,
};

/// What was said on the command line or in the environment; `None` where nothing was.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// The configuration file, where one is named.
    pub config: Option<PathBuf>,
    /// The library's folder.
    pub library: Option<PathBuf>,
    /// The folder of installed models.
    pub models_dir: Option<PathBuf>,
    /// `edge`, or the address of a Qdrant server.
    pub vectors: Option<String>,
    /// Threads that one model may use.
    pub threads: Option<usize>,
    /// Assets analysed at the same time.
    pub workers: Option<usize>,
    /// Memory of one decode worker, in mebibytes.
    pub worker_memory_mebibytes: Option<u64>,
    /// Seconds without progress after which a worker is stopped.
    pub no_progress_seconds: Option<u64>,
    /// Largest picture that is decoded, in megapixels.
    pub max_megapixels: Option<u64>,
    /// How deep shots are looked for.
    pub shots: Option<ShotDepth>,
    /// The language spoken.
    pub language: Option<String>,
    /// Tesseract's names of the languages on screen.
    pub screen_languages: Vec<String>,
    /// A pack of models.
    pub models: Option<String>,
    /// Picture model.
    pub picture_model: Option<String>,
    /// Passage model.
    pub passage_model: Option<String>,
    /// Speech model.
    pub speech_model: Option<String>,
    /// A vocabulary of tags.
    pub vocabulary: Option<PathBuf>,
    /// Collection of newly found files.
    pub collection: Option<String>,
    /// Most that previews may take of the library's disk, in mebibytes.
    pub cache_mebibytes: Option<u64>,
    /// Globs to leave out.
    pub exclude: Vec<String>,
    /// Steps to run.
    pub only: Vec<Step>,
}

/// Room for an afternoon's worth of clips.
const DEFAULT_CACHE_MEBIBYTES: u64 = 2048;

/// Everything that is settled before a command begins.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The library's folder.
    pub library: PathBuf,
    /// The folder of installed models.
    pub models_dir: PathBuf,
    /// Where vectors are kept.
    pub vectors: VectorSettings,
    /// Which models to use.
    pub models: ModelChoice,
    /// What a decode worker may use.
    pub limits: WorkerLimits,
    /// How to analyse.
    pub index: IndexSettings,
    /// Most that previews may take of the library's disk, in mebibytes.
    pub cache_mebibytes: u64,
    /// Globs to leave out of every scan.
    pub exclude: Vec<String>,
}

impl Settings {
    /// Composes settings.
    ///
    /// # Errors
    /// When the configuration file can't be read, has an unknown field or a value of the wrong
    /// kind, or when no place for a library can be found.
    pub fn resolve(said: Overrides) -> Result<Self, ConfigError> {
        let file = FileConfig::load(said.config.as_deref())?;
        let library = match said.library.or(file.library) {
            Some(library) => absolute(library)?,
            None => places::default_library()?,
        };
        let models_dir = match said.models_dir.or(file.models_dir) {
            Some(models_dir) => absolute(models_dir)?,
            None => places::default_models_dir()?,
        };
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let defaults = IndexSettings::default();
        let default_limits = WorkerLimits::default();
        let max_megapixels = said.max_megapixels.or(file.max_megapixels);
        let max_picture_pixels = max_megapixels.map_or(defaults.max_picture_pixels, |megapixels| {
            megapixels * 1_000_000
        });
        let memory = said
            .worker_memory_mebibytes
            .or(file.worker_memory_mebibytes);
        let no_progress = said.no_progress_seconds.or(file.no_progress_seconds);
        let said_pack = pack(said.models)?;
        let file_pack = pack(file.models)?;
        // What was said outweighs the file, be it a pack there and a single model here.
        let choose = |said: Option<String>,
                      file: Option<String>,
                      of_pack: fn(&ModelPack) -> &Option<String>| {
            said.or(said_pack.as_ref().and_then(|pack| of_pack(pack).clone()))
                .or(file)
                .or(file_pack.as_ref().and_then(|pack| of_pack(pack).clone()))
        };
        Ok(Self {
            library,
            models_dir,
            vectors: vector_settings(said.vectors.or(file.vectors), file.vectors_api_key),
            models: ModelChoice {
                picture: choose(said.picture_model, file.picture_model, |pack| &pack.picture),
                passage: choose(said.passage_model, file.passage_model, |pack| &pack.passage),
                speech: choose(said.speech_model, file.speech_model, |pack| &pack.speech),
                screen_languages: first_named([
                    said.screen_languages,
                    file.screen_languages,
                    vec!["eng".to_owned()],
                ]),
                vocabulary: said.vocabulary.or(file.vocabulary),
                threads: said.threads.or(file.threads).unwrap_or(cores).max(1),
            },
            limits: WorkerLimits {
                memory_bytes: memory
                    .map_or(default_limits.memory_bytes, |mebibytes| mebibytes << 20),
                no_progress: no_progress.map_or(default_limits.no_progress, Duration::from_secs),
                max_picture_pixels,
            },
            index: IndexSettings {
                depth: said.shots.or(file.shots).unwrap_or(defaults.depth),
                max_picture_pixels,
                speech_language: said.language.or(file.language),
                only: with_dependencies(&said.only),
                collection: said.collection.unwrap_or(defaults.collection),
                concurrency: said.workers.or(file.workers).unwrap_or(cores).max(1),
                retry_failed: false,
                picture_max_side: defaults.picture_max_side,
            },
            cache_mebibytes: said
                .cache_mebibytes
                .or(file.cache_mebibytes)
                .unwrap_or(DEFAULT_CACHE_MEBIBYTES),
            exclude: [said.exclude, file.exclude].concat(),
        })
    }

    /// With the models of a pack in place of those chosen.
    ///
    /// # Errors
    /// When no pack has that name.
    pub fn with_pack(mut self, name: &str) -> Result<Self, ConfigError> {
        if let Some(pack) = pack(Some(name.to_owned()))? {
            self.models.picture = pack.picture;
            self.models.passage = pack.passage;
            self.models.speech = pack.speech;
        }
        Ok(self)
    }
}

fn pack(name: Option<String>) -> Result<Option<ModelPack>, ConfigError> {
    let Some(name) = name else {
        return Ok(None);
    };
    let packs = ModelPack::all().unwrap_or_default();
    match packs.iter().find(|pack| pack.name == name) {
        Some(pack) => Ok(Some(pack.clone())),
        None => Err(ConfigError::UnknownPack {
            name,
            known: packs.into_iter().map(|pack| pack.name).collect(),
        }),
    }
}

/// The first list that names anything.
fn first_named(lists: [Vec<String>; 3]) -> Vec<String> {
    lists
        .into_iter()
        .find(|list| !list.is_empty())
        .unwrap_or_default()
}

fn absolute(path: PathBuf) -> Result<PathBuf, ConfigError> {
    std::path::absolute(&path).map_err(|source| ConfigError::Place { path, source })
}

fn vector_settings(vectors: Option<String>, api_key: Option<String>) -> VectorSettings {
    match vectors {
        Some(url) if url != "edge" => VectorSettings::Server { url, api_key },
        _ => VectorSettings::Edge,
    }
}

/// The steps asked for with the steps whose results they are bound to.
///
/// Vectors and tags of pictures hang on shots, so they are made together.
fn with_dependencies(only: &[Step]) -> Vec<Step> {
    let mut steps = only.to_vec();
    if steps.is_empty() {
        return steps;
    }
    if steps.iter().any(|step| {
        matches!(
            step,
            Step::Shots | Step::Picture | Step::Tags | Step::ScreenText
        )
    }) {
        steps.extend([Step::Shots, Step::ScreenText, Step::Picture, Step::Tags]);
    }
    steps.push(Step::Probe);
    steps.sort();
    steps.dedup();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Diagnose;

    #[test]
    fn the_command_line_wins_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("reeldex.toml");
        std::fs::write(
            &config,
            "workers = 3\nthreads = 5\nshots = \"keyframes\"\nexclude = [\"*.tmp\"]\n",
        )
        .unwrap();
        let said = Overrides {
            config: Some(config),
            workers: Some(7),
            library: Some("/tmp/x".into()),
            ..Overrides::default()
        };
        let settings = Settings::resolve(said).unwrap();
        assert_eq!(settings.index.concurrency, 7);
        assert_eq!(settings.models.threads, 5);
        assert_eq!(settings.index.depth, ShotDepth::Keyframes);
        assert_eq!(settings.exclude, ["*.tmp"]);
        assert_eq!(settings.models.screen_languages, ["eng"]);
    }

    #[test]
    fn a_pack_names_models_and_a_single_model_outweighs_it() {
        let said = Overrides {
            library: Some("/tmp/x".into()),
            models: Some("fast".to_owned()),
            speech_model: Some("whisper-tiny".to_owned()),
            ..Overrides::default()
        };
        let models = Settings::resolve(said.clone()).unwrap().models;
        assert_eq!(models.picture.as_deref(), Some("clip-vit-b-32"));
        assert_eq!(models.speech.as_deref(), Some("whisper-tiny"));
        let error = Settings::resolve(Overrides {
            models: Some("fats".to_owned()),
            ..said
        })
        .unwrap_err();
        assert!(error.hint().unwrap().contains("balanced"));
    }

    #[test]
    fn an_unknown_field_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("reeldex.toml");
        std::fs::write(&config, "wokers = 3\n").unwrap();
        let error = Settings::resolve(Overrides {
            config: Some(config),
            ..Overrides::default()
        })
        .unwrap_err();
        assert!(crate::fault::message_chain(&error).contains("wokers"));
    }

    #[test]
    fn steps_bring_along_what_they_hang_on() {
        assert_eq!(with_dependencies(&[]), []);
        assert_eq!(
            with_dependencies(&[Step::Speech]),
            [Step::Probe, Step::Speech]
        );
        assert!(with_dependencies(&[Step::Picture]).contains(&Step::Shots));
    }
}
