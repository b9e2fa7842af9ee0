//! Two simple ways to make a reel, to compare with: the loudest peaks, and the best answers to a query.

use super::{ReelWorld, truth::Shown};
use crate::{
    domain::{AssetKind, MeasureKind, Query, TimeSpan},
    fault::AnyError,
};

/// How long a stretch of a simple reel is, about as long as the picks it is compared with.
const STRETCH_MILLIS: i64 = 3000;

/// What somebody would type who wants the highlights.
const QUERY: &str = "the crowd cheers, a great moment";

/// Stretches around the loudest instants of all assets, the loudest first, until the length is full.
pub(super) fn loudest_peaks(
    world: &ReelWorld<'_>,
    length_millis: i64,
) -> Result<Vec<Shown>, AnyError> {
    let mut instants: Vec<(f32, usize, i64)> = Vec::new();
    let catalog = world.searcher.store.catalog();
    for (position, asset) in world.truth.assets.iter().enumerate() {
        let Some(key) = world.key_of(&asset.path)? else {
            continue;
        };
        for measure in catalog.measures(key)? {
            if measure.kind != MeasureKind::Loudness {
                continue;
            }
            for (step, value) in measure.values().enumerate() {
                let at = (2 * step as i64 + 1) * i64::from(measure.step_millis) / 2;
                instants.extend(value.map(|value| (value, position, at)));
            }
        }
    }
    instants.sort_by(|one, other| other.0.total_cmp(&one.0));
    let stretches = instants.into_iter().map(|(_, asset, at)| (asset, at));
    Ok(filled(world, stretches, length_millis))
}

/// The best answers to a query that asks for highlights, until the length is full.
pub(super) fn best_answers(
    world: &ReelWorld<'_>,
    length_millis: i64,
) -> Result<Vec<Shown>, AnyError> {
    let answer = world.searcher.search(&Query {
        text: QUERY.to_owned(),
        limit: 100,
        weak: true,
        ..Query::default()
    })?;
    let mut middles = Vec::new();
    for moment in &answer.moments {
        if moment.kind == Some(AssetKind::Image) {
            continue;
        }
        if let Some(asset) = world.position_of(moment.asset_id)? {
            middles.push((asset, moment.start_millis.midpoint(moment.end_millis)));
        }
    }
    Ok(filled(world, middles.into_iter(), length_millis))
}

/// Stretches around instants that do not overlap, in this order, as long as there is room.
fn filled(
    world: &ReelWorld<'_>,
    instants: impl Iterator<Item = (usize, i64)>,
    length_millis: i64,
) -> Vec<Shown> {
    let mut cut: Vec<Shown> = Vec::new();
    let mut left_millis = length_millis;
    for (asset, at) in instants {
        if left_millis <= 0 {
            break;
        }
        let whole = world.truth.assets[asset].duration_millis;
        let length = STRETCH_MILLIS.min(left_millis).min(whole);
        let start_millis = (at - length / 2).clamp(0, whole - length);
        let span = TimeSpan::new(start_millis, start_millis + length);
        let is_free = |shown: &Shown| shown.asset != asset || shown.span.overlap_millis(span) == 0;
        if length > 0 && cut.iter().all(is_free) {
            left_millis -= length;
            cut.push(Shown { asset, span });
        }
    }
    cut
}
