//! Reels made, brought up to date and changed with the library and models of the settings.

use std::path::{Path, PathBuf};

use super::App;
use crate::{
    domain::Rational,
    fault::AnyError,
    inference::ModelSet,
    media::DecodePool,
    reel::{
        self, Check, CompileSettings, Reel, ReelDiff, ReelError, Whereabouts, Wish,
        excitement::Weights,
        render::{Progress, RenderSettings, Rendered, Workshop, render},
        rights,
    },
    search::{self, Searcher},
    store::{Access, Store},
};

/// How reels are compiled, beside the wish.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReelOptions {
    /// The file of excitement's weights; `None` for those that come with the program.
    pub weights: Option<PathBuf>,
    /// Frames per second; `None` for what most sources have.
    pub rate: Option<Rational>,
    /// Width and height in pixels; `None` for what most sources have.
    pub size: Option<(u32, u32)>,
}

impl App {
    /// A reel that fulfils the wish as far as the library can; nothing is written.
    ///
    /// # Errors
    /// As [`reel::compile`], and when the library, a model, the weights or a picture that a query
    /// names can't be read.
    pub fn compile_reel(
        &self,
        wish: &Wish,
        title: &str,
        options: &ReelOptions,
    ) -> Result<Reel, AnyError> {
        // What can't be fulfilled needs no library to be told so.
        wish.check()?;
        let settings = self.compile_settings(wish, options)?;
        let (store, models) = self.reel_library()?;
        let searcher = searcher(&store, &models)?;
        let mut reel = reel::compile(&searcher, wish, title, &settings)?;
        if let Some(note) = models.demonstration_note()
            && let Some(revision) = reel.revisions.last_mut()
        {
            revision.notes.push(note);
        }
        Ok(reel)
    }

    /// The reel compiled anew with its locks kept, and what differs; nothing is written.
    ///
    /// # Errors
    /// As [`compile_reel`](Self::compile_reel).
    pub fn update_reel(
        &self,
        reel: &Reel,
        options: &ReelOptions,
    ) -> Result<(Reel, ReelDiff), AnyError> {
        let settings = self.compile_settings(&reel.wish, options)?;
        let (store, models) = self.reel_library()?;
        Ok(reel::update(&searcher(&store, &models)?, reel, &settings)?)
    }

    /// The reel with the next best moment in a pick's place; nothing is written.
    ///
    /// # Errors
    /// As [`reel::replace`] and [`compile_reel`](Self::compile_reel).
    pub fn replace_in_reel(
        &self,
        reel: &Reel,
        pick: u32,
        options: &ReelOptions,
    ) -> Result<Reel, AnyError> {
        let settings = self.compile_settings(&reel.wish, options)?;
        let (store, models) = self.reel_library()?;
        Ok(reel::replace(
            &searcher(&store, &models)?,
            reel,
            pick,
            &settings,
        )?)
    }

    /// What a compilation of this wish needs: weights read, and the pictures opened that its queries name.
    ///
    /// # Errors
    /// When a query can't be understood, or weights or a picture can't be read.
    pub fn compile_settings(
        &self,
        wish: &Wish,
        options: &ReelOptions,
    ) -> Result<CompileSettings, AnyError> {
        let mut pictures = Vec::new();
        for query in wish
            .sections
            .iter()
            .filter_map(|section| section.query.as_ref())
        {
            let parsed = search::read(query).map_err(ReelError::from)?;
            pictures.extend(self.named_pictures(&parsed.tree)?);
        }
        Ok(CompileSettings {
            weights: match &options.weights {
                Some(path) => Weights::load(path)?,
                None => Weights::builtin()?,
            },
            rate: options.rate,
            size: options.size,
            pictures,
        })
    }

    /// Renders a reel whose picks may all be shown; what was done of it before is not done again.
    ///
    /// # Errors
    /// As [`render`], and for what is blocked.
    pub fn render_reel(
        &self,
        reel: &Reel,
        settings: &RenderSettings,
        output: &Path,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Rendered, AnyError> {
        let store = self.store(Access::Read)?;
        rights::check(reel, store.catalog())?;
        let whereabouts = Whereabouts::of(store.catalog(), reel, Check::Stamp)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let pool = DecodePool::new(cores, self.settings.limits);
        let workshop = Workshop::in_library(&pool, &self.settings.library);
        Ok(render(
            reel,
            &whereabouts,
            settings,
            output,
            &workshop,
            on_progress,
            &|| self.cancel.is_requested(),
        )?)
    }

    fn reel_library(&self) -> Result<(Store, ModelSet), AnyError> {
        let store = self.store(Access::Read)?;
        let models = self.models_for_search(&store)?;
        Ok((store, models))
    }
}

fn searcher<'a>(store: &'a Store, models: &'a ModelSet) -> Result<Searcher<'a>, AnyError> {
    Ok(Searcher {
        store,
        picture: models.picture()?,
        passage: models.passage()?,
    })
}
