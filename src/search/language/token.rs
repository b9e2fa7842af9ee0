//! A query as quoted texts, chunks and parentheses, each with what stands right before it.

use super::{MAX_WEIGHT, error::LanguageError, tree::Channel};

/// A piece of a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// First character, from 1.
    pub column: usize,
    /// Characters, sign and name included.
    pub width: usize,
    /// `+` or `-` right before it.
    pub sign: Option<Sign>,
    /// `2*` right before it.
    pub weight: Option<f32>,
    /// `name:` right before it.
    pub name: Option<Name>,
    /// What it is.
    pub value: Value,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// `(`, which is closed somewhere.
    Open,
    /// `)`, which closes one.
    Close,
    /// A text in quotation marks, without them.
    Quoted(String),
    /// Anything else up to the next space or quotation mark.
    Bare(String),
}

/// A sign right before a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// `+`.
    Plus,
    /// `-`.
    Minus,
}

/// A name before a colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// A channel.
    Channel(Channel),
    /// `like:`.
    Like,
    /// A condition's name, as it is written.
    Filter(&'static str),
}

/// The names that have a meaning before a colon; all others are words.
pub(super) const NAMES: [(&str, Name); 19] = [
    ("speech", Name::Channel(Channel::Said)),
    ("said", Name::Channel(Channel::Said)),
    ("text", Name::Channel(Channel::Text)),
    ("screen", Name::Channel(Channel::Text)),
    ("screen_text", Name::Channel(Channel::Text)),
    ("tag", Name::Channel(Channel::Tag)),
    ("metadata", Name::Channel(Channel::Tag)),
    ("name", Name::Channel(Channel::Name)),
    ("seen", Name::Channel(Channel::Seen)),
    ("like", Name::Like),
    ("after", Name::Filter("after")),
    ("before", Name::Filter("before")),
    ("longer", Name::Filter("longer")),
    ("shorter", Name::Filter("shorter")),
    ("lang", Name::Filter("lang")),
    ("collection", Name::Filter("collection")),
    ("file", Name::Filter("file")),
    ("is", Name::Filter("is")),
    ("has", Name::Filter("has")),
];

