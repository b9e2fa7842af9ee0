//! The reels of the library: listed, looked at, taken away.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    ReelAnswer,
    answers::{ReelSummary, hide_paths},
    check_version, file, version,
};
use crate::{
    api::{
        access::{Caller, Scope},
        endpoint::{Content, Endpoint, Method, Routes, json},
        error::Problem,
        state::Shared,
    },
    reel::{Reel, ReelError, ReelFile},
};

/// Reels, by name.
#[derive(Debug, Serialize, JsonSchema)]
struct Reels {
    reels: Vec<ReelSummary>,
}

pub(super) fn routes() -> Routes {
    let mut remove = Endpoint::get("/reels/{name}", "Take a reel away", Content::Empty);
    (remove.method, remove.scope, remove.status) = (Method::Delete, Scope::Curate, 204);
    Routes::default()
        .add(
            Endpoint::get("/reels", "The reels of the library", json::<Reels>()),
            list,
        )
        .add(
            Endpoint::get(
                "/reels/{name}",
                "A reel as it stands: its picks, where each lies and why it is there",
                json::<ReelAnswer>(),
            ),
            one,
        )
        .add(
            Endpoint::get(
                "/reels/{name}/manifest.json",
                "The reel's file, with all its earlier states",
                json::<Reel>(),
            ),
            manifest,
        )
        .add(remove.if_match(), take_away)
}

async fn list(State(state): State<Shared>) -> Result<Json<Reels>, Problem> {
    let reels = state.aside(|state, library| {
        ReelFile::list(&state.app.settings.library)?
            .iter()
            .map(|file| ReelSummary::new(file, library))
            .collect()
    });
    Ok(Json(Reels {
        reels: reels.await?,
    }))
}

async fn one(
    State(state): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<ReelAnswer, Problem> {
    let answer = state.aside(move |state, library| {
        let file = file(state, &name)?;
        ReelAnswer::new(file.name(), file.read()?, library, &caller)
    });
    answer.await
}

async fn manifest(
    State(state): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let answer = state.aside(move |state, _| {
        let mut reel = file(state, &name)?.read()?;
        let tag = version(&reel);
        if !caller.sees_paths() {
            hide_paths(&mut reel);
        }
        Ok((tag, reel))
    });
    let (tag, reel) = answer.await?;
    let mut response = Json(reel).into_response();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

async fn take_away(
    State(state): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let removed = state.aside(move |state, _| {
        let _turn = state.reels();
        let file = file(state, &name)?;
        match file.read() {
            Ok(reel) => check_version(&headers, &reel)?,
            // What can't be read can be taken away all the same.
            Err(ReelError::NotAReel { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        std::fs::remove_file(&file.path).map_err(|source| ReelError::File {
            doing: "remove",
            path: file.path,
            source,
        })?;
        Ok(())
    });
    removed.await?;
    Ok(StatusCode::NO_CONTENT)
}
