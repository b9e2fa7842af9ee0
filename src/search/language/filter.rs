//! Conditions: a name, a colon and a value that is checked.

use super::{
    error::LanguageError,
    parser::Parser,
    token::{Sign, Value},
    tree::{Condition, Filter, Property},
    values,
};

impl Parser {
    /// The condition at the current token.
    pub(super) fn filter(&self, name: &str) -> Result<Filter, LanguageError> {
        let token = &self.tokens[self.at];
        if self.channel.is_some() {
            return Err(self.wrong(
                self.at,
                "words of the channel",
                "put the condition outside of the channel's parentheses",
            ));
        }
        let value = match &token.value {
            Value::Quoted(text) | Value::Bare(text) => text.as_str(),
            Value::Open | Value::Close => {
                return Err(self.wrong(
                    self.at,
                    &format!("one value after `{name}:`"),
                    &format!("write `{name}:` once for each value"),
                ));
            }
        };
        let is_excluded = token.sign == Some(Sign::Minus);
        if let (true, Some(other)) = (is_excluded, opposite(name)) {
            return Err(self.wrong(
                self.at,
                &format!("`{name}:` without a minus"),
                &format!("use `{other}:` for the opposite"),
            ));
        }
        let condition = condition(name, value)
            .map_err(|(expected, hint)| self.wrong(self.at, expected, hint))?;
        Ok(Filter {
            is_excluded,
            condition,
        })
    }
}

/// What says the opposite of a condition that takes no minus.
fn opposite(name: &str) -> Option<&'static str> {
    match name {
        "after" => Some("before"),
        "before" => Some("after"),
        "longer" => Some("shorter"),
        "shorter" => Some("longer"),
        _ => None,
    }
}

/// The condition of that name, or what its value should be and a hint.
fn condition(name: &str, value: &str) -> Result<Condition, (&'static str, &'static str)> {
    let day = || {
        values::is_day(value).then(|| value.to_owned()).ok_or((
            "a day as YYYY-MM-DD",
            "write the day as in `after:2024-07-26`, or put the words in quotation marks to search for them",
        ))
    };
    let duration = || {
        values::duration_millis(value).ok_or((
            "a duration such as 5s, 1m30s or 250ms",
            "write number and unit (h, m, s, ms) without a space",
        ))
    };
    let text = || {
        value
            .contains(char::is_alphanumeric)
            .then(|| value.to_owned())
            .ok_or((
                "a name",
                "write it as in `collection:boxing` or `file:\"final round\"`",
            ))
    };
    Ok(match name {
        "after" => Condition::After(day()?),
        "before" => Condition::Before(day()?),
        "longer" => Condition::Longer(duration()?),
        "shorter" => Condition::Shorter(duration()?),
        "lang" if values::is_language(value) => Condition::Language(value.to_ascii_lowercase()),
        "lang" => {
            return Err((
                "a language's code such as `fr`",
                "use the two letters of ISO 639-1",
            ));
        }
        "collection" => Condition::Collection(text()?),
        "file" => Condition::File(text()?),
        "has" if value.eq_ignore_ascii_case("speech") => Condition::HasSpeech,
        "has" => {
            return Err((
                "`speech`",
                "`has:speech` is the only condition of this name",
            ));
        }
        _ => {
            let property = Property::ALL
                .into_iter()
                .find(|property| value.eq_ignore_ascii_case(property.name()));
            Condition::Is(property.ok_or((
                "`image`, `video`, `audio`, `bw`, `silent` or `still`",
                "use one of these, or put the words in quotation marks to search for them",
            ))?)
        }
    })
}
