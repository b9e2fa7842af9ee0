//! A limiter that keeps the true peak of stereo sound below a level, without a delay.

use std::collections::VecDeque;

const CHANNELS: usize = 2;

/// How far ahead a peak is seen: the gain goes down over 5 ms at 48 kHz, too slow to be heard as a click.
const LOOKAHEAD: usize = 240;

/// What of the way back to full gain is gone each sample: 100 ms at 48 kHz.
const RELEASE: f32 = 1.0 / 4800.0;

/// Samples by which the interpolated ones lag behind.
const FILTER_DELAY: usize = 6;

/// Interpolation by four, phase by phase (ITU-R BS.1770-5, annex 2).
const PHASES: [[f32; 12]; 4] = [
    [
        0.001_708_984_4,
        0.010_986_328,
        -0.019_653_32,
        0.033_203_125,
        -0.059_448_242,
        0.137_329_1,
        0.972_167_97,
        -0.102_294_92,
        0.047_607_422,
        -0.026_611_328,
        0.014_892_578,
        -0.008_300_781,
    ],
    [
        -0.029_174_805,
        0.029_296_875,
        -0.051_757_813,
        0.089_111_33,
        -0.166_503_9,
        0.465_087_9,
        0.779_785_16,
        -0.200_317_38,
        0.101_562_5,
        -0.058_227_54,
        0.033_081_055,
        -0.018_920_898,
    ],
    [
        -0.018_920_898,
        0.033_081_055,
        -0.058_227_54,
        0.101_562_5,
        -0.200_317_38,
        0.779_785_16,
        0.465_087_9,
        -0.166_503_9,
        0.089_111_33,
        -0.051_757_813,
        0.029_296_875,
        -0.029_174_805,
    ],
    [
        -0.008_300_781,
        0.014_892_578,
        -0.026_611_328,
        0.047_607_422,
        -0.102_294_92,
        0.972_167_97,
        0.137_329_1,
        -0.059_448_242,
        0.033_203_125,
        -0.019_653_32,
        0.010_986_328,
        0.001_708_984_4,
    ],
];

/// The gain of a limiter sample by sample. What goes in comes out, as many samples and in step,
/// though later: the rest comes with [`Limiter::finish`].
pub(super) struct Limiter {
    ceiling: f32,
    /// The last samples of each channel, newest last.
    history: [VecDeque<f32>; CHANNELS],
    /// Samples that wait for their gain.
    waiting: VecDeque<[f32; CHANNELS]>,
    /// The gains that peaks ahead ask for, ascending, with their place.
    minima: VecDeque<(u64, f32)>,
    released: f32,
    /// The last gains, whose mean is applied.
    smoothed: VecDeque<f32>,
    sum: f64,
    seen: u64,
    skipped: usize,
}

impl Limiter {
    /// A limiter with that ceiling, as a share of full scale.
    pub(super) fn new(ceiling: f32) -> Self {
        let silence = || std::iter::repeat_n(0.0, PHASES[0].len()).collect();
        Self {
            ceiling,
            history: [silence(), silence()],
            waiting: VecDeque::new(),
            minima: VecDeque::new(),
            released: 1.0,
            smoothed: std::iter::repeat_n(1.0, LOOKAHEAD).collect(),
            sum: LOOKAHEAD as f64,
            seen: 0,
            skipped: 0,
        }
    }

    /// Takes interleaved samples and gives those that are done.
    pub(super) fn limit(&mut self, interleaved: &[f32]) -> Vec<f32> {
        let mut out = Vec::with_capacity(interleaved.len());
        for frame in interleaved.as_chunks::<CHANNELS>().0 {
            self.waiting.push_back(*frame);
            self.step(*frame, &mut out);
        }
        out
    }

    /// The samples that are still held back.
    pub(super) fn finish(mut self) -> Vec<f32> {
        let mut out = Vec::new();
        while !self.waiting.is_empty() {
            self.step([0.0; CHANNELS], &mut out);
        }
        out
    }

