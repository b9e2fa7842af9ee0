//! Walks the tree of a query: its leaves ask the sources, its branches join what they found.

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use super::{
    conditions::{Conditions, keep},
    error::SearchError,
    fuse::{Hit, Strength},
    language::{Channel, Expression, Filter, Likeness, Term},
    likeness,
    moments::{Group, group_hits, intersects, settle},
    retrieve::Excluded,
    sources::Sources,
    words::{Words, word_field},
};
use crate::{
    domain::{AssetKey, Picture, RetrievalScope, TimeSpan},
    store::WordField,
};

/// How many candidates a list gives where it is joined with another: the best of one need not be
/// the best of the other.
pub(super) const DEEP_LENGTH: usize = 10_000;

/// A query under way.
pub(super) struct Evaluation<'a, 's> {
    pub(super) sources: Sources<'a>,
    pictures: &'s [(String, Picture)],
    length: usize,
}

/// Where in the tree the walk is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    /// The channel of the parentheses around.
    pub(super) channel: Option<Channel>,
    /// Whether it stands beside an operator of time, where a phrase is also a description.
    pub(super) is_operand: bool,
    /// How many candidates each list gives.
    pub(super) length: usize,
}

/// What a moment must have: a hit of one of `parts`.
struct Requirement {
    parts: HashSet<u16>,
    needs_words: bool,
}

impl Requirement {
    fn is_met(&self, group: &Group) -> bool {
        group.hits.iter().any(|hit| {
            self.parts.contains(&hit.part) && (!self.needs_words || hit.source.is_words())
        })
    }
}

impl<'a, 's> Evaluation<'a, 's> {
    /// A query that asks `sources`; each list gives `length` candidates where nothing is joined.
    pub(super) fn new(
        sources: Sources<'a>,
        pictures: &'s [(String, Picture)],
        length: usize,
    ) -> Self {
        Self {
            sources,
            pictures,
            length,
        }
    }

    /// The same query, for a walk beside this one.
    pub(super) fn beside(&self) -> Self {
        Self {
            sources: self.sources.beside(),
            ..*self
        }
    }

    /// The moments that answer `expression` under `filters`, by asset and time, and the sources that
    /// were asked for them.
    pub(super) fn run(
        mut self,
        expression: &Expression,
        filters: &[Filter],
        scope: &RetrievalScope,
    ) -> Result<(Vec<Group>, Sources<'a>), SearchError> {
        let catalog = self.sources.store.catalog();
        let conditions = Conditions::of(filters);
        let scope = conditions.narrow(catalog, scope)?;
        let context = Context {
            channel: None,
            is_operand: false,
            length: self.length,
        };
        let mut groups = self.find(expression, &scope, context)?;
        conditions.retain(catalog, &mut groups)?;
        Ok((groups, self.sources))
    }

    /// The moments that answer `expression`, by asset and time.
    pub(super) fn find(
        &mut self,
        expression: &Expression,
        scope: &RetrievalScope,
        context: Context,
    ) -> Result<Vec<Group>, SearchError> {
        match expression {
            Expression::All { terms, parts } => self.all(terms, parts, scope, context),
            Expression::Any(alternatives) => {
                let mut found = Vec::new();
                for alternative in alternatives {
                    found.extend(self.find(alternative, scope, context)?);
                }
                Ok(regrouped(found))
            }
            // What is excluded is read where it stands, beside what is wanted.
            Expression::Not(_) => Ok(Vec::new()),
            Expression::In { channel, inside } => {
                let channel = Some(*channel);
                self.find(inside, scope, Context { channel, ..context })
            }
            Expression::Where { inside, filters } => {
                let catalog = self.sources.store.catalog();
                let conditions = Conditions::of(filters);
                let scope = conditions.narrow(catalog, scope)?;
                let mut groups = self.find(inside, &scope, context)?;
                conditions.retain(catalog, &mut groups)?;
                Ok(groups)
            }
            Expression::Likeness(sum) => self.likeness(sum, scope, context),
            Expression::Timed(timed) => self.timed(timed, scope, context),
        }
    }

