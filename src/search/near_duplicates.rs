//! Lets one moment stand for those that show or say nearly the same: neighbouring takes, copies in other encodings.

use std::collections::BTreeSet;

use super::{
    best_picture,
    calibrate::cosine,
    error::SearchError,
    fuse::{Hit, Source},
    moments::Group,
    retrieve::read_words,
    shown_span,
};
use crate::{
    domain::{AssetKey, SegmentId, SpaceId, TimeSpan},
    store::Store,
};

/// So many of the best moments are compared with each other, so that no answer takes longer than
/// another; those behind them stand for themselves.
const COMPARED: usize = 200;
/// The cosine from which two pictures are nearly the same. Two drawings of one description stay
/// below it, copies in another encoding reach it.
const SAME_PICTURE: f32 = 0.97;
/// The cosine that pictures have at least where the same words tell of the same moment.
const NOT_ANOTHER_PICTURE: f32 = 0.9;
/// How far apart the lengths of two copies of a moment may lie.
const SAME_LENGTH_MILLIS: i64 = 200;
/// Words alone tell of the same moment from so many letters on: everybody says "yes".
const TELLING_CHARS: usize = 16;

/// A moment with those that it stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// The fused score.
    pub score: f32,
    /// The moment.
    pub group: Group,
    /// The others, best first.
    pub others: Vec<(AssetKey, TimeSpan)>,
}

/// Moments, best first, each with the worse ones that are nearly the same.
pub(super) fn collapse(
    store: &Store,
    space: Option<&SpaceId>,
    mut scored: Vec<(f32, Group)>,
) -> Result<Vec<Found>, SearchError> {
    let length = COMPARED.min(scored.len());
    let compared = &mut scored[..length];
    let pairs = alike(store, space, compared)?;
    // Texts lie here and there on the disk: only those are read on which it depends.
    let mut is_read = vec![false; compared.len()];
    for pair in &pairs {
        (is_read[pair.better], is_read[pair.worse]) = (true, true);
    }
    let read = compared.iter_mut().zip(is_read);
    let read = read.filter_map(|((_, group), is_read)| is_read.then_some(group));
    read_words(store, read.flat_map(|group| group.hits.iter_mut()))?;
    let texts: Vec<Texts> = compared.iter().map(|(_, group)| words(group)).collect();
    let is_same = |pair: &Pair| {
        let own = &texts[pair.worse];
        let chars: usize = own.iter().map(|(_, text)| text.len()).sum();
        *own == texts[pair.better] && chars >= pair.least_chars
    };
    let mut pairs = pairs.iter().filter(|pair| is_same(pair)).peekable();
    let mut found: Vec<Found> = Vec::with_capacity(scored.len());
    let mut places: Vec<Option<usize>> = vec![None; texts.len()];
    for (index, (score, group)) in scored.into_iter().enumerate() {
        let mut stands_for_it = None;
        while let Some(pair) = pairs.next_if(|pair| pair.worse == index) {
            // The best that stands for itself, not for another.
            stands_for_it = stands_for_it.or(places[pair.better]);
        }
        if let Some(place) = stands_for_it {
            let found: &mut Found = &mut found[place];
            found.others.push((group.asset, group.span));
            continue;
        }
        if let Some(place) = places.get_mut(index) {
            *place = Some(found.len());
        }
        found.push(Found {
            score,
            group,
            others: Vec::new(),
        });
    }
    Ok(found)
}

/// Two moments that are nearly the same if they have the same words, and so many of them.
struct Pair {
    better: usize,
    worse: usize,
    least_chars: usize,
}

/// Pairs of moments that look the same, in order of the worse one and then of the better one.
fn alike(
    store: &Store,
    space: Option<&SpaceId>,
    compared: &[(f32, Group)],
) -> Result<Vec<Pair>, SearchError> {
    let signs: Vec<Signs> = compared.iter().map(|(_, group)| Signs::of(group)).collect();
    let mut pairs = Vec::new();
    for (worse, own) in signs.iter().enumerate() {
        let others = signs[..worse].iter().enumerate();
        let others = others.filter(|(_, other)| other.may_be(own));
        pairs.extend(others.map(|(better, _)| (better, worse)));
    }
    let looked_at: BTreeSet<usize> = pairs
        .iter()
        .flat_map(|(better, worse)| [*better, *worse])
        .collect();
    let pictures = match space {
        Some(space) => pictures(store, space, compared, looked_at)?,
        None => vec![None; compared.len()],
    };
    let of_pair = |(better, worse): (usize, usize)| {
        let shown = pictures[better].as_ref().zip(pictures[worse].as_ref());
        let likeness = shown.map(|(one, other)| cosine(one, other));
        let least_chars = least_chars(&compared[better].1, &compared[worse].1, likeness)?;
        Some(Pair {
            better,
            worse,
            least_chars,
        })
    };
    Ok(pairs.into_iter().filter_map(of_pair).collect())
}

