//! Words and phrases to look for in what was said, whatever their case and accents.

use std::collections::HashMap;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Phrases of one or more words, by the first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Phrases {
    by_first: HashMap<String, Vec<Vec<Pattern>>>,
    /// Phrases whose first word has any ending.
    open: Vec<Vec<Pattern>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Pattern {
    text: String,
    is_open: bool,
}

impl Pattern {
    fn fits(&self, word: &str) -> bool {
        match self.is_open {
            true => word.starts_with(&self.text),
            false => word == self.text,
        }
    }
}

impl Phrases {
    /// Phrases as they are written in a list; a final `*` stands for any ending.
    pub(super) fn new(list: &[String]) -> Self {
        let mut phrases = Self::default();
        for phrase in list {
            let is_open = phrase.ends_with('*');
            let mut patterns: Vec<Pattern> = words(phrase)
                .map(|text| Pattern {
                    text,
                    is_open: false,
                })
                .collect();
            if let Some(last) = patterns.last_mut() {
                last.is_open = is_open;
            }
            match patterns.first() {
                None => {}
                Some(first) if first.is_open => phrases.open.push(patterns),
                Some(first) => {
                    let same_first = phrases.by_first.entry(first.text.clone()).or_default();
                    same_first.push(patterns);
                }
            }
        }
        phrases
    }

    /// How many words of the longest phrase stand at `at`; 0 where none does.
    pub(super) fn length_at(&self, words: &[String], at: usize) -> usize {
        let Some(rest) = words.get(at..) else {
            return 0;
        };
        let same_first = rest.first().and_then(|word| self.by_first.get(word));
        same_first
            .into_iter()
            .flatten()
            .chain(&self.open)
            .filter(|patterns| {
                patterns.len() <= rest.len()
                    && patterns
                        .iter()
                        .zip(rest)
                        .all(|(pattern, word)| pattern.fits(word))
            })
            .map(Vec::len)
            .max()
            .unwrap_or(0)
    }

    /// Whether one of them is in `text`.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let words: Vec<String> = words(text).collect();
        (0..words.len()).any(|at| self.length_at(&words, at) > 0)
    }
}

/// The words of a text in lower case, without accents and signs.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    let folded: String = text
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .collect();
    let words: Vec<String> = folded
        .replace('œ', "oe")
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(list: &[&str]) -> Phrases {
        Phrases::new(
            &list
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn phrases_are_found_whatever_their_case_and_accents() {
        let list = phrases(&["médaille d'or", "champion*", "what a"]);
        assert!(list.is_in("La MEDAILLE D’OR est pour Moreau!"));
        assert!(list.is_in("Norland are the champions!"));
        assert!(list.is_in("What a finish"));
        assert!(!list.is_in("What is a championship-free medal? An or."[..12].trim()));
        assert!(!list.is_in("la médaille"));
    }

    #[test]
    fn the_longest_phrase_at_a_place_is_taken() {
        let list = phrases(&["world", "world record"]);
        let said: Vec<String> = words("a new world record").collect();
        assert_eq!(list.length_at(&said, 2), 2);
        assert_eq!(list.length_at(&said, 0), 0);
        assert_eq!(list.length_at(&said, 9), 0);
    }
}
