//! The one picture of a still, as a shot of no length.

use std::rc::Rc;

use ffmpeg_next::ffi;

use crate::domain::{TimeSpan, Transition};
use crate::media::MediaError;
use crate::media::keyframes::{Candidate, Decision};
use crate::media::protocol::{ShotMeasures, ShotSummary};

use super::shot_pass::Pass;
use super::source::{Read, Source};

impl Pass<'_> {
    /// The one picture of a still.
    pub(super) fn still(mut self, source: &mut Source) -> Result<ShotSummary, MediaError> {
        let mut is_drained = false;
        let frame = loop {
            match self.keys.receive() {
                Ok(Some(frame)) => break frame,
                Ok(None) if is_drained => {
                    let reason = self
                        .last_problem
                        .unwrap_or_else(|| "it holds no picture".to_owned());
                    return Err(MediaError::Corrupt { reason });
                }
                Ok(None) => {}
                Err(error) => self.last_problem = Some(error.to_string()),
            }
            match source.read() {
                Read::Packet(packet) if packet.stream() == self.request.stream_index as usize => {
                    if let Err(error) = self.keys.send(&packet) {
                        self.last_problem = Some(error.to_string());
                    }
                }
                Read::Packet(_) => {}
                Read::Broken => {
                    self.last_problem = Some("a part of the file cannot be made out".to_owned())
                }
                Read::End(problem) => {
                    self.last_problem = problem.or(self.last_problem);
                    is_drained = true;
                    self.keys.send_end();
                }
            }
        };
        if frame.raw().flags & ffi::AV_FRAME_FLAG_CORRUPT != 0
            || frame.raw().decode_error_flags != 0
        {
            self.writer.summary.truncated =
                Some("the picture is damaged; part of it is missing".to_owned());
        }
        self.writer.summary.frames_decoded = 1;
        let sketch = Rc::new(self.renderer.sketch(&frame)?);
        self.decisions.push(Decision::Keyframe {
            shot: 0,
            candidate: Candidate {
                at_millis: 0,
                sketch,
                frame,
            },
        });
        self.decisions.push(Decision::Ended {
            shot: 0,
            span: TimeSpan::new(0, 0),
            opening: Transition::Start,
            measures: ShotMeasures::default(),
        });
        self.writer
            .decisions(&mut self.decisions, &mut self.renderer)?;
        Ok(self.writer.summary)
    }
}
