//! Words that say nothing of what is looked for, per language.

use std::collections::HashSet;

use tantivy::tokenizer::{RawTokenizer, StopWordFilter, TextAnalyzer};

use super::analysis::{fold, language_of};

/// English words that frame a question or a wish rather than describe what is to be found.
const ENGLISH: &str = "about after all also am any anyone anything again around because been before being between both \
    can clip clips could did do does doing done down during each find footage from get give had has have having he her \
    here him his how i images its just let like look looking me moment moments most my of off one other our out up more \
    over people's person's photo photos please scene scenes search see she shot shots should show showing shows so \
    some somebody someone something than them through us very video videos want was we were what when where \
    whether which while who whom whose why would you your yours";

/// Which words say nothing, in the languages of a library.
pub(super) struct StopWords {
    filters: Vec<TextAnalyzer>,
    english: HashSet<&'static str>,
}

impl StopWords {
    /// Of the given ISO 639-1 codes, and of English, which people search in whatever the library speaks.
    pub(super) fn new(codes: &[String]) -> Self {
        let mut codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        if !codes.contains(&"en") {
            codes.push("en");
        }
        let filters = codes
            .into_iter()
            .filter_map(|code| StopWordFilter::new(language_of(code)?))
            .map(|filter| {
                TextAnalyzer::builder(RawTokenizer::default())
                    .filter(filter)
                    .build()
            })
            .collect();
        Self {
            filters,
            english: ENGLISH.split_whitespace().collect(),
        }
    }

    /// Whether a word in lower case says nothing in any of the languages.
    pub(super) fn contains(&mut self, lower: &str) -> bool {
        // A letter by itself is what an apostrophe cut off: don't, l'eau.
        let is_single_letter = lower.is_ascii()
            && lower.len() == 1
            && lower.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_single_letter
            || self.english.contains(lower)
            || self.english.contains(fold(lower).as_str())
            || self
                .filters
                .iter_mut()
                .any(|filter| !filter.token_stream(lower).advance())
    }
}
