//! How a film is encoded, and its clock.

use crate::domain::Rational;

/// How the pictures are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// H.264 with its constant rate factor.
    H264(u8),
    /// MPEG-2 with its quantiser.
    Mpeg2(u8),
    /// MPEG-4 part 2 with its quantiser.
    Mpeg4(u8),
}

/// The form of a film.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Format {
    /// Width and height as shown, in pixels.
    pub(crate) size: (u32, u32),
    /// Frames per second of the grid that shots are planned on.
    pub(crate) rate: Rational,
    pub(crate) codec: Codec,
    /// The ending of the file's name.
    pub(crate) extension: &'static str,
    /// Timecode of the first frame.
    pub(crate) start_timecode: Option<&'static str>,
    /// Whether a player turns the picture by a quarter, clockwise.
    pub(crate) is_turned: bool,
    /// Whether every other frame is left out of the second half of each two seconds.
    pub(crate) is_variable: bool,
    /// The strength of noise, 0 to 100.
    pub(crate) noise: u8,
}

impl Format {
    /// The time of a frame of the grid.
    pub(crate) fn millis(&self, frame: i64) -> i64 {
        let (num, den) = (i64::from(self.rate.num), i64::from(self.rate.den));
        (frame * den * 1000 + num / 2) / num
    }

    /// The frame of the grid at a time.
    pub(crate) fn frame_at(&self, millis: i64) -> i64 {
        let (num, den) = (i64::from(self.rate.num), i64::from(self.rate.den));
        (millis * num + 500 * den) / (1000 * den)
    }

    /// Frames that two seconds of the grid take.
    pub(crate) fn period(&self) -> i64 {
        self.frame_at(2000).max(2)
    }

    /// Whether a frame of the grid is in the file.
    pub(crate) fn is_kept(&self, frame: i64) -> bool {
        let period = self.period();
        let place = frame.rem_euclid(period);
        !self.is_variable || place < period / 2 || (place - period / 2) % 2 == 0
    }

    /// How many frames of the file come before a frame of the grid.
    pub(crate) fn frames_before(&self, frame: i64) -> i64 {
        if self.is_variable {
            (0..frame).filter(|frame| self.is_kept(*frame)).count() as i64
        } else {
            frame
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_times_go_both_ways_at_every_rate() {
        for (num, den) in [(24, 1), (25, 1), (30_000, 1001), (50, 1)] {
            let format = Format {
                size: (640, 360),
                rate: Rational::new(num, den),
                codec: Codec::H264(23),
                extension: "mp4",
                start_timecode: None,
                is_turned: false,
                is_variable: false,
                noise: 0,
            };
            for frame in 0..3000 {
                assert_eq!(format.frame_at(format.millis(frame)), frame);
            }
            let variable = Format {
                is_variable: true,
                ..format
            };
            let (period, kept) = (variable.period(), variable.frames_before(variable.period()));
            assert_eq!(kept, period / 2 + (period - period / 2 + 1) / 2);
        }
    }
}
