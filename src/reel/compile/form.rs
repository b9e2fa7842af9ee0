//! The clock and the size of a reel, where nobody says them.

use std::collections::BTreeMap;

use super::{
    CompileSettings,
    finds::Finds,
    material::{source_of, usual_rate},
};
use crate::{
    domain::Rational,
    reel::{error::ReelError, manifest::TimelineSettings, source::SourceKind},
};

/// The clock and size that most sources have.
pub(super) fn usual_timeline(
    found: &Finds,
    settings: &CompileSettings,
) -> Result<TimelineSettings, ReelError> {
    const FALLBACK: Rational = Rational::new(25, 1);
    let mut rates: BTreeMap<(i32, i32), usize> = BTreeMap::new();
    let mut sizes: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for find in &found.finds {
        let Some(source) = found
            .records
            .get(&find.asset)
            .and_then(|r| source_of(r, FALLBACK))
        else {
            continue;
        };
        if source.kind == SourceKind::Video {
            if !source.is_variable_rate && usual_rate(source.rate) == source.rate {
                *rates.entry((source.rate.num, source.rate.den)).or_default() += 1;
            }
            if let (Some(width), Some(height)) = (source.width, source.height) {
                *sizes.entry((width, height)).or_default() += 1;
            }
        }
    }
    // Of as many, the greater: nothing is lost by it.
    let rate = rates
        .into_iter()
        .max_by_key(|((num, den), count)| {
            (*count, i64::from(*num) * 1000 / i64::from((*den).max(1)))
        })
        .map_or(FALLBACK, |((num, den), _)| Rational::new(num, den));
    let size = sizes
        .into_iter()
        .max_by_key(|((width, height), count)| (*count, u64::from(*width) * u64::from(*height)))
        .map_or((1920, 1080), |(size, _)| size);
    let rate = settings.rate.unwrap_or(rate);
    let (width, height) = settings.size.unwrap_or(size);
    if !rate.is_known() || !(1.0..=120.0).contains(&rate.to_f64().unwrap_or(0.0)) {
        return Err(ReelError::Wish {
            reason: "a reel has 1 to 120 frames per second".to_owned(),
        });
    }
    if settings.size.is_some() && !(16..=8192).contains(&width.min(height))
        || width.max(height) > 8192
    {
        return Err(ReelError::Wish {
            reason: "a reel's picture is 16 to 8192 pixels wide and high".to_owned(),
        });
    }
    let drop_frame = matches!((rate.num, rate.den), (30_000 | 60_000, 1001));
    Ok(TimelineSettings {
        rate,
        drop_frame,
        start_timecode: if drop_frame {
            "01:00:00;00"
        } else {
            "01:00:00:00"
        }
        .to_owned(),
        // Encoders take even sizes alone.
        width: (width.max(16) / 2) * 2,
        height: (height.max(16) / 2) * 2,
    })
}
