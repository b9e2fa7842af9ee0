//! What may not be shown: stretches that a person marked as blocked by a correction.

use super::{
    error::ReelError,
    manifest::{Pick, Reel},
};
use crate::{
    domain::{AssertionKind, AssetId, Channel, RIGHTS_BLOCKED, TimeSpan, is_same},
    store::Catalog,
};

/// A stretch that may not be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedSpan {
    /// Where it lies in its asset; the whole asset reaches from 0 to the highest number.
    pub span: TimeSpan,
    /// Who marked it; empty where nobody said.
    pub author: String,
}

/// The stretches of an asset that may not be shown, in order of time.
///
/// # Errors
/// When the catalogue can't be read.
pub fn blocked_spans(catalog: &Catalog, asset: AssetId) -> Result<Vec<BlockedSpan>, ReelError> {
    let mut blocked: Vec<BlockedSpan> = Vec::new();
    for correction in catalog.corrections(asset)? {
        let statement = correction.statement;
        if statement.kind != AssertionKind::Rights {
            continue;
        }
        let says =
            |value: &Option<String>| value.as_deref().is_some_and(|v| is_same(v, RIGHTS_BLOCKED));
        // A still has no time, and a shot of no length is one.
        let is_whole = statement.channel == Channel::Asset || statement.span.duration_millis() == 0;
        let span = if is_whole {
            TimeSpan::new(0, i64::MAX)
        } else {
            statement.span
        };
        if says(&statement.old_value) {
            blocked.retain(|known| known.span != span);
        }
        if says(&statement.value) {
            blocked.push(BlockedSpan {
                span,
                author: statement.author,
            });
        }
    }
    blocked.sort_by_key(|blocked| blocked.span);
    Ok(blocked)
}

/// Whether every pick of the reel may be shown.
///
/// # Errors
/// [`ReelError::Blocked`] for the first pick that may not; when the catalogue can't be read.
pub fn check(reel: &Reel, catalog: &Catalog) -> Result<(), ReelError> {
    for pick in reel.picks() {
        check_pick(reel, pick, catalog)?;
    }
    Ok(())
}

fn check_pick(reel: &Reel, pick: &Pick, catalog: &Catalog) -> Result<(), ReelError> {
    let Some(source) = reel.sources.get(&pick.asset_id) else {
        return Ok(());
    };
    let shown = TimeSpan::new(
        source.millis_of(pick.in_frame),
        source.millis_of(pick.out_frame),
    );
    let blocked = blocked_spans(catalog, pick.asset_id)?;
    let Some(found) = blocked.into_iter().find(|b| meets(b.span, shown)) else {
        return Ok(());
    };
    let clock = |millis: i64| {
        let seconds = millis / 1000;
        format!("{}:{:02}.{:03}", seconds / 60, seconds % 60, millis % 1000)
    };
    let author = found.author.trim();
    Err(ReelError::Blocked {
        pick: pick.id,
        name: source.name.clone(),
        start: clock(found.span.start_millis),
        end: match found.span.end_millis {
            i64::MAX => "its end".to_owned(),
            end => clock(end),
        },
        author: match author {
            "" => "a correction".to_owned(),
            author => author.to_owned(),
        },
    })
}

/// Whether a pick shows some of `blocked`, which are those of its asset.
pub(super) fn is_blocked(reel: &Reel, pick: &Pick, blocked: &[BlockedSpan]) -> bool {
    reel.sources.get(&pick.asset_id).is_some_and(|source| {
        let shown = TimeSpan::new(
            source.millis_of(pick.in_frame),
            source.millis_of(pick.out_frame),
        );
        blocked.iter().any(|blocked| meets(blocked.span, shown))
    })
}

fn meets(blocked: TimeSpan, shown: TimeSpan) -> bool {
    blocked.overlap_millis(shown) > 0
}
