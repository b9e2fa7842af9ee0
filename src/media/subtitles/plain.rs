//! SubRip, WebVTT and SBV: a timing line, then the text.

use super::clock::{arrow_span, comma_span};
use super::markup::plain_text;
use crate::domain::{Cue, TimeSpan};

/// Cues of a SubRip file; counters and whatever else stands between cues are ignored.
pub(super) fn subrip(text: &str) -> Vec<Cue> {
    timed_blocks(
        text,
        arrow_span,
        Rules {
            may_start_with_blank_line: true,
            has_counters: true,
        },
    )
}

/// Cues of a WebVTT file; notes, styles, regions and identifiers are ignored.
pub(super) fn webvtt(text: &str) -> Vec<Cue> {
    timed_blocks(
        text,
        arrow_span,
        Rules {
            may_start_with_blank_line: false,
            has_counters: false,
        },
    )
}

/// Cues of an SBV file.
pub(super) fn sbv(text: &str) -> Vec<Cue> {
    let rules = Rules {
        may_start_with_blank_line: false,
        has_counters: false,
    };
    let mut cues = timed_blocks(text, comma_span, rules);
    for cue in cues.iter_mut().filter(|cue| cue.text.contains("[br]")) {
        cue.text = super::markup::tidy(&cue.text.replace("[br]", "\n"));
    }
    cues
}

#[derive(Clone, Copy)]
struct Rules {
    /// Whether text may follow an empty line after its timing line.
    may_start_with_blank_line: bool,
    /// Whether a lone number before a timing line is the next cue's counter.
    has_counters: bool,
}

fn timed_blocks(text: &str, span_of: fn(&str) -> Option<TimeSpan>, rules: Rules) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut open: Option<(TimeSpan, Vec<&str>)> = None;
    for line in text.lines() {
        if let Some(span) = span_of(line) {
            if let Some((span, mut lines)) = open.take() {
                let is_counter =
                    |line: &&str| line.trim().bytes().all(|byte| byte.is_ascii_digit());
                if rules.has_counters && lines.last().is_some_and(is_counter) {
                    lines.pop();
                }
                cues.push(cue(span, &lines));
            }
            open = Some((span, Vec::new()));
            continue;
        }
        let Some((span, lines)) = &mut open else {
            continue;
        };
        let is_blank = line.trim().is_empty();
        if !is_blank {
            lines.push(line);
        } else if !lines.is_empty() || !rules.may_start_with_blank_line {
            cues.push(cue(*span, lines));
            open = None;
        }
    }
    cues.extend(open.map(|(span, lines)| cue(span, &lines)));
    cues
}

fn cue(span: TimeSpan, lines: &[&str]) -> Cue {
    Cue {
        span,
        text: plain_text(&lines.join("\n")),
    }
}
