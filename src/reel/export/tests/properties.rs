//! What holds at every rate and for picks of every length.

use proptest::prelude::*;

use super::*;
use crate::{
    domain::{Rational, Timecode},
    reel::{Pick, SlowMotion, Smoothing},
};

const RATES: [Rational; 8] = [
    Rational::new(24_000, 1001),
    Rational::new(24, 1),
    Rational::new(25, 1),
    Rational::new(30_000, 1001),
    Rational::new(30, 1),
    Rational::new(50, 1),
    Rational::new(60_000, 1001),
    Rational::new(60, 1),
];

/// What a pick of a made-up reel is: rate of its source, first frame, length, dissolve, slowness.
type Shape = (usize, i64, i64, i64, u32);

fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let shape = (0..RATES.len(), 0..5000_i64, 1..400_i64, 0..40_i64, 1..5_u32);
    prop::collection::vec(shape, 1..40)
}

fn made_up(rate: Rational, drop_frame: bool, start: &str, shapes: &[Shape]) -> Reel {
    let mut reel = reel("film");
    reel.timeline.rate = rate;
    reel.timeline.drop_frame = drop_frame;
    reel.timeline.start_timecode = start.to_owned();
    let pattern = reel.revisions[0].picks[0].clone();
    let source = reel.sources[&pattern.asset_id].clone();
    reel.sources.clear();
    let mut picks = Vec::new();
    for (index, (source_rate, in_frame, frames, dissolve, slowness)) in shapes.iter().enumerate() {
        let id = crate::domain::AssetId([*source_rate as u8 + 1; 32]);
        let mut own = source.clone();
        own.rate = RATES[*source_rate];
        own.name = format!("source {source_rate}.mov");
        own.start_timecode = Some("01:00:10:00".to_owned());
        own.frames = 10_000;
        reel.sources.insert(id, own);
        picks.push(Pick {
            id: index as u32 + 1,
            asset_id: id,
            in_frame: *in_frame,
            out_frame: in_frame + frames,
            dissolve_frames: *dissolve,
            slow_motion: (*slowness > 1).then_some(SlowMotion {
                factor: *slowness,
                smoothing: Smoothing::Blend,
            }),
            ..pattern.clone()
        });
    }
    reel.revisions[0].picks = picks;
    reel
}

/// Source in, source out, record in, record out and dissolve of every event, read from the list.
fn events(list: &str, rate: Rational) -> Vec<([i64; 4], i64)> {
    let mut events: Vec<([i64; 4], i64)> = Vec::new();
    let mut numbers = Vec::new();
    for line in list
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
    {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let frame = |text: &&str| Timecode::parse(text, rate).unwrap().frame_number;
        let times: Vec<i64> = fields[fields.len() - 4..].iter().map(frame).collect();
        let dissolve = if fields[3] == "D" {
            fields[4].parse().unwrap()
        } else {
            0
        };
        // The first line of a dissolve stands still.
        if numbers.last() == Some(&fields[0]) {
            let (still, _) = events.pop().unwrap();
            assert!(still[0] == still[1] && still[2] == still[3] && still[2] == times[2]);
        }
        numbers.push(fields[0]);
        events.push((times.try_into().unwrap(), dissolve));
    }
    events
}

fn sum_of_otio(timeline: &serde_json::Value, track: usize) -> f64 {
    let children = timeline["tracks"]["children"][track]["children"]
        .as_array()
        .unwrap();
    let lengths = children.iter().filter_map(|child| {
        let duration = &child["source_range"]["duration"];
        duration["value"].as_f64()
    });
    lengths.sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn record_timecode_is_the_sum_of_frames(rate in 0..RATES.len(), shapes in shapes(), drops in any::<bool>()) {
        let rate = RATES[rate];
        let reel = made_up(rate, drops, "00:58:00:00", &shapes);
        let placed = place(&reel);
        let found = exported(&reel, Format::Edl, &ExportSettings::default());
        let events = events(&text(&found), rate);
        prop_assert_eq!(events.len(), placed.len());
        let start = events[0].0[2];
        for (index, (times, dissolve)) in events.iter().enumerate() {
            let [source_in, source_out, record_in, record_out] = times;
            // One after the other, with nothing between.
            let next = placed.get(index + 1).map_or(placed[index].record.end, |next| next.record.start);
            prop_assert_eq!(record_in - start, placed[index].record.start);
            prop_assert_eq!(record_out - start, next);
            let before = index.checked_sub(1).map_or(0, |before| placed[before].record.end);
            prop_assert_eq!(*dissolve, before - placed[index].record.start);
            let slowness = i64::from(shapes[index].4);
            let shown = record_out - record_in;
            prop_assert!(((source_out - source_in) * slowness - shown).abs() < slowness.max(2));
            if slowness == 1 {
                prop_assert_eq!(source_out - source_in, shown);
            }
            // The source's own frame, where it runs at the list's rate.
            if RATES[shapes[index].0] == rate {
                let first = Timecode::parse("01:00:10:00", rate).unwrap().frame_number;
                prop_assert_eq!(*source_in, first + shapes[index].1);
            }
        }
    }

    #[test]
    fn every_timeline_is_as_long_as_the_reel(rate in 0..RATES.len(), shapes in shapes()) {
        let rate = RATES[rate];
        let reel = made_up(rate, false, "10:00:00:00", &shapes);
        let length = place(&reel).last().unwrap().record.end;
        let otio = exported(&reel, Format::Otio, &ExportSettings::default());
        let timeline: serde_json::Value = serde_json::from_slice(&otio.files[0].1).unwrap();
        prop_assert_eq!(sum_of_otio(&timeline, 0), length as f64);
        prop_assert_eq!(sum_of_otio(&timeline, 1), length as f64);
        let spine = spine(&text(&exported(&reel, Format::Fcpxml, &ExportSettings::default())));
        // Every clip begins where the one before ended, to the ratio.
        let mut at = ratio_of(36_000 * nominal(rate), rate);
        for (offset, duration) in spine {
            prop_assert!(is_same(offset, at));
            at = sum(at, duration);
        }
        prop_assert!(is_same(at, ratio_of(36_000 * nominal(rate) + length, rate)));
        let xmeml = text(&exported(&reel, Format::Xmeml, &ExportSettings::default()));
        let end = format!("<duration>{length}</duration>");
        prop_assert!(xmeml.contains(&end));
    }
}

