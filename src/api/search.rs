//! Searches and completions.

use axum::{
    Json,
    extract::{FromRequest, Query as Parameters, Request, State, rejection::QueryRejection},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{
    access::Caller,
    answers::Moments,
    endpoint::{Content, Endpoint, Routes, json},
    error::Problem,
    state::{Shared, searcher},
    upload::{MAX_UPLOAD_PIXELS, UPLOAD, Upload},
};
use crate::{
    domain::{AssetId, AssetKind, Filters, Picture, Query},
    search::{Suggestion, read},
};

/// Moments on a page where none is said, and at most.
const LIMIT: usize = 24;
const MAX_LIMIT: usize = 200;
/// Suggestions where none is said, and at most.
const SUGGESTIONS: usize = 8;
const MAX_SUGGESTIONS: usize = 50;
/// A body of JSON; a query and its filters are far shorter.
pub(super) const MAX_JSON_BYTES: usize = 256 << 10;
/// A query longer than this is no query.
const MAX_QUERY_BYTES: usize = 16 << 10;

/// A search.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SearchRequest {
    /// The query, in the language of queries.
    pub(super) q: String,
    /// Moments on a page, 1 to 200.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<usize>,
    /// The `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
    /// Whether the nearest of what lies below the cut-off is wanted as well.
    pub(super) weak: bool,
    /// Whether what was found is to be counted.
    pub(super) facets: bool,
    /// `video`, `audio`, `image`; several with commas.
    pub(super) kind: Option<String>,
    /// Names of collections, with commas.
    pub(super) collection: Option<String>,
    /// ISO 639-1 codes, with commas.
    pub(super) lang: Option<String>,
    /// Tags, with commas.
    pub(super) tag: Option<String>,
    /// Recorded on this day or later, `YYYY-MM-DD`.
    pub(super) after: Option<String>,
    /// Recorded before this day, `YYYY-MM-DD`.
    pub(super) before: Option<String>,
}

/// Where to look for what is alike.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SimilarRequest {
    /// The time of the picture, in milliseconds.
    #[serde(default)]
    #[schemars(range(min = 0))]
    at: u32,
    /// Moments on a page, 1 to 200.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<usize>,
}

/// A query that is being typed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SuggestRequest {
    /// Its text up to the cursor.
    #[serde(default)]
    q: String,
    /// Suggestions at most, 1 to 50.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<usize>,
}

/// Ways to go on.
#[derive(Debug, Serialize, JsonSchema)]
struct Suggestions {
    /// The most fitting first.
    suggestions: Vec<Suggestion>,
}

/// Of searches.
pub(super) fn routes() -> Routes {
    let similar = Endpoint::get(
        "/assets/{id}/similar",
        "Find moments that look like a picture of an asset",
        json::<Moments>(),
    );
    let suggest = Endpoint::get(
        "/suggest",
        "Complete a query that is being typed",
        json::<Suggestions>(),
    );
    Routes::default()
        .add(
            Endpoint::get("/search", "Find moments", json::<Moments>())
                .parameters::<SearchRequest>(),
            by_address,
        )
        .add(
            Endpoint::post(
                "/search",
                "Find moments, also by a picture, which `like:./upload` in the query stands for",
                Content::JsonOrForm(SchemaGenerator::subschema_for::<SearchRequest>),
                json::<Moments>(),
            ),
            by_body,
        )
        .add(similar.parameters::<SimilarRequest>(), alike)
        .add(suggest.parameters::<SuggestRequest>(), complete)
}

impl SearchRequest {
    /// Out of a body of JSON; the limit of this path's bodies is that of pictures.
    async fn read(request: Request) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = axum::body::to_bytes(body, MAX_JSON_BYTES)
            .await
            .map_err(|_| {
                Problem::too_large(format!("the body is longer than {MAX_JSON_BYTES} bytes"))
            })?;
        let body = Json::<Self>::from_request(Request::from_parts(parts, bytes.into()), &());
        let Json(request) = body
            .await
            .map_err(|error| Problem::bad_request(error.body_text()))?;
        Ok(request)
    }

    fn query(&self) -> Result<Query, Problem> {
        if self.q.len() > MAX_QUERY_BYTES {
            return Err(Problem::too_large(format!(
                "the query is longer than {MAX_QUERY_BYTES} bytes"
            )));
        }
        let list = |text: &Option<String>| -> Vec<String> {
            let parts = text.as_deref().unwrap_or_default().split(',');
            parts
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let kinds = list(&self.kind).into_iter().map(|name| {
            AssetKind::from_name(&name)
                .ok_or_else(|| Problem::bad_request(format!("there is no kind `{name}` of assets")))
        });
        let day = |text: &Option<String>| match text.as_deref().filter(|text| !text.is_empty()) {
            Some(text) if text.parse::<jiff::civil::Date>().is_err() => Err(Problem::bad_request(
                format!("`{text}` is no day; days are written YYYY-MM-DD"),
            )),
            text => Ok(text.map(str::to_owned)),
        };
        Ok(Query {
            text: self.q.clone(),
            filters: Filters {
                kinds: kinds.collect::<Result<_, _>>()?,
                collections: list(&self.collection),
                after: day(&self.after)?,
                before: day(&self.before)?,
                languages: list(&self.lang),
                tags: list(&self.tag),
                paths: Vec::new(),
            },
            limit: limit(self.limit, LIMIT, MAX_LIMIT)?,
            cursor: self.cursor.clone().filter(|cursor| !cursor.is_empty()),
            weak: self.weak,
            facets: self.facets,
        })
    }
}

