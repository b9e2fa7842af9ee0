//! Changes of a reel, each of them a state that can be gone back from.

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::HeaderMap,
};

use super::{ReelAnswer, now, rewrite};
use crate::{
    api::{
        access::{Caller, Scope},
        endpoint::{Endpoint, Routes, json},
        error::Problem,
        state::Shared,
    },
    reel::Edit,
};

pub(super) fn routes() -> Routes {
    let mut edit = Endpoint::post(
        "/reels/{name}/edits",
        "Change a reel: lock, drop, move, trim, name, undo, redo",
        json::<Edit>(),
        json::<ReelAnswer>(),
    );
    edit.scope = Scope::Curate;
    Routes::default().add(edit.if_match(), change)
}

async fn change(
    State(state): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Edit>, JsonRejection>,
) -> Result<ReelAnswer, Problem> {
    let Json(edit) = body.map_err(|error| Problem::bad_request(error.body_text()))?;
    let changed = state.aside(move |state, library| {
        let (file, reel) = rewrite(
            state,
            &name,
            &headers,
            |reel| Ok(reel.apply(&edit, &now())?),
        )?;
        ReelAnswer::new(file.name(), reel, library, &caller)
    });
    changed.await
}
