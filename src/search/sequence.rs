//! How stretches lie in time, found by walking two lists side by side: then, during, overlaps, apart.

use crate::domain::{AssetKey, TimeSpan};

/// A stretch of an asset; lists of them are sorted, that is by asset and begin.
pub(super) type Place = (AssetKey, TimeSpan);

/// The place in another list that stands for none.
const NONE: u32 = u32::MAX;

/// A point lasts a millisecond: it then shares time with what begins there, and comes before the next.
fn end_of(span: TimeSpan) -> i64 {
    span.end_millis.max(span.start_millis.saturating_add(1))
}

/// Chains of one place from each of `steps`, each beginning where the one before has ended or later,
/// the last at most `within_millis` after the first has ended.
///
/// Each first place gets the earliest end it can have, and of the first places that lead to one
/// last place only the latest is kept: no chain holds another with the same end. What comes back
/// are indexes into the steps, as many side by side as there are steps, in order of the last place.
pub(super) fn then(steps: &[&[Place]], within_millis: i64) -> Vec<usize> {
    let [first, .., last] = steps else {
        return Vec::new();
    };
    let earliest: Vec<Vec<u32>> = steps[1..steps.len() - 1]
        .iter()
        .map(|step| earliest_ends(step))
        .collect();
    let mut walks: Vec<Walk<'_>> = steps[1..].iter().map(|step| Walk::new(step)).collect();
    let mut begin_of_last = vec![NONE; last.len()];
    for (index, &(asset, span)) in first.iter().enumerate() {
        for walk in &mut walks {
            walk.forward((asset, span.start_millis));
        }
        let limit = end_of(span).saturating_add(within_millis);
        let end = chain(steps, &walks, &earliest, end_of(span), asset, |_| {});
        if let Some(end) = end.filter(|end| last[*end].1.start_millis <= limit) {
            // Later ones overwrite earlier ones.
            begin_of_last[end] = index as u32;
        }
    }
    let mut found = Vec::new();
    let mut walks: Vec<Walk<'_>> = steps[1..].iter().map(|step| Walk::new(step)).collect();
    let is_long = steps.len() > 2;
    for (end, &begin) in begin_of_last.iter().enumerate() {
        if begin == NONE {
            continue;
        }
        let begin = begin as usize;
        found.push(begin);
        if is_long {
            let (asset, span) = first[begin];
            for walk in &mut walks {
                // Not in order of the first places: a search from the start of the list.
                walk.at = walk.first_from(0, (asset, span.start_millis));
            }
            chain(steps, &walks, &earliest, end_of(span), asset, |step| {
                found.push(step);
            });
        }
        found.push(end);
    }
    found
}

/// The last place of the chain that ends earliest, from `after_millis` on; tells those in between.
fn chain(
    steps: &[&[Place]],
    walks: &[Walk<'_>],
    earliest: &[Vec<u32>],
    after_millis: i64,
    asset: AssetKey,
    mut tell: impl FnMut(usize),
) -> Option<usize> {
    let mut after_millis = after_millis;
    for (index, walk) in walks.iter().enumerate() {
        let step = steps[index + 1];
        let next = walk.first_from(walk.at, (asset, after_millis));
        step.get(next).filter(|(other, _)| *other == asset)?;
        match earliest.get(index) {
            None => return Some(next),
            Some(earliest) => {
                let best = earliest[next] as usize;
                tell(best);
                after_millis = end_of(step[best].1);
            }
        }
    }
    None
}

/// For each place the one that ends first among itself and those after it in its asset.
fn earliest_ends(places: &[Place]) -> Vec<u32> {
    let mut best: Vec<u32> = (0..places.len() as u32).collect();
    for index in (0..places.len().saturating_sub(1)).rev() {
        let next = best[index + 1] as usize;
        let is_same = places[next].0 == places[index].0;
        if is_same && end_of(places[next].1) < end_of(places[index].1) {
            best[index] = next as u32;
        }
    }
    best
}

/// For each place the one that ends last among itself and those before it in its asset.
fn latest_ends(places: &[Place]) -> Vec<u32> {
    let mut best: Vec<u32> = (0..places.len() as u32).collect();
    for index in 1..places.len() {
        let before = best[index - 1] as usize;
        let is_same = places[before].0 == places[index].0;
        if is_same && end_of(places[before].1) > end_of(places[index].1) {
            best[index] = before as u32;
        }
    }
    best
}

/// Each place of `inner` that lies inside one of `outer`, with the one of these that ends last.
pub(super) fn during(inner: &[Place], outer: &[Place]) -> Vec<(usize, usize)> {
    partners(
        inner,
        outer,
        |span| span.start_millis.saturating_add(1),
        |inside, around| end_of(inside) <= end_of(around),
    )
}

/// Each place of `left` that shares time with one of `right`, with the one of these that ends last.
pub(super) fn overlaps(left: &[Place], right: &[Place]) -> Vec<(usize, usize)> {
    partners(left, right, end_of, |left, right| {
        end_of(right) > left.start_millis
    })
}

/// The places of `wanted` that have none of `unwanted` overlapping them or at most `within_millis` away.
pub(super) fn apart(wanted: &[Place], unwanted: &[Place], within_millis: i64) -> Vec<usize> {
    let near = partners(
        wanted,
        unwanted,
        |span| end_of(span).saturating_add(within_millis).saturating_add(1),
        |wanted, unwanted| end_of(unwanted) >= wanted.start_millis.saturating_sub(within_millis),
    );
    let mut near = near.into_iter().map(|(index, _)| index).peekable();
    (0..wanted.len())
        .filter(|index| near.next_if_eq(index).is_none())
        .collect()
}

/// Each place with the one of `others` that ends last of those that begin before `before`, if it fits.
fn partners(
    places: &[Place],
    others: &[Place],
    before: impl Fn(TimeSpan) -> i64,
    fits: impl Fn(TimeSpan, TimeSpan) -> bool,
) -> Vec<(usize, usize)> {
    let latest = latest_ends(others);
    let mut walk = Walk::new(others);
    let mut found = Vec::new();
    for (index, &(asset, span)) in places.iter().enumerate() {
        walk.forward((asset, span.start_millis));
        let end = walk.first_from(walk.at, (asset, before(span)));
        let Some(best) = end.checked_sub(1).map(|last| latest[last] as usize) else {
            continue;
        };
        if others[best].0 == asset && fits(span, others[best].1) {
            found.push((index, best));
        }
    }
    found
}

/// A walk along a sorted list, which only goes forward.
struct Walk<'a> {
    places: &'a [Place],
    at: usize,
}

