//! Reels made up for tests.

use std::collections::BTreeMap;

use super::{
    manifest::{Pick, REEL_FORMAT_VERSION, Reason, Reel, TimelineSettings, Wish},
    source::{Source, SourceKind, SourceSound},
};
use crate::domain::{AssetId, Rational};

/// An asset's identity out of one number.
pub(super) fn asset(number: u8) -> AssetId {
    AssetId([number; 32])
}

/// A film of so many frames at a rate.
pub(super) fn film(rate: Rational, frames: i64) -> Source {
    Source {
        name: "film.mp4".to_owned(),
        kind: SourceKind::Video,
        rate,
        is_variable_rate: false,
        start_timecode: Some("10:00:00:00".to_owned()),
        frames,
        width: Some(1920),
        height: Some(1080),
        sound: Some(SourceSound {
            channels: 2,
            sample_rate_hz: 48_000,
        }),
        reel_name: None,
        recorded: None,
    }
}

/// A pick of asset 1.
pub(super) fn pick(id: u32, in_frame: i64, out_frame: i64) -> Pick {
    Pick {
        id,
        asset_id: asset(1),
        in_frame,
        out_frame,
        in_timecode: String::new(),
        out_timecode: String::new(),
        head_handle_frames: 0,
        tail_handle_frames: 0,
        name: format!("pick {id}"),
        section: String::new(),
        is_locked: false,
        dissolve_frames: 0,
        slow_motion: None,
        lower_third: None,
        reason: Reason::default(),
    }
}

/// A reel at `rate` with these picks of the one film `source`, which is asset 1.
pub(super) fn reel(rate: Rational, source: Source, picks: Vec<Pick>) -> Reel {
    let mut reel = Reel {
        format_version: REEL_FORMAT_VERSION,
        title: "A “reel” für alle".to_owned(),
        timeline: TimelineSettings {
            rate,
            drop_frame: false,
            start_timecode: "01:00:00:00".to_owned(),
            width: 1920,
            height: 1080,
        },
        wish: Wish::new(60_000),
        sources: BTreeMap::from([(asset(1), source)]),
        revisions: Vec::new(),
        current: 0,
    };
    reel.commit(
        picks,
        "compile".to_owned(),
        Vec::new(),
        "2024-08-01T12:00:00Z",
    );
    reel
}
