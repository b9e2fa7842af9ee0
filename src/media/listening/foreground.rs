//! How far sound stands out of what goes on around it, many times a second: between the sentences of a
//! voice it does not, be the spectators ever so loud.

use std::collections::VecDeque;

use super::{FRAMES, Power, spectrum::bin_of};

/// Voices have most of their power from here …
const LOWEST: usize = bin_of(200);

/// … to here.
const HIGHEST: usize = bin_of(4000);

/// So many neighbouring bands of a spectrum are one band here: noise scatters less.
const WIDTH: usize = 4;

const BANDS: usize = (HIGHEST - LOWEST) / WIDTH;

/// Frames on both sides that are around: a second and a half, longer than a sentence goes on without
/// a pause in any band.
const REACH: usize = 60;

/// Three frames are evened out; of what is around, every third is looked at.
const EVENED: usize = 3;

/// The share of what is around that lies below the level of the background …
const BELOW: f32 = 0.15;

/// … and how much the mean of a steady noise lies above that.
const ABOVE: f32 = 1.5;

/// Digital silence, so that it stands out of nothing.
const LEAST_POWER: f32 = 1e-12;

/// The deviation of the logarithms of bands from which they are uneven; those of noise scatter by
/// 0.3 to 0.4.
const UNEVEN: f32 = 0.45;

type Bands = [f32; BANDS];

/// Holds three seconds of spectra, for the background of a frame lies on both its sides.
#[derive(Default)]
pub(super) struct Foreground {
    recent: VecDeque<Bands>,
    /// How many frames of `recent` have their value.
    told: usize,
    values: Vec<Option<f32>>,
}

impl Foreground {
    /// Takes the frames of a step.
    pub(super) fn push(&mut self, frames: &[Power]) {
        for frame in frames {
            self.recent.push_back(bands(frame));
            if self.recent.len() > self.told + REACH {
                self.tell();
            }
            if self.recent.len() > 2 * REACH + 1 {
                self.recent.pop_front();
                self.told -= 1;
            }
        }
    }

    /// Takes a step in which nothing is to be heard.
    pub(super) fn push_silence(&mut self) {
        self.push(&[[0.0; super::spectrum::BINS]; FRAMES]);
    }

    /// Leaves out a number of steps: what follows has other surroundings.
    pub(super) fn skip(&mut self, steps: usize) {
        self.end();
        let missing = std::iter::repeat_n(None, steps * FRAMES);
        self.values.extend(missing);
    }

    /// The values of all frames.
    pub(super) fn finish(mut self) -> Vec<Option<f32>> {
        self.end();
        self.values
    }

    fn end(&mut self) {
        while self.told < self.recent.len() {
            self.tell();
        }
        self.recent.clear();
        self.told = 0;
    }

    /// The value of the next frame, 0 where its bands are even, else the mean over the bands of `s - ln s - 1`, where `s` is the ratio
    /// of its power to the background's. That is the likelihood ratio of a voice with noise to noise
    /// alone (Sohn, Kim and Sung 1999, "A statistical model-based voice activity detection", equation 5 with
    /// the power of the voice as it is most likely); the background is that of minimum statistics
    /// (Martin 2001, "Noise power spectral density estimation based on optimal smoothing and minimum
    /// statistics").
    fn tell(&mut self) {
        let at = self.told;
        let first = at.saturating_sub(REACH);
        let last = (at + REACH).min(self.recent.len() - 1);
        let around: Vec<Bands> = (first..=last)
            .step_by(EVENED)
            .map(|frame| self.evened(frame))
            .collect();
        let own = self.evened(at);
        let below = (BELOW * around.len() as f32) as usize;
        let mut column = vec![0.0; around.len()];
        let mut ratios = [0.0; BANDS];
        for (band, power) in own.iter().enumerate() {
            for (to, bands) in column.iter_mut().zip(&around) {
                *to = bands[band];
            }
            let (_, background, _) = column.select_nth_unstable_by(below, f32::total_cmp);
            ratios[band] = power / *background;
        }
        let value = if is_uneven(&ratios) {
            let terms = ratios.iter().map(|ratio| (ratio / ABOVE).max(1.0));
            terms.map(|s| s - s.ln() - 1.0).sum::<f32>() / BANDS as f32
        } else {
            0.0
        };
        self.values.push(Some(value));
        self.told += 1;
    }

    /// The mean of a frame and its neighbours.
    fn evened(&self, at: usize) -> Bands {
        let around = at.saturating_sub(EVENED / 2)..(at + EVENED / 2 + 1).min(self.recent.len());
        let count = around.len() as f32;
        let mut mean = [0.0; BANDS];
        for frame in self.recent.range(around) {
            for (to, power) in mean.iter_mut().zip(frame) {
                *to += power / count;
            }
        }
        mean
    }
}

/// Whether some bands stand out of the others: a voice has formants, a noise that grew louder has grown
/// in all of them, more or less so from low to high.
fn is_uneven(ratios: &Bands) -> bool {
    let logs = ratios.map(f32::ln);
    // Legendre's polynomials 0 to 2 over the bands are orthogonal but for little: what they explain is
    // the level, the slope and the bend.
    let place = |band: usize| 2.0 * (band as f32 + 0.5) / BANDS as f32 - 1.0;
    let shapes: [fn(f32) -> f32; 3] = [|_| 1.0, |x| x, |x| 1.5 * x * x - 0.5];
    let mut rest = logs;
    for shape in shapes {
        let (mut product, mut square) = (0.0, 0.0);
        for (band, log) in rest.iter().enumerate() {
            let value = shape(place(band));
            product += value * log;
            square += value * value;
        }
        for (band, log) in rest.iter_mut().enumerate() {
            *log -= product / square * shape(place(band));
        }
    }
    let variance = rest.iter().map(|log| log * log).sum::<f32>() / BANDS as f32;
    variance.sqrt() >= UNEVEN
}

fn bands(frame: &Power) -> Bands {
    std::array::from_fn(|band| {
        let first = LOWEST + band * WIDTH;
        let sum: f32 = frame[first..first + WIDTH].iter().sum();
        sum / WIDTH as f32 + LEAST_POWER
    })
}
