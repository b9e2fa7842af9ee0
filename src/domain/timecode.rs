//! SMPTE timecode: how editors name a frame, drop-frame counting included.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Rational;

/// A frame's address `HH:MM:SS:FF`, or `HH:MM:SS;FF` when counted with dropped numbers.
///
/// Drop-frame counting follows SMPTE ST 12-1: at 30000/1001 (60000/1001) frames per second the
/// first two (four) numbers of every minute are left out, except in each tenth minute, so that
/// the address keeps up with the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Timecode {
    /// Frames since `00:00:00:00`, counting every frame that exists.
    pub frame_number: i64,
    /// Frames per second as an exact ratio.
    pub rate: Rational,
    /// Whether numbers are dropped.
    pub drop_frame: bool,
}

/// Why a timecode could not be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{text}` is not a timecode of the form HH:MM:SS:FF at {num}/{den} frames per second")]
pub struct TimecodeError {
    text: String,
    num: i32,
    den: i32,
}

const MINUTES_PER_DAY: i64 = 24 * 60;

impl Timecode {
    /// Reads `HH:MM:SS:FF`; a `;` or `.` before the frames means drop-frame.
    ///
    /// # Errors
    /// When the text has another form, a field is out of range, or the number is one that
    /// drop-frame counting leaves out.
    pub fn parse(text: &str, rate: Rational) -> Result<Self, TimecodeError> {
        let wrong = || TimecodeError {
            text: text.to_owned(),
            num: rate.num,
            den: rate.den,
        };
        let nominal = nominal_rate(rate).ok_or_else(wrong)?;
        let fields: Vec<i64> = text
            .trim()
            .split([':', ';', '.'])
            .map(|field| i64::from_str(field).map_err(|_| wrong()))
            .collect::<Result<_, _>>()?;
        let [hours, minutes, seconds, frames] = fields[..] else {
            return Err(wrong());
        };
        let drop_frame = text.contains([';', '.']) && dropped_per_minute(rate) > 0;
        let in_range = (0..24).contains(&hours)
            && (0..60).contains(&minutes)
            && (0..60).contains(&seconds)
            && (0..nominal).contains(&frames);
        let dropped = if drop_frame {
            dropped_per_minute(rate)
        } else {
            0
        };
        let is_left_out = minutes % 10 != 0 && seconds == 0 && frames < dropped;
        if !in_range || is_left_out {
            return Err(wrong());
        }
        let total_minutes = hours * 60 + minutes;
        let label = (total_minutes * 60 + seconds) * nominal + frames;
        Ok(Self {
            frame_number: label - dropped * (total_minutes - total_minutes / 10),
            rate,
            drop_frame,
        })
    }

    /// The address of a video's first frame: the file's own, else zero; `None` where the rate is not known.
    pub fn of_first_frame(own: Option<Self>, rate: Option<Rational>) -> Option<Self> {
        if own.is_some() {
            return own;
        }
        let rate = rate.filter(|rate| rate.is_known())?;
        // Without one of its own, counting drops numbers where the rate has such a count: it then
        // keeps up with the running time, as editing programs have it.
        let drop_frame = matches!(
            rate,
            Rational {
                num: 30_000 | 60_000,
                den: 1001
            }
        );
        Some(Self {
            frame_number: 0,
            rate,
            drop_frame,
        })
    }

    /// The address of the frame shown `millis` after the frame that this one names.
    pub fn after_millis(self, millis: i64) -> Self {
        // Half a millisecond forgives rounding of the time of a frame's start.
        let frames = (i128::from(millis) * 2 + 1) * i128::from(self.rate.num)
            / (i128::from(self.rate.den.max(1)) * 2000);
        Self {
            frame_number: self.frame_number + frames as i64,
            ..self
        }
    }
}

/// Frames per second rounded up to the count that addresses use: 30 for 30000/1001.
fn nominal_rate(rate: Rational) -> Option<i64> {
    let exact = rate.to_f64()?;
    let nominal = exact.ceil() as i64;
    (1..=120).contains(&nominal).then_some(nominal)
}

fn dropped_per_minute(rate: Rational) -> i64 {
    match (rate.num, rate.den) {
        (30_000, 1001) => 2,
        (60_000, 1001) => 4,
        _ => 0,
    }
}

impl fmt::Display for Timecode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nominal = nominal_rate(self.rate).unwrap_or(1);
        let dropped = if self.drop_frame {
            dropped_per_minute(self.rate)
        } else {
            0
        };
        let per_minute = nominal * 60 - dropped;
        let per_ten_minutes = per_minute * 10 + dropped;
        let per_day = per_ten_minutes * (MINUTES_PER_DAY / 10);
        let number = self.frame_number.rem_euclid(per_day);
        let (tens, rest) = (number / per_ten_minutes, number % per_ten_minutes);
        let minutes_in_ten = if rest < nominal * 60 {
            0
        } else {
            1 + (rest - nominal * 60) / per_minute
        };
        let label = number + dropped * (tens * 9 + minutes_in_ten);
        let (seconds, frames) = (label / nominal, label % nominal);
        let separator = if self.drop_frame { ';' } else { ':' };
        write!(
            f,
            "{:02}:{:02}:{:02}{separator}{frames:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NTSC: Rational = Rational::new(30_000, 1001);

    #[test]
    fn drop_frame_numbers_skip_two_each_minute_but_the_tenth() {
        let at = |text| Timecode::parse(text, NTSC).map(|timecode| timecode.frame_number);
        assert_eq!(at("00:00:59;29"), Ok(1799));
        assert_eq!(at("00:01:00;02"), Ok(1800));
        assert!(at("00:01:00;00").is_err());
        assert_eq!(at("00:10:00;00"), Ok(17_982));
        assert_eq!(at("01:00:00;00"), Ok(107_892));
    }

    #[test]
    fn every_frame_of_an_hour_survives_its_text_form() {
        for rate in [
            NTSC,
            Rational::new(60_000, 1001),
            Rational::new(25, 1),
            Rational::new(24_000, 1001),
        ] {
            for frame_number in 0..110_000 {
                let timecode = Timecode {
                    frame_number,
                    rate,
                    drop_frame: dropped_per_minute(rate) > 0,
                };
                assert_eq!(Timecode::parse(&timecode.to_string(), rate), Ok(timecode));
            }
        }
    }

    #[test]
    fn running_time_moves_the_address_by_whole_frames() {
        let start = Timecode::parse("10:00:00:00", Rational::new(25, 1)).unwrap();
        assert_eq!(start.after_millis(1039).to_string(), "10:00:01:00");
        assert_eq!(start.after_millis(1040).to_string(), "10:00:01:01");
        let start = Timecode::parse("00:00:00;29", NTSC).unwrap();
        assert_eq!(start.after_millis(33).to_string(), "00:00:01;00");
    }
}
