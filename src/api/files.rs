//! Files as they are: thumbnails, and original media by range.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path as FilePath, PathBuf},
};

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::{
    assets::find,
    endpoint::{Content, Endpoint, Routes},
    error::Problem,
    state::Shared,
};
use crate::store::LocationRecord;

/// The folder of thumbnails in the library.
const THUMBNAILS: &str = "thumbnails";

/// Of files.
pub(super) fn routes() -> Routes {
    let media = Endpoint::get(
        "/assets/{id}/media",
        "The original file, whole or by range",
        Content::Ranged(&["*/*"]),
    );
    Routes::default()
        .add(
            Endpoint::get(
                "/thumbnails/{group}/{asset}/{file}",
                "A picture out of an asset",
                Content::Ranged(&["image/jpeg"]),
            ),
            thumbnail,
        )
        .add(media, original)
}

/// Answers with a file that is only read, whole or by range.
///
/// # Errors
/// When it can't be opened.
pub(super) async fn answer_with(path: &FilePath, request: Request) -> Result<Response, Problem> {
    let answer = ServeFile::new(path).oneshot(request).await;
    let answer = answer.map_err(|error| {
        tracing::warn!(%error, path = %path.display(), "a file could not be sent");
        Problem::not_found("the file can't be read")
    })?;
    if answer.status() == axum::http::StatusCode::NOT_FOUND {
        return Err(Problem::not_found("the file is gone"));
    }
    Ok(answer.map(Body::new))
}

async fn thumbnail(
    State(state): State<Shared>,
    Path((group, asset, file)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let none = || Problem::not_found("there is no such picture");
    let is_hexadecimal =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = file.strip_suffix(".jpg").ok_or_else(none)?;
    // Names that the library itself gives hold no dots, slashes or anything else that leads away.
    let is_ours = is_hexadecimal(&group)
        && is_hexadecimal(&asset)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit());
    if !is_ours {
        return Err(none());
    }
    let inside = tokio::task::spawn_blocking(move || {
        // A link put into the library must not lead out of it, whichever part of the path it is.
        let mut path = state.app.settings.library.clone();
        for part in [THUMBNAILS, &group, &asset, &file] {
            path.push(part);
            if fs::symlink_metadata(&path)?.is_symlink() {
                return Ok(None);
            }
        }
        Ok::<_, std::io::Error>(Some(path))
    });
    let path = inside
        .await
        .map_err(|_| Problem::broken())?
        .map_err(|_| none())?
        .ok_or_else(none)?;
    let mut response = answer_with(&path, request).await?;
    // Named after content and time, so what it shows never changes.
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=31536000, immutable"),
    );
    Ok(response)
}

async fn original(
    State(state): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let path = state
        .aside(move |_, library| {
            let asset = find(library, &id)?;
            source(&asset.locations)
        })
        .await?;
    let mut response = answer_with(&path, request).await?;
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    // Foreign files are played or saved, and never run as a page of this site.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    Ok(response.into_response())
}

/// Where an asset's content lies now.
///
/// # Errors
/// When all its files are gone, or are others by now.
pub(super) fn source(locations: &[LocationRecord]) -> Result<PathBuf, Problem> {
    let mut is_changed = false;
    for location in locations {
        // A scan follows no links, so a link in a file's place is another file.
        let Ok(file) = fs::symlink_metadata(&location.path) else {
            continue;
        };
        let modified = file
            .mtime()
            .saturating_mul(1_000_000_000)
            .saturating_add(file.mtime_nsec());
        if file.is_file()
            && file.len() == location.size_bytes
            && modified == location.modified_nanos
        {
            return Ok(location.path.clone());
        }
        is_changed = true;
    }
    Err(if is_changed {
        Problem::not_found("the file has changed since it was indexed")
            .hint("`reeldex index` brings the library up to date")
    } else {
        Problem::not_found("the file is not within reach").hint("is its volume mounted?")
    })
}
