//! An asset in pieces, for players that take long ones by HTTP live streaming.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use super::{KEPT_BY_BROWSERS, find, give::give};
use crate::{
    api::{error::Problem, state::Shared},
    domain::{AssetKind, TimeSpan},
    previews::{Preview, pieces},
};

pub(super) async fn hls(
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

/// A list of all pieces (RFC 8216).
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

#[cfg(test)]
mod tests {
    use super::*;

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
