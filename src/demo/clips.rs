//! Single sentences and sounds: what speech models are measured with.

use super::{
    dice::Dice,
    error::DemoError,
    grammar::{Grammar, Language},
    sound::{Mix, SAMPLE_RATE_HZ},
    speech_synthesis::{Voice, speak},
    truth::{Sound, SoundSpan},
};

/// Voices and variants of eSpeak NG that the demonstration model is trained on, see
/// `models/training/speech/speaking.py`.
const ENGLISH_VOICES: &[&str] = &["en", "en-us", "en-gb-scotland", "en-gb-x-rp"];
const FRENCH_VOICES: &[&str] = &["fr", "fr-be", "fr-ch"];
const KNOWN_VARIANTS: &[&str] = &[
    "m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f5",
];
/// The variant that it is not trained on.
const STRANGE_VARIANT: &str = "f4";

/// Silence before and after a sentence, as a voice detector leaves it.
const MARGIN_MILLIS: i64 = 200;

/// Samples of the mix for one at 16 kHz.
const STEP: usize = (SAMPLE_RATE_HZ / 16_000) as usize;

/// Samples on either side that a sample of 16 kHz is made from.
const FILTER_REACH: isize = 48;

/// Streams of chance for a seed: one for texts, one for voices, one for sounds.
const TEXTS: u64 = 1 << 32;
const VOICES: u64 = 2 << 32;
const SOUNDS: u64 = 3 << 32;

/// Who says a sentence, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// A voice that training heard, in a quiet place.
    Known,
    /// A voice that training did not hear, in a quiet place.
    Strange,
    /// A voice that training heard, among spectators.
    AmongSpectators,
}

/// A sentence as it is heard.
#[derive(Debug, Clone, PartialEq)]
pub struct SpokenClip {
    /// What is said.
    pub text: String,
    /// One channel at 16 kHz, -1 to 1.
    pub mono: Vec<f32>,
}

/// Speaks the `number`th of a seed's sentences, none of which training has seen; it is the same
/// one in every delivery.
///
/// # Errors
/// When eSpeak NG is not installed.
pub fn spoken_clip(
    seed: u64,
    number: u32,
    language: Language,
    delivery: Delivery,
) -> Result<SpokenClip, DemoError> {
    let part = 2 * u64::from(number) + language as u64;
    let text = Grammar::of(language)?.held_out_sentence(&mut Dice::new(seed, TEXTS + part))?;
    let mut dice = Dice::new(seed, VOICES + part);
    let name = dice.pick(match language {
        Language::English => ENGLISH_VOICES,
        Language::French => FRENCH_VOICES,
    });
    let variant = match delivery {
        Delivery::Strange => &STRANGE_VARIANT,
        Delivery::Known | Delivery::AmongSpectators => dice.pick(KNOWN_VARIANTS),
    };
    let voice = Voice {
        name: format!("{name}+{variant}"),
        words_per_minute: 140 + dice.below(45) as i32,
        pitch: 35 + dice.below(30) as i32,
    };
    let speech = speak(&text, &voice)?;
    let spoken_millis = speech.samples.len() as i64 * 1000 / i64::from(speech.sample_rate_hz);
    let duration_millis = spoken_millis + 2 * MARGIN_MILLIS;
    let mut mix = Mix::silent(duration_millis);
    if delivery == Delivery::AmongSpectators {
        mix.add(from_start(Sound::Crowd, duration_millis), &mut dice);
    }
    mix.add_speech(MARGIN_MILLIS, &speech);
    Ok(SpokenClip {
        text,
        mono: at_16_khz(&mix.into_bytes()),
    })
}

/// The `number`th clip of a seed in which nobody speaks, one channel at 16 kHz.
pub fn wordless_clip(seed: u64, number: u32, sound: Sound, duration_millis: i64) -> Vec<f32> {
    let mut dice = Dice::new(seed, SOUNDS + u64::from(number));
    let mut mix = Mix::silent(duration_millis);
    mix.add(from_start(sound, duration_millis), &mut dice);
    at_16_khz(&mix.into_bytes())
}

