//! From a description to moments: every channel is asked, the lists are fused, and weak matches are called weak.
//!
//! ```text
//! query ─parse→ words ──→ speech, screen, metadata lists ┐
//!            └→ vectors ─calibrate→ picture, passage lists ┴─→ moments ─fuse→ order ─explain→ answer
//! ```
//! The entry point is [`Searcher::search`]. Nothing here writes, and nothing prints.

mod answer;
mod calibrate;
mod error;
mod explain;
mod fuse;
pub mod language;
mod moments;
mod parse;
mod retrieve;
mod sequence;
#[cfg(test)]
mod tests;

use std::time::Instant;

pub use answer::{
    ANSWER_FORMAT_VERSION, Answer, FoundEvidence, FoundMoment, MarkedText, Verdict, answer_schema,
};
pub use error::SearchError;
pub use fuse::{Source, Strength};
pub use moments::MAX_MOMENT_MILLIS;

use crate::{
    domain::{
        AssetKind, Channel, Query, Rational, RetrievalScope, Snippet, SpaceId, SpaceKind, TimeSpan,
        Timecode,
    },
    inference::{text::PassageEmbedder, vision::PictureEmbedder},
    store::{MomentFacts, Store},
};
use fuse::Hit;
use moments::Group;
use parse::Request;

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
    /// [`SearchError::EmptyQuery`] when the query has no words but excluded ones; the store's and
    /// the models' own errors.
    pub fn search(&self, query: &Query) -> Result<Answer, SearchError> {
        let started = Instant::now();
        let request = Request::read(&query.text).ok_or_else(|| SearchError::EmptyQuery {
            query: query.text.chars().take(60).collect(),
        })?;
        let mut notes = request.notes.clone();
        let scope = self.store.catalog().resolve(&query.filters)?;
        let hits = self.retrieve(
            &request,
            &scope,
            retrieve::list_length(query.limit),
            &mut notes,
        )?;
        let mut groups = moments::group_hits(hits);
        if request.needs_words {
            groups.retain(|group| group.hits.iter().any(|hit| hit.source.is_words()));
        }
        let scores = fuse::scores(&groups);
        let mut scored: Vec<(f32, Group)> = scores.into_iter().zip(groups).collect();
        // The groups come by asset and time, so a stable order settles equals.
        scored.sort_by(|left, right| right.0.total_cmp(&left.0));
        let moments = self.finish(scored, query.limit)?;
        let strongest = moments.iter().map(|moment| moment.strength).max();
        Ok(Answer {
            format_version: ANSWER_FORMAT_VERSION,
            query: query.text.clone(),
            verdict: match strongest {
                Some(Strength::Strong) => Verdict::Strong,
                Some(Strength::Weak) => Verdict::Weak,
                None => Verdict::None,
            },
            moments,
            notes,
            took_millis: started.elapsed().as_millis() as u64,
        })
    }

    fn retrieve(
        &self,
        request: &Request,
        scope: &RetrievalScope,
        length: usize,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Hit>, SearchError> {
        let mut hits = retrieve::words(self.store, request, scope, length)?;
        let spaces = self.store.catalog().spaces()?;
        let picture = usable(
            self.picture.map(|model| model.space()),
            SpaceKind::Picture,
            &spaces,
            notes,
        );
        let passage = usable(
            self.passage.map(|model| model.space()),
            SpaceKind::Passage,
            &spaces,
            notes,
        );
        if let Some(description) = &request.description {
            if let Some(model) = self.picture.filter(|_| picture)
                && let Some(vector) = model.embed_texts(&[description])?.first()
            {
                hits.extend(retrieve::vectors(
                    self.store,
                    model.space(),
                    vector,
                    scope,
                    length,
                )?);
            }
            if let Some(model) = self.passage.filter(|_| passage) {
                let vector = model.embed_query(description)?;
                hits.extend(retrieve::vectors(
                    self.store,
                    model.space(),
                    &vector,
                    scope,
                    length,
                )?);
            }
        }
        retrieve::without_excluded(self.store, request, scope, hits)
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

/// Whether the library's vectors of a kind can be searched; if not, the reason goes to `notes`.
fn usable(
    installed: Option<&SpaceId>,
    kind: SpaceKind,
    spaces: &[SpaceId],
    notes: &mut Vec<String>,
) -> bool {
    let (name, things) = match kind {
        SpaceKind::Picture => ("picture", "pictures"),
        SpaceKind::Passage => ("passage", "passages"),
    };
    let made: Vec<&str> = spaces
        .iter()
        .filter(|space| space.kind == kind)
        .map(|space| space.model.as_str())
        .collect();
    match installed {
        Some(space) if spaces.contains(space) => true,
        Some(_) if made.is_empty() => {
            notes.push(format!(
                "the library has no {name} vectors: {things} were searched by words alone"
            ));
            false
        }
        Some(space) => {
            notes.push(format!(
                "the library's {name} vectors were made with {}, the model in use is {}: {things} were searched by words alone; install the first, or run `reeldex index` again with the second",
                made.join(" and "),
                space.model
            ));
            false
        }
        None => {
            notes.push(format!(
                "no {name} model is installed{}: {things} were searched by words alone",
                if made.is_empty() {
                    String::new()
                } else {
                    format!(", the library was made with {}", made.join(" and "))
                }
            ));
            false
        }
    }
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
