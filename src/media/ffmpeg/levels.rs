//! How loud a file is over its running time.

use std::path::Path;

use crate::media::MediaError;
use crate::media::levels::LevelBins;
use crate::media::protocol::Loudness;

use super::approach::main_stream;
use super::decoder::{Decoder, DecoderOptions, Frame, Frames};
use super::resampler::{Resampler, SoundFormat, Wanted};
use super::source::{Read, Source, StreamView, rescale};

/// The level of the main sound of `path` in even steps; `working` is called now and then.
///
/// # Errors
/// As [`super::audio`].
pub fn loudness(path: &Path, working: &mut dyn FnMut()) -> Result<Loudness, MediaError> {
    let mut source = Source::open(path)?;
    let stream =
        main_stream(&source, StreamView::is_sound).ok_or_else(|| MediaError::NoStream {
            kind: "audio".to_owned(),
        })?;
    let options = DecoderOptions {
        frames: Frames::All,
        threads: 1,
        max_pixels: 0,
    };
    let (index, base) = (stream.stream.index, stream.time_base());
    let mut listener = Listener {
        decoder: Decoder::open(&stream, options)?,
        converter: None,
        interleaved: Vec::new(),
        bins: LevelBins::default(),
        end_micros: 0,
        problem: None,
    };
    source.only_stream(index.unsigned_abs());
    let origin_micros = source.origin_micros();
    let micros = |ticks| rescale(ticks, base.num, base.den, 1, 1_000_000) - origin_micros;
    let mut packets = 0_u64;
    loop {
        match source.read() {
            Read::Packet(packet) if packet.stream() as i32 == index => {
                packets += 1;
                if packets.is_multiple_of(5000) {
                    working();
                }
                if let Err(error) = listener.decoder.send(&packet) {
                    listener.problem = Some(error.to_string());
                }
                listener.drain(&micros);
            }
            Read::Packet(_) => {}
            Read::Broken => {
                listener.problem = Some("a part of the file cannot be made out".to_owned());
            }
            Read::End(problem) => {
                listener.problem = problem.or(listener.problem);
                break;
            }
        }
    }
    listener.decoder.send_end();
    listener.drain(&micros);
    match (listener.bins.finish(), listener.problem) {
        (loudness, Some(reason)) if loudness.levels_db.is_empty() => {
            Err(MediaError::Corrupt { reason })
        }
        (loudness, _) => Ok(loudness),
    }
}

struct Listener {
    decoder: Decoder,
    converter: Option<(SoundFormat, Resampler)>,
    interleaved: Vec<f32>,
    bins: LevelBins,
    /// Where the sound so far ends, for frames that do not tell their time.
    end_micros: i64,
    problem: Option<String>,
}

impl Listener {
    fn drain(&mut self, micros: &dyn Fn(i64) -> i64) {
        loop {
            match self.decoder.receive() {
                Ok(Some(frame)) => self.frame(&frame, micros),
                Ok(None) => return,
                Err(error) => {
                    self.problem = Some(error.to_string());
                    return;
                }
            }
        }
    }

    fn frame(&mut self, frame: &Frame, micros: &dyn Fn(i64) -> i64) {
        let Some(format) = SoundFormat::of(frame) else {
            return;
        };
        if self
            .converter
            .as_ref()
            .is_none_or(|(made_for, _)| *made_for != format)
        {
            match Resampler::new(frame, format, Wanted::AsItIs) {
                Ok(made) => self.converter = Some((format, made)),
                Err(error) => {
                    self.problem = Some(error.to_string());
                    return;
                }
            }
        }
        self.interleaved.clear();
        if let Some((_, converter)) = &mut self.converter
            && let Err(error) = converter.convert(Some(frame), &mut self.interleaved)
        {
            self.problem = Some(error.to_string());
        }
        let at_micros = frame.ticks().map_or(self.end_micros, micros);
        let channels = format.channels as usize;
        let rate = i64::from(format.sample_rate_hz);
        let samples = (self.interleaved.len() / channels) as i64;
        self.bins.push(
            &self.interleaved,
            channels,
            format.sample_rate_hz,
            at_micros,
        );
        self.end_micros = at_micros + samples * 1_000_000 / rate;
    }
}
