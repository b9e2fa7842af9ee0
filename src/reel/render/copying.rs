//! Which stretches of a reel are copied as they are encoded, and why a reel can't be.

use super::layout::{Item, Piece};
use super::settings::{EncoderChoice, ReelCodec, RenderSettings, SubtitleStyle};
use crate::media::DecodePool;
use crate::reel::{Reel, ReelError, SourceKind, Whereabouts};

/// A reel in pieces that are copied and pieces between them that are encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copying {
    pub(super) pieces: Vec<Piece>,
    /// The number of the parameter sets of what is encoded.
    pub(super) parameter_set: u8,
}

impl Copying {
    pub(super) fn pictures_copied(&self) -> i64 {
        let copied = self.pieces.iter().filter(|piece| piece.is_copied);
        copied.map(|piece| piece.to - piece.from).sum()
    }
}

/// Finds what can be copied: between keyframes, where every pick is encoded alike.
///
/// # Errors
/// `Render` with the first reason why the reel can't be copied; `Source` when a source is missing.
pub(super) fn plan(
    reel: &Reel,
    items: &[Item<'_>],
    whereabouts: &Whereabouts,
    settings: &RenderSettings,
    pool: &DecodePool,
    is_cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Copying, ReelError> {
    refuse_settings(settings)?;
    let mut session = pool.session()?;
    let mut pieces = Vec::new();
    let mut alike: Option<(Vec<Vec<u8>>, u8)> = None;
    for (index, item) in items.iter().enumerate() {
        if is_cancelled() {
            return Err(ReelError::Interrupted {
                done: 0,
                parts: items.len(),
            });
        }
        refuse_item(reel, item, settings)?;
        let (pick, source) = (item.placed.pick, item.placed.source);
        let path = whereabouts.file_of(pick, source)?;
        let plan = session
            .reel_copy_plan(path, source.rate, pick.in_frame, pick.out_frame)
            .map_err(|error| refusal(item, &error.to_string()))?;
        let size = (reel.timeline.width, reel.timeline.height);
        if (plan.width, plan.height) != size {
            let (width, height) = size;
            return Err(refusal(
                item,
                &format!(
                    "it has {}x{} pixels, the reel {width}x{height}",
                    plan.width, plan.height
                ),
            ));
        }
        match &alike {
            Some((parameters, _)) if *parameters != plan.parameters => {
                return Err(refusal(
                    item,
                    "it was encoded otherwise than the picks before it",
                ));
            }
            Some(_) => {}
            None => alike = Some((plan.parameters, plan.free_parameter_set)),
        }
        let at = |frame: i64| (item.from + frame - pick.in_frame).clamp(item.from, item.to);
        let bounds = [item.from, at(plan.first_frame), at(plan.end_frame), item.to];
        for (number, bound) in bounds.windows(2).enumerate() {
            if bound[0] < bound[1] {
                pieces.push(Piece {
                    item: index,
                    is_dissolve: false,
                    is_copied: number == 1,
                    from: bound[0],
                    to: bound[1],
                });
            }
        }
    }
    Ok(Copying {
        pieces,
        parameter_set: alike.map_or(1, |(_, number)| number),
    })
}

fn refuse_settings(settings: &RenderSettings) -> Result<(), ReelError> {
    let what = if settings.codec != ReelCodec::H264 {
        "another codec"
    } else if !matches!(
        settings.encoder,
        EncoderChoice::Software | EncoderChoice::Auto
    ) {
        "a hardware encoder"
    } else if settings.subtitles == SubtitleStyle::Burnt {
        "burnt subtitles"
    } else if settings.slates {
        "slates"
    } else if settings.lower_thirds {
        "lower thirds"
    } else {
        return Ok(());
    };
    Err(ReelError::Render {
        reason: format!("pictures that are copied can't have {what}"),
    })
}

fn refuse_item(reel: &Reel, item: &Item<'_>, settings: &RenderSettings) -> Result<(), ReelError> {
    let (pick, source) = (item.placed.pick, item.placed.source);
    let reason = if source.kind != SourceKind::Video {
        "it has no moving pictures"
    } else if source.is_variable_rate {
        "its frames are unevenly spaced"
    } else if i64::from(source.rate.num) * i64::from(reel.timeline.rate.den)
        != i64::from(reel.timeline.rate.num) * i64::from(source.rate.den)
    {
        "its rate is not the reel's"
    } else if pick.slow_motion.is_some() {
        "it is shown slower"
    } else if item.dissolve > 0 {
        "it begins with a dissolve"
    } else if pick.lower_third.is_some() || settings.lower_thirds {
        "a line is laid over it"
    } else {
        return Ok(());
    };
    Err(refusal(item, reason))
}

fn refusal(item: &Item<'_>, reason: &str) -> ReelError {
    ReelError::Render {
        reason: format!(
            "pick {} (`{}`) can't be copied: {reason}; render it without copying",
            item.placed.pick.id, item.placed.source.name
        ),
    }
}
