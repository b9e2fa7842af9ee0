//! What a session renders of reels: parts, and the whole joined of them.

use std::ops::ControlFlow;
use std::path::Path;

use super::DecodeSession;
use super::session::{Taken, bytes};
use crate::domain::Rational;
use crate::media::MediaError;
use crate::media::protocol::{
    ReelCopyPlan, ReelForm, ReelJoin, ReelJoinSummary, ReelPart, ReelPartSummary,
};
use crate::media::wire::{Reply, Request};

/// Takes bytes, where in the file they belong, and how many pictures are joined.
type FileSink<'a> = &'a mut dyn FnMut(u64, &[u8], i64) -> ControlFlow<()>;

impl DecodeSession<'_> {
    /// Finds out whether the encoder of that form starts on this machine.
    ///
    /// # Errors
    /// `NoEncoder` where FFmpeg lacks it, `EncoderStart` where its device is absent.
    pub fn reel_encoder_starts(&mut self, form: &ReelForm) -> Result<(), MediaError> {
        let form = form.clone();
        self.exchange(&Request::ReelEncoder { form }, |reply, _| match reply {
            Reply::ReelEncoderStarts => Taken::Done(()),
            other => Taken::Unexpected(other),
        })
    }

    /// What of the frames from `first_frame` to before `end_frame` of a file can be copied as it is
    /// encoded.
    ///
    /// # Errors
    /// `Unsupported` where its pictures are none that can be copied, `Corrupt` where its frames are
    /// not evenly spaced; what else is wrong with the file, or how the worker ended on it.
    pub fn reel_copy_plan(
        &mut self,
        path: &Path,
        rate: Rational,
        first_frame: i64,
        end_frame: i64,
    ) -> Result<ReelCopyPlan, MediaError> {
        let request = Request::ReelCopyPlan {
            path: bytes(path),
            rate,
            first_frame,
            end_frame,
        };
        self.exchange(&request, |reply, _| match reply {
            Reply::ReelCopyPlan(plan) => Taken::Done(plan),
            other => Taken::Unexpected(other),
        })
    }

    /// Renders a part of a reel; its bytes in order, as they are made, in a form that
    /// [`Self::join_reel`] reads, each time with how many pictures are rendered. `sink` is also called
    /// without bytes, so that it can break off; `None` after it did.
    ///
    /// # Errors
    /// What is wrong with a source, or how the worker ended on it; `NoEncoder`, `EncoderStart`.
    pub fn reel_part(
        &mut self,
        part: &ReelPart,
        sink: &mut dyn FnMut(&[u8], i64) -> ControlFlow<()>,
    ) -> Result<Option<ReelPartSummary>, MediaError> {
        let mut part = part.clone();
        part.form.max_picture_pixels = self.most_pixels(part.form.max_picture_pixels);
        self.exchange(&Request::ReelPart(part), |reply, payload| match reply {
            Reply::ReelEncoded { pictures } => match sink(&payload, pictures) {
                ControlFlow::Continue(()) => Taken::More,
                ControlFlow::Break(()) => Taken::Stop(None),
            },
            Reply::ReelPartDone(summary) => Taken::Done(Some(summary)),
            other => Taken::Unexpected(other),
        })
    }

    /// Joins parts to a reel. `sink` takes bytes, where in the file they belong, and how many
    /// pictures are joined; it is also called without bytes. `None` after it broke off.
    ///
    /// # Errors
    /// What is wrong with a part, or how the worker ended on it; `NoEncoder`.
    pub fn join_reel(
        &mut self,
        request: &ReelJoin,
        sink: FileSink<'_>,
    ) -> Result<Option<ReelJoinSummary>, MediaError> {
        let request = Request::ReelJoin(request.clone());
        self.exchange(&request, |reply, payload| match reply {
            Reply::ReelWritten { offset, pictures } => match sink(offset, &payload, pictures) {
                ControlFlow::Continue(()) => Taken::More,
                ControlFlow::Break(()) => Taken::Stop(None),
            },
            Reply::ReelJoined(summary) => Taken::Done(Some(summary)),
            other => Taken::Unexpected(other),
        })
    }
}
