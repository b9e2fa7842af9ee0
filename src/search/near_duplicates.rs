//! Lets one moment stand for those that show or say nearly the same: neighbouring takes, copies in other encodings.

use std::collections::BTreeSet;

use super::{
    error::SearchError,
    fuse::{Hit, Source},
    moments::Group,
    retrieve::read_words,
    shown_span,
};
use crate::{
    domain::{AssetKey, SpaceId, TimeSpan},
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

/// What two moments are compared by.
struct Look {
    /// What is said or shown in words: none where something else was found.
    words: BTreeSet<(Source, String)>,
    /// The picture in the middle, at unit length.
    picture: Option<Vec<f32>>,
}

/// Moments, best first, each with the worse ones that are nearly the same.
pub(super) fn collapse(
    store: &Store,
    space: Option<&SpaceId>,
    mut scored: Vec<(f32, Group)>,
) -> Result<Vec<Found>, SearchError> {
    let compared = COMPARED.min(scored.len());
    let groups = scored[..compared].iter_mut();
    read_words(store, groups.flat_map(|(_, group)| &mut group.hits))?;
    let places: Vec<(AssetKey, i64)> = scored[..compared]
        .iter()
        .map(|(_, group)| {
            let span = shown_span(group);
            (group.asset, span.start_millis.midpoint(span.end_millis))
        })
        .collect();
    let mut pictures = match space {
        Some(space) => store.catalog().pictures_at(&places, space)?,
        None => Vec::new(),
    };
    pictures.resize(compared, None);
    let mut found: Vec<Found> = Vec::with_capacity(scored.len());
    let mut looks: Vec<Look> = Vec::with_capacity(compared);
    let mut pictures = pictures.into_iter();
    for (score, group) in scored {
        // Beyond those that are compared there is no picture left.
        if let Some(picture) = pictures.next() {
            let look = Look {
                words: words(&group),
                picture,
            };
            let same = (0..looks.len())
                .find(|&index| is_same((&found[index].group, &looks[index]), (&group, &look)));
            if let Some(index) = same {
                found[index].others.push((group.asset, group.span));
                continue;
            }
            looks.push(look);
        }
        found.push(Found {
            score,
            group,
            others: Vec::new(),
        });
    }
    Ok(found)
}

/// What is said or shown in words in a moment; a passage, whose text is not known, by its likeness.
fn words(group: &Group) -> BTreeSet<(Source, String)> {
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

fn is_same(one: (&Group, &Look), other: (&Group, &Look)) -> bool {
    let ((one, one_look), (other, other_look)) = (one, other);
    if one.is_whole_asset != other.is_whole_asset || one_look.words != other_look.words {
        return false;
    }
    let is_as_long = one
        .span
        .duration_millis()
        .abs_diff(other.span.duration_millis())
        <= SAME_LENGTH_MILLIS as u64;
    let likeness = one_look
        .picture
        .as_ref()
        .zip(other_look.picture.as_ref())
        .map(|(one, other)| cosine(one, other));
    let is_copy = !one_look.words.is_empty() && one.asset != other.asset && is_as_long;
    match likeness {
        Some(likeness) if likeness >= SAME_PICTURE => !one.is_whole_asset || is_as_long,
        Some(likeness) => is_copy && likeness >= NOT_ANOTHER_PICTURE,
        None => {
            let chars: usize = one_look.words.iter().map(|(_, text)| text.len()).sum();
            is_copy && chars >= TELLING_CHARS
        }
    }
}

/// Of two vectors of unit length.
fn cosine(one: &[f32], other: &[f32]) -> f32 {
    // Eight sums at once, so that the compiler can keep them in one register.
    let mut sums = [0.0_f32; 8];
    let (ones, one_rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    for (one, other) in ones.iter().zip(others) {
        for lane in 0..8 {
            sums[lane] += one[lane] * other[lane];
        }
    }
    let rest = one_rest.iter().zip(other_rest);
    sums.iter().sum::<f32>() + rest.map(|(one, other)| one * other).sum::<f32>()
}
