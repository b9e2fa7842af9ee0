//! Text to index terms: words folded to plain letters, their stems, and pairs of letters for scripts without spaces.

use tantivy::tokenizer::{
    Language, RawTokenizer, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer,
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longer words are cut here: nobody types more, and an automaton for a typo grows with it.
const MAX_WORD_CHARS: usize = 64;

/// Separates the language from the text in the input of [`Analysis::Stems`], and from the stem in its terms.
pub(super) const LANGUAGE_SEPARATOR: char = '\u{1f}';

/// Languages with a stemmer, by ISO 639-1 code, with their ISO 639-2 codes.
const STEMMED: [(&str, &[&str], Language); 18] = [
    ("ar", &["ara"], Language::Arabic),
    ("da", &["dan"], Language::Danish),
    ("de", &["deu", "ger"], Language::German),
    ("el", &["ell", "gre"], Language::Greek),
    ("en", &["eng"], Language::English),
    ("es", &["spa"], Language::Spanish),
    ("fi", &["fin"], Language::Finnish),
    ("fr", &["fra", "fre"], Language::French),
    ("hu", &["hun"], Language::Hungarian),
    ("it", &["ita"], Language::Italian),
    ("nl", &["nld", "dut"], Language::Dutch),
    (
        "no",
        &["nor", "nob", "nno", "nb", "nn"],
        Language::Norwegian,
    ),
    ("pt", &["por"], Language::Portuguese),
    ("ro", &["ron", "rum"], Language::Romanian),
    ("ru", &["rus"], Language::Russian),
    ("sv", &["swe"], Language::Swedish),
    ("ta", &["tam"], Language::Tamil),
    ("tr", &["tur"], Language::Turkish),
];

/// The ISO 639-1 code under which `language` (`en`, `eng`, `en-US`) is stemmed; `None` without a stemmer.
pub(super) fn stemmed_language(language: &str) -> Option<&'static str> {
    let primary = language.split(['-', '_']).next()?.to_ascii_lowercase();
    STEMMED
        .iter()
        .find(|(code, others, _)| *code == primary || others.contains(&primary.as_str()))
        .map(|(code, ..)| *code)
}

/// The stemmer's language of an ISO 639-1 code.
pub(super) fn language_of(code: &str) -> Option<Language> {
    STEMMED
        .iter()
        .find(|(known, ..)| *known == code)
        .map(|(.., language)| *language)
}

/// A stretch of a text that counts as one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// First byte in the text.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
    /// How many words stand before it.
    pub position: usize,
    /// The word in lower case with its accents, as stemmers want it.
    pub lower: String,
    /// The word in lower case without accents.
    pub folded: String,
    /// Whether it is a letter, or a pair of letters, of a script without spaces.
    pub is_pair: bool,
}

/// What a text is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Running text to be found.
    Text,
    /// A title or a file name to be found: `OpeningCeremony` is also two words.
    Name,
    /// A query.
    Query,
}

/// The words of `text`, in order of position.
///
/// A word is a run of letters and digits; everything else separates, so `00:00:02;29` is four
/// words that stand side by side. Scripts without spaces give each letter and each pair of
/// neighbours; a query takes the pairs alone where there are any.
pub(super) fn words(text: &str, reading: Reading) -> Vec<Word> {
    let mut found = Vec::new();
    let mut position = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if !first.is_alphanumeric() {
            continue;
        }
        let is_unspaced = is_unspaced(first);
        let mut end = start + first.len_utf8();
        while let Some(&(at, next)) = chars.peek() {
            let goes_on = is_combining_mark(next)
                || (next.is_alphanumeric() && self::is_unspaced(next) == is_unspaced);
            if !goes_on {
                break;
            }
            end = at + next.len_utf8();
            chars.next();
        }
        if is_unspaced {
            push_pairs(text, start, end, reading, &mut position, &mut found);
        } else {
            push_word(text, start, end, reading, &mut position, &mut found);
        }
    }
    found
}

fn push_word(
    text: &str,
    start: usize,
    end: usize,
    reading: Reading,
    position: &mut usize,
    found: &mut Vec<Word>,
) {
    found.push(word(text, start, end, *position, false));
    let parts = match reading {
        Reading::Name => name_parts(&text[start..end]),
        Reading::Text | Reading::Query => Vec::new(),
    };
    if parts.len() > 1 {
        for (from, to) in parts {
            found.push(word(text, start + from, start + to, *position, false));
            *position += 1;
        }
    } else {
        *position += 1;
    }
}

fn push_pairs(
    text: &str,
    start: usize,
    end: usize,
    reading: Reading,
    position: &mut usize,
    found: &mut Vec<Word>,
) {
    let mut letters: Vec<(usize, usize)> = Vec::new();
    for (at, letter) in text[start..end].char_indices() {
        let (from, to) = (start + at, start + at + letter.len_utf8());
        match letters.last_mut() {
            Some(last) if is_combining_mark(letter) => last.1 = to,
            _ => letters.push((from, to)),
        }
    }
    let wants_letters = reading != Reading::Query || letters.len() == 1;
    for (index, &(from, to)) in letters.iter().enumerate() {
        if wants_letters {
            found.push(word(text, from, to, *position, true));
        }
        if let Some(&(_, next_to)) = letters.get(index + 1) {
            found.push(word(text, from, next_to, *position, true));
        }
        *position += 1;
    }
}

