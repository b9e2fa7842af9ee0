//! Reads Tesseract's table of words and keeps those that are text and not texture.

/// A word as Tesseract reports it, in pixels of the picture that it was given.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ReadWord {
    pub(super) text: String,
    /// 0 to 1.
    pub(super) confidence: f32,
    /// Block, paragraph and line that it stands in.
    pub(super) line: (u32, u32, u32),
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Level of words in Tesseract's table.
const WORD_LEVEL: u32 = 5;

/// Reads the words of a table; rows that are no words, or broken, are left out.
pub(super) fn parse_table(table: &str) -> Vec<ReadWord> {
    table.lines().filter_map(parse_row).collect()
}

fn parse_row(row: &str) -> Option<ReadWord> {
    let mut columns = row.splitn(12, '\t');
    let mut number = || columns.next()?.parse::<u32>().ok();
    let level = number()?;
    let (_page, block, paragraph, line, _word) =
        (number()?, number()?, number()?, number()?, number()?);
    let (left, top, width, height) = (number()?, number()?, number()?, number()?);
    let confidence = columns.next()?.parse::<f32>().ok()? / 100.0;
    let text = columns.next()?.trim().to_owned();
    let is_word = level == WORD_LEVEL && !text.is_empty() && confidence.is_finite();
    let line = (block, paragraph, line);
    is_word.then(|| ReadWord {
        text,
        confidence: confidence.clamp(0.0, 1.0),
        line,
        left,
        top,
        width,
        height,
    })
}

/// Longer words are more certain than short ones: Tesseract reads two letters into anything.
const MIN_CONFIDENCE: f32 = 0.60;
const MIN_SHORT_CONFIDENCE: f32 = 0.85;
const SHORT_LETTERS: usize = 3;
/// A line as a whole must be surer than its weakest word.
const MIN_LINE_CONFIDENCE: f32 = 0.70;

/// The words of a line that look like text. Next to sure words, short ones need less
/// confidence: `in`, or the score between two names.
pub(super) fn plausible_words(words: Vec<ReadWord>) -> Vec<ReadWord> {
    let sure: usize = words
        .iter()
        .filter(|word| is_plausible(word))
        .map(|word| word.text.chars().count())
        .sum();
    let is_backed = |word: &ReadWord| {
        sure > SHORT_LETTERS && is_shaped(word) && word.confidence >= MIN_CONFIDENCE
    };
    words
        .into_iter()
        .filter(|word| is_plausible(word) || is_backed(word))
        .collect()
}

/// Whether a word on its own looks like text.
fn is_plausible(word: &ReadWord) -> bool {
    let letters = word.text.chars().filter(|c| c.is_alphanumeric()).count();
    let needed = if letters < SHORT_LETTERS {
        MIN_SHORT_CONFIDENCE
    } else {
        MIN_CONFIDENCE
    };
    is_shaped(word) && word.confidence >= needed
}

/// Whether letters and digits make up at least half of it, in an order of cases that words have.
fn is_shaped(word: &ReadWord) -> bool {
    let letters = word.text.chars().filter(|c| c.is_alphanumeric()).count();
    letters > 0 && word.text.chars().count() <= 2 * letters && has_plain_case(&word.text)
}

/// Whether a line of plausible words is worth keeping: one letter alone is not.
pub(super) fn is_plausible_line(words: &[ReadWord]) -> bool {
    let letters: usize = words
        .iter()
        .map(|word| word.text.chars().filter(|c| c.is_alphanumeric()).count())
        .sum();
    let has_digits = words
        .iter()
        .any(|word| word.text.chars().any(|c| c.is_ascii_digit()));
    let longest = words
        .iter()
        .map(|word| word.text.chars().filter(|c| c.is_alphabetic()).count())
        .max();
    letters >= 2
        && (has_digits || longest.unwrap_or(0) >= 2)
        && line_confidence(words) >= MIN_LINE_CONFIDENCE
}

/// The words' mean confidence, by their length.
pub(super) fn line_confidence(words: &[ReadWord]) -> f32 {
    let letters: usize = words.iter().map(|word| word.text.chars().count()).sum();
    let sum: f32 = words
        .iter()
        .map(|word| word.confidence * word.text.chars().count() as f32)
        .sum();
    if letters == 0 {
        0.0
    } else {
        sum / letters as f32
    }
}

/// Real words change from small to capital letters once at most (`MacDonald`), texture read as
/// text more often (`aSsE`).
fn has_plain_case(text: &str) -> bool {
    let changes = text
        .chars()
        .zip(text.chars().skip(1))
        .filter(|(one, next)| one.is_lowercase() && next.is_uppercase())
        .count();
    changes <= 1
}