type Ratio = (i128, i128);

fn nominal(rate: Rational) -> i64 {
    rate.to_f64().unwrap().ceil() as i64
}

fn ratio_of(frames: i64, rate: Rational) -> Ratio {
    (
        i128::from(frames) * i128::from(rate.den),
        i128::from(rate.num),
    )
}

fn sum(a: Ratio, b: Ratio) -> Ratio {
    let (num, den) = (a.0 * b.1 + b.0 * a.1, a.1 * b.1);
    let (mut x, mut y) = (num, den);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    (num / x, den / x)
}

fn is_same(a: Ratio, b: Ratio) -> bool {
    a.0 * b.1 == b.0 * a.1
}

/// Offset and duration of each clip of an FCPXML document's spine, in seconds.
fn spine(xml: &str) -> Vec<(Ratio, Ratio)> {
    let time = |line: &str, name: &str| -> Ratio {
        let value = line.split(&format!(" {name}=\"")).nth(1).unwrap();
        let value = value.split("s\"").next().unwrap();
        let (num, den) = value.split_once('/').unwrap_or((value, "1"));
        (num.parse().unwrap(), den.parse().unwrap())
    };
    xml.lines()
        .filter(|line| line.trim_start().starts_with("<asset-clip "))
        .map(|line| (time(line, "offset"), time(line, "duration")))
        .collect()
}

#[test]
fn ninety_minutes_at_a_film_rate_do_not_drift() {
    let rate = RATES[0];
    // 90 minutes of the clock are 129,470.5 frames; picks of 7 to 366 frames add up to one more.
    let mut shapes: Vec<Shape> = Vec::new();
    let mut left = 129_471_i64;
    for index in 0.. {
        let frames = (7 + index * 37 % 360).min(left);
        shapes.push((0, index % 5000, frames, 0, 1));
        left -= frames;
        if left == 0 {
            break;
        }
    }
    assert!(shapes.len() < 999);
    let reel = made_up(rate, false, "00:00:00:00", &shapes);
    let list = text(&exported(&reel, Format::Edl, &ExportSettings::default()));
    let read = events(&list, rate);
    let last = read.last().unwrap().0[3];
    assert_eq!(last, 129_471);
    // Timecode runs at 24 to a second, the clock at 23.976: 5.4 seconds apart after 90 minutes.
    let end = Timecode {
        frame_number: last,
        rate,
        drop_frame: false,
    };
    assert_eq!(end.to_string(), "01:29:54:15");
    let clips = spine(&text(&exported(
        &reel,
        Format::Fcpxml,
        &ExportSettings::default(),
    )));
    let (offset, duration) = *clips.last().unwrap();
    assert!(is_same(sum(offset, duration), (129_471 * 1001, 24_000)));
    let millis = sum(offset, duration).0 * 1000 / sum(offset, duration).1;
    assert_eq!(millis, 5_400_019);
    let otio = exported(&reel, Format::Otio, &ExportSettings::default());
    let timeline: serde_json::Value = serde_json::from_slice(&otio.files[0].1).unwrap();
    assert_eq!(sum_of_otio(&timeline, 0), 129_471.0);
}

#[test]
fn subtitles_follow_cuts_and_slow_motion_and_stay_within_their_picks() {
    let mut reel = reel("mixed");
    let picks = &mut reel.revisions[0].picks;
    picks.truncate(1);
    // 40 to 43 seconds of the source, twice as long.
    picks[0].slow_motion = Some(SlowMotion {
        factor: 2,
        smoothing: Smoothing::Blend,
    });
    let cues = crate::reel::reel_lines(&reel, &whereabouts(&reel));
    let found: Vec<(i64, i64, &str)> = cues
        .iter()
        .map(|cue| (cue.span.start_millis, cue.span.end_millis, &cue.text[..]))
        .collect();
    assert_eq!(
        found,
        [
            (0, 2000, "ist Gold!"),
            (2400, 4000, "<i>Schön</i> & gut\n--> weiter"),
        ]
    );
}
