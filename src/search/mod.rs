//! From a description to moments: every channel is asked, the lists are fused, and weak matches are called weak.
//!
//! ```text
//! query ─parse→ words ──→ speech, screen, metadata lists ┐
//!            └→ vectors ─calibrate→ picture, passage lists ┴─→ moments ─fuse→ order ─explain→ answer
//! ```
//! Plain words go this way as they are. A query with operators is a tree ([`language`]), whose
//! leaves go this way each by itself, and whose branches join what they find.
//! The entry point is [`Searcher::search`]. Nothing here writes, and nothing prints.

mod account;
mod answer;
mod calibrate;
mod conditions;
mod cursor;
mod error;
mod evaluate;
mod explain;
mod facets;
mod fuse;
pub mod language;
mod likeness;
mod moments;
mod near_duplicates;
mod parse;
mod retrieve;
mod sequence;
mod sources;
mod suggest;
#[cfg(test)]
mod tests;
mod timed;
mod warm_up;
mod words;

use std::{collections::HashMap, time::Instant};

pub use account::{Asked, Explanation};
pub use answer::{
    ANSWER_FORMAT_VERSION, Answer, FoundEvidence, FoundMoment, MarkedText, OtherPlace, Verdict,
    answer_schema,
};
pub use error::SearchError;
pub use facets::{FacetCount, Facets};
pub use fuse::{Source, Strength};
pub use moments::MAX_MOMENT_MILLIS;
pub use suggest::{Suggestion, SuggestionKind};

use crate::{
    domain::{AssetKey, AssetKind, Channel, Picture, Query, Snippet, TimeSpan, Timecode},
    inference::{text::PassageEmbedder, vision::PictureEmbedder},
    store::{MomentFacts, Store, WordField},
};
use cursor::Cursor;
use evaluate::Evaluation;
use fuse::Hit;
use language::Parsed;
use moments::Group;
use near_duplicates::Found;
use parse::Request;
use sources::Sources;

/// How many of the others that a moment stands for are named.
const OTHERS_NAMED: usize = 10;

/// How much of a passage is shown as a reason.
const PASSAGE_CHARS: usize = 160;

/// Searches a library.
#[derive(Clone, Copy)]
pub struct Searcher<'a> {
    /// The library.
    pub store: &'a Store,
    /// Reads the query for pictures; without it they are found by words alone.
    pub picture: Option<&'a dyn PictureEmbedder>,
    /// Reads the query for passages; without it they are found by words alone.
    pub passage: Option<&'a dyn PassageEmbedder>,
}

impl<'a> Searcher<'a> {
    /// The moments that answer `query` best, best first, and how well they do.
    ///
    /// # Errors
    /// [`SearchError::EmptyQuery`] when the query has no words but excluded ones;
    /// [`SearchError::Language`] when it has an operator that can't be read; the store's and the
    /// models' own errors.
    pub fn search(&self, query: &Query) -> Result<Answer, SearchError> {
        Ok(self.explain(query, &[])?.0)
    }

    /// As [`search`](Self::search), with what was asked of each source. `pictures` are those of the
    /// files that the query names, by the path it names them with.
    ///
    /// # Errors
    /// As [`search`](Self::search), and when a picture is missing.
    pub fn explain(
        &self,
        query: &Query,
        pictures: &[(String, Picture)],
    ) -> Result<(Answer, Explanation), SearchError> {
        let started = Instant::now();
        let parsed = read(&query.text)?;
        let empty = || SearchError::EmptyQuery {
            query: query.text.chars().take(60).collect(),
        };
        let page = Cursor::of(query, pictures, retrieve::list_length(query.limit))?;
        let length = page.length as usize;
        let mut notes = Vec::new();
        let (groups, sources) = if parsed.is_plain {
            let request = Request::read(&query.text).ok_or_else(empty)?;
            notes.extend(request.notes.iter().cloned());
            self.plain(&request, query, length, &mut notes)?
        } else {
            let expression = parsed.tree.expression.as_ref();
            let expression = expression
                .filter(|expression| expression.is_positive())
                .ok_or_else(empty)?;
            let scope = self.store.catalog().resolve(&query.filters)?;
            let sources = Sources::new(self, query.weak, &mut notes)?;
            Evaluation::new(sources, pictures, length).run(
                expression,
                &parsed.tree.filters,
                &scope,
            )?
        };
        notes.extend(sources.judgement_note());
        let candidates = groups.len();
        let scored = in_order(groups);
        let space = sources.picture_space();
        let found = near_duplicates::collapse(self.store, space.as_ref(), scored)?;
        let total = found.len();
        let facets = match query.facets {
            true => Some(Facets::of(self.store.catalog(), &found)?),
            false => None,
        };
        let strongest = found.iter().map(|found| strength(&found.group)).max();
        let took_micros = account::micros(started.elapsed());
        let (moments, end) = self.finish(found, page.offset as usize, query.limit)?;
        let answer = Answer {
            format_version: ANSWER_FORMAT_VERSION,
            query: query.text.clone(),
            verdict: match strongest {
                Some(Strength::Strong) => Verdict::Strong,
                Some(Strength::Fair) => Verdict::Fair,
                Some(Strength::Weak) => Verdict::Weak,
                None => Verdict::None,
            },
            total,
            // A page without moments would lead to itself.
            next_cursor: (end < total && !moments.is_empty()).then(|| page.next(end)),
            moments,
            facets,
            notes,
            took_millis: started.elapsed().as_millis() as u64,
        };
        let explanation = Explanation {
            query: parsed.tree.to_string(),
            asked: sources.account,
            moments: candidates,
            took_micros,
        };
        Ok((answer, explanation))
    }

