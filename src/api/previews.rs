//! What a player is given: clips of any span, pieces of long assets, frames, storyboards and loudness.

use std::path::PathBuf;
use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use tokio_stream::wrappers::ReceiverStream;

use super::{
    assets,
    endpoint::{Content, Endpoint, Routes, json},
    error::Problem,
    files,
    range::Asked,
    state::Shared,
};
use crate::{
    domain::{AssetId, AssetKind, MediaInfo, TimeSpan},
    media::MediaError,
    previews::{
        LONGEST_CLIP_MILLIS, Preview, PreviewError, PreviewReader, pieces, storyboard_comment,
    },
};

/// Bytes read and sent at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// Renderings of the same content are the same for good; asked for again after a day, in case a
/// newer program renders them better.
const KEPT_BY_BROWSERS: &str = "private, max-age=86400";

/// How the tiles of a storyboard lie on its sheet, and when each is on show.
#[derive(Serialize, JsonSchema)]
struct StoryboardAnswer {
    /// Tiles in a row.
    columns: u32,
    /// Rows.
    rows: u32,
    /// Width of a tile in pixels.
    tile_width: u32,
    /// Height of a tile in pixels.
    tile_height: u32,
    /// Running time of each tile in milliseconds, row by row.
    tiles: Vec<i64>,
}

/// How loud an asset is over its running time.
#[derive(Serialize, JsonSchema)]
struct LoudnessAnswer {
    /// Length of a step.
    step_millis: i64,
    /// Mean level of each step in decibels below full scale; -100 is silence.
    levels_db: Vec<f32>,
}

pub(super) fn routes() -> Routes {
    Routes::default()
        .add(
            Endpoint::get(
                "/moments/{asset}/{span}",
                "A span of an asset for any player, `START-END.mp4` in milliseconds; H.264 and AAC",
                Content::Other("video/mp4"),
            ),
            clip,
        )
        .add(
            Endpoint::get(
                "/assets/{id}/storyboard.jpg",
                "Small pictures of the whole asset on one sheet",
                Content::Other("image/jpeg"),
            ),
            storyboard_sheet,
        )
        .add(
            Endpoint::get(
                "/assets/{id}/storyboard.json",
                "How the pictures of the storyboard lie, and when each is on show",
                json::<StoryboardAnswer>(),
            ),
            storyboard,
        )
        .add(
            Endpoint::get(
                "/assets/{id}/frames/{frame}",
                "The picture on show at a time, `MILLIS.jpg`, at full size",
                Content::Other("image/jpeg"),
            ),
            frame,
        )
        .add(
            Endpoint::get(
                "/assets/{id}/loudness.json",
                "How loud the asset is over its running time",
                json::<LoudnessAnswer>(),
            ),
            loudness,
        )
        .add(
            Endpoint::get(
                "/assets/{id}/hls/{piece}",
                "The asset in pieces for HTTP live streaming: `index.m3u8` lists them, `N.ts` is one",
                Content::Other("video/mp2t"),
            ),
            hls,
        )
}

/// An asset with a file of it that is there, unchanged.
struct Found {
    id: AssetId,
    path: PathBuf,
    media: Option<MediaInfo>,
}

async fn find(state: &Shared, asset: String) -> Result<Found, Problem> {
    state
        .aside(move |_, library| {
            let asset = assets::find(library, &asset)?;
            Ok(Found {
                id: asset.id,
                path: files::source(&asset.locations)?,
                media: asset.media,
            })
        })
        .await
}

async fn open(state: &Shared, found: Found, preview: Preview) -> Result<PreviewReader, Problem> {
    let previews = Arc::clone(&state.previews);
    let opened = tokio::task::spawn_blocking(move || previews.open(found.id, preview, &found.path));
    opened
        .await
        .map_err(|_| Problem::broken())?
        .map_err(|error| problem(&error))
}

async fn clip(
    State(state): State<Shared>,
    Path((asset, span)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let span = parse_span(&span)?;
    let found = find(&state, asset).await?;
    give(&state, found, Preview::Clip(span), "video/mp4", &headers).await
}

fn parse_span(text: &str) -> Result<TimeSpan, Problem> {
    let times = text
        .strip_suffix(".mp4")
        .and_then(|times| times.split_once('-'))
        .and_then(|(start, end)| Some((start.parse::<u32>().ok()?, end.parse::<u32>().ok()?)));
    let Some((start, end)) = times else {
        let detail = "a clip is named START-END.mp4, both in milliseconds";
        return Err(Problem::not_found(detail));
    };
    let (start, end) = (i64::from(start), i64::from(end));
    if end <= start {
        return Err(Problem::bad_request("a clip ends after its start"));
    }
    if end - start > LONGEST_CLIP_MILLIS {
        let minutes = LONGEST_CLIP_MILLIS / 60_000;
        let detail = format!("a clip is at most {minutes} minutes long");
        return Err(Problem::bad_request(detail)
            .hint("play the asset in pieces: /assets/ID/hls/index.m3u8"));
    }
    Ok(TimeSpan::new(start, end))
}

async fn storyboard_sheet(
    State(state): State<Shared>,
    Path(asset): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = find(&state, asset).await?;
    give(&state, found, Preview::Storyboard, "image/jpeg", &headers).await
}

async fn storyboard(
    State(state): State<Shared>,
    Path(asset): Path<String>,
) -> Result<Response, Problem> {
    let found = find(&state, asset).await?;
    let mut reader = open(&state, found, Preview::Storyboard).await?;
    let length = reader.completed().await.map_err(|error| problem(&error))?;
    let sheet = reader
        .read(0, usize::try_from(length).unwrap_or(usize::MAX))
        .await
        .map_err(|error| problem(&error))?;
    let comment = storyboard_comment(&sheet).ok_or_else(Problem::broken)?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, KEPT_BY_BROWSERS),
    ];
    Ok((headers, comment.to_vec()).into_response())
}

