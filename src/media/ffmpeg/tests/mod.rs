//! Decoding checked on clips made by the ffmpeg program and on files made by cameras and editors.
#![allow(clippy::print_stderr, reason = "a test that is skipped says why")]

mod appearance;
mod clip;
mod clips;
mod contents;
mod cuts;
mod ffprobe;
mod real_files;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::domain::{Picture, TimeSpan, Transition};
use crate::media::MediaError;
use crate::media::protocol::{
    FrameMeasures, ShotDepth, ShotEvent, ShotMeasures, ShotRequest, ShotSummary,
};

use super::shots;

/// A keyframe as it was reported.
pub(super) struct SeenKeyframe {
    pub(super) shot: u32,
    pub(super) at_millis: i64,
    pub(super) label: Option<String>,
    pub(super) picture: Picture,
    pub(super) measures: FrameMeasures,
}

/// Everything that one pass reported.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) keyframes: Vec<SeenKeyframe>,
    pub(super) spans: Vec<TimeSpan>,
    pub(super) openings: Vec<Transition>,
    pub(super) measures: Vec<ShotMeasures>,
    pub(super) summary: ShotSummary,
}

impl Seen {
    /// Times at which shots begin, the first left out.
    pub(super) fn cuts(&self) -> Vec<i64> {
        self.spans
            .iter()
            .skip(1)
            .map(|span| span.start_millis)
            .collect()
    }
}

pub(super) fn request(depth: ShotDepth) -> ShotRequest {
    ShotRequest {
        depth,
        max_side: 1280,
        stream_index: 0,
        max_picture_pixels: 512_000_000,
    }
}

/// Runs a pass and checks what holds of every pass: order, contiguous spans, sizes.
pub(super) fn look(path: &Path, request: &ShotRequest) -> Result<Seen, MediaError> {
    let mut seen = Seen::default();
    let summary = shots(path, request, &mut |event| {
        match event {
            ShotEvent::Keyframe {
                shot,
                at_millis,
                label,
                picture,
                measures,
            } => {
                assert_eq!(
                    shot as usize,
                    seen.spans.len(),
                    "a keyframe comes before the end of its shot"
                );
                assert_eq!(
                    picture.rgb.len(),
                    (picture.width * picture.height * 3) as usize
                );
                assert!(picture.width.max(picture.height) <= request.max_side);
                seen.keyframes.push(SeenKeyframe {
                    shot,
                    at_millis,
                    label,
                    picture,
                    measures,
                });
            }
            ShotEvent::ShotEnded {
                shot,
                span,
                opening,
                measures,
            } => {
                assert_eq!(shot as usize, seen.spans.len());
                let before = seen
                    .spans
                    .last()
                    .map_or(0, |before: &TimeSpan| before.end_millis);
                assert_eq!(span.start_millis, before, "shots touch");
                for keyframe in seen
                    .keyframes
                    .iter()
                    .filter(|keyframe| keyframe.shot == shot)
                {
                    let is_inside = keyframe.at_millis >= span.start_millis
                        && keyframe.at_millis < span.end_millis.max(1);
                    assert!(
                        is_inside,
                        "keyframe at {} outside {span:?}",
                        keyframe.at_millis
                    );
                }
                seen.spans.push(span);
                seen.openings.push(opening);
                seen.measures.push(measures);
            }
            ShotEvent::Progress { .. } => {}
        }
        ControlFlow::Continue(())
    })?;
    assert_eq!(summary.shots as usize, seen.spans.len());
    assert_eq!(summary.keyframes as usize, seen.keyframes.len());
    seen.summary = summary;
    Ok(seen)
}

/// The folder of real media, where the checkout has one.
pub(super) fn real_media() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/media");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no folder of real media at {}", folder.display());
    None
}