fn limit(asked: Option<usize>, usual: usize, most: usize) -> Result<usize, Problem> {
    match asked {
        Some(limit) if !(1..=most).contains(&limit) => Err(Problem::bad_request(format!(
            "`limit` is from 1 to {most}, not {limit}"
        ))),
        limit => Ok(limit.unwrap_or(usual)),
    }
}

async fn by_address(
    State(state): State<Shared>,
    caller: Caller,
    request: Result<Parameters<SearchRequest>, QueryRejection>,
) -> Result<Response, Problem> {
    let Parameters(request) = request.map_err(|error| Problem::bad_request(error.body_text()))?;
    find(&state, caller, request, None).await
}

async fn by_body(
    State(state): State<Shared>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
    if is_form {
        let (request, upload) = Upload::read(&state, request).await?;
        return find(&state, caller, request, upload).await;
    }
    let request = SearchRequest::read(request).await?;
    find(&state, caller, request, None).await
}

async fn alike(
    State(state): State<Shared>,
    caller: Caller,
    axum::extract::Path(id): axum::extract::Path<String>,
    request: Result<Parameters<SimilarRequest>, QueryRejection>,
) -> Result<Response, Problem> {
    let Parameters(request) = request.map_err(|error| Problem::bad_request(error.body_text()))?;
    let id: AssetId = id
        .parse()
        .map_err(|_| Problem::not_found("an asset's id has 64 hexadecimal digits"))?;
    let request = SearchRequest {
        q: format!("like:{id}@{:.3}", f64::from(request.at) / 1000.0),
        limit: request.limit,
        ..SearchRequest::default()
    };
    find(&state, caller, request, None).await
}

/// Searches; `upload` is the picture that came along.
async fn find(
    state: &Shared,
    caller: Caller,
    mut request: SearchRequest,
    upload: Option<Upload>,
) -> Result<Response, Problem> {
    if upload.is_some() && request.q.trim().is_empty() {
        request.q = format!("like:{UPLOAD}");
    }
    let answer = state
        .on_a_core(move |state, library| {
            let query = request.query()?;
            let parsed = read(&query.text)?;
            // Files of this machine are nobody's business but that of its own command line.
            if let Some(file) = parsed
                .tree
                .picture_files()
                .into_iter()
                .find(|file| *file != UPLOAD)
            {
                return Err(Problem::bad_request(format!(
                    "`like:{file}` names a file, which can't be opened from here"
                ))
                .hint(format!(
                    "send the picture along, as `picture` of a form, and write like:{UPLOAD}"
                )));
            }
            let pictures: Vec<(String, Picture)> = match &upload {
                Some(upload) => {
                    let max_pixels =
                        MAX_UPLOAD_PIXELS.min(state.app.settings.index.max_picture_pixels);
                    let picture = state.app.example("upload", upload.path(), max_pixels);
                    let picture =
                        picture.map_err(|error| Problem::from(error).without(upload.path()))?;
                    vec![(UPLOAD.to_owned(), picture)]
                }
                None => Vec::new(),
            };
            let models = library.models();
            let (mut answer, explanation) =
                searcher(library, &models)?.explain(&query, &pictures)?;
            answer.notes.extend(models.demonstration_note());
            state.metrics.count_search(answer.verdict);
            Ok(Moments::new(answer, explanation.query, &caller))
        })
        .await?;
    let fresh = HeaderValue::from_static("no-store");
    Ok(([(header::CACHE_CONTROL, fresh)], Json(answer)).into_response())
}

async fn complete(
    State(state): State<Shared>,
    request: Result<Parameters<SuggestRequest>, QueryRejection>,
) -> Result<Json<Suggestions>, Problem> {
    let Parameters(request) = request.map_err(|error| Problem::bad_request(error.body_text()))?;
    let limit = limit(request.limit, SUGGESTIONS, MAX_SUGGESTIONS)?;
    let suggestions = state
        .aside(move |_, library| {
            let searcher = crate::search::Searcher {
                store: &library.store,
                picture: None,
                passage: None,
            };
            Ok(searcher.suggest(&request.q, limit)?)
        })
        .await?;
    Ok(Json(Suggestions { suggestions }))
}