    fn likeness(
        &mut self,
        sum: &[Likeness],
        scope: &RetrievalScope,
        context: Context,
    ) -> Result<Vec<Group>, SearchError> {
        let mut hits = match likeness::single_description(sum) {
            Some(text) => {
                likeness::require_model(&self.sources, text)?;
                self.sources.look(text, scope, context.length)?
            }
            None => {
                let started = Instant::now();
                let question = Expression::Likeness(sum.to_vec()).to_string();
                let (space, vector) = likeness::vector(&self.sources, sum, self.pictures)?;
                let is_picture = likeness::is_single_picture(sum);
                self.sources.alike(
                    &question,
                    started,
                    (&space, &vector),
                    is_picture,
                    scope,
                    context.length,
                )?
            }
        };
        mark(&mut hits, self.sources.next_part());
        Ok(group_hits(hits))
    }

    /// Things side by side: parts must all be there, and each is looked for only in the assets
    /// where those before it were found, the exact ones first; words add what they find.
    fn all(
        &mut self,
        terms: &[Term],
        parts: &[Expression],
        scope: &RetrievalScope,
        context: Context,
    ) -> Result<Vec<Group>, SearchError> {
        let words = Words::read(terms, context.channel, context.is_operand);
        let mut wanted: Vec<&Expression> = parts
            .iter()
            .filter(|part| !matches!(part, Expression::Not(_)))
            .collect();
        wanted.sort_by_key(|part| looseness(part));
        let needs_words = words
            .request
            .as_ref()
            .is_some_and(|request| request.needs_words);
        let is_joined = wanted.len() + usize::from(needs_words) > 1;
        let deep = Context {
            is_operand: context.is_operand && terms.is_empty() && wanted.len() == 1,
            length: if is_joined {
                DEEP_LENGTH
            } else {
                context.length
            },
            ..context
        };
        let mut scope = scope.clone();
        let (mut loose, mut fixed, mut required) = (Vec::new(), Vec::new(), Vec::new());
        if needs_words {
            let (hits, requirement) = self.words(&words, &scope, deep)?;
            let has_words = hits.iter().filter(|hit: &&Hit| hit.source.is_words());
            keep(&mut scope, &has_words.map(|hit| hit.asset).collect());
            loose.extend(hits);
            required.push(requirement);
        }
        for part in wanted {
            let groups = self.find(part, &scope, deep)?;
            keep(
                &mut scope,
                &groups.iter().map(|group| group.asset).collect(),
            );
            if groups.iter().any(|group| group.is_fixed) {
                fixed.push(groups);
                continue;
            }
            let hits: Vec<Hit> = groups.into_iter().flat_map(|group| group.hits).collect();
            required.push(Requirement {
                parts: hits.iter().map(|hit| hit.part).collect(),
                needs_words: false,
            });
            loose.extend(hits);
        }
        if !needs_words && words.request.is_some() {
            loose.extend(self.words(&words, &scope, context)?.0);
        }
        let excluded = self.excluded(&words, parts, &scope, context)?;
        loose.retain(|hit| excluded.allows(hit.asset, hit.span, hit.is_whole_asset));
        let mut groups = group_hits(loose);
        groups.retain(|group| required.iter().all(|requirement| requirement.is_met(group)));
        let mut fixed = fixed.into_iter();
        let Some(mut found) = fixed.next() else {
            return Ok(groups);
        };
        found.retain(|group| excluded.allows(group.asset, group.span, group.is_whole_asset));
        for others in fixed {
            found = beside(found, &others, true);
        }
        Ok(beside(found, &groups, !required.is_empty()))
    }

