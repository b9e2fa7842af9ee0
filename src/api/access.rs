//! Who asks and what they may: tokens, the machine's own browser, and everyone else.

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    sync::{LazyLock, PoisonError},
};

use axum::{
    Json,
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    endpoint::{Content, Endpoint, Routes, json},
    error::Problem,
    state::Shared,
};

/// The cookie that a page's session has its token in.
const COOKIE: &str = "reeldex_token";

/// Requests per second that one caller may go on making, and at once: a page of results asks for
/// some fifty pictures.
const REQUESTS_PER_SECOND: u32 = 100;
const REQUESTS_AT_ONCE: u32 = 400;

/// Callers whose requests are counted before those that have been silent are forgotten.
const MANY_CALLERS: usize = 10_000;

/// What a caller may do; each includes those before it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Search and watch.
    Read,
    /// Correct what is said of assets.
    Curate,
    /// Index, and see where files lie.
    Admin,
}

/// Whoever made a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// What they may do.
    pub(super) scope: Scope,
    /// The name of their token; `None` on the machine itself.
    pub(super) name: Option<String>,
}

impl Caller {
    /// Whether they may be told where files lie.
    pub(super) fn sees_paths(&self) -> bool {
        self.scope >= Scope::Admin
    }

    /// Refuses those who may not.
    ///
    /// # Errors
    /// A problem that names the scope that is missing.
    pub(super) fn require(&self, scope: Scope) -> Result<(), Problem> {
        if self.scope >= scope {
            return Ok(());
        }
        let name = format!("{scope:?}").to_lowercase();
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "scope_missing",
            format!("this token does not allow it; it takes one of the scope {name}"),
        )
        .hint(format!("`reeldex token create --scope {name}`")))
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(Problem::broken)
    }
}

/// Lets in who may come in, and says to the handlers who it is.
pub(super) async fn check(
    State(state): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    match admit(&state, &request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn admit(state: &Shared, request: &Request) -> Result<Caller, Problem> {
    let headers = request.headers();
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| {
            request
                .uri()
                .authority()
                .map(|authority| authority.as_str())
        })
        .unwrap_or_default();
    // A page of another site may have its name point to this machine, to read the answers.
    if state.is_loopback && !is_loopback_name(host) {
        return Err(forbidden(
            "the request is for another host than this machine",
        ));
    }
    // And its scripts may send requests, whose answers they can't read.
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let of_origin = origin.split_once("://").map_or("", |(_, host)| host);
        if of_origin != host {
            return Err(forbidden("the request comes from the page of another site"));
        }
    }
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or_else(String::new, |ConnectInfo(address)| address.ip().to_string());
    let identified = identify(state, request);
    // Those who guess tokens are counted by their address.
    let key = match &identified {
        Ok((_, Some(token_id))) => token_id,
        _ => &peer,
    };
    if LIMITER.len() > MANY_CALLERS {
        LIMITER.retain_recent();
    }
    if LIMITER.check_key(key).is_err() {
        return Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limited",
            format!("more than {REQUESTS_PER_SECOND} requests a second"),
        )
        .hint("ask again in a second"));
    }
    identified.map(|(caller, _)| caller)
}

/// The caller, and the id of their token.
fn identify(state: &Shared, request: &Request) -> Result<(Caller, Option<String>), Problem> {
    let mut tokens = state.tokens.lock().unwrap_or_else(PoisonError::into_inner);
    tokens.follow();
    if let Some(secret) = secret(request.headers()) {
        let token = tokens.find(&secret);
        if let Some(token) = token {
            let caller = Caller {
                scope: token.scope,
                name: Some(token.name.clone()),
            };
            return Ok((caller, Some(token.id.clone())));
        }
        if !is_open(request.uri()) {
            return Err(unauthorized("the token is not valid"));
        }
    }
    if state.is_loopback && tokens.list().is_empty() {
        let caller = Caller {
            scope: Scope::Admin,
            name: None,
        };
        return Ok((caller, None));
    }
    if is_open(request.uri()) {
        let caller = Caller {
            scope: Scope::Read,
            name: None,
        };
        return Ok((caller, None));
    }
    Err(unauthorized("a token is needed"))
}