fn from_start(sound: Sound, duration_millis: i64) -> SoundSpan {
    SoundSpan {
        sound,
        start_millis: 0,
        end_millis: duration_millis,
    }
}

/// Every third sample, after a low pass that leaves out what 16 kHz can't hold: a sinc with a cosine
/// window.
fn at_16_khz(bytes: &[u8]) -> Vec<f32> {
    let (samples, _) = bytes.as_chunks::<2>();
    let weights: Vec<f32> = (-FILTER_REACH..=FILTER_REACH).map(low_pass).collect();
    let sum: f32 = weights.iter().sum();
    (0..samples.len())
        .step_by(STEP)
        .map(|middle| {
            let places = (middle as isize - FILTER_REACH..).zip(&weights);
            places
                .filter_map(|(place, weight)| {
                    let pair = samples.get(usize::try_from(place).ok()?)?;
                    Some(f32::from(i16::from_le_bytes(*pair)) / 32_768.0 * weight)
                })
                .sum::<f32>()
                / sum
        })
        .collect()
}

fn low_pass(distance: isize) -> f32 {
    use std::f32::consts::PI;
    // A little below half of 16 kHz, so that the slope ends there.
    let turn = PI * 0.92 * distance as f32 / STEP as f32;
    let sinc = if distance == 0 {
        1.0
    } else {
        turn.sin() / turn
    };
    sinc * (0.5 * PI * distance as f32 / (FILTER_REACH + 1) as f32).cos()
}

#[cfg(test)]
#[expect(clippy::print_stdout, reason = "a test that can't run says why")]
mod tests {
    use super::*;

    fn tone(hertz: f32) -> Vec<u8> {
        (0..SAMPLE_RATE_HZ)
            .map(|step| (std::f32::consts::TAU * hertz * step as f32 / SAMPLE_RATE_HZ as f32).sin())
            .flat_map(|value| ((value * 16_384.0) as i16).to_le_bytes())
            .collect()
    }

    fn loudness(samples: &[f32]) -> f32 {
        (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt()
    }

    #[test]
    fn at_16_khz_low_tones_stay_and_high_ones_go() {
        let low = at_16_khz(&tone(1000.0));
        assert_eq!(low.len(), 16_000);
        assert!((loudness(&low) - 0.5 / 2f32.sqrt()).abs() < 0.01);
        assert!(loudness(&at_16_khz(&tone(10_000.0))) < 0.005);
    }

    #[test]
    fn a_clip_is_the_same_for_a_seed_and_its_text_the_same_in_every_delivery() {
        let clip = |seed, delivery| match spoken_clip(seed, 3, Language::French, delivery) {
            Ok(clip) => Some(clip),
            Err(error) => {
                println!("skipped: {error}");
                None
            }
        };
        let Some(known) = clip(1, Delivery::Known) else {
            return;
        };
        assert_eq!(Some(&known), clip(1, Delivery::Known).as_ref());
        let strange = clip(1, Delivery::Strange).unwrap();
        assert_eq!(known.text, strange.text);
        assert_ne!(known.mono, strange.mono);
        assert_ne!(known.text, clip(2, Delivery::Known).unwrap().text);
        assert!(loudness(&known.mono) > 0.01);
        assert_eq!(loudness(&known.mono[..2400]), 0.0);
    }

    #[test]
    fn wordless_clips_sound_and_silence_does_not() {
        let clip = |sound| wordless_clip(1, 0, sound, 2000);
        assert!(loudness(&clip(Sound::Music)) > 0.01);
        assert!(loudness(&clip(Sound::Cheer)) > 0.01);
        assert_eq!(loudness(&clip(Sound::Silence)), 0.0);
    }
}
