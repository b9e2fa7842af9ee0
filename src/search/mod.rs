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
mod error;
mod evaluate;
mod explain;
mod facets;
mod fuse;
pub mod language;
mod likeness;
mod moments;
mod parse;
mod retrieve;
mod sequence;
mod sources;
mod suggest;
#[cfg(test)]
mod tests;
mod timed;
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
    domain::{AssetKey, AssetKind, Channel, Picture, Query, Rational, Snippet, TimeSpan, Timecode},
    inference::{text::PassageEmbedder, vision::PictureEmbedder},
    store::{MomentFacts, Store, WordField},
};
use evaluate::Evaluation;
use fuse::Hit;
use language::Parsed;
use moments::Group;
use parse::Request;
use sources::Sources;

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

impl Searcher<'_> {
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
        let mut notes = Vec::new();
        let (groups, account) = if parsed.is_plain {
            let request = Request::read(&query.text).ok_or_else(empty)?;
            notes.extend(request.notes.iter().cloned());
            self.plain(&request, query, &mut notes)?
        } else {
            let expression = parsed.tree.expression.as_ref();
            let expression = expression
                .filter(|expression| expression.is_positive())
                .ok_or_else(empty)?;
            let scope = self.store.catalog().resolve(&query.filters)?;
            let length = retrieve::list_length(query.limit);
            let sources = Sources::new(self, &mut notes)?;
            Evaluation::new(sources, pictures, length).run(
                expression,
                &parsed.tree.filters,
                &scope,
            )?
        };
        let found = groups.len();
        let scored = in_order(groups);
        let took_micros = account::micros(started.elapsed());
        let moments = self.finish(scored, query.limit)?;
        let strongest = moments.iter().map(|moment| moment.strength).max();
        let answer = Answer {
            format_version: ANSWER_FORMAT_VERSION,
            query: query.text.clone(),
            verdict: match strongest {
                Some(Strength::Strong) => Verdict::Strong,
                Some(Strength::Fair) => Verdict::Fair,
                Some(Strength::Weak) => Verdict::Weak,
                None => Verdict::None,
            },
            total: found,
            moments,
            facets: None,
            next_cursor: None,
            notes,
            took_millis: started.elapsed().as_millis() as u64,
        };
        let explanation = Explanation {
            query: parsed.tree.to_string(),
            asked: account,
            moments: found,
            took_micros,
        };
        Ok((answer, explanation))
    }

    /// What answers words, phrases and their signs.
    fn plain(
        &self,
        request: &Request,
        query: &Query,
        notes: &mut Vec<String>,
    ) -> Result<(Vec<Group>, Vec<Asked>), SearchError> {
        let scope = self.store.catalog().resolve(&query.filters)?;
        let mut sources = Sources::new(self, notes)?;
        let length = retrieve::list_length(query.limit);
        let hits = sources.request(request, &WordField::ALL, &scope, length)?;
        let hits = retrieve::without_excluded(self.store, request, &scope, hits)?;
        let mut groups = moments::group_hits(hits);
        if request.needs_words {
            groups.retain(|group| group.hits.iter().any(|hit| hit.source.is_words()));
        }
        Ok((groups, sources.account))
    }

    /// Looks up what the best groups are shown with; groups of assets that are gone give way to the next.
    fn finish(
        &self,
        scored: Vec<(f32, Group)>,
        limit: usize,
    ) -> Result<Vec<FoundMoment>, SearchError> {
        let catalog = self.store.catalog();
        let mut moments = Vec::with_capacity(limit.min(scored.len()));
        for (score, mut group) in scored {
            if moments.len() == limit {
                break;
            }
            let Some(facts) = catalog.moment_facts(&[group.asset])?.remove(&group.asset) else {
                continue;
            };
            self.show_passages(&mut group)?;
            let thumbnail = catalog.thumbnail_near(group.asset, shown_span(&group))?;
            moments.push(found_moment(score, group, facts, thumbnail));
        }
        Ok(moments)
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

/// Groups with their scores, best first; of sequences that share time the better one alone.
fn in_order(groups: Vec<Group>) -> Vec<(f32, Group)> {
    let has_fixed = groups.iter().any(|group| group.is_fixed);
    let scores = fuse::scores(&groups);
    let mut scored: Vec<(f32, Group)> = scores.into_iter().zip(groups).collect();
    // The groups come by asset and time, so a stable order settles equals.
    scored.sort_by(|left, right| right.0.total_cmp(&left.0));
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
    group
        .hits
        .iter()
        .find(|hit| hit.source == Source::Picture)
        .map_or(group.span, |hit| hit.span)
}

fn found_moment(
    score: f32,
    group: Group,
    facts: MomentFacts,
    thumbnail: Option<String>,
) -> FoundMoment {
    let is_still = facts.kind == Some(AssetKind::Image);
    let span = if is_still {
        TimeSpan::new(0, 0)
    } else {
        group.span
    };
    let start = (facts.kind == Some(AssetKind::Video))
        .then(|| first_timecode(&facts))
        .flatten();
    let timecode = |millis| start.map(|start| start.after_millis(millis).to_string());
    let strength = group
        .hits
        .iter()
        .map(|hit| hit.strength)
        .max()
        .unwrap_or(Strength::Weak);
    FoundMoment {
        asset_id: facts.id,
        kind: facts.kind,
        is_missing: facts.missing,
        collection: facts.collection,
        start_millis: span.start_millis,
        end_millis: span.end_millis,
        timecode: timecode(span.start_millis),
        end_timecode: timecode(span.end_millis),
        thumbnail,
        score,
        strength,
        reason: explain::reason(&group.hits),
        stands_for: 1,
        others: Vec::new(),
        evidence: group.hits.into_iter().map(found_evidence).collect(),
        path: facts.path,
    }
}

/// The address of the first frame: the file's own, else zero.
fn first_timecode(facts: &MomentFacts) -> Option<Timecode> {
    if facts.start_timecode.is_some() {
        return facts.start_timecode;
    }
    let rate = facts.frame_rate.filter(|rate| rate.is_known())?;
    // Without one of its own, counting drops numbers where the rate has such a count: it then
    // keeps up with the running time, as editing programs have it.
    let drop_frame = matches!(
        rate,
        Rational {
            num: 30_000 | 60_000,
            den: 1001
        }
    );
    Some(Timecode {
        frame_number: 0,
        rate,
        drop_frame,
    })
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
