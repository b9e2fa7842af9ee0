//! What a query asks of each way of searching.

use crate::store::text_index::syntax::{
    Demand, Form, MAX_QUERY_CHARS, MAX_QUERY_CLAUSES, ParsedQuery,
};

/// A query as the ways of searching take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// For the word index: as typed.
    pub words: String,
    /// For the models: the description without operators; `None` where exact words alone are asked for.
    pub description: Option<String>,
    /// For the word index: what no result may hold; `None` when nothing is excluded.
    pub excluded: Option<String>,
    /// Whether a result must hold certain words, so that likeness alone is not enough.
    pub needs_words: bool,
    /// What the user should know of how the query was read.
    pub notes: Vec<String>,
}

impl Request {
    /// Reads a query; `None` when it asks for nothing.
    pub(super) fn read(text: &str) -> Option<Self> {
        let parsed = ParsedQuery::parse(text);
        parsed.positive().next()?;
        let plain: Vec<&str> = parsed
            .positive()
            .filter(|clause| clause.field.is_none() && clause.form != Form::Phrase)
            .map(|clause| clause.text.as_str())
            .collect();
        let excluded: Vec<String> = parsed
            .clauses
            .iter()
            .filter(|clause| clause.demand == Demand::Excluded)
            .map(|clause| {
                let field = clause
                    .field
                    .map(|field| format!("{}:", field.name()))
                    .unwrap_or_default();
                match clause.form {
                    // One hit per excluded thing is enough, so each stands by itself as a phrase.
                    Form::Phrase => format!("{field}\"{}\"", clause.text),
                    Form::Prefix => format!("{field}{}*", clause.text),
                    Form::Fuzzy { distance } => format!("{field}{}~{distance}", clause.text),
                    Form::Words => format!("{field}{}", clause.text),
                }
            })
            .collect();
        let notes = parsed.was_cut.then(|| {
            format!("only the first {MAX_QUERY_CHARS} characters and {MAX_QUERY_CLAUSES} terms of the query were used")
        });
        Some(Self {
            words: text.to_owned(),
            description: (!plain.is_empty()).then(|| plain.join(" ")),
            excluded: (!excluded.is_empty()).then(|| excluded.join("\n")),
            needs_words: parsed
                .positive()
                .any(|clause| clause.demand == Demand::Required),
            notes: notes.into_iter().collect(),
        })
    }

    /// The excluded things, one query each.
    pub(super) fn exclusions(&self) -> impl Iterator<Item = &str> {
        self.excluded.iter().flat_map(|excluded| excluded.lines())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn models_get_the_description_without_operators() {
        let request = Request::read(
            "an archer in yellow -rain speech:gold \"world record\" final* -tag:\"night sky\"",
        )
        .unwrap();
        assert_eq!(
            request.description.as_deref(),
            Some("an archer in yellow final")
        );
        assert_eq!(
            request.exclusions().collect::<Vec<_>>(),
            ["rain", "metadata:\"night sky\""]
        );
        assert!(request.needs_words);
    }

    #[test]
    fn exact_words_alone_are_not_asked_of_models() {
        assert_eq!(Request::read("\"world record\"").unwrap().description, None);
        assert_eq!(Request::read("speech:gold").unwrap().description, None);
        assert!(!Request::read("speech:gold").unwrap().needs_words);
    }

    #[test]
    fn a_query_that_asks_for_nothing_is_none() {
        for text in ["", "   ", "-rain", "\"\"", "()*~-+:", "- \" -"] {
            assert_eq!(Request::read(text), None, "{text}");
        }
        assert_eq!(Request::read(&"gold ".repeat(500)).unwrap().notes.len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_a_description_has_words(text in "\\PC{0,80}|[-+\"~*: a-c]{0,40}") {
            if let Some(description) = Request::read(&text).and_then(|request| request.description) {
                prop_assert!(description.contains(char::is_alphanumeric));
            }
        }
    }
}
