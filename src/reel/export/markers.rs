//! One marker per pick, as Avid and Resolve import markers onto a timeline.

use super::{
    Dialect,
    cuts::{Cut, CutList},
    text::{ascii_line, one_line},
};

/// The markers of a dialect: a table for Avid, a list of events of a frame for Resolve. Premiere
/// reads markers with a timeline only, and gets Avid's table.
pub(super) fn write(list: &CutList<'_>, dialect: Dialect, stem: &str) -> (String, Vec<u8>) {
    match dialect {
        Dialect::Resolve => {
            let lines: Vec<String> = std::iter::once(format!(
                "TITLE: {}\r\nFCM: {}\r\n",
                ascii_line(&list.reel.title, 60).replace('|', "/"),
                if list.start.drop_frame {
                    "DROP FRAME"
                } else {
                    "NON-DROP FRAME"
                }
            ))
            .chain(
                list.cuts
                    .iter()
                    .enumerate()
                    .map(|(index, cut)| event(list, index, cut)),
            )
            .collect();
            let text = lines.join("\r\n");
            (format!("{stem} markers.edl"), text.into_bytes())
        }
        Dialect::Avid | Dialect::Premiere => {
            let rows: String = list.cuts.iter().map(|cut| row(list, cut)).collect();
            (format!("{stem} markers.txt"), rows.into_bytes())
        }
    }
}

/// User, timecode, track, colour, comment, length in frames; parted by tabs.
fn row(list: &CutList<'_>, cut: &Cut<'_>) -> String {
    let track = if cut.has_picture() { "V1" } else { "A1" };
    let color = if cut.pick.is_locked { "red" } else { "green" };
    let at = list.record_timecode(cut.record.start);
    let comment = ascii_line(&comment(cut), 500);
    format!("reeldex\t{at}\t{track}\t{color}\t{comment}\t1\r\n")
}

/// An event of one frame with the marker in a comment; `|` parts its fields.
fn event(list: &CutList<'_>, index: usize, cut: &Cut<'_>) -> String {
    let at = list.record_timecode(cut.record.start);
    let after = list.record_timecode(cut.record.start + 1);
    let color = if cut.pick.is_locked { "Red" } else { "Green" };
    let comment = one_line(&comment(cut), 500).replace('|', "/");
    format!(
        "{:03}  001      V     C        {at} {after} {at} {after}\r\n |C:ResolveColor{color} |M:{comment} |D:1\r\n",
        index + 1
    )
}

fn comment(cut: &Cut<'_>) -> String {
    let pick = cut.pick;
    let parts = [
        &pick.name[..],
        if pick.is_locked { "locked" } else { "" },
        pick.lower_third.as_deref().unwrap_or_default(),
        &pick.reason.text,
    ];
    let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    told.join(": ")
}
