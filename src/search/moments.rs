//! Joins hits of one asset that overlap or touch into moments.

use std::{cmp::Ordering, collections::BTreeMap};

use super::fuse::{Hit, Source, Strength};
use crate::domain::{AssetKey, TimeSpan};

/// No moment is longer but a sequence that was asked for: what can be watched at once, and some four shots.
pub const MAX_MOMENT_MILLIS: i64 = 60_000;
/// Passages are no longer; a longer segment is evidence only around the frame, or from the start of the text, that was found.
pub(super) const MAX_EVIDENCE_MILLIS: i64 = 30_000;
/// Hits at most this far apart touch: neighbouring cues leave small gaps.
pub(super) const TOUCH_MILLIS: i64 = 500;

/// Hits that belong to one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// The asset.
    pub asset: AssetKey,
    /// The moment; of no length where the asset is a still or only the asset as a whole was found.
    pub span: TimeSpan,
    /// Whether nothing but hits on the asset as a whole speak for it.
    pub is_whole_asset: bool,
    /// Whether its span is what was asked for, as of a sequence, so that it is neither joined nor cut.
    pub is_fixed: bool,
    /// Its hits, strongest first; those with a time lie inside `span`.
    pub hits: Vec<Hit>,
}

/// The part of a long segment that is evidence: around `at_millis`, inside `span`.
pub(super) fn evidence_span(span: TimeSpan, at_millis: i64) -> TimeSpan {
    if span.duration_millis() <= MAX_EVIDENCE_MILLIS {
        return span;
    }
    let latest = span.end_millis - MAX_EVIDENCE_MILLIS;
    let start = (at_millis - MAX_EVIDENCE_MILLIS / 2).clamp(span.start_millis, latest);
    TimeSpan::new(start, start + MAX_EVIDENCE_MILLIS)
}

/// Groups hits into moments, by asset and time.
///
/// The strongest hit begins a moment; the next ones join the moments they overlap or touch as long
/// as the result is no longer than [`MAX_MOMENT_MILLIS`], and are cut to a moment they overlap
/// where it would be. Moments of one asset never overlap. A passage that means the same does not
/// widen moments inside it that hold the very words: it speaks for them. A hit on the asset as a
/// whole speaks for each moment of the asset, and is a moment by itself where there is no other.
///
/// The result does not depend on the order of `hits`.
pub(super) fn group_hits(mut hits: Vec<Hit>) -> Vec<Group> {
    hits.sort_by(by_strength);
    let mut by_asset: BTreeMap<AssetKey, Vec<Group>> = BTreeMap::new();
    let (whole, timed): (Vec<Hit>, Vec<Hit>) = hits.into_iter().partition(|hit| hit.is_whole_asset);
    let (passages, pointed): (Vec<Hit>, Vec<Hit>) = timed
        .into_iter()
        .partition(|hit| hit.source == Source::Passage);
    for hit in pointed {
        let groups = by_asset.entry(hit.asset).or_default();
        place(hit, groups);
    }
    for hit in passages {
        let groups = by_asset.entry(hit.asset).or_default();
        let mut has_words = false;
        for group in groups.iter_mut().filter(|group| holds_words(group, &hit)) {
            has_words = true;
            let mut inside = hit.clone();
            inside.span = cut(hit.span, group.span);
            group.hits.push(inside);
        }
        if !has_words {
            place(hit, groups);
        }
    }
    for hit in whole {
        let groups = by_asset.entry(hit.asset).or_default();
        if groups.is_empty() {
            groups.push(Group {
                asset: hit.asset,
                span: hit.span,
                is_whole_asset: true,
                is_fixed: false,
                hits: Vec::new(),
            });
        }
        for group in groups {
            group.hits.push(hit.clone());
        }
    }
    let mut groups: Vec<Group> = by_asset.into_values().flatten().collect();
    for group in &mut groups {
        settle(&mut group.hits);
    }
    groups.sort_by_key(|group| (group.asset, group.span));
    groups
}

/// Brings hits in order, strongest first; a source tells of a segment once for each part of the query.
pub(super) fn settle(hits: &mut Vec<Hit>) {
    if hits.len() < 2 {
        return;
    }
    hits.sort_by(by_strength);
    let mut seen = std::collections::HashSet::new();
    hits.retain(|hit| seen.insert((hit.part, hit.source, hit.segment)));
}

