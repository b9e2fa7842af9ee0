//! Soundtracks: lines are spoken and put where there is room, sounds mixed under them.

use super::{
    dice::Dice,
    error::DemoError,
    plan::Soundtrack,
    sound::{Mix, SAMPLE_RATE_HZ},
    speech_synthesis::speak,
    truth::{Highlight, Sound, SoundSpan, SpokenWord, Utterance},
};

/// Between two lines at least.
const BREATH_MILLIS: i64 = 250;

/// The share of their amplitude that cheers have where somebody comments: 10 dB less, which makes them
/// about as loud as the voice. At their full level nobody could tell what is said, and
/// broadcasters keep their commentators understood.
const CHEERS_UNDER_VOICE: f32 = 0.3;

/// A finished soundtrack.
pub(super) struct Recorded {
    /// 16-bit samples of one channel, little-endian.
    pub(super) bytes: Vec<u8>,
    pub(super) utterances: Vec<Utterance>,
    pub(super) sounds: Vec<SoundSpan>,
}

/// Speaks and mixes a soundtrack; lines that find no room are left out.
pub(super) fn record(plan: &Soundtrack) -> Result<Recorded, DemoError> {
    let mut mix = Mix::silent(plan.duration_millis);
    let mut dice = Dice::new(plan.seed, 0);
    let cheers = match plan.lines.is_empty() {
        true => 1.0,
        false => CHEERS_UNDER_VOICE,
    };
    for span in &plan.sounds {
        mix.add_cheers_at(*span, cheers, &mut dice);
    }
    let silences = || {
        plan.sounds
            .iter()
            .filter(|span| span.sound == Sound::Silence)
    };
    let last_millis = silences()
        .map(|span| span.start_millis)
        .min()
        .unwrap_or(plan.duration_millis);
    let mut utterances: Vec<Utterance> = Vec::new();
    let mut free_from = 0;
    for line in &plan.lines {
        let start = line.earliest_millis.max(free_from);
        let speech = speak(&line.text, &line.voice)?;
        let (Some(first), Some(last)) = (speech.words.first(), speech.words.last()) else {
            continue;
        };
        if start + last.end_millis + BREATH_MILLIS > last_millis {
            continue;
        }
        mix.add_speech(start, &speech);
        free_from = start + last.end_millis + BREATH_MILLIS;
        utterances.push(Utterance {
            start_millis: start + first.start_millis,
            end_millis: start + last.end_millis,
            language: plan.language,
            voice: line.voice.name.clone(),
            text: line.text.clone(),
            words: speech.words.iter().map(|word| moved(word, start)).collect(),
        });
    }
    for span in silences() {
        mix.silence(*span);
    }
    let spoken = utterances.iter().map(|utterance| SoundSpan {
        sound: Sound::Speech,
        start_millis: utterance.start_millis,
        end_millis: utterance.end_millis,
    });
    let mut sounds: Vec<_> = plan.sounds.iter().copied().chain(spoken).collect();
    sounds.sort_by_key(|span| (span.start_millis, span.end_millis));
    Ok(Recorded {
        bytes: mix.into_bytes(),
        utterances,
        sounds,
    })
}

impl Recorded {
    /// The same sound as heard by somebody who comes later and stays for a while.
    pub(super) fn heard_from(&self, offset_millis: i64, duration_millis: i64) -> Self {
        let byte = |millis: i64| {
            let sample = millis * i64::from(SAMPLE_RATE_HZ) / 1000;
            usize::try_from(sample * 2)
                .unwrap_or(0)
                .min(self.bytes.len())
        };
        let end_millis = offset_millis + duration_millis;
        let is_heard = |start, end| start >= offset_millis && end <= end_millis;
        Self {
            bytes: self.bytes[byte(offset_millis)..byte(end_millis)].to_vec(),
            utterances: self
                .utterances
                .iter()
                .filter(|utterance| is_heard(utterance.start_millis, utterance.end_millis))
                .map(|utterance| Utterance {
                    start_millis: utterance.start_millis - offset_millis,
                    end_millis: utterance.end_millis - offset_millis,
                    words: utterance
                        .words
                        .iter()
                        .map(|word| moved(word, -offset_millis))
                        .collect(),
                    ..utterance.clone()
                })
                .collect(),
            sounds: self
                .sounds
                .iter()
                .filter(|span| span.end_millis > offset_millis && span.start_millis < end_millis)
                .map(|span| SoundSpan {
                    start_millis: (span.start_millis - offset_millis).max(0),
                    end_millis: (span.end_millis - offset_millis).min(duration_millis),
                    ..*span
                })
                .collect(),
        }
    }
}

fn moved(word: &SpokenWord, by_millis: i64) -> SpokenWord {
    SpokenWord {
        text: word.text.clone(),
        start_millis: word.start_millis + by_millis,
        end_millis: word.end_millis + by_millis,
    }
}

/// Subtitles of utterances: WebVTT where `extension` says so, else SubRip.
pub(super) fn subtitles(utterances: &[Utterance], extension: &str) -> String {
    let is_web = extension.ends_with("vtt");
    let mut text = String::from(if is_web { "WEBVTT\n\n" } else { "" });
    let point = if is_web { '.' } else { ',' };
    let clock = |millis: i64| {
        let (seconds, rest) = (millis / 1000, millis % 1000);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        format!(
            "{hours:02}:{minutes:02}:{:02}{point}{rest:03}",
            seconds % 60
        )
    };
    for (number, utterance) in utterances.iter().enumerate() {
        let (from, to) = (clock(utterance.start_millis), clock(utterance.end_millis));
        text += &format!("{}\n{from} --> {to}\n{}\n\n", number + 1, utterance.text);
    }
    text
}

/// The part of `highlights` that the first `duration_millis` have.
pub(super) fn within(highlights: &[Highlight], duration_millis: i64) -> Vec<Highlight> {
    highlights
        .iter()
        .filter(|highlight| highlight.start_millis < duration_millis)
        .map(|highlight| Highlight {
            end_millis: highlight.end_millis.min(duration_millis),
            ..*highlight
        })
        .collect()
}
