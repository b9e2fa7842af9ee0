//! Asks each way of searching for its ranked list.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    calibrate::{Background, Cutoffs, cosine},
    error::SearchError,
    fuse::{Hit, Source, Strength},
    moments::{TOUCH_MILLIS, evidence_span, intersects},
    parse::Request,
};
use crate::{
    domain::{AssetKey, Channel, RetrievalScope, SpaceId, SpaceKind, TimeSpan},
    inference::calibration::{Calibration, Thresholds},
    store::{Store, VectorHit, WordField, WordHit, WordQuery},
};

/// How many hits each list gives for each moment wanted: neighbours join into one moment.
const HITS_PER_MOMENT: usize = 5;
/// Lists are between so long and so long.
pub(super) const LIST_LENGTH: std::ops::RangeInclusive<usize> = 200..=1000;
/// So many of the nearest vectors are candidates at most: a graph finds more of them ever more slowly,
/// and what lies behind a thousand likenesses is chance.
const MAX_NEAREST: usize = 1000;
/// So many of the nearest are offered from below the cut-off.
const MAX_BELOW: usize = 50;
/// Excluded words are looked up to this many segments.
const MAX_EXCLUDED: usize = 10_000;
/// What fair and weak likenesses are worth beside a strong one of the same rank.
const FAIR_LIKENESS_QUALITY: f32 = 0.5;
const WEAK_LIKENESS_QUALITY: f32 = 0.4;
/// The share of a query's words from which a text fits it fairly.
const FAIR_SHARE: f32 = 0.5;
/// What a phrase is worth beside the same words apart.
const PHRASE_QUALITY: f32 = 1.5;

/// A source's list.
#[derive(Default)]
pub(super) struct Listed {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Whether there may be more than were asked for.
    pub is_cut: bool,
}

/// How long the lists are for an answer of `limit` moments.
pub(super) fn list_length(limit: usize) -> usize {
    limit
        .saturating_mul(HITS_PER_MOMENT)
        .clamp(*LIST_LENGTH.start(), *LIST_LENGTH.end())
}

/// The word fields and the sources that what is found in them counts as.
pub(super) const WORD_SOURCES: [(WordField, Source); 3] = [
    (WordField::Speech, Source::SpeechWords),
    (WordField::ScreenText, Source::ScreenWords),
    (WordField::Metadata, Source::MetadataWords),
];

/// Segments that hold the words in one word field.
pub(super) fn words(
    store: &Store,
    text: &str,
    (field, source): (WordField, Source),
    scope: &RetrievalScope,
    length: usize,
) -> Result<Listed, SearchError> {
    let query = WordQuery {
        text: text.to_owned(),
        fields: vec![field],
    };
    // Few of the list are ever shown, so what they hold is not read here.
    let found = store.search_many_words(&query, scope, length)?;
    let is_cut = found.len() >= length;
    let asked: Arc<str> = query.text.into();
    let hits = ranked(
        found,
        |hit| (hit.matched_share >= 1.0, hit.score),
        |hit, rank| {
            Some(Hit {
                unread: Some(Arc::clone(&asked)),
                ..word_hit(hit, rank, source)?
            })
        },
    );
    Ok(Listed { hits, is_cut })
}

/// Reads the words of hits that were left unread.
pub(super) fn read_words<'a>(
    store: &Store,
    hits: impl Iterator<Item = &'a mut Hit>,
) -> Result<(), SearchError> {
    let mut by_query: BTreeMap<Arc<str>, Vec<&mut Hit>> = BTreeMap::new();
    for hit in hits {
        if let Some(query) = hit.unread.take() {
            by_query.entry(query).or_default().push(hit);
        }
    }
    for (query, hits) in by_query {
        let field = |source: Source| {
            let mut sources = WORD_SOURCES.into_iter();
            sources
                .find(|(_, own)| *own == source)
                .map(|(field, _)| field)
        };
        let places: Vec<_> = hits
            .iter()
            .map(|hit| {
                (
                    hit.asset,
                    hit.segment,
                    field(hit.source).unwrap_or(WordField::Metadata),
                )
            })
            .collect();
        for (hit, snippet) in hits.into_iter().zip(store.word_snippets(&query, &places)?) {
            hit.snippet = snippet;
        }
    }
    Ok(())
}

