//! The same wish again after new material: locked picks stay, and what changes is told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CompileSettings, is_same_moment, pool::Pool};
use crate::{
    reel::{
        edit::now,
        error::ReelError,
        manifest::{Pick, Reel, Stretch, Wish},
        rights,
        timeline::record_frames,
    },
    search::Searcher,
};

/// What revisions that an update made are called by.
pub(super) const UPDATE: &str = "update";

/// How two states of a reel differ.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ReelDiff {
    /// Picks that came, in order.
    pub added: Vec<Pick>,
    /// Picks that went, in their old order.
    pub removed: Vec<Pick>,
    /// Picks that stand elsewhere among those that stay.
    pub moved: Vec<Moved>,
    /// Picks that begin or end elsewhere.
    pub retimed: Vec<Retimed>,
}

/// A pick that stands elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// Its number.
    pub pick: u32,
    /// Its old position, from 1.
    pub from: usize,
    /// Its new position, from 1.
    pub to: usize,
}

/// A pick that begins or ends elsewhere, in frames of its source: `[first, first after]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Retimed {
    /// Its number.
    pub pick: u32,
    /// Before.
    pub from: (i64, i64),
    /// After.
    pub to: (i64, i64),
}

impl ReelDiff {
    /// What is different in `after`.
    pub fn between(before: &[Pick], after: &[Pick]) -> Self {
        let is_in = |picks: &[Pick], id| picks.iter().any(|pick| pick.id == id);
        let rest = |picks: &[Pick], others: &[Pick]| -> Vec<Pick> {
            let absent = picks.iter().filter(|pick| !is_in(others, pick.id));
            absent.cloned().collect()
        };
        let order = |picks: &[Pick], others: &[Pick]| -> Vec<u32> {
            let staying = picks.iter().filter(|pick| is_in(others, pick.id));
            staying.map(|pick| pick.id).collect()
        };
        let position = |picks: &[Pick], id| picks.iter().position(|pick| pick.id == id);
        let (old, new) = (order(before, after), order(after, before));
        let mut diff = Self {
            added: rest(after, before),
            removed: rest(before, after),
            ..Self::default()
        };
        for (one, other) in old.iter().zip(&new) {
            if one != other
                && let (Some(from), Some(to)) = (position(before, *other), position(after, *other))
            {
                diff.moved.push(Moved {
                    pick: *other,
                    from: from + 1,
                    to: to + 1,
                });
            }
        }
        for pick in before {
            if let Some(now) = after.iter().find(|other| other.id == pick.id) {
                let (from, to) = (
                    (pick.in_frame, pick.out_frame),
                    (now.in_frame, now.out_frame),
                );
                if from != to {
                    let pick = pick.id;
                    diff.retimed.push(Retimed { pick, from, to });
                }
            }
        }
        diff
    }

