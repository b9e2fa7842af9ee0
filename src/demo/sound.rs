//! Sound: spectators, whistles, music and speech, mixed on one channel.

use std::f32::consts::TAU;

use super::{
    dice::Dice,
    speech_synthesis::Speech,
    truth::{Sound, SoundSpan},
};

/// Samples per second of all sound that is made here.
pub(crate) const SAMPLE_RATE_HZ: u32 = 48_000;

/// How long sounds swell and fade.
const RAMP_MILLIS: i64 = 350;

/// A channel that sounds are added to.
pub(crate) struct Mix {
    samples: Vec<f32>,
}

impl Mix {
    /// Silence of a length.
    pub(crate) fn silent(duration_millis: i64) -> Self {
        Self {
            samples: vec![0.0; index(duration_millis)],
        }
    }

    /// Adds a sound that is made here.
    pub(crate) fn add(&mut self, span: SoundSpan, dice: &mut Dice) {
        self.add_cheers_at(span, 1.0, dice);
    }

    /// The same with cheers in a share of their amplitude, as a mixer holds them below a voice.
    pub(crate) fn add_cheers_at(&mut self, span: SoundSpan, share: f32, dice: &mut Dice) {
        match span.sound {
            Sound::Crowd => self.crowd(span, 0.035, dice),
            Sound::Cheer => self.crowd(span, 0.16 * share, dice),
            Sound::Whistle => self.whistle(span, dice),
            Sound::Music => self.music(span, dice),
            // Speech comes with its own samples, silence is made last.
            Sound::Speech | Sound::Silence => {}
        }
    }

    /// Adds speech from a time on.
    pub(crate) fn add_speech(&mut self, start_millis: i64, speech: &Speech) {
        let ratio = speech.sample_rate_hz as f32 / SAMPLE_RATE_HZ as f32;
        let at = |place: isize| {
            usize::try_from(place)
                .ok()
                .and_then(|place| speech.samples.get(place))
                .map_or(0.0, |sample| f32::from(*sample) / 32_768.0)
        };
        let count = (speech.samples.len() as f32 / ratio) as usize;
        let first = index(start_millis).min(self.samples.len());
        for (step, sample) in self.samples[first..].iter_mut().take(count).enumerate() {
            let place = step as f32 * ratio;
            let (whole, part) = (place as isize, place.fract());
            // Four neighbours weighted after Catmull and Rom.
            let (a, b, c, d) = (at(whole - 1), at(whole), at(whole + 1), at(whole + 2));
            let smooth = b + 0.5
                * part
                * (c - a
                    + part * (2.0 * a - 5.0 * b + 4.0 * c - d + part * (3.0 * (b - c) + d - a)));
            *sample += 0.62 * smooth;
        }
    }

    /// Makes a span silent.
    pub(crate) fn silence(&mut self, span: SoundSpan) {
        let (first, last) = self.range(span);
        self.samples[first..last].fill(0.0);
    }

