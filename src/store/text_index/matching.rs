//! What a query's words match: the same rule for index terms and for the text of a hit.

use super::{
    analysis::{Reading, StemTable, Word, words},
    stopwords::StopWords,
    syntax::{Clause, Demand, Form, ParsedQuery},
};
use crate::store::WordField;

/// A part of a query that is matched as one.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// Where; `None` for every field searched.
    pub field: Option<WordField>,
    /// What it asks of a hit.
    pub demand: Demand,
    /// Whether it says nothing of what is looked for.
    pub is_stop: bool,
    /// What it matches.
    pub pattern: Pattern,
}

/// What a [`Unit`] matches.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    /// A word, or another with the same stem in the text's language.
    Word {
        /// Folded.
        folded: String,
        /// Terms of its stems in the languages of the index.
        stems: Vec<String>,
    },
    /// Folded words side by side, with their distance from the first.
    Phrase(Vec<(usize, String)>),
    /// Folded words that begin so.
    Prefix(String),
    /// Folded words with at most so many typing errors.
    Fuzzy(String, u8),
}

/// A query ready to be matched.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// Its parts.
    pub units: Vec<Unit>,
    /// All plain words side by side, where there are several: the query as a phrase.
    pub whole: Option<Vec<(usize, String)>>,
}

impl Plan {
    /// Reads a query for an index with texts in the given languages.
    pub(super) fn new(
        query: &ParsedQuery,
        stems: &mut [StemTable],
        stop_words: &mut StopWords,
    ) -> Self {
        let mut units: Vec<Unit> = Vec::new();
        let mut plain = Vec::new();
        let mut plain_clauses = 0;
        for clause in &query.clauses {
            let is_plain = clause.demand == Demand::Wanted
                && clause.form == Form::Words
                && clause.field.is_none();
            let clause_words = words(&clause.text, Reading::Query);
            if is_plain {
                let before = plain.last().map_or(0, |(offset, _)| *offset + 1);
                plain.extend(
                    offsets(&clause_words)
                        .into_iter()
                        .map(|(offset, word)| (before + offset, word)),
                );
                plain_clauses += 1;
            }
            push_units(clause, &clause_words, stems, stop_words, &mut units);
        }
        if units
            .iter()
            .all(|unit| unit.is_stop || unit.demand == Demand::Excluded)
        {
            // Nothing but such words, as in "to be or not to be": then they are what is looked for, all of them.
            for unit in &mut units {
                if unit.is_stop {
                    unit.is_stop = false;
                    unit.demand = if unit.demand == Demand::Wanted {
                        Demand::Required
                    } else {
                        unit.demand
                    };
                }
            }
        }
        let whole = (plain.len() > 1 && plain_clauses > 1).then_some(plain);
        Self { units, whole }
    }

    /// The units that a hit is looked up and judged by.
    pub(super) fn telling(&self) -> impl Iterator<Item = &Unit> {
        self.units
            .iter()
            .filter(|unit| unit.demand != Demand::Excluded && !unit.is_stop)
    }
}

fn push_units(
    clause: &Clause,
    clause_words: &[Word],
    stems: &mut [StemTable],
    stop_words: &mut StopWords,
    units: &mut Vec<Unit>,
) {
    let mut push = |pattern, is_stop| {
        units.push(Unit {
            field: clause.field,
            demand: clause.demand,
            is_stop,
            pattern,
        });
    };
    // Digits side by side are one thing: a timecode, a date, a result.
    let is_number = clause.form == Form::Words
        && clause_words.len() > 1
        && clause.text.contains(|letter: char| letter.is_numeric());
    match clause.form {
        Form::Phrase => push(Pattern::Phrase(offsets(clause_words)), false),
        _ if is_number => push(Pattern::Phrase(offsets(clause_words)), false),
        form => {
            let last = clause_words.len().saturating_sub(1);
            for (index, word) in clause_words.iter().enumerate() {
                match form {
                    Form::Prefix if index == last => {
                        push(Pattern::Prefix(word.folded.clone()), false)
                    }
                    Form::Fuzzy { distance } if index == last => {
                        push(Pattern::Fuzzy(word.folded.clone(), distance), false)
                    }
                    _ => {
                        let stems = stems
                            .iter_mut()
                            .filter_map(|table| table.term(word))
                            .collect();
                        let is_stop =
                            clause.demand == Demand::Wanted && stop_words.contains(&word.lower);
                        push(
                            Pattern::Word {
                                folded: word.folded.clone(),
                                stems,
                            },
                            is_stop,
                        );
                    }
                }
            }
        }
    }
}

