//! CMX3600 edit decision lists, in the dialects of their readers.

use std::{collections::BTreeMap, fmt::Write};

use super::{
    Dialect, ExportSettings, Format, ReelNames,
    cuts::{Cut, CutList},
    tapes::tape_names,
    text::{ascii_line, one_line},
    timebase::{Timebase, relabelled},
};
use crate::{
    domain::{AssetId, Timecode},
    reel::error::ReelError,
};

/// Events are numbered with three digits.
const MOST_EVENTS: usize = 999;

/// One list, or several where there are more events than one can number.
pub(super) fn write(
    list: &mut CutList<'_>,
    settings: &ExportSettings,
    stem: &str,
) -> Result<Vec<(String, Vec<u8>)>, ReelError> {
    let rate = list.rate;
    let timebase = Timebase::of(rate).ok_or_else(|| ReelError::Export {
        format: Format::Edl.name(),
        reason: format!(
            "it runs at {}/{} frames per second, which no list of this kind counts",
            rate.num, rate.den
        ),
    })?;
    warn_of_losses(list, settings, timebase);
    let writer = Writer {
        list,
        settings,
        timebase,
        reel_names: tape_names(&list.cuts, settings),
    };
    let count = list.cuts.len().div_ceil(MOST_EVENTS);
    let files = (0..count).map(|part| {
        let name = if count == 1 {
            format!("{stem}.edl")
        } else {
            format!("{stem} {}.edl", part + 1)
        };
        (name, writer.part(part, count).into_bytes())
    });
    let files: Vec<_> = files.collect();
    if count > 1 {
        list.warn(format!(
            "a list has at most {MOST_EVENTS} events: there are {count} lists, one after the other on the same clock"
        ));
    }
    Ok(files)
}

fn warn_of_losses(list: &mut CutList<'_>, settings: &ExportSettings, timebase: Timebase) {
    let mut warnings = Vec::new();
    for cut in &list.cuts {
        let (pick, source) = (cut.pick, cut.source);
        if source.rate != timebase.rate() {
            warnings.push(format!(
                "{} has {}/{} frames per second: its timecode is given at the list's rate, to the nearest frame",
                source.name, source.rate.num, source.rate.den
            ));
        } else if cut.first.drop_frame != list.start.drop_frame && timebase.is_ntsc {
            warnings.push(format!(
                "{} counts {} frame numbers, the reel does not count alike",
                source.name,
                if cut.first.drop_frame {
                    "with dropped"
                } else {
                    "without dropped"
                }
            ));
        }
        if cut.channels() > 4 {
            warnings.push(format!(
                "{} has {} channels: the list names the first 4",
                source.name,
                cut.channels()
            ));
        }
        if pick.lower_third.is_some() {
            warnings.push("lower thirds are comments only".to_owned());
        }
        if safe(&pick.name, settings.dialect) != pick.name {
            warnings.push(format!(
                "the name of pick {} was put in plain letters",
                pick.id
            ));
        }
    }
    for warning in warnings {
        list.warn(warning);
    }
}

struct Writer<'a, 'b> {
    list: &'a CutList<'b>,
    settings: &'a ExportSettings,
    timebase: Timebase,
    reel_names: BTreeMap<AssetId, String>,
}

impl Writer<'_, '_> {
    fn part(&self, part: usize, count: usize) -> String {
        let mut title = ascii_line(&self.list.reel.title, 60);
        if count > 1 {
            let _ = write!(title, " {}/{count}", part + 1);
        }
        let mode = if self.list.start.drop_frame {
            "DROP FRAME"
        } else {
            "NON-DROP FRAME"
        };
        let mut lines = vec![
            format!("TITLE: {title}"),
            format!("FCM: {mode}"),
            String::new(),
        ];
        let first = part * MOST_EVENTS;
        for (index, cut) in self
            .list
            .cuts
            .iter()
            .enumerate()
            .skip(first)
            .take(MOST_EVENTS)
        {
            let before = index.checked_sub(1).map(|before| &self.list.cuts[before]);
            self.event(
                index - first + 1,
                before.filter(|_| cut.dissolve > 0),
                cut,
                &mut lines,
            );
        }
        lines.push(String::new());
        lines.join("\r\n")
    }

    /// A cut in one line, or a dissolve in two of which the first stands still, and its comments.
    fn event(
        &self,
        number: usize,
        before: Option<&Cut<'_>>,
        cut: &Cut<'_>,
        lines: &mut Vec<String>,
    ) {
        let record_in = self.list.record_timecode(cut.shown.start);
        let record_out = self.list.record_timecode(cut.shown.end);
        let (source_in, source_out) = self.source_range(cut);
        let reel = self.reel_name(cut);
        match before {
            None => lines.push(self.line(
                number,
                &reel,
                cut,
                "C    ",
                [source_in, source_out, record_in, record_out],
            )),
            Some(before) => {
                let (_, stop) = self.source_range(before);
                // Out of sound alone, pictures melt in from black.
                let is_black = cut.has_picture() && !before.has_picture();
                let name = if is_black {
                    "BL".to_owned()
                } else {
                    self.reel_name(before)
                };
                lines.push(self.line(
                    number,
                    &name,
                    cut,
                    "C    ",
                    [stop, stop, record_in, record_in],
                ));
                lines.push(self.line(
                    number,
                    &reel,
                    cut,
                    &format!("D {:03}", cut.dissolve),
                    [source_in, source_out, record_in, record_out],
                ));
            }
        }
        if cut.channels() > 2 {
            lines.push(format!(
                "AUD  3{}",
                if cut.channels() > 3 { "    4" } else { "" }
            ));
        }
        if cut.slowness > 1 {
            lines.push(self.motion(&reel, cut, source_in));
        }
        self.comments(before, cut, record_in, lines);
    }

