//! How a query that is being typed may go on.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Searcher, error::SearchError, language::Typing};
use crate::store::{
    WordField,
    text_index::{TypedWord, last_word},
};

/// How many suggestions of a kind come before those of all kinds.
const OF_EACH: usize = 2;
/// Texts end so: what stands further ahead has no say in the word that is typed.
const MAX_BYTES: usize = 4000;

/// A way to go on from the word that is being typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suggestion {
    /// What it is.
    pub kind: SuggestionKind,
    /// What to put in the place of `replaces`.
    pub text: String,
    /// Bytes of the UTF-8 text to replace, `[first, first after]`.
    pub replaces: (usize, usize),
    /// Texts that hold the word, or assets that carry the tag or belong to the collection; counted
    /// up to a bound. `None` for what belongs to the language of queries.
    pub count: Option<u64>,
}

/// What a suggestion is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// Belongs to the language of queries, such as `said:` or `is:video`.
    Operator,
    /// A collection.
    Collection,
    /// A tag.
    Tag,
    /// A word of a title, a file name or a person's name.
    Name,
    /// A word that was said or shown.
    Word,
}

impl Searcher<'_> {
    /// At most `limit` ways to go on with the query `text`, of which the end is being typed.
    ///
    /// They complete words of the language of queries, tags, collections, languages, names and
    /// words; a few of each come before more of one.
    ///
    /// # Errors
    /// When the library can't be read.
    pub fn suggest(&self, text: &str, limit: usize) -> Result<Vec<Suggestion>, SearchError> {
        let cut = text.ceil_char_boundary(text.len().saturating_sub(MAX_BYTES));
        let typing = Typing::at_the_end(&text[cut..]);
        let value = cut + typing.from..text.len();
        let word = last_word(typing.value).map(|word| TypedWord {
            start: cut + typing.start + word.start,
            ..word
        });
        let mut lists = vec![operators(&typing, &value)];
        match typing.name {
            None => {
                let whole = typing.value;
                // In quotation marks words alone are completed.
                if !whole.is_empty() && typing.from == typing.start {
                    lists.push(self.collections(whole, "collection:", &value, limit)?);
                    lists.push(self.tags(whole, "tag:", &value, limit)?);
                }
                if let Some(word) = &word {
                    let fields = [WordField::Speech, WordField::ScreenText];
                    lists.push(self.words(word, text, &fields, limit)?);
                    let names = self.words(word, text, &[WordField::Metadata], limit)?;
                    lists.push(without(names, &lists));
                }
            }
            Some("tag") => lists.push(self.tags(typing.value, "", &value, limit)?),
            Some("collection") => lists.push(self.collections(typing.value, "", &value, limit)?),
            Some("lang") => {
                let codes = self
                    .store
                    .catalog()
                    .languages_beginning(typing.value, limit)?;
                lists.push(suggestions(SuggestionKind::Name, codes, "", &value));
            }
            Some(name) => {
                let fields: &[WordField] = match name {
                    "said" => &[WordField::Speech],
                    "text" => &[WordField::ScreenText],
                    "name" | "file" => &[WordField::Metadata],
                    _ => &[],
                };
                if let Some(word) = &word
                    && !fields.is_empty()
                {
                    lists.push(self.words(word, text, fields, limit)?);
                }
            }
        }
        Ok(some_of_each(lists, limit))
    }

    fn tags(
        &self,
        beginning: &str,
        name: &str,
        replaced: &Range<usize>,
        limit: usize,
    ) -> Result<Vec<Suggestion>, SearchError> {
        let found = self.store.catalog().tags_beginning(beginning, limit)?;
        Ok(suggestions(SuggestionKind::Tag, found, name, replaced))
    }

    fn collections(
        &self,
        beginning: &str,
        name: &str,
        replaced: &Range<usize>,
        limit: usize,
    ) -> Result<Vec<Suggestion>, SearchError> {
        let found = self
            .store
            .catalog()
            .collections_beginning(beginning, limit)?;
        Ok(suggestions(
            SuggestionKind::Collection,
            found,
            name,
            replaced,
        ))
    }

    /// Words that begin as the last one of `text` does, but not that one itself.
    fn words(
        &self,
        word: &TypedWord,
        text: &str,
        fields: &[WordField],
        limit: usize,
    ) -> Result<Vec<Suggestion>, SearchError> {
        let mut found = self
            .store
            .words_beginning(&word.folded, fields, limit + 1)?;
        found.retain(|(other, _)| *other != word.folded);
        found.truncate(limit);
        let kind = match fields {
            [WordField::Metadata] => SuggestionKind::Name,
            _ => SuggestionKind::Word,
        };
        let found = found.into_iter().map(|(text_of_word, count)| Suggestion {
            kind,
            text: text_of_word,
            replaces: (word.start, text.len()),
            count: Some(count),
        });
        Ok(found.collect())
    }
}

fn operators(typing: &Typing<'_>, replaced: &Range<usize>) -> Vec<Suggestion> {
    let found = typing.operators().into_iter().map(|text| Suggestion {
        kind: SuggestionKind::Operator,
        text,
        replaces: (replaced.start, replaced.end),
        count: None,
    });
    found.collect()
}

fn suggestions(
    kind: SuggestionKind,
    found: Vec<(String, u64)>,
    name: &str,
    replaced: &Range<usize>,
) -> Vec<Suggestion> {
    let found = found.into_iter().map(|(value, count)| Suggestion {
        kind,
        text: format!("{name}{}", quoted(&value)),
        replaces: (replaced.start, replaced.end),
        count: Some(count),
    });
    found.collect()
}

/// A value as it stands after a name: in quotation marks where it has more than letters and digits.
fn quoted(value: &str) -> String {
    if value
        .chars()
        .all(|character| character.is_alphanumeric() || "-_.".contains(character))
    {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('"', " "))
    }
}

/// Those that no list before has.
fn without(mut found: Vec<Suggestion>, lists: &[Vec<Suggestion>]) -> Vec<Suggestion> {
    let known = |text: &str| {
        let mut known = lists.iter().flatten();
        known.any(|known| known.text == text || known.text.strip_prefix("tag:") == Some(text))
    };
    found.retain(|suggestion| !known(&suggestion.text));
    found
}

/// The first of each list, then the rest of them in turn, list by list.
fn some_of_each(lists: Vec<Vec<Suggestion>>, limit: usize) -> Vec<Suggestion> {
    let mut taken: Vec<usize> = lists.iter().map(|list| list.len().min(OF_EACH)).collect();
    let mut free = limit.saturating_sub(taken.iter().sum());
    for (list, taken) in lists.iter().zip(&mut taken).rev() {
        let more = (list.len() - *taken).min(free);
        *taken += more;
        free -= more;
    }
    let chosen = lists.into_iter().zip(taken);
    let chosen = chosen.flat_map(|(list, taken)| list.into_iter().take(taken));
    chosen.take(limit).collect()
}
