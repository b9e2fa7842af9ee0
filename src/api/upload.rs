//! Pictures that come with a search: written to the library's own folder, decoded in a worker, removed.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::StatusCode,
};
use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt;

use super::{error::Problem, search::SearchRequest, state::Shared};

/// What a query calls the picture that came along.
pub(super) const UPLOAD: &str = "./upload";

/// The folder in the library.
pub(super) const FOLDER: &str = "uploads";

/// The largest picture that is taken.
const MAX_UPLOAD_BYTES: usize = 64 << 20;

/// The largest form: the picture and the other fields.
const MAX_FORM_BYTES: usize = MAX_UPLOAD_BYTES + (1 << 20);

/// The largest number of pixels that is decoded of it.
pub(super) const MAX_UPLOAD_PIXELS: u64 = 100_000_000;

/// A picture that came along; its file goes with it.
pub(super) struct Upload {
    path: PathBuf,
}

/// A picture that is as old as this belongs to a server that ended before it could remove it.
const LEFT_BEHIND_AFTER: Duration = Duration::from_secs(3600);

/// Removes what servers that were killed left behind.
pub(super) fn sweep(library: &Path) {
    // There is no such folder in most libraries.
    let Ok(files) = std::fs::read_dir(library.join(FOLDER)) else {
        return;
    };
    for file in files.flatten() {
        let age = file.metadata().and_then(|file| file.modified());
        let age = age.ok().and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age > LEFT_BEHIND_AFTER)
            && let Err(error) = std::fs::remove_file(file.path())
        {
            tracing::warn!(%error, "a picture that was sent could not be removed");
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "a picture that was sent could not be removed");
        }
    }
}

impl Upload {
    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a form: the fields of a search, and a file `picture`.
    ///
    /// # Errors
    /// When the form can't be read or the picture is too large.
    pub(super) async fn read(
        state: &Shared,
        mut request: Request,
    ) -> Result<(SearchRequest, Option<Self>), Problem> {
        // All other bodies have a narrower limit.
        DefaultBodyLimit::max(MAX_FORM_BYTES).apply(&mut request);
        let mut form = Multipart::from_request(request, &())
            .await
            .map_err(|error| Problem::bad_request(error.body_text()))?;
        let unreadable = |error: axum::extract::multipart::MultipartError| {
            let status = error.status();
            let code = if status == StatusCode::PAYLOAD_TOO_LARGE {
                "too_large"
            } else {
                "bad_request"
            };
            Problem::new(status, code, error.body_text())
        };
        let (mut fields, mut upload) = (Map::new(), None);
        while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "picture" {
                let new = Self::new(state)?;
                let failed = |error: std::io::Error| {
                    tracing::warn!(%error, "a picture that was sent could not be kept");
                    Problem::new(
                        StatusCode::INSUFFICIENT_STORAGE,
                        "disk_full",
                        "the picture can't be kept for the search",
                    )
                };
                let mut file = tokio::fs::File::create(new.path()).await.map_err(failed)?;
                let mut size = 0;
                while let Some(bytes) = field.chunk().await.map_err(unreadable)? {
                    size += bytes.len();
                    if size > MAX_UPLOAD_BYTES {
                        return Err(Problem::too_large("the picture is larger than 64 MiB"));
                    }
                    file.write_all(&bytes).await.map_err(failed)?;
                }
                file.flush().await.map_err(failed)?;
                upload = Some(new);
                continue;
            }
            let text = field.text().await.map_err(unreadable)?;
            // In a form everything is text; numbers and truths read as JSON reads them.
            let value = match serde_json::from_str(&text) {
                Ok(value @ (Value::Bool(_) | Value::Number(_))) if name != "q" => value,
                _ => Value::String(text),
            };
            fields.insert(name, value);
        }
        let request = serde_json::from_value(Value::Object(fields))
            .map_err(|error| Problem::bad_request(error.to_string()))?;
        Ok((request, upload))
    }

    fn new(state: &Shared) -> Result<Self, Problem> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let folder = state.app.settings.library.join(FOLDER);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        std::fs::create_dir_all(&folder).map_err(|error| {
            tracing::warn!(%error, "no folder for pictures that are sent");
            Problem::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "library_io",
                "the picture can't be kept for the search",
            )
        })?;
        Ok(Self {
            path: folder.join(format!("{}-{number}", std::process::id())),
        })
    }
}
