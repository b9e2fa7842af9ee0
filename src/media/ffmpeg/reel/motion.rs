//! Pictures between frames, with the motion between them estimated.

use std::collections::VecDeque;

use crate::domain::Rational;
use crate::media::MediaError;

use super::super::decoder::Frame;
use super::super::graph::{FrameForm, Graph};
use super::film::Pace;

/// Motion is estimated from two frames on either side.
pub(super) const MOTION_MARGIN: i64 = 2;

/// Frames that the filter may hold back before a picture is given up.
const MOST_BEHIND: i64 = 4;

/// The unit of the chain's clock; only ratios matter.
const UNIT: Rational = Rational::new(1, 1_000_000);

/// A chain of filters that is fed frames of the source and gives pictures of the reel.
///
/// Its clock counts so that both are whole: frames come every `step` units and pictures every
/// `den`, where `step / den` is how many pictures a frame is shown for.
pub(super) struct Motion {
    graph: Option<Graph>,
    fed_to: i64,
    /// Pictures by which the clock is ahead, so that it never shows less than zero.
    shift: i64,
    ready: VecDeque<(i64, Frame)>,
}

impl Motion {
    /// A chain that is fed from a little before that frame on.
    pub(super) fn before(frame: i64) -> Self {
        Self {
            graph: None,
            fed_to: frame - MOTION_MARGIN - 1,
            shift: 0,
            ready: VecDeque::new(),
        }
    }

    /// The number of the frame to feed next.
    pub(super) fn next_number(&self) -> i64 {
        self.fed_to + 1
    }

    /// Whether it makes sense to feed more for a picture that shows `frame`.
    pub(super) fn wants(&self, frame: i64) -> bool {
        self.fed_to < frame + MOTION_MARGIN + MOST_BEHIND
    }

    /// The picture of that number, where it is ready.
    pub(super) fn take(&mut self, picture: i64) -> Option<Frame> {
        while self.ready.front().is_some_and(|(at, _)| *at < picture) {
            self.ready.pop_front();
        }
        let front = self.ready.front().filter(|(at, _)| *at == picture);
        front.and_then(|(_, frame)| frame.share())
    }

    /// Takes the next frame of the source, in the reel's form.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn feed(&mut self, pace: &Pace, frame: &Frame) -> Result<(), MediaError> {
        let step = i64::from(pace.reel_rate.num)
            * i64::from(pace.rate.den)
            * i64::from(pace.slowness.max(1));
        let den = i64::from(pace.reel_rate.den) * i64::from(pace.rate.num);
        let (step, den) = reduced(step, den);
        self.fed_to += 1;
        let since_first = self.fed_to - pace.first_frame;
        let graph = match &mut self.graph {
            Some(graph) => graph,
            None => {
                self.shift = (-since_first * step).max(0) / den + 1;
                let chain = format!(
                    "minterpolate=fps=1000000/{den}:mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1:scd=none"
                );
                let form = FrameForm::of(frame, false);
                self.graph.insert(Graph::new(form, &chain, UNIT)?)
            }
        };
        graph.push(Some((frame, since_first * step + self.shift * den)))?;
        while let Some(made) = graph.pull()? {
            let at = (made.raw().pts + den / 2).div_euclid(den) - self.shift;
            self.ready.push_back((at, made));
        }
        Ok(())
    }
}

/// The same ratio in the smallest whole numbers.
fn reduced(num: i64, den: i64) -> (i64, i64) {
    let (mut a, mut b) = (num.max(1), den.max(1));
    while b > 0 {
        (a, b) = (b, a % b);
    }
    (num / a, den / a)
}
