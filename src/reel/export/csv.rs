//! The shot list as a table: RFC 4180, and safe to open in a spreadsheet.

use super::{
    cuts::CutList,
    shots::{Shot, shots},
};

const HEADER: [&str; 23] = [
    "number",
    "pick",
    "section",
    "name",
    "record_in",
    "record_out",
    "frames",
    "source",
    "path",
    "source_in",
    "source_out",
    "source_rate",
    "kind",
    "channels",
    "locked",
    "dissolve_frames",
    "slow_motion",
    "lower_third",
    "reason",
    "query",
    "relevance",
    "excitement",
    "state",
];

/// The table, one row per pick. It begins with a byte order mark: without one, the most used
/// spreadsheet takes UTF-8 for something else.
pub(super) fn write(list: &CutList<'_>) -> Vec<u8> {
    let mut text = "\u{feff}".to_owned();
    let header = HEADER.map(str::to_owned);
    for row in std::iter::once(header).chain(shots(list).into_iter().map(fields)) {
        text.push_str(&row.map(|field| quoted(&field)).join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

fn fields(shot: Shot) -> [String; 23] {
    [
        shot.number.to_string(),
        shot.pick.to_string(),
        plain(shot.section),
        plain(shot.name),
        shot.record_in,
        shot.record_out,
        shot.frames.to_string(),
        plain(shot.source),
        plain(shot.path),
        shot.source_in,
        shot.source_out,
        shot.source_rate,
        shot.kind.to_owned(),
        shot.channels.to_string(),
        if shot.is_locked { "yes" } else { "no" }.to_owned(),
        shot.dissolve_frames.to_string(),
        shot.slow_motion,
        plain(shot.lower_third),
        plain(shot.reason),
        plain(shot.query),
        format!("{:.3}", shot.relevance),
        format!("{:.3}", shot.excitement),
        shot.state.to_owned(),
    ]
}

/// Text that no spreadsheet takes for a formula, after OWASP's advice on CSV injection.
fn plain(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    }
}

fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\n', '\r', ';']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
