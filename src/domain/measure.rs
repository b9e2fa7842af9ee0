//! What is measured of an asset in even steps of time.

use serde::{Deserialize, Serialize};

use super::Step;

/// What a measure is of; each has its unit and the range that one byte holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureKind {
    /// Mean power of the sound, dBFS from -100 to 27 in halves.
    Loudness,
    /// Level of the steady broad noise from 500 to 4000 Hz, dB from -100 to 27 in halves.
    CrowdNoise,
    /// How much of a step a whistle is heard, 0 to 1 in steps of 1/250.
    Whistle,
    /// How high a voice is, semitones above 40 Hz from 0 to 50 in fifths; absent where none is heard.
    Pitch,
    /// How far sound stands out of what goes on for seconds around it, the mean log-likelihood ratio of
    /// its bands, 0 to 5.08 in steps of 1/50. It has shorter steps than the others.
    Foreground,
    /// Mean difference between frames a second apart within the shot, 0 to 1 in steps of 1/250.
    Motion,
}

/// Stands for a value that is absent.
const ABSENT: u8 = u8::MAX;

impl MeasureKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Loudness,
        Self::CrowdNoise,
        Self::Whistle,
        Self::Pitch,
        Self::Foreground,
        Self::Motion,
    ];

    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loudness => "loudness",
            Self::CrowdNoise => "crowd_noise",
            Self::Whistle => "whistle",
            Self::Pitch => "pitch",
            Self::Foreground => "foreground",
            Self::Motion => "motion",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The lowest value, and how much one step of a byte is.
    fn scale(self) -> (f32, f32) {
        match self {
            Self::Loudness | Self::CrowdNoise => (-100.0, 0.5),
            Self::Whistle | Self::Motion => (0.0, 1.0 / 250.0),
            Self::Pitch => (0.0, 0.2),
            Self::Foreground => (0.0, 0.02),
        }
    }

    fn byte(self, value: Option<f32>) -> u8 {
        let (lowest, step) = self.scale();
        match value.filter(|value| !value.is_nan()) {
            Some(value) => ((value - lowest) / step).round().clamp(0.0, 254.0) as u8,
            None => ABSENT,
        }
    }
}

/// One measure of an asset over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// The step that made it; a repeated step replaces its measures.
    pub step: Step,
    /// What it is of.
    pub kind: MeasureKind,
    /// Time between the beginnings of two values; the first begins at 0.
    pub step_millis: u32,
    /// The values, a byte each, as [`values`](Self::values) reads them.
    pub bytes: Vec<u8>,
}

impl Measure {
    /// A measure of these values; they are rounded to what a byte holds, and held within its range.
    pub fn new(step: Step, kind: MeasureKind, step_millis: u32, values: &[Option<f32>]) -> Self {
        Self {
            step,
            kind,
            step_millis,
            bytes: values.iter().map(|value| kind.byte(*value)).collect(),
        }
    }

    /// The values in order of time; `None` where there is none.
    pub fn values(&self) -> impl Iterator<Item = Option<f32>> {
        let (lowest, step) = self.kind.scale();
        self.bytes
            .iter()
            .map(move |byte| (*byte != ABSENT).then(|| lowest + f32::from(*byte) * step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_to_the_nearest_step_and_within_their_range() {
        let given = [Some(-23.2), None, Some(-300.0), Some(90.0), Some(f32::NAN)];
        let measure = Measure::new(Step::Sound, MeasureKind::Loudness, 500, &given);
        let found: Vec<Option<f32>> = measure.values().collect();
        assert_eq!(found, [Some(-23.0), None, Some(-100.0), Some(27.0), None]);
        for kind in MeasureKind::ALL {
            assert_eq!(MeasureKind::from_name(kind.name()), Some(kind));
            let (lowest, step) = kind.scale();
            let value = lowest + 100.0 * step;
            let measure = Measure::new(Step::Sound, kind, 500, &[Some(value)]);
            assert!((measure.values().next().unwrap().unwrap() - value).abs() < step / 2.0);
        }
    }
}