    /// What answers words, phrases and their signs.
    fn plain(
        &self,
        request: &Request,
        query: &Query,
        length: usize,
        notes: &mut Vec<String>,
    ) -> Result<(Vec<Group>, Sources<'a>), SearchError> {
        let scope = self.store.catalog().resolve(&query.filters)?;
        let mut sources = Sources::new(self, query.weak, notes)?;
        let hits = sources.request(request, &WordField::ALL, &scope, length)?;
        let hits = retrieve::without_excluded(self.store, request, &scope, hits)?;
        let mut groups = moments::group_hits(hits);
        if request.needs_words {
            groups.retain(|group| group.hits.iter().any(|hit| hit.source.is_words()));
        }
        Ok((groups, sources))
    }

    /// Looks up what the groups of a page are shown with; those of assets that are gone give way to
    /// the next. Tells also where the next page begins.
    fn finish(
        &self,
        found: Vec<Found>,
        offset: usize,
        limit: usize,
    ) -> Result<(Vec<FoundMoment>, usize), SearchError> {
        let catalog = self.store.catalog();
        let (mut page, mut end) = (Vec::new(), offset.min(found.len()));
        let mut rest = found.into_iter().skip(offset).peekable();
        while page.len() < limit && rest.peek().is_some() {
            let next: Vec<Found> = rest.by_ref().take(limit - page.len()).collect();
            end += next.len();
            let assets: Vec<AssetKey> = next.iter().map(|found| found.group.asset).collect();
            let facts = catalog.moment_facts(&assets)?;
            page.extend(next.into_iter().filter_map(|found| {
                let facts = facts.get(&found.group.asset)?.clone();
                Some((found, facts))
            }));
        }
        let hits = page.iter_mut().flat_map(|(found, _)| &mut found.group.hits);
        retrieve::read_words(self.store, hits)?;
        let mut moments = Vec::with_capacity(page.len());
        for (mut found, facts) in page {
            self.show_passages(&mut found.group)?;
            let asset = found.group.asset;
            let thumbnail = catalog.thumbnail_near(asset, shown_span(&found.group))?;
            let others = self.others(&found)?;
            moments.push(found_moment(found, others, facts, thumbnail));
        }
        Ok((moments, end))
    }

    /// Where the best of the others lie that a moment stands for.
    fn others(&self, found: &Found) -> Result<Vec<OtherPlace>, SearchError> {
        let named = &found.others[..found.others.len().min(OTHERS_NAMED)];
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let assets: Vec<AssetKey> = named.iter().map(|(asset, _)| *asset).collect();
        let facts = self.store.catalog().moment_facts(&assets)?;
        let places = named.iter().filter_map(|(asset, span)| {
            let facts = facts.get(asset)?;
            let span = shown_time(facts, *span);
            Some(OtherPlace {
                asset_id: facts.id,
                start_millis: span.start_millis,
                end_millis: span.end_millis,
            })
        });
        Ok(places.collect())
    }

    /// Gives passages found by likeness the beginning of their text.
    fn show_passages(&self, group: &mut Group) -> Result<(), SearchError> {
        for hit in group
            .hits
            .iter_mut()
            .filter(|hit| hit.source == Source::Passage)
        {
            let text =
                self.store
                    .catalog()
                    .text_of(hit.asset, hit.segment, Channel::Passage, hit.span)?;
            hit.snippet = text.map(|text| Snippet {
                text: beginning(&text),
                marked: Vec::new(),
            });
        }
        Ok(())
    }
}

