//! The level of spectators: noise without pitch that goes on while others speak.

use super::{FRAMES, Power, decibels, spectrum::bin_of};

/// Roar and applause are strongest from here …
const LOWEST: usize = bin_of(500);

/// … to here; below lies traffic and wind, above what many codecs leave out.
const HIGHEST: usize = bin_of(4000);

/// Of a band's powers in a step, so many lie below the one that counts as its floor: few enough
/// that the gaps between the syllables of a quick voice are found.
const BELOW: usize = FRAMES / 8;

/// The level of the steady broad noise in a step, in dB.
///
/// In each band one of the lowest powers over time is what goes on between the syllables of a voice
/// (minimum statistics: Martin 2001, "Noise power spectral density estimation based on optimal
/// smoothing and minimum statistics"). Of these floors the geometric mean is taken, which is their
/// mean power times their spectral flatness (Gray and Markel 1974): a roar has both, a chord or a
/// whistle has its power in few bands and counts for little.
pub(super) fn level_db(frames: &[Power]) -> f32 {
    let mut sum = 0.0;
    for bin in LOWEST..HIGHEST {
        let mut powers: Vec<f32> = frames.iter().map(|frame| frame[bin]).collect();
        let (_, floor, _) = powers.select_nth_unstable_by(BELOW, f32::total_cmp);
        sum += decibels(*floor);
    }
    sum / (HIGHEST - LOWEST) as f32
}
