//! The conditions of a query as the indexes and the catalogue understand them.

use std::collections::{HashMap, HashSet};

use super::{
    error::SearchError,
    language::{Condition, Filter, Property},
    moments::{Group, intersects},
};
use crate::{
    domain::{AssetKey, AssetKind, Filters, RetrievalScope, Step, TimeSpan},
    store::Catalog,
};

/// A tag that indexing measures, with the step that does: a vocabulary may hold the same word.
type Measured = (&'static str, Step);

const BLACK_AND_WHITE: Measured = ("black and white", Step::Shots);
const STILL: Measured = ("still camera", Step::Shots);
const SILENT: Measured = ("silent", Step::Sound);
const SPEECH: Measured = ("speech", Step::Sound);

/// Conditions on assets, and on the moments found in them.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    /// What the catalogue resolves; values of one kind are alternatives.
    filters: Filters,
    /// What was measured of the asset or a shot of it.
    measured: Vec<Measured>,
    /// Assets to leave out.
    left_out: Vec<Filters>,
    left_out_measured: Vec<Measured>,
    /// What was measured of the shots that a moment shares time with, and whether it must not be.
    shots: Vec<(Measured, bool)>,
    /// Bounds of a moment's length, both in.
    longer_millis: Option<i64>,
    shorter_millis: Option<i64>,
}

impl Conditions {
    /// What `filters` ask together.
    pub(super) fn of(filters: &[Filter]) -> Self {
        let mut conditions = Self::default();
        for filter in filters {
            conditions.add(filter);
        }
        conditions
    }

    fn add(&mut self, filter: &Filter) {
        let mut only = Filters::default();
        match &filter.condition {
            // Of two days the stricter holds; ISO dates are in order as texts.
            Condition::After(day) => only.after = self.filters.after.take().max(Some(day.clone())),
            Condition::Before(day) => {
                let before = self.filters.before.take();
                only.before =
                    Some(before.map_or_else(|| day.clone(), |other| other.min(day.clone())));
            }
            Condition::Longer(millis) => {
                self.longer_millis = self.longer_millis.max(Some(*millis));
            }
            Condition::Shorter(millis) => {
                let shorter = self
                    .shorter_millis
                    .map_or(*millis, |other| other.min(*millis));
                self.shorter_millis = Some(shorter);
            }
            Condition::Language(code) => only.languages.push(code.clone()),
            Condition::Collection(name) => only.collections.push(name.clone()),
            Condition::File(part) => only.paths.push(part.clone()),
            Condition::Is(Property::Image) => only.kinds.push(AssetKind::Image),
            Condition::Is(Property::Video) => only.kinds.push(AssetKind::Video),
            Condition::Is(Property::Audio) => only.kinds.push(AssetKind::Audio),
            Condition::Is(Property::BlackAndWhite) => {
                self.add_shots(BLACK_AND_WHITE, filter.is_excluded);
            }
            Condition::Is(Property::Still) => self.add_shots(STILL, filter.is_excluded),
            Condition::Is(Property::Silent) => self.add_measured(SILENT, filter.is_excluded),
            Condition::HasSpeech => self.add_measured(SPEECH, filter.is_excluded),
        }
        if only == Filters::default() {
            return;
        }
        if filter.is_excluded {
            self.left_out.push(only);
            return;
        }
        self.filters.after = only.after.or(self.filters.after.take());
        self.filters.before = only.before.or(self.filters.before.take());
        self.filters.languages.extend(only.languages);
        self.filters.collections.extend(only.collections);
        self.filters.paths.extend(only.paths);
        self.filters.kinds.extend(only.kinds);
    }

    fn add_measured(&mut self, tag: Measured, is_excluded: bool) {
        if is_excluded {
            self.left_out_measured.push(tag);
        } else {
            self.measured.push(tag);
        }
    }

    /// An asset with one such shot is looked into; its moments are judged by their own shots.
    fn add_shots(&mut self, tag: Measured, is_excluded: bool) {
        if !is_excluded {
            self.measured.push(tag);
        }
        self.shots.push((tag, is_excluded));
    }

