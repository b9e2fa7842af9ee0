//! Where ends go, in a few clear cases, and never within a word in any.

use proptest::prelude::*;

use super::*;
use crate::{domain::Rational, reel::fixtures::film};

fn span(start: i64, end: i64) -> TimeSpan {
    TimeSpan::new(start, end)
}

fn snapped(
    source: &Source,
    shots: &[i64],
    words: &[TimeSpan],
    wanted: TimeSpan,
) -> Option<(i64, i64)> {
    let ground = Ground {
        source,
        shots,
        words,
        cues: &[],
        hearing: None,
        free: 0..source.frames,
    };
    let frames = ground.snap(&Wanted {
        span: wanted,
        hold_millis: wanted.start_millis.midpoint(wanted.end_millis),
        shortest: 50,
        longest: 300,
    })?;
    Some((source.millis_of(frames.start), source.millis_of(frames.end)))
}

#[test]
fn ends_go_to_shot_boundaries_that_are_near() {
    let source = film(Rational::new(25, 1), 1000);
    let found = snapped(&source, &[0, 5000, 10_000], &[], span(5600, 9500));
    assert_eq!(found, Some((5000, 10_000)));
    // One that is far away is not worth the way, and no flash of the shot before is left.
    let found = snapped(&source, &[0, 5000, 20_000], &[], span(9000, 12_000)).unwrap();
    assert_eq!(found, (9000, 12_000));
    let found = snapped(&source, &[0, 5000, 20_000], &[], span(4800, 9000)).unwrap();
    assert_eq!(found.0, 5000);
}

#[test]
fn a_sentence_is_not_cut_off() {
    let source = film(Rational::new(25, 1), 1000);
    let words = [span(4000, 4400), span(4400, 4900), span(4920, 5600)];
    let (start, end) = snapped(&source, &[0], &words, span(1000, 4600)).unwrap();
    assert!(start <= 1000);
    assert!(end <= 4000 || end >= 5600, "{start} – {end}");
}

#[test]
fn what_can_not_be_shown_is_not() {
    let source = film(Rational::new(25, 1), 40);
    assert_eq!(
        snapped(&source, &[0], &[], span(0, 1600)),
        None,
        "shorter than the shortest"
    );
    let source = film(Rational::new(25, 1), 1000);
    let ground = Ground {
        source: &source,
        shots: &[0],
        words: &[],
        cues: &[],
        hearing: None,
        free: 100..200,
    };
    let wanted = |hold_millis, span| Wanted {
        span,
        hold_millis,
        shortest: 50,
        longest: 300,
    };
    assert_eq!(ground.snap(&wanted(1000, span(0, 2000))), None);
    assert_eq!(ground.snap(&wanted(6000, span(0, 20_000))), Some(100..200));
    assert_eq!(ground.widened(span(3000, 4000)), None);
    assert_eq!(ground.widened(span(4000, 5000)), Some(100..125));
}

/// Words in a row, with pauses or none between them.
fn speech() -> impl Strategy<Value = Vec<TimeSpan>> {
    prop::collection::vec((0_i64..900, 60_i64..900), 0..80).prop_map(|words| {
        let mut at = 0;
        words
            .into_iter()
            .map(|(pause, length)| {
                // Two of three words follow without a pause, as speech models tell them.
                let start = at + if pause < 600 { 0 } else { pause - 600 };
                at = start + length;
                TimeSpan::new(start, at)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn no_cut_goes_through_a_word_and_lengths_are_kept(
        words in speech(),
        shots in prop::collection::btree_set(0_i64..60_000, 0..12),
        rate in prop::sample::select(vec![(25, 1), (24_000, 1001), (30_000, 1001), (50, 1)]),
        start in 0_i64..50_000,
        length in 200_i64..15_000,
        shortest in 20_i64..100,
        more in 100_i64..400,
    ) {
        let rate = Rational::new(rate.0, rate.1);
        let source = film(rate, 60 * i64::from(rate.num) / i64::from(rate.den));
        let shots: Vec<i64> = shots.into_iter().collect();
        let ground = Ground { source: &source, shots: &shots, words: &words, cues: &[], hearing: None, free: 0..source.frames };
        let hold_millis = start + length / 2;
        let wanted = Wanted { span: span(start, start + length), hold_millis, shortest, longest: shortest + more };
        // With words of under a second and room for more, there is always a place.
        let frames = ground.snap(&wanted).unwrap();
        prop_assert!(frames.start >= 0 && frames.end <= source.frames);
        let count = frames.end - frames.start;
        prop_assert!((shortest..=shortest + more).contains(&count), "{count}");
        let hold = source.frame_at(hold_millis).min(source.frames - 1);
        prop_assert!(frames.contains(&hold));
        let frame_millis = 1000 * i64::from(rate.den) / i64::from(rate.num) + 1;
        for end in [frames.start, frames.end] {
            let at = source.millis_of(end);
            for word in &words {
                let depth = (at - word.start_millis).min(word.end_millis - at);
                prop_assert!(depth <= frame_millis / 2 + 2, "{at} is {depth} ms within {word:?}");
            }
        }
        prop_assert_eq!(ground.snap(&wanted), Some(frames));
    }
}
