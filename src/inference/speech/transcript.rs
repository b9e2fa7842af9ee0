//! Makes sentences and words of Whisper's tokens, and drops what it only imagined.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::domain::{TimeSpan, Word};

use super::Heard;

/// Above this probability of silence, and with an unsure text, a segment counts as imagined.
///
/// This and the two below are the defaults of Whisper's reference decoding
/// (openai/whisper, `transcribe()`: `no_speech_threshold`, `logprob_threshold`,
/// `compression_ratio_threshold`; Radford et al. 2022, section 4.5).
pub(super) const NO_SPEECH_THRESHOLD: f32 = 0.6;
/// Below this mean log probability (natural) of its tokens a text counts as unsure.
pub(super) const LOG_PROBABILITY_THRESHOLD: f32 = -1.0;
/// Text that zlib makes smaller than its 2.4th part repeats itself.
pub(super) const COMPRESSION_RATIO_THRESHOLD: f32 = 2.4;
/// A sentence said this often in a row is Whisper's known loop, not speech.
const MAX_REPEATS: usize = 2;

/// Languages that are written without spaces: each character sequence of a token is a word,
/// as in Whisper's reference word timing.
const WITHOUT_SPACES: [&str; 6] = ["zh", "ja", "th", "lo", "my", "yue"];

/// Punctuation that belongs to the word before it.
const CLOSING: &str = "\"'.。,，!！?？:：;；”)]}、…%";
/// Punctuation that belongs to the word after it.
const OPENING: &str = "\"'“¿¡([{-«";

/// A text token with its time; tokens that stand for no text are left out before.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// Bytes of its text; a letter may be spread over several tokens.
    pub(super) bytes: Vec<u8>,
    /// From the start of the stretch, in milliseconds.
    pub(super) start_millis: i64,
    /// From the start of the stretch, in milliseconds.
    pub(super) end_millis: i64,
    /// 0 to 1.
    pub(super) probability: f32,
}

/// A segment as Whisper gives it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawSegment {
    /// From the start of the stretch, in milliseconds.
    pub(super) start_millis: i64,
    /// From the start of the stretch, in milliseconds.
    pub(super) end_millis: i64,
    /// The window's probability of holding no speech.
    pub(super) no_speech: f32,
    /// Its text tokens.
    pub(super) tokens: Vec<Token>,
}

/// What was heard in a stretch that lies at `stretch`, without what was only imagined.
pub(super) fn sentences(
    segments: &[RawSegment],
    stretch: TimeSpan,
    language: Option<&str>,
) -> Vec<Heard> {
    let mut heard: Vec<Heard> = Vec::new();
    let mut repeats = 0;
    for segment in segments {
        let Some(sentence) = sentence(segment, stretch, language) else {
            continue;
        };
        let is_repeated = heard
            .last()
            .is_some_and(|last| plain(&last.text) == plain(&sentence.text));
        repeats = if is_repeated { repeats + 1 } else { 0 };
        if repeats < MAX_REPEATS {
            heard.push(sentence);
        } else {
            tracing::debug!(text = sentence.text, "dropped a repeated sentence");
        }
    }
    heard
}

fn sentence(segment: &RawSegment, stretch: TimeSpan, language: Option<&str>) -> Option<Heard> {
    let bytes: Vec<u8> = segment
        .tokens
        .iter()
        .flat_map(|token| token.bytes.iter().copied())
        .collect();
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    let log_probability = mean_log_probability(&segment.tokens)?;
    let is_imagined = (segment.no_speech > NO_SPEECH_THRESHOLD
        && log_probability < LOG_PROBABILITY_THRESHOLD)
        || compression_ratio(&text) > COMPRESSION_RATIO_THRESHOLD
        || is_annotation(&text);
    if is_imagined {
        tracing::debug!(
            text,
            log_probability,
            no_speech = segment.no_speech,
            "dropped an imagined sentence"
        );
        return None;
    }
    let span = |start, end| {
        within(
            TimeSpan::new(start, end).shifted(stretch.start_millis),
            stretch,
        )
    };
    let words = words(&segment.tokens, language)
        .into_iter()
        .map(|word| Word {
            span: span(word.span.start_millis, word.span.end_millis),
            ..word
        })
        .collect();
    Some(Heard {
        span: span(segment.start_millis, segment.end_millis),
        text,
        words,
        language: language.map(str::to_owned),
        confidence: log_probability.exp(),
    })
}