async fn frame(
    State(state): State<Shared>,
    Path((asset, frame)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let at_millis = frame
        .strip_suffix(".jpg")
        .and_then(|millis| millis.parse::<u32>().ok())
        .ok_or_else(|| Problem::not_found("a frame is named MILLIS.jpg"))?;
    let found = find(&state, asset).await?;
    let preview = Preview::Frame(i64::from(at_millis));
    give(&state, found, preview, "image/jpeg", &headers).await
}

async fn loudness(
    State(state): State<Shared>,
    Path(asset): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = find(&state, asset).await?;
    give(
        &state,
        found,
        Preview::Loudness,
        "application/json",
        &headers,
    )
    .await
}

async fn hls(
    State(state): State<Shared>,
    Path((asset, piece)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = find(&state, asset).await?;
    let duration_millis = found
        .media
        .as_ref()
        .filter(|media| media.kind != AssetKind::Image)
        .and_then(|media| media.duration_millis)
        .filter(|millis| *millis > 0)
        .ok_or_else(|| Problem::not_found("the asset has no running time"))?;
    let pieces = pieces(duration_millis);
    if piece == "index.m3u8" {
        let headers = [
            (header::CONTENT_TYPE, "application/vnd.apple.mpegurl"),
            (header::CACHE_CONTROL, KEPT_BY_BROWSERS),
        ];
        return Ok((headers, playlist(&pieces)).into_response());
    }
    let span = piece
        .strip_suffix(".ts")
        .and_then(|number| number.parse::<usize>().ok())
        .and_then(|number| pieces.get(number))
        .ok_or_else(|| Problem::not_found("the asset has no such piece"))?;
    give(&state, found, Preview::Piece(*span), "video/mp2t", &headers).await
}

fn playlist(pieces: &[TimeSpan]) -> String {
    let longest_millis = pieces.iter().map(|piece| piece.duration_millis()).max();
    let target_seconds = (longest_millis.unwrap_or(0) + 999) / 1000;
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:{target_seconds}\n#EXT-X-MEDIA-SEQUENCE:0\n"
    );
    for (number, piece) in pieces.iter().enumerate() {
        let millis = piece.duration_millis();
        let (seconds, rest) = (millis / 1000, millis % 1000);
        text.push_str(&format!("#EXTINF:{seconds}.{rest:03},\n{number}.ts\n"));
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

/// A preview as an answer: by range where it is whole, as it is made where it is asked for from its start.
async fn give(
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
    reader.begun().await.map_err(|error| problem(&error))?;
    let asked = Asked::of(headers, &tag);
    // A player that asks for all from the first byte on is given it as it comes.
    if reader.length().is_none() && !matches!(asked, Asked::Whole | Asked::From(0)) {
        reader.completed().await.map_err(|error| problem(&error))?;
    }
    let mut response = match reader.length() {
        None => body(state, reader, 0, u64::MAX).into_response(),
        Some(length) => {
            let Some((first, count)) = asked.within(length) else {
                let range = format!("bytes */{length}");
                let headers = [(header::CONTENT_RANGE, range)];
                return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
            };
            let mut response = body(state, reader, first, count).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(count));
            headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
            if asked != Asked::Whole {
                let last = first + count - 1;
                let range = format!("bytes {first}-{last}/{length}");
                if let Ok(range) = HeaderValue::from_str(&range) {
                    headers.insert(header::CONTENT_RANGE, range);
                }
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            }
            response
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_clips_are_read_strictly() {
        assert_eq!(
            parse_span("1500-4000.mp4").unwrap(),
            TimeSpan::new(1500, 4000)
        );
        for wrong in [
            "",
            ".mp4",
            "1500.mp4",
            "1500-4000",
            "-5-10.mp4",
            "1e3-2e3.mp4",
            "5-10.mp4.mp4",
            "../../5-10.mp4",
            "99999999999999-5.mp4",
            "10-5.mp4",
            "5-5.mp4",
            "0-600001.mp4",
        ] {
            assert!(parse_span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_playlist_lists_all_pieces_and_their_lengths() {
        let text = playlist(&pieces(13_250));
        assert!(
            text.contains("#EXT-X-TARGETDURATION:7\n")
                || text.contains("#EXT-X-TARGETDURATION:6\n")
        );
        assert!(
            text.ends_with("#EXTINF:6.000,\n1.ts\n#EXTINF:1.250,\n2.ts\n#EXT-X-ENDLIST\n"),
            "{text}"
        );
    }
}
