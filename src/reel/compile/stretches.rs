//! Where in what was found there is something to cut.

use super::{
    finds::Find,
    material::Material,
    peaks::{Peak, peaks},
};
use crate::{domain::TimeSpan, reel::manifest::Wish};

/// Stretches of one moment that is longer than a pick.
const PEAKS_PER_MOMENT: usize = 3;
/// Stretches of one asset that are looked at.
const PEAKS_PER_ASSET: usize = 40;
/// Where in a find there is something to cut: as it is where it fits, else its peaks.
pub(super) fn stretches(material: &Material, find: &Find, wish: &Wish) -> Vec<Peak> {
    let whole = TimeSpan::new(0, material.duration_millis);
    let span = find.span.unwrap_or(whole);
    let span = TimeSpan::new(span.start_millis, span.end_millis.min(whole.end_millis));
    if span.duration_millis() == 0 {
        return Vec::new();
    }
    let middle = |span: TimeSpan| Peak {
        span,
        at_millis: span.start_millis.midpoint(span.end_millis),
        height: 0.0,
    };
    let curve = &material.curve;
    let most = match find.span {
        Some(_) => PEAKS_PER_MOMENT,
        None if find.query.is_some() => PEAKS_PER_MOMENT,
        None => PEAKS_PER_ASSET,
    };
    if find.span.is_some() && span.duration_millis() <= wish.longest_millis {
        return vec![middle(span)];
    }
    let most = match find.given {
        Some(_) => 1,
        None => most,
    };
    let mut found = peaks(
        &curve.values,
        curve.step_millis,
        span,
        wish.longest_millis,
        most,
    );
    if find.query.is_none() && find.given.is_none() {
        // What lies between peaks fills a reel that they do not.
        let shots = material.shots.iter().copied();
        let ends = material
            .shots
            .iter()
            .skip(1)
            .copied()
            .chain([whole.end_millis]);
        for (start, end) in shots.zip(ends) {
            let shot = TimeSpan::new(start, end);
            let is_met = |peak: &Peak| peak.span.overlap_millis(shot) > 0;
            if found.len() < 2 * PEAKS_PER_ASSET && !found.iter().any(is_met) {
                found.push(middle(shot));
            }
        }
    }
    if found.is_empty() {
        let half = wish.longest_millis / 2;
        let at = span.start_millis.midpoint(span.end_millis);
        found.push(middle(TimeSpan::new(
            (at - half).max(span.start_millis),
            (at + half).min(span.end_millis),
        )));
    }
    found
}
