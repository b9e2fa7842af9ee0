//! Whether reels show what was worth showing, on generated worlds whose highlights are known.
//!
//! A reel is compiled from what indexing found in the files; the truth is asked only afterwards.

mod simple;
mod truth;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    demo::Truth,
    domain::{AssetId, AssetKey, SpaceKind, TimeSpan},
    fault::AnyError,
    reel::{self, CompileSettings, Order, Reel, ReelError, Section, Stretch, Wish},
    search::Searcher,
};
use truth::{
    Event, Shown, cuts_within_words, events, has_top, millis_in_highlights, same_instants,
};

/// The length of the reel that is measured.
const LENGTH_MILLIS: i64 = 60_000;

/// A reel of one event may take this share of it.
const EVENT_SHARE: i64 = 4;

/// The cosine from which two pictures are nearly the same, as for searches.
const SAME_PICTURE: f32 = 0.97;

/// A generated world with its library.
pub struct ReelWorld<'a> {
    /// What is in it.
    pub truth: &'a Truth,
    /// The folder of its media.
    pub archive: &'a Path,
    /// The library that was made of them.
    pub searcher: &'a Searcher<'a>,
}

/// How good reels are.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ReelFigures {
    /// Where the worlds come from.
    pub seeds: Vec<u64>,
    /// Reels of a minute out of each world, compiled.
    pub compiled: WayFigures,
    /// The same out of stretches around the loudest instants.
    pub loudest_peaks: WayFigures,
    /// The same out of the best answers to a query for highlights.
    pub best_answers: WayFigures,
    /// Reels of one event each, of a quarter of its length.
    pub of_events: WayFigures,
    /// Reels of all kinds of wishes, compiled to look at their cuts.
    pub varied: CutFigures,
}

/// How good the reels are that were made in one way.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct WayFigures {
    /// How long they are together.
    pub shown_millis: i64,
    /// How much of that lies in graded highlights.
    pub highlight_millis: i64,
    /// Events that the reels could show.
    pub events: usize,
    /// Of these, those whose best three highlights are in the reel.
    pub events_with_top: usize,
    /// Their cuts.
    pub cuts: CutFigures,
}

impl WayFigures {
    /// Share of the reels' time that lies in highlights, 0 to 1.
    pub fn share_in_highlights(&self) -> f32 {
        self.highlight_millis as f32 / self.shown_millis.max(1) as f32
    }

    /// Share of the events whose best three highlights are shown, 0 to 1.
    pub fn share_of_events(&self) -> f32 {
        self.events_with_top as f32 / self.events.max(1) as f32
    }

    fn add(&mut self, other: Self) {
        self.shown_millis += other.shown_millis;
        self.highlight_millis += other.highlight_millis;
        self.events += other.events;
        self.events_with_top += other.events_with_top;
        self.cuts.add(other.cuts);
    }
}

/// What is wrong with the cuts of reels.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct CutFigures {
    /// Reels looked at.
    pub reels: usize,
    /// Stretches that they show.
    pub picks: usize,
    /// Beginnings and ends of stretches that lie within a spoken word.
    pub within_words: usize,
    /// Pairs of stretches of a reel that show the same instant or look nearly the same.
    pub near_identical: usize,
}

impl CutFigures {
    fn add(&mut self, other: Self) {
        self.reels += other.reels;
        self.picks += other.picks;
        self.within_words += other.within_words;
        self.near_identical += other.near_identical;
    }
}

impl ReelFigures {
    /// Adds what another world gave.
    pub fn add(&mut self, other: Self) {
        self.seeds.extend(other.seeds);
        self.compiled.add(other.compiled);
        self.loudest_peaks.add(other.loudest_peaks);
        self.best_answers.add(other.best_answers);
        self.of_events.add(other.of_events);
        self.varied.add(other.varied);
    }
}

/// Compiles a reel of a minute and one of each event of a world, makes others in the two simple ways, and
/// compiles `varied` more of different wishes to look at their cuts.
///
/// # Errors
/// When a reel can't be compiled for another reason than that nothing fits, or the library can't be read.
pub fn measure_reels(
    world: &ReelWorld<'_>,
    settings: &CompileSettings,
    varied: usize,
) -> Result<ReelFigures, AnyError> {
    let all = events(world.truth);
    let mut figures = ReelFigures {
        seeds: vec![world.truth.seed],
        ..ReelFigures::default()
    };
    let compiled = world.compiled(&Wish::new(LENGTH_MILLIS), settings)?;
    figures.compiled = world.measured(&compiled, &all)?;
    let loudest = simple::loudest_peaks(world, LENGTH_MILLIS)?;
    figures.loudest_peaks = world.measured(&loudest, &all)?;
    let answers = simple::best_answers(world, LENGTH_MILLIS)?;
    figures.best_answers = world.measured(&answers, &all)?;
    for event in &all {
        let wish = world.wish_for(event)?;
        let cut = world.compiled(&wish, settings)?;
        let own = world.measured(&cut, std::slice::from_ref(event))?;
        figures.of_events.add(own);
    }
    for number in 0..varied {
        let cut = world.compiled(&varied_wish(number), settings)?;
        figures.varied.add(world.cuts_of(&cut)?);
    }
    Ok(figures)
}

