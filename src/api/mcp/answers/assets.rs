//! The files of the archive.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{kind_of, limited};
use crate::{
    api::{answers::AssetFacts, error::Problem, state::Library},
    domain::AssetKey,
};

/// Assets in an answer, at most.
const MAX_ASSETS: usize = 50;

/// Which assets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::mcp) struct AssetsRequest {
    /// `next_cursor` of the answer before.
    #[serde(default)]
    cursor: Option<i64>,
    /// Assets at most, 1 to 50.
    #[serde(default)]
    #[schemars(range(min = 1, max = 50))]
    limit: Option<usize>,
    /// Only of this kind: video, audio or image.
    #[serde(default)]
    kind: Option<String>,
}

/// Assets.
#[derive(Debug, Serialize)]
pub(in crate::api::mcp) struct Assets {
    /// All assets of the library.
    total: u64,
    assets: Vec<AssetFacts>,
    next_cursor: Option<i64>,
}

/// Lists assets.
pub(in crate::api::mcp) fn assets(
    library: &Library,
    request: &AssetsRequest,
) -> Result<Assets, Problem> {
    let kind = kind_of(request.kind.as_deref())?;
    let limit = limited(request.limit, MAX_ASSETS, MAX_ASSETS)?;
    let catalog = library.store.catalog();
    let mut after = AssetKey(request.cursor.unwrap_or(0));
    let mut assets = Vec::new();
    loop {
        let keys = catalog.asset_keys_after(after, MAX_ASSETS)?;
        if keys.is_empty() {
            break;
        }
        for key in keys {
            if assets.len() == limit {
                return Ok(Assets {
                    total: catalog.count_assets()?,
                    assets,
                    next_cursor: Some(after.0),
                });
            }
            after = key;
            let of_kind = catalog.asset(key)?.filter(|asset| {
                let own = asset.media.as_ref().map(|media| media.kind);
                kind.is_none() || own == kind
            });
            assets.extend(of_kind.as_ref().map(AssetFacts::of));
        }
    }
    Ok(Assets {
        total: catalog.count_assets()?,
        assets,
        next_cursor: None,
    })
}
