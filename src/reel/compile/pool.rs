//! Everything that may be picked for a wish, cut in several lengths.

use std::{collections::BTreeMap, ops::Range};

use super::{
    CompileSettings,
    finds::{Find, Finds},
    form::usual_timeline,
    material::Material,
    peaks::Peak,
    snap::{Ground, Wanted},
    stretches::stretches,
};
use crate::{
    domain::{AssetId, AssetKey, SpaceKind, TimeSpan},
    reel::{
        error::ReelError,
        manifest::{Evidence, TimelineSettings, Wish},
        timeline::shown_frames,
    },
    search::Searcher,
};

/// A still is shown for so long where the wish allows it.
const STILL_MILLIS: i64 = 4000;
/// What matches a query counts so much, how exciting it is the rest.
const RELEVANCE_SHARE: f32 = 0.6;
/// More is not weighed against each other; the likenesses of all pairs are held.
const MOST_CORES: usize = 400;
/// Where nothing is asked for, what stays below this share of the best is not worth showing.
const FLOOR_SHARE: f32 = 0.5;

/// One stretch in one length.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cut {
    /// In frames of the source; of a still in frames of the reel.
    pub frames: Range<i64>,
    /// How many frames of the reel it lasts.
    pub reel_frames: i64,
    /// What it is worth, 0 to 1.
    pub quality: f32,
    pub excitement: f32,
}

/// Something that may be picked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Core {
    pub asset: AssetKey,
    pub section: usize,
    /// Shortest first.
    pub cuts: Vec<Cut>,
    pub natural: usize,
    pub relevance: Option<f32>,
    pub query: Option<String>,
    pub evidence: Vec<Evidence>,
    pub found: String,
    pub given: Option<usize>,
    pub is_must: bool,
    /// The number of its picture in its material.
    pub picture: Option<usize>,
    /// The pick that is kept as it is, by its number.
    pub kept: Option<u32>,
}

/// All that may be picked.
#[derive(Debug)]
pub(super) struct Pool {
    pub timeline: TimelineSettings,
    pub materials: BTreeMap<AssetKey, Material>,
    pub cores: Vec<Core>,
    pub notes: Vec<String>,
    /// Below this quality a core is left out unless it was asked for.
    pub floor: f32,
}

impl Pool {
    /// Finds and cuts everything. The clock of `timeline` counts where there is one already.
    pub(super) fn of(
        searcher: &Searcher<'_>,
        wish: &Wish,
        settings: &CompileSettings,
        timeline: Option<&TimelineSettings>,
    ) -> Result<Self, ReelError> {
        let found = Finds::of(searcher, wish, &settings.pictures)?;
        let timeline = match timeline {
            Some(timeline) => timeline.clone(),
            None => usual_timeline(&found, settings)?,
        };
        let mut pool = Self {
            timeline,
            materials: BTreeMap::new(),
            cores: Vec::new(),
            notes: found.notes,
            floor: 0.0,
        };
        let catalog = searcher.store.catalog();
        let spaces = catalog.spaces()?;
        let space = spaces.iter().find(|space| space.kind == SpaceKind::Picture);
        for record in found.records.values() {
            let rate = pool.timeline.rate;
            let material = Material::load(catalog, record, &settings.weights, rate, space)?;
            let Some(mut material) = material else {
                continue;
            };
            let must_not = wish.must_not.iter().filter(|s| s.asset_id == record.id);
            let spans = must_not.map(|s| TimeSpan::new(s.start_millis, s.end_millis));
            material.forbidden.extend(spans);
            pool.materials.insert(record.key, material);
        }
        for find in &found.finds {
            pool.cut(find, wish)?;
        }
        pool.bound(wish);
        Ok(pool)
    }

    /// How many frames of the reel a time lasts, not rounded up.
    pub(super) fn reel_frames_in(&self, millis: i64) -> i64 {
        let rate = self.timeline.rate;
        let frames = i128::from(millis) * i128::from(rate.num) / (i128::from(rate.den) * 1000);
        i64::try_from(frames).unwrap_or(i64::MAX)
    }

    /// The material of an asset, by identity.
    pub(super) fn material(&self, id: AssetId) -> Option<&Material> {
        self.materials.values().find(|material| material.id == id)
    }

    /// Cuts what was found out of its asset.
    fn cut(&mut self, find: &Find, wish: &Wish) -> Result<(), ReelError> {
        let Some(material) = self.materials.get(&find.asset) else {
            return match find.is_must {
                true => Err(ReelError::Wish {
                    reason: "a stretch that must be in it can't be shown".to_owned(),
                }),
                false => Ok(()),
            };
        };
        let mut cores = Vec::new();
        if find.is_must {
            cores.push(self.whole(material, find)?);
        } else if material.is_still() {
            cores.extend(self.still(material, find, wish));
        } else {
            for peak in stretches(material, find, wish) {
                cores.extend(self.core(material, find, &peak, wish));
            }
        }
        self.cores.extend(cores);
        Ok(())
    }

    /// A stretch that must be in it: all of it, with whole words.
    fn whole(&self, material: &Material, find: &Find) -> Result<Core, ReelError> {
        let span = find.span.unwrap_or(TimeSpan::new(0, 0));
        let frames = if material.is_still() {
            let allowed = material.forbidden.is_empty();
            allowed.then(|| 0..self.reel_frames_in(span.duration_millis()).max(1))
        } else {
            let middle = span.start_millis.midpoint(span.end_millis);
            ground(material, material.free_around(middle)).widened(span)
        };
        let frames = frames.ok_or_else(|| ReelError::Wish {
            reason: format!(
                "`{}` can't be shown from {} to {} ms: it is shorter, or a part of it is forbidden",
                material.source.name, span.start_millis, span.end_millis
            ),
        })?;
        Ok(self.finished(material, find, vec![frames], 0))
    }

