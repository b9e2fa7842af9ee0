//! The commands of `reeldex reel` that change a reel.

use serde_json::json;

use super::{document, options, read, show};
use crate::{
    app::App,
    cli::{
        arguments::{Mark, OnePick, ReelCommand},
        output::Output,
    },
    domain::Timecode,
    fault::{AnyError, ExitStatus},
    reel::{Edit, Reel, ReelDiff, ReelError, ReelFile, SlowMotion, Smoothing, now},
};

pub(super) fn run(
    app: &App,
    command: &ReelCommand,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    if let ReelCommand::Update {
        reel,
        apply,
        weights,
    } = command
    {
        let (file, before) = read(app, &reel.reel)?;
        let (after, diff) = app.update_reel(&before, &options(weights))?;
        return update(&file, &after, &diff, *apply, output);
    }
    let (file, mut reel) = read(app, name_of(command))?;
    if let ReelCommand::Replace { pick, weights } = command {
        reel = app.replace_in_reel(&reel, pick.pick, &options(weights))?;
    } else {
        for edit in edits(&reel, command)? {
            reel.apply(&edit, &now())?;
        }
    }
    file.write(&reel)?;
    if output.json {
        output.document(&document(&file, &reel));
    } else {
        show::tell(&reel, output);
    }
    Ok(ExitStatus::Done)
}

fn name_of(command: &ReelCommand) -> &str {
    match command {
        ReelCommand::Lock(picks) | ReelCommand::Unlock(picks) | ReelCommand::Drop(picks) => {
            &picks.reel
        }
        ReelCommand::Move { pick, .. }
        | ReelCommand::Trim { pick, .. }
        | ReelCommand::Dissolve { pick, .. }
        | ReelCommand::Slow { pick, .. }
        | ReelCommand::Letter { pick, .. }
        | ReelCommand::Replace { pick, .. } => &pick.reel,
        ReelCommand::Rename { reel, .. }
        | ReelCommand::Update { reel, .. }
        | ReelCommand::Undo(reel)
        | ReelCommand::Redo(reel)
        | ReelCommand::Show(reel)
        | ReelCommand::History(reel) => &reel.reel,
        ReelCommand::Explain(arguments) => &arguments.reel.reel,
        ReelCommand::Export(arguments) => &arguments.reel.reel,
        ReelCommand::Render(arguments) => &arguments.reel.reel,
        ReelCommand::New(_) | ReelCommand::List => "",
    }
}

fn edits(reel: &Reel, command: &ReelCommand) -> Result<Vec<Edit>, ReelError> {
    let of_each = |picks: &[u32], edit: fn(u32) -> Edit| picks.iter().copied().map(edit).collect();
    Ok(match command {
        ReelCommand::Lock(picks) => of_each(&picks.picks, |pick| Edit::Lock {
            pick,
            is_locked: true,
        }),
        ReelCommand::Unlock(picks) => of_each(&picks.picks, |pick| Edit::Lock {
            pick,
            is_locked: false,
        }),
        ReelCommand::Drop(picks) => of_each(&picks.picks, |pick| Edit::Drop { pick }),
        ReelCommand::Move { pick, to } => vec![Edit::Move {
            pick: pick.pick,
            to: *to,
        }],
        ReelCommand::Trim { pick, start, end } => {
            vec![trim(reel, pick, start.as_ref(), end.as_ref())?]
        }
        ReelCommand::Dissolve { pick, length } => {
            let rate = reel.timeline.rate;
            let frames = (*length as f64 * f64::from(rate.num)) / (1000.0 * f64::from(rate.den));
            vec![Edit::Dissolve {
                pick: pick.pick,
                frames: frames.round() as i64,
            }]
        }
        ReelCommand::Slow {
            pick,
            factor,
            interpolate,
        } => vec![Edit::Slow {
            pick: pick.pick,
            slow_motion: (*factor != 1).then_some(SlowMotion {
                factor: *factor,
                smoothing: if *interpolate {
                    Smoothing::Interpolate
                } else {
                    Smoothing::Blend
                },
            }),
        }],
        ReelCommand::Letter { pick, text } => vec![Edit::Letter {
            pick: pick.pick,
            text: text.clone().filter(|text| !text.trim().is_empty()),
        }],
        ReelCommand::Rename { name, pick, .. } => vec![Edit::Rename {
            pick: *pick,
            name: name.clone(),
        }],
        ReelCommand::Undo(_) => vec![Edit::Undo],
        ReelCommand::Redo(_) => vec![Edit::Redo],
        _ => Vec::new(),
    })
}

fn trim(
    reel: &Reel,
    named: &OnePick,
    start: Option<&Mark>,
    end: Option<&Mark>,
) -> Result<Edit, ReelError> {
    let wrong = |reason: String| ReelError::Edit {
        doing: format!("trim pick {}", named.pick),
        reason,
    };
    if start.is_none() && end.is_none() {
        return Err(wrong("neither --in nor --out says where".to_owned()));
    }
    let mut picks = reel.picks().iter();
    let Some(pick) = picks.find(|pick| pick.id == named.pick) else {
        // The edit itself says which picks there are.
        return Ok(Edit::Trim {
            pick: named.pick,
            in_frame: None,
            out_frame: None,
        });
    };
    let source = reel.sources.get(&pick.asset_id);
    let source = source.ok_or_else(|| wrong("its source is not among the reel's".to_owned()))?;
    let frame = |mark: &Mark, now: i64| -> Result<i64, ReelError> {
        Ok(match mark {
            Mark::Frame(frame) => *frame,
            Mark::Later(frames) => now.saturating_add(*frames),
            Mark::Millis(millis) => source.frame_at(*millis),
            Mark::Timecode(text) => {
                let at =
                    Timecode::parse(text, source.rate).map_err(|error| wrong(error.to_string()))?;
                let first = source.timecode_of(0).map_or(0, |first| first.frame_number);
                at.frame_number - first
            }
        })
    };
    Ok(Edit::Trim {
        pick: named.pick,
        in_frame: start.map(|mark| frame(mark, pick.in_frame)).transpose()?,
        out_frame: end.map(|mark| frame(mark, pick.out_frame)).transpose()?,
    })
}

fn update(
    file: &ReelFile,
    after: &Reel,
    diff: &ReelDiff,
    is_applied: bool,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let is_written = is_applied && !diff.is_empty();
    if is_written {
        file.write(after)?;
    }
    if output.json {
        let mut told = document(file, after);
        told["diff"] = json!(diff);
        told["is_written"] = json!(is_written);
        output.document(&told);
        return Ok(ExitStatus::Done);
    }
    for pick in &diff.removed {
        output.line(format!("- {:>3} {}", pick.id, pick.name));
    }
    for pick in &diff.added {
        output.line(format!(
            "+ {:>3} {}  {}",
            pick.id, pick.name, pick.reason.text
        ));
    }
    for moved in &diff.moved {
        output.line(format!(
            "→ {:>3} from position {} to {}",
            moved.pick, moved.from, moved.to
        ));
    }
    for retimed in &diff.retimed {
        output.line(format!(
            "~ {:>3} frames {}–{} become {}–{}",
            retimed.pick, retimed.from.0, retimed.from.1, retimed.to.0, retimed.to.1
        ));
    }
    if diff.is_empty() {
        output.line("nothing would change");
    } else if is_written {
        output.line("applied; `reeldex reel undo` takes it back");
    } else {
        output.note("hint: `--apply` keeps it as a new state of the reel");
    }
    for note in &after.revision().notes {
        output.note(format!("note: {note}"));
    }
    Ok(ExitStatus::Done)
}
