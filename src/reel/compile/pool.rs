//! Everything that may be picked for a wish, cut in several lengths.

use std::{collections::BTreeMap, ops::Range};

use super::{
    CompileSettings,
    clocks::clocks,
    finds::{Find, Finds},
    material::{Material, source_of, usual_rate},
    peaks::{Peak, peaks},
    select::{Choice, Item},
    snap::{Ground, Wanted},
};
use crate::{
    domain::{AssetId, AssetKey, Rational, SpaceKind, TimeSpan},
    reel::{
        error::ReelError,
        manifest::{Evidence, TimelineSettings, Wish},
        source::SourceKind,
        timeline::shown_frames,
    },
    search::Searcher,
};

/// The cosine from which two pictures are nearly the same, as searches have it.
const SAME_PICTURE: f32 = 0.97;
/// A still is shown for so long where the wish allows it.
const STILL_MILLIS: i64 = 4000;
/// What matches a query counts so much, how exciting it is the rest.
const RELEVANCE_SHARE: f32 = 0.6;
/// More is not weighed against each other; the likenesses of all pairs are held.
const MOST_CORES: usize = 400;
/// Stretches of one asset that are looked at.
const PEAKS_PER_ASSET: usize = 40;
/// Stretches of one moment that is longer than a pick.
const PEAKS_PER_MOMENT: usize = 3;
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
                let excitement = material.excitement(material.span_of(&frames));
                let quality = match find.relevance {
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

    /// The cores as the selection sees them.
    pub(super) fn items(&self, seed: u64) -> Vec<Item> {
        let tellings: Vec<_> = self.materials.values().map(|m| m.telling.clone()).collect();
        let clocks: BTreeMap<AssetKey, Option<(usize, i64)>> = self
            .materials
            .keys()
            .copied()
            .zip(clocks(&tellings))
            .collect();
        self.cores
            .iter()
            .map(|core| {
                let material = self.materials.get(&core.asset);
                let choices = core.cuts.iter().map(|cut| {
                    let span = material.map(|material| material.span_of(&cut.frames));
                    let span = span.unwrap_or(TimeSpan::new(0, 0));
                    Choice {
                        frames: cut.reel_frames,
                        quality: cut.quality,
                        millis: span.start_millis..span.end_millis,
                    }
                });
                let start = core.cuts[core.natural].frames.start;
                Item {
                    section: core.section,
                    asset: core.asset.0,
                    clock: clocks.get(&core.asset).copied().flatten(),
                    choices: choices.collect(),
                    natural: core.natural,
                    tie: tie(seed, material.map(|material| material.id), start),
                }
            })
            .collect()
    }

    /// How alike all pairs of cores look, row by row, 0 to 1; of those without a picture only each to itself.
    pub(super) fn likenesses(&self) -> Vec<f32> {
        let vectors: Vec<Option<&[f32]>> =
            self.cores.iter().map(|core| self.vector(core)).collect();
        let count = vectors.len();
        let mut alike = vec![0.0; count * count];
        let (mut sum, mut pairs) = (0.0_f64, 0_u32);
        for one in 0..count {
            alike[one * count + one] = 1.0;
            for other in one + 1..count {
                if let (Some(first), Some(second)) = (vectors[one], vectors[other]) {
                    let cosine = dot(first, second);
                    alike[one * count + other] = cosine;
                    alike[other * count + one] = cosine;
                    sum += f64::from(cosine);
                    pairs += 1;
                }
            }
        }
        // All pictures of one event are alike to a degree; what counts is how much more some are.
        let usual = if pairs == 0 {
            0.0
        } else {
            (sum / f64::from(pairs)) as f32
        };
        let usual = usual.clamp(0.0, 0.99);
        for value in &mut alike {
            *value = ((*value - usual) / (1.0 - usual)).clamp(0.0, 1.0);
        }
        alike
    }

    /// Whether two cores look nearly the same. Two stretches that one picture stands for can't be told
    /// apart by it: a long take is not its own double.
    pub(super) fn is_double(&self, one: &Core, other: &Core) -> bool {
        if one.asset == other.asset && one.picture == other.picture {
            return false;
        }
        match (self.vector(one), self.vector(other)) {
            (Some(first), Some(second)) => dot(first, second) >= SAME_PICTURE,
            _ => false,
        }
    }

    fn vector(&self, core: &Core) -> Option<&[f32]> {
        let material = self.materials.get(&core.asset)?;
        let (_, vector) = material.pictures.get(core.picture?)?;
        Some(vector)
    }
}

