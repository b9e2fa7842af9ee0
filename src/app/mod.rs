//! Opens what a command needs, once: stores, models, decode workers.

mod examples;
pub mod jobs;
mod reels;
mod wanted;

pub use reels::ReelOptions;

use std::{path::PathBuf, sync::Arc, time::Instant};

use crate::{
    config::Settings,
    domain::SpaceKind,
    fault::AnyError,
    indexing::{Cancel, IndexReport, Indexer, Job, Observer, ScanSettings, Survey, WantedStep},
    inference::{ModelSet, installed::ModelStore},
    media::DecodePool,
    previews::Previews,
    search::{self, Answer, Explanation, Searcher},
    store::{Access, Catalog, Store, StoreError, StoreSettings},
};

/// Previews that are rendered at the same time: each uses two threads.
const PREVIEW_WORKERS: usize = 2;

/// The program with its settings; everything else is opened when it is asked for.
pub struct App {
    /// What was settled before the command began.
    pub settings: Settings,
    /// Set when the user asks to stop.
    pub cancel: Arc<Cancel>,
}

impl App {
    /// An app that has opened nothing yet.
    pub fn new(settings: Settings, cancel: Arc<Cancel>) -> Self {
        Self { settings, cancel }
    }

    /// The library.
    ///
    /// # Errors
    /// When it does not exist and `access` is for reading, when another process writes to it and
    /// `access` is for writing, or when it can't be opened.
    pub fn store(&self, access: Access) -> Result<Store, StoreError> {
        let settings = StoreSettings {
            directory: self.settings.library.clone(),
            vectors: self.settings.vectors.clone(),
        };
        Store::open(&settings, access)
    }

    /// What browsers are shown of the library's assets, rendered by workers of its own.
    pub fn previews(&self) -> Arc<Previews> {
        let decoders = DecodePool::new(PREVIEW_WORKERS, self.settings.limits);
        let limit_bytes = self.settings.cache_mebibytes << 20;
        Arc::new(Previews::new(&self.settings.library, limit_bytes, decoders))
    }

    /// The installed models.
    ///
    /// # Errors
    /// When their folder can't be read.
    pub fn model_store(&self) -> Result<ModelStore, AnyError> {
        Ok(ModelStore::open(&self.settings.models_dir)?)
    }

    /// The models of this run.
    ///
    /// # Errors
    /// When a model is named that is not installed.
    pub fn models(&self) -> Result<ModelSet, AnyError> {
        Ok(ModelSet::new(
            &self.model_store()?,
            self.settings.models.clone(),
        )?)
    }

    /// The models that the library's vectors were made with where none is named; else the first installed.
    ///
    /// # Errors
    /// When models or the library can't be read.
    pub fn models_for_search(&self, store: &Store) -> Result<ModelSet, AnyError> {
        let model_store = self.model_store()?;
        let mut choice = self.settings.models.clone();
        let spaces = store.catalog().spaces()?;
        for model in model_store.installed()? {
            let version = format!("{}@{}", model.entry.name, model.version);
            let Some(space) = spaces.iter().find(|space| space.model == version) else {
                continue;
            };
            let slot = match space.kind {
                SpaceKind::Picture => &mut choice.picture,
                SpaceKind::Passage => &mut choice.passage,
            };
            slot.get_or_insert(model.entry.name);
        }
        Ok(ModelSet::new(&model_store, choice)?)
    }

    /// The steps that indexing would run with `models`.
    pub fn wanted(&self, models: &ModelSet) -> Vec<WantedStep> {
        wanted::wanted_steps(models, &self.settings.index)
    }

    /// Places that a scan must leave out.
    pub fn scan_settings(&self) -> ScanSettings {
        ScanSettings {
            exclude: self.settings.exclude.clone(),
            exclude_paths: vec![
                self.settings.library.clone(),
                self.settings.models_dir.clone(),
            ],
        }
    }

    /// What there is to do for `job`, compared with the library should there be one.
    ///
    /// # Errors
    /// When a named place, a named model or the catalogue can't be read.
    pub fn survey(
        &self,
        job: &Job,
        wanted: &[WantedStep],
        observer: &dyn Observer,
    ) -> Result<Survey, AnyError> {
        let catalog = self.catalog()?;
        Ok(Survey::new(
            catalog.as_ref(),
            wanted,
            &self.settings.index,
            job,
            &self.cancel,
            observer,
        )?)
    }

