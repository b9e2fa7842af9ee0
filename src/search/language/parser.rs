//! Tokens to a tree: alternatives, what stands side by side, and conditions.

use super::{
    MAX_NESTING, Parsed,
    error::LanguageError,
    token::{Name, Sign, Token, Value, begins_with_name, closing},
    tree::{Channel, Demand, Expression, Filter, Form, Term, Tree},
};

/// Reads the tokens of a query of `chars` characters.
pub(super) fn parse(tokens: Vec<Token>, chars: usize) -> Result<Parsed, LanguageError> {
    let mut parser = Parser {
        tokens,
        at: 0,
        end_column: chars + 1,
        depth: 0,
        channel: None,
        has_groups: false,
    };
    let Group {
        expression,
        filters,
    } = parser.alternatives()?;
    let has_parts = matches!(&expression, Some(found) if !matches!(found, Expression::All { parts, .. } if parts.is_empty()));
    Ok(Parsed {
        is_plain: !parser.has_groups && !has_parts && filters.is_empty(),
        tree: Tree {
            expression,
            filters,
        },
    })
}

pub(super) struct Parser {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    end_column: usize,
    depth: usize,
    /// The channel of the parentheses that are being read.
    pub(super) channel: Option<Channel>,
    /// Whether parentheses were more than punctuation around plain words.
    pub(super) has_groups: bool,
}

/// What parentheses, or the whole query, hold.
#[derive(Default)]
pub(super) struct Group {
    pub(super) expression: Option<Expression>,
    pub(super) filters: Vec<Filter>,
}

/// What stands side by side, in the making.
#[derive(Default)]
struct Row {
    terms: Vec<Term>,
    parts: Vec<Expression>,
}

impl Row {
    fn push(&mut self, expression: Expression) {
        match expression {
            Expression::All { terms, parts } => {
                self.terms.extend(terms);
                self.parts.extend(parts);
            }
            part => self.parts.push(part),
        }
    }

    fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.parts.is_empty()
    }

    fn expression(mut self) -> Option<Expression> {
        if self.is_empty() {
            return None;
        }
        let is_one = self.terms.is_empty()
            && self.parts.len() == 1
            && !matches!(self.parts[0], Expression::Not(_));
        if is_one {
            return self.parts.pop();
        }
        Some(Expression::All {
            terms: self.terms,
            parts: self.parts,
        })
    }
}

impl Parser {
    /// Everything up to a closing parenthesis or the end.
    pub(super) fn alternatives(&mut self) -> Result<Group, LanguageError> {
        let mut filters = Vec::new();
        let mut found: Vec<(usize, Option<Expression>)> = Vec::new();
        loop {
            let first = self.at;
            let mut row = Row::default();
            while self
                .tokens
                .get(self.at)
                .is_some_and(|token| token.value != Value::Close)
            {
                if self.is_or(self.at, &row)? {
                    break;
                }
                self.item(&mut row, &mut filters)?;
            }
            found.push((first, row.expression()));
            if self
                .tokens
                .get(self.at)
                .is_none_or(|token| token.value == Value::Close)
            {
                break;
            }
            self.at += 1;
        }
        if found.len() == 1 {
            let expression = found.pop().and_then(|(_, expression)| expression);
            return Ok(Group {
                expression,
                filters,
            });
        }
        let mut alternatives = Vec::new();
        for (first, expression) in found {
            match expression {
                Some(Expression::Any(inner)) => alternatives.extend(inner),
                Some(expression) if expression.is_positive() => alternatives.push(expression),
                _ => {
                    return Err(self.wrong(
                        first,
                        "something to find on both sides of `OR`",
                        "conditions hold for all alternatives, and what is excluded finds nothing by itself; leave the `OR` out, or write '`OR` with an apostrophe before it for the word",
                    ));
                }
            }
        }
        Ok(Group {
            expression: Some(Expression::Any(alternatives)),
            filters,
        })
    }

    /// Whether the token here is the operator `OR`: in capitals, with something before and after it.
    fn is_or(&self, at: usize, row: &Row) -> Result<bool, LanguageError> {
        if !self.is_word(at, "OR") {
            return Ok(false);
        }
        let goes_on = self
            .tokens
            .get(at + 1)
            .is_some_and(|next| next.value != Value::Close)
            && !self.is_word(at + 1, "OR");
        let is_filter = |index: usize| {
            self.tokens
                .get(index)
                .is_some_and(|token| matches!(token.name, Some(Name::Filter(_))))
        };
        if goes_on && row.is_empty() && at > 0 && is_filter(at - 1) {
            return Err(self.wrong(
                at,
                "no `OR` between conditions",
                "leave the `OR` out: several languages, collections, files and kinds of asset are alternatives as they are",
            ));
        }
        Ok(goes_on && !row.is_empty())
    }