pub(super) fn ground(material: &Material, free: Range<i64>) -> Ground<'_> {
    Ground {
        source: &material.source,
        shots: &material.shots,
        words: &material.words,
        cues: &material.cues,
        free,
    }
}

/// Where in a find there is something to cut: as it is where it fits, else its peaks.
fn stretches(material: &Material, find: &Find, wish: &Wish) -> Vec<Peak> {
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

/// The clock and size that most sources have.
fn usual_timeline(
    found: &Finds,
    settings: &CompileSettings,
) -> Result<TimelineSettings, ReelError> {
    const FALLBACK: Rational = Rational::new(25, 1);
    let mut rates: BTreeMap<(i32, i32), usize> = BTreeMap::new();
    let mut sizes: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for find in &found.finds {
        let Some(source) = found
            .records
            .get(&find.asset)
            .and_then(|r| source_of(r, FALLBACK))
        else {
            continue;
        };
        if source.kind == SourceKind::Video {
            if !source.is_variable_rate && usual_rate(source.rate) == source.rate {
                *rates.entry((source.rate.num, source.rate.den)).or_default() += 1;
            }
            if let (Some(width), Some(height)) = (source.width, source.height) {
                *sizes.entry((width, height)).or_default() += 1;
            }
        }
    }
    // Of as many, the greater: nothing is lost by it.
    let rate = rates
        .into_iter()
        .max_by_key(|((num, den), count)| {
            (*count, i64::from(*num) * 1000 / i64::from((*den).max(1)))
        })
        .map_or(FALLBACK, |((num, den), _)| Rational::new(num, den));
    let size = sizes
        .into_iter()
        .max_by_key(|((width, height), count)| (*count, u64::from(*width) * u64::from(*height)))
        .map_or((1920, 1080), |(size, _)| size);
    let rate = settings.rate.unwrap_or(rate);
    let (width, height) = settings.size.unwrap_or(size);
    if !rate.is_known() || !(1.0..=120.0).contains(&rate.to_f64().unwrap_or(0.0)) {
        return Err(ReelError::Wish {
            reason: "a reel has 1 to 120 frames per second".to_owned(),
        });
    }
    if settings.size.is_some() && !(16..=8192).contains(&width.min(height))
        || width.max(height) > 8192
    {
        return Err(ReelError::Wish {
            reason: "a reel's picture is 16 to 8192 pixels wide and high".to_owned(),
        });
    }
    let drop_frame = matches!((rate.num, rate.den), (30_000 | 60_000, 1001));
    Ok(TimelineSettings {
        rate,
        drop_frame,
        start_timecode: if drop_frame {
            "01:00:00;00"
        } else {
            "01:00:00:00"
        }
        .to_owned(),
        // Encoders take even sizes alone.
        width: (width.max(16) / 2) * 2,
        height: (height.max(16) / 2) * 2,
    })
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// A number that settles equal gains: another for each seed, the same on each run (SplitMix64's mixing).
fn tie(seed: u64, asset: Option<AssetId>, start: i64) -> u64 {
    let id = asset.map_or([0; 8], |id| {
        let mut first = [0; 8];
        first.copy_from_slice(&id.0[..8]);
        first
    });
    let mut mixed = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(u64::from_le_bytes(id))
        .wrapping_add(start.cast_unsigned());
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
