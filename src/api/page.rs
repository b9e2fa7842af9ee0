//! The page's files, carried in the program.

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{Path, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;

use super::{error::Problem, state::Shared};

/// Everything from here, nothing from elsewhere, no script or style inside a page.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
    style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "src/api/web"]
struct Files;

/// The page and its files; no part of the API.
pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/", get(async || file("index.html")))
        .route(
            "/page/{*name}",
            get(async |Path(name): Path<String>| file(&name)),
        )
}

/// One of the page's files.
pub(super) fn file(name: &str) -> Response {
    let Some(found) = Files::get(name) else {
        return Problem::not_found("the page has no such file").into_response();
    };
    let kind = found.metadata.mimetype().to_owned();
    let kind = if kind.starts_with("text/") {
        format!("{kind}; charset=utf-8")
    } else {
        kind
    };
    let mut response = Body::from(found.data.into_owned()).into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    // A browser asks whether its copy still holds: the program may be another one by then.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Gives every answer the headers that keep foreign things out.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(POLICY));
    response
}

/// Answers of this size and above are sent without being hashed.
const MAX_TAGGED_BYTES: usize = 8 << 20;

/// Gives JSON, text and the page's files an `ETag`, and answers 304 where the asker has the same.
pub(super) async fn tag(request: Request, next: Next) -> Response {
    let wanted = request.headers().get(header::IF_NONE_MATCH).cloned();
    let is_read = request.method() == axum::http::Method::GET;
    let response = next.run(request).await;
    let may_be_kept = response
        .headers()
        .get(header::CACHE_CONTROL)
        .is_none_or(|control| control != "no-store");
    let is_small = response
        .body()
        .size_hint()
        .exact()
        .is_some_and(|length| length < MAX_TAGGED_BYTES as u64);
    // Files have tags of their own, made of their size and time.
    let is_tagged = response.headers().contains_key(header::ETAG);
    if !is_read || !may_be_kept || !is_small || is_tagged || response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MAX_TAGGED_BYTES).await else {
        return Problem::broken().into_response();
    };
    let tag = format!("\"{}\"", &blake3::hash(&bytes).to_hex()[..32]);
    let is_known = wanted
        .as_ref()
        .and_then(|wanted| wanted.to_str().ok())
        .is_some_and(|wanted| {
            let mut tags = wanted
                .split(',')
                .map(|tag| tag.trim().trim_start_matches("W/"));
            tags.any(|known| known == tag || known == "*")
        });
    if let Ok(value) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, value);
    }
    if is_known {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}