    /// The part of `scope` that the conditions allow.
    pub(super) fn narrow(
        &self,
        catalog: &Catalog,
        scope: &RetrievalScope,
    ) -> Result<RetrievalScope, SearchError> {
        let mut scope = catalog.narrowed(scope, &self.filters)?;
        for (tag, step) in &self.measured {
            keep(&mut scope, &catalog.assets_measured(tag, *step)?);
        }
        let mut left_out = HashSet::new();
        for filters in &self.left_out {
            left_out.extend(catalog.assets_fitting(filters)?);
        }
        for (tag, step) in &self.left_out_measured {
            left_out.extend(catalog.assets_measured(tag, *step)?);
        }
        if !left_out.is_empty() {
            scope.assets = Some(catalog.assets_without(&scope, &left_out)?);
        }
        Ok(scope)
    }

    /// Leaves the groups whose moment the conditions allow. A hit on an asset as a whole has no
    /// shots of its own, so it is judged by the asset alone.
    pub(super) fn retain(
        &self,
        catalog: &Catalog,
        groups: &mut Vec<Group>,
    ) -> Result<(), SearchError> {
        groups.retain(|group| {
            let length = group.span.duration_millis();
            self.longer_millis.is_none_or(|longer| length >= longer)
                && self.shorter_millis.is_none_or(|shorter| length <= shorter)
        });
        for ((tag, step), is_excluded) in &self.shots {
            let mut shots: HashMap<AssetKey, Vec<TimeSpan>> = HashMap::new();
            for group in groups.iter().filter(|group| !group.is_whole_asset) {
                if let std::collections::hash_map::Entry::Vacant(entry) = shots.entry(group.asset) {
                    entry.insert(catalog.shots_measured(group.asset, tag, *step)?);
                }
            }
            groups.retain(|group| {
                let is_such =
                    |spans: &Vec<TimeSpan>| spans.iter().any(|span| intersects(*span, group.span));
                group.is_whole_asset || shots.get(&group.asset).is_some_and(is_such) != *is_excluded
            });
        }
        Ok(())
    }
}

/// Leaves in `scope` the assets that are in `allowed`.
pub(super) fn keep(scope: &mut RetrievalScope, allowed: &HashSet<AssetKey>) {
    let mut assets: Vec<AssetKey> = match scope.assets.take() {
        Some(assets) => assets
            .into_iter()
            .filter(|asset| allowed.contains(asset))
            .collect(),
        None => allowed.iter().copied().collect(),
    };
    assets.sort_unstable();
    scope.assets = Some(assets);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::language::parse;

    fn conditions(text: &str) -> Conditions {
        Conditions::of(&parse(text).unwrap().tree.filters)
    }

    #[test]
    fn alternatives_add_up_and_bounds_tighten() {
        let read = conditions(
            "lang:fr lang:de is:video after:2024-01-01 after:2024-06-01 before:2025-01-01 before:2024-12-01 longer:5s longer:2s shorter:1m shorter:2m -lang:en",
        );
        assert_eq!(read.filters.languages, ["fr", "de"]);
        assert_eq!(read.filters.kinds, [AssetKind::Video]);
        assert_eq!(read.filters.after.as_deref(), Some("2024-06-01"));
        assert_eq!(read.filters.before.as_deref(), Some("2024-12-01"));
        assert_eq!(
            (read.longer_millis, read.shorter_millis),
            (Some(5000), Some(60_000))
        );
        assert_eq!(read.left_out.len(), 1);
    }

    #[test]
    fn looks_are_asked_of_shots_and_sounds_of_assets() {
        let read = conditions("is:bw -is:still is:silent -has:speech");
        assert_eq!(read.measured, [BLACK_AND_WHITE, SILENT]);
        assert_eq!(read.left_out_measured, [SPEECH]);
        assert_eq!(read.shots, [(BLACK_AND_WHITE, false), (STILL, true)]);
    }
}