/// The pictures that show these moments best, each in its place; `None` for all others.
fn pictures(
    store: &Store,
    space: &SpaceId,
    compared: &[(f32, Group)],
    looked_at: BTreeSet<usize>,
) -> Result<Vec<Option<Vec<f32>>>, SearchError> {
    let mut pictures = vec![None; compared.len()];
    // Those that were found lie in the index.
    let (found, places): (Vec<usize>, Vec<(AssetKey, SegmentId, i64)>) = looked_at
        .iter()
        .filter_map(|index| {
            let hit = best_picture(&compared[*index].1)?;
            Some((*index, (hit.asset, hit.segment, hit.at_millis?)))
        })
        .unzip();
    for (index, picture) in found.into_iter().zip(store.vectors_of(space, &places)?) {
        pictures[index] = picture;
    }
    let others: Vec<usize> = looked_at
        .into_iter()
        .filter(|index| pictures[*index].is_none())
        .collect();
    let places: Vec<(AssetKey, i64)> = others
        .iter()
        .map(|index| {
            let group = &compared[*index].1;
            let span = shown_span(group);
            (group.asset, span.start_millis.midpoint(span.end_millis))
        })
        .collect();
    let shown = store.catalog().pictures_at(&places, space)?;
    for (index, picture) in others.into_iter().zip(shown) {
        pictures[index] = picture;
    }
    Ok(pictures)
}

/// How many letters of the same words it takes for two moments, whose pictures are so much alike, to
/// be nearly the same; `None` where none will do.
fn least_chars(one: &Group, other: &Group, likeness: Option<f32>) -> Option<usize> {
    let lengths = (one.span.duration_millis(), other.span.duration_millis());
    let is_as_long = lengths.0.abs_diff(lengths.1) <= SAME_LENGTH_MILLIS as u64;
    let is_copy = one.asset != other.asset && is_as_long;
    match likeness {
        Some(likeness) if likeness >= SAME_PICTURE => {
            (!one.is_whole_asset || is_as_long).then_some(0)
        }
        Some(likeness) => (is_copy && likeness >= NOT_ANOTHER_PICTURE).then_some(1),
        None => is_copy.then_some(TELLING_CHARS),
    }
}

/// What tells without reading anything that the words of two moments are not the same.
struct Signs {
    is_whole_asset: bool,
    /// Sources with words, and the score of the best hit of each.
    scores: Vec<(Source, f32)>,
}

impl Signs {
    fn of(group: &Group) -> Self {
        let mut scores: Vec<(Source, f32)> = Vec::new();
        for hit in group.hits.iter().filter(|hit| has_text(hit)) {
            match scores.iter_mut().find(|(source, _)| *source == hit.source) {
                Some((_, best)) => *best = best.max(hit.score),
                None => scores.push((hit.source, hit.score)),
            }
        }
        scores.sort_unstable_by_key(|(source, _)| *source);
        Self {
            is_whole_asset: group.is_whole_asset,
            scores,
        }
    }

    /// The same text scores the same, but for the order in which its words are added up.
    fn may_be(&self, other: &Self) -> bool {
        let is_near = |(one, other): (&(Source, f32), &(Source, f32))| {
            one.0 == other.0 && (one.1 - other.1).abs() <= 1e-3 * one.1.abs()
        };
        self.is_whole_asset == other.is_whole_asset
            && self.scores.len() == other.scores.len()
            && self.scores.iter().zip(&other.scores).all(is_near)
    }
}

/// What is said or shown in words in a moment: none where something else was found.
type Texts = BTreeSet<(Source, String)>;

fn has_text(hit: &Hit) -> bool {
    matches!(
        hit.source,
        Source::SpeechWords | Source::ScreenWords | Source::Passage
    )
}

/// The texts of a moment; a passage, whose text is not known, by its likeness.
fn words(group: &Group) -> Texts {
    let of_hit = |hit: &Hit| match hit.source {
        Source::SpeechWords | Source::ScreenWords => hit
            .snippet
            .as_ref()
            .map(|snippet| (hit.source, snippet.text.trim().to_lowercase())),
        Source::Passage => Some((hit.source, format!("a likeness of {}", hit.score))),
        Source::MetadataWords | Source::Picture => None,
    };
    group.hits.iter().filter_map(of_hit).collect()
}
