//! How many of a commentator's words are written down wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    demo::{Delivery, Language, Sound, spoken_clip, wordless_clip},
    fault::AnyError,
    inference::speech::{SpeechToText, VoiceStretch},
};

/// What nobody speaks in.
const WORDLESS: &[Sound] = &[
    Sound::Silence,
    Sound::Crowd,
    Sound::Cheer,
    Sound::Whistle,
    Sound::Music,
];

/// Sentences that are said one after the other.
const SUCCESSION: u32 = 4;

/// Sentences for one clip without words.
const SENTENCES_PER_WORDLESS: u32 = 2;

/// What a speech model makes of synthetic commentators.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpeechFigures {
    /// The model with the settings it ran with.
    pub model: String,
    /// Where the sentences come from.
    pub seed: u64,
    /// Word error rates: English, then French.
    pub languages: Vec<LanguageFigures>,
    /// Sentences whose language was asked.
    pub languages_asked: u32,
    /// Of these, those whose language was told rightly.
    pub languages_right: u32,
    /// Clips in which nobody speaks: silence, spectators, cheers, whistles, music.
    pub wordless_clips: u32,
    /// Of these, those in which words were heard all the same.
    pub wordless_clips_with_words: u32,
}

/// Word error rates in a language: words to change, leave out or put in, for each word said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LanguageFigures {
    /// ISO 639-1 code.
    pub language: String,
    /// Sentences, none of them part of training.
    pub sentences: u32,
    /// Words in them.
    pub words: usize,
    /// By voices that training heard, in quiet.
    pub word_error_rate: f32,
    /// By a voice that training did not hear, in quiet.
    pub word_error_rate_strange_voice: f32,
    /// By voices that training heard, among spectators.
    pub word_error_rate_among_spectators: f32,
    /// By voices that training heard, in quiet, four sentences one after the other.
    pub word_error_rate_in_succession: f32,
}

/// Has `sentences` sentences of each language written down in three deliveries, and half as many
/// clips without any words.
///
/// # Errors
/// When eSpeak NG is missing or the model fails.
pub fn measure_speech(
    model: &dyn SpeechToText,
    seed: u64,
    sentences: u32,
) -> Result<SpeechFigures, AnyError> {
    let mut figures = SpeechFigures {
        model: model.version().to_owned(),
        seed,
        languages: Vec::new(),
        languages_asked: 0,
        languages_right: 0,
        wordless_clips: (sentences / SENTENCES_PER_WORDLESS).max(1),
        wordless_clips_with_words: 0,
    };
    for language in [Language::English, Language::French] {
        let [mut known, mut strange, mut among, mut succession] = [Tally::default(); 4];
        let (mut texts, mut sound) = (Vec::new(), Vec::new());
        for number in 0..sentences {
            for (delivery, tally) in [
                (Delivery::Known, &mut known),
                (Delivery::Strange, &mut strange),
                (Delivery::AmongSpectators, &mut among),
            ] {
                let clip = spoken_clip(seed, number, language, delivery)?;
                if delivery == Delivery::Known {
                    texts.push(clip.text.clone());
                    sound.extend_from_slice(&clip.mono);
                }
                let stretch = stretch(clip.mono);
                if delivery == Delivery::Known {
                    let told = model.detect_language(&stretch)?;
                    figures.languages_asked += 1;
                    figures.languages_right +=
                        u32::from(told.is_some_and(|(code, _)| code == language.code()));
                }
                let written = written(model, &stretch, Some(language.code()))?;
                tally.add(&clip.text, &written);
            }
            if (number + 1).is_multiple_of(SUCCESSION) || number + 1 == sentences {
                let stretch = stretch(std::mem::take(&mut sound));
                let written = written(model, &stretch, Some(language.code()))?;
                succession.add(&std::mem::take(&mut texts).join(" "), &written);
            }
        }
        figures.languages.push(LanguageFigures {
            language: language.code().to_owned(),
            sentences,
            words: known.words,
            word_error_rate: known.rate(),
            word_error_rate_strange_voice: strange.rate(),
            word_error_rate_among_spectators: among.rate(),
            word_error_rate_in_succession: succession.rate(),
        });
    }
    for number in 0..figures.wordless_clips {
        let sound = WORDLESS[number as usize % WORDLESS.len()];
        let duration_millis = 2000 + 1000 * i64::from(number % 13);
        let stretch = stretch(wordless_clip(seed, number, sound, duration_millis));
        let written = written(model, &stretch, None)?;
        if !written.is_empty() {
            tracing::info!(
                ?sound,
                duration_millis,
                written,
                "words where nobody speaks"
            );
            figures.wordless_clips_with_words += 1;
        }
    }
    Ok(figures)
}

fn stretch(mono: Vec<f32>) -> VoiceStretch {
    VoiceStretch {
        start_millis: 0,
        mono,
    }
}

fn written(
    model: &dyn SpeechToText,
    stretch: &VoiceStretch,
    language: Option<&str>,
) -> Result<String, AnyError> {
    let heard = model.transcribe(stretch, language, &|| false)?;
    let texts: Vec<String> = heard.into_iter().map(|part| part.text).collect();
    Ok(texts.join(" "))
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    wrong: usize,
    words: usize,
}

impl Tally {
    fn add(&mut self, said: &str, written: &str) {
        let (said_words, written_words) = (words(said), words(written));
        let wrong = strsim::generic_levenshtein(&said_words, &written_words);
        if wrong > 0 {
            tracing::debug!(wrong, said, written, "written down wrong");
        }
        self.wrong += wrong;
        self.words += said_words.len();
    }

    fn rate(self) -> f32 {
        self.wrong as f32 / self.words.max(1) as f32
    }
}

/// Words in lower case without punctuation, as word error rates count them.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('’', "'")
        .split(|character: char| {
            !character.is_alphanumeric() && character != '\'' && character != '-'
        })
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_changed_left_out_or_put_in_is_one_error() {
        let mut tally = Tally::default();
        tally.add("The archer hits the gold.", "the archer hits the gold");
        assert_eq!((tally.wrong, tally.words), (0, 5));
        tally.add("L'archère tire, vite !", "L’archère tire");
        assert_eq!((tally.wrong, tally.words), (1, 8));
        tally.add("Gold!", "the cold");
        assert_eq!((tally.wrong, tally.words), (3, 9));
    }
}
