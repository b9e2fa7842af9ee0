//! How exciting an asset is over time: signals that are measured, each against what is usual for the asset.
//!
//! Nothing here is learnt or asked of a model: loudness and crowds out of the sound, words and their
//! pace out of the transcript, cuts, replays and scores out of shots and on-screen text, as the
//! catalogue has them. What an asset lacks has no part in its curve.

mod baseline;
mod drawing;
mod measured;
mod phrases;
mod shown;
mod spoken;
mod weights;

use serde::Serialize;

use super::{ReelError, SignalShare};
use crate::{
    domain::{AssetKey, AssetKind, Segment, TimeSpan},
    store::Catalog,
};

pub use drawing::sparkline;
pub use weights::Weights;

/// The time between two values of a curve: a cheer swells within it, a word lasts about as long.
pub const STEP_MILLIS: i64 = 500;

/// What excitement is told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// The whole sound's level.
    Loudness,
    /// Broad noise of spectators.
    Crowd,
    /// A referee's whistle.
    Whistle,
    /// How fast somebody speaks.
    SpeechRate,
    /// How high somebody speaks.
    SpeechPitch,
    /// How much of the picture changes within a shot.
    Motion,
    /// How often the picture is cut.
    CutRate,
    /// A line on screen whose figures change.
    ScoreChange,
    /// Words of excited commentators.
    Commentary,
    /// A replay.
    Replay,
}

impl Signal {
    /// All signals.
    pub const ALL: [Self; 10] = [
        Self::Loudness,
        Self::Crowd,
        Self::Whistle,
        Self::SpeechRate,
        Self::SpeechPitch,
        Self::Motion,
        Self::CutRate,
        Self::ScoreChange,
        Self::Commentary,
        Self::Replay,
    ];

    /// The name used in files and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loudness => "loudness",
            Self::Crowd => "crowd",
            Self::Whistle => "whistle",
            Self::SpeechRate => "speech_rate",
            Self::SpeechPitch => "speech_pitch",
            Self::Motion => "motion",
            Self::CutRate => "cut_rate",
            Self::ScoreChange => "score_change",
            Self::Commentary => "commentary",
            Self::Replay => "replay",
        }
    }
}

/// One signal of an asset over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalCurve {
    /// Its name, such as `crowd`.
    pub name: &'static str,
    /// How much it counts, from [`Weights`].
    pub weight: f32,
    /// Levels from 0, usual for the asset or below, to 1; as many as the curve has values.
    pub values: Vec<f32>,
}

/// How exciting an asset is over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// Time between the beginnings of two values.
    pub step_millis: i64,
    /// Excitement from 0 to 1 in each step, the first from 0; empty for stills and for assets
    /// whose running time is not known.
    pub values: Vec<f32>,
    /// The signals that the asset has and that count, in the order of [`Signal::ALL`].
    pub signals: Vec<SignalCurve>,
}

impl Curve {
    /// The curve of an asset out of what the catalogue knows of it.
    ///
    /// # Errors
    /// When the catalogue can't be read. An asset that is not there has an empty curve.
    pub fn of(catalog: &Catalog, asset: AssetKey, weights: &Weights) -> Result<Self, ReelError> {
        let Some(record) = catalog.asset(asset)? else {
            return Ok(Self::new(Vec::new(), 0));
        };
        let segments: Vec<Segment> = catalog
            .segments(asset)?
            .into_iter()
            .map(|(_, segment)| segment)
            .collect();
        let media = record.media.as_ref();
        let is_still = media.is_some_and(|media| media.kind == AssetKind::Image);
        let told_millis = media.and_then(|media| media.duration_millis);
        let seen_millis = segments.iter().map(|segment| segment.span.end_millis).max();
        let duration_millis = told_millis.or(seen_millis).filter(|_| !is_still);
        let steps = steps_of(duration_millis.unwrap_or(0));
        let names: Vec<String> = record
            .locations
            .iter()
            .map(|location| location.path.display().to_string())
            .collect();
        let mut signals = measured::signals(&catalog.measures(asset)?, &segments, steps);
        signals.extend(shown::signals(&segments, steps));
        signals.extend(spoken::signals(&segments, &names, weights, steps));
        let mut weighed: Vec<SignalCurve> = Vec::new();
        for signal in Signal::ALL {
            let found = signals.iter_mut().find(|(found, _)| *found == signal);
            if let Some((_, values)) = found
                && weights.of(signal) > 0.0
            {
                weighed.push(SignalCurve {
                    name: signal.name(),
                    weight: weights.of(signal),
                    values: std::mem::take(values),
                });
            }
        }
        Ok(Self::new(weighed, steps))
    }

