//! One sound stream as 16 kHz mono for speech, with loudness and silence measured on the original.

use std::ops::ControlFlow;
use std::path::Path;

use ffmpeg_next::Packet;

use crate::domain::{SPEECH_SAMPLE_RATE_HZ, Samples};
use crate::media::MediaError;
use crate::media::protocol::AudioSummary;

use super::decoder::{Decoder, DecoderOptions, Frame, Frames};
use super::loudness::SoundMeter;
use super::resampler::{Resampler, SoundFormat, Wanted};
use super::source::{Read, Source, rescale};

/// One second a chunk: small beside the models' windows, large beside the cost of a message.
const CHUNK_SAMPLES: usize = SPEECH_SAMPLE_RATE_HZ as usize;

/// Time stamps that wander by less than this are jitter; more is a gap or a jump.
const JUMP_MILLIS: i64 = 60;

/// A stream that ends this much before its header says has lost something.
const MISSING_MILLIS: i64 = 1500;

/// Decodes the sound stream `stream_index` of `path` and hands it on in chunks of about a second.
///
/// A broken packet is skipped; what is lost leaves a gap in the chunks' times, and the summary's
/// `truncated` says so. When `sink` breaks off, the summary covers what was decoded so far.
///
/// # Errors
/// As [`super::probe`]; `NoStream` when the stream is not sound; `Unsupported` without a decoder;
/// `Corrupt` when nothing of it could be decoded.
pub fn audio(
    path: &Path,
    stream_index: u32,
    sink: &mut dyn FnMut(Samples) -> ControlFlow<()>,
) -> Result<AudioSummary, MediaError> {
    let mut source = Source::open(path)?;
    let origin_micros = source.origin_micros();
    let stream = source
        .stream(stream_index)
        .filter(|stream| stream.is_sound())
        .ok_or_else(|| MediaError::NoStream {
            kind: "audio".to_owned(),
        })?;
    let time_base = stream.time_base();
    let expected_millis = (stream.stream.duration > 0)
        .then(|| time_base.ticks_to_millis(stream.stream.duration))
        .flatten();
    let options = DecoderOptions {
        frames: Frames::All,
        threads: 1,
        max_pixels: 0,
    };
    let decoder = Decoder::open(&stream, options)?;
    source.only_stream(stream_index);
    let mut listener = Listener {
        decoder,
        to_millis: Box::new(move |ticks| {
            (rescale(ticks, time_base.num, time_base.den, 1, 1_000_000) - origin_micros)
                .div_euclid(1000)
        }),
        converter: None,
        meter: SoundMeter::default(),
        interleaved: Vec::new(),
        chunk: Chunker {
            pending: Vec::new(),
            start_millis: None,
            given: 0,
        },
        broken: 0,
        last_problem: None,
    };
    let mut end_problem = None;
    let mut flow = ControlFlow::Continue(());
    while flow.is_continue() {
        match source.read() {
            Read::Packet(packet) if packet.stream() == stream_index as usize => {
                flow = listener.packet(&packet, sink);
            }
            Read::Packet(_) => {}
            Read::Broken => listener.problem("a part of the file cannot be made out".to_owned()),
            Read::End(problem) => {
                end_problem = problem;
                break;
            }
        }
    }
    if flow.is_continue() {
        flow = listener.finish(sink);
    }
    if listener.chunk.given == 0 && flow.is_continue() && listener.broken > 0 {
        let reason = listener.last_problem.unwrap_or_default();
        return Err(MediaError::Corrupt {
            reason: format!("none of its sound could be decoded: {reason}"),
        });
    }
    let seen_millis = listener.chunk.end_millis().unwrap_or(0);
    let truncated = end_problem
        .map(|problem| format!("reading ended at {seen_millis} ms: {problem}"))
        .or_else(|| {
            let missing = expected_millis
                .filter(|expected| expected - seen_millis > MISSING_MILLIS && flow.is_continue());
            missing
                .map(|expected| format!("sound ends at {seen_millis} ms of {expected} ms"))
                .or_else(|| listener.broken_report())
        });
    Ok(AudioSummary {
        samples: listener.chunk.given,
        truncated,
        ..listener.meter.finish()
    })
}

struct Listener {
    decoder: Decoder,
    to_millis: Box<dyn Fn(i64) -> i64>,
    converter: Option<Converter>,
    meter: SoundMeter,
    interleaved: Vec<f32>,
    chunk: Chunker,
    broken: u64,
    last_problem: Option<String>,
}

struct Converter {
    format: SoundFormat,
    original: Resampler,
    speech: Resampler,
}

impl Listener {
    fn problem(&mut self, text: String) {
        self.broken += 1;
        self.last_problem = Some(text);
    }

    fn broken_report(&self) -> Option<String> {
        let problem = self.last_problem.as_deref()?;
        Some(format!(
            "{} broken parts were left out; the last: {problem}",
            self.broken
        ))
    }

    fn packet(
        &mut self,
        packet: &Packet,
        sink: &mut dyn FnMut(Samples) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if let Err(error) = self.decoder.send(packet) {
            self.problem(error.to_string());
        }
        self.drain(sink)
    }

    fn drain(&mut self, sink: &mut dyn FnMut(Samples) -> ControlFlow<()>) -> ControlFlow<()> {
        loop {
            match self.decoder.receive() {
                Ok(Some(frame)) => self.frame(&frame, sink)?,
                Ok(None) => return ControlFlow::Continue(()),
                Err(error) => {
                    self.problem(error.to_string());
                    return ControlFlow::Continue(());
                }
            }
        }
    }