    /// Indexes what `job` names.
    ///
    /// # Errors
    /// When the library, a needed model or a named place can't be used.
    pub fn index(&self, job: &Job, observer: &dyn Observer) -> Result<IndexReport, AnyError> {
        let started = Instant::now();
        let models = self.models()?;
        let wanted = self.wanted(&models);
        let survey = self.survey(job, &wanted, observer)?;
        // Opening the indexes takes longer than looking at 20,000 unchanged files.
        let report = if survey.is_settled()
            && self
                .catalog()?
                .is_some_and(|catalog| catalog.is_projected())
        {
            IndexReport {
                files: survey.files,
                unchanged: survey.unchanged,
                ..IndexReport::default()
            }
        } else {
            let store = self.store(Access::Write)?;
            self.work_off(&store, &models, &wanted, survey, observer)?
        };
        Ok(self.finished(report, &models, started))
    }

    /// Indexes what `job` names into a library that this process has open for writing.
    ///
    /// # Errors
    /// As [`index`](Self::index).
    pub fn index_into(
        &self,
        store: &Store,
        job: &Job,
        observer: &dyn Observer,
    ) -> Result<IndexReport, AnyError> {
        let started = Instant::now();
        let models = self.models()?;
        let wanted = self.wanted(&models);
        let survey = Survey::new(
            Some(store.catalog()),
            &wanted,
            &self.settings.index,
            job,
            &self.cancel,
            observer,
        )?;
        let report = self.work_off(store, &models, &wanted, survey, observer)?;
        Ok(self.finished(report, &models, started))
    }

    fn work_off(
        &self,
        store: &Store,
        models: &ModelSet,
        wanted: &[WantedStep],
        survey: Survey,
        observer: &dyn Observer,
    ) -> Result<IndexReport, AnyError> {
        let decoders = DecodePool::new(self.settings.index.concurrency, self.settings.limits);
        let indexer = Indexer {
            store,
            library: &self.settings.library,
            models,
            decoders: &decoders,
            settings: &self.settings.index,
            wanted,
            cancel: &self.cancel,
            observer,
        };
        let report = indexer.run(survey)?;
        if !self.cancel.is_requested() {
            store.optimize()?;
        }
        Ok(report)
    }

    fn finished(&self, report: IndexReport, models: &ModelSet, started: Instant) -> IndexReport {
        let mut report = report;
        report.interrupted = self.cancel.is_requested();
        report.notes.extend(models.demonstration_note());
        report.took_millis = started.elapsed().as_millis() as u64;
        report
    }

    /// Tries again what failed.
    ///
    /// # Errors
    /// As [`index`](Self::index), and when there is no library.
    pub fn retry(&self, observer: &dyn Observer) -> Result<IndexReport, AnyError> {
        let mut roots: Vec<PathBuf> = Vec::new();
        for failure in self.store(Access::Read)?.catalog().failures()? {
            if failure.path.exists() && !roots.contains(&failure.path) {
                roots.push(failure.path);
            }
        }
        let mut again = Self {
            settings: self.settings.clone(),
            cancel: Arc::clone(&self.cancel),
        };
        again.settings.index.retry_failed = true;
        again.index(
            &Job {
                roots,
                scan: self.scan_settings(),
            },
            observer,
        )
    }

    fn catalog(&self) -> Result<Option<Catalog>, StoreError> {
        match Catalog::open(&self.settings.library, Access::Read) {
            Ok(catalog) => Ok(Some(catalog)),
            // The writer that follows makes or migrates it.
            Err(StoreError::NoLibrary { .. } | StoreError::TooOld { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Answers a query, and says what was asked of each source for it.
    ///
    /// # Errors
    /// When there is no library, the query can't be understood, or a picture that it names can't
    /// be opened.
    pub fn search(&self, query: &crate::domain::Query) -> Result<(Answer, Explanation), AnyError> {
        // What can't be read needs no library to be told so.
        let parsed = search::read(&query.text)?;
        let store = self.store(Access::Read)?;
        let models = self.models_for_search(&store)?;
        let searcher = Searcher {
            store: &store,
            picture: models.picture()?,
            passage: models.passage()?,
        };
        let pictures = self.named_pictures(&parsed.tree)?;
        let (mut answer, explanation) = searcher.explain(query, &pictures)?;
        answer.notes.extend(models.demonstration_note());
        Ok((answer, explanation))
    }
}
