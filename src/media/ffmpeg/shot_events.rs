//! What was decided about shots, turned into pictures and measures and handed on.

use std::ops::ControlFlow;

use crate::media::MediaError;
use crate::media::keyframes::{Candidate, Decision};
use crate::media::measures::{label, measure};
use crate::media::protocol::{ShotEvent, ShotSummary};

use super::decoder::Frame;
use super::render::Renderer;

/// Where shot events go.
pub(super) type Sink<'a> = &'a mut dyn FnMut(ShotEvent) -> ControlFlow<()>;

/// Sends events and counts them.
pub(super) struct EventWriter<'a> {
    sink: Sink<'a>,
    /// What has been sent so far.
    pub(super) summary: ShotSummary,
    /// Whether the receiver wants no more.
    pub(super) is_stopped: bool,
}

impl<'a> EventWriter<'a> {
    pub(super) fn new(sink: Sink<'a>) -> Self {
        Self {
            sink,
            summary: ShotSummary::default(),
            is_stopped: false,
        }
    }

    /// Sends what was decided, in order.
    ///
    /// # Errors
    /// When a frame's pixels cannot be converted.
    pub(super) fn decisions(
        &mut self,
        decisions: &mut Vec<Decision<Frame>>,
        renderer: &mut Renderer,
    ) -> Result<(), MediaError> {
        for decision in decisions.drain(..) {
            match decision {
                Decision::Keyframe { shot, candidate } => {
                    self.keyframe(shot, &candidate, renderer)?
                }
                Decision::Ended {
                    shot,
                    span,
                    opening,
                    measures,
                } => {
                    self.summary.shots += 1;
                    self.send(ShotEvent::ShotEnded {
                        shot,
                        span,
                        opening,
                        measures,
                    });
                }
            }
        }
        Ok(())
    }

    /// Tells that work has come to `at_millis`.
    pub(super) fn progress(&mut self, at_millis: i64) {
        self.send(ShotEvent::Progress { at_millis });
    }

    fn keyframe(
        &mut self,
        shot: u32,
        candidate: &Candidate<Frame>,
        renderer: &mut Renderer,
    ) -> Result<(), MediaError> {
        if self.is_stopped {
            return Ok(());
        }
        let picture = renderer.picture(&candidate.frame)?;
        let measures = measure(&picture);
        let label = label(&picture, &measures, candidate.at_millis).map(str::to_owned);
        self.summary.keyframes += 1;
        self.send(ShotEvent::Keyframe {
            shot,
            at_millis: candidate.at_millis,
            label,
            picture,
            measures,
        });
        Ok(())
    }

    fn send(&mut self, event: ShotEvent) {
        if !self.is_stopped {
            self.is_stopped = (self.sink)(event).is_break();
        }
    }
}
