//! Curves put together of signals.

use super::*;

fn signal(name: &'static str, weight: f32, values: &[f32]) -> SignalCurve {
    SignalCurve {
        name,
        weight,
        values: values.to_vec(),
    }
}

#[test]
fn several_signals_say_more_than_one_and_none_says_nothing() {
    let curve = Curve::new(
        vec![
            signal("crowd", 2.0, &[0.0, 1.0, 0.0, 1.0]),
            signal("whistle", 0.5, &[0.0, 0.0, 1.0, 1.0]),
        ],
        4,
    );
    assert_eq!(curve.values[0], 0.0);
    assert!(curve.values[2] < curve.values[1] && curve.values[1] < curve.values[3]);
    assert!(curve.values[3] < 1.0);
}

#[test]
fn a_stretch_is_weighed_by_the_milliseconds_it_has_of_each_step() {
    let curve = Curve::new(vec![signal("crowd", 1.0, &[0.0, 1.0, 1.0, 0.0])], 4);
    let high = curve.values[1];
    assert_eq!(curve.mean(TimeSpan::new(500, 1500)), high);
    assert!((curve.mean(TimeSpan::new(250, 750)) - high / 2.0).abs() < 1e-6);
    assert_eq!(curve.peak(TimeSpan::new(0, 750)), high);
    assert_eq!(curve.peak(TimeSpan::new(0, 740)), 0.0, "less than half");
    assert_eq!(curve.peak(TimeSpan::new(600, 700)), high, "all there is");
    assert_eq!(curve.peak(TimeSpan::new(0, 500)), 0.0);
    assert_eq!(curve.mean(TimeSpan::new(9000, 9500)), 0.0, "beyond its end");
    assert_eq!(curve.mean(TimeSpan::new(-500, 0)), 0.0);
}

#[test]
fn shares_name_the_strongest_signal_first_and_leave_out_what_is_silent() {
    let curve = Curve::new(
        vec![
            signal("loudness", 0.2, &[1.0, 1.0]),
            signal("crowd", 2.0, &[0.5, 0.5]),
            signal("replay", 5.0, &[0.0, 0.0]),
        ],
        2,
    );
    let shares = curve.shares(TimeSpan::new(0, 1000));
    let names: Vec<&str> = shares.iter().map(|share| share.signal.as_str()).collect();
    assert_eq!(names, ["crowd", "loudness"]);
    assert_eq!((shares[0].level, shares[0].weight), (0.5, 2.0));
}
