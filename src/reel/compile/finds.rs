//! What a wish finds before anything is cut: moments of its queries, the most exciting stretches, what was given.

use std::collections::BTreeMap;

use crate::{
    domain::{AssetKey, AssetKind, Filters, Picture, Query, TimeSpan},
    reel::{
        error::ReelError,
        manifest::{Evidence, Stretch, Wish},
    },
    search::{FoundMoment, Searcher, Source, Strength},
    store::AssetRecord,
};

/// So many moments of each query are looked at.
const MOMENTS_PER_QUERY: usize = 200;
/// So many assets are looked through where nothing is searched for.
const MOST_ASSETS: usize = 2000;
/// More evidence is not written down.
const MOST_EVIDENCE: usize = 6;

/// Where something for a section lies.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Find {
    pub asset: AssetKey,
    pub section: usize,
    /// The stretch; `None` for the best of the whole asset.
    pub span: Option<TimeSpan>,
    /// How well it fits, 0 to 1; `None` where nothing was asked.
    pub relevance: Option<f32>,
    /// The query that found it.
    pub query: Option<String>,
    pub evidence: Vec<Evidence>,
    /// In words.
    pub found: String,
    /// Its place among what was given; `None` for what was found.
    pub given: Option<usize>,
    /// Whether it is in the reel in any case.
    pub is_must: bool,
}

/// All finds, and the records of their assets.
#[derive(Debug, Default)]
pub(super) struct Finds {
    pub finds: Vec<Find>,
    pub records: BTreeMap<AssetKey, AssetRecord>,
    pub notes: Vec<String>,
}

impl Finds {
    /// Asks for everything that a wish may be fulfilled with.
    pub(super) fn of(
        searcher: &Searcher<'_>,
        wish: &Wish,
        pictures: &[(String, Picture)],
    ) -> Result<Self, ReelError> {
        let mut all = Self::default();
        let home = home_section(wish);
        for (place, stretch) in wish.must_have.iter().enumerate() {
            let found = all.stretch(searcher, stretch, home, place, true)?;
            all.finds.push(found);
        }
        for (place, stretch) in wish.given.iter().enumerate() {
            let place = wish.must_have.len() + place;
            let found = all.stretch(searcher, stretch, home, place, false)?;
            all.finds.push(found);
        }
        for (section, asked) in wish.sections.iter().enumerate() {
            match &asked.query {
                Some(text) => all.search(searcher, wish, section, text, pictures)?,
                // What was chosen by hand is not mixed with what nobody asked for.
                None if !wish.given.is_empty() && section == home => {}
                None => all.whole_assets(searcher, wish, section)?,
            }
        }
        all.drop_missing();
        Ok(all)
    }

    fn stretch(
        &mut self,
        searcher: &Searcher<'_>,
        stretch: &Stretch,
        section: usize,
        place: usize,
        is_must: bool,
    ) -> Result<Find, ReelError> {
        let record = searcher.store.catalog().asset_by_id(stretch.asset_id)?;
        let record = record.ok_or_else(|| ReelError::Wish {
            reason: format!("the library has no asset {}", stretch.asset_id.short()),
        })?;
        let asset = record.key;
        self.records.insert(asset, record);
        Ok(Find {
            asset,
            section,
            span: Some(TimeSpan::new(stretch.start_millis, stretch.end_millis)),
            relevance: Some(1.0),
            query: None,
            evidence: Vec::new(),
            found: if is_must {
                "must be in it".to_owned()
            } else {
                "chosen by hand".to_owned()
            },
            given: Some(place),
            is_must,
        })
    }

