//! The query API: the library over HTTP, for the page, for programs and for agents.
//!
//! The entry point is [`serve`]. Each resource has a file, and says in it what it answers; out of
//! that come the router and the OpenAPI document alike. Nothing here knows how to search.

mod access;
mod answers;
mod assets;
mod connections;
mod corrections;
mod docs;
mod endpoint;
mod error;
mod excitement;
mod files;
mod health;
mod jobs;
mod mcp;
mod metrics;
mod openapi;
mod page;
mod previews;
mod range;
mod reels;
mod search;
mod segments;
mod serve;
mod state;
mod tokens;
mod transcripts;
mod upload;
mod warm_up;

pub use access::Scope;
pub use error::ServeError;
pub use mcp::serve_tools;
pub use openapi::document;
pub use serve::serve;
pub use tokens::{Token, TokenError, Tokens};

use endpoint::Routes;

/// All resources.
fn routes() -> Routes {
    [
        search::routes(),
        assets::routes(),
        segments::routes(),
        transcripts::routes(),
        corrections::routes(),
        reels::routes(),
        excitement::routes(),
        jobs::routes(),
        mcp::routes(),
        files::routes(),
        previews::routes(),
        health::routes(),
        docs::routes(),
        access::routes(),
    ]
    .into_iter()
    .fold(Routes::default(), Routes::with)
}
