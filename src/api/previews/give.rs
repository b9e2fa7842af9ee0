//! A preview as an answer: as it is made, or by range.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio_stream::wrappers::ReceiverStream;

use super::{Found, KEPT_BY_BROWSERS};
use crate::{
    api::{error::Problem, range::Asked, state::Shared},
    media::MediaError,
    previews::{Preview, PreviewError, PreviewReader},
};

/// Bytes read and sent at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// How long a part waits for the whole: some players that ask for one go on only where they are told
/// how long the whole is.
const WHOLE_WITHIN: Duration = Duration::from_secs(3);

/// How long an answer waits for what it is to begin with; far less than a server's answer may take
/// at all, so that the caller learns why there is none.
const MADE_WITHIN: Duration = Duration::from_secs(20);

/// How long a rendering goes on for a caller who was told to ask again.
const ASKED_AGAIN_WITHIN: Duration = Duration::from_secs(60);

/// A preview that is kept, in the making, or begun now.
pub(super) async fn open(
    state: &Shared,
    found: Found,
    preview: Preview,
) -> Result<PreviewReader, Problem> {
    let previews = Arc::clone(&state.previews);
    let opened = tokio::task::spawn_blocking(move || previews.open(found.id, preview, &found.path));
    opened
        .await
        .map_err(|_| Problem::broken())?
        .map_err(|error| problem(&error))
}

/// All of a preview that is small.
pub(super) async fn whole(mut reader: PreviewReader) -> Result<Vec<u8>, Problem> {
    let length = reach(&mut reader, u64::MAX).await;
    let length = match length {
        Ok(length) => length?,
        Err(late) => return Err(late.asked_again(reader)),
    };
    reader
        .read(0, usize::try_from(length).unwrap_or(usize::MAX))
        .await
        .map_err(|error| problem(&error))
}

/// A preview as an answer: all of it as it is made, a part of it as soon as that is there.
pub(super) async fn give(
    state: &Shared,
    found: Found,
    preview: Preview,
    media_type: &'static str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let tag = format!("\"{}\"", preview.key(found.id).replace('/', "-"));
    let known = headers.get(header::IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let mut reader = open(state, found, preview).await?;
    let asked = Asked::of(headers, &tag);
    let is_from_start = matches!(asked, Asked::Whole | Asked::From(0));
    if !is_from_start {
        // Why it failed, where it did, is told below.
        let _ = tokio::time::timeout(WHOLE_WITHIN, reader.completed()).await;
    }
    let there = match reach(&mut reader, asked.needed()).await {
        Ok(there) => there?,
        Err(late) => return Err(late.asked_again(reader)),
    };
    let length = reader.length();
    let mut response = if length.is_none() && is_from_start {
        // A player that asks for all from the first byte on is given it as it comes.
        body(state, reader, 0, u64::MAX).into_response()
    } else {
        let total = length.map_or_else(|| "*".to_owned(), |length| length.to_string());
        let Some((first, count)) = asked.within(there) else {
            let headers = [(header::CONTENT_RANGE, format!("bytes */{total}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        };
        let mut response = body(state, reader, first, count).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(count));
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if asked != Asked::Whole {
            let range = format!("bytes {first}-{}/{total}", first + count - 1);
            if let Ok(range) = HeaderValue::from_str(&range) {
                headers.insert(header::CONTENT_RANGE, range);
            }
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(KEPT_BY_BROWSERS),
    );
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

/// What is asked for takes longer than an answer may wait.
struct Late;

impl Late {
    /// Tells so; the rendering goes on meanwhile, which nobody else may be reading.
    fn asked_again(self, mut reader: PreviewReader) -> Problem {
        tokio::spawn(async move {
            let _ = tokio::time::timeout(ASKED_AGAIN_WITHIN, reader.completed()).await;
        });
        let detail = "what is asked for is still being made";
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "preview_in_the_making",
            detail,
        )
        .hint("ask again in a few seconds, or for all of it, which is sent while it is made")
    }
}

/// Waits until so many bytes are there or there are no more, and gives how many there are.
async fn reach(reader: &mut PreviewReader, bytes: u64) -> Result<Result<u64, Problem>, Late> {
    let reached = tokio::time::timeout(MADE_WITHIN, reader.reached(bytes)).await;
    let reached = reached.map_err(|_| Late)?;
    Ok(reached.map_err(|error| problem(&error)))
}

/// `count` bytes from `first` on, read as fast as they are taken.
///
/// Once nobody takes them any more the reader is let go, and a rendering that nobody else reads ends.
fn body(state: &Shared, mut reader: PreviewReader, first: u64, count: u64) -> Body {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(2);
    let mut stopping = state.stopping.subscribe();
    tokio::spawn(async move {
        let end = first.saturating_add(count);
        let mut at = first;
        while at < end {
            let most = (end - at).min(CHUNK_BYTES as u64) as usize;
            let read = tokio::select! {
                read = reader.read(at, most) => read,
                _ = sender.closed() => return,
                _ = stopping.recv() => return,
            };
            let bytes = match read {
                Ok(bytes) if bytes.is_empty() => return,
                Ok(bytes) => bytes,
                Err(error) => {
                    // The connection is broken off, so that no half clip is taken for a whole one.
                    let error = std::io::Error::other(error.to_string());
                    let _ = sender.send(Err(error)).await;
                    return;
                }
            };
            at += bytes.len() as u64;
            if sender.send(Ok(Bytes::from(bytes))).await.is_err() {
                return;
            }
        }
    });
    Body::from_stream(ReceiverStream::new(receiver))
}

/// An error as a caller is told it; no path of this machine is in it.
fn problem(error: &PreviewError) -> Problem {
    use crate::fault::Diagnose;
    let message = crate::fault::message_chain(error);
    let (status, detail) = match error {
        PreviewError::Media(MediaError::BadSpan { .. } | MediaError::NoStream { .. }) => {
            (StatusCode::NOT_FOUND, message)
        }
        PreviewError::Media(
            MediaError::NotMedia
            | MediaError::Unsupported { .. }
            | MediaError::Corrupt { .. }
            | MediaError::TooLarge { .. }
            | MediaError::WorkerDied { .. }
            | MediaError::Stalled { .. }
            | MediaError::OutOfMemory { .. },
        ) => (StatusCode::UNPROCESSABLE_ENTITY, message),
        PreviewError::Source { .. } | PreviewError::Media(MediaError::Unreadable { .. }) => (
            StatusCode::NOT_FOUND,
            "no file of the asset is within reach".to_owned(),
        ),
        PreviewError::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, message),
        PreviewError::Busy => return Problem::busy(),
        PreviewError::Media(_)
        | PreviewError::Cache { .. }
        | PreviewError::Thread { .. }
        | PreviewError::Abandoned => {
            tracing::warn!(code = error.code(), message, "no preview was made");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the preview could not be made; the server's log says why".to_owned(),
            )
        }
    };
    let problem = Problem::new(status, error.code(), detail);
    match error.hint() {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}
