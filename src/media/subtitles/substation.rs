//! SubStation Alpha, versions 4 (SSA) and 4+ (ASS): comma-separated events.

use super::clock::clock_millis;
use super::markup::{closing, tidy};
use crate::domain::{Cue, TimeSpan};

/// The order of fields where no `Format:` line tells; version 4 and 4+ agree on those used here.
const DEFAULT_FIELDS: [&str; 10] = [
    "layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text",
];

/// Whether `line` begins a section that only this format has.
pub(super) fn is_section(line: &str) -> bool {
    ["[script info]", "[v4 styles]", "[v4+ styles]", "[events]"]
        .iter()
        .any(|name| line.eq_ignore_ascii_case(name))
}

/// Cues of all `Dialogue:` lines; lines that can't be read are left out.
pub(super) fn cues(text: &str) -> Vec<Cue> {
    let mut fields: Vec<String> = DEFAULT_FIELDS.map(str::to_owned).to_vec();
    let mut is_in_events = false;
    let mut cues = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_in_events = line.eq_ignore_ascii_case("[events]");
        } else if let Some(format) = after_keyword(line, "format:").filter(|_| is_in_events) {
            fields = format
                .split(',')
                .map(|field| field.trim().to_ascii_lowercase())
                .collect();
        } else if let Some(dialogue) = after_keyword(line, "dialogue:") {
            cues.extend(cue(dialogue, &fields));
        }
    }
    cues
}

fn after_keyword<'a>(line: &'a str, keyword: &str) -> Option<&'a str> {
    let start = line.get(..keyword.len())?;
    start
        .eq_ignore_ascii_case(keyword)
        .then(|| &line[keyword.len()..])
}

fn cue(dialogue: &str, fields: &[String]) -> Option<Cue> {
    let values: Vec<&str> = dialogue.splitn(fields.len(), ',').collect();
    let value = |name: &str| {
        values
            .get(fields.iter().position(|field| field == name)?)
            .copied()
    };
    let span = TimeSpan::new(clock_millis(value("start")?)?, clock_millis(value("end")?)?);
    Some(Cue {
        span,
        text: dialogue_text(value("text")?),
    })
}

/// The words of an event: blocks in braces (overrides and comments) and vector drawings go.
fn dialogue_text(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut is_drawing = false;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == '{'
            && let Some(end) = closing(rest, b'}')
        {
            is_drawing = drawing_mode(&rest[1..end]).unwrap_or(is_drawing);
            rest = &rest[end + 1..];
            continue;
        }
        let (shown, length) = match rest.get(..2) {
            Some("\\N" | "\\n") => ('\n', 2),
            Some("\\h") => (' ', 2),
            _ => (character, character.len_utf8()),
        };
        if !is_drawing {
            plain.push(shown);
        }
        rest = &rest[length..];
    }
    tidy(&plain)
}

/// Whether an override block switches drawing on (`\p1` and above) or off (`\p0`).
fn drawing_mode(block: &str) -> Option<bool> {
    block
        .split('\\')
        .filter_map(|tag| tag.trim().strip_prefix('p')?.parse::<u32>().ok())
        .next_back()
        .map(|scale| scale > 0)
}
