//! `reeldex reel list`, `show` and `history`.

use serde_json::json;

use super::{document, length_frames, length_millis, read};
use crate::{
    app::App,
    cli::output::{Output, bold, clock},
    domain::Timecode,
    fault::{AnyError, Diagnose, ExitStatus},
    reel::{Pick, Placed, Reel, ReelFile, SourceKind, place},
};

pub(super) fn list(app: &App, output: &Output) -> Result<ExitStatus, AnyError> {
    let files = ReelFile::list(&app.settings.library)?;
    let mut documents = Vec::new();
    let mut are_all_readable = true;
    for file in &files {
        match file.read() {
            Ok(reel) => {
                let picks = reel.picks().len();
                let length = clock(length_millis(&reel));
                output.line(format!(
                    "{}  {length}  {picks} picks  {}",
                    bold(&file.name()),
                    reel.title
                ));
                documents.push(json!({
                    "name": file.name(),
                    "path": file.path.display().to_string(),
                    "title": reel.title,
                    "length_millis": length_millis(&reel),
                    "picks": picks,
                }));
            }
            // One that is spoilt hides no other.
            Err(error) => {
                are_all_readable = false;
                output.error(&error as &dyn Diagnose);
            }
        }
    }
    if output.json {
        output.document(&documents);
    } else if files.is_empty() {
        output.note("there is no reel; `reeldex reel new` compiles one");
    }
    Ok(if are_all_readable {
        ExitStatus::Done
    } else {
        ExitStatus::Partial
    })
}

pub(super) fn show(app: &App, text: &str, output: &Output) -> Result<ExitStatus, AnyError> {
    let (file, reel) = read(app, text)?;
    if output.json {
        output.document(&document(&file, &reel));
    } else {
        tell(&reel, output);
    }
    Ok(ExitStatus::Done)
}

pub(super) fn history(app: &App, text: &str, output: &Output) -> Result<ExitStatus, AnyError> {
    let (_, reel) = read(app, text)?;
    if output.json {
        let states: Vec<_> = reel
            .revisions
            .iter()
            .enumerate()
            .map(|(number, revision)| {
                json!({
                    "revision": number,
                    "parent": revision.parent,
                    "made": revision.made,
                    "change": revision.change,
                    "picks": revision.picks.len(),
                    "is_current": number == reel.current,
                })
            })
            .collect();
        output.document(&states);
        return Ok(ExitStatus::Done);
    }
    for (number, revision) in reel.revisions.iter().enumerate() {
        let mark = if number == reel.current { "→" } else { " " };
        let from = match revision.parent {
            Some(parent) if parent + 1 != number => format!(", from {parent}"),
            _ => String::new(),
        };
        output.line(format!(
            "{mark} {number:>3}  {}  {}  ({} picks{from})",
            revision.made,
            revision.change,
            revision.picks.len()
        ));
    }
    Ok(ExitStatus::Done)
}

/// What the reel shows, one line for each pick, and what it is short of.
pub(super) fn tell(reel: &Reel, output: &Output) {
    let timeline = &reel.timeline;
    output.line(format!(
        "{}  {}  {}×{} at {}",
        bold(&reel.title),
        clock(length_millis(reel)),
        timeline.width,
        timeline.height,
        rate_text(timeline.rate.num, timeline.rate.den)
    ));
    let start = Timecode::parse(&timeline.start_timecode, timeline.rate).ok();
    for placed in place(reel) {
        tell_pick(reel, &placed, start, output);
    }
    if let Some(start) = start {
        let end = Timecode {
            frame_number: start.frame_number + length_frames(reel),
            ..start
        };
        output.line(format!("        {end}"));
    }
    for note in &reel.revision().notes {
        output.note(format!("note: {note}"));
    }
}

fn tell_pick(reel: &Reel, placed: &Placed<'_>, start: Option<Timecode>, output: &Output) {
    let pick = placed.pick;
    let record = start.map_or(String::new(), |start| {
        let frame_number = start.frame_number + placed.record.start;
        Timecode {
            frame_number,
            ..start
        }
        .to_string()
    });
    let frames = placed.record.end - placed.record.start;
    let rate = reel.timeline.rate;
    let millis = frames * 1000 * i64::from(rate.den) / i64::from(rate.num.max(1));
    let section = match pick.section.as_str() {
        "" => String::new(),
        section => format!("  [{section}]"),
    };
    output.line(format!(
        "{:>4}{} {record}  {:>8}  {}{section}{}",
        pick.id,
        if pick.is_locked { "*" } else { " " },
        clock(millis),
        bold(&pick.name),
        manner(pick)
    ));
    let span = match placed.source.kind {
        SourceKind::Image => String::new(),
        _ => format!("  {} – {}", pick.in_timecode, pick.out_timecode),
    };
    output.line(format!(
        "      {}{span}  {}",
        placed.source.name, pick.reason.text
    ));
}

fn manner(pick: &Pick) -> String {
    let mut parts = Vec::new();
    if pick.dissolve_frames > 0 {
        parts.push(format!("melts in over {} frames", pick.dissolve_frames));
    }
    if let Some(slow) = pick.slow_motion {
        parts.push(format!("{} times as long", slow.factor));
    }
    if let Some(line) = &pick.lower_third {
        parts.push(format!("“{line}”"));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("  ({})", parts.join(", "))
    }
}

fn rate_text(num: i32, den: i32) -> String {
    if den == 1 {
        format!("{num} frames per second")
    } else {
        let rate = f64::from(num) / f64::from(den.max(1));
        format!("{rate:.3} frames per second")
    }
}
