//! What is shown when in a rendered reel; pure, in whole pictures.

use crate::domain::Rational;
use crate::media::protocol::REEL_SAMPLE_RATE_HZ;
use crate::reel::{
    manifest::Reel,
    source::scale,
    timeline::{Placed, place},
};

/// How long a card before a pick is shown, in milliseconds.
const SLATE_MILLIS: i64 = 2_000;

/// A pick or the card before it, and its place in the rendered reel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item<'a> {
    /// The pick, with its place in the reel as it is written.
    pub(super) placed: Placed<'a>,
    /// Whether it is the card before the pick.
    pub(super) is_slate: bool,
    /// Its first picture.
    pub(super) from: i64,
    /// The first picture after it.
    pub(super) to: i64,
    /// Over how many pictures the one before it melts into it.
    pub(super) dissolve: i64,
}

/// Everything in order. Dissolves overlap; with cards in between there are none.
pub(super) fn lay_out(reel: &Reel, has_slates: bool) -> Vec<Item<'_>> {
    let rate = reel.timeline.rate;
    let slate = scale(SLATE_MILLIS, i128::from(rate.num), rate.den.max(1) * 1000).max(1);
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut next = 0;
    for placed in place(reel) {
        let pictures = placed.record.end - placed.record.start;
        if has_slates {
            items.push(Item {
                placed: placed.clone(),
                is_slate: true,
                from: next,
                to: next + slate,
                dissolve: 0,
            });
            next += slate;
        } else {
            next = placed.record.start;
        }
        let before = items.last().map_or(next, |item| item.to);
        items.push(Item {
            placed,
            is_slate: false,
            from: next,
            to: next + pictures,
            dissolve: (before - next).max(0),
        });
        next += pictures;
    }
    items
}

/// The sample at which a picture begins, rounded to the nearest; no error adds up.
pub(super) fn sample_of(picture: i64, rate: Rational) -> i64 {
    scale(
        picture,
        i128::from(rate.den) * i128::from(REEL_SAMPLE_RATE_HZ),
        rate.num,
    )
}

/// A stretch of the rendered reel that is rendered by itself: of one item, or of the dissolve from
/// the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// The item, or the one that is melted into.
    pub(super) item: usize,
    pub(super) is_dissolve: bool,
    /// Whether its pictures are copied as they are encoded in their source.
    pub(super) is_copied: bool,
    pub(super) from: i64,
    pub(super) to: i64,
}

/// The whole reel in pieces of at most `longest` pictures, in order and without a gap.
pub(super) fn pieces(items: &[Item<'_>], longest: i64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let own_start = item.from + item.dissolve;
        if item.dissolve > 0 {
            pieces.push(Piece {
                item: index,
                is_dissolve: true,
                is_copied: false,
                from: item.from,
                to: own_start,
            });
        }
        let own_end = item.to - items.get(index + 1).map_or(0, |next| next.dissolve);
        let pictures = own_end - own_start;
        let count = (pictures + longest - 1) / longest.max(1);
        for number in 0..count {
            pieces.push(Piece {
                item: index,
                is_dissolve: false,
                is_copied: false,
                from: own_start + pictures * number / count,
                to: own_start + pictures * (number + 1) / count,
            });
        }
    }
    pieces
}

/// What a time on the reel's clock is in the rendered reel, which cards make longer.
pub(super) fn rendered_millis(items: &[Item<'_>], rate: Rational, millis: i64) -> i64 {
    let frame = scale(millis, i128::from(rate.num), rate.den.max(1) * 1000);
    let picks = items.iter().filter(|item| !item.is_slate);
    let shown = picks
        .take_while(|item| item.placed.record.start <= frame)
        .last();
    let later = shown.map_or(0, |item| item.from - item.placed.record.start);
    millis + scale(later, i128::from(rate.den) * 1000, rate.num)
}
