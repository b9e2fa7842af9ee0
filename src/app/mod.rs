//! Opens what a command needs, once: stores, models, decode workers.

mod wanted;

use std::sync::Arc;

use crate::{
    config::Settings,
    fault::AnyError,
    indexing::{Cancel, IndexReport, Indexer, Job, Observer, ScanSettings, WantedStep},
    inference::{ModelSet, installed::ModelStore},
    media::DecodePool,
    search::{Answer, Searcher},
    store::{Access, Store, StoreError, StoreSettings},
};

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
        Ok(ModelSet::new(&self.model_store()?, self.settings.models.clone())?)
    }

    /// The steps that indexing would run with `models`.
    pub fn wanted(&self, models: &ModelSet) -> Vec<WantedStep> {
        wanted::wanted_steps(models, &self.settings.index)
    }

    /// Places that a scan must leave out.
    pub fn scan_settings(&self) -> ScanSettings {
        ScanSettings {
            exclude: self.settings.exclude.clone(),
            exclude_paths: vec![self.settings.library.clone(), self.settings.models_dir.clone()],
        }
    }

    /// Indexes what `job` names, or tries failures again when there is no job.
    ///
    /// # Errors
    /// When the library, a needed model or a named place can't be used.
    pub fn index(&self, job: Option<&Job>, observer: &dyn Observer) -> Result<IndexReport, AnyError> {
        let models = self.models()?;
        let store = self.store(Access::Write)?;
        let decoders = DecodePool::new(self.settings.index.concurrency, self.settings.limits.clone());
        let wanted = self.wanted(&models);
        let indexer = Indexer {
            store: &store,
            library: &self.settings.library,
            models: &models,
            decoders: &decoders,
            settings: &self.settings.index,
            wanted: &wanted,
            cancel: &self.cancel,
            observer,
        };
        Ok(match job {
            Some(job) => indexer.run(job)?,
            None => indexer.retry(&self.scan_settings())?,
        })
    }

    /// Answers a query.
    ///
    /// # Errors
    /// When there is no library, or the query can't be understood.
    pub fn search(&self, query: &crate::domain::Query) -> Result<Answer, AnyError> {
        let store = self.store(Access::Read)?;
        let models = self.models()?;
        let searcher = Searcher { store: &store, picture: models.picture()?, passage: models.passage()? };
        Ok(searcher.search(query)?)
    }
}