/// Takes a query apart; parentheses that do not pair are no tokens where nothing hangs on them.
///
/// # Errors
/// A parenthesis that is opened after a sign or a name, or before an `OR`, and never closed.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, LanguageError> {
    let chars: Vec<char> = text.chars().collect();
    let mut reader = Reader {
        chars: &chars,
        at: 0,
        tokens: Vec::new(),
        open: Vec::new(),
    };
    while reader.at < chars.len() {
        reader.read();
    }
    let Reader { tokens, open, .. } = reader;
    let is_or = |token: &Token| token.value == Value::Bare("OR".to_owned());
    for &index in &open {
        let token = &tokens[index];
        let matters = token.sign.is_some() || token.name.is_some();
        if matters || tokens[index..].iter().any(is_or) {
            return Err(LanguageError {
                column: token.column,
                width: token.width,
                found: "a parenthesis that is never closed".to_owned(),
                expected: "`)` after what belongs together".to_owned(),
                hint: "add the `)`, or leave the `(` out".to_owned(),
            });
        }
    }
    let kept = tokens.into_iter().enumerate();
    let kept = kept.filter(|(index, _)| !open.contains(index));
    Ok(kept.map(|(_, token)| token).collect())
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
    tokens: Vec<Token>,
    /// Indexes into `tokens` of parentheses still open.
    open: Vec<usize>,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// Reads what begins here: a space, or a token with the parentheses that close after it.
    fn read(&mut self) {
        let Some(first) = self.peek(0) else { return };
        if first.is_whitespace() {
            self.at += 1;
            return;
        }
        if first == ')' {
            self.close(self.at);
            self.at += 1;
            return;
        }
        let start = self.at;
        let sign = self.sign();
        let weight = if sign.is_none() { self.weight() } else { None };
        let name = self.name();
        let token = |reader: &mut Self, value| {
            reader.tokens.push(Token {
                column: start + 1,
                width: (reader.at - start).max(1),
                sign,
                weight,
                name,
                value,
            });
        };
        match self.peek(0) {
            Some('(') => {
                self.open.push(self.tokens.len());
                self.at += 1;
                token(self, Value::Open);
                return;
            }
            Some(quote) if is_quote(quote) => {
                let inside = self.at + 1;
                let end = self.chars[inside..].iter().position(|c| is_quote(*c));
                self.at = inside;
                if let Some(length) = end {
                    let text = self.chars[inside..inside + length].iter().collect();
                    self.at = inside + length + 1;
                    token(self, Value::Quoted(text));
                    return;
                }
                // A quotation mark that is never closed is no operator.
            }
            _ => {}
        }
        let from = self.at;
        while self
            .peek(0)
            .is_some_and(|c| !c.is_whitespace() && !is_quote(c))
        {
            self.at += 1;
        }
        let chunk = &self.chars[from..self.at];
        let closing = closing(chunk);
        self.at -= closing;
        let text: String = self.chars[from..self.at].iter().collect();
        if !text.is_empty() {
            token(self, Value::Bare(text));
        }
        for _ in 0..closing {
            self.close(self.at);
            self.at += 1;
        }
    }

    fn close(&mut self, at: usize) {
        if self.open.pop().is_some() {
            self.tokens.push(Token {
                column: at + 1,
                width: 1,
                sign: None,
                weight: None,
                name: None,
                value: Value::Close,
            });
        }
    }

    fn sign(&mut self) -> Option<Sign> {
        let sign = match self.peek(0)? {
            '+' => Sign::Plus,
            '-' | '−' => Sign::Minus,
            _ => return None,
        };
        let next = self.peek(1)?;
        (next.is_alphanumeric() || is_quote(next) || next == '(').then(|| {
            self.at += 1;
            sign
        })
    }

    /// `2*` or `0.5*`, where a description in quotation marks, `seen:` or `like:` follows.
    fn weight(&mut self) -> Option<f32> {
        let mut end = self.at;
        while self
            .chars
            .get(end)
            .is_some_and(|c| c.is_ascii_digit() || *c == '.')
        {
            end += 1;
        }
        if self.chars.get(end) != Some(&'*') {
            return None;
        }
        let number: String = self.chars[self.at..end].iter().collect();
        // A wrong weight is kept, so that the parser can say so.
        let weight = number.parse::<f32>().ok()?.min(MAX_WEIGHT * 2.0);
        let before = std::mem::replace(&mut self.at, end + 1);
        let after = self.at;
        let is_likeness = match self.name() {
            Some(name) => matches!(name, Name::Like | Name::Channel(Channel::Seen)),
            None => self.is_quoted_text(),
        };
        self.at = if is_likeness { after } else { before };
        is_likeness.then_some(weight)
    }

    /// Whether words in quotation marks stand here.
    fn is_quoted_text(&self) -> bool {
        let mut rest = self.chars[self.at..].iter().copied();
        if !rest.next().is_some_and(is_quote) {
            return false;
        }
        let inside: Vec<char> = rest.by_ref().take_while(|c| !is_quote(*c)).collect();
        let is_closed = self.chars.get(self.at + 1 + inside.len()).is_some();
        is_closed && inside.into_iter().any(char::is_alphanumeric)
    }

    fn name(&mut self) -> Option<Name> {
        for (name, meaning) in NAMES {
            let length = name.len();
            let is_named = self.chars.len() > self.at + length
                && self.chars[self.at + length] == ':'
                && self.chars[self.at..self.at + length]
                    .iter()
                    .zip(name.chars())
                    .all(|(typed, wanted)| typed.eq_ignore_ascii_case(&wanted));
            let Some(next) = self.peek(length + 1).filter(|_| is_named) else {
                continue;
            };
            // Paths and globs begin with more than letters.
            let is_path = matches!(meaning, Name::Like | Name::Filter("file"))
                && matches!(next, '.' | '/' | '\\' | '~' | '_' | '*');
            if next.is_alphanumeric() || is_quote(next) || next == '(' || is_path {
                self.at += length + 1;
                return Some(meaning);
            }
        }
        None
    }
}

/// How many parentheses at the end of a chunk close one that was opened before it.
pub(super) fn closing(chunk: &[char]) -> usize {
    let last = chunk.iter().rev().take_while(|c| **c == ')').count();
    let inside = &chunk[..chunk.len() - last];
    let count = |wanted| inside.iter().filter(|c| **c == wanted).count();
    last.saturating_sub(count('(').saturating_sub(count(')')))
}

/// Whether `text` by itself would be read as a name, or a weight and a name, with a value.
pub(super) fn begins_with_name(text: &str) -> bool {
    text.contains(':')
        && !tokens(text).is_ok_and(|tokens| tokens.iter().all(|token| token.name.is_none()))
}

/// Quotation marks of the languages that have their own.
pub(super) fn is_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„' | '«' | '»')
}