impl<'a> Walk<'a> {
    fn new(places: &'a [Place]) -> Self {
        Self { places, at: 0 }
    }

    /// Goes to the first place that begins at `start` or later.
    fn forward(&mut self, start: (AssetKey, i64)) {
        self.at = self.first_from(self.at, start);
    }

    /// The first place from index `from` on that begins at `start` or later; steps that double find
    /// what is near in a few looks, and what is far in not many more.
    fn first_from(&self, from: usize, start: (AssetKey, i64)) -> usize {
        let is_before = |(asset, span): &Place| (*asset, span.start_millis) < start;
        let mut low = from;
        let mut step = 1;
        loop {
            let high = low.saturating_add(step);
            match self.places.get(high - 1) {
                Some(place) if is_before(place) => low = high,
                _ => {
                    let high = (high - 1).min(self.places.len()).max(low);
                    return low + self.places[low..high].partition_point(is_before);
                }
            }
            step *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places(count: usize) -> impl Strategy<Value = Vec<Place>> {
        prop::collection::vec((0..3i64, 0..60i64, 0..12i64), 0..count).prop_map(|rows| {
            let mut places: Vec<Place> = rows
                .into_iter()
                .map(|(asset, start, length)| {
                    (AssetKey(asset), TimeSpan::new(start, start + length))
                })
                .collect();
            places.sort_unstable();
            places
        })
    }

    /// All chains, by trying every combination.
    fn all_chains(steps: &[&[Place]], within_millis: i64) -> Vec<Vec<usize>> {
        let mut chains: Vec<Vec<usize>> = (0..steps[0].len()).map(|index| vec![index]).collect();
        for (number, step) in steps.iter().enumerate().skip(1) {
            chains = chains
                .into_iter()
                .flat_map(|chain| {
                    let before = steps[number - 1][*chain.last().unwrap()];
                    step.iter().enumerate().filter_map(move |(index, place)| {
                        let follows =
                            place.0 == before.0 && place.1.start_millis >= end_of(before.1);
                        follows.then(|| [chain.clone(), vec![index]].concat())
                    })
                })
                .collect();
        }
        chains.retain(|chain| {
            let first = steps[0][chain[0]].1;
            let last = steps[steps.len() - 1][*chain.last().unwrap()].1;
            last.start_millis - end_of(first) <= within_millis
        });
        chains
    }

    fn check_chains(steps: &[&[Place]], within: i64) -> Result<(), TestCaseError> {
        let found: Vec<Vec<usize>> = then(steps, within)
            .chunks(steps.len())
            .map(<[usize]>::to_vec)
            .collect();
        let all = all_chains(steps, within);
        for chain in &found {
            prop_assert!(all.contains(chain), "{chain:?} is none");
        }
        // Every first place that begins a chain is found, or one that begins later and ends no later.
        let begin = |chain: &[usize]| (steps[0][chain[0]].0, steps[0][chain[0]].1.start_millis);
        let end = |chain: &[usize]| {
            steps[steps.len() - 1][*chain.last().unwrap()]
                .1
                .start_millis
        };
        for chain in &all {
            prop_assert!(
                found.iter().any(|other| begin(other).0 == begin(chain).0
                    && begin(other) >= begin(chain)
                    && end(other) <= end(chain)),
                "{chain:?} is missing from {found:?}"
            );
        }
        let mut ends: Vec<_> = found.iter().map(|chain| chain[steps.len() - 1]).collect();
        ends.dedup();
        prop_assert_eq!(ends.len(), found.len());
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        #[test]
        fn two_steps_are_those_that_trying_all_finds(a in places(25), b in places(25), within in 0..40i64) {
            check_chains(&[&a, &b], within)?;
        }

        #[test]
        fn three_steps_are_those_that_trying_all_finds(a in places(12), b in places(12), c in places(12), within in 0..60i64) {
            check_chains(&[&a, &b, &c], within)?;
        }

        #[test]
        fn partners_are_those_that_trying_all_finds(a in places(25), b in places(25), within in 0..30i64) {
            let with = |fits: &dyn Fn(TimeSpan, TimeSpan) -> bool| -> Vec<usize> {
                (0..a.len()).filter(|index| b.iter().any(|other| other.0 == a[*index].0 && fits(a[*index].1, other.1))).collect()
            };
            let is_inside = |left: TimeSpan, right: TimeSpan| right.start_millis <= left.start_millis && end_of(left) <= end_of(right);
            let shares = |left: TimeSpan, right: TimeSpan| left.start_millis < end_of(right) && right.start_millis < end_of(left);
            let found = during(&a, &b);
            prop_assert_eq!(found.iter().map(|(index, _)| *index).collect::<Vec<_>>(), with(&is_inside));
            prop_assert!(found.iter().all(|(left, right)| is_inside(a[*left].1, b[*right].1)));
            let found = overlaps(&a, &b);
            prop_assert_eq!(found.iter().map(|(index, _)| *index).collect::<Vec<_>>(), with(&shares));
            prop_assert!(found.iter().all(|(left, right)| shares(a[*left].1, b[*right].1)));
            let is_near = |left: TimeSpan, right: TimeSpan| right.start_millis - end_of(left) <= within && left.start_millis - end_of(right) <= within;
            let near = with(&is_near);
            let wanted: Vec<usize> = (0..a.len()).filter(|index| !near.contains(index)).collect();
            prop_assert_eq!(apart(&a, &b, within), wanted);
        }
    }

    #[test]
    fn what_touches_follows_and_what_overlaps_does_not() {
        let at = |start, end| (AssetKey(1), TimeSpan::new(start, end));
        assert_eq!(then(&[&[at(0, 5)], &[at(5, 9)]], 0), [0, 0]);
        assert_eq!(then(&[&[at(0, 5)], &[at(4, 9)]], 1000), Vec::<usize>::new());
        assert_eq!(then(&[&[at(0, 5)], &[at(14, 19)]], 8), Vec::<usize>::new());
        // A still is not before itself.
        assert_eq!(then(&[&[at(0, 0)], &[at(0, 0)]], 1000), Vec::<usize>::new());
        assert_eq!(overlaps(&[at(0, 0)], &[at(0, 0)]), [(0, 0)]);
        assert_eq!(during(&[at(2, 4)], &[at(2, 4), at(3, 9)]), [(0, 0)]);
        // The latest beginning is kept: nothing lies in between.
        assert_eq!(then(&[&[at(0, 1), at(3, 4)], &[at(6, 7)]], 100), [1, 0]);
        assert_eq!(then(&[&[], &[at(0, 1)]], 100), Vec::<usize>::new());
    }

    /// A sequence over a million candidates on each side takes tens of milliseconds, optimised; the
    /// bound is loose enough for a build without optimisation on a busy machine, and far below what
    /// comparing each with each would take.
    #[test]
    fn a_million_candidates_are_joined_in_one_walk() {
        let side = |offset: i64| -> Vec<Place> {
            (0..1_000_000i64)
                .map(|index| {
                    let start = (index % 5000) * 4000 + offset + index * 7919 % 3000;
                    (
                        AssetKey(index / 5000),
                        TimeSpan::new(start, start + 1000 + index * 31 % 5000),
                    )
                })
                .collect()
        };
        let (mut left, mut right) = (side(0), side(1500));
        left.sort_unstable();
        right.sort_unstable();
        let started = std::time::Instant::now();
        let found = then(&[&left, &right], 8000);
        let took = started.elapsed();
        assert!(found.len() > 1_000_000, "{}", found.len());
        assert!(took.as_millis() < 2000, "{took:?}");
    }
}
