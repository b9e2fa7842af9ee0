//! The sound of all parts as one: crossfaded where they meet, brought to one loudness.

use std::path::PathBuf;

use ebur128::{EbuR128, Mode};

use crate::media::MediaError;
use crate::media::limiter::Limiter;
use crate::media::protocol::REEL_SAMPLE_RATE_HZ;

use super::part_file::PartReader;
use super::sound::CHANNELS;

/// The highest true peak (EBU R128: -1 dBTP), less what encoding may add to it.
const CEILING_DB: f64 = -1.5;

/// Sound quieter than that would be raised until its noise is all that is heard.
const MOST_GAIN_DB: f64 = 30.0;

/// Limiting takes loudness away, which more gain gives back; after so many rounds it is close.
const ROUNDS: usize = 3;

/// How close is close, in LU.
const TOLERANCE_LU: f64 = 0.1;

/// The sound of the parts in order.
pub(super) struct Soundtrack {
    parts: std::vec::IntoIter<PathBuf>,
    part: Option<PartReader>,
    /// Samples that came and were not given yet.
    pending: Vec<f32>,
    /// How many of `pending` are faded in already, or need no fading.
    settled: usize,
    /// The end of the part before: it fades out into the next.
    tail: Vec<f32>,
    /// Samples to leave out: what comes before the reel.
    early: usize,
    is_first: bool,
}

impl Soundtrack {
    pub(super) fn new(parts: Vec<PathBuf>) -> Self {
        Self {
            parts: parts.into_iter(),
            part: None,
            pending: Vec::new(),
            settled: 0,
            tail: Vec::new(),
            early: 0,
            is_first: true,
        }
    }

    /// The next samples, interleaved; `None` at the end.
    ///
    /// # Errors
    /// As [`PartReader::open`].
    pub(super) fn next(&mut self) -> Result<Option<Vec<f32>>, MediaError> {
        loop {
            if self.part.is_none() && !self.begin_part()? {
                return Ok(self.last());
            }
            let Some(part) = &mut self.part else { continue };
            let crossfade = 2 * part.header.margin_samples.max(0) as usize * CHANNELS;
            match part.next_sound()? {
                Some(more) => {
                    self.pending.extend(more);
                    if self.settled == 0 && self.pending.len() >= crossfade {
                        crossfaded(&self.tail, &mut self.pending[..crossfade]);
                        self.settled = crossfade.max(1);
                    }
                    // The end of the part is kept for the fade into the next.
                    let ready = self.pending.len().saturating_sub(crossfade);
                    if self.settled > 0 && ready > 0 {
                        let given = self.pending.drain(..ready).collect();
                        return Ok(Some(self.without_early(given)));
                    }
                }
                None => {
                    self.tail = std::mem::take(&mut self.pending);
                    self.part = None;
                }
            }
        }
    }

    fn begin_part(&mut self) -> Result<bool, MediaError> {
        let Some(path) = self.parts.next() else {
            return Ok(false);
        };
        let part = PartReader::open(&path)?;
        let margin = part.header.margin_samples.max(0) as usize * CHANNELS;
        if self.is_first {
            // Before the reel is silence, out of which it fades.
            self.tail = vec![0.0; 2 * margin];
            self.early = margin;
            self.is_first = false;
        }
        self.settled = 0;
        self.part = Some(part);
        Ok(true)
    }

    /// The first half of the last fade, into the silence after the reel.
    fn last(&mut self) -> Option<Vec<f32>> {
        if self.tail.is_empty() {
            return None;
        }
        let tail = std::mem::take(&mut self.tail);
        let mut silence = vec![0.0; tail.len()];
        crossfaded(&tail, &mut silence);
        silence.truncate(tail.len() / 2);
        Some(self.without_early(silence))
    }

    fn without_early(&mut self, mut given: Vec<f32>) -> Vec<f32> {
        let early = self.early.min(given.len());
        self.early -= early;
        given.drain(..early);
        given
    }
}

/// Fades from `before` into what is in `after`. Linear: of the same sound on both sides, as where a
/// pick is rendered in two parts, it makes the same sound.
fn crossfaded(before: &[f32], after: &mut [f32]) {
    let frames = (after.len() / CHANNELS).max(1) as f32;
    for (at, (to, from)) in after.iter_mut().zip(before).enumerate() {
        let weight = ((at / CHANNELS) as f32 + 0.5) / frames;
        *to = *to * weight + from * (1.0 - weight);
    }
}