fn word(text: &str, start: usize, end: usize, position: usize, is_pair: bool) -> Word {
    let lower: String = text[start..end]
        .chars()
        .take(MAX_WORD_CHARS)
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    let folded = if is_pair { lower.clone() } else { fold(&lower) };
    Word {
        start,
        end,
        position,
        lower,
        folded,
        is_pair,
    }
}

/// `text`, which is in lower case, without accents and ligatures.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd() {
        match letter {
            // Accents of Latin, Greek and Cyrillic; vowel points of Hebrew and Arabic.
            '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{652}' | '\u{670}' => {}
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            other => folded.push(other),
        }
    }
    folded
}

/// Scripts that are written without spaces between words, and Korean, whose words carry their grammar.
fn is_unspaced(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff // Thai, Lao, Burmese, Khmer
        | 0x1100..=0x11ff | 0xac00..=0xd7af // Hangul
        | 0x3005..=0x3007 | 0x3040..=0x30ff | 0x31f0..=0x31ff | 0xff66..=0xff9f // kana
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3134f) // Han
}

/// Where `OpeningCeremony2024` would be written apart: a capital after a small letter, letters beside digits.
fn name_parts(word: &str) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, letter) in word.char_indices() {
        let is_border = before.is_some_and(|before| {
            (before.is_lowercase() && letter.is_uppercase())
                || before.is_numeric() != letter.is_numeric()
        }) && !is_combining_mark(letter);
        if is_border {
            parts.push((start, at));
            start = at;
        }
        before = Some(letter);
    }
    parts.push((start, word.len()));
    parts
}

/// Reduces the words of one language to their stems.
pub(super) struct StemTable {
    code: &'static str,
    analyzer: TextAnalyzer,
}

impl StemTable {
    /// For an ISO 639-1 code; `None` without a stemmer.
    pub(super) fn new(code: &str) -> Option<Self> {
        let (code, _, language) = STEMMED.iter().find(|(known, ..)| *known == code)?;
        let analyzer = TextAnalyzer::builder(RawTokenizer::default())
            .filter(Stemmer::new(*language))
            .build();
        Some(Self { code, analyzer })
    }

    /// The language's code.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// The index term of a word's stem: the language and the stem without accents.
    ///
    /// `None` for words that have no stem: numbers and pairs of letters.
    pub(super) fn term(&mut self, word: &Word) -> Option<String> {
        if word.is_pair || word.lower.chars().any(char::is_numeric) {
            return None;
        }
        let mut stream = self.analyzer.token_stream(&word.lower);
        let stem = if stream.advance() {
            fold(&stream.token().text)
        } else {
            return None;
        };
        (!stem.is_empty()).then(|| format!("{}{LANGUAGE_SEPARATOR}{stem}", self.code))
    }
}

/// How a field of the index is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Analysis {
    /// Folded words of running text.
    Words,
    /// Folded words of names.
    Names,
    /// Stems; the input is a language code, [`LANGUAGE_SEPARATOR`] and the text.
    Stems,
}

/// [`Analysis`] as tantivy calls it.
#[derive(Debug, Clone)]
pub(super) struct FieldTokenizer(pub Analysis);

/// Tokens made beforehand.
pub(super) struct ReadyTokens {
    tokens: Vec<Token>,
    next: usize,
}

impl Tokenizer for FieldTokenizer {
    type TokenStream<'a> = ReadyTokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> ReadyTokens {
        let token = |word: &Word, text: String| Token {
            offset_from: word.start,
            offset_to: word.end,
            position: word.position,
            text,
            position_length: 1,
        };
        let tokens = match self.0 {
            Analysis::Words => words(text, Reading::Text)
                .into_iter()
                .map(|word| token(&word, word.folded.clone()))
                .collect(),
            Analysis::Names => words(text, Reading::Name)
                .into_iter()
                .map(|word| token(&word, word.folded.clone()))
                .collect(),
            Analysis::Stems => text
                .split_once(LANGUAGE_SEPARATOR)
                .and_then(|(code, text)| Some((StemTable::new(code)?, text)))
                .map(|(mut stems, text)| {
                    words(text, Reading::Name)
                        .into_iter()
                        .filter_map(|word| Some(token(&word, stems.term(&word)?)))
                        .collect()
                })
                .unwrap_or_default(),
        };
        ReadyTokens { tokens, next: 0 }
    }
}

impl TokenStream for ReadyTokens {
    fn advance(&mut self) -> bool {
        self.next += 1;
        self.next <= self.tokens.len()
    }

    fn token(&self) -> &Token {
        &self.tokens[self.next - 1]
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.tokens[self.next - 1]
    }
}
