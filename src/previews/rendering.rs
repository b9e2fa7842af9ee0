//! A preview while it is being made, and those who read it meanwhile or later.

use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::PreviewError;
use super::cache::Draft;
use crate::media::MediaError;

type Outcome = Result<(), Arc<PreviewError>>;

/// How far a rendering has come.
#[derive(Debug, Clone, Default)]
struct Progress {
    written: u64,
    outcome: Option<Outcome>,
}

/// A preview that is being made.
pub(super) struct Rendering {
    draft: Draft,
    progress: watch::Sender<Progress>,
    readers: AtomicUsize,
    /// Why the draft could not be written.
    failure: Mutex<Option<PreviewError>>,
}

impl Rendering {
    /// A rendering into `draft`, with its first reader.
    pub(super) fn begin(draft: Draft) -> Result<(Arc<Self>, PreviewReader), PreviewError> {
        let rendering = Arc::new(Self {
            draft,
            progress: watch::Sender::new(Progress::default()),
            readers: AtomicUsize::new(0),
            failure: Mutex::new(None),
        });
        let reader = Self::reader(&rendering)?;
        Ok((rendering, reader))
    }

    /// One more reader, from the beginning.
    pub(super) fn reader(self: &Arc<Self>) -> Result<PreviewReader, PreviewError> {
        let file = self.draft.try_clone()?;
        self.readers.fetch_add(1, Ordering::SeqCst);
        Ok(PreviewReader {
            file,
            making: Some(Making {
                progress: self.progress.subscribe(),
                rendering: Arc::clone(self),
            }),
            bytes: 0,
        })
    }

    /// Whether all readers went away.
    pub(super) fn is_unread(&self) -> bool {
        self.readers.load(Ordering::SeqCst) == 0
    }

    pub(super) fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Writes more of it; breaks off when that fails or when nobody reads it and `gives_up` agrees.
    pub(super) fn write(&self, bytes: &[u8], gives_up: impl FnOnce() -> bool) -> ControlFlow<()> {
        if self.is_unread() && gives_up() {
            self.fail(PreviewError::Abandoned);
            return ControlFlow::Break(());
        }
        if bytes.is_empty() {
            return ControlFlow::Continue(());
        }
        if let Err(error) = self.draft.append(bytes) {
            self.fail(error);
            return ControlFlow::Break(());
        }
        let more = bytes.len() as u64;
        self.progress
            .send_modify(|progress| progress.written += more);
        ControlFlow::Continue(())
    }

    fn fail(&self, error: PreviewError) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(error);
    }

    /// Tells all readers how it ended, after a whole one was given to `keep` and it was taken out of
    /// the list by `forget`: who asks before reads from it, who asks then finds what was kept.
    pub(super) fn finish(
        &self,
        rendered: Result<(), MediaError>,
        keep: impl FnOnce() -> Result<(), PreviewError>,
        forget: impl FnOnce(),
    ) -> Outcome {
        let failure = self
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let outcome = match (failure, rendered) {
            (Some(failure), _) => Err(failure),
            (None, Err(error)) => Err(PreviewError::Media(error)),
            (None, Ok(())) => keep(),
        };
        let outcome = outcome.map_err(Arc::new);
        forget();
        self.progress
            .send_modify(|progress| progress.outcome = Some(outcome.clone()));
        outcome
    }
}

/// A preview to read from, whole or in the making.
pub struct PreviewReader {
    file: File,
    making: Option<Making>,
    /// How long it is, once that is known.
    bytes: u64,
}

struct Making {
    progress: watch::Receiver<Progress>,
    rendering: Arc<Rendering>,
}

impl Drop for Making {
    fn drop(&mut self) {
        self.rendering.readers.fetch_sub(1, Ordering::SeqCst);
    }
}

impl PreviewReader {
    /// A reader of what was rendered before.
    pub(super) fn kept(file: File, bytes: u64) -> Self {
        Self {
            file,
            making: None,
            bytes,
        }
    }

    /// Its length in bytes; `None` while it is being made.
    pub fn length(&self) -> Option<u64> {
        self.making.is_none().then_some(self.bytes)
    }

    /// Waits for the end, and gives the length in bytes.
    ///
    /// # Errors
    /// When the rendering failed.
    pub async fn completed(&mut self) -> Result<u64, Arc<PreviewError>> {
        self.reached(u64::MAX).await
    }

    /// At most `most` bytes from `offset` on, as soon as there are any; none at the end.
    ///
    /// # Errors
    /// When the rendering failed, or the cache can't be read.
    pub async fn read(&mut self, offset: u64, most: usize) -> Result<Vec<u8>, Arc<PreviewError>> {
        let there = self.reached(offset.saturating_add(1)).await?;
        let count = there.saturating_sub(offset).min(most as u64) as usize;
        let mut bytes = vec![0; count];
        // Written moments ago or kept in the system's cache: no wait that would need a thread.
        self.file
            .read_exact_at(&mut bytes, offset)
            .map_err(|error| Arc::new(PreviewError::cache("preview".as_ref(), error)))?;
        Ok(bytes)
    }

    /// Waits until so many bytes are there or it ended, and gives how many there are.
    ///
    /// # Errors
    /// When the rendering failed before.
    pub async fn reached(&mut self, wanted: u64) -> Result<u64, Arc<PreviewError>> {
        let Some(making) = &mut self.making else {
            return Ok(self.bytes);
        };
        let state = making
            .progress
            .wait_for(|progress| progress.written >= wanted || progress.outcome.is_some())
            .await
            .map(|progress| progress.clone());
        // The rendering holds the sender and is held by this reader.
        let Ok(state) = state else {
            return Err(Arc::new(PreviewError::Abandoned));
        };
        match state.outcome {
            _ if state.written >= wanted => Ok(state.written),
            Some(Err(error)) => Err(error),
            _ => {
                self.bytes = state.written;
                self.making = None;
                Ok(state.written)
            }
        }
    }
}