    fn still(&self, material: &Material, find: &Find, wish: &Wish) -> Option<Core> {
        if !material.forbidden.is_empty() {
            return None;
        }
        let (shortest, longest) = (wish.shortest_millis, wish.longest_millis);
        let mut lengths: Vec<i64> = [shortest, STILL_MILLIS.clamp(shortest, longest)]
            .into_iter()
            .map(|millis| self.reel_frames_in(millis).max(1))
            .collect();
        lengths.dedup();
        let cuts: Vec<Range<i64>> = lengths.into_iter().map(|frames| 0..frames).collect();
        let natural = cuts.len() - 1;
        Some(self.finished(material, find, cuts, natural))
    }

    /// A stretch around its peak: as short as may be, as it lies, and as long as may be.
    fn core(&self, material: &Material, find: &Find, peak: &Peak, wish: &Wish) -> Option<Core> {
        let source = &material.source;
        let ground = ground(material, material.free_around(peak.at_millis));
        // Rounded so that neither limit is broken by a frame, on either clock.
        let count = |millis: i64| {
            let frames = i128::from(millis) * i128::from(source.rate.num);
            (frames, i128::from(source.rate.den) * 1000)
        };
        let (num, den) = count(wish.shortest_millis);
        let shortest = ((num + den - 1) / den) as i64;
        let (num, den) = count(wish.longest_millis);
        let longest = (num / den) as i64;
        let snap = |span: TimeSpan, most: i64| {
            ground.snap(&Wanted {
                span,
                hold_millis: peak.at_millis,
                shortest,
                longest: most,
            })
        };
        let around = |millis: i64| {
            let half = millis / 2;
            TimeSpan::new(peak.at_millis - half, peak.at_millis + half)
        };
        let natural = snap(peak.span, longest)?;
        let tight = snap(
            around(wish.shortest_millis),
            (natural.end - natural.start).max(shortest),
        );
        let grown = around(wish.longest_millis).union(peak.span);
        let long = snap(grown, longest);
        let mut cuts = vec![natural.clone()];
        cuts.extend(tight.filter(|t| t.end - t.start < natural.end - natural.start));
        cuts.extend(long.filter(|l| l.end - l.start > natural.end - natural.start));
        cuts.sort_by_key(|frames| frames.end - frames.start);
        let natural = cuts.iter().position(|frames| *frames == natural)?;
        Some(self.finished(material, find, cuts, natural))
    }

    fn finished(
        &self,
        material: &Material,
        find: &Find,
        cuts: Vec<Range<i64>>,
        natural: usize,
    ) -> Core {
        let rate = self.timeline.rate;
        let middle = &material.span_of(&cuts[natural]);
        let middle = middle.start_millis.midpoint(middle.end_millis);
        let cuts = cuts
            .into_iter()
            .map(|frames| {
                let span = material.span_of(&frames);
                let excitement = material.excitement(span);
                // What is shown beside the moment is not what was asked for.
                let share = match find.span {
                    Some(found) if !material.is_still() => {
                        found.overlap_millis(span) as f32 / span.duration_millis().max(1) as f32
                    }
                    _ => 1.0,
                };
                let relevance = find.relevance.map(|relevance| relevance * share);
                let quality = match relevance {
                    Some(relevance) if !material.curve.values.is_empty() => {
                        RELEVANCE_SHARE * relevance + (1.0 - RELEVANCE_SHARE) * excitement
                    }
                    Some(relevance) => RELEVANCE_SHARE * relevance,
                    None => excitement,
                };
                Cut {
                    reel_frames: shown_frames(
                        frames.end - frames.start,
                        material.source.rate,
                        rate,
                        1,
                    ),
                    frames,
                    quality,
                    excitement,
                }
            })
            .collect();
        Core {
            asset: find.asset,
            section: find.section,
            cuts,
            natural,
            relevance: find.relevance,
            query: find.query.clone(),
            evidence: find.evidence.clone(),
            found: find.found.clone(),
            given: find.given,
            is_must: find.is_must,
            picture: material.picture_near(middle),
            kept: None,
        }
    }

    /// Keeps the best of more cores than are weighed, and sets what the others must reach.
    fn bound(&mut self, wish: &Wish) {
        let quality = |core: &Core| core.cuts[core.natural].quality;
        let mut order: Vec<usize> = (0..self.cores.len()).collect();
        order.sort_by(|a, b| {
            let (one, other) = (&self.cores[*a], &self.cores[*b]);
            let first = other.given.is_some().cmp(&one.given.is_some());
            first
                .then_with(|| quality(other).total_cmp(&quality(one)))
                .then(a.cmp(b))
        });
        // Each section keeps its own best: a query with many hits does not push another's out.
        let most = (MOST_CORES / wish.sections.len()).max(20);
        let mut counts = vec![0; wish.sections.len()];
        order.retain(|at| {
            let count = &mut counts[self.cores[*at].section];
            *count += 1;
            *count <= most || self.cores[*at].is_must
        });
        order.sort_unstable();
        self.cores = order.into_iter().map(|at| self.cores[at].clone()).collect();
        let best = self.cores.iter().map(quality).fold(0.0, f32::max);
        let is_asked = wish.sections.iter().any(|section| section.query.is_some());
        if !is_asked && wish.given.is_empty() {
            self.floor = FLOOR_SHARE * best;
        }
    }
}

pub(super) fn ground(material: &Material, free: Range<i64>) -> Ground<'_> {
    Ground {
        source: &material.source,
        shots: &material.shots,
        words: &material.words,
        cues: &material.cues,
        hearing: material.hearing.as_ref(),
        free,
    }
}
