//! The kinds of preview: what each is called in the cache, and how it is rendered.

use std::ops::ControlFlow;
use std::path::Path;

use crate::domain::{AssetId, TimeSpan};
use crate::media::protocol::{
    ClipContainer, ClipRequest, ClipSummary, FrameRequest, Storyboard, StoryboardRequest,
};
use crate::media::{DecodePool, MediaError};

/// The longest span that is rendered as one clip.
pub const LONGEST_CLIP_MILLIS: i64 = 10 * 60 * 1000;

/// Length of the pieces that long assets are played in.
const PIECE_MILLIS: i64 = 6_000;

/// Part of every name in the cache; raised when renderings change, so that old ones are not served.
const RENDERER_VERSION: u32 = 1;

/// Longer side of clips, in pixels.
const CLIP_MAX_SIDE: u32 = 1280;

/// Width of a storyboard's tiles, in pixels.
const TILE_WIDTH: u32 = 160;

/// Tiles of a storyboard, at most.
const MOST_TILES: u32 = 100;

/// A rest shorter than this is no piece of its own: a duration in a header is often a little too long.
const SHORTEST_PIECE_MILLIS: i64 = 1_000;

/// Something to show of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preview {
    /// A stretch as MP4.
    Clip(TimeSpan),
    /// One of [`pieces`], as MPEG transport stream.
    Piece(TimeSpan),
    /// Small pictures of the whole on one sheet, as JPEG; how they lie is told in its comment.
    Storyboard,
    /// The picture on show at that time, as JPEG.
    Frame(i64),
    /// How loud it is over its running time, as JSON.
    Loudness,
}

impl Preview {
    /// Its name in the cache, which tells it from every other and is fit for an entity tag.
    pub fn key(&self, asset: AssetId) -> String {
        let version = RENDERER_VERSION;
        match self {
            Self::Clip(span) => format!(
                "clips/{asset}-{}-{}.v{version}.mp4",
                span.start_millis, span.end_millis
            ),
            Self::Piece(span) => format!(
                "pieces/{asset}-{}-{}.v{version}.ts",
                span.start_millis, span.end_millis
            ),
            Self::Storyboard => format!("storyboards/{asset}.v{version}.jpg"),
            Self::Frame(at_millis) => format!("frames/{asset}-{at_millis}.v{version}.jpg"),
            Self::Loudness => format!("loudness/{asset}.v{version}.json"),
        }
    }

    pub(super) fn render(
        &self,
        decoders: &DecodePool,
        path: &Path,
        sink: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), MediaError> {
        let mut session = decoders.session()?;
        // Who asked may have left while it waited for a worker.
        if sink(&[]).is_break() {
            return Ok(());
        }
        let whole = |bytes: Vec<u8>, sink: &mut dyn FnMut(&[u8]) -> ControlFlow<()>| {
            // Nothing follows that could be left out.
            let _ = sink(&bytes);
        };
        match self {
            Self::Storyboard => {
                let request = StoryboardRequest {
                    tile_width: TILE_WIDTH,
                    most_tiles: MOST_TILES,
                    max_picture_pixels: u64::MAX,
                };
                let (storyboard, jpeg) = session.storyboard(path, &request)?;
                whole(with_comment(&jpeg, &storyboard)?, sink);
                Ok(())
            }
            Self::Frame(at_millis) => {
                let request = FrameRequest {
                    at_millis: *at_millis,
                    max_side: u32::MAX,
                    max_picture_pixels: u64::MAX,
                };
                whole(session.frame(path, &request)?, sink);
                Ok(())
            }
            Self::Loudness => {
                whole(as_json(&session.loudness(path)?)?, sink);
                Ok(())
            }
            Self::Clip(span) => {
                let request = clip_request(*span, ClipContainer::Mp4);
                session.clip(path, &request, sink).map(log_lacking)
            }
            Self::Piece(span) => {
                let request = clip_request(*span, ClipContainer::TransportStream);
                session.clip(path, &request, sink).map(log_lacking)
            }
        }
    }
}

