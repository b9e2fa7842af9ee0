//! What a person may change in a reel; every state is kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    error::ReelError,
    manifest::{Pick, Reel, Revision, SlowMotion},
    source::Source,
};
use crate::domain::AssetId;

/// One change. Picks are named by their number, which stays when they are moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Keep a pick as it is in updates, or no longer.
    Lock {
        /// The pick's number.
        pick: u32,
        /// Whether it is kept.
        is_locked: bool,
    },
    /// Take a pick out.
    Drop {
        /// The pick's number.
        pick: u32,
    },
    /// Put a pick elsewhere.
    Move {
        /// The pick's number.
        pick: u32,
        /// Its new position, from 1.
        to: usize,
    },
    /// Begin or end elsewhere.
    Trim {
        /// The pick's number.
        pick: u32,
        /// First frame; as it is where absent.
        in_frame: Option<i64>,
        /// The first frame after it; as it is where absent.
        out_frame: Option<i64>,
    },
    /// Melt in from the pick before.
    Dissolve {
        /// The pick's number.
        pick: u32,
        /// Over how many frames of the reel; 0 for a cut.
        frames: i64,
    },
    /// Show slower, or at its own speed.
    Slow {
        /// The pick's number.
        pick: u32,
        /// How; at its own speed where absent.
        slow_motion: Option<SlowMotion>,
    },
    /// Lay a line over the lower third, or none.
    Letter {
        /// The pick's number.
        pick: u32,
        /// The line; none where absent.
        text: Option<String>,
    },
    /// Call a pick, or the whole reel, something else.
    Rename {
        /// The pick's number; the reel where absent.
        pick: Option<u32>,
        /// The new name.
        name: String,
    },
    /// Go back to the state before the last change.
    Undo,
    /// Go forward to the state that was last gone back from.
    Redo,
}

impl Reel {
    /// Makes a change: a new revision, or a step to one that was made before.
    ///
    /// # Errors
    /// When the pick does not exist, or the change leaves no frame, reaches beyond the source's end,
    /// or repeats what another pick of the same source shows.
    pub fn apply(&mut self, edit: &Edit, made: &str) -> Result<(), ReelError> {
        match edit {
            Edit::Undo => return self.undo(),
            Edit::Redo => return self.redo(),
            Edit::Rename { pick: None, name } => {
                self.title = checked_name(name)?;
                return Ok(());
            }
            _ => {}
        }
        let mut picks = self.picks().to_vec();
        let change = self.changed(&mut picks, edit)?;
        self.commit(picks, change, Vec::new(), made);
        Ok(())
    }

    /// Adds a revision with these picks, which then holds. What was undone before stays in the file.
    pub fn commit(&mut self, picks: Vec<Pick>, change: String, notes: Vec<String>, made: &str) {
        let parent = (!self.revisions.is_empty()).then_some(self.current);
        self.revisions.push(Revision {
            parent,
            made: made.to_owned(),
            change,
            notes,
            picks,
        });
        self.current = self.revisions.len() - 1;
        self.write_timecodes();
    }

    /// The number for a new pick: none that a pick of any revision has.
    pub fn next_pick_id(&self) -> u32 {
        let picks = self.revisions.iter().flat_map(|revision| &revision.picks);
        picks.map(|pick| pick.id).max().unwrap_or(0) + 1
    }

    /// Writes each pick's timecodes anew from its frames.
    pub(super) fn write_timecodes(&mut self) {
        let text = |source: &Source, frame| {
            source
                .timecode_of(frame)
                .map(|timecode| timecode.to_string())
                .unwrap_or_default()
        };
        for pick in self
            .revisions
            .iter_mut()
            .flat_map(|revision| &mut revision.picks)
        {
            if let Some(source) = self.sources.get(&pick.asset_id) {
                pick.in_timecode = text(source, pick.in_frame);
                pick.out_timecode = text(source, pick.out_frame);
            }
        }
    }

    fn undo(&mut self) -> Result<(), ReelError> {
        self.current = self.revision().parent.ok_or_else(|| ReelError::Edit {
            doing: "undo".to_owned(),
            reason: "this is the reel as it was first made".to_owned(),
        })?;
        Ok(())
    }

    fn redo(&mut self) -> Result<(), ReelError> {
        let child = |revision: &Revision| revision.parent == Some(self.current);
        self.current = self
            .revisions
            .iter()
            .rposition(child)
            .ok_or_else(|| ReelError::Edit {
                doing: "redo".to_owned(),
                reason: "nothing was undone".to_owned(),
            })?;
        Ok(())
    }