/// What tells nothing of the library: the page's own files, the form of the API, being alive.
fn is_open(uri: &Uri) -> bool {
    let path = uri.path();
    path.starts_with("/page/")
        || matches!(
            path,
            "/" | "/health" | "/openapi.json" | "/docs" | "/session" | "/favicon.ico"
        )
}

fn secret(headers: &HeaderMap) -> Option<String> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let cookies = headers
        .get(header::COOKIE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let cookie = || {
        cookies
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == COOKIE).then_some(value))
    };
    bearer.or_else(cookie).map(str::to_owned)
}

/// Whether a `Host` names this machine to itself; the port does not matter.
fn is_loopback_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn forbidden(detail: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "foreign_request", detail)
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "token_missing", detail)
        .hint("send `Authorization: Bearer TOKEN`; `reeldex token create` makes one")
}

static LIMITER: LazyLock<DefaultKeyedRateLimiter<String>> = LazyLock::new(|| {
    let number = |value| NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::per_second(number(REQUESTS_PER_SECOND));
    RateLimiter::keyed(quota.allow_burst(number(REQUESTS_AT_ONCE)))
});

/// A page's wish to be let in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SessionRequest {
    /// The token.
    token: String,
}

/// Who the server takes the caller for.
#[derive(Debug, Serialize, JsonSchema)]
struct Session {
    /// What they may do.
    scope: Scope,
    /// The name of their token.
    name: Option<String>,
}

/// Of sessions.
pub(super) fn routes() -> Routes {
    let post = Endpoint::post(
        "/session",
        "Keep a token in a cookie of this browser, so that the page can use it",
        json::<SessionRequest>(),
        json::<Session>(),
    );
    let get = Endpoint::get(
        "/session/me",
        "Whom the server takes the caller for",
        json::<Session>(),
    );
    let mut delete = Endpoint::get("/session", "Forget the token", Content::Empty);
    delete.method = super::endpoint::Method::Delete;
    delete.status = 204;
    Routes::default()
        .add(post, begin)
        .add(delete, end)
        .add(get, async |caller: Caller| {
            Json(Session {
                scope: caller.scope,
                name: caller.name,
            })
        })
}

async fn begin(
    State(state): State<Shared>,
    request: Result<Json<SessionRequest>, axum::extract::rejection::JsonRejection>,
) -> Result<Response, Problem> {
    let Json(request) = request.map_err(|error| Problem::bad_request(error.body_text()))?;
    let tokens = state.tokens.lock().unwrap_or_else(PoisonError::into_inner);
    let token = tokens
        .find(&request.token)
        .ok_or_else(|| unauthorized("the token is not valid"))?;
    let cookie = format!(
        "{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/",
        request.token
    );
    let value =
        HeaderValue::from_str(&cookie).map_err(|_| unauthorized("the token is not valid"))?;
    let session = Session {
        scope: token.scope,
        name: Some(token.name.clone()),
    };
    Ok(([(header::SET_COOKIE, value)], Json(session)).into_response())
}

async fn end() -> Response {
    let cookie = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        for host in [
            "localhost",
            "localhost:8484",
            "127.0.0.1:80",
            "[::1]:8484",
            "LOCALHOST",
        ] {
            assert!(is_loopback_name(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "127.0.0.1.evil.example:8484",
            "localhost.evil.example",
            "10.0.0.1",
        ] {
            assert!(!is_loopback_name(host), "{host}");
        }
    }

    #[test]
    fn scopes_include_those_before_them() {
        let caller = Caller {
            scope: Scope::Curate,
            name: None,
        };
        assert!(caller.require(Scope::Read).is_ok());
        assert!(caller.require(Scope::Curate).is_ok());
        assert!(caller.require(Scope::Admin).is_err());
        assert!(!caller.sees_paths());
    }
}