/// Groups tokens into words; times count from the start of the stretch.
///
/// A token that begins with a space begins a word; the last token of a letter completes it.
/// Punctuation stays with the word that it belongs to.
pub(super) fn words(tokens: &[Token], language: Option<&str>) -> Vec<Word> {
    let has_spaces = !language.is_some_and(|code| WITHOUT_SPACES.contains(&code));
    let mut groups: Vec<(Vec<u8>, Vec<&Token>)> = Vec::new();
    for token in tokens {
        let begins_word = match groups.last() {
            None => true,
            Some((bytes, _)) if std::str::from_utf8(bytes).is_err() => false,
            Some((bytes, _)) if consists_of(bytes, OPENING) && !token.bytes.starts_with(b" ") => {
                false
            }
            Some(_) if consists_of(&token.bytes, CLOSING) && !token.bytes.starts_with(b" ") => {
                false
            }
            Some(_) => token.bytes.starts_with(b" ") || !has_spaces,
        };
        if begins_word {
            groups.push((Vec::new(), Vec::new()));
        }
        if let Some((bytes, members)) = groups.last_mut() {
            bytes.extend_from_slice(&token.bytes);
            members.push(token);
        }
    }
    groups
        .into_iter()
        .filter_map(|(bytes, members)| {
            let text = String::from_utf8_lossy(&bytes).trim().to_owned();
            let (first, last) = (members.first()?, members.last()?);
            let probability =
                members.iter().map(|token| token.probability).sum::<f32>() / members.len() as f32;
            let span = TimeSpan::new(first.start_millis, last.end_millis);
            (!text.is_empty()).then_some(Word {
                text,
                span,
                probability,
            })
        })
        .collect()
}

fn consists_of(bytes: &[u8], set: &str) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.trim().is_empty() && text.trim().chars().all(|c| set.contains(c)))
}

fn mean_log_probability(tokens: &[Token]) -> Option<f32> {
    let sum: f32 = tokens
        .iter()
        .map(|token| token.probability.max(1e-10).ln())
        .sum();
    (!tokens.is_empty()).then(|| sum / tokens.len() as f32)
}

/// Bytes of the text per byte that zlib makes of it, as the reference decoding computes it.
fn compression_ratio(text: &str) -> f32 {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let packed = encoder
        .write_all(text.as_bytes())
        .and_then(|()| encoder.finish());
    match packed {
        Ok(packed) if !packed.is_empty() => text.len() as f32 / packed.len() as f32,
        _ => 0.0,
    }
}