    /// What words find, and what a moment must have of them where it must.
    fn words(
        &mut self,
        words: &Words,
        scope: &RetrievalScope,
        context: Context,
    ) -> Result<(Vec<Hit>, Requirement), SearchError> {
        let part = self.sources.next_part();
        let mut hits = match (&words.request, context.channel) {
            (None, _) => Vec::new(),
            (Some(request), Some(Channel::Seen)) => {
                likeness::require_model(&self.sources, &request.words)?;
                self.sources.look(&request.words, scope, context.length)?
            }
            (Some(request), channel) => {
                let field = channel.map(word_field);
                let fields = field
                    .as_ref()
                    .map_or(&WordField::ALL[..], std::slice::from_ref);
                self.sources
                    .request(request, fields, scope, context.length)?
            }
        };
        mark(&mut hits, part);
        let requirement = Requirement {
            parts: HashSet::from([part]),
            needs_words: words
                .request
                .as_ref()
                .is_some_and(|request| request.needs_words),
        };
        Ok((hits, requirement))
    }

    /// Where nothing may be found: what holds excluded words, and what is strongly like the rest.
    fn excluded(
        &mut self,
        words: &Words,
        parts: &[Expression],
        scope: &RetrievalScope,
        context: Context,
    ) -> Result<Excluded, SearchError> {
        let texts = words.excluded.iter().map(String::as_str);
        let mut excluded = Excluded::of_words(self.sources.store, texts, scope)?;
        self.sources.note_cut(excluded.is_cut);
        let context = Context {
            is_operand: false,
            length: DEEP_LENGTH,
            ..context
        };
        for text in &words.unseen {
            let hits = self.sources.look(text, scope, context.length)?;
            excluded.add(hits.iter().filter_map(strong_place));
        }
        for part in parts {
            if let Expression::Not(inside) = part {
                let groups = self.find(inside, scope, context)?;
                let (fixed, loose): (Vec<Group>, Vec<Group>) =
                    groups.into_iter().partition(|group| group.is_fixed);
                excluded.add(fixed.iter().map(|group| (group.asset, Some(group.span))));
                let hits = loose.iter().flat_map(|group| &group.hits);
                excluded.add(hits.filter_map(strong_place));
            }
        }
        Ok(excluded)
    }
}

fn strong_place(hit: &Hit) -> Option<(AssetKey, Option<TimeSpan>)> {
    let place = (hit.asset, (!hit.is_whole_asset).then_some(hit.span));
    (hit.strength == Strength::Strong).then_some(place)
}

fn mark(hits: &mut [Hit], part: u16) {
    for hit in hits {
        hit.part = part;
    }
}

/// What is exact comes first, for it leaves the fewest assets to look through.
fn looseness(part: &Expression) -> u8 {
    match part {
        Expression::In {
            channel: Channel::Seen,
            ..
        }
        | Expression::Likeness(_) => 3,
        Expression::In { .. } => 0,
        Expression::All { .. } | Expression::Any(_) | Expression::Where { .. } => 1,
        Expression::Timed(_) | Expression::Not(_) => 2,
    }
}

/// Moments of alternatives joined where they touch; sequences stay as they are.
fn regrouped(groups: Vec<Group>) -> Vec<Group> {
    let (mut fixed, loose): (Vec<Group>, Vec<Group>) =
        groups.into_iter().partition(|group| group.is_fixed);
    let hits = loose.into_iter().flat_map(|group| group.hits).collect();
    fixed.extend(group_hits(hits));
    fixed.sort_by_key(|group| (group.asset, group.span));
    fixed
}

/// Adds to each group what shares time with it; without such a one it goes where it `must` have one.
fn beside(groups: Vec<Group>, others: &[Group], must: bool) -> Vec<Group> {
    let mut by_asset: HashMap<AssetKey, Vec<&Group>> = HashMap::new();
    for other in others {
        by_asset.entry(other.asset).or_default().push(other);
    }
    groups
        .into_iter()
        .filter_map(|mut group| {
            let near: Vec<&&Group> = by_asset
                .get(&group.asset)
                .into_iter()
                .flatten()
                .filter(|other| other.is_whole_asset || intersects(other.span, group.span))
                .collect();
            if near.is_empty() && must {
                return None;
            }
            for other in near {
                group.hits.extend(other.hits.iter().cloned());
            }
            settle(&mut group.hits);
            Some(group)
        })
        .collect()
}
