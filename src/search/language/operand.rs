//! What binds closer than standing side by side: signs, channels and operators of time.

use super::{
    error::LanguageError,
    parser::{Parser, term},
    token::{Name, Sign, Value},
    tree::{Channel, Demand, Expression, Filter, Form, Timed},
    values,
};

/// A word, a phrase, a sum of likenesses, or parentheses with what stands before them.
#[derive(Default)]
pub(super) struct Primary {
    pub(super) expression: Option<Expression>,
    /// Conditions that stood in parentheses of their own.
    pub(super) filters: Vec<Filter>,
    /// Whether an operator of time may stand beside it.
    pub(super) is_operand: bool,
}

/// What operators of time are called.
pub(super) const TIME_OPERATORS: [&str; 4] = ["then", "during", "overlaps", "not"];

impl Parser {
    /// Reads one of what stands side by side, conditions apart.
    pub(super) fn primary(&mut self) -> Result<Primary, LanguageError> {
        if let Some(examples) = self.likeness()? {
            return Ok(Primary {
                expression: Some(Expression::Likeness(examples)),
                is_operand: true,
                ..Primary::default()
            });
        }
        let token = self.tokens[self.at].clone();
        if token.name.is_some() && self.channel.is_some() {
            return Err(self.nested());
        }
        if token.value == Value::Open && token.weight.is_some() {
            return Err(self.wrong(
                self.at,
                "one description or example after the weight",
                "write the weight before each, as in `2*\"boxing ring\" + like:picture.jpg`",
            ));
        }
        if token.value == Value::Open {
            return self.parentheses(token.sign, token.name);
        }
        let is_minus = token.sign == Some(Sign::Minus);
        let channel = match token.name {
            Some(Name::Like | Name::Channel(Channel::Seen)) => {
                let example = Expression::Likeness(vec![self.example(1.0)?]);
                self.at += 1;
                return Ok(Primary {
                    expression: Some(if is_minus {
                        Expression::Not(Box::new(example))
                    } else {
                        example
                    }),
                    ..Primary::default()
                });
            }
            Some(Name::Channel(channel)) => Some(channel),
            Some(Name::Filter(_)) | None => None,
        };
        self.at += 1;
        let is_operand =
            token.sign.is_none() && (matches!(token.value, Value::Quoted(_)) || channel.is_some());
        Ok(Primary {
            expression: term(&token, channel).map(|term| Expression::of_terms(vec![term])),
            is_operand,
            ..Primary::default()
        })
    }

    fn parentheses(
        &mut self,
        sign: Option<Sign>,
        name: Option<Name>,
    ) -> Result<Primary, LanguageError> {
        let first = self.at;
        let channel = match name {
            Some(Name::Channel(channel)) => Some(channel),
            Some(Name::Like | Name::Filter(_)) => {
                return Err(self.wrong(
                    first,
                    "one example after `like:`",
                    "write `like:` before each example and join them with + or -",
                ));
            }
            None => None,
        };
        let outer = self.channel;
        self.channel = channel.or(outer);
        let group = self.group()?;
        self.channel = outer;
        let is_positive = group
            .expression
            .as_ref()
            .is_some_and(Expression::is_positive);
        let asks_alone = channel.is_some()
            || sign == Some(Sign::Minus)
            || (group.expression.is_some() && !group.filters.is_empty());
        if !is_positive && asks_alone {
            return Err(self.wrong(
                first,
                "something to find in the parentheses",
                "write the words between `(` and `)`; a single thing is excluded as `-word` or `-lang:fr`",
            ));
        }
        let Some(mut expression) = group.expression else {
            self.has_groups |= !group.filters.is_empty();
            return Ok(Primary {
                filters: group.filters,
                ..Primary::default()
            });
        };
        self.has_groups |= !is_plain_words(&expression)
            || !group.filters.is_empty()
            || sign.is_some()
            || name.is_some();
        if !group.filters.is_empty() {
            expression = Expression::Where {
                inside: Box::new(expression),
                filters: group.filters,
            };
        }
        if let Some(channel) = channel {
            expression = Expression::In {
                channel,
                inside: Box::new(expression),
            };
        }
        match (sign, &mut expression) {
            (Some(Sign::Minus), _) => expression = Expression::Not(Box::new(expression)),
            (Some(Sign::Plus), Expression::All { terms, .. }) => {
                for term in terms
                    .iter_mut()
                    .filter(|term| term.demand == Demand::Wanted)
                {
                    term.demand = Demand::Required;
                }
            }
            _ => {}
        }
        Ok(Primary {
            expression: Some(expression),
            filters: Vec::new(),
            is_operand: sign.is_none() && is_positive,
        })
    }

