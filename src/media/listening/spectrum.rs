//! Power spectra of short frames of sound.

use std::f32::consts::{PI, TAU};

use super::{FRAMES, Power, STEP_SAMPLES};
use crate::domain::SPEECH_SAMPLE_RATE_HZ;

/// Samples of a frame: 32 ms, in which a voice is steady.
const LENGTH: usize = 512;

/// Bands of a spectrum, from 0 to 8 kHz.
pub(super) const BINS: usize = LENGTH / 2;

/// From one frame to the next.
const HOP: usize = (STEP_SAMPLES - LENGTH) / (FRAMES - 1);

/// The band that holds a frequency.
pub(super) const fn bin_of(hertz: u32) -> usize {
    (hertz as usize * LENGTH) / SPEECH_SAMPLE_RATE_HZ as usize
}

/// The tables of a fast Fourier transform (Cooley and Tukey 1965) of fixed length.
pub(super) struct Spectra {
    /// Hann's window, so that a strong tone does not show in all bands.
    window: Vec<f32>,
    turns: Vec<(f32, f32)>,
    order: Vec<usize>,
}

impl Spectra {
    pub(super) fn new() -> Self {
        let bits = LENGTH.trailing_zeros();
        Self {
            window: (0..LENGTH)
                .map(|n| 0.5 - 0.5 * (TAU * n as f32 / LENGTH as f32).cos())
                .collect(),
            turns: (0..LENGTH / 2)
                .map(|n| {
                    let (sine, cosine) = (-2.0 * PI * n as f32 / LENGTH as f32).sin_cos();
                    (cosine, sine)
                })
                .collect(),
            order: (0..LENGTH)
                .map(|n| n.reverse_bits() >> (usize::BITS - bits))
                .collect(),
        }
    }

    /// The spectra of a step's frames, in order; power sums to that of the windowed frame.
    pub(super) fn of(&self, step: &[f32]) -> Vec<Power> {
        let frame = |number: usize| &step[number * HOP..number * HOP + LENGTH];
        (0..FRAMES / 2)
            .flat_map(|pair| self.pair(frame(2 * pair), frame(2 * pair + 1)))
            .collect()
    }

    /// Two frames at once, as the real and the imaginary part of one transform.
    fn pair(&self, one: &[f32], other: &[f32]) -> [Power; 2] {
        let (mut real, mut imaginary) = ([0.0_f32; LENGTH], [0.0_f32; LENGTH]);
        for (to, from) in self.order.iter().enumerate() {
            real[to] = one[*from] * self.window[*from];
            imaginary[to] = other[*from] * self.window[*from];
        }
        let mut half = 1;
        while half < LENGTH {
            let stride = LENGTH / 2 / half;
            for start in (0..LENGTH).step_by(2 * half) {
                let (low_real, high_real) = real[start..start + 2 * half].split_at_mut(half);
                let (low_imaginary, high_imaginary) =
                    imaginary[start..start + 2 * half].split_at_mut(half);
                for place in 0..half {
                    let (cosine, sine) = self.turns[place * stride];
                    let (a, b) = (high_real[place], high_imaginary[place]);
                    let turned = (a * cosine - b * sine, a * sine + b * cosine);
                    high_real[place] = low_real[place] - turned.0;
                    high_imaginary[place] = low_imaginary[place] - turned.1;
                    low_real[place] += turned.0;
                    low_imaginary[place] += turned.1;
                }
            }
            half *= 2;
        }
        let mut spectra = [[0.0; BINS]; 2];
        // A Hann window halves the amplitude, and each side of the spectrum has half of what is left.
        let scale = 2.0 / (LENGTH * LENGTH) as f32 * 8.0 / 3.0;
        for bin in 1..BINS {
            let mirror = LENGTH - bin;
            let (sum_real, sum_imaginary) =
                (real[bin] + real[mirror], imaginary[bin] - imaginary[mirror]);
            let (less_real, less_imaginary) =
                (real[mirror] - real[bin], imaginary[bin] + imaginary[mirror]);
            spectra[0][bin] = scale / 4.0 * (sum_real * sum_real + sum_imaginary * sum_imaginary);
            spectra[1][bin] =
                scale / 4.0 * (less_real * less_real + less_imaginary * less_imaginary);
        }
        spectra
    }
}