    /// Reads one thing that stands side by side with others.
    fn item(&mut self, row: &mut Row, filters: &mut Vec<Filter>) -> Result<(), LanguageError> {
        if let Some(Name::Filter(name)) = self.tokens[self.at].name {
            filters.push(self.filter(name)?);
            self.at += 1;
            return Ok(());
        }
        let found = self.primary()?;
        filters.extend(found.filters);
        if let Some(expression) = found.expression {
            row.push(if found.is_operand {
                self.timed(expression)?
            } else {
                expression
            });
        }
        Ok(())
    }

    /// What the parentheses that open here hold; reads past the closing one.
    pub(super) fn group(&mut self) -> Result<Group, LanguageError> {
        if self.depth == MAX_NESTING {
            return Err(self.wrong(
                self.at,
                &format!("at most {MAX_NESTING} parentheses inside each other"),
                "search for the parts one after the other",
            ));
        }
        self.depth += 1;
        self.at += 1;
        let group = self.alternatives();
        self.depth -= 1;
        self.at += 1;
        group
    }

    /// Whether the token at `at` is that word with nothing before it.
    pub(super) fn is_word(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            token.sign.is_none()
                && token.name.is_none()
                && token.weight.is_none()
                && matches!(&token.value, Value::Bare(text) if text == word)
        })
    }

    /// The error that something else should stand at `at`.
    pub(super) fn wrong(&self, at: usize, expected: &str, hint: &str) -> LanguageError {
        let token = self.tokens.get(at);
        let found = match token.map(|token| (token, &token.value)) {
            None => "the end".to_owned(),
            Some((_, Value::Open)) => "`(`".to_owned(),
            Some((_, Value::Close)) => "`)`".to_owned(),
            Some((_, Value::Quoted(text) | Value::Bare(text))) => format!("`{text}`"),
        };
        LanguageError {
            column: token.map_or(self.end_column, |token| token.column),
            width: token.map_or(1, |token| token.width),
            found,
            expected: expected.to_owned(),
            hint: hint.to_owned(),
        }
    }
}

/// The word or phrase of a token, if it says anything.
pub(super) fn term(token: &Token, channel: Option<Channel>) -> Option<Term> {
    let demand = match token.sign {
        Some(Sign::Minus) => Demand::Excluded,
        Some(Sign::Plus) => Demand::Required,
        None if matches!(token.value, Value::Quoted(_)) => Demand::Required,
        None => Demand::Wanted,
    };
    let (text, form) = match &token.value {
        Value::Quoted(text) => (text.clone(), Form::Phrase),
        Value::Bare(text) => {
            // What stands before the first letter says nothing; an apostrophe makes words of operators.
            let typed_chars = text.chars().count();
            let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
            let chars: Vec<char> = text.chars().collect();
            let text: String = chars[..chars.len() - closing(&chars)].iter().collect();
            let before = typed_chars - chars.len();
            // Out of its place a name is a word, and printed it must stay one.
            if channel.is_none() && begins_with_name(&text) {
                read_form(&text.replacen(':', ".", 1), before)
            } else {
                read_form(&text, before)
            }
        }
        Value::Open | Value::Close => return None,
    };
    text.contains(char::is_alphanumeric).then_some(Term {
        channel,
        demand,
        form,
        text,
    })
}

/// A word without the operators at its end; `before` counts what stood before its first letter,
/// because the word index counts that when it allows typing errors.
fn read_form(text: &str, before: usize) -> (String, Form) {
    let ends_in_word = |text: &&str| text.ends_with(char::is_alphanumeric);
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    if let Some(start) = text.strip_suffix('*').filter(ends_in_word)
        && letters(start) >= 2
    {
        return (start.to_owned(), Form::Prefix);
    }
    for (suffix, distance) in [("~2", 2), ("~1", 1), ("~", 0)] {
        if let Some(word) = text.strip_suffix(suffix).filter(ends_in_word) {
            // Two errors in a short word make another word.
            let allowed = if before + word.chars().count() >= 8 {
                2
            } else {
                1
            };
            let distance = if distance == 0 { allowed } else { distance };
            return (word.to_owned(), Form::Fuzzy { distance });
        }
    }
    (text.to_owned(), Form::Words)
}
