//! What a session renders for browsers: clips, single frames, sheets of small pictures, loudness.

use std::ops::ControlFlow;
use std::path::Path;

use super::DecodeSession;
use super::session::{Taken, bytes};
use crate::media::MediaError;
use crate::media::protocol::{
    ClipRequest, ClipSummary, FrameRequest, Loudness, Storyboard, StoryboardRequest,
};
use crate::media::wire::{Reply, Request};

impl DecodeSession<'_> {
    /// A stretch of a file, encoded so that any browser plays it; its bytes in order, as they are made.
    ///
    /// After `sink` breaks off, the summary is empty.
    ///
    /// # Errors
    /// What is wrong with the file or the span, or how the worker ended on it; bytes given before
    /// are then the beginning of a clip that has no end.
    pub fn clip(
        &mut self,
        path: &Path,
        request: &ClipRequest,
        sink: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<ClipSummary, MediaError> {
        let max_picture_pixels = self.most_pixels(request.max_picture_pixels);
        let request = ClipRequest {
            max_picture_pixels,
            ..request.clone()
        };
        self.exchange(
            &Request::Clip {
                path: bytes(path),
                request,
            },
            |reply, payload| match reply {
                // Without bytes it is but a sign of life, and a chance to break off.
                Reply::Encoded => match sink(&payload) {
                    ControlFlow::Continue(()) => Taken::More,
                    ControlFlow::Break(()) => Taken::Stop(ClipSummary::default()),
                },
                Reply::ClipDone(summary) => Taken::Done(summary),
                other => Taken::Unexpected(other),
            },
        )
    }

    /// The picture that is on show at a time, as JPEG.
    ///
    /// # Errors
    /// What is wrong with the file or the time, or how the worker ended on it.
    pub fn frame(&mut self, path: &Path, request: &FrameRequest) -> Result<Vec<u8>, MediaError> {
        let max_picture_pixels = self.most_pixels(request.max_picture_pixels);
        let request = FrameRequest {
            max_picture_pixels,
            ..request.clone()
        };
        let path = bytes(path);
        let mut jpeg = Vec::new();
        self.exchange(
            &Request::Frame { path, request },
            |reply, payload| match reply {
                Reply::Encoded => {
                    jpeg.extend(payload);
                    Taken::More
                }
                Reply::FrameDone => Taken::Done(std::mem::take(&mut jpeg)),
                other => Taken::Unexpected(other),
            },
        )
    }

    /// Small pictures of a whole film on one sheet: how they lie, and the sheet as JPEG.
    ///
    /// # Errors
    /// What is wrong with the file, or how the worker ended on it.
    pub fn storyboard(
        &mut self,
        path: &Path,
        request: &StoryboardRequest,
    ) -> Result<(Storyboard, Vec<u8>), MediaError> {
        let max_picture_pixels = self.most_pixels(request.max_picture_pixels);
        let request = StoryboardRequest {
            max_picture_pixels,
            ..request.clone()
        };
        let path = bytes(path);
        let mut jpeg = Vec::new();
        self.exchange(
            &Request::Storyboard { path, request },
            |reply, payload| match reply {
                Reply::Encoded => {
                    jpeg.extend(payload);
                    Taken::More
                }
                Reply::StoryboardDone(storyboard) => {
                    Taken::Done((storyboard, std::mem::take(&mut jpeg)))
                }
                other => Taken::Unexpected(other),
            },
        )
    }

    /// How loud a file's main sound is over its running time.
    ///
    /// # Errors
    /// What is wrong with the file, or how the worker ended on it.
    pub fn loudness(&mut self, path: &Path) -> Result<Loudness, MediaError> {
        let path = bytes(path);
        self.exchange(&Request::Loudness { path }, |reply, _| match reply {
            Reply::Encoded => Taken::More,
            Reply::Loudness(loudness) => Taken::Done(loudness),
            other => Taken::Unexpected(other),
        })
    }
}