    fn search(
        &mut self,
        searcher: &Searcher<'_>,
        wish: &Wish,
        section: usize,
        text: &str,
        pictures: &[(String, Picture)],
    ) -> Result<(), ReelError> {
        let query = Query {
            text: text.to_owned(),
            filters: filters(wish),
            limit: MOMENTS_PER_QUERY,
            ..Query::default()
        };
        let (mut answer, _) = searcher.explain(&query, pictures)?;
        self.notes.append(&mut answer.notes);
        let is_seen = |moment: &FoundMoment| moment.kind != Some(AssetKind::Audio);
        let found = answer.moments.len();
        if answer.moments.iter().any(is_seen) {
            answer.moments.retain(is_seen);
        }
        let left_out = found - answer.moments.len();
        if left_out > 0 {
            self.notes.push(format!(
                "{left_out} moments of sound alone are left out of “{text}”; `is:audio` in the query asks for them"
            ));
        }
        if found == 0 {
            self.notes.push(format!("nothing matches “{text}” well"));
        }
        let best = answer
            .moments
            .iter()
            .map(|moment| moment.score)
            .fold(0.0, f32::max);
        for moment in answer.moments {
            let Some(record) = searcher.store.catalog().asset_by_id(moment.asset_id)? else {
                continue;
            };
            let asset = record.key;
            self.records.insert(asset, record);
            let strength = match moment.strength {
                Strength::Strong => 1.0,
                Strength::Fair => 0.75,
                Strength::Weak => 0.5,
            };
            self.finds.push(Find {
                asset,
                section,
                span: (moment.end_millis > moment.start_millis)
                    .then(|| TimeSpan::new(moment.start_millis, moment.end_millis)),
                relevance: Some(strength * moment.score / best.max(f32::MIN_POSITIVE)),
                query: Some(text.to_owned()),
                evidence: evidence(&moment),
                found: moment.reason,
                given: None,
                is_must: false,
            });
        }
        Ok(())
    }

    /// Every film of the collection; sound alone and stills where there are no films.
    fn whole_assets(
        &mut self,
        searcher: &Searcher<'_>,
        wish: &Wish,
        section: usize,
    ) -> Result<(), ReelError> {
        let catalog = searcher.store.catalog();
        let mut keys: Vec<AssetKey> = Vec::new();
        for kind in [AssetKind::Video, AssetKind::Audio, AssetKind::Image] {
            let kinds = vec![kind];
            let filters = Filters {
                kinds,
                ..filters(wish)
            };
            keys = catalog.assets_fitting(&filters)?.into_iter().collect();
            if !keys.is_empty() {
                break;
            }
        }
        keys.sort_unstable();
        if keys.len() > MOST_ASSETS {
            self.notes.push(format!(
                "{MOST_ASSETS} of {} assets were looked through, spread evenly; a query or --collection narrows them",
                keys.len()
            ));
            let every = keys.len() as f64 / MOST_ASSETS as f64;
            keys = (0..MOST_ASSETS)
                .map(|at| keys[(at as f64 * every) as usize])
                .collect();
        }
        for asset in keys {
            let Some(record) = catalog.asset(asset)? else {
                continue;
            };
            self.records.insert(asset, record);
            self.finds.push(Find {
                asset,
                section,
                span: None,
                relevance: None,
                query: None,
                evidence: Vec::new(),
                found: String::new(),
                given: None,
                is_must: false,
            });
        }
        Ok(())
    }

    /// Leaves out what can't be cut from now, unless a person chose it: then it is told when it is handed over.
    fn drop_missing(&mut self) {
        let is_there = |record: &AssetRecord| record.locations.iter().any(|place| !place.missing);
        let missing: Vec<AssetKey> = self
            .records
            .values()
            .filter(|record| !is_there(record))
            .map(|record| record.key)
            .collect();
        let before = self.finds.len();
        self.finds
            .retain(|find| find.given.is_some() || !missing.contains(&find.asset));
        if self.finds.len() < before {
            self.notes.push(format!(
                "{} assets whose files were missing at the last scan are left out",
                missing.len()
            ));
        }
    }
}

/// The section that stretches chosen by hand belong to: the first that takes any number.
pub(super) fn home_section(wish: &Wish) -> usize {
    let mut sections = wish.sections.iter();
    let open = sections.position(|section| section.picks.is_none());
    open.unwrap_or(wish.sections.len() - 1)
}

fn filters(wish: &Wish) -> Filters {
    Filters {
        collections: wish.collection.iter().cloned().collect(),
        ..Filters::default()
    }
}

fn evidence(moment: &FoundMoment) -> Vec<Evidence> {
    moment
        .evidence
        .iter()
        .take(MOST_EVIDENCE)
        .map(|found| Evidence {
            source: Source::name(found.source).to_owned(),
            score: found.score,
            text: found.snippet.as_ref().map(|snippet| snippet.text.clone()),
        })
        .collect()
}
