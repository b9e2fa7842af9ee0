//! Levels of sound in even steps of time, few however long the sound is.

use super::protocol::Loudness;

/// The most values that are kept; twice the pixels of a narrow timeline.
const MOST_STEPS: usize = 2000;

/// The shortest step in milliseconds: a syllable still shows.
const SHORTEST_STEP_MILLIS: i64 = 50;

/// Levels below this are silence.
const FLOOR_DB: f32 = -100.0;

/// Mean power of sound in steps that grow with its length.
pub(super) struct LevelBins {
    step_millis: i64,
    bins: Vec<Bin>,
}

#[derive(Clone, Copy, Default)]
struct Bin {
    power: f64,
    values: u64,
}

impl Default for LevelBins {
    fn default() -> Self {
        Self {
            step_millis: SHORTEST_STEP_MILLIS,
            bins: Vec::new(),
        }
    }
}

impl LevelBins {
    /// Takes interleaved samples that begin at `at_micros` of running time; what lies before 0 is
    /// left out.
    pub(super) fn push(
        &mut self,
        interleaved: &[f32],
        channels: usize,
        sample_rate_hz: u32,
        at_micros: i64,
    ) {
        // Ten milliseconds at a time: no step ends within one.
        let frames = (sample_rate_hz / 100).max(1) as usize;
        let micros_each = frames as i64 * 1_000_000 / i64::from(sample_rate_hz.max(1));
        let mut start_micros = at_micros;
        for part in interleaved.chunks(frames * channels.max(1)) {
            let millis = start_micros.div_euclid(1000);
            start_micros += micros_each;
            if millis < 0 {
                continue;
            }
            let power: f64 = part
                .iter()
                .filter(|value| value.is_finite())
                .map(|value| f64::from(*value) * f64::from(*value))
                .sum();
            self.add(
                millis,
                Bin {
                    power,
                    values: part.len() as u64,
                },
            );
        }
    }

    fn add(&mut self, at_millis: i64, more: Bin) {
        while at_millis / self.step_millis >= MOST_STEPS as i64 {
            self.double_steps();
        }
        let at = (at_millis / self.step_millis) as usize;
        if self.bins.len() <= at {
            self.bins.resize(at + 1, Bin::default());
        }
        self.bins[at].power += more.power;
        self.bins[at].values += more.values;
    }

    fn double_steps(&mut self) {
        self.step_millis *= 2;
        let joined = self.bins.chunks(2).map(|pair| Bin {
            power: pair.iter().map(|bin| bin.power).sum(),
            values: pair.iter().map(|bin| bin.values).sum(),
        });
        self.bins = joined.collect();
    }

    /// The levels in dBFS, to a tenth; a full-scale square wave is 0.
    pub(super) fn finish(self) -> Loudness {
        let level = |bin: &Bin| {
            let mean = bin.power / bin.values.max(1) as f64;
            ((10.0 * mean.log10()) as f32).clamp(FLOOR_DB, 20.0)
        };
        Loudness {
            step_millis: self.step_millis,
            levels_db: self
                .bins
                .iter()
                .map(|bin| (level(bin) * 10.0).round() / 10.0)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_of_the_sound_at_their_time() {
        let mut bins = LevelBins::default();
        let sine: Vec<f32> = (0..48_000)
            .map(|n| (n as f32 * 440.0 * std::f32::consts::TAU / 48_000.0).sin())
            .flat_map(|value| [value, value])
            .collect();
        bins.push(&sine, 2, 48_000, 1_000_000);
        bins.push(&[0.1; 4800], 1, 48_000, 3_000_000);
        bins.push(&[1.0; 480], 1, 48_000, -20_000);
        let loudness = bins.finish();
        assert_eq!(loudness.step_millis, 50);
        assert_eq!(loudness.levels_db.len(), 62);
        assert_eq!(
            loudness.levels_db[0], -100.0,
            "what lies before 0 is left out"
        );
        assert_eq!(loudness.levels_db[30], -3.0);
        assert_eq!(loudness.levels_db[50], -100.0);
        assert_eq!(loudness.levels_db[60], -20.0);
    }

    #[test]
    fn a_day_of_sound_has_no_more_steps_than_a_minute_and_keeps_its_level() {
        let mut bins = LevelBins::default();
        for minute in 0..24 * 60 {
            bins.push(&[0.5; 6000], 1, 100, minute * 60_000_000);
        }
        let loudness = bins.finish();
        assert!((1000..=2000).contains(&loudness.levels_db.len()));
        assert!(loudness.step_millis * loudness.levels_db.len() as i64 >= 86_400_000);
        assert!(loudness.levels_db.iter().all(|level| *level == -6.0));
    }
}
