//! Operators of time: the candidates of each side, joined per asset in one walk.

use std::{num::NonZero, panic::resume_unwind, thread, time::Instant};

use super::{
    account::Asked,
    conditions::keep,
    error::SearchError,
    evaluate::{Context, DEEP_LENGTH, Evaluation},
    fuse::Strength,
    language::{DEFAULT_WITHIN_MILLIS, Expression, Timed},
    moments::{Group, settle},
    sequence::{self, Place},
};
use crate::domain::RetrievalScope;

/// What was found of one side of an operator.
struct Side {
    /// In order of asset and time.
    found: Vec<Group>,
    /// Whether there may be more.
    is_cut: bool,
}

impl Evaluation<'_, '_> {
    /// The moments that lie in time as asked.
    pub(super) fn timed(
        &mut self,
        timed: &Timed,
        scope: &RetrievalScope,
        context: Context,
    ) -> Result<Vec<Group>, SearchError> {
        let found = match timed {
            Timed::Then {
                steps,
                within_millis,
            } => {
                let sides = self.sides(steps, scope, context)?;
                let places: Vec<Vec<Place>> = sides.iter().map(|side| places_of(side)).collect();
                let places: Vec<&[Place]> = places.iter().map(Vec::as_slice).collect();
                let within_millis = within_millis.unwrap_or(DEFAULT_WITHIN_MILLIS);
                let started = Instant::now();
                let chains = sequence::then(&places, within_millis);
                self.note(timed, chains.len() / sides.len(), started);
                chains
                    .chunks(sides.len())
                    .map(|chain| {
                        let rest = chain.iter().zip(&sides).skip(1);
                        joined(&sides[0][chain[0]], rest.map(|(index, side)| &side[*index]))
                    })
                    .collect()
            }
            Timed::During(operands) => {
                let sides = self.sides(&operands[..], scope, context)?;
                let started = Instant::now();
                let pairs = sequence::during(&places_of(&sides[0]), &places_of(&sides[1]));
                self.note(timed, pairs.len(), started);
                pairs
                    .into_iter()
                    .map(|(inner, outer)| {
                        let inner = &sides[0][inner];
                        let mut found = joined(inner, std::iter::once(&sides[1][outer]));
                        found.span = inner.span;
                        found
                    })
                    .collect()
            }
            Timed::Overlaps(operands) => {
                let sides = self.sides(&operands[..], scope, context)?;
                let started = Instant::now();
                let pairs = sequence::overlaps(&places_of(&sides[0]), &places_of(&sides[1]));
                self.note(timed, pairs.len(), started);
                pairs
                    .into_iter()
                    .map(|(left, right)| joined(&sides[0][left], std::iter::once(&sides[1][right])))
                    .collect()
            }
            Timed::Apart {
                sides: operands,
                within_millis,
            } => {
                let sides = self.at_once(&operands[..], scope, context)?;
                // Where nothing unwanted is, something wanted may be.
                let order = 0..sides.len();
                let mut sides = self.refined(&operands[..], scope, context, sides, order)?;
                // A weak likeness is too little to take something away.
                sides[1].retain(is_strong);
                let started = Instant::now();
                let kept =
                    sequence::apart(&places_of(&sides[0]), &places_of(&sides[1]), *within_millis);
                self.note(timed, kept.len(), started);
                kept.into_iter()
                    .map(|index| joined(&sides[0][index], std::iter::empty()))
                    .collect()
            }
        };
        Ok(found)
    }

    fn note(&mut self, timed: &Timed, found: usize, started: Instant) {
        let asked = Asked::new(timed.to_string(), "time", None, found, started);
        self.sources.account.push(asked);
    }

    /// The candidates of each side in order of asset and time, where all must be there together.
    fn sides(
        &mut self,
        operands: &[Expression],
        scope: &RetrievalScope,
        context: Context,
    ) -> Result<Vec<Vec<Group>>, SearchError> {
        let sides = self.at_once(operands, scope, context)?;
        // What is all there says best where the others can be.
        let (whole, cut): (Vec<usize>, Vec<usize>) =
            (0..sides.len()).partition(|index| !sides[*index].is_cut);
        self.refined(
            operands,
            scope,
            context,
            sides,
            whole.into_iter().chain(cut),
        )
    }

