//! Opens the picture files that a query names, in a decode worker as everything foreign.

use std::{ops::ControlFlow, path::Path};

use thiserror::Error;

use super::App;
use crate::{
    domain::Picture,
    fault::{AnyError, Diagnose, Fault},
    media::{
        DecodePool, DecodeSession, MediaError,
        protocol::{ShotDepth, ShotEvent, ShotRequest},
    },
    search::language::Tree,
};

/// Why a picture that a query names can't be searched by.
#[derive(Debug, Error)]
pub(super) enum ExampleError {
    /// The file can't be opened or decoded.
    #[error("failed to open the picture `{path}`")]
    Unreadable {
        /// As typed.
        path: String,
        /// Why.
        source: MediaError,
    },
    /// The file is sound or text.
    #[error("failed to find a picture in `{path}`")]
    NoPicture {
        /// As typed.
        path: String,
    },
}

impl Diagnose for ExampleError {
    fn fault(&self) -> Fault {
        Fault::User
    }

    fn code(&self) -> &'static str {
        "example_unreadable"
    }

    fn hint(&self) -> Option<String> {
        Some("`like:` takes the path of a picture or a video, or 8 or more digits of an asset's id as in `like:0123abcd@00:01:12.5`".to_owned())
    }
}

impl App {
    /// The pictures that a query names by their path; of a video its first picture.
    pub(super) fn named_pictures(&self, tree: &Tree) -> Result<Vec<(String, Picture)>, AnyError> {
        let files = tree.picture_files();
        if files.is_empty() {
            return Ok(Vec::new());
        }
        files
            .into_iter()
            .map(|file| {
                let max_pixels = self.settings.index.max_picture_pixels;
                let picture = self.example(file, Path::new(file), max_pixels)?;
                Ok((file.to_owned(), picture))
            })
            .collect()
    }

    /// The picture in the file at `path`, which is told as `name`; of a video its first picture.
    ///
    /// # Errors
    /// When the file can't be decoded, has no picture, or one of more than `max_pixels`.
    pub fn example(&self, name: &str, path: &Path, max_pixels: u64) -> Result<Picture, AnyError> {
        let pool = DecodePool::new(1, self.settings.limits);
        let mut session = pool.session()?;
        let unreadable = |source| ExampleError::Unreadable {
            path: name.to_owned(),
            source,
        };
        let picture = self
            .first_picture(&mut session, path, max_pixels)
            .map_err(unreadable)?;
        let picture = picture.ok_or_else(|| ExampleError::NoPicture {
            path: name.to_owned(),
        })?;
        Ok(picture)
    }

    fn first_picture(
        &self,
        session: &mut DecodeSession<'_>,
        path: &Path,
        max_picture_pixels: u64,
    ) -> Result<Option<Picture>, MediaError> {
        let media = session.probe(path)?;
        let Some((stream, _)) = media.main_video() else {
            return Ok(None);
        };
        let request = ShotRequest {
            depth: ShotDepth::Keyframes,
            max_side: self.settings.index.picture_max_side,
            stream_index: stream.index,
            max_picture_pixels,
        };
        let mut first = None;
        session.shots(path, &request, &mut |event| match event {
            ShotEvent::Keyframe { picture, .. } => {
                first = Some(picture);
                ControlFlow::Break(())
            }
            ShotEvent::ShotEnded { .. } | ShotEvent::Progress { .. } => ControlFlow::Continue(()),
        })?;
        Ok(first)
    }
}