/// The pieces that an asset of that length is played in, one after another.
pub fn pieces(duration_millis: i64) -> Vec<TimeSpan> {
    let count = ((duration_millis - SHORTEST_PIECE_MILLIS) / PIECE_MILLIS + 1).max(1);
    (0..count)
        .map(|number| {
            let start = number * PIECE_MILLIS;
            let is_last = number == count - 1;
            TimeSpan::new(
                start,
                if is_last {
                    duration_millis
                } else {
                    start + PIECE_MILLIS
                },
            )
        })
        .collect()
}

/// The comment of a storyboard's JPEG: JSON that says how its tiles lie and when each is on show.
pub fn storyboard_comment(jpeg: &[u8]) -> Option<&[u8]> {
    let rest = jpeg.strip_prefix(&COMMENT_START)?;
    let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
    rest.get(2..length)
}

/// Start of a JPEG whose first segment is a comment.
const COMMENT_START: [u8; 4] = [0xff, 0xd8, 0xff, 0xfe];

fn with_comment(jpeg: &[u8], storyboard: &Storyboard) -> Result<Vec<u8>, MediaError> {
    let comment = as_json(storyboard)?;
    let unfit = || MediaError::Protocol {
        reason: "a storyboard that is no JPEG, or has too many tiles".to_owned(),
    };
    let rest = jpeg.get(2..).ok_or_else(unfit)?;
    let length = u16::try_from(comment.len() + 2).map_err(|_| unfit())?;
    Ok([&COMMENT_START, &length.to_be_bytes()[..], &comment, rest].concat())
}

fn as_json(value: &impl serde::Serialize) -> Result<Vec<u8>, MediaError> {
    serde_json::to_vec(value).map_err(|error| MediaError::Protocol {
        reason: error.to_string(),
    })
}

fn clip_request(span: TimeSpan, container: ClipContainer) -> ClipRequest {
    ClipRequest {
        span,
        container,
        max_side: CLIP_MAX_SIDE,
        max_picture_pixels: u64::MAX,
    }
}

fn log_lacking(summary: ClipSummary) {
    if let Some(lacking) = summary.lacking {
        tracing::info!(%lacking, "a preview is not complete");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_touch_and_end_with_the_asset() {
        let lengths = |duration| {
            let pieces = pieces(duration);
            assert!(
                pieces
                    .windows(2)
                    .all(|pair| pair[0].end_millis == pair[1].start_millis)
            );
            assert_eq!(pieces[0].start_millis, 0);
            pieces
                .into_iter()
                .map(TimeSpan::duration_millis)
                .collect::<Vec<_>>()
        };
        assert_eq!(lengths(400), [400]);
        assert_eq!(lengths(6_000), [6_000]);
        assert_eq!(lengths(6_900), [6_900]);
        assert_eq!(lengths(7_000), [6_000, 1_000]);
        assert_eq!(lengths(18_500), [6_000, 6_000, 6_500]);
    }

    #[test]
    fn names_tell_previews_apart_and_lie_in_a_folder_each() {
        let asset = AssetId([7; 32]);
        let span = TimeSpan::new(0, 6000);
        let all = [
            Preview::Clip(span),
            Preview::Clip(TimeSpan::new(0, 6001)),
            Preview::Piece(span),
            Preview::Storyboard,
            Preview::Frame(0),
            Preview::Frame(6000),
            Preview::Loudness,
        ];
        let keys: std::collections::BTreeSet<_> = all.iter().map(|it| it.key(asset)).collect();
        assert_eq!(keys.len(), all.len());
        assert!(keys.iter().all(|key| key.matches('/').count() == 1));
    }

    #[test]
    fn the_comment_of_a_storyboard_is_found_again() {
        let storyboard = Storyboard {
            columns: 2,
            rows: 1,
            tile_width: 160,
            tile_height: 90,
            tiles: vec![0, 5000],
        };
        let jpeg = with_comment(&[0xff, 0xd8, 0xff, 0xd9], &storyboard).unwrap();
        let comment = storyboard_comment(&jpeg).unwrap();
        assert_eq!(
            serde_json::from_slice::<Storyboard>(comment).unwrap(),
            storyboard
        );
        assert_eq!(storyboard_comment(b"\xff\xd8\xff\xdb\0\x04ab"), None);
        assert_eq!(storyboard_comment(b"\xff\xd8\xff\xfe\xff"), None);
    }
}