fn word_hit(hit: WordHit, rank: u32, source: Source) -> Option<Hit> {
    // Nothing that tells was asked for.
    if hit.matched_share <= 0.0 {
        return None;
    }
    let phrase = if hit.is_phrase { PHRASE_QUALITY } else { 1.0 };
    Some(Hit {
        source,
        part: 0,
        asset: hit.asset,
        segment: hit.segment,
        channel: hit.channel,
        at_millis: None,
        span: evidence_span(hit.span, hit.span.start_millis),
        is_whole_asset: hit.channel == Channel::Asset,
        score: hit.score,
        rank,
        // Squared: half of the words are worth a quarter, so that two lists with one word each
        // stay behind one list with both.
        quality: hit.matched_share * hit.matched_share * phrase,
        strength: if hit.matched_share >= 1.0 || hit.is_phrase {
            Strength::Strong
        } else if hit.matched_share >= FAIR_SHARE {
            Strength::Fair
        } else {
            Strength::Weak
        },
        is_like_example: false,
        snippet: hit.snippet,
        unread: None,
    })
    .map(|mut found| {
        if found.is_whole_asset {
            found.span = hit.span;
        }
        found
    })
}

/// What is asked of a vector space.
pub(super) struct Near<'a> {
    /// The space.
    pub space: &'a SpaceId,
    /// Of unit length, or zero, which is like nothing.
    pub vector: &'a [f32],
    /// Where.
    pub scope: &'a RetrievalScope,
    /// How many.
    pub length: usize,
    /// Whether the nearest are wanted even where they are as near as chance brings them.
    pub with_the_nearest: bool,
}

/// Segments whose vectors lie near a description's, without those that are as near as chance brings them.
pub(super) fn vectors(
    store: &Store,
    near: &Near<'_>,
    calibration: Option<&Calibration>,
) -> Result<Listed, SearchError> {
    let cutoffs = match calibration {
        Some(calibration) if near.space.kind == SpaceKind::Passage => {
            Cutoffs::of_passages(&calibration.description)
        }
        Some(calibration) => Cutoffs::calibrated(&calibration.description),
        None => Cutoffs::new(near.space, background(store, near)?),
    };
    nearest(store, near, cutoffs)
}

/// Segments whose vectors lie near one that no text alone was made to: where the model's pictures
/// lie is known from texts, so the library itself says what is chance. `example` is the model's
/// calibration where the vector is one picture's.
pub(super) fn alike(
    store: &Store,
    near: &Near<'_>,
    example: Option<&Thresholds>,
) -> Result<Listed, SearchError> {
    let cutoffs = Cutoffs::of_background(background(store, near)?).named_by(example);
    let mut listed = nearest(store, near, cutoffs)?;
    for hit in &mut listed.hits {
        hit.is_like_example = true;
    }
    Ok(listed)
}

/// What the vector scores against the library at large.
fn background(store: &Store, near: &Near<'_>) -> Result<Option<Background>, SearchError> {
    let sample = store.sample_vectors(near.space)?;
    let cosines = sample.iter().map(|other| cosine(other, near.vector));
    Ok(Background::of(cosines.collect()))
}

fn nearest(store: &Store, near: &Near<'_>, cutoffs: Cutoffs) -> Result<Listed, SearchError> {
    // A text without words has the zero vector, which is like nothing.
    if near.vector.iter().all(|value| *value == 0.0) {
        return Ok(Listed::default());
    }
    // What is unlike the query is not near to it.
    let least = if near.with_the_nearest {
        f32::MIN_POSITIVE
    } else {
        cutoffs.weak
    };
    let length = near.length.min(MAX_NEAREST);
    let found = store.search_vectors(near.space, near.vector, near.scope, length, least)?;
    let is_full = found.len() >= length;
    let is_chance = |hit: &VectorHit| cutoffs.judge(hit.score).is_none();
    // They come best first, so that what is chance comes last.
    let first_chance = found.iter().position(is_chance).unwrap_or(found.len());
    let mut hits = ranked(
        found,
        |hit| (true, hit.score),
        |hit, rank| {
            let below = near.with_the_nearest.then_some(Strength::Weak);
            let strength = cutoffs.judge(hit.score).or(below)?;
            Some(vector_hit(&hit, rank, near.space.kind, strength))
        },
    );
    let below = hits.split_off(first_chance.min(hits.len()));
    let mut free = MAX_BELOW;
    for hit in below {
        // Beside something better it would only make that moment longer.
        let is_beside =
            |other: &Hit| other.asset == hit.asset && other.span.is_within(hit.span, TOUCH_MILLIS);
        if free > 0 && !hits.iter().any(is_beside) {
            hits.push(hit);
            free -= 1;
        }
    }
    let is_cut = is_full || free == 0;
    Ok(Listed { hits, is_cut })
}