    /// The candidates of sides in order of asset and time; those whose lists were cut off are looked
    /// for once more, in turn, where all those before them were found: what is left may be the best there.
    fn refined(
        &mut self,
        operands: &[Expression],
        scope: &RetrievalScope,
        context: Context,
        mut sides: Vec<Side>,
        order: impl Iterator<Item = usize>,
    ) -> Result<Vec<Vec<Group>>, SearchError> {
        let mut narrower = scope.clone();
        for (place, index) in order.enumerate() {
            if place > 0 && sides[index].is_cut {
                sides[index].found = self.candidates(&operands[index], &narrower, context)?;
            }
            let found = sides[index].found.iter();
            keep(&mut narrower, &found.map(|group| group.asset).collect());
        }
        Ok(sides.into_iter().map(|side| side.found).collect())
    }

    /// Looks for all sides in the same scope: one after the other takes as long as all together, and
    /// most are found whole.
    fn at_once(
        &mut self,
        operands: &[Expression],
        scope: &RetrievalScope,
        context: Context,
    ) -> Result<Vec<Side>, SearchError> {
        let look = |operand: &Expression| {
            let mut beside = self.beside();
            let found = beside.candidates(operand, scope, context)?;
            Ok((found, beside.sources))
        };
        let threads = if context.is_operand {
            // The threads of the operator around are enough.
            1
        } else {
            thread::available_parallelism().map_or(1, NonZero::get)
        };
        let shares = operands.chunks(operands.len().div_ceil(threads).max(1));
        let found: Vec<Result<_, SearchError>> = thread::scope(|scope| {
            let looking: Vec<_> = shares
                .map(|share| scope.spawn(|| share.iter().map(look).collect::<Vec<_>>()))
                .collect();
            looking
                .into_iter()
                .flat_map(|share| share.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        });
        found
            .into_iter()
            .map(|side| {
                let (mut found, sources) = side?;
                let is_cut = self.sources.take_back(sources, &mut found);
                Ok(Side { found, is_cut })
            })
            .collect()
    }

    /// What an operand finds, as fine as its evidence is: the cues and shots themselves, not the
    /// moments they would be joined to, so that one after another in one scene are two.
    fn candidates(
        &mut self,
        operand: &Expression,
        scope: &RetrievalScope,
        context: Context,
    ) -> Result<Vec<Group>, SearchError> {
        let context = Context {
            is_operand: true,
            length: DEEP_LENGTH,
            ..context
        };
        let is_single = is_leaf(operand);
        let mut found: Vec<Group> = Vec::new();
        for group in self.find(operand, scope, context)? {
            if group.is_whole_asset {
                continue;
            }
            if group.is_fixed || !is_single {
                found.push(group);
                continue;
            }
            found.extend(
                group
                    .hits
                    .iter()
                    .filter(|hit| !hit.is_whole_asset)
                    .map(|hit| Group {
                        asset: hit.asset,
                        span: hit.span,
                        is_whole_asset: false,
                        is_fixed: false,
                        hits: vec![hit.clone()],
                    }),
            );
        }
        found.sort_by_key(|group| (group.asset, group.span));
        found.dedup_by(|next, before| {
            let is_same = (next.asset, next.span) == (before.asset, before.span);
            if is_same {
                before.hits.append(&mut next.hits);
                settle(&mut before.hits);
            }
            is_same
        });
        Ok(found)
    }
}

/// Whether each hit of an expression answers all of it by itself.
fn is_leaf(expression: &Expression) -> bool {
    match expression {
        Expression::All { parts, .. } => parts.is_empty(),
        Expression::Any(alternatives) => alternatives.iter().all(is_leaf),
        Expression::In { inside, .. } | Expression::Where { inside, .. } => is_leaf(inside),
        Expression::Likeness(_) => true,
        Expression::Not(_) | Expression::Timed(_) => false,
    }
}

fn places_of(side: &[Group]) -> Vec<Place> {
    side.iter().map(|group| (group.asset, group.span)).collect()
}

fn is_strong(group: &Group) -> bool {
    group
        .hits
        .iter()
        .any(|hit| hit.strength == Strength::Strong)
}

/// One moment of `first` and others of its asset: from where the first begins to where the last ends.
fn joined<'a>(first: &Group, others: impl Iterator<Item = &'a Group>) -> Group {
    let mut whole = first.clone();
    for group in others {
        whole.span = whole.span.union(group.span);
        whole.hits.extend(group.hits.iter().cloned());
    }
    whole.is_fixed = true;
    settle(&mut whole.hits);
    whole
}
