//! Errors as answers: `application/problem+json` after RFC 9457, without a path of this machine.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use super::answers::name_of;
use crate::{
    fault::{AnyError, Diagnose, ExitStatus, Fault, message_chain},
    reel::ReelError,
    search::SearchError,
};

/// Why the server did not start or stopped.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Everyone on the network could read the library.
    #[error("`{address}` can be reached from other machines, and no token protects the library")]
    Unprotected {
        /// Where it was to listen.
        address: String,
    },
    /// The address can't be listened on.
    #[error("failed to listen on `{address}`")]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The client of tools on standard input and output does not speak the protocol.
    #[error("failed to serve tools on standard input and output")]
    Tools {
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Diagnose for ServeError {
    fn fault(&self) -> Fault {
        match self {
            Self::Unprotected { .. } => Fault::User,
            Self::Listen { .. } | Self::Tools { .. } => Fault::Environment,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unprotected { .. } => "serve_unprotected",
            Self::Listen { .. } => "serve_listen",
            Self::Tools { .. } => "serve_tools",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unprotected { .. } => {
                "`reeldex token create --scope read` makes a token; or listen on 127.0.0.1"
                    .to_owned()
            }
            Self::Listen { .. } => {
                "is another server running? `--listen 127.0.0.1:8485` takes another port".to_owned()
            }
            Self::Tools { .. } => {
                "start it from a client of the Model Context Protocol, such as an agent".to_owned()
            }
        })
    }

    fn exit_status(&self) -> ExitStatus {
        match self {
            Self::Unprotected { .. } => ExitStatus::Usage,
            Self::Listen { .. } | Self::Tools { .. } => ExitStatus::Failed,
        }
    }
}

/// An error as a caller is told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Problem {
    /// `about:blank`: the code says more than an address could.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable, machine-readable name.
    code: &'static str,
    /// What is wrong.
    detail: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Where in a query, in characters from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

impl Problem {
    /// A problem with what is wrong.
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            hint: None,
            column: None,
        }
    }

    /// With what to do next.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What is asked for does not exist.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// The request can't be understood.
    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// The work was given up half way, which is a mistake of the program.
    pub(super) fn broken() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the request failed; the server's log says why",
        )
    }

    /// The server is too busy.
    pub(super) fn busy() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "the server has more to do than it can",
        )
        .hint("try again in a few seconds")
    }

    /// The request could not be answered in time.
    pub(super) fn late() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "late",
            "the answer takes longer than a minute",
        )
        .hint("ask for less, or again later")
    }

    /// Without a path of this machine that a message may name.
    pub(super) fn without(mut self, path: &std::path::Path) -> Self {
        self.detail = self.detail.replace(&*path.to_string_lossy(), "it");
        self
    }

    /// More was sent than is taken.
    pub(super) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    /// What to write over MCP, where there is no status.
    #[allow(dead_code, reason = "tools for agents answer with it")]
    pub(super) fn sentence(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}\nhint: {hint}", self.detail),
            None => self.detail.clone(),
        }
    }
}

impl<E: Into<AnyError>> From<E> for Problem {
    fn from(error: E) -> Self {
        let error: AnyError = error.into();
        let message = message_chain(&*error);
        let problem = match (error.fault(), error.code()) {
            (
                _,
                code @ ("asset_unknown" | "segment_unknown" | "correction_unknown" | "job_unknown"),
            ) => Self::new(StatusCode::NOT_FOUND, code, message),
            (
                _,
                code @ ("assertion_unknown" | "job_ended" | "job_not_ended" | "job_not_paused"),
            ) => Self::new(StatusCode::CONFLICT, code, message),
            // Messages about a reel's own file name its place.
            (_, code @ "no_reel") => {
                Self::new(StatusCode::NOT_FOUND, code, "there is no reel of that name")
                    .hint("GET /reels lists them")
            }
            (_, code @ "not_a_reel") => {
                let detail = match reel_error(&*error) {
                    Some(ReelError::NotAReel { reason, .. }) => reason.clone(),
                    _ => "its file is damaged".to_owned(),
                };
                let detail = format!("the reel can't be read: {detail}");
                Self::new(StatusCode::CONFLICT, code, detail)
                    .hint("mend its file by hand, or take the reel away")
            }
            (_, code @ "reel_exists") => Self::new(StatusCode::CONFLICT, code, message)
                .hint("choose another name, or take that reel away"),
            (_, code @ "rights_blocked") => Self::new(StatusCode::CONFLICT, code, message),
            (_, code @ "reel_source") => {
                let detail = match reel_error(&*error) {
                    Some(ReelError::Source { pick, name, reason }) => {
                        let name = name_of(name.as_ref());
                        format!("the source `{name}` of pick {pick} {reason}")
                    }
                    _ => "a source is not what it was".to_owned(),
                };
                Self::new(StatusCode::CONFLICT, code, detail)
            }
            (
                _,
                code @ ("reel_edit" | "reel_wish" | "reel_render" | "reel_export" | "no_material"),
            ) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message),
            // Messages of the surroundings name paths of this machine.
            (_, "library_missing") => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "no-library",
                "there is no library yet, or it is not within reach",
            )
            .hint("index a folder: `reeldex index DIR`"),
            (Fault::User, code) => Self::new(StatusCode::BAD_REQUEST, code, message),
            (Fault::Environment, code @ "pictures_not_searchable") => {
                Self::new(StatusCode::CONFLICT, code, message)
            }
            (Fault::Environment, code) => {
                tracing::warn!(code, message, "a request failed");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    code,
                    "something that the server needs is missing or failed; its log says what",
                )
            }
            (Fault::Bug, code) => {
                tracing::error!(code, message, "a request failed");
                Self::broken()
            }
        };
        let column = column(&*error);
        let hint = error.hint().filter(|_| error.fault() == Fault::User);
        Self {
            hint: problem.hint.or(hint),
            column,
            ..problem
        }
    }
}

fn reel_error(error: &dyn Diagnose) -> Option<&ReelError> {
    let error: &dyn std::error::Error = error;
    error.downcast_ref()
}

/// Where a query can't be read.
fn column(error: &dyn Diagnose) -> Option<usize> {
    let error: &dyn std::error::Error = error;
    match error.downcast_ref::<SearchError>()? {
        SearchError::Language { error, .. } => Some(error.column),
        _ => None,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
