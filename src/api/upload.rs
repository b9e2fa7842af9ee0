//! Pictures that come with a search: written to the library's own folder, decoded in a worker, removed.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use axum::{
    extract::{FromRequest, Multipart, Request},
    http::StatusCode,
};
use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt;

use super::{error::Problem, search::SearchRequest, state::Shared};

/// What a query calls the picture that came along.
pub(super) const UPLOAD: &str = "./upload";

/// The largest picture that is taken.
pub(super) const MAX_UPLOAD_BYTES: usize = 64 << 20;

/// A picture that came along; its file goes with it.
pub(super) struct Upload {
    path: PathBuf,
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
        request: Request,
    ) -> Result<(SearchRequest, Option<Self>), Problem> {
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
                while let Some(bytes) = field.chunk().await.map_err(unreadable)? {
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
        let folder = state.app.settings.library.join("uploads");
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
