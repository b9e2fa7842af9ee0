//! What tapes and cards are called in edit decision lists.

use std::collections::BTreeMap;

use super::{Dialect, ExportSettings, cuts::Cut, text::ascii_line};
use crate::domain::AssetId;

/// Names that stand for black, bars and sources without a tape.
const RESERVED: [&str; 4] = ["BL", "BLACK", "BARS", "AX"];

/// A name of a tape for every source: its own, else its file's, in capitals and digits; the same
/// name only for sources that say they are of one tape and do not share timecodes.
pub(super) fn tape_names(cuts: &[Cut<'_>], settings: &ExportSettings) -> BTreeMap<AssetId, String> {
    let width = settings.reel_names.width();
    let mut names: BTreeMap<AssetId, String> = BTreeMap::new();
    let mut taken: Vec<(String, i64, i64, bool)> = Vec::new();
    for cut in cuts {
        if names.contains_key(&cut.pick.asset_id) {
            continue;
        }
        let source = cut.source;
        if settings.dialect == Dialect::Premiere && source.reel_name.is_none() {
            continue;
        }
        let stem = source
            .name
            .rsplit_once('.')
            .map_or(&source.name[..], |(stem, _)| stem);
        let wanted = tape_name(source.reel_name.as_deref().unwrap_or(stem), width);
        let (start, end) = (
            cut.first.frame_number,
            cut.first.frame_number + cut.source_frames(),
        );
        let has_tape = source.reel_name.is_some();
        let is_free = |name: &str| {
            taken.iter().all(|(other, from, to, is_tape)| {
                other != name || (has_tape && *is_tape && (end <= *from || *to <= start))
            })
        };
        let name = (1..)
            .map(|number| match number {
                1 => wanted.clone(),
                _ => {
                    let ending = number.to_string();
                    let kept: String = wanted.chars().take(width - ending.len()).collect();
                    kept + &ending
                }
            })
            .find(|name| is_free(name) && !RESERVED.contains(&name.as_str()))
            .unwrap_or_default();
        taken.push((name.clone(), start, end, has_tape));
        names.insert(cut.pick.asset_id, name);
    }
    names
}

/// Capitals, digits and, where there is room for them, `_` in place of all else.
fn tape_name(text: &str, width: usize) -> String {
    let upper = ascii_line(text, usize::MAX).to_ascii_uppercase();
    let mut name = String::new();
    for c in upper.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if width > 8 && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name: String = name.trim_matches('_').chars().take(width).collect();
    if name.is_empty() {
        "TAPE".to_owned()
    } else {
        name
    }
}
