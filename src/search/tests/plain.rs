//! Plain queries, which the language of queries must leave as they are.

use proptest::prelude::*;

use crate::{
    search::language::{self, Demand, Expression, Form},
    store::{
        WordField,
        text_index::syntax::{self, ParsedQuery},
    },
};

proptest! {
    /// The language reads plain words as the word index does.
    #[test]
    fn plain_queries_mean_what_they_always_meant(text in "([-+]?(said:|TAG:|text:)?(\"[a-c é]{0,6}\"|[a-cé.,*~:12-]{1,6})?[ \"]?){0,8}") {
        let parsed = language::parse(&text);
        let Ok(parsed) = parsed else { return Ok(()) };
        if !parsed.is_plain {
            return Ok(());
        }
        let terms = match parsed.tree.expression {
            Some(Expression::All { terms, .. }) => terms,
            _ => Vec::new(),
        };
        let bare = |text: &str| text.trim_start_matches(|c: char| !c.is_alphanumeric()).replace(':', ".");
        let read: Vec<_> = terms.iter().map(|term| {
            let field = term.channel.map(|channel| match channel {
                language::Channel::Said => WordField::Speech,
                language::Channel::Text => WordField::ScreenText,
                _ => WordField::Metadata,
            });
            let demand = match term.demand {
                Demand::Wanted => syntax::Demand::Wanted,
                Demand::Required => syntax::Demand::Required,
                Demand::Excluded => syntax::Demand::Excluded,
            };
            let form = match term.form {
                Form::Words => syntax::Form::Words,
                Form::Phrase => syntax::Form::Phrase,
                Form::Prefix => syntax::Form::Prefix,
                Form::Fuzzy { distance } => syntax::Form::Fuzzy { distance },
            };
            (field, demand, form, bare(&term.text))
        }).collect();
        let known: Vec<_> = ParsedQuery::parse(&text).clauses.into_iter()
            .map(|clause| (clause.field, clause.demand, clause.form, bare(&clause.text)))
            .collect();
        prop_assert_eq!(read, known, "{}", text);
    }
}
