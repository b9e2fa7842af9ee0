//! What browsers are shown of a file: clips, single frames, storyboards and loudness, made when first asked for.
//!
//! [`Previews`] renders in the decode workers, keeps what was rendered in the library's cache, and
//! lets all who ask for the same thing read from one rendering while it is being made.

mod cache;
mod error;
mod preview;
mod rendering;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::AssetId;
use crate::media::{DecodePool, FileStamp};

use self::cache::Cache;
use self::rendering::Rendering;

pub use error::PreviewError;
pub use preview::{LONGEST_CLIP_MILLIS, Preview, pieces, storyboard_comment};
pub use rendering::PreviewReader;

/// How many different previews may be in the making or waiting for a worker.
const MOST_RENDERINGS: usize = 64;

/// Renders previews and remembers them.
pub struct Previews {
    cache: Cache,
    decoders: DecodePool,
    running: Mutex<HashMap<String, Arc<Rendering>>>,
}

impl Previews {
    /// Previews of the assets of `library`, whose cache takes at most `limit_bytes`.
    pub fn new(library: &Path, limit_bytes: u64, decoders: DecodePool) -> Self {
        Self {
            cache: Cache::new(library, limit_bytes),
            decoders,
            running: Mutex::default(),
        }
    }

    /// Starts a worker, so that the first preview need not wait for it.
    pub fn warm_up(&self) {
        // Should it fail, the first preview says why.
        let _ = self.decoders.session();
    }

    /// A preview of the file at `path`, whose content is `asset`: what is kept of it, what is in
    /// the making, or a rendering that begins now.
    ///
    /// # Errors
    /// When the file is not there or is not what it was, when the cache can't be written, or when
    /// too much is in the making.
    pub fn open(
        self: &Arc<Self>,
        asset: AssetId,
        preview: Preview,
        path: &Path,
    ) -> Result<PreviewReader, PreviewError> {
        let key = preview.key(asset);
        // Held until the rendering is listed, so that no two of the same begin.
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rendering) = running.get(&key) {
            return rendering.reader();
        }
        if let Some(kept) = self.cache.get(&key)? {
            return Ok(kept);
        }
        if running.len() >= MOST_RENDERINGS {
            return Err(PreviewError::Busy);
        }
        FileStamp::of(path).map_err(|source| PreviewError::Source { source })?;
        let (rendering, reader) = Rendering::begin(self.cache.draft(&key)?)?;
        running.insert(key.clone(), Arc::clone(&rendering));
        drop(running);
        let (previews, path) = (Arc::clone(self), path.to_owned());
        let listed = key.clone();
        let started = std::thread::Builder::new()
            .name("preview".to_owned())
            .spawn(move || previews.render(&key, &rendering, &preview, &path));
        match started {
            Ok(_) => Ok(reader),
            Err(source) => {
                let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
                running.remove(&listed);
                Err(PreviewError::Thread { source })
            }
        }
    }

    fn render(&self, key: &str, rendering: &Rendering, preview: &Preview, path: &Path) {
        let rendered = preview.render(&self.decoders, path, &mut |bytes| {
            rendering.write(bytes, || self.forget(key, rendering))
        });
        let outcome = rendering.finish(
            rendered,
            || self.cache.keep(key, rendering.draft()),
            || self.forget_finished(key, rendering),
        );
        if let Err(error) = outcome
            && !matches!(*error, PreviewError::Abandoned)
        {
            tracing::warn!(%key, error = %crate::fault::message_chain(error.as_ref()), "no preview was made");
        }
    }

    /// Takes a rendering that nobody reads out of the list; whether it still was one.
    fn forget(&self, key: &str, rendering: &Rendering) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let is_unread = rendering.is_unread();
        if is_unread {
            running.remove(key);
        }
        is_unread
    }

    fn forget_finished(&self, key: &str, rendering: &Rendering) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let is_this = running
            .get(key)
            .is_some_and(|listed| std::ptr::eq(Arc::as_ptr(listed), rendering));
        if is_this {
            running.remove(key);
        }
    }
}