    fn frame(
        &mut self,
        frame: &Frame,
        sink: &mut dyn FnMut(Samples) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some(format) = SoundFormat::of(frame) else {
            self.problem("a frame without rate or channels".to_owned());
            return ControlFlow::Continue(());
        };
        if let Some(ticks) = frame.ticks() {
            let at_millis = (self.to_millis)(ticks);
            if self
                .chunk
                .end_millis()
                .is_none_or(|end| (at_millis - end).abs() > JUMP_MILLIS)
            {
                self.drain_converter(sink)?;
                self.chunk.begin(at_millis, sink)?;
            }
        }
        if self
            .converter
            .as_ref()
            .is_none_or(|converter| converter.format != format)
        {
            self.drain_converter(sink)?;
            let made = Resampler::new(frame, format, Wanted::AsItIs).and_then(|original| {
                let mono = Wanted::Mixed {
                    rate_hz: SPEECH_SAMPLE_RATE_HZ,
                    channels: 1,
                };
                let speech = Resampler::new(frame, format, mono)?;
                Ok(Converter {
                    format,
                    original,
                    speech,
                })
            });
            match made {
                Ok(converter) => self.converter = Some(converter),
                Err(error) => {
                    self.problem(error.to_string());
                    return ControlFlow::Continue(());
                }
            }
        }
        let Some(converter) = &mut self.converter else {
            return ControlFlow::Continue(());
        };
        self.interleaved.clear();
        let measured = converter
            .original
            .convert(Some(frame), &mut self.interleaved);
        let start_millis = self.chunk.end_millis().unwrap_or(0);
        self.meter.push(
            &self.interleaved,
            format.channels,
            format.sample_rate_hz,
            start_millis,
        );
        let heard = converter
            .speech
            .convert(Some(frame), &mut self.chunk.pending);
        if let Err(error) = measured.and(heard) {
            self.problem(error.to_string());
        }
        self.chunk.give_full(sink)
    }

    /// Takes out the samples that the filter of the resampler still holds back.
    fn drain_converter(
        &mut self,
        sink: &mut dyn FnMut(Samples) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if let Some(converter) = &mut self.converter {
            loop {
                let before = self.chunk.pending.len();
                if converter
                    .speech
                    .convert(None, &mut self.chunk.pending)
                    .is_err()
                    || self.chunk.pending.len() == before
                {
                    break;
                }
            }
            // A drained resampler has ended; sound that follows gets a fresh one.
            self.converter = None;
        }
        self.chunk.give_full(sink)
    }

    fn finish(&mut self, sink: &mut dyn FnMut(Samples) -> ControlFlow<()>) -> ControlFlow<()> {
        self.decoder.send_end();
        self.drain(sink)?;
        self.drain_converter(sink)?;
        self.chunk.give_rest(sink)
    }
}

/// Cuts samples into chunks and knows their times.
struct Chunker {
    pending: Vec<f32>,
    start_millis: Option<i64>,
    given: u64,
}

impl Chunker {
    fn end_millis(&self) -> Option<i64> {
        self.start_millis
            .map(|start| start + samples_to_millis(self.pending.len()))
    }

    /// Gives what is there and goes on at another time; a jump back goes on where it was.
    fn begin(
        &mut self,
        at_millis: i64,
        sink: &mut dyn FnMut(Samples) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let end = self.end_millis();
        self.give_rest(sink)?;
        self.start_millis = Some(end.map_or(at_millis, |end| end.max(at_millis)));
        ControlFlow::Continue(())
    }

    fn give_full(&mut self, sink: &mut dyn FnMut(Samples) -> ControlFlow<()>) -> ControlFlow<()> {
        while self.pending.len() >= CHUNK_SAMPLES {
            let rest = self.pending.split_off(CHUNK_SAMPLES);
            let mono = std::mem::replace(&mut self.pending, rest);
            self.give(mono, sink)?;
        }
        ControlFlow::Continue(())
    }

    fn give_rest(&mut self, sink: &mut dyn FnMut(Samples) -> ControlFlow<()>) -> ControlFlow<()> {
        let mono = std::mem::take(&mut self.pending);
        if mono.is_empty() {
            ControlFlow::Continue(())
        } else {
            self.give(mono, sink)
        }
    }

    fn give(
        &mut self,
        mut mono: Vec<f32>,
        sink: &mut dyn FnMut(Samples) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let start_millis = self.start_millis.unwrap_or(0);
        self.start_millis = Some(start_millis + samples_to_millis(mono.len()));
        // What sounds before the first picture has no place on the running time.
        let early = usize::try_from(-start_millis).unwrap_or(0) * CHUNK_SAMPLES / 1000;
        mono.drain(..early.min(mono.len()));
        if mono.is_empty() {
            return ControlFlow::Continue(());
        }
        for value in &mut mono {
            *value = if value.is_finite() {
                value.clamp(-1.0, 1.0)
            } else {
                0.0
            };
        }
        self.given += mono.len() as u64;
        sink(Samples {
            start_millis: start_millis.max(0),
            mono,
        })
    }
}

fn samples_to_millis(count: usize) -> i64 {
    (count as i64 * 1000 + i64::from(SPEECH_SAMPLE_RATE_HZ) / 2) / i64::from(SPEECH_SAMPLE_RATE_HZ)
}
