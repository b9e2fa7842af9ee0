//! What all requests share: the open library, its models, limits and figures.

use std::{
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{Semaphore, broadcast};

use super::{error::Problem, metrics::Metrics, tokens::Tokens};
use crate::{
    app::{App, jobs::JobQueue},
    fault::AnyError,
    inference::ModelSet,
    previews::Previews,
    search::Searcher,
    store::{Access, CATALOGUE_FILE, Store, StoreError},
};

/// How handlers hold the state.
pub(super) type Shared = Arc<ApiState>;

/// How long a request waits for a core before it is told that the server is busy.
const WAIT_FOR_CORE: Duration = Duration::from_secs(10);

/// How long a library that another process writes to is read before its lock is tried again.
const TRY_TO_WRITE_AFTER: Duration = Duration::from_secs(10);

/// The state of a server.
pub(super) struct ApiState {
    /// Settings, and everything that commands do as well.
    pub(super) app: App,
    /// Whether the listener can be reached from this machine alone.
    pub(super) is_loopback: bool,
    /// Counts requests.
    pub(super) metrics: Metrics,
    /// Who may come in.
    pub(super) tokens: Mutex<Tokens>,
    /// Index requests.
    pub(super) jobs: JobQueue,
    /// Told once, when the server is asked to stop: open streams end.
    pub(super) stopping: broadcast::Sender<()>,
    /// Renders what players are given.
    pub(super) previews: Arc<Previews>,
    /// Held while a reel is changed, so that no change is lost to another.
    reels: Mutex<()>,
    /// What the library is opened for.
    access: Access,
    library: RwLock<Option<Arc<Library>>>,
    /// One permit for each core: searches and decoding are work for processors.
    cores: Semaphore,
    core_count: usize,
}

/// A library, open.
pub(super) struct Library {
    /// Its stores.
    pub(super) store: Store,
    /// Whether this process is its writer.
    pub(super) is_writer: bool,
    models: RwLock<Arc<ModelSet>>,
    /// How many spaces of vectors there were when the models were chosen.
    spaces: AtomicUsize,
    /// Inode of the catalogue: another one means another library at the same place.
    inode: u64,
    /// When it was last tried to become the writer.
    tried: Mutex<Instant>,
}

impl Library {
    /// The models that its vectors were made with, where they are installed.
    pub(super) fn models(&self) -> Arc<ModelSet> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&models)
    }

    /// Whether it is only read, and the process that writes may have ended.
    fn may_write_by_now(&self) -> bool {
        let tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        !self.is_writer && tried.elapsed() > TRY_TO_WRITE_AFTER
    }
}