    fn line(
        &self,
        number: usize,
        reel: &str,
        cut: &Cut<'_>,
        edit: &str,
        times: [Timecode; 4],
    ) -> String {
        let width = self.settings.reel_names.width();
        let times = times.map(|time| time.to_string()).join(" ");
        format!(
            "{number:03}  {reel:width$} {:5} {edit}    {times}",
            channels(cut)
        )
    }

    /// The source's frames that are shown before the next begins, at the list's rate.
    fn source_range(&self, cut: &Cut<'_>) -> (Timecode, Timecode) {
        let own = Timecode {
            frame_number: cut.first.frame_number + cut.pick.in_frame,
            ..cut.first
        };
        let first = relabelled(own, self.timebase);
        let shown = cut.shown.end - cut.shown.start;
        let frames = ((shown * 2 + cut.slowness) / (cut.slowness * 2)).max(1);
        let after = Timecode {
            frame_number: first.frame_number + frames,
            ..first
        };
        (first, after)
    }

    /// Frames per second that a slower clip plays at, as the count goes: 12.5 for half of 25.
    fn motion(&self, reel: &str, cut: &Cut<'_>, source_in: Timecode) -> String {
        let thousandths = (self.timebase.nominal * 1000 + cut.slowness / 2) / cut.slowness;
        let (whole, rest) = (thousandths / 1000, thousandths % 1000);
        let speed = if rest % 100 == 0 {
            format!("{whole:03}.{}", rest / 100)
        } else {
            format!("{whole:03}.{rest:03}")
        };
        let width = self.settings.reel_names.width();
        // Readers know this line with colons only.
        let at = source_in.to_string().replace(';', ":");
        format!("M2   {reel:width$} {speed:7}            {at}")
    }

    fn comments(
        &self,
        before: Option<&Cut<'_>>,
        cut: &Cut<'_>,
        record_in: Timecode,
        lines: &mut Vec<String>,
    ) {
        let dialect = self.settings.dialect;
        let name = |cut: &Cut<'_>| safe(cut.clip_name(dialect), dialect);
        let path = |cut: &Cut<'_>| safe(&cut.place.path.to_string_lossy(), dialect);
        if let Some(before) = before {
            lines.push(format!("* FROM CLIP NAME: {}", name(before)));
            lines.push(format!("* TO CLIP NAME: {}", name(cut)));
        } else {
            lines.push(format!("* FROM CLIP NAME: {}", name(cut)));
        }
        match dialect {
            Dialect::Avid => {
                // Premiere calls clips UNKNOWN after such a comment.
                let word = if before.is_some() { "TO" } else { "FROM" };
                lines.push(format!("* {word} CLIP: {}", path(cut)));
                lines.push(format!(
                    "* SOURCE FILE: {}",
                    safe(&cut.source.name, dialect)
                ));
            }
            Dialect::Premiere | Dialect::Resolve => {
                lines.push(format!("* COMMENT: {}", safe(&cut.pick.name, dialect)));
            }
        }
        if let Some(text) = &cut.pick.lower_third {
            lines.push(format!("* COMMENT: LOWER THIRD: {}", safe(text, dialect)));
        }
        let reason = safe(&cut.pick.reason.text, dialect);
        if dialect != Dialect::Premiere && (cut.pick.is_locked || !reason.is_empty()) {
            let (color, word) = if cut.pick.is_locked {
                ("RED", "LOCKED ")
            } else {
                ("GREEN", "")
            };
            let marker = format!("* LOC: {record_in} {color:7} {word}{reason}");
            lines.push(marker.trim_end().to_owned());
        }
    }

    fn reel_name(&self, cut: &Cut<'_>) -> String {
        let name = self.reel_names.get(&cut.pick.asset_id);
        name.cloned().unwrap_or_else(|| "AX".to_owned())
    }
}

impl ReelNames {
    pub(super) fn width(self) -> usize {
        match self {
            Self::Eight => 8,
            Self::ThirtyTwo => 32,
        }
    }
}

/// Which channels an event has: pictures `V`, sound `A` for one channel and `AA` for two.
fn channels(cut: &Cut<'_>) -> &'static str {
    match (cut.has_picture(), cut.channels()) {
        (true, 0) => "V",
        (true, 1) => "B",
        (true, _) => "AA/V",
        (false, 0 | 1) => "A",
        (false, _) => "AA",
    }
}

/// A comment: one line, in ASCII for the reader that knows nothing else.
fn safe(text: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Avid => ascii_line(text, 200),
        Dialect::Premiere | Dialect::Resolve => one_line(text, 200),
    }
}