/// Whether all the words asked for are heard or read in the group, within the passage.
fn holds_words(group: &Group, passage: &Hit) -> bool {
    group.hits.iter().any(|hit| {
        matches!(hit.source, Source::SpeechWords | Source::ScreenWords)
            && hit.strength == Strength::Strong
            && intersects(hit.span, passage.span)
    })
}

fn cut(span: TimeSpan, to: TimeSpan) -> TimeSpan {
    TimeSpan::new(
        span.start_millis.clamp(to.start_millis, to.end_millis),
        span.end_millis.clamp(to.start_millis, to.end_millis),
    )
}

/// Puts a hit where it belongs among the moments of its asset.
fn place(mut hit: Hit, groups: &mut Vec<Group>) {
    let near: Vec<usize> = (0..groups.len())
        .filter(|&index| groups[index].span.is_within(hit.span, TOUCH_MILLIS))
        .collect();
    let union = near
        .iter()
        .fold(hit.span, |union, &index| union.union(groups[index].span));
    if !near.is_empty() && union.duration_millis() <= MAX_MOMENT_MILLIS {
        // All of them become one; nothing else lies between, for it would be near as well.
        let mut joined = Group {
            asset: hit.asset,
            span: union,
            is_whole_asset: false,
            is_fixed: false,
            hits: vec![hit],
        };
        for index in near.into_iter().rev() {
            joined.hits.extend(groups.remove(index).hits);
        }
        groups.push(joined);
        return;
    }
    let others = |index: usize| near.iter().filter(move |&&other| other != index);
    for &index in &near {
        let union = groups[index].span.union(hit.span);
        let is_free = others(index).all(|&other| !intersects(groups[other].span, union));
        if union.duration_millis() <= MAX_MOMENT_MILLIS && is_free {
            groups[index].span = union;
            groups[index].hits.push(hit);
            return;
        }
    }
    let overlapped = near
        .iter()
        .copied()
        .filter(|&index| intersects(groups[index].span, hit.span))
        .max_by_key(|&index| {
            (
                groups[index].span.overlap_millis(hit.span),
                std::cmp::Reverse(groups[index].span),
            )
        });
    match overlapped {
        Some(index) => {
            hit.span = cut(hit.span, groups[index].span);
            groups[index].hits.push(hit);
        }
        None => groups.push(Group {
            asset: hit.asset,
            span: hit.span,
            is_whole_asset: false,
            is_fixed: false,
            hits: vec![hit],
        }),
    }
}

/// Whether both share time; a point in or at the start of a stretch shares it.
pub(super) fn intersects(left: TimeSpan, right: TimeSpan) -> bool {
    left.overlap_millis(right) > 0
        || (left.duration_millis() == 0 && contains(right, left.start_millis))
        || (right.duration_millis() == 0 && contains(left, right.start_millis))
}

fn contains(span: TimeSpan, at_millis: i64) -> bool {
    span.start_millis == at_millis || (span.start_millis..span.end_millis).contains(&at_millis)
}

