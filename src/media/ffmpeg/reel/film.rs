//! The frames of a film that a reel shows, each at its place on the reel's clock.

use std::path::Path;

use crate::domain::Rational;
use crate::media::MediaError;
use crate::media::protocol::ReelForm;

use super::super::decoder::Frame;
use super::conform::Conform;
use super::frames::FrameReader;
use super::mix::mix;
use super::motion::{MOTION_MARGIN, Motion};
use super::part::Outlet;

/// A frame that is missing for longer than so many periods is missed; less is jitter.
const MISSED_PERIODS: i64 = 3;

/// Which frames of a source are shown, and how they lie on the reel's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) rate: Rational,
    pub(super) is_variable_rate: bool,
    pub(super) first_frame: i64,
    pub(super) end_frame: i64,
    pub(super) slowness: u32,
    pub(super) is_interpolated: bool,
    pub(super) reel_rate: Rational,
}

impl Pace {
    /// The place in the source of a picture of the reel: whole frames since the first, and the rest
    /// as a fraction of a frame, numerator and denominator.
    pub(super) fn place(&self, picture: i64) -> (i64, i128, i128) {
        let num = i128::from(self.reel_rate.den) * i128::from(self.rate.num);
        let den = i128::from(self.reel_rate.num)
            * i128::from(self.rate.den)
            * i128::from(self.slowness.max(1));
        let exact = i128::from(picture) * num;
        (exact.div_euclid(den) as i64, exact.rem_euclid(den), den)
    }

    /// The frame of the source that is on show.
    pub(super) fn frame(&self, picture: i64) -> i64 {
        self.last(self.first_frame + self.place(picture).0)
    }

    fn last(&self, frame: i64) -> i64 {
        frame.min(self.end_frame - 1).max(self.first_frame)
    }
}

/// A film on its way into a reel.
pub(super) struct FilmPictures<'o, 's> {
    outlet: &'o Outlet<'s>,
    reader: FrameReader,
    conform: Conform,
    pace: Pace,
    /// The last frame that is not too late, and the one after it.
    current: Option<Frame>,
    next: Option<Frame>,
    /// Frames in the reel's form, by number; few.
    conformed: Vec<(i64, Frame)>,
    motion: Option<Motion>,
    /// Frames that were missing in the source.
    missed: u64,
    first_missed: i64,
}

impl<'o, 's> FilmPictures<'o, 's> {
    /// Opens the film for the pictures from `first_picture` on.
    ///
    /// # Errors
    /// As [`FrameReader::open`].
    pub(super) fn open(
        path: &Path,
        form: &ReelForm,
        pace: Pace,
        first_picture: i64,
        outlet: &'o Outlet<'s>,
    ) -> Result<Self, MediaError> {
        let first = pace.frame(first_picture);
        let unit = Rational::new(pace.rate.den, pace.rate.num);
        let margin = if pace.is_interpolated {
            MOTION_MARGIN
        } else {
            0
        };
        let at = (first - margin).max(0);
        let reader = FrameReader::open(path, form.max_picture_pixels, at, unit)?;
        let conform = Conform::new(form, reader.aspect, reader.orientation);
        Ok(Self {
            outlet,
            reader,
            conform,
            pace,
            current: None,
            next: None,
            conformed: Vec::new(),
            motion: None,
            missed: 0,
            first_missed: 0,
        })
    }

    /// The picture of that number; numbers never go back.
    ///
    /// # Errors
    /// `Corrupt` when no frame of it could be decoded, or frames can't be converted.
    pub(super) fn picture(&mut self, picture: i64) -> Result<Frame, MediaError> {
        let (whole, rest, of) = self.pace.place(picture);
        let frame = self.pace.last(self.pace.first_frame + whole);
        if self.pace.slowness < 2 || (rest == 0 && !self.pace.is_interpolated) {
            return self.conformed(frame);
        }
        if self.pace.is_interpolated {
            return self.estimated(picture, frame);
        }
        let before = self.conformed(frame)?;
        let after = self.conformed(self.pace.last(frame + 1))?;
        mix(&before, &after, (rest * 256 / of) as u32)
    }

