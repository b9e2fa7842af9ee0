//! Joins ranked lists of different kinds into one order: weighted reciprocal rank fusion.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::moments::Group;
use crate::domain::{AssetKey, Channel, SegmentId, Snippet, TimeSpan};

/// The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): how slowly
/// the worth of a rank falls.
pub(super) const RANK_CONSTANT: f32 = 60.0;

/// What a hit on the asset as a whole adds to one of its moments, against a hit in the moment itself.
const WHOLE_ASSET_SHARE: f32 = 0.5;

/// One of the ranked lists that a search joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Words heard or subtitled.
    SpeechWords,
    /// Words seen in the picture.
    ScreenWords,
    /// Words of tags, titles and file names.
    MetadataWords,
    /// Pictures that look like the description.
    Picture,
    /// Passages of speech or screen text that mean the same.
    Passage,
}

impl Source {
    /// All sources.
    pub const ALL: [Self; 5] = [
        Self::SpeechWords,
        Self::ScreenWords,
        Self::MetadataWords,
        Self::Picture,
        Self::Passage,
    ];

    /// What a first rank in this list is worth beside the others.
    ///
    /// Spoken words and pictures carry most of what people ask for. On-screen words are often
    /// misread, and tags are a model's guess from the picture that is searched anyway.
    pub fn weight(self) -> f32 {
        match self {
            Self::SpeechWords | Self::Picture => 1.0,
            Self::Passage => 0.9,
            Self::ScreenWords | Self::MetadataWords => 0.8,
        }
    }

    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::SpeechWords => "speech_words",
            Self::ScreenWords => "screen_words",
            Self::MetadataWords => "metadata_words",
            Self::Picture => "picture",
            Self::Passage => "passage",
        }
    }

    /// Whether it finds words rather than meaning.
    pub fn is_words(self) -> bool {
        matches!(
            self,
            Self::SpeechWords | Self::ScreenWords | Self::MetadataWords
        )
    }
}

/// How well a hit or an answer fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Less than half of the words, or a likeness that may be chance.
    Weak,
    /// Half of the words or more, or a likeness that is seldom chance.
    Fair,
    /// All the words, the phrase, or a likeness far above chance.
    Strong,
}

/// A segment that one source found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hit {
    /// Which source.
    pub source: Source,
    /// Which part of the query it answers, from 0; a query of plain words is one part.
    pub part: u16,
    /// The asset.
    pub asset: AssetKey,
    /// The segment.
    pub segment: SegmentId,
    /// The segment's channel.
    pub channel: Channel,
    /// The time of the vector that was found; none of words.
    pub at_millis: Option<i64>,
    /// Where in the asset, at most [`MAX_EVIDENCE_MILLIS`](super::moments::MAX_EVIDENCE_MILLIS) long.
    pub span: TimeSpan,
    /// Whether it says something of the asset as a whole rather than of a time in it.
    pub is_whole_asset: bool,
    /// The source's own score: BM25 or cosine.
    pub score: f32,
    /// Position in the source's list, from 1; equals share a position.
    pub rank: u32,
    /// What the rank is multiplied by: below 1 for a part of the words or a weak likeness, above 1 for a phrase.
    pub quality: f32,
    /// How well it fits.
    pub strength: Strength,
    /// Whether it is like a picture that the query names, rather than like a description.
    pub is_like_example: bool,
    /// The words found; `None` where there are none, or they are still to be read.
    pub snippet: Option<Snippet>,
    /// The query whose words are still to be read.
    pub unread: Option<Arc<str>>,
}

/// The fused score of each group, in the order of `groups`; independent of that order.
///
/// A source's contribution to a group is `weight × quality ÷ (60 + rank)`, where the groups are
/// ranked by their best hit, so that many hits in one moment push nobody down; of several hits of
/// a source in a group the one that contributes most counts. The parts of a query are lists of
/// their own: a moment that answers two of them is worth more than one that answers one twice.
pub(super) fn scores(groups: &[Group]) -> Vec<f32> {
    let by_list: Vec<BTreeMap<(u16, Source), Vec<&Hit>>> = groups.iter().map(lists).collect();
    let mut ranks: BTreeMap<(u16, Source), Vec<u32>> = BTreeMap::new();
    for lists in &by_list {
        for (list, hits) in lists {
            let best = hits.iter().map(|hit| hit.rank).min();
            ranks.entry(*list).or_default().extend(best);
        }
    }
    for ranks in ranks.values_mut() {
        ranks.sort_unstable();
        ranks.dedup();
    }
    let of_group = |(group, lists): (&Group, BTreeMap<(u16, Source), Vec<&Hit>>)| {
        let of_list = |(list, hits): ((u16, Source), Vec<&Hit>)| {
            let ranks = ranks.get(&list).map_or(&[][..], Vec::as_slice);
            let contributions = hits.into_iter().map(|hit| {
                let ahead = ranks.partition_point(|rank| *rank < hit.rank);
                contribution(hit, ahead, group.is_whole_asset)
            });
            contributions.max_by(f32::total_cmp)
        };
        lists.into_iter().filter_map(of_list).sum()
    };
    groups.iter().zip(by_list).map(of_group).collect()
}