/// A total order: what the hit is worth by itself, then where it lies.
fn by_strength(left: &Hit, right: &Hit) -> Ordering {
    let worth = |hit: &Hit| {
        hit.source.weight() * hit.quality / (super::fuse::RANK_CONSTANT + hit.rank as f32)
    };
    worth(right)
        .total_cmp(&worth(left))
        .then_with(|| left.asset.cmp(&right.asset))
        .then_with(|| left.span.cmp(&right.span))
        .then_with(|| left.source.cmp(&right.source))
        .then_with(|| left.segment.cmp(&right.segment))
        .then_with(|| right.score.total_cmp(&left.score))
        .then_with(|| left.quality.total_cmp(&right.quality))
        .then_with(|| left.part.cmp(&right.part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::fuse::tests::{any_hits, hit};
    use proptest::prelude::*;

    #[test]
    fn a_cue_in_a_shot_and_the_shot_are_one_moment() {
        let groups = group_hits(vec![
            hit(Source::Picture, 1, (0, 8000), 1),
            hit(Source::SpeechWords, 1, (7000, 9500), 1),
            hit(Source::SpeechWords, 1, (30_000, 31_000), 2),
            hit(Source::SpeechWords, 2, (7000, 9500), 3),
        ]);
        let spans: Vec<_> = groups
            .iter()
            .map(|group| {
                (
                    group.asset.0,
                    group.span.start_millis,
                    group.span.end_millis,
                )
            })
            .collect();
        assert_eq!(spans, [(1, 0, 9500), (1, 30_000, 31_000), (2, 7000, 9500)]);
    }

    #[test]
    fn a_passage_speaks_for_the_cue_in_it_that_holds_the_words() {
        let passage = hit(Source::Passage, 1, (200, 10_500), 1);
        let cue = hit(Source::SpeechWords, 1, (6700, 8900), 1);
        let weak_cue = Hit {
            strength: Strength::Weak,
            ..cue.clone()
        };
        let groups = group_hits(vec![passage.clone(), cue]);
        assert_eq!(
            (groups[0].span, groups[0].hits.len()),
            (TimeSpan::new(6700, 8900), 2)
        );
        let groups = group_hits(vec![passage, weak_cue]);
        assert_eq!(
            (groups[0].span, groups[0].hits.len()),
            (TimeSpan::new(200, 10_500), 2)
        );
    }

    #[test]
    fn a_film_whose_every_cue_matches_is_many_moments() {
        let hits: Vec<_> = (0..1000u32)
            .map(|index| {
                hit(
                    Source::SpeechWords,
                    1,
                    (i64::from(index) * 4000, i64::from(index) * 4000 + 4000),
                    index + 1,
                )
            })
            .collect();
        let groups = group_hits(hits);
        assert!(groups.len() >= 67, "{}", groups.len());
        assert_eq!(
            groups.iter().map(|group| group.hits.len()).sum::<usize>(),
            1000
        );
    }

    #[test]
    fn the_name_of_an_asset_speaks_for_its_moments_and_is_one_where_there_is_none() {
        let named = |asset| Hit {
            is_whole_asset: true,
            ..hit(Source::MetadataWords, asset, (0, 0), 1)
        };
        let groups = group_hits(vec![
            hit(Source::Picture, 1, (5000, 8000), 1),
            named(1),
            named(2),
        ]);
        assert_eq!(groups.len(), 2);
        assert_eq!(
            (
                groups[0].span,
                groups[0].hits.len(),
                groups[0].is_whole_asset
            ),
            (TimeSpan::new(5000, 8000), 2, false)
        );
        assert!(groups[1].is_whole_asset);
    }

    #[test]
    fn a_long_take_is_evidence_around_the_frame_found() {
        let take = TimeSpan::new(1000, 601_000);
        assert_eq!(
            evidence_span(take, 300_000),
            TimeSpan::new(285_000, 315_000)
        );
        assert_eq!(evidence_span(take, 0), TimeSpan::new(1000, 31_000));
        assert_eq!(
            evidence_span(take, 601_000),
            TimeSpan::new(571_000, 601_000)
        );
        assert_eq!(
            evidence_span(TimeSpan::new(0, 9000), 4000),
            TimeSpan::new(0, 9000)
        );
    }

    proptest! {
        #[test]
        fn moments_never_overlap_and_hold_their_evidence(hits in any_hits()) {
            let groups = group_hits(hits.clone());
            for pair in groups.windows(2).filter(|pair| pair[0].asset == pair[1].asset) {
                prop_assert!(pair[0].span.end_millis <= pair[1].span.start_millis, "{:?} {:?}", pair[0].span, pair[1].span);
                prop_assert!(pair[0].span != pair[1].span);
            }
            for group in &groups {
                prop_assert!(group.span.duration_millis() <= MAX_MOMENT_MILLIS);
                prop_assert!(!group.hits.is_empty());
                for hit in group.hits.iter().filter(|hit| !hit.is_whole_asset) {
                    prop_assert!(group.span.start_millis <= hit.span.start_millis && hit.span.end_millis <= group.span.end_millis);
                }
            }
            for hit in &hits {
                prop_assert!(groups.iter().any(|group| group.asset == hit.asset && group.hits.iter().any(|other| other.segment == hit.segment && other.source == hit.source)));
            }
        }
    }
}