/// Whether the text holds no letter or digit outside brackets: `[BLANK_AUDIO]`, `(music)`, `♪♪`.
fn is_annotation(text: &str) -> bool {
    let mut depth = 0_usize;
    !text.chars().any(|c| {
        match c {
            '[' | '(' | '（' | '【' => depth += 1,
            ']' | ')' | '）' | '】' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c.is_alphanumeric()
    })
}

fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whisper hears padding too and may place a sound's end in it.
fn within(span: TimeSpan, limits: TimeSpan) -> TimeSpan {
    let clamp = |millis: i64| millis.clamp(limits.start_millis, limits.end_millis);
    TimeSpan::new(clamp(span.start_millis), clamp(span.end_millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(parts: &[&str]) -> Vec<Token> {
        parts
            .iter()
            .enumerate()
            .map(|(index, text)| token(text.as_bytes(), index as i64))
            .collect()
    }

    fn token(bytes: &[u8], index: i64) -> Token {
        Token {
            bytes: bytes.to_vec(),
            start_millis: index * 100,
            end_millis: index * 100 + 80,
            probability: 0.8,
        }
    }

    fn texts(parts: &[&str], language: Option<&str>) -> Vec<String> {
        words(&tokens(parts), language)
            .into_iter()
            .map(|word| word.text)
            .collect()
    }

    fn segment(text: &str, probability: f32, no_speech: f32) -> RawSegment {
        let tokens = text
            .split_inclusive(' ')
            .enumerate()
            .map(|(index, part)| Token {
                probability,
                ..token(format!(" {}", part.trim()).as_bytes(), index as i64)
            })
            .collect();
        RawSegment {
            start_millis: 0,
            end_millis: 2000,
            no_speech,
            tokens,
        }
    }

    fn heard(segments: &[RawSegment]) -> Vec<String> {
        sentences(segments, TimeSpan::new(10_000, 12_000), Some("en"))
            .into_iter()
            .map(|heard| heard.text)
            .collect()
    }

    #[test]
    fn pieces_of_a_word_become_one_word_with_its_whole_time() {
        let words = words(
            &tokens(&[
                " And", " so", ",", " my", " fell", "ow", " Amer", "icans", ".",
            ]),
            Some("en"),
        );
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["And", "so,", "my", "fellow", "Americans."]);
        assert_eq!(words[3].span, TimeSpan::new(400, 580));
        assert!((words[3].probability - 0.8).abs() < 1e-6);
    }

    #[test]
    fn opening_punctuation_joins_the_word_after_it() {
        assert_eq!(
            texts(&[" \"", "Hello", " (", "there", ")", "!\""], Some("en")),
            ["\"Hello", "(there)!\""]
        );
    }

    #[test]
    fn languages_without_spaces_are_split_by_token_and_keep_split_letters_whole() {
        let letters = "日本".as_bytes();
        let parts = [
            token(&letters[..3], 0),
            token(&letters[3..5], 1),
            token(&letters[5..], 2),
            token("。".as_bytes(), 3),
        ];
        let words = words(&parts, Some("ja"));
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["日", "本。"]);
        assert_eq!(words[1].span, TimeSpan::new(100, 380));
    }

    #[test]
    fn no_tokens_make_no_words() {
        assert_eq!(texts(&[], None), Vec::<String>::new());
        assert_eq!(texts(&[" "], None), Vec::<String>::new());
    }

    #[test]
    fn times_are_in_running_time_and_stay_within_the_stretch() {
        let long = RawSegment {
            end_millis: 30_000,
            ..segment("one two three", 0.9, 0.0)
        };
        let heard = sentences(&[long], TimeSpan::new(10_000, 12_000), Some("en"));
        assert_eq!(heard[0].span, TimeSpan::new(10_000, 12_000));
        assert_eq!(heard[0].words[1].span, TimeSpan::new(10_100, 10_180));
        assert!((heard[0].confidence - 0.9).abs() < 1e-4);
    }

    #[test]
    fn unsure_text_over_likely_silence_is_dropped_and_either_alone_is_kept() {
        assert_eq!(
            heard(&[segment("thank you", 0.2, 0.9)]),
            Vec::<String>::new()
        );
        assert_eq!(heard(&[segment("thank you", 0.9, 0.9)]), ["thank you"]);
        assert_eq!(heard(&[segment("thank you", 0.2, 0.1)]), ["thank you"]);
    }

    #[test]
    fn loops_and_annotations_are_dropped() {
        assert_eq!(
            heard(&[segment(&"go on ".repeat(40), 0.9, 0.0)]),
            Vec::<String>::new()
        );
        assert_eq!(
            heard(&[
                segment("[BLANK_AUDIO]", 0.9, 0.0),
                segment("(wind blowing)", 0.9, 0.0)
            ]),
            Vec::<String>::new()
        );
        assert_eq!(
            heard(&[
                segment("♪ ♪", 0.9, 0.0),
                segment("[cheers] Gold!", 0.9, 0.0)
            ]),
            ["[cheers] Gold!"]
        );
        let same: Vec<RawSegment> = (0..9)
            .map(|_| segment("Thanks for watching!", 0.9, 0.0))
            .collect();
        assert_eq!(
            heard(&same),
            ["Thanks for watching!", "Thanks for watching!"]
        );
    }

    #[test]
    fn ordinary_sentences_are_far_from_the_repetition_threshold() {
        let text = "And so, my fellow Americans, ask not what your country can do for you, \
                    ask what you can do for your country.";
        assert!(compression_ratio(text) < 1.8, "{}", compression_ratio(text));
        assert!(compression_ratio(&"go on ".repeat(40)) > COMPRESSION_RATIO_THRESHOLD);
    }
}
