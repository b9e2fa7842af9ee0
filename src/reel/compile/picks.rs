//! From what was chosen to picks that say why they are there.

use super::{
    finds::home_section,
    material::Material,
    order::{Rank, in_order},
    pool::{Core, Cut, Pool},
    select::{Chosen, Problem, select},
};
use crate::{
    domain::{AssetKey, TimeSpan},
    reel::{
        error::ReelError,
        manifest::{Pick, Reason, Reel, SignalShare, Wish},
        source::Source,
        timeline::record_frames,
    },
    store::Catalog,
};

/// A clip's name is cut after so many letters of what it shows.
const CAPTION_CHARS: usize = 48;
/// Below this share of the length a note says that there is less than was asked for.
const FULL_SHARE: f32 = 0.9;
/// A signal this high within its asset is told of.
const TELLING_LEVEL: f32 = 0.25;

impl Pool {
    /// The numbers of the cores that must be in it.
    pub(super) fn musts(&self) -> Vec<usize> {
        let cores = self.cores.iter().enumerate();
        cores
            .filter(|(_, core)| core.is_must || core.kept.is_some())
            .map(|(number, _)| number)
            .collect()
    }

    /// Puts picks that stay as they are among the cores.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub(super) fn keep(
        &mut self,
        reel: &Reel,
        wish: &Wish,
        picks: &[&Pick],
        catalog: &Catalog,
        weights: &crate::reel::excitement::Weights,
    ) -> Result<(), ReelError> {
        // What must be in it and is kept already is not asked for twice.
        for (at, pick) in picks.iter().enumerate() {
            let Some(source) = reel.sources.get(&pick.asset_id) else {
                continue;
            };
            let record = catalog.asset_by_id(pick.asset_id)?;
            // An asset that the library no longer has gets a number that no other has.
            let mut asset = AssetKey(-1 - at as i64);
            if let Some(record) = record {
                if !self.materials.contains_key(&record.key) {
                    let rate = self.timeline.rate;
                    let material = Material::load(catalog, &record, weights, rate, None)?;
                    self.materials
                        .extend(material.map(|material| (record.key, material)));
                }
                asset = record.key;
            }
            let span = TimeSpan::new(
                source.millis_of(pick.in_frame),
                source.millis_of(pick.out_frame),
            );
            let middle = span.start_millis.midpoint(span.end_millis);
            let material = self.materials.get(&asset);
            let sections = wish.sections.iter();
            let section = sections.clone().position(|s| s.name == pick.section);
            let core = Core {
                asset,
                section: section.unwrap_or(home_section(wish)),
                cuts: vec![Cut {
                    frames: pick.in_frame..pick.out_frame,
                    reel_frames: record_frames(pick, source, self.timeline.rate),
                    quality: pick.reason.relevance.max(pick.reason.excitement),
                    excitement: pick.reason.excitement,
                }],
                natural: 0,
                relevance: None,
                query: pick.reason.query.clone(),
                evidence: Vec::new(),
                found: String::new(),
                given: None,
                is_must: false,
                picture: material.and_then(|material| material.picture_near(middle)),
                kept: Some(pick.id),
            };
            self.cores.retain(|other| {
                !(other.is_must
                    && other.asset == core.asset
                    && meets(&other.cuts[0].frames, &core.cuts[0].frames))
            });
            self.cores.push(core);
        }
        Ok(())
    }

    /// Chooses within the wish's length, with `fixed` in any case.
    ///
    /// # Errors
    /// When what must be in it is longer than the reel may be.
    pub(super) fn choose(&self, wish: &Wish, fixed: &[usize]) -> Result<Vec<Chosen>, ReelError> {
        let frames = self.reel_frames_in(wish.length_millis);
        let sections: Vec<Option<u32>> = wish.sections.iter().map(|s| s.picks).collect();
        let needed: i64 = fixed
            .iter()
            .map(|at| self.cores[*at].cuts[0].reel_frames)
            .sum();
        if needed > frames {
            let seconds = |frames: i64| {
                let rate = self.timeline.rate;
                frames as f64 * f64::from(rate.den) / f64::from(rate.num)
            };
            return Err(ReelError::Wish {
                reason: format!(
                    "what must be in it lasts {:.1} s, and the reel may last {:.1} s",
                    seconds(needed),
                    seconds(frames)
                ),
            });
        }
        Ok(self.select(wish, fixed, frames, &sections))
    }

    /// Chooses within `frames` of the reel and by `sections`' numbers.
    pub(super) fn select(
        &self,
        wish: &Wish,
        fixed: &[usize],
        frames: i64,
        sections: &[Option<u32>],
    ) -> Vec<Chosen> {
        let mut items = self.items(wish.seed);
        if wish.all_angles {
            for item in &mut items {
                item.clock = None;
            }
        }
        let alike = self.likenesses();
        let is_double = |one: usize, other: usize| {
            let (one, other) = (&self.cores[one], &self.cores[other]);
            // A person may choose two that look alike.
            let is_wanted = |core: &Core| core.given.is_some() || core.kept.is_some();
            !(is_wanted(one) && is_wanted(other)) && self.is_double(one, other)
        };
        select(&Problem {
            items: &items,
            alike: &alike,
            is_double: &is_double,
            sections,
            frames,
            most_per_asset: wish.most_per_asset,
            diversity: wish.diversity,
            floor: self.floor,
            fixed,
        })
    }

    /// What was chosen as picks, the number 0 for new ones; kept ones are left out.
    pub(super) fn picks(&self, wish: &Wish, chosen: &[Chosen]) -> Vec<(Rank, Pick)> {
        let mut picks = Vec::with_capacity(chosen.len());
        for (place, chosen) in chosen.iter().enumerate() {
            let core = &self.cores[chosen.item];
            let Some(material) = self.materials.get(&core.asset) else {
                continue;
            };
            if core.kept.is_some() {
                continue;
            }
            let cut = &core.cuts[chosen.choice];
            let span = material.span_of(&cut.frames);
            let rank = Rank {
                section: core.section,
                recorded_millis: material
                    .recorded_millis
                    .map(|recorded| recorded + span.start_millis),
                place: material.place.clone(),
                start_millis: span.start_millis,
                strength: cut.quality,
                given: core.given.unwrap_or(usize::MAX / 2 + place),
            };
            let pick = self.pick(wish, material, core, cut, chosen.gain);
            picks.push((rank, pick));
        }
        picks
    }

    /// Picks in the wish's order.
    pub(super) fn in_order(&self, wish: &Wish, picks: Vec<(Rank, Pick)>) -> Vec<Pick> {
        let ranks: Vec<Rank> = picks.iter().map(|(rank, _)| rank.clone()).collect();
        let mut picks: Vec<Option<Pick>> = picks.into_iter().map(|(_, pick)| Some(pick)).collect();
        in_order(&ranks, wish.order)
            .into_iter()
            .filter_map(|at| picks[at].take())
            .collect()
    }

    fn pick(&self, wish: &Wish, material: &Material, core: &Core, cut: &Cut, gain: f32) -> Pick {
        let frames = cut.frames.clone();
        let span = material.span_of(&frames);
        let signals = material.curve.shares(span);
        let handle = material.source.frame_at(wish.handle_millis);
        let (head, tail) = if material.is_still() {
            (0, 0)
        } else {
            let free = material.free_around(span.start_millis.midpoint(span.end_millis));
            (
                handle.min(frames.start - free.start).max(0),
                handle.min(free.end - frames.end).max(0),
            )
        };
        Pick {
            id: 0,
            asset_id: material.id,
            in_frame: frames.start,
            out_frame: frames.end,
            in_timecode: String::new(),
            out_timecode: String::new(),
            head_handle_frames: head,
            tail_handle_frames: tail,
            name: name(&material.source, material.caption(span).as_deref()),
            section: wish.sections[core.section].name.clone(),
            is_locked: false,
            dissolve_frames: 0,
            slow_motion: None,
            lower_third: None,
            reason: Reason {
                text: reason(&core.found, cut.excitement, &signals),
                query: core.query.clone(),
                relevance: match core.query {
                    Some(_) => core.relevance.unwrap_or(0.0),
                    None => 0.0,
                },
                excitement: cut.excitement,
                gain,
                signals,
                evidence: core.evidence.clone(),
            },
        }
    }

    /// Enters the sources of picks that the reel does not know yet.
    pub(super) fn add_sources(&self, reel: &mut Reel, picks: &[Pick]) {
        for pick in picks {
            if let Some(material) = self.material(pick.asset_id) {
                let known = reel.sources.entry(pick.asset_id);
                known.or_insert_with(|| material.source.clone());
            }
        }
    }

    /// What the search noted, and what the picks are short of.
    pub(super) fn notes_on(&self, wish: &Wish, picks: &[Pick]) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        for note in &self.notes {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        for section in &wish.sections {
            let found = picks
                .iter()
                .filter(|pick| pick.section == section.name)
                .count();
            let name = match section.name.as_str() {
                "" => "the reel".to_owned(),
                name => format!("the section `{name}`"),
            };
            match section.picks {
                Some(asked) if found < asked as usize => {
                    notes.push(format!("{name} has {found} of {asked} picks"));
                }
                None if found == 0 => notes.push(format!("{name} has no pick")),
                _ => {}
            }
        }
        let given = wish.given.iter().filter(|stretch| {
            !picks.iter().any(|pick| {
                self.material(pick.asset_id).is_some_and(|material| {
                    let span = material.span_of(&(pick.in_frame..pick.out_frame));
                    let own = TimeSpan::new(stretch.start_millis, stretch.end_millis);
                    pick.asset_id == stretch.asset_id
                        && (material.is_still() || own.overlap_millis(span) > 0)
                })
            })
        });
        let left_out = given.count();
        if left_out > 0 {
            notes.push(format!("{left_out} of the {} chosen by hand found no room: too short, forbidden, or the length is used up", wish.given.len()));
        }
        let asked = self.reel_frames_in(wish.length_millis);
        let shown: i64 = picks
            .iter()
            .filter_map(|pick| {
                let source = &self.material(pick.asset_id)?.source;
                Some(record_frames(pick, source, self.timeline.rate))
            })
            .sum();
        let is_open = wish.sections.iter().any(|section| section.picks.is_none());
        if is_open && (shown as f32) < FULL_SHARE * asked as f32 {
            let rate = self.timeline.rate;
            let seconds = |frames: i64| frames as f64 * f64::from(rate.den) / f64::from(rate.num);
            notes.push(format!(
                "{:.1} of {:.1} seconds are filled: what is left does not fit, is shown already, or stays far below the best",
                seconds(shown),
                seconds(asked)
            ));
        }
        notes
    }
}

