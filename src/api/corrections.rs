//! Corrections: what people say against or beside what was found.

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::StatusCode,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    access::{Caller, Scope},
    assets::find,
    endpoint::{Content, Endpoint, Method, Routes, json},
    error::Problem,
    state::{Library, Shared},
};
use crate::{
    domain::{AssertionKind, Correction, SegmentId, Statement},
    fault::{AnyError, message_chain},
    store::{CorrectionRequest, segment_id},
};

/// What becomes of what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    /// `value` is said as well.
    Add,
    /// `value` is said in place of `old_value`.
    Replace,
    /// `old_value` is said no more.
    Wrong,
}

/// A correction to keep.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionBody {
    /// The asset: 64 hexadecimal digits.
    asset_id: String,
    /// The segment, a UUID; none for the asset as a whole.
    segment_id: Option<String>,
    action: Action,
    /// `tag`, `transcript`, `text` or `name`.
    kind: String,
    /// What is said there now.
    old_value: Option<String>,
    /// What is to be said.
    value: Option<String>,
    /// Who says it, where the caller has no token whose name says so.
    author: Option<String>,
}

/// A correction that is kept.
#[derive(Debug, Serialize, JsonSchema)]
struct CorrectionAnswer {
    correction_id: i64,
    asset_id: String,
    /// The segment that it was made on, a UUID.
    segment_id: String,
    channel: String,
    start_millis: i64,
    end_millis: i64,
    action: Action,
    /// `tag`, `transcript`, `text` or `name`.
    kind: String,
    old_value: Option<String>,
    value: Option<String>,
    author: String,
    /// When, RFC 3339.
    made: String,
    /// What limits its effect so far, for people to read.
    notes: Vec<String>,
}

/// Corrections, oldest first.
#[derive(Debug, Serialize, JsonSchema)]
struct Corrections {
    corrections: Vec<CorrectionAnswer>,
}

impl From<Correction> for CorrectionAnswer {
    fn from(correction: Correction) -> Self {
        let statement = correction.statement;
        let segment = segment_id(
            statement.asset_id,
            statement.channel,
            statement.span,
            statement.ordinal,
        );
        let note = "search by meaning follows when the asset is next indexed";
        let notes = is_line(&statement).then(|| note.to_owned());
        Self {
            correction_id: correction.id,
            asset_id: statement.asset_id.to_string(),
            segment_id: uuid::Uuid::from_u128(segment.0).to_string(),
            channel: statement.channel.name().to_owned(),
            start_millis: statement.span.start_millis,
            end_millis: statement.span.end_millis,
            action: match (&statement.old_value, &statement.value) {
                (Some(_), Some(_)) => Action::Replace,
                (Some(_), None) => Action::Wrong,
                (None, _) => Action::Add,
            },
            kind: statement.kind.name().to_owned(),
            old_value: statement.old_value,
            value: statement.value,
            author: statement.author,
            made: correction.made,
            notes: notes.into_iter().collect(),
        }
    }
}

/// Of corrections.
pub(super) fn routes() -> Routes {
    let mut keep = Endpoint::post(
        "/corrections",
        "Correct what is said of an asset; it wins over every model, and is never lost",
        json::<CorrectionBody>(),
        json::<CorrectionAnswer>(),
    );
    (keep.scope, keep.status) = (Scope::Curate, 201);
    let mut take_back = Endpoint::get(
        "/corrections/{correction_id}",
        "Take a correction back",
        Content::Empty,
    );
    (take_back.method, take_back.scope) = (Method::Delete, Scope::Curate);
    take_back.status = 204;
    let list = Endpoint::get(
        "/assets/{id}/corrections",
        "Corrections of an asset",
        json::<Corrections>(),
    );
    Routes::default()
        .add(keep, keep_one)
        .add(take_back, take_one_back)
        .add(list, of_asset)
}

async fn keep_one(
    State(state): State<Shared>,
    caller: Caller,
    body: Result<Json<CorrectionBody>, JsonRejection>,
) -> Result<(StatusCode, Json<CorrectionAnswer>), Problem> {
    let Json(body) = body.map_err(|error| Problem::bad_request(error.body_text()))?;
    let kept = state
        .aside(move |_, library| {
            writable(library)?;
            let request = request(library, body, &caller)?;
            let kept = library.store.correct(&request)?;
            let is_embedded = embed(library, &kept.statement);
            let mut answer = CorrectionAnswer::from(kept);
            if is_embedded {
                answer.notes.clear();
            }
            Ok(answer)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(kept)))
}

/// Lets search by meaning follow a change of a line at once, where the model is loaded that it takes:
/// loading it would keep the person waiting. Otherwise it follows when the asset is next indexed.
fn embed(library: &Library, statement: &Statement) -> bool {
    let models = library.models();
    let Some(model) = models.loaded_passage().filter(|_| is_line(statement)) else {
        return false;
    };
    let embedded = library
        .store
        .embed_corrected(statement, model.space(), |texts| {
            Ok::<_, AnyError>(model.embed_passages(texts)?)
        });
    if let Err(error) = &embedded {
        let message = message_chain(&**error);
        tracing::warn!(message, "corrected passages keep their vectors for now");
    }
    embedded.is_ok()
}

fn is_line(statement: &Statement) -> bool {
    matches!(
        statement.kind,
        AssertionKind::Transcript | AssertionKind::Text
    )
}

fn request(
    library: &Library,
    body: CorrectionBody,
    caller: &Caller,
) -> Result<CorrectionRequest, Problem> {
    let kind = AssertionKind::from_name(&body.kind)
        .ok_or_else(|| Problem::bad_request("a kind is tag, transcript, text, name or rights"))?;
    let segment = match body.segment_id.as_deref() {
        Some(id) => Some(
            uuid::Uuid::parse_str(id)
                .map(|id| SegmentId(id.as_u128()))
                .map_err(|_| Problem::bad_request("`segment_id` is a UUID"))?,
        ),
        None => None,
    };
    let is_said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let is_complete = match body.action {
        Action::Add => is_said(&body.value) && body.old_value.is_none(),
        Action::Replace => is_said(&body.value) && is_said(&body.old_value),
        Action::Wrong => body.value.is_none() && is_said(&body.old_value),
    };
    if !is_complete {
        return Err(Problem::bad_request(
            "`add` takes `value`, `wrong` takes `old_value`, `replace` takes both",
        ));
    }
    Ok(CorrectionRequest {
        asset: find(library, &body.asset_id)?.key,
        segment,
        kind,
        old_value: body.old_value,
        value: body.value,
        // A token's name can't be passed off as another's.
        author: caller.name.clone().or(body.author).unwrap_or_default(),
    })
}

async fn take_one_back(
    State(state): State<Shared>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id: i64 = id
        .parse()
        .map_err(|_| Problem::not_found("there is no such correction"))?;
    state
        .aside(move |_, library| {
            writable(library)?;
            let taken_back = library.store.take_back(id)?;
            embed(library, &taken_back.statement);
            Ok(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn of_asset(
    State(state): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<Corrections>, Problem> {
    let corrections = state
        .aside(move |_, library| {
            let asset = find(library, &id)?;
            Ok(library.store.catalog().corrections(asset.id)?)
        })
        .await?;
    Ok(Json(Corrections {
        corrections: corrections.into_iter().map(Into::into).collect(),
    }))
}

/// Refuses to change a library that another process writes to.
pub(super) fn writable(library: &Library) -> Result<(), Problem> {
    if library.is_writer {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::CONFLICT,
        "library_busy",
        "another process writes to the library; this server only reads it",
    )
    .hint("wait until that process has ended, and start this server anew"))
}
