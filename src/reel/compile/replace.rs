//! The next best for a pick.

use super::{
    CompileSettings,
    pool::Pool,
    update::{stretch_of, without_dropped},
};
use crate::{
    reel::{
        edit::now,
        error::ReelError,
        manifest::{Pick, Reel},
        timeline::record_frames,
    },
    search::Searcher,
};

/// Puts the next best moment of the same section in a pick's place: one that the reel does not show,
/// that was not dropped or replaced before, and that leaves the reel no longer than it may be or is.
///
/// # Errors
/// [`ReelError::Edit`] when there is no such pick; [`ReelError::NoMaterial`] when there is nothing else;
/// the store's and the search's own errors.
pub fn replace(
    searcher: &Searcher<'_>,
    reel: &Reel,
    number: u32,
    settings: &CompileSettings,
) -> Result<Reel, ReelError> {
    let position = reel.picks().iter().position(|pick| pick.id == number);
    let position = position.ok_or_else(|| ReelError::Edit {
        doing: format!("replace pick {number}"),
        reason: "there is no pick of that number".to_owned(),
    })?;
    let old = &reel.picks()[position];
    let mut wish = without_dropped(reel);
    let stretch = stretch_of(reel, old);
    let is_old = |other: &crate::reel::Stretch| {
        other.asset_id == stretch.asset_id
            && other.start_millis < stretch.end_millis
            && stretch.start_millis < other.end_millis
    };
    wish.must_have.retain(|other| !is_old(other));
    wish.given.retain(|other| !is_old(other));
    wish.must_not.push(stretch);
    let mut pool = Pool::of(searcher, &wish, settings, Some(&reel.timeline))?;
    // Who asks for another takes what there is.
    pool.floor = 0.0;
    // What must be in the reel is there, or was taken out of it.
    pool.cores.retain(|core| !core.is_must);
    let others: Vec<&Pick> = reel
        .picks()
        .iter()
        .filter(|pick| pick.id != number)
        .collect();
    let catalog = searcher.store.catalog();
    pool.keep(reel, &wish, &others, catalog, &settings.weights)?;
    let fixed = pool.musts();
    let length: i64 = reel
        .picks()
        .iter()
        .filter_map(|pick| {
            let source = reel.sources.get(&pick.asset_id)?;
            Some(record_frames(pick, source, reel.timeline.rate))
        })
        .sum();
    let kept: i64 = fixed
        .iter()
        .map(|at| pool.cores[*at].cuts[0].reel_frames)
        .sum();
    let frames = length.max(pool.reel_frames_in(wish.length_millis)) - kept;
    let sections = wish.sections.iter();
    let section = sections
        .clone()
        .position(|section| section.name == old.section);
    let section = section.unwrap_or(super::finds::home_section(&wish));
    // One more than the section has, and no other section anything.
    let taken = |at: usize| {
        fixed
            .iter()
            .filter(|f| pool.cores[**f].section == at)
            .count() as u32
    };
    let numbers: Vec<Option<u32>> = (0..wish.sections.len())
        .map(|at| Some(taken(at) + u32::from(at == section)))
        .collect();
    let chosen = pool.select(&wish, &fixed, kept + frames, &numbers);
    let (_, mut pick) = pool
        .picks(&wish, &chosen)
        .pop()
        .ok_or_else(|| ReelError::NoMaterial {
            wish: format!("{} in place of pick {number}", wish.told()),
        })?;
    pick.id = reel.next_pick_id();
    let mut picks = reel.picks().to_vec();
    let change = format!("replace pick {number} by pick {}", pick.id);
    picks[position] = pick;
    let mut replaced = reel.clone();
    pool.add_sources(&mut replaced, &picks);
    replaced.commit(picks, change, Vec::new(), &now());
    Ok(replaced)
}