    /// Whether nothing is different.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Compiles the reel's wish again. Locked picks stay as they are, at their positions; what a person
/// dropped or replaced does not come back; a pick that is chosen again keeps its number, name and lettering.
/// The result has a new revision where something changed, and is the same reel where nothing did.
///
/// # Errors
/// As [`compile`](super::compile); `NoMaterial` when nothing would be left.
pub fn update(
    searcher: &Searcher<'_>,
    reel: &Reel,
    settings: &CompileSettings,
) -> Result<(Reel, ReelDiff), ReelError> {
    let catalog = searcher.store.catalog();
    let wish = without_dropped(reel);
    wish.check()?;
    let mut pool = Pool::of(searcher, &wish, settings, Some(&reel.timeline))?;
    let locked: Vec<&Pick> = reel.picks().iter().filter(|pick| pick.is_locked).collect();
    pool.keep(reel, &wish, &locked, catalog, &settings.weights)?;
    let fixed = pool.musts();
    let chosen = pool.choose(&wish, &fixed)?;
    let mut picks = pool.in_order(&wish, pool.picks(&wish, &chosen));
    carry_over(reel, &mut picks);
    let new = picks.iter_mut().filter(|pick| pick.id == 0);
    for (number, pick) in (reel.next_pick_id()..).zip(new) {
        pick.id = number;
    }
    for (position, pick) in reel.picks().iter().enumerate() {
        if pick.is_locked {
            picks.insert(position.min(picks.len()), pick.clone());
        }
    }
    if picks.is_empty() {
        return Err(ReelError::NoMaterial { wish: wish.told() });
    }
    let mut updated = reel.clone();
    pool.add_sources(&mut updated, &picks);
    let mut notes = pool.notes_on(&wish, &picks);
    undo_overlong(&mut picks, &updated, &pool, &wish, &mut notes);
    for pick in picks.iter().filter(|pick| pick.is_locked) {
        let blocked = rights::blocked_spans(catalog, pick.asset_id)?;
        if rights::is_blocked(&updated, pick, &blocked) {
            notes.push(format!(
                "pick {} is locked and shows what is blocked",
                pick.id
            ));
        }
    }
    let diff = ReelDiff::between(reel.picks(), &picks);
    if diff.is_empty() {
        return Ok((reel.clone(), diff));
    }
    let change = format!(
        "{UPDATE}: {} added, {} removed, {} moved, {} cut anew",
        diff.added.len(),
        diff.removed.len(),
        diff.moved.len(),
        diff.retimed.len()
    );
    updated.commit(picks, change, notes, &now());
    Ok((updated, diff))
}

/// What a pick was given by hand goes over to the pick that shows the same moment.
fn carry_over(reel: &Reel, picks: &mut [Pick]) {
    let mut open: Vec<&Pick> = reel.picks().iter().filter(|pick| !pick.is_locked).collect();
    for pick in picks {
        let Some(at) = open.iter().position(|old| is_same_moment(old, pick)) else {
            continue;
        };
        let old = open.remove(at);
        pick.id = old.id;
        pick.name.clone_from(&old.name);
        pick.dissolve_frames = old.dissolve_frames;
        pick.slow_motion = old.slow_motion;
        pick.lower_third.clone_from(&old.lower_third);
    }
}

/// Slow motion that was set by hand may take more room than there is now.
fn undo_overlong(
    picks: &mut [Pick],
    reel: &Reel,
    pool: &Pool,
    wish: &Wish,
    notes: &mut Vec<String>,
) {
    let most = pool.reel_frames_in(wish.length_millis);
    let length = |picks: &[Pick]| -> i64 {
        let of_pick = |pick: &Pick| {
            let source = reel.sources.get(&pick.asset_id)?;
            Some(record_frames(pick, source, reel.timeline.rate))
        };
        picks.iter().filter_map(of_pick).sum()
    };
    while length(picks) > most {
        let slow = picks
            .iter_mut()
            .rev()
            .find(|pick| !pick.is_locked && pick.slow_motion.is_some());
        let Some(pick) = slow else { return };
        pick.slow_motion = None;
        notes.push(format!(
            "pick {} is shown at its own speed: there is no room for more",
            pick.id
        ));
    }
}

/// The wish without what a person took out of the reel since it was made.
pub(super) fn without_dropped(reel: &Reel) -> Wish {
    let mut wish = reel.wish.clone();
    let mut at = reel.current;
    while let Some(parent) = reel.revisions[at].parent {
        let (before, after) = (&reel.revisions[parent], &reel.revisions[at]);
        if !after.change.starts_with(UPDATE) {
            let gone = before.picks.iter().filter(|pick| {
                let is_same = |other: &Pick| other.id == pick.id;
                !after.picks.iter().any(is_same)
            });
            let gone: Vec<&Pick> = gone
                .filter(|pick| !reel.picks().iter().any(|other| is_same_moment(pick, other)))
                .collect();
            for pick in gone {
                let stretch = stretch_of(reel, pick);
                let meets = |other: &Stretch| {
                    other.asset_id == stretch.asset_id
                        && other.start_millis < stretch.end_millis
                        && stretch.start_millis < other.end_millis
                };
                wish.must_have.retain(|other| !meets(other));
                wish.given.retain(|other| !meets(other));
                wish.must_not.push(stretch);
            }
        }
        at = parent;
    }
    wish
}

/// The stretch that a pick shows; of a still, of no time, the shortest there is.
pub(super) fn stretch_of(reel: &Reel, pick: &Pick) -> Stretch {
    let millis = |frame| {
        let source = reel.sources.get(&pick.asset_id);
        source.map_or(0, |source| source.millis_of(frame))
    };
    let start_millis = millis(pick.in_frame);
    Stretch {
        asset_id: pick.asset_id,
        start_millis,
        end_millis: millis(pick.out_frame).max(start_millis + 1),
    }
}