    /// 16-bit samples, little-endian.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.samples.len() * 2);
        for sample in self.samples {
            // Loud sums are bent, not clipped.
            let value = (sample * 0.95).tanh() * 32_000.0;
            bytes.extend((value as i16).to_le_bytes());
        }
        bytes
    }

    fn range(&self, span: SoundSpan) -> (usize, usize) {
        let length = self.samples.len();
        let first = index(span.start_millis).min(length);
        (first, index(span.end_millis).clamp(first, length))
    }

    /// Murmur as noise below some 900 Hz, with voices that come and go; a cheer is brighter.
    fn crowd(&mut self, span: SoundSpan, level: f32, dice: &mut Dice) {
        let (first, last) = self.range(span);
        let ramp = index(RAMP_MILLIS).min((last - first) / 2).max(1);
        let brightness = if span.sound == Sound::Cheer {
            0.30
        } else {
            0.11
        };
        let swell = dice.between(0.15, 0.35);
        let (mut low, mut lower) = (0.0_f32, 0.0_f32);
        let mut state = dice.seed() as u32 | 1;
        for (step, sample) in self.samples[first..last].iter_mut().enumerate() {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let white = state as i32 as f32 / i32::MAX as f32;
            low += brightness * (white - low);
            lower += 0.012 * (low - lower);
            let seconds = step as f32 / SAMPLE_RATE_HZ as f32;
            let breath = 1.0 + 0.3 * (TAU * swell * seconds).sin();
            let edge = (step.min(last - first - step) as f32 / ramp as f32).min(1.0);
            *sample += level * 4.0 * breath * edge * (low - lower);
        }
    }

    /// A pea whistle: a tone near 2.9 kHz that trills.
    fn whistle(&mut self, span: SoundSpan, dice: &mut Dice) {
        let (first, last) = self.range(span);
        let tone = dice.between(2700.0, 3100.0);
        let mut phase = 0.0_f32;
        for (step, sample) in self.samples[first..last].iter_mut().enumerate() {
            let seconds = step as f32 / SAMPLE_RATE_HZ as f32;
            let trill = (TAU * 34.0 * seconds).sin();
            phase = (phase + (tone + 90.0 * trill) / SAMPLE_RATE_HZ as f32).fract();
            let edge = (step.min(last - first - step) as f32 / 900.0).min(1.0);
            *sample += 0.13 * edge * (1.0 + 0.35 * trill) * (TAU * phase).sin();
        }
    }

    /// Four chords round and round, each note a few harmonics that die away.
    fn music(&mut self, span: SoundSpan, dice: &mut Dice) {
        const CHORD_SECONDS: f32 = 1.6;
        // Semitones above the key: I, vi, IV, V in major.
        const CHORDS: [[i32; 3]; 4] = [[0, 4, 7], [-3, 0, 4], [-7, -3, 0], [-5, -1, 2]];
        let key = 220.0 * 2.0_f32.powf(dice.below(12) as f32 / 12.0);
        let (first, last) = self.range(span);
        let ramp = index(RAMP_MILLIS).min((last - first) / 2).max(1);
        let length = (CHORD_SECONDS * SAMPLE_RATE_HZ as f32) as usize;
        for (number, start) in (first..last).step_by(length).enumerate() {
            let end = (start + length).min(last);
            for (voice, semitones) in CHORDS[number % CHORDS.len()].iter().enumerate() {
                let hertz = key * 2.0_f32.powf(*semitones as f32 / 12.0);
                for (harmonic, share) in [(1.0, 1.0), (2.0, 0.4), (3.0, 0.18)] {
                    let turn = TAU * hertz * harmonic / SAMPLE_RATE_HZ as f32;
                    // A rotation per sample is a sine without calling one.
                    let (step_sine, step_cosine) = turn.sin_cos();
                    let (mut sine, mut cosine) = (0.0_f32, 1.0_f32);
                    let delay = voice * length / 12;
                    for (step, sample) in
                        self.samples[start..end].iter_mut().enumerate().skip(delay)
                    {
                        let age = (step - delay) as f32 / SAMPLE_RATE_HZ as f32;
                        let place = start - first + step;
                        let edge = (place.min(last - first - place) as f32 / ramp as f32).min(1.0);
                        let attack = (age * 60.0).min(1.0);
                        *sample += 0.05
                            * share
                            * attack
                            * edge
                            * (1.0 - age / CHORD_SECONDS).max(0.0)
                            * sine;
                        (sine, cosine) = (
                            sine * step_cosine + cosine * step_sine,
                            cosine * step_cosine - sine * step_sine,
                        );
                    }
                }
            }
        }
    }
}

fn index(millis: i64) -> usize {
    usize::try_from(millis.max(0) * i64::from(SAMPLE_RATE_HZ) / 1000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loudness(bytes: &[u8], from_millis: i64, to_millis: i64) -> f64 {
        let samples: Vec<f64> = bytes[index(from_millis) * 2..index(to_millis) * 2]
            .chunks(2)
            .map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]])))
            .collect();
        (samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len() as f64).sqrt()
    }

    #[test]
    fn cheers_are_louder_than_murmur_and_silence_is_silent() {
        let mut dice = Dice::new(1, 0);
        let mut mix = Mix::silent(10_000);
        let span = |sound, start_millis, end_millis| SoundSpan {
            sound,
            start_millis,
            end_millis,
        };
        mix.add(span(Sound::Crowd, 0, 9000), &mut dice);
        mix.add(span(Sound::Cheer, 3000, 6000), &mut dice);
        mix.add(span(Sound::Music, 6500, 8000), &mut dice);
        mix.silence(span(Sound::Silence, 8000, 10_000));
        let bytes = mix.into_bytes();
        assert_eq!(bytes.len(), 10 * SAMPLE_RATE_HZ as usize * 2);
        let murmur = loudness(&bytes, 500, 2500);
        assert!(murmur > 50.0, "{murmur}");
        assert!(loudness(&bytes, 3500, 5500) > 2.5 * murmur);
        assert!(
            loudness(&bytes, 6700, 7800) > 1.3 * murmur,
            "music is heard"
        );
        assert_eq!(loudness(&bytes, 8000, 10_000), 0.0);
    }
}