/// Folded words with their distance from the first.
fn offsets(words: &[Word]) -> Vec<(usize, String)> {
    let first = words.first().map_or(0, |word| word.position);
    words
        .iter()
        .map(|word| (word.position - first, word.folded.clone()))
        .collect()
}

/// The text of a hit, taken apart as the index took it apart.
pub(super) struct HitText {
    words: Vec<Word>,
    stems: Vec<Option<String>>,
}

impl HitText {
    /// Takes `text` apart.
    pub(super) fn new(text: &str, reading: Reading, stems: Option<&mut StemTable>) -> Self {
        let words = words(text, reading);
        let stems = match stems {
            Some(table) => words.iter().map(|word| table.term(word)).collect(),
            None => vec![None; words.len()],
        };
        Self { words, stems }
    }

    /// Byte ranges that `pattern` matches, in order.
    pub(super) fn find(&self, pattern: &Pattern) -> Vec<(usize, usize)> {
        match pattern {
            Pattern::Word { folded, stems } => self.find_words(|index, word| {
                word.folded == *folded
                    || self.stems[index]
                        .as_ref()
                        .is_some_and(|stem| stems.contains(stem))
            }),
            Pattern::Prefix(prefix) => {
                self.find_words(|_, word| word.folded.starts_with(prefix.as_str()))
            }
            Pattern::Fuzzy(folded, distance) => self.find_words(|_, word| {
                is_within_edits(folded, &word.folded, usize::from(*distance))
            }),
            Pattern::Phrase(phrase) => self.find_phrase(phrase),
        }
    }

    fn find_words(&self, is_match: impl Fn(usize, &Word) -> bool) -> Vec<(usize, usize)> {
        self.words
            .iter()
            .enumerate()
            .filter(|(index, word)| is_match(*index, word))
            .map(|(_, word)| (word.start, word.end))
            .collect()
    }

    /// Byte ranges of the words of each place where `phrase` stands.
    pub(super) fn find_phrase(&self, phrase: &[(usize, String)]) -> Vec<(usize, usize)> {
        let Some(((_, first), _)) = phrase.split_first() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (index, word) in self.words.iter().enumerate() {
            if word.folded != *first {
                continue;
            }
            let places: Option<Vec<_>> = phrase
                .iter()
                .map(|(offset, wanted)| {
                    // Several words share a position only within one word's parts, so the place is near.
                    self.words[index.saturating_sub(2)..]
                        .iter()
                        .skip_while(|other| other.position < word.position + offset)
                        .take_while(|other| other.position == word.position + offset)
                        .find(|other| other.folded == *wanted)
                        .map(|other| (other.start, other.end))
                })
                .collect();
            found.extend(places.unwrap_or_default());
        }
        found
    }
}

/// Whether one word becomes the other by at most `limit` typing errors: a letter more, less, wrong, or two swapped.
///
/// The optimal string alignment distance, as the index's automaton counts it.
fn is_within_edits(left: &str, right: &str, limit: usize) -> bool {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    if left.len().abs_diff(right.len()) > limit {
        return false;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut current = vec![row + 1; right.len() + 1];
        for (column, other) in right.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other);
            let mut cost = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *letter == right[column - 1] && left[row - 1] == *other {
                cost = cost.min(before[column - 1] + 1);
            }
            current[column + 1] = cost;
        }
        before = std::mem::replace(&mut last, current);
    }
    last[right.len()] <= limit
}