/// A group's hits by the ranked list that they come from, in a fixed order.
fn lists(group: &Group) -> BTreeMap<(u16, Source), Vec<&Hit>> {
    let mut lists: BTreeMap<(u16, Source), Vec<&Hit>> = BTreeMap::new();
    for hit in &group.hits {
        lists.entry((hit.part, hit.source)).or_default().push(hit);
    }
    lists
}

fn contribution(hit: &Hit, ahead: usize, is_whole_asset: bool) -> f32 {
    let share = if hit.is_whole_asset && !is_whole_asset {
        WHOLE_ASSET_SHARE
    } else {
        1.0
    };
    hit.source.weight() * hit.quality * share / (RANK_CONSTANT + 1.0 + ahead as f32)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::search::moments::group_hits;
    use proptest::prelude::*;

    pub(in crate::search) fn hit(source: Source, asset: i64, span: (i64, i64), rank: u32) -> Hit {
        Hit {
            source,
            part: 0,
            asset: AssetKey(asset),
            segment: SegmentId((asset as u128) << 64 | (span.0 as u128) << 8 | source as u128),
            channel: Channel::Shot,
            at_millis: None,
            span: TimeSpan::new(span.0, span.1),
            is_whole_asset: false,
            score: 1.0 / rank as f32,
            rank,
            quality: 1.0,
            strength: Strength::Strong,
            is_like_example: false,
            snippet: None,
            unread: None,
        }
    }

    pub(in crate::search) fn any_hits() -> impl Strategy<Value = Vec<Hit>> {
        let any = (
            0..5usize,
            0..4i64,
            0..200_000i64,
            0..20_000i64,
            1..40u32,
            0..10u8,
            0.1f32..1.5,
        );
        proptest::collection::vec(any, 0..60).prop_map(|rows| {
            rows.into_iter()
                .map(|(source, asset, start, length, rank, whole, quality)| Hit {
                    is_whole_asset: whole == 0,
                    quality,
                    ..hit(Source::ALL[source], asset, (start, start + length), rank)
                })
                .collect()
        })
    }

    #[test]
    fn two_sources_that_agree_beat_one_that_is_surer() {
        let groups = group_hits(vec![
            hit(Source::Picture, 1, (0, 1000), 1),
            hit(Source::Picture, 2, (0, 1000), 2),
            hit(Source::SpeechWords, 2, (500, 900), 1),
        ]);
        let scores = scores(&groups);
        let best = groups
            .iter()
            .zip(&scores)
            .max_by(|left, right| left.1.total_cmp(right.1))
            .unwrap()
            .0;
        assert_eq!(best.asset, AssetKey(2));
        assert_eq!(best.span, TimeSpan::new(0, 1000));
    }

    #[test]
    fn a_moment_that_answers_two_parts_beats_one_that_answers_one_twice() {
        let part = |part, span| Hit {
            part,
            ..hit(Source::SpeechWords, 1 + i64::from(part), span, 1)
        };
        let both = Hit {
            asset: AssetKey(1),
            ..part(1, (500, 1500))
        };
        let groups = group_hits(vec![
            part(0, (0, 1000)),
            both,
            part(1, (0, 1000)),
            part(1, (900, 2000)),
        ]);
        let scores = scores(&groups);
        assert_eq!(
            (groups.len(), groups[0].hits.len(), groups[1].hits.len()),
            (2, 2, 2)
        );
        assert_eq!(scores[0], 2.0 / 61.0);
        assert_eq!(scores[1], 1.0 / 61.0);
    }

    #[test]
    fn many_hits_in_one_moment_push_no_other_down() {
        let mut hits: Vec<Hit> = (1..=50)
            .map(|rank| {
                hit(
                    Source::SpeechWords,
                    1,
                    (i64::from(rank) * 1000, i64::from(rank) * 1000 + 1000),
                    rank,
                )
            })
            .collect();
        hits.push(hit(Source::SpeechWords, 2, (0, 1000), 51));
        let groups = group_hits(hits);
        let scores = scores(&groups);
        let of = |asset| {
            groups
                .iter()
                .zip(&scores)
                .filter(|(group, _)| group.asset == AssetKey(asset))
                .map(|(_, score)| *score)
                .fold(0.0, f32::max)
        };
        assert_eq!(of(1), 1.0 / 61.0);
        assert!((of(2) - 1.0 / 62.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn the_result_does_not_depend_on_the_order_of_hits((hits, shuffled) in any_hits().prop_flat_map(|hits| (Just(hits.clone()), Just(hits).prop_shuffle()))) {
            let run = |hits: Vec<Hit>| {
                let groups = group_hits(hits);
                let scores = scores(&groups);
                let mut rows: Vec<_> = groups.iter().map(|group| (group.asset, group.span, group.hits.len())).zip(scores.iter().map(|score| score.to_bits())).collect();
                rows.sort();
                rows
            };
            prop_assert_eq!(run(hits), run(shuffled));
        }
    }
}
