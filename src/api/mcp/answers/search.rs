//! Moments found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{bounded, kind_of, limited};
use crate::{
    api::{
        answers::MomentFacts,
        error::Problem,
        state::{Library, searcher},
    },
    domain::{Filters, Query},
    search::{Verdict, read},
};

/// Moments in an answer where none is said, and at most.
const MOMENTS: usize = 8;
const MAX_MOMENTS: usize = 20;
/// A query longer than this is no query.
const MAX_QUERY_BYTES: usize = 16 << 10;

/// A search.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::mcp) struct SearchRequest {
    /// What to look for.
    query: String,
    /// Moments at most, 1 to 20; 8 where none is said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 20))]
    limit: Option<usize>,
    /// `next_cursor` of the answer before.
    #[serde(default)]
    cursor: Option<String>,
    /// Only assets of this kind: video, audio or image.
    #[serde(default)]
    kind: Option<String>,
    /// Only assets of this collection.
    #[serde(default)]
    collection: Option<String>,
}

/// Moments found.
#[derive(Debug, Serialize)]
pub(in crate::api::mcp) struct Found {
    read_as: String,
    verdict: Verdict,
    total: usize,
    moments: Vec<Moment>,
    next_cursor: Option<String>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Moment {
    #[serde(flatten)]
    facts: MomentFacts,
    /// What is said, written or tagged there, as far as it was found by that.
    text: Option<String>,
}

/// Searches.
pub(in crate::api::mcp) fn search(
    library: &Library,
    request: SearchRequest,
) -> Result<Found, Problem> {
    if request.query.len() > MAX_QUERY_BYTES {
        return Err(Problem::bad_request(format!(
            "the query is longer than {MAX_QUERY_BYTES} bytes"
        )));
    }
    let query = Query {
        text: request.query,
        filters: Filters {
            kinds: kind_of(request.kind.as_deref())?.into_iter().collect(),
            collections: request.collection.into_iter().collect(),
            ..Filters::default()
        },
        limit: limited(request.limit, MOMENTS, MAX_MOMENTS)?,
        cursor: request.cursor,
        weak: false,
        facets: false,
    };
    if let Some(file) = read(&query.text)?.tree.picture_files().first() {
        return Err(Problem::bad_request(format!(
            "`like:{file}` names a file, which can't be opened from here"
        ))
        .hint("write like:ASSET@SECONDS with the id of an asset"));
    }
    let models = library.models();
    let (answer, explanation) = searcher(library, &models)?.explain(&query, &[])?;
    let moments = answer.moments.iter().map(|moment| {
        let mut facts = MomentFacts::of(moment);
        facts.reason = bounded(&facts.reason);
        let mut snippets = moment.evidence.iter();
        let snippet = snippets.find_map(|evidence| evidence.snippet.as_ref());
        let text = snippet.map(|snippet| bounded(&snippet.text));
        Moment { facts, text }
    });
    Ok(Found {
        read_as: bounded(&explanation.query),
        verdict: answer.verdict,
        total: answer.total,
        moments: moments.collect(),
        next_cursor: answer.next_cursor,
        notes: answer
            .notes
            .into_iter()
            .chain(models.demonstration_note())
            .collect(),
    })
}
