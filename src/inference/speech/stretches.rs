//! Turns a detector's probabilities, frame by frame, into stretches of speech with their samples.

use crate::domain::SPEECH_SAMPLE_RATE_HZ;

use super::VoiceStretch;

const SAMPLES_PER_MILLI: usize = SPEECH_SAMPLE_RATE_HZ as usize / 1000;
/// Whisper hears 30 s at a time; padding counts.
const MAX_STRETCH_MILLIS: usize = 30_000;
/// Sound kept before and after the voice: detectors are late on soft first and last sounds.
const PADDING_MILLIS: usize = 200;

/// Milliseconds that `count` samples last.
pub(super) fn samples_to_millis(count: usize) -> i64 {
    (count / SAMPLES_PER_MILLI) as i64
}

/// When a frame counts as speech, and how short speech and silence may be.
///
/// Two thresholds instead of one keep a voice that wavers around the threshold in one piece;
/// both follow the reference post-processing of Silero (`get_speech_timestamps`: the lower is
/// the upper less 0.15).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct VoiceRules {
    /// Samples per probability.
    pub(super) frame_samples: usize,
    /// Speech begins at this probability.
    pub(super) begin: f32,
    /// Silence begins below this one.
    pub(super) end: f32,
    /// Speech shorter than this is noise.
    pub(super) min_speech_millis: usize,
    /// Silence shorter than this belongs to the speech around it.
    pub(super) min_silence_millis: usize,
}

/// Speech under way, in frames since the start.
#[derive(Debug, Clone, Copy)]
struct Speech {
    start: usize,
    /// The frame after the last one with a voice.
    voiced_end: usize,
    /// Whether it goes on from a stretch that was cut for its length.
    is_continued: bool,
}

/// The state machine over frames, with the samples that a stretch may still need.
#[derive(Debug)]
pub(super) struct StretchBuilder {
    rules: VoiceRules,
    origin_millis: i64,
    /// Samples from sample number `kept_from` on.
    kept: Vec<f32>,
    kept_from: usize,
    /// Probabilities of the frames from `kept_from` on; `kept_from` lies on a frame.
    probabilities: Vec<f32>,
    speech: Option<Speech>,
    /// No stretch may begin before this sample: the one before ended there.
    free_from: usize,
}

impl StretchBuilder {
    /// Starts at the beginning of a sound whose first sample lies at `origin_millis`.
    pub(super) fn new(rules: VoiceRules, origin_millis: i64) -> Self {
        Self {
            rules,
            origin_millis,
            kept: Vec::new(),
            kept_from: 0,
            probabilities: Vec::new(),
            speech: None,
            free_from: 0,
        }
    }

    /// Takes whole frames of samples with one probability each; the last frame of a sound may be short.
    pub(super) fn push(
        &mut self,
        samples: &[f32],
        probabilities: &[f32],
        out: &mut Vec<VoiceStretch>,
    ) {
        self.kept.extend_from_slice(samples);
        for &probability in probabilities {
            let frame = self.kept_from / self.rules.frame_samples + self.probabilities.len();
            self.probabilities.push(probability);
            self.step(frame, probability, out);
        }
        self.forget();
    }

    /// Ends the sound.
    pub(super) fn finish(&mut self, out: &mut Vec<VoiceStretch>) {
        if let Some(speech) = self.speech.take() {
            self.emit(speech, out);
        }
        *self = Self::new(self.rules, 0);
    }