    /// Signals of `steps` values each, put together.
    ///
    /// `1 - exp(-sum of weight times level)`, a noisy-or whose inputs are rates (Pearl 1988,
    /// "Probabilistic Reasoning in Intelligent Systems", section 4.3.2): each signal alone may be
    /// cause enough, several are a better one, and the result never leaves 0 to 1.
    fn new(signals: Vec<SignalCurve>, steps: usize) -> Self {
        let values = (0..steps)
            .map(|step| {
                let sum: f32 = signals
                    .iter()
                    .map(|signal| signal.weight * signal.values[step])
                    .sum();
                1.0 - (-sum).exp()
            })
            .collect();
        Self {
            step_millis: STEP_MILLIS,
            values,
            signals,
        }
    }

    /// Mean excitement of a stretch, 0 to 1; parts of steps count as much as lies in the stretch.
    pub fn mean(&self, span: TimeSpan) -> f32 {
        self.mean_of(&self.values, span)
    }

    /// The highest excitement in a stretch, 0 to 1, of the steps that lie in it by half or more: what
    /// ended with the cut before it is not in it. A stretch that holds half of no step has its mean.
    pub fn peak(&self, span: TimeSpan) -> f32 {
        self.steps(span)
            .filter(|(_, part)| part * 2 >= self.step_millis)
            .map(|(step, _)| self.values[step])
            .reduce(f32::max)
            .unwrap_or_else(|| self.mean(span))
    }

    /// What makes a stretch exciting: each signal's mean level there, the largest share first;
    /// signals that are at 0 are left out.
    pub fn shares(&self, span: TimeSpan) -> Vec<SignalShare> {
        let mut shares: Vec<SignalShare> = self
            .signals
            .iter()
            .map(|signal| SignalShare {
                signal: signal.name.to_owned(),
                level: self.mean_of(&signal.values, span),
                weight: signal.weight,
            })
            .filter(|share| share.level > 0.0)
            .collect();
        shares.sort_by(|one, other| {
            (other.level * other.weight).total_cmp(&(one.level * one.weight))
        });
        shares
    }

    fn mean_of(&self, values: &[f32], span: TimeSpan) -> f32 {
        let (mut sum, mut millis) = (0.0, 0);
        for (step, part) in self.steps(span) {
            sum += values[step] * part as f32;
            millis += part;
        }
        if millis == 0 {
            0.0
        } else {
            sum / millis as f32
        }
    }

    /// The steps that a stretch touches, each with its milliseconds in the stretch.
    fn steps(&self, span: TimeSpan) -> impl Iterator<Item = (usize, i64)> {
        let step_millis = self.step_millis;
        let count = self.values.len() as i64;
        let first = span.start_millis.max(0) / step_millis;
        let end = (span.end_millis.max(0) + step_millis - 1) / step_millis;
        (first.min(count)..end.min(count)).map(move |step| {
            let own = TimeSpan::new(step * step_millis, (step + 1) * step_millis);
            (step as usize, own.overlap_millis(span))
        })
    }
}

/// How many steps a running time has.
fn steps_of(duration_millis: i64) -> usize {
    usize::try_from((duration_millis + STEP_MILLIS - 1) / STEP_MILLIS).unwrap_or(0)
}

/// The middle of a step.
fn middle_millis(step: usize) -> i64 {
    step as i64 * STEP_MILLIS + STEP_MILLIS / 2
}

#[cfg(test)]
mod tests;