    /// What could not be shown, for people to read.
    pub(super) fn warning(&self) -> Option<String> {
        let rate = self.pace.rate.to_f64().unwrap_or(25.0);
        let at = |frame: i64| format!("{:.2} s", frame as f64 / rate);
        if self.missed > 0 {
            let why = self.reader.problem.as_deref();
            return Some(format!(
                "{} frames from {} on are missing; the last before them is held{}",
                self.missed,
                at(self.first_missed),
                why.map(|why| format!(" ({why})")).unwrap_or_default()
            ));
        }
        let problem = self.reader.problem.as_deref()?;
        Some(format!(
            "{} damaged parts near {}: {problem}",
            self.reader.broken,
            at(self.pace.first_frame)
        ))
    }

    fn conformed(&mut self, number: i64) -> Result<Frame, MediaError> {
        let found = self.conformed.iter().find(|(of, _)| *of == number);
        if let Some(shared) = found.and_then(|(_, frame)| frame.share()) {
            return Ok(shared);
        }
        self.advance(number);
        let (frame, conform) = (&self.current, &mut self.conform);
        let frame = frame.as_ref().ok_or_else(|| MediaError::Corrupt {
            reason: self
                .reader
                .problem
                .clone()
                .unwrap_or_else(|| "it has no frame there".to_owned()),
        })?;
        let made = conform.conform(frame)?;
        if self.conformed.len() > 1 {
            self.conformed.remove(0);
        }
        let shared = made.share().ok_or_else(super::super::out_of_memory)?;
        self.conformed.push((number, shared));
        Ok(made)
    }

    /// Reads on until `current` is the frame on show at the time of that number.
    fn advance(&mut self, number: i64) {
        let unit = Rational::new(self.pace.rate.den, self.pace.rate.num);
        let at = self.reader.ticks_of(number, unit);
        let period = (self.reader.ticks_of(number + 1, unit) - at).max(1);
        // Time stamps of even frames wander by rounding; those of uneven ones mean what they say.
        let latest = if self.pace.is_variable_rate {
            at + self.reader.ticks_in(1)
        } else {
            at + (period - 1) / 2
        };
        loop {
            if self.next.is_none() {
                self.next = self.reader.next(self.outlet);
            }
            let Some(next) = &self.next else { break };
            let is_late = next.ticks().is_some_and(|ticks| ticks > latest);
            // Where pictures begin later, the first stands for what is not there.
            if is_late && self.current.is_some() {
                break;
            }
            self.current = self.next.take();
            if is_late {
                break;
            }
        }
        let shown = self.current.as_ref().and_then(Frame::ticks);
        let is_missed = shown.is_some_and(|ticks| (at - ticks).abs() >= period * MISSED_PERIODS);
        // Uneven frames may be shown for as long as they like.
        let is_damaged = self.next.is_none() && self.reader.problem.is_some();
        if is_missed && (!self.pace.is_variable_rate || is_damaged) {
            if self.missed == 0 {
                self.first_missed = number;
            }
            self.missed += 1;
        }
    }

    /// The picture between `frame` and the next, with motion estimated.
    fn estimated(&mut self, picture: i64, frame: i64) -> Result<Frame, MediaError> {
        let mut motion = match self.motion.take() {
            Some(motion) => motion,
            None => Motion::before(frame),
        };
        let mut estimated = motion.take(picture);
        while estimated.is_none() && motion.wants(frame) {
            let number = motion.next_number();
            let conformed = self.conformed(self.pace.last(number))?;
            motion.feed(&self.pace, &conformed)?;
            estimated = motion.take(picture);
        }
        self.motion = Some(motion);
        match estimated {
            Some(made) => Ok(made),
            // The chain owes a picture that never came: the plain frame stands for it.
            None => self.conformed(frame),
        }
    }
}
