//! The rows of a shot list, for tables and for paper.

use super::{
    cuts::{Cut, CutList},
    text::one_line,
};
use crate::reel::{manifest::Smoothing, source::SourceKind, whereabouts::PlaceState};

/// A pick in words.
pub(super) struct Shot {
    pub(super) number: usize,
    pub(super) pick: u32,
    pub(super) section: String,
    pub(super) name: String,
    pub(super) record_in: String,
    pub(super) record_out: String,
    /// Frames of the reel it is seen for.
    pub(super) frames: i64,
    pub(super) source: String,
    pub(super) path: String,
    pub(super) source_in: String,
    pub(super) source_out: String,
    pub(super) source_rate: String,
    pub(super) kind: &'static str,
    pub(super) channels: u16,
    pub(super) is_locked: bool,
    pub(super) dissolve_frames: i64,
    pub(super) slow_motion: String,
    pub(super) lower_third: String,
    pub(super) reason: String,
    pub(super) query: String,
    pub(super) relevance: f32,
    pub(super) excitement: f32,
    /// Empty for a source that is as it was.
    pub(super) state: &'static str,
}

/// One row per pick, in order.
pub(super) fn shots(list: &CutList<'_>) -> Vec<Shot> {
    let shot = |(index, cut): (usize, &Cut<'_>)| {
        let (pick, source) = (cut.pick, cut.source);
        Shot {
            number: index + 1,
            pick: pick.id,
            section: line(&pick.section),
            name: line(&pick.name),
            record_in: list.record_timecode(cut.record.start).to_string(),
            record_out: list.record_timecode(cut.record.end).to_string(),
            frames: cut.record.end - cut.record.start,
            source: line(&source.name),
            path: line(&cut.place.path.to_string_lossy()),
            source_in: pick.in_timecode.clone(),
            source_out: pick.out_timecode.clone(),
            source_rate: match source.rate.den {
                1 => source.rate.num.to_string(),
                den => format!("{}/{den}", source.rate.num),
            },
            kind: match source.kind {
                SourceKind::Video => "video",
                SourceKind::Audio => "audio",
                SourceKind::Image => "image",
            },
            channels: cut.channels(),
            is_locked: pick.is_locked,
            dissolve_frames: cut.dissolve,
            slow_motion: pick.slow_motion.map_or_else(String::new, |slow| {
                let how = match slow.smoothing {
                    Smoothing::Blend => "blend",
                    Smoothing::Interpolate => "interpolate",
                };
                format!("1/{} {how}", slow.factor)
            }),
            lower_third: line(pick.lower_third.as_deref().unwrap_or_default()),
            reason: line(&pick.reason.text),
            query: line(pick.reason.query.as_deref().unwrap_or_default()),
            relevance: pick.reason.relevance,
            excitement: pick.reason.excitement,
            state: match cut.place.state {
                PlaceState::Present => "",
                PlaceState::Missing => "missing",
                PlaceState::Changed => "changed",
            },
        }
    };
    list.cuts.iter().enumerate().map(shot).collect()
}

fn line(text: &str) -> String {
    one_line(text, usize::MAX)
}
