//! Changes of a reel, each of them a state that can be gone back from.

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::HeaderMap,
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use super::{ReelAnswer, making::lengthen, now, rewrite};
use crate::{
    api::{
        access::{Caller, Scope},
        endpoint::{Endpoint, Routes, json},
        error::Problem,
        state::Shared,
    },
    reel::{Edit, Stretch},
};

/// A change of what is there, or more of it.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
enum Change {
    Edit(Edit),
    Lengthen(Lengthen),
}

/// More picks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
enum Lengthen {
    /// Put stretches at the end.
    Add {
        /// What is to be shown, in order.
        stretches: Vec<Stretch>,
    },
}

impl<'de> Deserialize<'de> for Change {
    // By its action, so that a mistake is told as that of the action that was meant.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let change = if value["action"] == "add" {
            serde_json::from_value(value).map(Self::Lengthen)
        } else {
            serde_json::from_value(value).map(Self::Edit)
        };
        change.map_err(D::Error::custom)
    }
}

pub(super) fn routes() -> Routes {
    let mut edit = Endpoint::post(
        "/reels/{name}/edits",
        "Change a reel: lock, drop, move, trim, name, add, undo, redo",
        json::<Change>(),
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
    body: Result<Json<Change>, JsonRejection>,
) -> Result<ReelAnswer, Problem> {
    let Json(change) = body.map_err(|error| Problem::bad_request(error.body_text()))?;
    let changed = state.aside(move |state, library| {
        let (file, reel) = rewrite(state, &name, &headers, |reel| match change {
            Change::Edit(edit) => Ok(reel.apply(&edit, &now())?),
            Change::Lengthen(Lengthen::Add { stretches }) => {
                lengthen(state, library, reel, stretches)
            }
        })?;
        ReelAnswer::new(file.name(), reel, library, &caller)
    });
    changed.await
}