    /// Makes the change in `picks`; what was done, for people to read.
    fn changed(&self, picks: &mut Vec<Pick>, edit: &Edit) -> Result<String, ReelError> {
        let find = |number: u32, doing: &str| {
            let position = picks.iter().position(|pick| pick.id == number);
            position.ok_or_else(|| ReelError::Edit {
                doing: format!("{doing} pick {number}"),
                reason: format!("the reel has the picks {}", numbers(picks)),
            })
        };
        Ok(match edit {
            Edit::Lock { pick, is_locked } => {
                let at = find(*pick, "lock")?;
                picks[at].is_locked = *is_locked;
                format!("{} pick {pick}", if *is_locked { "lock" } else { "unlock" })
            }
            Edit::Drop { pick } => {
                let at = find(*pick, "drop")?;
                picks.remove(at);
                format!("drop pick {pick}")
            }
            Edit::Move { pick, to } => {
                let at = find(*pick, "move")?;
                if !(1..=picks.len()).contains(to) {
                    return Err(ReelError::Edit {
                        doing: format!("move pick {pick} to position {to}"),
                        reason: format!("there are positions 1 to {}", picks.len()),
                    });
                }
                let moved = picks.remove(at);
                picks.insert(to - 1, moved);
                format!("move pick {pick} to position {to}")
            }
            Edit::Trim {
                pick,
                in_frame,
                out_frame,
            } => {
                let at = find(*pick, "trim")?;
                let trimmed = &mut picks[at];
                trimmed.in_frame = in_frame.unwrap_or(trimmed.in_frame);
                trimmed.out_frame = out_frame.unwrap_or(trimmed.out_frame);
                self.check_span(picks, at)?;
                format!("trim pick {pick}")
            }
            Edit::Dissolve { pick, frames } => {
                let at = find(*pick, "dissolve into")?;
                if !(0..=1000).contains(frames) {
                    return Err(ReelError::Edit {
                        doing: format!("dissolve into pick {pick}"),
                        reason: format!("{frames} is no number of frames from 0 to 1000"),
                    });
                }
                picks[at].dissolve_frames = *frames;
                format!("dissolve into pick {pick} over {frames} frames")
            }
            Edit::Slow { pick, slow_motion } => {
                let at = find(*pick, "slow down")?;
                if let Some(slow) = slow_motion.filter(|slow| !(2..=8).contains(&slow.factor)) {
                    return Err(ReelError::Edit {
                        doing: format!("slow down pick {pick}"),
                        reason: format!("{} is no factor from 2 to 8", slow.factor),
                    });
                }
                picks[at].slow_motion = *slow_motion;
                match slow_motion {
                    Some(slow) => format!("show pick {pick} {} times as long", slow.factor),
                    None => format!("show pick {pick} at its own speed"),
                }
            }
            Edit::Letter { pick, text } => {
                let at = find(*pick, "letter")?;
                picks[at].lower_third = text.as_deref().map(checked_name).transpose()?;
                format!("letter pick {pick}")
            }
            Edit::Rename { pick, name } => {
                let number = pick.unwrap_or_default();
                let at = find(number, "rename")?;
                picks[at].name = checked_name(name)?;
                format!("rename pick {number}")
            }
            Edit::Undo | Edit::Redo => String::new(),
        })
    }

    /// Whether the pick at that position shows frames that its source has, and that no other pick shows.
    fn check_span(&self, picks: &[Pick], at: usize) -> Result<(), ReelError> {
        let pick = &picks[at];
        let wrong = |reason: String| ReelError::Edit {
            doing: format!(
                "trim pick {} to frames {} to {}",
                pick.id, pick.in_frame, pick.out_frame
            ),
            reason,
        };
        if let Some(reason) = span_fault(pick, self.sources.get(&pick.asset_id)) {
            return Err(wrong(reason));
        }
        let is_shown_twice = |other: &&Pick| {
            other.id != pick.id
                && other.asset_id == pick.asset_id
                && other.in_frame < pick.out_frame
                && pick.in_frame < other.out_frame
        };
        let is_still = |id: &AssetId| {
            self.sources
                .get(id)
                .is_some_and(|source| source.frames == 0)
        };
        match picks.iter().find(is_shown_twice) {
            Some(other) if !is_still(&pick.asset_id) => Err(wrong(format!(
                "pick {} shows frames {} to {} of the same source",
                other.id, other.in_frame, other.out_frame
            ))),
            _ => Ok(()),
        }
    }
}

/// The present, RFC 3339, to the second, as revisions are dated by.
pub fn now() -> String {
    jiff::Timestamp::from_second(jiff::Timestamp::now().as_second())
        .unwrap_or_default()
        .to_string()
}

/// What is wrong with the frames of a pick; `None` where its source has them all.
pub(super) fn span_fault(pick: &Pick, source: Option<&Source>) -> Option<String> {
    let Some(source) = source else {
        return Some("its source is not among the reel's sources".to_owned());
    };
    if pick.in_frame < 0 {
        return Some("it would begin before the source's first frame".to_owned());
    }
    if pick.out_frame <= pick.in_frame {
        return Some("nothing would be left of it".to_owned());
    }
    if source.frames > 0 && pick.out_frame > source.frames {
        return Some(format!(
            "the source `{}` has {} frames",
            source.name, source.frames
        ));
    }
    None
}

fn numbers(picks: &[Pick]) -> String {
    let numbers: Vec<String> = picks.iter().map(|pick| pick.id.to_string()).collect();
    if numbers.is_empty() {
        "none".to_owned()
    } else {
        numbers.join(", ")
    }
}

/// A name for people: no control characters, not empty, not beyond 200 characters.
pub(super) fn checked_name(name: &str) -> Result<String, ReelError> {
    let trimmed = name.trim();
    let reason = if trimmed.is_empty() {
        "it is empty"
    } else if trimmed.chars().count() > 200 {
        "it has more than 200 characters"
    } else if trimmed.chars().any(char::is_control) {
        "it has control characters"
    } else {
        return Ok(trimmed.to_owned());
    };
    Err(ReelError::Edit {
        doing: "name it".to_owned(),
        reason: reason.to_owned(),
    })
}

#[cfg(test)]
mod tests;
