//! The piece of a hit's text that shows why it was found.

use crate::domain::Snippet;

/// About two lines of a terminal.
const MAX_SNIPPET_BYTES: usize = 200;
/// How much of the room stands before the first marked word.
const LEAD_BYTES: usize = 60;

/// The part of `text` with the most of `marks`, cut at spaces, with `…` where something is left out.
///
/// `marks` are byte ranges on character borders; they may overlap and come in any order.
pub(super) fn snippet(text: &str, marks: &[(usize, usize)]) -> Snippet {
    let marks = merged(marks);
    let (start, end) = window(text, &marks);
    let lead = if start > 0 { "…" } else { "" };
    let tail = if end < text.len() { "…" } else { "" };
    let marked = marks
        .iter()
        .filter(|(from, _)| (start..end).contains(from))
        .map(|(from, to)| (from - start + lead.len(), to.min(&end) - start + lead.len()))
        .collect();
    // Line breaks are one byte, as spaces are: the ranges stay right.
    let shown = text[start..end].replace(['\n', '\r', '\t'], " ");
    Snippet {
        text: format!("{lead}{shown}{tail}"),
        marked,
    }
}

fn merged(marks: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut sorted = marks.to_vec();
    sorted.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::with_capacity(sorted.len());
    for (from, to) in sorted {
        match merged.last_mut() {
            Some(last) if from < last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn window(text: &str, marks: &[(usize, usize)]) -> (usize, usize) {
    if text.len() <= MAX_SNIPPET_BYTES {
        return (0, text.len());
    }
    let room = MAX_SNIPPET_BYTES - LEAD_BYTES;
    let mut best = (0, 0);
    for (index, &(from, _)) in marks.iter().enumerate() {
        let count = marks[index..]
            .iter()
            .take_while(|(_, to)| *to <= from + room)
            .count()
            .max(1);
        if count > best.0 {
            best = (count, from);
        }
    }
    let start = cut_after_space(text, best.1.saturating_sub(LEAD_BYTES), best.1);
    let mut end = (start + MAX_SNIPPET_BYTES).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if end < text.len()
        && let Some(space) = text[start..end].rfind(char::is_whitespace)
        && marks
            .iter()
            .all(|(from, to)| *to <= start + space || *from >= end)
    {
        end = start + space;
    }
    (start, end)
}

/// The first word's start at or after `from`, but not after `limit`.
fn cut_after_space(text: &str, from: usize, limit: usize) -> usize {
    if from == 0 {
        return 0;
    }
    let mut from = from;
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text[from..limit]
        .char_indices()
        .find(|(_, letter)| letter.is_whitespace())
        .map_or(from, |(at, letter)| from + at + letter.len_utf8())
}