    /// Samples held at the moment.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.kept.len()
    }

    fn step(&mut self, frame: usize, probability: f32, out: &mut Vec<VoiceStretch>) {
        let Some(mut speech) = self.speech else {
            if probability >= self.rules.begin {
                self.speech = Some(Speech {
                    start: frame,
                    voiced_end: frame + 1,
                    is_continued: false,
                });
            }
            return;
        };
        if probability >= self.rules.end {
            speech.voiced_end = frame + 1;
        }
        self.speech = Some(speech);
        if frame + 1 - speech.voiced_end >= self.frames(self.rules.min_silence_millis) {
            self.speech = None;
            self.emit(speech, out);
        } else if speech.voiced_end - speech.start
            > self.frames(MAX_STRETCH_MILLIS - 2 * PADDING_MILLIS)
        {
            let cut = self.quietest_frame(speech);
            self.emit_between(
                self.padded_start(speech),
                cut * self.rules.frame_samples,
                out,
            );
            self.speech = Some(Speech {
                start: cut,
                is_continued: true,
                ..speech
            });
        }
    }

    /// Frames that last at most `millis`, at least one.
    fn frames(&self, millis: usize) -> usize {
        (millis * SAMPLES_PER_MILLI / self.rules.frame_samples).max(1)
    }

    fn padded_start(&self, speech: Speech) -> usize {
        let start = speech.start * self.rules.frame_samples;
        if speech.is_continued {
            start
        } else {
            start
                .saturating_sub(PADDING_MILLIS * SAMPLES_PER_MILLI)
                .max(self.free_from)
        }
    }

    fn emit(&mut self, speech: Speech, out: &mut Vec<VoiceStretch>) {
        let is_long_enough =
            speech.voiced_end - speech.start >= self.frames(self.rules.min_speech_millis);
        if is_long_enough || speech.is_continued {
            let end =
                speech.voiced_end * self.rules.frame_samples + PADDING_MILLIS * SAMPLES_PER_MILLI;
            self.emit_between(self.padded_start(speech), end, out);
        }
    }

    fn emit_between(&mut self, start: usize, end: usize, out: &mut Vec<VoiceStretch>) {
        let end = end.min(self.kept_from + self.kept.len());
        out.push(VoiceStretch {
            start_millis: self.origin_millis + samples_to_millis(start),
            mono: self.kept[start - self.kept_from..end - self.kept_from].to_vec(),
        });
        self.free_from = end;
    }

    /// Where to cut speech that is too long: the frame with the least voice, and among those
    /// the quietest, in the second half, so that no stretch gets shorter than it must.
    fn quietest_frame(&self, speech: Speech) -> usize {
        let frame_samples = self.rules.frame_samples;
        let offset = self.kept_from / frame_samples;
        let energy = |frame: usize| {
            let start = (frame - offset) * frame_samples;
            // A sound's last frame may be short.
            self.kept[start..self.kept.len().min(start + frame_samples)]
                .iter()
                .map(|value| value * value)
                .sum::<f32>()
        };
        let first = speech.start + (speech.voiced_end - speech.start) / 2;
        let candidates = first..speech.voiced_end - 1;
        let loudest = candidates
            .clone()
            .map(energy)
            .fold(f32::MIN_POSITIVE, f32::max);
        let cost = |frame: usize| {
            // Three frames together, so that one closed lip (about 50 ms) is no pause.
            [frame - 1, frame, frame + 1]
                .iter()
                .map(|&near| self.probabilities[near - offset] + (energy(near) / loudest).sqrt())
                .sum::<f32>()
        };
        candidates
            .min_by(|&one, &other| cost(one).total_cmp(&cost(other)))
            .unwrap_or(speech.voiced_end - 1)
    }

    /// Drops what no stretch can need any more.
    fn forget(&mut self) {
        let end = self.kept_from + self.probabilities.len() * self.rules.frame_samples;
        let padding = PADDING_MILLIS * SAMPLES_PER_MILLI;
        let needed = match self.speech {
            Some(speech) => self.padded_start(speech),
            None => end.saturating_sub(padding),
        };
        let frames = needed.saturating_sub(self.kept_from) / self.rules.frame_samples;
        let samples = (frames * self.rules.frame_samples).min(self.kept.len());
        self.kept.drain(..samples);
        self.probabilities.drain(..frames);
        self.kept_from += frames * self.rules.frame_samples;
    }
}

/// Keeps count of where the next samples should begin, and tells a jump from a rounded time.
#[derive(Debug, Default)]
pub(super) struct Continuity {
    origin_millis: i64,
    samples: u64,
}

impl Continuity {
    /// Rounding, and resamplers' delay, move a chunk's time by a few milliseconds.
    const TOLERANCE_MILLIS: i64 = 20;

    /// Whether samples that begin at `start_millis` follow on those before; the first always do not.
    pub(super) fn follows(&self, start_millis: i64) -> bool {
        let expected = self.origin_millis + (self.samples / SAMPLES_PER_MILLI as u64) as i64;
        self.samples > 0 && (start_millis - expected).abs() <= Self::TOLERANCE_MILLIS
    }

