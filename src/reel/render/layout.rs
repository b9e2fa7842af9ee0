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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A reel at 30000/1001 of picks of 100 frames of one source, that melt in over so many frames.
    fn reel(dissolves: &[i64]) -> Reel {
        let asset = "a".repeat(64);
        let picks: Vec<_> = dissolves
            .iter()
            .enumerate()
            .map(|(number, frames)| {
                let first = number * 200;
                json!({
                    "id": number + 1, "asset_id": asset, "in_frame": first, "out_frame": first + 100,
                    "in_timecode": "", "out_timecode": "", "head_handle_frames": 0,
                    "tail_handle_frames": 0, "name": "pick", "section": "", "is_locked": false,
                    "dissolve_frames": frames, "slow_motion": null, "lower_third": null,
                    "reason": {"text": "", "query": null, "relevance": 0.0, "excitement": 0.0,
                        "gain": 0.0, "signals": [], "evidence": []},
                })
            })
            .collect();
        serde_json::from_value(json!({
            "format_version": 1, "title": "reel",
            "timeline": {"rate": {"num": 30000, "den": 1001}, "drop_frame": true,
                "start_timecode": "00:00:00;00", "width": 640, "height": 360},
            "wish": {"sections": [{"name": "", "query": null, "picks": null}], "length_millis": 1,
                "collection": null, "given": [], "must_have": [], "must_not": [], "order": "given",
                "shortest_millis": 1, "longest_millis": 1, "handle_millis": 0,
                "most_per_asset": null, "diversity": 0.0, "all_angles": true, "seed": 0},
            "sources": {asset: {"name": "film.mp4", "kind": "video",
                "rate": {"num": 30000, "den": 1001}, "is_variable_rate": false,
                "start_timecode": null, "frames": 100_000, "width": 640, "height": 360,
                "sound": null, "reel_name": null, "recorded": null}},
            "revisions": [{"parent": null, "made": "", "change": "", "notes": [], "picks": picks}],
            "current": 0,
        }))
        .unwrap()
    }

    #[test]
    fn pieces_cover_the_reel_without_a_gap_and_dissolves_are_pieces_of_their_own() {
        // The fourth melts in over all of the third, so that nothing of it is left for the fifth.
        let reel = reel(&[0, 20, 0, 500, 7, 7]);
        let items = lay_out(&reel, false);
        let dissolves: Vec<i64> = items.iter().map(|item| item.dissolve).collect();
        assert_eq!(dissolves[..3], [0, 20, 0]);
        let pieces = pieces(&items, 40);
        let mut reached = 0;
        for piece in &pieces {
            assert_eq!(piece.from, reached);
            assert!(piece.to > piece.from);
            assert!(piece.is_dissolve || piece.to - piece.from <= 40);
            reached = piece.to;
        }
        assert_eq!(reached, items.last().unwrap().to);
        let melting: Vec<usize> = pieces
            .iter()
            .filter(|piece| piece.is_dissolve)
            .map(|piece| piece.item)
            .collect();
        assert_eq!(melting, [1, 3, 5]);
    }

    #[test]
    fn cards_make_the_reel_longer_and_move_what_is_said() {
        let reel = reel(&[0, 20]);
        let items = lay_out(&reel, true);
        let places: Vec<(bool, i64, i64)> = items
            .iter()
            .map(|item| (item.is_slate, item.from, item.to))
            .collect();
        let wanted = [
            (true, 0, 60),
            (false, 60, 160),
            (true, 160, 220),
            (false, 220, 320),
        ];
        assert_eq!(places, wanted);
        let rate = reel.timeline.rate;
        // Picture 10 of the first pick; picture 10 of the second, which began 20 pictures early.
        let millis = |picture: i64| scale(picture, i128::from(rate.den) * 1000, rate.num);
        assert_eq!(rendered_millis(&items, rate, millis(10)), millis(70));
        let shown = rendered_millis(&items, rate, millis(90));
        assert!((shown - millis(230)).abs() <= 1, "{shown}");
    }

    #[test]
    fn no_sample_is_lost_or_gained_in_ninety_minutes() {
        let rate = Rational::new(30_000, 1001);
        let pictures = 90 * 60 * 30_000 / 1001;
        let total: i64 = (0..pictures)
            .map(|picture| sample_of(picture + 1, rate) - sample_of(picture, rate))
            .sum();
        assert_eq!(total, sample_of(pictures, rate));
        let exact = pictures as f64 * 1001.0 / 30_000.0 * 48_000.0;
        assert!((total as f64 - exact).abs() <= 0.5, "{total} {exact}");
        assert_eq!(sample_of(5, rate), 8008);
    }
}
