//! The frame rates that edit suites count in.

use crate::domain::{Rational, Timecode};

/// A rate as a whole number, or that number times 1000/1001.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timebase {
    /// Frames that a second of timecode has.
    pub(super) nominal: i64,
    /// Whether it runs 1000/1001 as fast.
    pub(super) is_ntsc: bool,
}

/// 23.976, 24, 25, 29.97, 30, 50, 59.94 and 60.
const ALL: [Timebase; 8] = [
    Timebase::new(24, true),
    Timebase::new(24, false),
    Timebase::new(25, false),
    Timebase::new(30, true),
    Timebase::new(30, false),
    Timebase::new(50, false),
    Timebase::new(60, true),
    Timebase::new(60, false),
];

impl Timebase {
    const fn new(nominal: i64, is_ntsc: bool) -> Self {
        Self { nominal, is_ntsc }
    }

    /// The timebase that is exactly this rate.
    pub(super) fn of(rate: Rational) -> Option<Self> {
        ALL.into_iter().find(|timebase| {
            let own = timebase.rate();
            i64::from(own.num) * i64::from(rate.den) == i64::from(rate.num) * i64::from(own.den)
        })
    }

    /// The one that comes nearest.
    pub(super) fn nearest(rate: Rational) -> Self {
        let wanted = rate.to_f64().unwrap_or(25.0);
        let distance = |timebase: &Self| {
            let own = timebase.rate().to_f64().unwrap_or(25.0);
            (own - wanted).abs()
        };
        ALL.into_iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .unwrap_or(ALL[2])
    }

    pub(super) fn rate(self) -> Rational {
        if self.is_ntsc {
            Rational::new(self.nominal as i32 * 1000, 1001)
        } else {
            Rational::new(self.nominal as i32, 1)
        }
    }
}

/// The same place on a tape as another rate counts it: hours, minutes and seconds stay, so that
/// people find it, and frames are scaled.
pub(super) fn relabelled(timecode: Timecode, to: Timebase) -> Timecode {
    let rate = to.rate();
    if timecode.rate == rate {
        return timecode;
    }
    let text = timecode.to_string();
    let fields: Vec<i64> = text
        .split([':', ';'])
        .map(|field| field.parse().unwrap_or(0))
        .collect();
    let own = timecode
        .rate
        .to_f64()
        .map_or(1, |rate| rate.ceil() as i64)
        .max(1);
    let [hours, minutes, seconds, frames] = fields[..] else {
        return Timecode { rate, ..timecode };
    };
    let scaled = (frames * to.nominal * 2 + own) / (own * 2);
    let label = ((hours * 60 + minutes) * 60 + seconds) * to.nominal + scaled;
    // Both at rates that drop numbers: then the label is one that the other counting has as well.
    if timecode.drop_frame
        && let Ok(dropped) = Timecode::parse(
            &format!("{hours:02}:{minutes:02}:{seconds:02};{scaled:02}"),
            rate,
        )
        && dropped.drop_frame
    {
        return dropped;
    }
    Timecode {
        frame_number: label,
        rate,
        drop_frame: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timebase_is_told_by_its_exact_rate() {
        assert_eq!(
            Timebase::of(Rational::new(24_000, 1001)),
            Some(Timebase::new(24, true))
        );
        assert_eq!(
            Timebase::of(Rational::new(50, 2)),
            Some(Timebase::new(25, false))
        );
        assert_eq!(Timebase::of(Rational::new(2997, 100)), None);
        assert_eq!(
            Timebase::nearest(Rational::new(2997, 100)),
            Timebase::new(30, true)
        );
    }

    #[test]
    fn a_place_keeps_its_hours_minutes_and_seconds() {
        let at = |text, rate| Timecode::parse(text, rate).unwrap();
        let pal = Timebase::new(25, false);
        assert_eq!(
            relabelled(at("10:00:01:12", Rational::new(24, 1)), pal).to_string(),
            "10:00:01:13"
        );
        let half = relabelled(
            at("00:01:00;04", Rational::new(60_000, 1001)),
            Timebase::new(30, true),
        );
        assert_eq!(half.to_string(), "00:01:00;02");
    }
}
