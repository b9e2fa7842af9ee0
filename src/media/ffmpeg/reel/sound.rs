//! A stretch of a file's sound, to the sample, as stereo.

use std::path::Path;

use crate::media::MediaError;

use super::super::approach::{Approach, main_stream};
use super::super::decoder::{Decoder, DecoderOptions, Frame, Frames};
use super::super::resampler::{Resampler, SoundFormat, Wanted};
use super::super::source::{Read, Source, StreamView, rescale};
use super::part::Outlet;

/// Channels of a reel's sound.
pub(super) const CHANNELS: usize = 2;

/// Decoders and resamplers need some sound before the first that counts; MP3 keeps bits back for
/// half a second.
const RUN_UP_MILLIS: i64 = 500;

/// Time stamps that wander by less than this are jitter; more is a gap or a jump.
const JUMP_MILLIS: i64 = 60;

/// The sound from sample `start` on, counted at `rate_hz` from running time 0: `count` samples of
/// two channels, interleaved; silence where the file has none. `None` where it has no sound at all.
/// With it what could not be decoded, for people to read.
///
/// # Errors
/// As [`super::super::probe`]; `Unsupported`.
pub(super) fn stretch(
    path: &Path,
    start: i64,
    count: i64,
    rate_hz: u32,
    outlet: &Outlet<'_>,
) -> Result<(Option<Vec<f32>>, Option<String>), MediaError> {
    let source = Source::open(path)?;
    let Some(stream) = main_stream(&source, StreamView::is_sound) else {
        return Ok((None, None));
    };
    let pictures = main_stream(&source, StreamView::is_pictures);
    // Frames count from the first picture, and sound is kept in step with them.
    let origin_micros = pictures
        .and_then(|stream| stream.start_micros())
        .unwrap_or_else(|| source.origin_micros());
    let options = DecoderOptions {
        frames: Frames::All,
        threads: 1,
        max_pixels: 0,
    };
    let decoder = Decoder::open(&stream, options)?;
    let (base, index) = (stream.time_base(), stream.stream.index.unsigned_abs());
    let at_micros = origin_micros + rescale(start, 1, rate_hz as i32, 1, 1_000_000);
    let ticks = rescale(
        at_micros - RUN_UP_MILLIS * 1000,
        1,
        1_000_000,
        base.num,
        base.den,
    );
    let mut approach = Approach::to(path, source, &[index], index, ticks)?;
    let mut window = Window {
        decoder,
        rate_hz,
        position_of: Box::new(move |ticks| {
            let micros = rescale(ticks, base.num, base.den, 1, 1_000_000) - origin_micros;
            rescale(micros, 1, 1_000_000, 1, rate_hz as i32)
        }),
        start,
        samples: vec![0.0; usize::try_from(count).unwrap_or(0) * CHANNELS],
        count,
        end: None,
        converter: None,
        fresh: Vec::new(),
        problem: None,
    };
    while !window.is_complete() && outlet.is_alive() {
        match approach.read() {
            Read::Packet(packet) if packet.stream() == index as usize => {
                if let Err(error) = window.decoder.send(&packet) {
                    window.problem = Some(error.to_string());
                }
                window.take_frames();
            }
            Read::Packet(_) => {}
            Read::Broken => window.problem = Some("a part cannot be made out".to_owned()),
            Read::End(problem) => {
                window.problem = problem.or(window.problem.take());
                window.decoder.send_end();
                window.take_frames();
                window.drain_converter();
                break;
            }
        }
    }
    let warning = window
        .problem
        .map(|problem| format!("parts of its sound are damaged: {problem}"));
    Ok((Some(window.samples), warning))
}

/// The samples that are wanted, filled as they come.
struct Window {
    decoder: Decoder,
    rate_hz: u32,
    position_of: Box<dyn Fn(i64) -> i64>,
    start: i64,
    samples: Vec<f32>,
    count: i64,
    /// Where the sound so far ends; `None` before its first sample.
    end: Option<i64>,
    converter: Option<(SoundFormat, Resampler)>,
    fresh: Vec<f32>,
    problem: Option<String>,
}

impl Window {
    fn is_complete(&self) -> bool {
        self.end.is_some_and(|end| end >= self.start + self.count)
    }

    fn take_frames(&mut self) {
        loop {
            match self.decoder.receive() {
                Ok(Some(frame)) => {
                    if let Err(error) = self.frame(&frame) {
                        self.problem = Some(error.to_string());
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    self.problem = Some(error.to_string());
                    return;
                }
            }
        }
    }

    fn frame(&mut self, frame: &Frame) -> Result<(), MediaError> {
        let Some(format) = SoundFormat::of(frame) else {
            return Ok(());
        };
        if let Some(at) = frame.ticks().map(|ticks| (self.position_of)(ticks)) {
            let jump = i64::from(self.rate_hz) * JUMP_MILLIS / 1000;
            match self.end {
                None => self.end = Some(at),
                Some(end) if at - end > jump => {
                    self.drain_converter();
                    self.end = Some(at);
                }
                // Sound that jumps back goes on where it was.
                Some(_) => {}
            }
        }
        let is_made_for = |(made_for, _): &(SoundFormat, Resampler)| *made_for == format;
        if !self.converter.as_ref().is_some_and(is_made_for) {
            self.drain_converter();
            let wanted = Wanted::Mixed {
                rate_hz: self.rate_hz,
                channels: CHANNELS as u32,
            };
            self.converter = Some((format, Resampler::new(frame, format, wanted)?));
        }
        if let Some((_, resampler)) = &mut self.converter {
            self.fresh.clear();
            let converted = resampler.convert(Some(frame), &mut self.fresh);
            self.keep();
            converted.map_err(|error| super::super::failure("its sound", error))?;
        }
        Ok(())
    }

    /// Takes out the samples that the filter of the resampler still holds back.
    fn drain_converter(&mut self) {
        let Some((_, mut resampler)) = self.converter.take() else {
            return;
        };
        loop {
            self.fresh.clear();
            let drained = resampler.convert(None, &mut self.fresh);
            if self.keep() == 0 || drained.is_err() {
                return;
            }
        }
    }

    /// Puts fresh samples where they belong; how many there were.
    fn keep(&mut self) -> i64 {
        let added = (self.fresh.len() / CHANNELS) as i64;
        let at = self.end.unwrap_or(self.start);
        self.end = Some(at + added);
        let first = (self.start - at).clamp(0, added);
        let last = (self.start + self.count - at).clamp(first, added);
        if last > first {
            let target = (at + first - self.start) as usize * CHANNELS;
            let fresh = &self.fresh[first as usize * CHANNELS..last as usize * CHANNELS];
            for (to, value) in self.samples[target..].iter_mut().zip(fresh) {
                *to = if value.is_finite() { *value } else { 0.0 };
            }
        }
        added
    }
}