/// What was measured on a soundtrack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    /// Integrated loudness in LUFS; `None` for silence.
    pub(super) lufs: Option<f64>,
    /// Highest true peak, as a share of full scale.
    pub(super) peak: f64,
    /// Samples of each channel.
    pub(super) samples: i64,
}

/// How a soundtrack is brought to a loudness.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    pub(super) gain_db: f64,
    pub(super) is_limited: bool,
}

/// Sound at a level, chunk by chunk.
pub(super) struct Leveller {
    gain: f32,
    limiter: Option<Limiter>,
}

impl Leveller {
    pub(super) fn new(level: Level) -> Self {
        let factor = |db: f64| 10_f64.powf(db / 20.0) as f32;
        Self {
            gain: factor(level.gain_db),
            limiter: level.is_limited.then(|| Limiter::new(factor(CEILING_DB))),
        }
    }

    pub(super) fn apply(&mut self, mut samples: Vec<f32>) -> Vec<f32> {
        samples.iter_mut().for_each(|value| *value *= self.gain);
        match &mut self.limiter {
            Some(limiter) => limiter.limit(&samples),
            None => samples,
        }
    }

    pub(super) fn finish(self) -> Vec<f32> {
        self.limiter.map(Limiter::finish).unwrap_or_default()
    }
}

/// Measures the sound of `parts` at that level after EBU R128.
///
/// # Errors
/// As [`PartReader::open`].
pub(super) fn measure(
    parts: &[PathBuf],
    level: Level,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Measured, MediaError> {
    let mode = Mode::I | Mode::TRUE_PEAK | Mode::HISTOGRAM;
    let unusable = |error: ebur128::Error| MediaError::Corrupt {
        reason: format!("its loudness can't be measured: {error}"),
    };
    let mut meter =
        EbuR128::new(CHANNELS as u32, REEL_SAMPLE_RATE_HZ as u32, mode).map_err(unusable)?;
    let mut soundtrack = Soundtrack::new(parts.to_vec());
    let mut leveller = Leveller::new(level);
    let mut samples = 0;
    let mut add = |values: Vec<f32>| -> Result<(), MediaError> {
        samples += (values.len() / CHANNELS) as i64;
        meter.add_frames_f32(&values).map_err(unusable)
    };
    while let Some(more) = soundtrack.next()?.filter(|_| go_on()) {
        add(leveller.apply(more))?;
    }
    add(leveller.finish())?;
    let peak = |channel| meter.true_peak(channel).unwrap_or(0.0);
    Ok(Measured {
        lufs: meter.loudness_global().ok().filter(|lufs| lufs.is_finite()),
        peak: peak(0).max(peak(1)),
        samples,
    })
}

/// The level at which the sound of `parts` is as loud as wanted, its true peak below -1 dBTP; with
/// it what was measured before and at that level.
///
/// # Errors
/// As [`PartReader::open`].
pub(super) fn level(
    parts: &[PathBuf],
    wanted_lufs: Option<f64>,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<(Level, Measured, Measured), MediaError> {
    let unchanged = Level {
        gain_db: 0.0,
        is_limited: false,
    };
    let before = measure(parts, unchanged, go_on)?;
    let (Some(wanted), Some(found)) = (wanted_lufs, before.lufs) else {
        return Ok((unchanged, before, before));
    };
    let mut level = Level {
        gain_db: (wanted - found).min(MOST_GAIN_DB),
        is_limited: false,
    };
    let peak_db = 20.0 * before.peak.max(1e-9).log10();
    if peak_db + level.gain_db <= CEILING_DB {
        let after = Measured {
            lufs: Some(found + level.gain_db),
            peak: before.peak * 10_f64.powf(level.gain_db / 20.0),
            samples: before.samples,
        };
        return Ok((level, before, after));
    }
    level.is_limited = true;
    let mut after = measure(parts, level, go_on)?;
    for _ in 0..ROUNDS {
        let lacking = wanted - after.lufs.unwrap_or(wanted);
        let raised = (level.gain_db + lacking).min(MOST_GAIN_DB);
        if lacking < TOLERANCE_LU || raised == level.gain_db {
            break;
        }
        level.gain_db = raised;
        after = measure(parts, level, go_on)?;
    }
    Ok((level, before, after))
}