fn meets(one: &std::ops::Range<i64>, other: &std::ops::Range<i64>) -> bool {
    one.start < other.end && other.start < one.end
}

/// A clip's name: its file's, and what it shows.
fn name(source: &Source, caption: Option<&str>) -> String {
    let stem = source
        .name
        .rsplit_once('.')
        .map_or(source.name.as_str(), |(stem, _)| stem);
    let plain = |text: &str| -> String {
        let flat: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        flat.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let cut = |text: String, most: usize| match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    };
    let stem = cut(plain(stem), 100);
    match caption.map(plain).filter(|caption| !caption.is_empty()) {
        Some(caption) => format!("{stem} – {}", cut(caption, CAPTION_CHARS)),
        None if stem.is_empty() => "clip".to_owned(),
        None => stem,
    }
}

/// Why a pick is there, in a sentence.
fn reason(found: &str, excitement: f32, signals: &[SignalShare]) -> String {
    let loud: Vec<String> = signals
        .iter()
        .filter(|share| share.level >= TELLING_LEVEL)
        .take(3)
        .map(|share| share.signal.replace('_', " "))
        .collect();
    let mut parts: Vec<String> = Vec::new();
    if !found.is_empty() {
        parts.push(found.replace(['\n', '\r', '\t'], " "));
    }
    if !loud.is_empty() {
        parts.push(format!("{} above the usual", loud.join(", ")));
    }
    if parts.is_empty() {
        return format!("fills the reel (excitement {excitement:.2})");
    }
    format!("{} (excitement {excitement:.2})", parts.join("; "))
}
