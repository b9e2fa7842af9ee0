//! Loudness after EBU R128 and stretches of silence, measured on sound as it was recorded.

use ebur128::{EbuR128, Mode};

use crate::domain::TimeSpan;
use crate::media::protocol::AudioSummary;

/// Power below which sound counts as silence: -60 dBFS.
const SILENCE_POWER: f64 = 1e-6;

/// Shorter stretches are pauses.
const SILENCE_MILLIS: i64 = 2000;

/// Power is averaged over this long, so that single clicks at most split a silence.
const WINDOW_MILLIS: i64 = 100;

/// Measures sound as it passes.
#[derive(Default)]
pub(super) struct SoundMeter {
    loudness: Option<EbuR128>,
    true_peak: f64,
    window: Window,
    silence: Option<TimeSpan>,
    silences: Vec<TimeSpan>,
}

#[derive(Default)]
struct Window {
    power: Vec<f64>,
    frames: u64,
    start_millis: Option<i64>,
}

impl SoundMeter {
    /// Takes interleaved samples that begin at `start_millis`.
    pub(super) fn push(
        &mut self,
        interleaved: &[f32],
        channels: u32,
        sample_rate_hz: u32,
        start_millis: i64,
    ) {
        self.push_loudness(interleaved, channels, sample_rate_hz);
        self.push_silence(interleaved, channels as usize, sample_rate_hz, start_millis);
    }

    fn push_loudness(&mut self, interleaved: &[f32], channels: u32, sample_rate_hz: u32) {
        match &mut self.loudness {
            None => {
                let mode = Mode::I | Mode::LRA | Mode::TRUE_PEAK | Mode::HISTOGRAM;
                self.loudness = EbuR128::new(channels, sample_rate_hz, mode).ok();
            }
            Some(meter) if meter.channels() != channels || meter.rate() != sample_rate_hz => {
                self.keep_peak();
                if let Some(meter) = &mut self.loudness
                    && meter.change_parameters(channels, sample_rate_hz).is_err()
                {
                    return;
                }
            }
            Some(_) => {}
        }
        if let Some(meter) = &mut self.loudness {
            // Values that are no numbers would poison every later result.
            let added = if interleaved.iter().all(|value| value.is_finite()) {
                meter.add_frames_f32(interleaved)
            } else {
                let clean: Vec<f32> = interleaved
                    .iter()
                    .map(|v| if v.is_finite() { *v } else { 0.0 })
                    .collect();
                meter.add_frames_f32(&clean)
            };
            if added.is_err() {
                self.loudness = None;
            }
        }
    }

    fn keep_peak(&mut self) {
        if let Some(meter) = &self.loudness {
            for channel in 0..meter.channels() {
                self.true_peak = self.true_peak.max(meter.true_peak(channel).unwrap_or(0.0));
            }
        }
    }

    fn push_silence(
        &mut self,
        interleaved: &[f32],
        channels: usize,
        sample_rate_hz: u32,
        start_millis: i64,
    ) {
        let window_frames = (i64::from(sample_rate_hz) * WINDOW_MILLIS / 1000).max(1) as u64;
        let millis_of = |frames: u64| (frames * 1000 / u64::from(sample_rate_hz)) as i64;
        if self.window.power.len() != channels {
            self.close_window(start_millis);
            self.window.power = vec![0.0; channels];
        }
        for (index, frame) in interleaved.chunks_exact(channels).enumerate() {
            let start = *self
                .window
                .start_millis
                .get_or_insert_with(|| start_millis + millis_of(index as u64));
            for (power, value) in self.window.power.iter_mut().zip(frame) {
                *power += f64::from(*value) * f64::from(*value);
            }
            self.window.frames += 1;
            if self.window.frames >= window_frames {
                self.close_window(start + WINDOW_MILLIS);
            }
        }
    }

    fn close_window(&mut self, end_millis: i64) {
        let frames = std::mem::take(&mut self.window.frames);
        let Some(start) = self.window.start_millis.take() else {
            return;
        };
        let loudest = self
            .window
            .power
            .iter()
            .fold(0.0_f64, |most, power| most.max(*power));
        self.window.power.fill(0.0);
        if frames == 0 {
            return;
        }
        let is_silent = loudest / (frames as f64) < SILENCE_POWER;
        match (&mut self.silence, is_silent) {
            (Some(silence), true) if start - silence.end_millis <= WINDOW_MILLIS => {
                silence.end_millis = end_millis
            }
            (_, true) => {
                self.end_silence();
                self.silence = Some(TimeSpan::new(start, end_millis));
            }
            (_, false) => self.end_silence(),
        }
    }

    fn end_silence(&mut self) {
        let ended = self
            .silence
            .take()
            .filter(|silence| silence.duration_millis() >= SILENCE_MILLIS);
        self.silences.extend(
            ended.map(|silence| {
                TimeSpan::new(silence.start_millis.max(0), silence.end_millis.max(0))
            }),
        );
    }

    /// What was measured; loudness is left out where all was silence.
    pub(super) fn finish(mut self) -> AudioSummary {
        if let Some(start) = self.window.start_millis {
            self.close_window(start + WINDOW_MILLIS);
        }
        self.end_silence();
        self.keep_peak();
        let meter = self.loudness.as_ref();
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        AudioSummary {
            loudness_lufs: finite(meter.and_then(|meter| meter.loudness_global().ok())),
            loudness_range_lu: finite(meter.and_then(|meter| meter.loudness_range().ok())),
            true_peak_dbtp: finite(Some(20.0 * self.true_peak.log10())),
            silences: self.silences,
            ..AudioSummary::default()
        }
    }
}
