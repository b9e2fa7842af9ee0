//! Sums of likenesses: examples with weights, joined by + and -.

use super::{
    MAX_WEIGHT,
    error::LanguageError,
    operand::has_words,
    parser::Parser,
    token::{Name, Value},
    tree::{Channel, Example, Likeness},
    values,
};

impl Parser {
    /// The sum of likenesses that begins here. Quoted texts alone are none, for they are phrases.
    pub(super) fn likeness(&mut self) -> Result<Option<Vec<Likeness>>, LanguageError> {
        let last = self.last_example(self.at);
        let is_sum = |index: usize| {
            let token = &self.tokens[index];
            token.weight.is_some() || token.name.is_some()
        };
        let Some(last) = last.filter(|last| (self.at..=*last).step_by(2).any(is_sum)) else {
            return Ok(None);
        };
        if self.channel.is_some() {
            return Err(self.nested());
        }
        if self.sum_sign(last + 1).is_some() {
            return Err(self.wrong(
                last + 2,
                "a description in quotation marks, `seen:` or `like:`",
                "`+` and `-` with spaces around them add and subtract likenesses; to exclude a word write `-word`",
            ));
        }
        let mut sum = Vec::new();
        let mut sign = 1.0;
        loop {
            sum.push(self.example(sign)?);
            self.at += 1;
            if self.at > last {
                return Ok(Some(sum));
            }
            sign = self.sum_sign(self.at).unwrap_or(1.0);
            self.at += 1;
        }
    }

    /// The last token of a sum that begins at `at`; `None` where there is no example.
    pub(super) fn last_example(&self, at: usize) -> Option<usize> {
        let is_example = |index: usize| {
            self.tokens.get(index).is_some_and(|token| {
                let is_text = match &token.value {
                    Value::Quoted(text) => token.name.is_some() || has_words(text),
                    Value::Bare(_) => token.name.is_some(),
                    Value::Open | Value::Close => false,
                };
                let is_named = matches!(
                    token.name,
                    None | Some(Name::Like | Name::Channel(Channel::Seen))
                );
                token.sign.is_none() && is_text && is_named
            })
        };
        if !is_example(at) {
            return None;
        }
        let mut last = at;
        while self.sum_sign(last + 1).is_some() && is_example(last + 2) {
            last += 2;
        }
        Some(last)
    }

    /// 1 for a `+` by itself, -1 for a `-`.
    fn sum_sign(&self, at: usize) -> Option<f32> {
        [("+", 1.0), ("-", -1.0), ("−", -1.0)]
            .into_iter()
            .find(|(sign, _)| self.is_word(at, sign))
            .map(|(_, factor)| factor)
    }

    /// The example at the current token.
    pub(super) fn example(&self, sign: f32) -> Result<Likeness, LanguageError> {
        let token = &self.tokens[self.at];
        let weight = token.weight.unwrap_or(1.0);
        if !(weight > 0.0 && weight <= MAX_WEIGHT) {
            return Err(self.wrong(
                self.at,
                &format!("a weight above 0 and at most {MAX_WEIGHT}"),
                "write the weight as in `2*\"boxing ring\"`",
            ));
        }
        let (text, is_quoted) = match &token.value {
            Value::Quoted(text) => (text.as_str(), true),
            Value::Bare(text) => (text.as_str(), false),
            Value::Open | Value::Close => ("", false),
        };
        if !has_words(text) {
            return Err(self.wrong(
                self.at,
                "a description or an example",
                "say what the picture is like, as in `seen:\"archer in yellow\"`",
            ));
        }
        let example = if token.name == Some(Name::Like) {
            values::example(text, is_quoted).map_err(|expected| {
                self.wrong(
                    self.at,
                    expected,
                    "write `like:0123abcd@00:01:12.5` for a picture of the library, `like:./picture.jpg` for a file",
                )
            })?
        } else {
            Example::Description(text.to_owned())
        };
        Ok(Likeness {
            weight: weight * sign,
            example,
        })
    }
}