    fn step(&mut self, frame: [f32; CHANNELS], out: &mut Vec<f32>) {
        let peak = self.true_peak(frame);
        let wanted = if peak > self.ceiling {
            self.ceiling / peak
        } else {
            1.0
        };
        while self.minima.back().is_some_and(|(_, gain)| *gain >= wanted) {
            self.minima.pop_back();
        }
        self.minima.push_back((self.seen, wanted));
        self.seen += 1;
        let window = (LOOKAHEAD + FILTER_DELAY) as u64;
        while self
            .minima
            .front()
            .is_some_and(|(at, _)| at + window < self.seen)
        {
            self.minima.pop_front();
        }
        let least = self.minima.front().map_or(1.0, |(_, gain)| *gain);
        self.released = least.min(self.released + (1.0 - self.released) * RELEASE);
        self.sum += f64::from(self.released);
        self.smoothed.push_back(self.released);
        self.sum -= f64::from(self.smoothed.pop_front().unwrap_or(1.0));
        // The gain belongs to the sample that was seen a window ago.
        if self.skipped < LOOKAHEAD - 1 + FILTER_DELAY {
            self.skipped += 1;
            return;
        }
        if let Some(frame) = self.waiting.pop_front() {
            let gain = (self.sum / LOOKAHEAD as f64) as f32;
            out.extend(frame.map(|value| value * gain));
        }
    }

    /// The highest level between the samples around the one that came half a filter ago.
    fn true_peak(&mut self, frame: [f32; CHANNELS]) -> f32 {
        let mut peak = 0.0_f32;
        for (history, value) in self.history.iter_mut().zip(frame) {
            history.pop_front();
            history.push_back(value);
            peak = peak.max(value.abs());
            let values = history.make_contiguous();
            for phase in &PHASES {
                let between: f32 = phase
                    .iter()
                    .zip(values.iter().rev())
                    .map(|(factor, value)| factor * value)
                    .sum();
                peak = peak.max(between.abs());
            }
        }
        peak
    }
}

#[cfg(test)]
mod tests {
    use ebur128::{EbuR128, Mode};

    use std::f32::consts::{FRAC_PI_2, FRAC_PI_4};

    use super::*;

    fn true_peak(interleaved: &[f32]) -> f64 {
        let mut meter = EbuR128::new(2, 48_000, Mode::TRUE_PEAK).unwrap();
        meter.add_frames_f32(interleaved).unwrap();
        meter.true_peak(0).unwrap().max(meter.true_peak(1).unwrap())
    }

    /// A tone near a quarter of the rate, where peaks lie between samples, that swells and fades.
    fn tone(level: f32) -> Vec<f32> {
        (0..48_000)
            .flat_map(|at| {
                let swell = (at as f32 / 48_000.0 * 12.0).sin().abs();
                let value = level * swell * (at as f32 * FRAC_PI_2 + FRAC_PI_4).sin();
                [value, -value]
            })
            .collect()
    }

    #[test]
    fn true_peaks_stay_below_the_ceiling_and_nothing_is_shifted() {
        let sound = tone(1.8);
        assert!(true_peak(&sound) > 1.7);
        let mut limiter = Limiter::new(0.891);
        let mut out = Vec::new();
        for chunk in sound.chunks(2 * 777) {
            out.extend(limiter.limit(chunk));
        }
        out.extend(limiter.finish());
        assert_eq!(out.len(), sound.len());
        let peak = true_peak(&out);
        assert!((0.7..0.90).contains(&peak), "{peak}");
    }

    #[test]
    fn what_is_below_the_ceiling_passes_as_it_is() {
        let sound = tone(0.5);
        let mut limiter = Limiter::new(0.891);
        let mut out = limiter.limit(&sound);
        out.extend(limiter.finish());
        let worst = out
            .iter()
            .zip(&sound)
            .fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
        assert!(out.len() == sound.len() && worst < 1e-5, "{worst}");
    }
}