fn vector_hit(hit: &VectorHit, rank: u32, kind: SpaceKind, strength: Strength) -> Hit {
    let (source, channel) = match kind {
        SpaceKind::Picture => (Source::Picture, Channel::Shot),
        SpaceKind::Passage => (Source::Passage, Channel::Passage),
    };
    Hit {
        source,
        part: 0,
        asset: hit.asset,
        segment: hit.segment,
        channel,
        at_millis: Some(hit.at_millis),
        span: evidence_span(hit.span, hit.at_millis),
        is_whole_asset: false,
        score: hit.score,
        rank,
        quality: match strength {
            Strength::Strong => 1.0,
            Strength::Fair => FAIR_LIKENESS_QUALITY,
            Strength::Weak => WEAK_LIKENESS_QUALITY,
        },
        strength,
        is_like_example: false,
        snippet: None,
        unread: None,
    }
}

/// Ranks from 1 in the order of `found`; neighbours that score the same share a rank.
fn ranked<T>(
    found: Vec<T>,
    score: impl Fn(&T) -> (bool, f32),
    mut make: impl FnMut(T, u32) -> Option<Hit>,
) -> Vec<Hit> {
    let mut hits = Vec::with_capacity(found.len());
    let mut last = None;
    let mut rank = 0;
    for item in found {
        let score = score(&item);
        if last != Some(score) {
            rank += 1;
            last = Some(score);
        }
        hits.extend(make(item, rank));
    }
    hits
}

/// Stretches and whole assets in which nothing may be found.
#[derive(Debug, Default)]
pub(super) struct Excluded {
    places: Vec<(AssetKey, Option<TimeSpan>)>,
    /// Whether there may be more of them.
    pub(super) is_cut: bool,
}

impl Excluded {
    /// What holds all words of one of `texts`.
    pub(super) fn of_words<'a>(
        store: &Store,
        texts: impl Iterator<Item = &'a str>,
        scope: &RetrievalScope,
    ) -> Result<Self, SearchError> {
        let mut excluded = Self::default();
        for text in texts {
            let query = WordQuery {
                text: text.to_owned(),
                fields: Vec::new(),
            };
            let found = store.search_many_words(&query, scope, MAX_EXCLUDED)?;
            excluded.is_cut |= found.len() >= MAX_EXCLUDED;
            excluded.add(
                found
                    .into_iter()
                    .filter(|hit| hit.matched_share >= 1.0)
                    .map(|hit| {
                        (
                            hit.asset,
                            (hit.channel != Channel::Asset).then_some(hit.span),
                        )
                    }),
            );
        }
        Ok(excluded)
    }

    /// Excludes more: stretches, or with `None` whole assets.
    pub(super) fn add(&mut self, places: impl Iterator<Item = (AssetKey, Option<TimeSpan>)>) {
        self.places.extend(places);
        self.places.sort_unstable();
        self.places.dedup();
    }

    /// Whether something there may be found; an asset as a whole may unless it is excluded as a whole.
    pub(super) fn allows(&self, asset: AssetKey, span: TimeSpan, is_whole_asset: bool) -> bool {
        let first = self.places.partition_point(|(other, _)| *other < asset);
        !self.places[first..]
            .iter()
            .take_while(|(other, _)| *other == asset)
            .any(|(_, excluded)| {
                excluded.is_none_or(|excluded| !is_whole_asset && intersects(excluded, span))
            })
    }
}

/// Takes away hits that share time with something excluded, or an asset that is excluded as a whole.
pub(super) fn without_excluded(
    store: &Store,
    request: &Request,
    scope: &RetrievalScope,
    hits: Vec<Hit>,
) -> Result<Vec<Hit>, SearchError> {
    let excluded = Excluded::of_words(store, request.exclusions(), scope)?;
    Ok(hits
        .into_iter()
        .filter(|hit| excluded.allows(hit.asset, hit.span, hit.is_whole_asset))
        .collect())
}