    /// Starts anew at `start_millis`.
    pub(super) fn restart(&mut self, start_millis: i64) {
        *self = Self {
            origin_millis: start_millis,
            samples: 0,
        };
    }

    /// Counts samples taken.
    pub(super) fn advance(&mut self, count: usize) {
        self.samples += count as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: VoiceRules = VoiceRules {
        frame_samples: 160,
        begin: 0.5,
        end: 0.35,
        min_speech_millis: 250,
        min_silence_millis: 300,
    };

    /// Runs voiced (`true`) and silent pieces, given in milliseconds; samples hold their own number.
    fn stretches(pieces: &[(bool, usize)], origin_millis: i64) -> Vec<VoiceStretch> {
        let mut builder = StretchBuilder::new(RULES, origin_millis);
        let (mut out, mut number, mut held) = (Vec::new(), 0, 0);
        for &(voiced, millis) in pieces {
            for _ in 0..millis / 10 {
                let samples: Vec<f32> = (number..number + 160).map(|n| n as f32).collect();
                number += 160;
                builder.push(&samples, &[if voiced { 0.9 } else { 0.1 }], &mut out);
                held = held.max(builder.held());
            }
        }
        builder.finish(&mut out);
        assert!(held <= 31 * 16_000, "{held} samples held");
        out
    }

    fn spans(pieces: &[(bool, usize)]) -> Vec<(i64, i64)> {
        stretches(pieces, 0)
            .iter()
            .map(|s| (s.span().start_millis, s.span().end_millis))
            .collect()
    }

    #[test]
    fn voice_is_padded_and_short_gaps_are_bridged() {
        assert_eq!(
            spans(&[
                (false, 1000),
                (true, 500),
                (false, 290),
                (true, 500),
                (false, 2000),
                (true, 400),
                (false, 100)
            ]),
            [(800, 2490), (4090, 4790)]
        );
    }

    #[test]
    fn padding_of_neighbours_does_not_overlap() {
        assert_eq!(
            spans(&[(true, 500), (false, 320), (true, 500), (false, 400)]),
            [(0, 700), (700, 1520)]
        );
    }

    #[test]
    fn clicks_and_silence_yield_nothing() {
        assert_eq!(
            spans(&[
                (false, 5000),
                (true, 100),
                (false, 5000),
                (true, 240),
                (false, 600)
            ]),
            []
        );
        assert_eq!(spans(&[]), []);
    }

    #[test]
    fn samples_belong_to_the_time_that_is_told() {
        for stretch in stretches(
            &[
                (false, 1000),
                (true, 700),
                (false, 900),
                (true, 41_000),
                (false, 900),
            ],
            5_000,
        ) {
            assert_eq!(
                stretch.mono[0],
                ((stretch.start_millis - 5_000) * 16) as f32
            );
            assert!(stretch.mono.windows(2).all(|pair| pair[1] == pair[0] + 1.0));
        }
    }

    #[test]
    fn long_speech_is_cut_without_loss_into_at_most_thirty_seconds() {
        let cut = spans(&[(true, 100_000), (false, 1000)]);
        assert!(
            cut.len() >= 4 && cut.iter().all(|(start, end)| end - start <= 30_000),
            "{cut:?}"
        );
        assert!(cut.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert_eq!((cut[0].0, cut[cut.len() - 1].1), (0, 100_200));
    }

    #[test]
    fn long_speech_is_cut_where_the_voice_is_weakest() {
        let cut = spans(&[(true, 20_000), (false, 200), (true, 25_000), (false, 1000)]);
        assert_eq!(cut.len(), 2);
        assert!((20_000..20_200).contains(&cut[0].1), "{cut:?}");
    }

    #[test]
    fn a_rounded_time_follows_and_a_jump_does_not() {
        let mut continuity = Continuity::default();
        assert!(!continuity.follows(0));
        continuity.restart(40);
        continuity.advance(16_000);
        assert!(continuity.follows(1040) && continuity.follows(1043) && !continuity.follows(1540));
    }
}