/// One of many wishes: lengths, orders, limits and queries in all combinations.
fn varied_wish(number: usize) -> Wish {
    const LENGTHS: [i64; 4] = [15_000, 30_000, 60_000, 120_000];
    const LIMITS: [(i64, i64); 3] = [(2000, 12_000), (1000, 4000), (3000, 8000)];
    const QUERIES: [Option<&str>; 5] = [
        None,
        Some("crowd"),
        Some("the winner"),
        Some("sport"),
        Some("interview"),
    ];
    const ORDERS: [Order; 3] = [Order::Chronological, Order::Dramatic, Order::Given];
    let mut wish = Wish::new(LENGTHS[number % LENGTHS.len()]);
    (wish.shortest_millis, wish.longest_millis) = LIMITS[number % LIMITS.len()];
    wish.order = ORDERS[number / 2 % ORDERS.len()];
    wish.diversity = (number % 7) as f32 / 6.0;
    wish.seed = number as u64;
    wish.sections = vec![Section {
        name: String::new(),
        query: QUERIES[number % QUERIES.len()].map(str::to_owned),
        picks: None,
    }];
    wish
}

impl ReelWorld<'_> {
    /// What a wish's reel shows; nothing where nothing fits.
    fn compiled(&self, wish: &Wish, settings: &CompileSettings) -> Result<Vec<Shown>, AnyError> {
        match reel::compile(self.searcher, wish, "evaluation", settings) {
            Ok(reel) => self.shown(&reel),
            Err(ReelError::NoMaterial { .. }) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    fn shown(&self, reel: &Reel) -> Result<Vec<Shown>, AnyError> {
        let mut cut = Vec::new();
        for pick in reel.picks() {
            let source = reel.sources.get(&pick.asset_id);
            let asset = self.position_of(pick.asset_id)?;
            if let (Some(source), Some(asset)) = (source, asset) {
                let start = source.millis_of(pick.in_frame);
                let span = TimeSpan::new(start, source.millis_of(pick.out_frame));
                cut.push(Shown { asset, span });
            }
        }
        Ok(cut)
    }

    fn measured(&self, cut: &[Shown], events: &[Event]) -> Result<WayFigures, AnyError> {
        Ok(WayFigures {
            shown_millis: cut.iter().map(|shown| shown.span.duration_millis()).sum(),
            highlight_millis: millis_in_highlights(self.truth, cut),
            events: events.len(),
            events_with_top: events.iter().filter(|event| has_top(event, cut)).count(),
            cuts: self.cuts_of(cut)?,
        })
    }

    fn cuts_of(&self, cut: &[Shown]) -> Result<CutFigures, AnyError> {
        let mut same = same_instants(self.truth, cut);
        same.extend(self.look_alikes(cut)?);
        same.sort_unstable();
        same.dedup();
        Ok(CutFigures {
            reels: 1,
            picks: cut.len(),
            within_words: cuts_within_words(self.truth, cut),
            near_identical: same.len(),
        })
    }

    /// Pairs of stretches whose pictures in the middle are nearly the same, for what the picture model
    /// tells. Stretches that one picture stands for can't be told apart by it.
    fn look_alikes(&self, cut: &[Shown]) -> Result<Vec<(usize, usize)>, AnyError> {
        let catalog = self.searcher.store.catalog();
        let spaces = catalog.spaces()?;
        let Some(space) = spaces.iter().find(|space| space.kind == SpaceKind::Picture) else {
            return Ok(Vec::new());
        };
        let mut places = Vec::with_capacity(cut.len());
        for shown in cut {
            let path = &self.truth.assets[shown.asset].path;
            let middle = shown.span.start_millis.midpoint(shown.span.end_millis);
            // An asset that is not there has no picture.
            places.push((self.key_of(path)?.unwrap_or(AssetKey(0)), middle));
        }
        let pictures = catalog.pictures_at(&places, space)?;
        let mut alike = Vec::new();
        for (one, first) in pictures.iter().enumerate() {
            for (other, second) in pictures.iter().enumerate().skip(one + 1) {
                if let (Some(first), Some(second)) = (first, second)
                    && first != second
                    && dot(first, second) >= SAME_PICTURE
                {
                    alike.push((one, other));
                }
            }
        }
        Ok(alike)
    }

    /// The best of one event: nothing of any other asset.
    fn wish_for(&self, event: &Event) -> Result<Wish, AnyError> {
        let own = &self.truth.assets[event.film];
        let mut wish = Wish::new((own.duration_millis / EVENT_SHARE).min(LENGTH_MILLIS));
        for (position, asset) in self.truth.assets.iter().enumerate() {
            let is_own =
                position == event.film || event.others.iter().any(|(at, _)| *at == position);
            if is_own {
                continue;
            }
            if let Some(key) = self.key_of(&asset.path)?
                && let Some(record) = self.searcher.store.catalog().asset(key)?
            {
                wish.must_not.push(Stretch {
                    asset_id: record.id,
                    start_millis: 0,
                    // Encoders of sound fill their last block, and stills have no end.
                    end_millis: asset.duration_millis + 60_000,
                });
            }
        }
        Ok(wish)
    }

    fn key_of(&self, path: &str) -> Result<Option<AssetKey>, AnyError> {
        let location = self
            .searcher
            .store
            .catalog()
            .location(&self.archive.join(path))?;
        Ok(location.map(|location| location.asset))
    }

    /// Position of an asset in the truth.
    fn position_of(&self, id: AssetId) -> Result<Option<usize>, AnyError> {
        let Some(record) = self.searcher.store.catalog().asset_by_id(id)? else {
            return Ok(None);
        };
        Ok(record.locations.iter().find_map(|location| {
            let path = location.path.strip_prefix(self.archive).ok()?;
            let mut assets = self.truth.assets.iter();
            assets.position(|asset| Path::new(&asset.path) == path)
        }))
    }
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
