//! Whether the server is alive and ready, and its figures.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    endpoint::{Content, Endpoint, Routes, json},
    error::Problem,
    metrics::Sizes,
    state::Shared,
};

/// The server answers.
#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    /// Always `alive`.
    status: String,
    /// The program's version.
    version: String,
}

/// The library is open.
#[derive(Debug, Serialize, JsonSchema)]
struct Ready {
    /// `ready`.
    status: String,
    /// Assets in the library.
    assets: u64,
    /// Whether this server may write to it; another process does where not.
    is_writer: bool,
    /// What limits it, for people to read.
    notes: Vec<String>,
}

/// Of health.
pub(super) fn routes() -> Routes {
    Routes::default()
        .add(
            Endpoint::get("/health", "Whether the server is alive", json::<Health>()),
            async || {
                Json(Health {
                    status: "alive".to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                })
            },
        )
        .add(
            Endpoint::get("/ready", "Whether the library is open", json::<Ready>()),
            ready,
        )
        .add(
            Endpoint::get(
                "/metrics",
                "Figures for Prometheus",
                Content::Other("application/openmetrics-text"),
            ),
            metrics,
        )
}

async fn ready(State(state): State<Shared>) -> Result<Json<Ready>, Problem> {
    let (assets, is_writer) = state
        .aside(|_, library| Ok((library.store.catalog().count_assets()?, library.is_writer)))
        .await?;
    let mut notes = Vec::new();
    if !is_writer {
        notes.push(
            "another process writes to the library; it can be searched, and nothing in it changed from here"
                .to_owned(),
        );
    }
    Ok(Json(Ready {
        status: "ready".to_owned(),
        assets,
        is_writer,
        notes,
    }))
}

async fn metrics(State(state): State<Shared>) -> Response {
    let counted = state
        .aside(|_, library| {
            let catalog = library.store.catalog();
            let mut vectors = Vec::new();
            for space in catalog.spaces()? {
                let count = library.store.vector_index().count(&space)?;
                vectors.push((
                    format!("{:?} {}", space.kind, space.model).to_lowercase(),
                    count,
                ));
            }
            Ok(Sizes {
                assets: catalog.count_assets()?,
                vectors,
            })
        })
        .await;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let text = state.metrics.text(counted.ok());
    (StatusCode::OK, [(header::CONTENT_TYPE, kind)], text).into_response()
}
