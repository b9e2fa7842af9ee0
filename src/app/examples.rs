//! Opens the picture files that a query names, in a decode worker as everything foreign.

use std::{ops::ControlFlow, path::Path};

use super::App;
use crate::{
    domain::Picture,
    fault::AnyError,
    media::{
        DecodePool,
        protocol::{ShotDepth, ShotEvent, ShotRequest},
    },
    search::{SearchError, language::Tree},
};

impl App {
    /// The pictures that a query names by their path; of a video its first picture.
    pub(super) fn named_pictures(&self, tree: &Tree) -> Result<Vec<(String, Picture)>, AnyError> {
        let files = tree.picture_files();
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let pool = DecodePool::new(1, self.settings.limits);
        let mut session = pool.session()?;
        let mut pictures: Vec<(String, Picture)> = Vec::new();
        for file in files {
            let path = Path::new(file);
            let media = session.probe(path)?;
            let missing = || SearchError::NoPictures {
                asked: format!("like:\"{file}\""),
                reason: "the file holds no picture",
            };
            let (stream, _) = media.main_video().ok_or_else(missing)?;
            let request = ShotRequest {
                depth: ShotDepth::Keyframes,
                max_side: self.settings.index.picture_max_side,
                stream_index: stream.index,
                max_picture_pixels: self.settings.index.max_picture_pixels,
            };
            let mut first = None;
            session.shots(path, &request, &mut |event| match event {
                ShotEvent::Keyframe { picture, .. } => {
                    first = Some(picture);
                    ControlFlow::Break(())
                }
                ShotEvent::ShotEnded { .. } | ShotEvent::Progress { .. } => {
                    ControlFlow::Continue(())
                }
            })?;
            pictures.push((file.to_owned(), first.ok_or_else(missing)?));
        }
        Ok(pictures)
    }
}