/// Reads a query, as a search does before it does anything else.
///
/// # Errors
/// [`SearchError::Language`] when it has an operator that can't be read.
pub fn read(query: &str) -> Result<Parsed, SearchError> {
    language::parse(query).map_err(|error| SearchError::Language {
        query: query.to_owned(),
        error,
    })
}

/// Groups with their scores, best first, weak ones last; of sequences that share time the better one
/// alone.
fn in_order(groups: Vec<Group>) -> Vec<(f32, Group)> {
    let has_fixed = groups.iter().any(|group| group.is_fixed);
    let scores = fuse::scores(&groups);
    let mut scored: Vec<(f32, Group)> = scores.into_iter().zip(groups).collect();
    // The groups come by asset and time, so a stable order settles equals.
    scored.sort_by(|left, right| right.0.total_cmp(&left.0));
    let (weak, better): (Vec<_>, Vec<_>) = scored
        .into_iter()
        .partition(|(_, group)| strength(group) == Strength::Weak);
    let mut scored: Vec<(f32, Group)> = better.into_iter().chain(weak).collect();
    if has_fixed {
        let mut taken: HashMap<AssetKey, Vec<TimeSpan>> = HashMap::new();
        scored.retain(|(_, group)| {
            let spans = taken.entry(group.asset).or_default();
            let is_free = !spans
                .iter()
                .any(|span| moments::intersects(*span, group.span));
            if is_free {
                spans.push(group.span);
            }
            is_free
        });
    }
    scored
}

fn beginning(text: &str) -> String {
    let flat = text.replace(['\n', '\r', '\t'], " ");
    match flat.char_indices().nth(PASSAGE_CHARS) {
        Some((end, _)) => {
            let end = flat[..end].rfind(' ').unwrap_or(end);
            format!("{}…", &flat[..end])
        }
        None => flat,
    }
}

/// The stretch whose picture shows the moment: that of the best picture found, else the whole.
fn shown_span(group: &Group) -> TimeSpan {
    best_picture(group).map_or(group.span, |hit| hit.span)
}

fn best_picture(group: &Group) -> Option<&Hit> {
    let mut hits = group.hits.iter();
    hits.find(|hit| hit.source == Source::Picture)
}

/// How well the best of a group's hits fits.
fn strength(group: &Group) -> Strength {
    let strengths = group.hits.iter().map(|hit| hit.strength);
    strengths.max().unwrap_or(Strength::Weak)
}

/// A stretch as it is shown: a still has no time.
fn shown_time(facts: &MomentFacts, span: TimeSpan) -> TimeSpan {
    if facts.kind == Some(AssetKind::Image) {
        TimeSpan::new(0, 0)
    } else {
        span
    }
}

fn found_moment(
    found: Found,
    others: Vec<OtherPlace>,
    facts: MomentFacts,
    thumbnail: Option<String>,
) -> FoundMoment {
    let stands_for = 1 + found.others.len() as u32;
    let Found { score, group, .. } = found;
    let span = shown_time(&facts, group.span);
    let start = (facts.kind == Some(AssetKind::Video))
        .then(|| Timecode::of_first_frame(facts.start_timecode, facts.frame_rate))
        .flatten();
    let timecode = |millis| start.map(|start| start.after_millis(millis).to_string());
    FoundMoment {
        asset_id: facts.id,
        kind: facts.kind,
        is_missing: facts.missing,
        collection: facts.collection,
        duration_millis: facts.duration_millis,
        start_millis: span.start_millis,
        end_millis: span.end_millis,
        timecode: timecode(span.start_millis),
        end_timecode: timecode(span.end_millis),
        thumbnail,
        score,
        strength: strength(&group),
        reason: explain::reason(&group.hits),
        stands_for,
        others,
        evidence: group.hits.into_iter().map(found_evidence).collect(),
        path: facts.path,
    }
}

fn found_evidence(hit: Hit) -> FoundEvidence {
    FoundEvidence {
        source: hit.source,
        channel: hit.channel,
        segment_id: uuid::Uuid::from_u128(hit.segment.0).to_string(),
        start_millis: hit.span.start_millis,
        end_millis: hit.span.end_millis,
        score: hit.score,
        rank: hit.rank,
        strength: hit.strength,
        snippet: hit.snippet.map(|snippet| MarkedText {
            text: snippet.text,
            marked: snippet.marked,
        }),
    }
}
