//! A query as tantivy runs it.

use tantivy::{
    Term,
    query::{
        BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur,
        PhraseQuery, Query, TermQuery, TermSetQuery,
    },
    schema::IndexRecordOption,
};

use super::{
    matching::{Pattern, Plan, Unit},
    schema::Fields,
    syntax::Demand,
};
use crate::{domain::RetrievalScope, store::WordField};

/// An inflected form counts a little less than the word itself.
const STEM_WEIGHT: f32 = 0.8;
/// Added where all words are there, and again where they stand side by side; about one rare word's worth.
const TOGETHER_SCORE: f32 = 8.0;

/// The query for `plan` over `fields`, or `None` when it can match nothing.
pub(super) fn build(
    plan: &Plan,
    index: &Fields,
    fields: &[WordField],
    scope: &RetrievalScope,
) -> Option<Box<dyn Query>> {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    let mut wanted: Vec<Box<dyn Query>> = Vec::new();
    let mut has_required = false;
    for unit in &plan.units {
        let is_searched = unit.field.is_none_or(|field| fields.contains(&field));
        let Some(query) = is_searched
            .then(|| unit_query(unit, index, fields))
            .flatten()
        else {
            continue;
        };
        match unit.demand {
            Demand::Excluded => {
                // A phrase by itself, as what is excluded, is asked for documents that it has passed
                // (an assertion in tantivy 0.27); a union asks it in order.
                let excluded = BooleanQuery::union(vec![query.box_clone(), query]);
                clauses.push((Occur::MustNot, Box::new(excluded)));
            }
            Demand::Required => {
                has_required = true;
                clauses.push((Occur::Must, query));
            }
            Demand::Wanted if !unit.is_stop => wanted.push(query),
            Demand::Wanted => {}
        }
    }
    if wanted.is_empty() && !has_required {
        return None;
    }
    if wanted.len() > 1 {
        let all =
            BooleanQuery::intersection(wanted.iter().map(|query| query.box_clone()).collect());
        clauses.push((
            Occur::Should,
            Box::new(ConstScoreQuery::new(Box::new(all), TOGETHER_SCORE)),
        ));
    }
    if let Some(whole) = &plan.whole {
        for field in fields {
            let phrase = phrase_query(whole, index, *field);
            clauses.push((
                Occur::Should,
                Box::new(ConstScoreQuery::new(phrase, TOGETHER_SCORE)),
            ));
        }
    }
    if !wanted.is_empty() {
        let occur = if has_required {
            Occur::Should
        } else {
            Occur::Must
        };
        clauses.push((occur, Box::new(BooleanQuery::union(wanted))));
    }
    clauses.extend(scope_clauses(index, scope));
    Some(Box::new(BooleanQuery::new(clauses)))
}

fn scope_clauses(index: &Fields, scope: &RetrievalScope) -> Vec<(Occur, Box<dyn Query>)> {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    let mut push = |terms: Vec<Term>| {
        if !terms.is_empty() {
            // A constant nothing: conditions select, they do not rank.
            let set = ConstScoreQuery::new(Box::new(TermSetQuery::new(terms)), 0.0);
            clauses.push((Occur::Must, Box::new(set)));
        }
    };
    push(
        scope
            .kinds
            .iter()
            .map(|kind| Term::from_field_text(index.kind, kind.name()))
            .collect(),
    );
    push(
        scope
            .collections
            .iter()
            .map(|name| Term::from_field_text(index.collection, name))
            .collect(),
    );
    clauses
}

/// One unit over all fields it is looked for in: the best of them counts. `None` where it is looked
/// for in none of them.
pub(super) fn unit_query(
    unit: &Unit,
    index: &Fields,
    fields: &[WordField],
) -> Option<Box<dyn Query>> {
    let mut choices: Vec<Box<dyn Query>> = Vec::new();
    for &field in fields {
        if unit.field.is_some_and(|wanted| wanted != field) {
            continue;
        }
        let (words, stems_field) = (index.words(field), index.stems(field));
        match &unit.pattern {
            Pattern::Word { folded, stems } => {
                choices.push(term_query(Term::from_field_text(words, folded)));
                choices.extend(stems.iter().map(|stem| {
                    let query = term_query(Term::from_field_text(stems_field, stem));
                    Box::new(BoostQuery::new(query, STEM_WEIGHT)) as Box<dyn Query>
                }));
            }
            Pattern::Prefix(prefix) => choices.push(Box::new(FuzzyTermQuery::new_prefix(
                Term::from_field_text(words, prefix),
                0,
                true,
            ))),
            Pattern::Fuzzy(word, distance) => choices.push(Box::new(FuzzyTermQuery::new(
                Term::from_field_text(words, word),
                *distance,
                true,
            ))),
            Pattern::Phrase(phrase) if !phrase.is_empty() => {
                choices.push(phrase_query(phrase, index, field))
            }
            Pattern::Phrase(_) => {}
        }
    }
    match choices.len() {
        0 => None,
        1 => choices.pop(),
        _ => Some(Box::new(DisjunctionMaxQuery::new(choices))),
    }
}

/// Words side by side in a field.
pub(super) fn phrase_query(
    phrase: &[(usize, String)],
    index: &Fields,
    field: WordField,
) -> Box<dyn Query> {
    let mut terms: Vec<(usize, Term)> = phrase
        .iter()
        .map(|(offset, word)| (*offset, Term::from_field_text(index.words(field), word)))
        .collect();
    if terms.len() == 1 {
        return term_query(terms.remove(0).1);
    }
    Box::new(PhraseQuery::new_with_offset(terms))
}

fn term_query(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}
