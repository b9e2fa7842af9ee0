//! How far sound stands out of what goes on around it, many times a second: between the sentences of a
//! voice it does not, be the spectators ever so loud.

use std::{collections::VecDeque, ops::RangeInclusive};

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

/// Below this bands are even: those of noise scatter by 0.3 to 0.4.
const EVEN: f32 = 0.45;

/// Below this they may be those of noise whose spectrum changed with its level, as where a cheer begins or
/// ends; then what lies on one side alone is compared too: of that so much lies below its level …
const NEARLY_EVEN: f32 = 0.7;
const BELOW_BESIDE: f32 = 0.05;

/// … and noise stands out of it by less than this.
const LEAST_BESIDE: f32 = 0.05;

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

    /// The value of the next frame, 0 where it is noise that grew louder or softer, else the likelihood ratio of a
    /// voice with the background to the background alone.
    fn tell(&mut self) {
        let at = self.told;
        let first = at.saturating_sub(REACH);
        let last = (at + REACH).min(self.recent.len() - 1);
        let evened = |frames: RangeInclusive<usize>| -> Vec<Bands> {
            let frames = frames.step_by(EVENED);
            frames.map(|frame| self.evened(frame)).collect()
        };
        let own = self.evened(at);
        let around = background(&evened(first..=last), BELOW);
        let ratios: Bands = std::array::from_fn(|band| own[band] / around[band]);
        let unevenness = unevenness(&ratios);
        let is_noise = unevenness < EVEN
            || (unevenness < NEARLY_EVEN && {
                // Of a side that ends too soon, at an end of the sound, nothing can be told.
                let sides = [first..=at, at..=last].into_iter();
                let sides = sides.filter(|side| side.end() - side.start() >= REACH / 2);
                let levels = sides.map(|side| background(&evened(side), BELOW_BESIDE));
                let louder = levels.fold(around, |louder, level| {
                    std::array::from_fn(|band| louder[band].max(level[band]))
                });
                let ratios = std::array::from_fn(|band| own[band] / louder[band]);
                likelihood_ratio(&ratios) < LEAST_BESIDE
            });
        let value = if is_noise {
            0.0
        } else {
            likelihood_ratio(&ratios)
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

/// The level that a share of the frames lies below, in each band (minimum statistics: Martin 2001, "Noise
/// power spectral density estimation based on optimal smoothing and minimum statistics").
fn background(frames: &[Bands], below: f32) -> Bands {
    let at = (below * frames.len().saturating_sub(1) as f32).round() as usize;
    let mut column = vec![0.0; frames.len()];
    std::array::from_fn(|band| {
        for (to, bands) in column.iter_mut().zip(frames) {
            *to = bands[band];
        }
        *column.select_nth_unstable_by(at, f32::total_cmp).1
    })
}

/// The mean over the bands of `s - ln s - 1`, where `s` is the ratio of power to that of the noise: the
/// logarithm of how much likelier a voice with noise is than noise alone (Sohn, Kim and Sung 1999, "A statistical
/// model-based voice activity detection", equation 5 with the power of the voice as it is most likely).
fn likelihood_ratio(ratios: &Bands) -> f32 {
    let terms = ratios.iter().map(|ratio| (ratio / ABOVE).max(1.0));
    terms.map(|s| s - s.ln() - 1.0).sum::<f32>() / BANDS as f32
}

/// How much some bands stand out of the others, as the deviation of their logarithms: a voice has formants, a
/// noise that grew louder has grown in all of them, more or less so from low to high.
fn unevenness(ratios: &Bands) -> f32 {
    // Legendre's polynomials 0 to 2 over the bands are orthogonal but for little: what they explain is
    // the level, the slope and the bend.
    let place = |band: usize| 2.0 * (band as f32 + 0.5) / BANDS as f32 - 1.0;
    let shapes: [fn(f32) -> f32; 3] = [|_| 1.0, |x| x, |x| 1.5 * x * x - 0.5];
    let mut rest = ratios.map(f32::ln);
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
    variance.sqrt()
}

fn bands(frame: &Power) -> Bands {
    std::array::from_fn(|band| {
        let first = LOWEST + band * WIDTH;
        let sum: f32 = frame[first..first + WIDTH].iter().sum();
        sum / WIDTH as f32 + LEAST_POWER
    })
}
