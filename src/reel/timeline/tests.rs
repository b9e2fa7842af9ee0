use proptest::prelude::*;

use super::*;
use crate::reel::{
    fixtures::{film, pick, reel},
    manifest::{SlowMotion, Smoothing},
};

const RATES: [(i32, i32); 8] = [
    (24_000, 1001),
    (24, 1),
    (25, 1),
    (30_000, 1001),
    (30, 1),
    (50, 1),
    (60_000, 1001),
    (60, 1),
];

#[test]
fn ninety_minutes_at_23_976_lose_no_frame() {
    let rate = Rational::new(24_000, 1001);
    let frames = 90 * 60 * 24;
    let mut picks = Vec::new();
    let mut start = 0;
    while start < frames {
        let end = (start + 37 + start % 101).min(frames);
        picks.push(pick(picks.len() as u32 + 1, start, end));
        start = end;
    }
    let count = picks.len();
    let reel = reel(rate, film(rate, frames), picks);
    let placed = place(&reel);
    assert_eq!(placed.len(), count);
    for shown in &placed {
        // Frame for frame the source itself.
        assert_eq!(shown.record, shown.pick.in_frame..shown.pick.out_frame);
    }
}

#[test]
fn dissolves_overlap_and_never_swallow_a_pick() {
    let rate = Rational::new(25, 1);
    let mut picks = vec![pick(1, 0, 50), pick(2, 100, 110), pick(3, 200, 250)];
    picks[1].dissolve_frames = 12;
    picks[2].dissolve_frames = 1000;
    let reel = reel(rate, film(rate, 1000), picks);
    let placed = place(&reel);
    assert_eq!(placed[1].record.start, 40, "as long as the pick itself");
    for two in placed.windows(2) {
        assert!(two[1].record.start > two[0].record.start);
        assert!(two[1].record.start <= two[0].record.end);
    }
}

#[test]
fn slow_motion_lasts_as_many_times_as_long() {
    let rate = Rational::new(25, 1);
    let mut slow = pick(1, 0, 50);
    slow.slow_motion = Some(SlowMotion {
        factor: 4,
        smoothing: Smoothing::Blend,
    });
    let reel = reel(rate, film(rate, 1000), vec![slow, pick(2, 60, 70)]);
    let placed = place(&reel);
    assert_eq!(placed[0].record, 0..200);
    assert_eq!(placed[1].record, 200..210);
}

proptest! {
    #[test]
    fn picks_lie_end_to_end_and_each_is_off_by_half_a_frame_at_most(
        source in 0..RATES.len(),
        target in 0..RATES.len(),
        lengths in prop::collection::vec(1_i64..2000, 1..40),
    ) {
        let rate = |at: usize| Rational::new(RATES[at].0, RATES[at].1);
        let mut start = 0;
        let picks: Vec<Pick> = lengths
            .iter()
            .zip(1..)
            .map(|(length, id)| {
                let pick = pick(id, start, start + length);
                start += length;
                pick
            })
            .collect();
        let reel = reel(rate(target), film(rate(source), start), picks);
        let placed = place(&reel);
        let mut end = 0;
        for shown in &placed {
            prop_assert_eq!(shown.record.start, end);
            end = shown.record.end;
            let frames = (shown.pick.out_frame - shown.pick.in_frame) as f64;
            let exact = frames / rate(source).to_f64().unwrap() * rate(target).to_f64().unwrap();
            let length = (shown.record.end - shown.record.start) as f64;
            prop_assert!((length - exact.max(1.0)).abs() <= 0.500_001);
        }
        if source == target {
            prop_assert_eq!(end, start, "record frames sum up to the source's");
        }
    }

    #[test]
    fn frames_and_milliseconds_lead_back_to_each_other(at in 0..RATES.len(), frame in 0_i64..10_000_000) {
        let source = film(Rational::new(RATES[at].0, RATES[at].1), 0);
        prop_assert_eq!(source.frame_at(source.millis_of(frame)), frame);
    }
}
