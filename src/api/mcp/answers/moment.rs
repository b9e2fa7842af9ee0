//! What is known of a stretch.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MAX_LINES, bounded};
use crate::{
    api::{
        answers::AssetFacts,
        assets::{find, start_timecode},
        error::Problem,
        state::Library,
    },
    domain::{AssertionKind, Channel, Segment, TimeSpan, Timecode},
};

/// Half the stretch around a single time.
const AROUND_MILLIS: i64 = 5000;

/// A stretch to look at.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::mcp) struct MomentRequest {
    /// The asset, as a search gives it.
    asset_id: String,
    /// First millisecond.
    start_millis: i64,
    /// First millisecond after it; five seconds to both sides where none is said.
    #[serde(default)]
    end_millis: Option<i64>,
}

/// What is known of a stretch.
#[derive(Debug, Serialize)]
pub(in crate::api::mcp) struct Moment {
    #[serde(flatten)]
    asset: AssetFacts,
    start_millis: i64,
    end_millis: i64,
    timecode: Option<String>,
    /// Tags and names of the asset as a whole.
    about: Vec<String>,
    shots: Vec<Part>,
    said: Vec<Part>,
    written: Vec<Part>,
    /// Whether there is more than an answer holds.
    is_cut: bool,
}

/// A part of it, and what was said of it.
#[derive(Debug, Serialize)]
struct Part {
    start_millis: i64,
    end_millis: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    texts: Vec<String>,
}

/// Looks at a stretch.
pub(in crate::api::mcp) fn moment(
    library: &Library,
    request: &MomentRequest,
) -> Result<Moment, Problem> {
    let asset = find(library, &request.asset_id)?;
    let span = match request.end_millis {
        Some(end) if end < request.start_millis => {
            return Err(Problem::bad_request(
                "`end_millis` lies before `start_millis`",
            ));
        }
        Some(end) => TimeSpan::new(request.start_millis, end),
        None => TimeSpan::new(
            request.start_millis.saturating_sub(AROUND_MILLIS).max(0),
            request.start_millis.saturating_add(AROUND_MILLIS),
        ),
    };
    let segments = library.store.catalog().segments(asset.key)?;
    let mut is_cut = false;
    let mut parts = |channels: &[Channel]| -> Vec<Part> {
        let mut parts: Vec<Part> = segments
            .iter()
            .map(|(_, segment)| segment)
            .filter(|segment| channels.contains(&segment.channel))
            .filter(|segment| touches(segment.span, span))
            .map(part)
            .collect();
        is_cut |= parts.len() > MAX_LINES;
        parts.truncate(MAX_LINES);
        parts
    };
    let (shots, said, written) = (
        parts(&[Channel::Shot]),
        parts(&[Channel::Subtitle, Channel::Speech]),
        parts(&[Channel::ScreenText]),
    );
    let about = segments
        .iter()
        .filter(|(_, segment)| segment.channel == Channel::Asset)
        .flat_map(|(_, segment)| part(segment).texts)
        .take(MAX_LINES)
        .collect();
    let start = start_timecode(&asset);
    Ok(Moment {
        asset: AssetFacts::of(&asset),
        start_millis: span.start_millis,
        end_millis: span.end_millis,
        timecode: start.map(|start: Timecode| start.after_millis(span.start_millis).to_string()),
        about,
        shots,
        said,
        written,
        is_cut,
    })
}

fn part(segment: &Segment) -> Part {
    Part {
        start_millis: segment.span.start_millis,
        end_millis: segment.span.end_millis,
        texts: segment
            .assertions
            .iter()
            .map(|said| match said.kind {
                AssertionKind::Name => format!("name: {}", bounded(&said.value)),
                _ => bounded(&said.value),
            })
            .collect(),
    }
}

/// Whether both share time; a still lies at time 0 and is there at every time.
fn touches(own: TimeSpan, asked: TimeSpan) -> bool {
    own.overlap_millis(asked) > 0 || own.duration_millis() == 0
}
