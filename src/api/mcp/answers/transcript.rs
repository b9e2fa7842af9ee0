//! What is said, line by line.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MAX_LINES, bounded};
use crate::api::{answers::AssetFacts, assets::find, error::Problem, state::Library, transcripts};

/// Which lines.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::mcp) struct TranscriptRequest {
    /// The asset, as a search gives it.
    asset_id: String,
    /// Lines that end after this time.
    #[serde(default)]
    from_millis: Option<i64>,
    /// Lines that begin before this time.
    #[serde(default)]
    to_millis: Option<i64>,
}

/// Lines, in the order of time.
#[derive(Debug, Serialize)]
pub(in crate::api::mcp) struct Transcript {
    name: String,
    language: Option<String>,
    lines: Vec<Line>,
    /// What to ask with as `from_millis` for what follows.
    next_from_millis: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Line {
    start_millis: i64,
    end_millis: i64,
    text: String,
}

/// Reads lines.
pub(in crate::api::mcp) fn transcript(
    library: &Library,
    request: &TranscriptRequest,
) -> Result<Transcript, Problem> {
    let asset = find(library, &request.asset_id)?;
    let all = transcripts::of_asset(library, &request.asset_id)?;
    let mut lines = all
        .cues
        .into_iter()
        .filter(|cue| request.from_millis.is_none_or(|from| cue.end_millis > from))
        .filter(|cue| request.to_millis.is_none_or(|to| cue.start_millis < to))
        .peekable();
    let told: Vec<Line> = lines
        .by_ref()
        .take(MAX_LINES)
        .map(|cue| Line {
            start_millis: cue.start_millis,
            end_millis: cue.end_millis,
            text: bounded(&cue.text),
        })
        .collect();
    // Lines that overlap the last one told are told again rather than lost.
    let next_from_millis = lines
        .peek()
        .and(told.last())
        .map(|line| line.end_millis.max(line.start_millis + 1));
    Ok(Transcript {
        name: AssetFacts::of(&asset).name,
        language: all.language,
        lines: told,
        next_from_millis,
    })
}