impl ApiState {
    pub(super) fn new(app: App, is_loopback: bool, tokens: Tokens, access: Access) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            previews: app.previews(),
            jobs: JobQueue::open(&app.settings.library),
            app,
            is_loopback,
            access,
            metrics: Metrics::default(),
            tokens: Mutex::new(tokens),
            stopping: broadcast::channel(1).0,
            reels: Mutex::default(),
            library: RwLock::default(),
            cores: Semaphore::new(cores),
            core_count: cores,
        }
    }

    /// The turn to change reels; other requests wait for it.
    pub(super) fn reels(&self) -> MutexGuard<'_, ()> {
        self.reels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn catalogue_file(&self) -> PathBuf {
        self.app.settings.library.join(CATALOGUE_FILE)
    }

    /// The library: opened when it is first asked for, and again when it went away and came back.
    ///
    /// Blocks while it opens.
    ///
    /// # Errors
    /// When there is none, or it can't be opened.
    pub(super) fn library(&self) -> Result<Arc<Library>, AnyError> {
        self.opened(false)
    }

    /// The library as [`library`](Self::library) gives it, made where there is none.
    ///
    /// # Errors
    /// When it can't be made or opened.
    pub(super) fn library_or_new(&self) -> Result<Arc<Library>, AnyError> {
        self.opened(true)
    }

    fn opened(&self, makes_it: bool) -> Result<Arc<Library>, AnyError> {
        let inode = || std::fs::metadata(self.catalogue_file()).map(|file| file.ino());
        let is_same = |library: &&Arc<Library>| inode().is_ok_and(|it| it == library.inode);
        let is_settled = |library: &&Arc<Library>| is_same(library) && !library.may_write_by_now();
        let known = self.library.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(library) = known.as_ref().filter(is_settled) {
            return Ok(Arc::clone(library));
        }
        drop(known);
        // Whoever asks while one is made waits here: opened beside its maker, it would be busy.
        let mut known = self.library.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(library) = known.as_ref().filter(is_settled) {
            return Ok(Arc::clone(library));
        }
        // What is left of another library is let go first: its lock is on a file of the same name.
        let reader = known.take().filter(|library| is_same(&library));
        let missing = || StoreError::NoLibrary {
            directory: self.app.settings.library.clone(),
        };
        if !makes_it {
            inode().map_err(|_| missing())?;
        }
        let (store, is_writer) = match (self.app.store(self.access), reader) {
            (Ok(store), _) => (store, self.access == Access::Write),
            // Another process indexes; what it has committed can be searched meanwhile.
            (Err(StoreError::Busy { .. }), Some(reader)) => {
                self.go_on_reading(&reader)?;
                *known = Some(Arc::clone(&reader));
                return Ok(reader);
            }
            (Err(StoreError::Busy { .. }), None) => (self.app.store(Access::Read)?, false),
            (Err(error), _) => return Err(error.into()),
        };
        let spaces = store.catalog().spaces()?.len();
        let models = RwLock::new(Arc::new(self.app.models_for_search(&store)?));
        let library = Arc::new(Library {
            store,
            is_writer,
            models,
            spaces: AtomicUsize::new(spaces),
            inode: inode().map_err(|_| missing())?,
            tried: Mutex::new(Instant::now()),
        });
        *known = Some(Arc::clone(&library));
        Ok(library)
    }

    /// Reads on beside the writer, with the models of what it has added.
    fn go_on_reading(&self, reader: &Library) -> Result<(), AnyError> {
        let mut tried = reader.tried.lock().unwrap_or_else(PoisonError::into_inner);
        *tried = Instant::now();
        let spaces = reader.store.catalog().spaces()?.len();
        // Models that were loaded stay loaded where nothing is new.
        if reader.spaces.swap(spaces, Ordering::Relaxed) != spaces {
            self.renew_models(reader)?;
        }
        Ok(())
    }

    /// Chooses the models anew, after something was indexed.
    pub(super) fn renew_models(&self, library: &Library) -> Result<(), AnyError> {
        let models = self.app.models_for_search(&library.store)?;
        *library
            .models
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(models);
        Ok(())
    }

    /// Whether no request has work for a core at the moment.
    pub(super) fn is_idle(&self) -> bool {
        self.cores.available_permits() == self.core_count
    }

    /// Runs work that keeps a core busy, such as a search, on a thread for such work.
    ///
    /// # Errors
    /// The work's own; "busy" when no core is free for long.
    pub(super) async fn on_a_core<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self, &Library) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = tokio::time::timeout(WAIT_FOR_CORE, self.cores.acquire());
        let _permit = permit
            .await
            .map_err(|_| Problem::busy())?
            .map_err(|_| Problem::busy())?;
        self.aside(work).await
    }

    /// Runs short work that waits for the disk, such as a look into the catalogue.
    ///
    /// # Errors
    /// The work's own.
    pub(super) async fn aside<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self, &Library) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let state = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let library = state.library()?;
            work(&state, &library)
        })
        .await
        .map_err(|error| {
            tracing::error!(%error, "a request's work ended early");
            Problem::broken()
        })?
    }
}

/// Searches with the models at hand.
///
/// # Errors
/// When a model that is installed can't be loaded.
pub(super) fn searcher<'a>(
    library: &'a Library,
    models: &'a ModelSet,
) -> Result<Searcher<'a>, Problem> {
    Ok(Searcher {
        store: &library.store,
        picture: models.picture()?,
        passage: models.passage()?,
    })
}
