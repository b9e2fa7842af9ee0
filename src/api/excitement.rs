//! How exciting an asset is over its running time, and by what.

use axum::{
    Json,
    extract::{Path, State},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    assets::find,
    endpoint::{Endpoint, Routes, json},
    error::Problem,
    state::Shared,
};
use crate::reel::excitement::{Curve, Weights};

/// How exciting an asset is over its running time.
#[derive(Debug, Serialize, JsonSchema)]
struct ExcitementAnswer {
    /// Length of a step.
    step_millis: i64,
    /// Excitement in each step, 0 to 1; empty for stills.
    values: Vec<f32>,
    /// What it is made of.
    signals: Vec<SignalAnswer>,
}

/// One of the signals that excitement is told from.
#[derive(Debug, Serialize, JsonSchema)]
struct SignalAnswer {
    /// Its name, such as `crowd`.
    name: &'static str,
    /// How much it counts.
    weight: f32,
    /// Its level in each step, 0 to 1.
    values: Vec<f32>,
}

/// Of excitement.
pub(super) fn routes() -> Routes {
    Routes::default().add(
        Endpoint::get(
            "/assets/{id}/excitement.json",
            "How exciting the asset is over its running time, and by which signals",
            json::<ExcitementAnswer>(),
        ),
        curve,
    )
}

async fn curve(
    State(state): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<ExcitementAnswer>, Problem> {
    let curve = state.on_a_core(move |_, library| {
        let asset = find(library, &id)?;
        Ok(Curve::of(
            library.store.catalog(),
            asset.key,
            &Weights::builtin()?,
        )?)
    });
    let curve = curve.await?;
    Ok(Json(ExcitementAnswer {
        step_millis: curve.step_millis,
        values: curve.values.iter().map(rounded).collect(),
        signals: curve
            .signals
            .into_iter()
            .map(|signal| SignalAnswer {
                name: signal.name,
                weight: signal.weight,
                values: signal.values.iter().map(rounded).collect(),
            })
            .collect(),
    }))
}

/// Thousandths are finer than any screen, and half as long to send.
fn rounded(value: &f32) -> f32 {
    (value * 1000.0).round() / 1000.0
}
