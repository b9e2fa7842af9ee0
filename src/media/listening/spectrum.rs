//! Power spectra of short frames of sound.

use std::{f32::consts::TAU, sync::Arc};

use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex};

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

/// A Fourier transform of fixed length with its working space.
pub(super) struct Spectra {
    transform: Arc<dyn RealToComplex<f32>>,
    /// Hann's window, so that a strong tone does not show in all bands.
    window: Vec<f32>,
    frame: Vec<f32>,
    bands: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Spectra {
    pub(super) fn new() -> Self {
        let transform = RealFftPlanner::new().plan_fft_forward(LENGTH);
        Self {
            window: (0..LENGTH)
                .map(|n| 0.5 - 0.5 * (TAU * n as f32 / LENGTH as f32).cos())
                .collect(),
            frame: transform.make_input_vec(),
            bands: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            transform,
        }
    }

    /// The spectra of a step's frames, in order; power sums to that of the windowed frame.
    pub(super) fn of(&mut self, step: &[f32]) -> Vec<Power> {
        (0..FRAMES)
            .map(|number| self.spectrum(&step[number * HOP..number * HOP + LENGTH]))
            .collect()
    }

    fn spectrum(&mut self, frame: &[f32]) -> Power {
        for (to, (sample, weight)) in self.frame.iter_mut().zip(frame.iter().zip(&self.window)) {
            *to = sample * weight;
        }
        let (frame, bands) = (&mut self.frame, &mut self.bands);
        self.transform
            .process_with_scratch(frame, bands, &mut self.scratch)
            .expect("all lengths are those that the plan asked for");
        // A Hann window leaves 3/8 of the power, and each side of the spectrum has half of it.
        let scale = 2.0 / (LENGTH * LENGTH) as f32 * 8.0 / 3.0;
        let mut power = [0.0; BINS];
        // The mean of the sound tells nothing.
        for (to, band) in power.iter_mut().zip(bands).skip(1) {
            *to = scale * band.norm_sqr();
        }
        power
    }
}
