//! What a player is given: clips of any span, pieces of long assets, frames, storyboards and loudness.

mod give;
mod pieces;

use std::path::PathBuf;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    assets,
    endpoint::{Content, Endpoint, Routes, json},
    error::Problem,
    files,
    state::Shared,
};
use crate::{
    domain::{AssetId, MediaInfo, TimeSpan},
    previews::{LONGEST_CLIP_MILLIS, Preview, storyboard_comment},
};
use give::{give, open, whole};

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
                Content::Ranged(&["video/mp4"]),
            ),
            clip,
        )
        .add(
            Endpoint::get(
                "/assets/{id}/storyboard.jpg",
                "Small pictures of the whole asset on one sheet",
                Content::Ranged(&["image/jpeg"]),
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
                Content::Ranged(&["image/jpeg"]),
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
                Content::Ranged(&["application/vnd.apple.mpegurl", "video/mp2t"]),
            ),
            pieces::hls,
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
    let sheet = whole(open(&state, found, Preview::Storyboard).await?).await?;
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
}
