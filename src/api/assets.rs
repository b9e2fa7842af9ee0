//! Assets: what there is, and what is known of one.

use axum::{
    Json,
    extract::{Path, Query as Parameters, State, rejection::QueryRejection},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    access::Caller,
    answers::{Asset, AssetSummary, name_of},
    endpoint::{Endpoint, Routes, json},
    error::Problem,
    state::{Library, Shared},
};
use crate::{
    domain::{AssetId, AssetKey, AssetKind, StepOutcome, TimeSpan, Timecode},
    store::AssetRecord,
};

/// Assets on a page where none is said, and at most.
const LIMIT: usize = 50;
const MAX_LIMIT: usize = 500;
/// Assets looked at in one go.
const LOOK: usize = 500;

/// Which assets to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListRequest {
    /// The `next_cursor` of the page before.
    cursor: Option<i64>,
    /// Assets on a page, 1 to 500.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// `video`, `audio` or `image`.
    kind: Option<String>,
    /// The name of a collection.
    collection: Option<String>,
}

/// A page of assets.
#[derive(Debug, Serialize, JsonSchema)]
struct Assets {
    /// In the order in which the library met them.
    assets: Vec<AssetSummary>,
    /// What to ask with for the next page.
    next_cursor: Option<i64>,
    /// All assets of the library.
    total: u64,
    /// Names of its collections.
    collections: Vec<String>,
}

/// Of assets.
pub(super) fn routes() -> Routes {
    let list = Endpoint::get("/assets", "List assets", json::<Assets>());
    Routes::default()
        .add(list.parameters::<ListRequest>(), list_assets)
        .add(
            Endpoint::get(
                "/assets/{id}",
                "All that is known of an asset's file",
                json::<Asset>(),
            ),
            one,
        )
}

/// The asset that an address names.
///
/// # Errors
/// When it is no id, or none of the library.
pub(super) fn find(library: &Library, id: &str) -> Result<AssetRecord, Problem> {
    let unknown = || Problem::not_found("there is no asset of that id");
    let id: AssetId = id.parse().map_err(|_| unknown())?;
    let found = library.store.catalog().asset_by_id(id)?;
    found.ok_or_else(unknown)
}

/// The timecode of an asset's first frame.
pub(super) fn start_timecode(asset: &AssetRecord) -> Option<Timecode> {
    let media = asset.media.as_ref()?;
    let (_, video) = media.main_video()?;
    (media.kind == AssetKind::Video)
        .then(|| Timecode::of_first_frame(media.start_timecode, Some(video.frame_rate)))
        .flatten()
}

fn thumbnail(library: &Library, asset: &AssetRecord) -> Result<Option<String>, Problem> {
    let duration = asset.media.as_ref().and_then(|media| media.duration_millis);
    let whole = TimeSpan::new(0, duration.unwrap_or(0));
    Ok(library.store.catalog().thumbnail_near(asset.key, whole)?)
}

async fn list_assets(
    State(state): State<Shared>,
    caller: Caller,
    request: Result<Parameters<ListRequest>, QueryRejection>,
) -> Result<Json<Assets>, Problem> {
    let Parameters(request) = request.map_err(|error| Problem::bad_request(error.body_text()))?;
    let limit = request.limit.unwrap_or(LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::bad_request(format!(
            "`limit` is from 1 to {MAX_LIMIT}"
        )));
    }
    let kind = match request.kind.as_deref().filter(|kind| !kind.is_empty()) {
        Some(name) => Some(
            AssetKind::from_name(name)
                .ok_or_else(|| Problem::bad_request("a kind is video, audio or image"))?,
        ),
        None => None,
    };
    let collection = request.collection.filter(|name| !name.is_empty());
    let mut after = AssetKey(request.cursor.unwrap_or(0));
    let answer = state
        .aside(move |_, library| {
            let catalog = library.store.catalog();
            let (mut assets, mut is_more) = (Vec::new(), true);
            while is_more && assets.len() < limit {
                let keys = catalog.asset_keys_after(after, LOOK)?;
                is_more = keys.len() == LOOK;
                for (number, key) in keys.iter().enumerate() {
                    after = *key;
                    let Some(asset) = catalog.asset(*key)? else {
                        continue;
                    };
                    let is_of_kind = kind
                        .is_none_or(|kind| asset.media.as_ref().is_some_and(|it| it.kind == kind));
                    let is_in_collection = collection
                        .as_ref()
                        .is_none_or(|name| asset.locations.iter().any(|it| it.collection == *name));
                    if !is_of_kind || !is_in_collection {
                        continue;
                    }
                    let thumbnail = thumbnail(library, &asset)?;
                    assets.push(AssetSummary::new(&asset, thumbnail, &caller));
                    if assets.len() == limit {
                        is_more |= number + 1 < keys.len();
                        break;
                    }
                }
            }
            Ok(Assets {
                assets,
                next_cursor: is_more.then_some(after.0),
                total: catalog.count_assets()?,
                collections: catalog.collections()?,
            })
        })
        .await?;
    Ok(Json(answer))
}

async fn one(
    State(state): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Asset>, Problem> {
    let answer = state
        .aside(move |_, library| {
            let asset = find(library, &id)?;
            let mut steps = library.store.catalog().step_records(asset.key)?;
            if !caller.sees_paths() {
                for record in &mut steps {
                    hide_paths(&mut record.outcome, &asset);
                }
            }
            let start = start_timecode(&asset);
            let thumbnail = thumbnail(library, &asset)?;
            Ok(Asset::new(asset, steps, start, thumbnail, &caller))
        })
        .await?;
    Ok(Json(answer))
}

/// Reasons name the file that something failed on; its name is enough.
fn hide_paths(outcome: &mut StepOutcome, asset: &AssetRecord) {
    let texts: Vec<&mut String> = match outcome {
        StepOutcome::Done => Vec::new(),
        StepOutcome::Failed { reason, hint } => [reason].into_iter().chain(hint).collect(),
        StepOutcome::Skipped { reason } => vec![reason],
    };
    for text in texts {
        for location in &asset.locations {
            let path = location.path.to_string_lossy();
            *text = text.replace(&*path, &name_of(&location.path));
        }
    }
}
