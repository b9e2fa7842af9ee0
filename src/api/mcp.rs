//! The library as tools for agents, over the Model Context Protocol: on standard input and output, and over HTTP.
//!
//! Answers are small: bounded text, few moments, no media, and no place of this machine.

mod answers;
mod reels;

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use rmcp::{
    ServerHandler, ServiceExt,
    handler::server::wrapper::Parameters,
    model::{CallToolResult, ContentBlock, Implementation, ServerCapabilities, ServerConfig},
    tool, tool_handler, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};
use serde::Serialize;

use super::{
    ServeError,
    access::{Caller, Scope},
    endpoint::{Content, Endpoint, Routes, json},
    error::Problem,
    state::{ApiState, Library, Shared},
    tokens::Tokens,
};
use crate::{app::App, fault::AnyError, store::Access};
use answers::{AssetsRequest, MomentRequest, SearchRequest, TranscriptRequest};
use reels::{CompileRequest, ExportRequest, ReelLook};

/// How long a tool in hand has when the client has gone.
const STOP_WITHIN: Duration = Duration::from_secs(1);

const INSTRUCTIONS: &str = "Reeldex finds moments in a media archive. Describe what is seen or \
said to search_moments, look closer with get_moment and get_transcript. Times are milliseconds of \
running time. Name a moment to people by its file name and timecode. compile_reel makes a cut of \
the best moments; get_reel shows it again, export_reel gives it to an edit suite.";

/// The tools.
#[derive(Clone)]
struct Tools {
    state: Shared,
    /// What whoever calls them may do.
    scope: Scope,
}

#[tool_router]
impl Tools {
    /// Find moments in the archive by describing what is seen, said or written in them. Plain words
    /// do; also "a phrase", -without, said:word, text:word, tag:word, seen:"a description",
    /// "one" then "other" within 8s, lang:fr, after:2024-07-26. Best first, with why each was found.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn search_moments(
        &self,
        Parameters(request): Parameters<SearchRequest>,
    ) -> CallToolResult {
        let found = self
            .state
            .on_a_core(move |_, library| answers::search(library, request));
        told(found.await)
    }

    /// What is known of a stretch of an asset: its shots with their tags, what is said and what is
    /// written in it.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn get_moment(&self, Parameters(request): Parameters<MomentRequest>) -> CallToolResult {
        self.look(move |library| answers::moment(library, &request))
            .await
    }

    /// What is said in an asset, line by line with times; long ones in parts.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn get_transcript(
        &self,
        Parameters(request): Parameters<TranscriptRequest>,
    ) -> CallToolResult {
        self.look(move |library| answers::transcript(library, &request))
            .await
    }

    /// The files of the archive, in the order in which the library met them.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn list_assets(&self, Parameters(request): Parameters<AssetsRequest>) -> CallToolResult {
        self.look(move |library| answers::assets(library, &request))
            .await
    }

    /// Compile a reel: the best moments of a query or of the whole archive, cut on shots and pauses,
    /// at most so long. It is kept in the library; the answer has its name, its picks and why each
    /// was chosen.
    #[tool(annotations(
        read_only_hint = false,
        destructive_hint = false,
        open_world_hint = false
    ))]
    async fn compile_reel(
        &self,
        Parameters(request): Parameters<CompileRequest>,
    ) -> CallToolResult {
        if let Err(problem) = self.may(Scope::Curate) {
            return told::<()>(Err(problem));
        }
        let made = self
            .state
            .on_a_core(move |state, library| reels::compile(state, library, request));
        told(made.await)
    }

    /// The picks of a reel as it stands, in order, with the reason for each.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn get_reel(&self, Parameters(request): Parameters<ReelLook>) -> CallToolResult {
        let found = self
            .state
            .aside(move |state, _| reels::look(state, &request));
        told(found.await)
    }

    /// A reel as text that edit suites and tables open: edl, csv, vtt, srt, ale, otio, fcpxml, xmeml.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn export_reel(&self, Parameters(request): Parameters<ExportRequest>) -> CallToolResult {
        let caller = self.caller();
        let given = self
            .state
            .on_a_core(move |state, library| reels::hand_over(state, library, &caller, &request));
        told(given.await)
    }
}

impl Tools {
    fn caller(&self) -> Caller {
        Caller {
            scope: self.scope,
            name: None,
        }
    }

    fn may(&self, scope: Scope) -> Result<(), Problem> {
        self.caller().require(scope)
    }

    async fn look<T: Serialize + Send + 'static>(
        &self,
        work: impl FnOnce(&Library) -> Result<T, Problem> + Send + 'static,
    ) -> CallToolResult {
        told(self.state.aside(move |_, library| work(library)).await)
    }
}

#[tool_handler]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("reeldex", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }
}

/// An answer as JSON in a text; an error as one that the agent reads, with what to do next.
fn told<T: Serialize>(answer: Result<T, Problem>) -> CallToolResult {
    let text = answer.and_then(|answer| {
        serde_json::to_string(&answer).map_err(|error| {
            tracing::error!(%error, "an answer can't be written");
            Problem::broken()
        })
    });
    match text {
        Ok(text) => CallToolResult::success(vec![ContentBlock::text(text)]),
        Err(problem) => CallToolResult::error(vec![ContentBlock::text(problem.sentence())]),
    }
}

/// Serves tools on standard input and output until the client closes them.
///
/// The library is only read, so that it can be indexed meanwhile.
///
/// # Errors
/// When the client does not speak the protocol.
pub fn serve_tools(app: App) -> Result<(), AnyError> {
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| ServeError::Tools { source: error };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(error.into()))?;
    let tokens = Tokens::open(&app.settings.library)?;
    let state = Arc::new(ApiState::new(app, true, tokens, Access::Read));
    let ended = runtime.block_on(async {
        // Whoever starts the program may do what the program does.
        let scope = Scope::Admin;
        let service = Tools { state, scope }
            .serve(rmcp::transport::stdio())
            .await
            .map_err(|error| failed(error.into()))?;
        service
            .waiting()
            .await
            .map_err(|error| failed(error.into()))
    });
    // The thread that reads standard input can't be interrupted.
    runtime.shutdown_timeout(STOP_WITHIN);
    Ok(ended.map(drop)?)
}

/// Of tools for agents.
pub(super) fn routes() -> Routes {
    let call = Endpoint::post(
        "/mcp",
        "Tools for agents: the Model Context Protocol, streamable HTTP without sessions, so that GET and DELETE are answered 405 as it provides",
        json::<serde_json::Value>(),
        Content::Other("application/json"),
    );
    Routes::default().add(call, over_http)
}

async fn over_http(State(state): State<Shared>, caller: Caller, request: Request) -> Response {
    // `Host` and `Origin` have been checked as those of every request.
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts();
    // Without sessions nothing outlives a request, so a service for each is no loss.
    let service = StreamableHttpService::new(
        move || {
            let state = Arc::clone(&state);
            let scope = caller.scope;
            Ok(Tools { state, scope })
        },
        Arc::new(NeverSessionManager::default()),
        config,
    );
    service.handle(request).await.map(Body::new).into_response()
}
