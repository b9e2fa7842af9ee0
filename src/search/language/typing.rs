//! What is being typed at the end of a query that is not finished.

use super::{
    token::{NAMES, Name, is_quote},
    tree::{Channel, Property},
};

/// What may stand between parts of a query.
const KEYWORDS: [&str; 6] = ["OR", "then", "during", "overlaps", "not", "within"];

/// The end of a query, as far as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing<'a> {
    /// The name that the value belongs to, as it is usually written, such as `said` or `is`.
    pub name: Option<&'static str>,
    /// What was typed of the value, without its quotation mark.
    pub value: &'a str,
    /// The first byte of `value`.
    pub start: usize,
    /// The first byte of the value with its quotation mark; the same as `start` where there is none.
    pub from: usize,
}

impl<'a> Typing<'a> {
    /// Reads the end of `text`.
    pub fn at_the_end(text: &'a str) -> Self {
        let mut groups: Vec<Option<&'static str>> = Vec::new();
        let mut quote = None;
        let mut start = 0;
        for (at, character) in text.char_indices() {
            let after = at + character.len_utf8();
            if is_quote(character) {
                quote = match quote {
                    Some(_) => None,
                    None => Some((at, after, name_of(&text[start..at]))),
                };
                start = after;
            } else if quote.is_some() {
            } else if character == '(' {
                groups.push(name_of(&text[start..at]).or(groups.last().copied().flatten()));
                start = after;
            } else if character == ')' {
                groups.pop();
                start = after;
            } else if character.is_whitespace() {
                start = after;
            }
        }
        let group = groups.last().copied().flatten();
        if let Some((from, start, name)) = quote {
            return Self {
                name: name.or(group),
                value: &text[start..],
                start,
                from,
            };
        }
        start += sign_and_weight(&text[start..]);
        let token = &text[start..];
        let own = token
            .find(':')
            .and_then(|colon| Some((colon, name_of(&token[..=colon])?)));
        if let Some((colon, _)) = own {
            start += colon + 1;
        }
        Self {
            name: own.map(|(_, name)| name).or(group),
            value: &text[start..],
            start,
            from: start,
        }
    }

    /// Words of the language that may stand here and begin with the value.
    pub fn operators(&self) -> Vec<String> {
        let begins = |word: &str| {
            let typed = self.value.as_bytes();
            let word = word.as_bytes();
            // `or` in small letters is a word like any other.
            word.len() > typed.len() && word[..typed.len()].eq_ignore_ascii_case(typed)
        };
        let found: Vec<String> = match self.name {
            None if self.value.is_empty() => Vec::new(),
            None => {
                let names = usual_names().map(|name| format!("{name}:"));
                names.chain(KEYWORDS.map(str::to_owned)).collect()
            }
            Some("is") => Property::ALL
                .map(|property| property.name().to_owned())
                .to_vec(),
            Some("has") => vec!["speech".to_owned()],
            Some(_) => Vec::new(),
        };
        found.into_iter().filter(|word| begins(word)).collect()
    }
}

/// Bytes of a sign, or of a weight, at the begin of a token.
fn sign_and_weight(token: &str) -> usize {
    if let Some(sign) = token
        .chars()
        .next()
        .filter(|sign| matches!(sign, '+' | '-' | '−'))
    {
        return sign.len_utf8();
    }
    let number = token.find(|digit: char| !digit.is_ascii_digit() && digit != '.');
    match number {
        Some(end) if end > 0 && token[end..].starts_with('*') => end + 1,
        _ => 0,
    }
}

/// The usual name of what a token that ends with a colon names.
fn name_of(token: &str) -> Option<&'static str> {
    let token = &token[sign_and_weight(token)..];
    let typed = token.strip_suffix(':')?;
    let (_, meaning) = NAMES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(typed))?;
    Some(usual_name(*meaning))
}

fn usual_name(name: Name) -> &'static str {
    match name {
        Name::Channel(channel) => channel.name(),
        Name::Like => "like",
        Name::Filter(name) => name,
    }
}

/// Every name once, as it is usually written.
fn usual_names() -> impl Iterator<Item = &'static str> {
    let channels = [
        Channel::Said,
        Channel::Seen,
        Channel::Text,
        Channel::Tag,
        Channel::Name,
    ];
    let others = NAMES.iter().filter_map(|(_, name)| match name {
        Name::Channel(_) => None,
        other => Some(usual_name(*other)),
    });
    channels.map(Channel::name).into_iter().chain(others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(text: &str) -> (Option<&'static str>, &str) {
        let typing = Typing::at_the_end(text);
        (typing.name, typing.value)
    }

    #[test]
    fn the_end_of_a_query_has_a_name_and_a_value() {
        assert_eq!(typed("archer go"), (None, "go"));
        assert_eq!(typed("archer "), (None, ""));
        assert_eq!(typed("archer -is:vi"), (Some("is"), "vi"));
        assert_eq!(typed("SPEECH:go"), (Some("said"), "go"));
        assert_eq!(typed("said:\"ask no"), (Some("said"), "ask no"));
        assert_eq!(typed("said:\"ask not\" co"), (None, "co"));
        assert_eq!(typed("tag:(podium OR me"), (Some("tag"), "me"));
        assert_eq!(typed("tag:(podium OR medal) me"), (None, "me"));
        assert_eq!(typed("2*seen:bo"), (Some("seen"), "bo"));
        assert_eq!(typed("at 10:30"), (None, "10:30"));
        assert_eq!(typed("\"gold m"), (None, "gold m"));
        let typing = Typing::at_the_end("tag:\"night s");
        assert_eq!((typing.from, typing.start), (4, 5));
    }

    #[test]
    fn words_of_the_language_are_offered_where_they_may_stand() {
        let offered = |text: &str| Typing::at_the_end(text).operators();
        assert_eq!(offered("archer sa"), ["said:"]);
        assert_eq!(offered("is:v"), ["video"]);
        assert_eq!(offered("a t"), ["text:", "tag:", "then"]);
        assert_eq!(offered("said:sa"), Vec::<String>::new());
        assert_eq!(offered("archer "), Vec::<String>::new());
        assert_eq!(
            offered("o"),
            ["overlaps", "OR"]
                .map(str::to_owned)
                .into_iter()
                .rev()
                .collect::<Vec<_>>()
        );
    }

    proptest! {
        #[test]
        fn any_text_has_an_end(text in "\\PC{0,60}|[-+\"*:() a-z0-9]{0,40}") {
            let typing = Typing::at_the_end(&text);
            prop_assert_eq!(&text[typing.start..], typing.value);
            prop_assert!(typing.from <= typing.start);
            typing.operators();
        }
    }
}
