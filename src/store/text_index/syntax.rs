//! What people type into the search field, read leniently: every text is a query.

use std::sync::LazyLock;

use crate::store::WordField;

/// Characters of a query that are read; the rest is left out.
pub const MAX_QUERY_CHARS: usize = 1000;
/// Clauses of a query that are read; the rest is left out.
pub const MAX_QUERY_CLAUSES: usize = 64;

/// A query taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedQuery {
    /// Its parts in order.
    pub clauses: Vec<Clause>,
    /// Whether it was too long and its end was left out.
    pub was_cut: bool,
}

/// One part of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Where it must be found; `None` for anywhere.
    pub field: Option<WordField>,
    /// What it asks of a hit.
    pub demand: Demand,
    /// How it is matched.
    pub form: Form,
    /// The words, without operators.
    pub text: String,
}

/// What a clause asks of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// The more of these, the better.
    Wanted,
    /// A hit has it: `+word`, `"a phrase"`.
    Required,
    /// A hit does not have it: `-word`.
    Excluded,
}

/// How a clause is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Word by word, in any inflection.
    Words,
    /// `"as it stands"`.
    Phrase,
    /// `pre*`.
    Prefix,
    /// `fuzz~` or `fuzz~2`: at most so many typing errors.
    Fuzzy {
        /// 1 or 2.
        distance: u8,
    },
}

/// Names before a colon, and the field they stand for.
static FIELD_NAMES: LazyLock<Vec<(&str, WordField)>> = LazyLock::new(|| {
    vec![
        ("speech", WordField::Speech),
        ("said", WordField::Speech),
        ("text", WordField::ScreenText),
        ("screen", WordField::ScreenText),
        ("screen_text", WordField::ScreenText),
        ("tag", WordField::Metadata),
        ("name", WordField::Metadata),
        ("metadata", WordField::Metadata),
    ]
});

impl ParsedQuery {
    /// Takes `text` apart; never fails: what is no operator is a word.
    pub fn parse(text: &str) -> Self {
        let mut parsed = Self::default();
        let bounded = match text.char_indices().nth(MAX_QUERY_CHARS) {
            Some((end, _)) => {
                parsed.was_cut = true;
                &text[..end]
            }
            None => text,
        };
        let mut rest = bounded.trim_start();
        while !rest.is_empty() {
            let (clause, after) = next_clause(rest);
            if let Some(clause) = clause {
                if parsed.clauses.len() == MAX_QUERY_CLAUSES {
                    parsed.was_cut = true;
                    break;
                }
                parsed.clauses.push(clause);
            }
            rest = after.trim_start();
        }
        parsed
    }

    /// The clauses that ask for something, as against excluding it.
    pub fn positive(&self) -> impl Iterator<Item = &Clause> {
        self.clauses
            .iter()
            .filter(|clause| clause.demand != Demand::Excluded)
    }
}

/// The clause that `text` begins with, if it says anything, and what follows it.
fn next_clause(text: &str) -> (Option<Clause>, &str) {
    let mut rest = text;
    let mut demand = Demand::Wanted;
    for (sign, meaning) in [
        ('-', Demand::Excluded),
        ('−', Demand::Excluded),
        ('+', Demand::Required),
    ] {
        if let Some(after) = rest.strip_prefix(sign)
            && after.starts_with(|next: char| next.is_alphanumeric() || is_quote(next))
        {
            (rest, demand) = (after, meaning);
            break;
        }
    }
    let mut field = None;
    for (name, meaning) in FIELD_NAMES.iter() {
        if let Some(after) = strip_name(rest, name)
            && after.starts_with(|next: char| next.is_alphanumeric() || is_quote(next))
        {
            (rest, field) = (after, Some(*meaning));
            break;
        }
    }
    if let Some(inside) = rest.strip_prefix(is_quote) {
        if let Some((phrase, after)) = inside.split_once(is_quote) {
            let demand = if demand == Demand::Wanted {
                Demand::Required
            } else {
                demand
            };
            let clause = Clause {
                field,
                demand,
                form: Form::Phrase,
                text: phrase.to_owned(),
            };
            return (has_words(phrase).then_some(clause), after);
        }
        // A quotation mark that is never closed is no operator.
        rest = inside;
    }
    let end = rest
        .find(|next: char| next.is_whitespace() || is_quote(next))
        .unwrap_or(rest.len());
    let (chunk, mut after) = rest.split_at(end);
    if chunk.is_empty() {
        // Nothing was taken: step over what stands here, so that the reading ends.
        let mut chars = after.chars();
        if after.len() == text.len() {
            chars.next();
        }
        after = chars.as_str();
    }
    let (text, form) = read_form(chunk);
    let clause = Clause {
        field,
        demand,
        form,
        text: text.to_owned(),
    };
    (has_words(text).then_some(clause), after)
}

fn read_form(chunk: &str) -> (&str, Form) {
    let ends_in_word = |text: &str| text.ends_with(char::is_alphanumeric);
    if let Some(text) = chunk.strip_suffix('*')
        && ends_in_word(text)
        && text
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .count()
            >= 2
    {
        return (text, Form::Prefix);
    }
    for (suffix, distance) in [("~2", 2), ("~1", 1), ("~", 0)] {
        if let Some(text) = chunk.strip_suffix(suffix)
            && ends_in_word(text)
        {
            // Two errors in a short word make another word.
            let allowed = if text.chars().count() >= 8 { 2 } else { 1 };
            let distance = if distance == 0 { allowed } else { distance };
            return (text, Form::Fuzzy { distance });
        }
    }
    (chunk, Form::Words)
}

fn strip_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (head, after) = text.split_at_checked(name.len())?;
    head.eq_ignore_ascii_case(name).then_some(())?;
    after.strip_prefix(':')
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„' | '«' | '»')
}

fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}