    /// `first`, or the moments it is part of where an operator of time follows.
    pub(super) fn timed(&mut self, first: Expression) -> Result<Expression, LanguageError> {
        let Some(operator) = self.time_operator() else {
            return Ok(first);
        };
        let mut steps = vec![first];
        while self.time_operator() == Some(operator) {
            self.at += 1;
            steps.push(self.operand()?);
            if operator != "then" {
                break;
            }
        }
        let within_millis = self.within()?;
        if let (Some(_), "during" | "overlaps") = (within_millis, operator) {
            return Err(self.wrong(
                self.at - 2,
                &format!("no `within` after `{operator}`"),
                "`within` goes with `then` and `not`",
            ));
        }
        if let Some(next) = self.time_operator() {
            return Err(self.wrong(
                self.at,
                &format!("the end of what `{operator}` joins"),
                &format!("put parentheses around what belongs together before `{next}`; `within` is written once, after the last `then`"),
            ));
        }
        Ok(Expression::Timed(match (operator, within_millis) {
            ("then", within_millis) => Timed::Then {
                steps,
                within_millis,
            },
            (_, within_millis) => {
                let second = steps
                    .pop()
                    .unwrap_or_else(|| Expression::of_terms(Vec::new()));
                let first = steps
                    .pop()
                    .unwrap_or_else(|| Expression::of_terms(Vec::new()));
                let sides = Box::new([first, second]);
                match operator {
                    "during" => Timed::During(sides),
                    "overlaps" => Timed::Overlaps(sides),
                    _ => Timed::Apart {
                        sides,
                        within_millis: within_millis.unwrap_or_default(),
                    },
                }
            }
        }))
    }

    /// The operator of time at the current token: one of the words before an operand, else a plain
    /// word; `not` only where `within` follows, for `"to be" not "or"` are words.
    fn time_operator(&self) -> Option<&'static str> {
        let operator = TIME_OPERATORS
            .into_iter()
            .find(|word| self.is_word(self.at, word))?;
        let after = self.operand_end(self.at + 1)?;
        (operator != "not" || self.is_within(after)).then_some(operator)
    }

    /// The first token after the operand that begins at `at`, if one does.
    fn operand_end(&self, at: usize) -> Option<usize> {
        let token = self.tokens.get(at).filter(|token| token.sign.is_none())?;
        let is_named = matches!(token.name, Some(Name::Channel(_) | Name::Like));
        match &token.value {
            Value::Open if is_named || token.name.is_none() => {
                let mut depth = 0;
                for (index, token) in self.tokens.iter().enumerate().skip(at) {
                    depth += match token.value {
                        Value::Open => 1,
                        Value::Close => -1,
                        _ => 0,
                    };
                    if depth == 0 {
                        return Some(index + 1);
                    }
                }
                None
            }
            Value::Quoted(text) if is_named || (token.name.is_none() && has_words(text)) => self
                .last_example(at)
                .map_or(Some(at + 1), |last| Some(last + 1)),
            Value::Bare(_) if is_named => self
                .last_example(at)
                .map_or(Some(at + 1), |last| Some(last + 1)),
            _ => None,
        }
    }

    fn operand(&mut self) -> Result<Expression, LanguageError> {
        let first = self.at;
        let found = self.primary()?;
        match found.expression {
            Some(expression) if found.is_operand => Ok(expression),
            _ => Err(self.wrong(
                first,
                "something to find beside the operator of time",
                "write it in quotation marks, in parentheses or after a channel such as `said:`",
            )),
        }
    }

    /// Whether `within` and a number stand at `at`.
    fn is_within(&self, at: usize) -> bool {
        let begins_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        self.is_word(at, "within")
            && self.tokens.get(at + 1).is_some_and(|token| {
                token.sign.is_none()
                    && token.name.is_none()
                    && matches!(&token.value, Value::Bare(text) if begins_with_digit(text))
            })
    }

    fn within(&mut self) -> Result<Option<i64>, LanguageError> {
        if !self.is_within(self.at) {
            return Ok(None);
        }
        let millis = match &self.tokens[self.at + 1].value {
            Value::Bare(text) => values::duration_millis(text),
            _ => None,
        };
        let Some(millis) = millis else {
            return Err(self.wrong(
                self.at + 1,
                "a duration such as 8s, 1m30s or 500ms",
                "write number and unit (h, m, s, ms) without a space",
            ));
        };
        self.at += 2;
        Ok(Some(millis))
    }

    pub(super) fn nested(&self) -> LanguageError {
        self.wrong(
            self.at,
            "words of the channel",
            "a channel holds no other channel: close its parentheses first",
        )
    }
}

/// Whether an expression is plain words alone, which parentheses do not change.
fn is_plain_words(expression: &Expression) -> bool {
    matches!(expression, Expression::All { terms, parts } if parts.is_empty()
        && terms.iter().all(|term| term.channel.is_none()
            && term.demand == Demand::Wanted
            && term.form == Form::Words))
}

pub(super) fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}
