//! Segments of an asset with everything that was said of them, and who said it.

use axum::{
    Json,
    extract::{Path, Query as Parameters, State, rejection::QueryRejection},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    answers::thumbnail_address,
    assets::{find, start_timecode},
    endpoint::{Endpoint, Routes, json},
    error::Problem,
    state::Shared,
};
use crate::domain::{Assertion, Channel, Keyframe, Segment, SegmentId, Timecode, Word};

/// Which segments to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SegmentsRequest {
    /// `asset`, `shot`, `subtitle`, `speech`, `screen_text`, `passage` or `sound`; all where none is named.
    channel: Option<String>,
}

/// Segments by channel and time.
#[derive(Debug, Serialize, JsonSchema)]
struct Segments {
    segments: Vec<SegmentAnswer>,
}

/// A stretch of an asset on one channel.
#[derive(Debug, Serialize, JsonSchema)]
struct SegmentAnswer {
    /// A UUID.
    segment_id: String,
    channel: String,
    start_millis: i64,
    end_millis: i64,
    /// Source timecode of its first frame, of a video.
    timecode: Option<String>,
    keyframes: Vec<KeyframeAnswer>,
    assertions: Vec<AssertionAnswer>,
}

/// A frame that stands for a shot.
#[derive(Debug, Serialize, JsonSchema)]
struct KeyframeAnswer {
    at_millis: i64,
    /// Its address.
    thumbnail: Option<String>,
}

/// Something said of a segment.
#[derive(Debug, Serialize, JsonSchema)]
struct AssertionAnswer {
    /// `transcript`, `text`, `tag` or `name`.
    kind: String,
    value: String,
    language: Option<String>,
    /// The maker's own, 0 to 1.
    confidence: Option<f32>,
    words: Vec<WordAnswer>,
    /// Whether a person said it.
    by_person: bool,
    /// The step that made it.
    step: String,
    provenance: ProvenanceAnswer,
}

/// What made an assertion.
#[derive(Debug, Serialize, JsonSchema)]
struct ProvenanceAnswer {
    maker: String,
    version: String,
    settings: String,
}

/// A word with its time.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WordAnswer {
    text: String,
    start_millis: i64,
    end_millis: i64,
    /// The model's probability for it, 0 to 1.
    confidence: f32,
}

impl From<Word> for WordAnswer {
    fn from(word: Word) -> Self {
        Self {
            text: word.text,
            start_millis: word.span.start_millis,
            end_millis: word.span.end_millis,
            confidence: word.probability,
        }
    }
}

impl SegmentAnswer {
    fn new((id, segment): (SegmentId, Segment), start: Option<Timecode>) -> Self {
        Self {
            segment_id: uuid::Uuid::from_u128(id.0).to_string(),
            channel: segment.channel.name().to_owned(),
            start_millis: segment.span.start_millis,
            end_millis: segment.span.end_millis,
            timecode: start.map(|start| start.after_millis(segment.span.start_millis).to_string()),
            keyframes: segment
                .keyframes
                .into_iter()
                .map(KeyframeAnswer::from)
                .collect(),
            assertions: segment
                .assertions
                .into_iter()
                .map(AssertionAnswer::from)
                .collect(),
        }
    }
}

impl From<Keyframe> for KeyframeAnswer {
    fn from(keyframe: Keyframe) -> Self {
        Self {
            at_millis: keyframe.at_millis,
            thumbnail: keyframe.thumbnail.map(|path| thumbnail_address(&path)),
        }
    }
}

impl From<Assertion> for AssertionAnswer {
    fn from(assertion: Assertion) -> Self {
        Self {
            kind: assertion.kind.name().to_owned(),
            value: assertion.value,
            language: assertion.language,
            confidence: assertion.confidence,
            words: assertion.words.into_iter().map(WordAnswer::from).collect(),
            step: assertion.step.name().to_owned(),
            by_person: assertion.provenance.is_by_person(),
            provenance: ProvenanceAnswer {
                maker: assertion.provenance.maker,
                version: assertion.provenance.version,
                settings: assertion.provenance.settings,
            },
        }
    }
}

/// Of segments.
pub(super) fn routes() -> Routes {
    let list = Endpoint::get(
        "/assets/{id}/segments",
        "Segments of an asset, and what was said of them",
        json::<Segments>(),
    );
    Routes::default().add(list.parameters::<SegmentsRequest>(), of_asset)
}

async fn of_asset(
    State(state): State<Shared>,
    Path(id): Path<String>,
    request: Result<Parameters<SegmentsRequest>, QueryRejection>,
) -> Result<Json<Segments>, Problem> {
    let Parameters(request) = request.map_err(|error| Problem::bad_request(error.body_text()))?;
    let channel = match request.channel.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => Some(
            Channel::from_name(name)
                .ok_or_else(|| Problem::bad_request(format!("there is no channel `{name}`")))?,
        ),
        None => None,
    };
    let segments = state
        .aside(move |_, library| {
            let asset = find(library, &id)?;
            let start = start_timecode(&asset);
            let segments = library.store.catalog().segments(asset.key)?;
            Ok(segments
                .into_iter()
                .filter(|(_, segment)| channel.is_none_or(|channel| segment.channel == channel))
                .map(|segment| SegmentAnswer::new(segment, start))
                .collect())
        })
        .await?;
    Ok(Json(Segments { segments }))
}
