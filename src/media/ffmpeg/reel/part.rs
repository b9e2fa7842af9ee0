//! A part of a reel rendered by itself: its sound as samples, its pictures encoded.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use crate::media::MediaError;
use crate::media::protocol::{ReelPart, ReelPartSummary};

use super::super::clip::ByteSink;
use super::super::encoder::Encoder;
use super::conform::plain;
use super::layer::{LayerPictures, layer_sound};
use super::letters::Lettering;
use super::mix::mix;
use super::part_file::{self, PartHeader};
use super::sound::CHANNELS;
use super::encoders;

/// Bytes gathered before they are handed on.
const BUFFER_BYTES: usize = 256 << 10;

/// How long nothing may be said while the way to the first picture is decoded.
const SIGN_OF_LIFE: Duration = Duration::from_millis(250);

/// Samples in one record of sound.
const SOUND_RECORD: usize = 48_000 * CHANNELS;

/// The way out for what was made; it also says that work goes on, and learns when nobody wants it.
pub(super) struct Outlet<'a> {
    sink: RefCell<ByteSink<'a>>,
    bytes: RefCell<Vec<u8>>,
    said: Cell<Instant>,
    is_stopped: Cell<bool>,
}

impl<'a> Outlet<'a> {
    fn new(sink: ByteSink<'a>) -> Self {
        Self {
            sink: RefCell::new(sink),
            bytes: RefCell::default(),
            said: Cell::new(Instant::now()),
            is_stopped: Cell::new(false),
        }
    }

    /// Says now and then that work goes on; whether it is still wanted.
    pub(super) fn is_alive(&self) -> bool {
        if self.said.get().elapsed() > SIGN_OF_LIFE {
            self.flush();
        }
        !self.is_stopped.get()
    }

    fn write(&self, add: impl FnOnce(&mut Vec<u8>)) {
        add(&mut self.bytes.borrow_mut());
        if self.bytes.borrow().len() >= BUFFER_BYTES {
            self.flush();
        }
    }

    fn flush(&self) {
        let bytes = std::mem::take(&mut *self.bytes.borrow_mut());
        self.said.set(Instant::now());
        if !self.is_stopped.get() {
            let flow = (self.sink.borrow_mut())(&bytes);
            self.is_stopped.set(flow.is_break());
        }
    }
}

/// Renders a part and hands its bytes on in order, in a form that [`super::join`] reads.
///
/// What is damaged in the middle of a source is left out: the frame before it is held, and the
/// summary says so. When `sink` breaks off, what was made so far is all.
///
/// # Errors
/// As [`super::super::probe`] for a source that can't be opened or gives nothing at all; `NoEncoder`,
/// `EncoderStart`.
pub fn part(request: &ReelPart, sink: ByteSink<'_>) -> Result<ReelPartSummary, MediaError> {
    super::super::quieten();
    let outlet = Outlet::new(sink);
    let encoder = encoders::pictures(&request.form)?;
    let header = PartHeader {
        pictures: request.pictures,
        samples: request.samples,
        margin_samples: request.margin_samples,
        delay: encoder.delay(),
        extradata: encoder.extradata(),
    };
    outlet.write(|bytes| bytes.extend(part_file::header(&header)));
    let mut warnings = Vec::new();
    let samples = sound(request, &outlet, &mut warnings)?;
    for record in samples.chunks(SOUND_RECORD) {
        outlet.write(|bytes| part_file::sound(bytes, record));
    }
    drop(samples);
    pictures(request, encoder, &outlet, &mut warnings)?;
    outlet.write(part_file::end);
    outlet.flush();
    Ok(ReelPartSummary { warnings })
}

/// The sound of the part with its margins, layers mixed.
fn sound(
    request: &ReelPart,
    outlet: &Outlet<'_>,
    warnings: &mut Vec<String>,
) -> Result<Vec<f32>, MediaError> {
    let margin = request.margin_samples;
    let count = request.samples + 2 * margin;
    let mut mixed: Vec<f32> = Vec::new();
    let is_dissolve = request.layers.len() > 1;
    for (number, layer) in request.layers.iter().enumerate() {
        let from = layer.first_sample - margin;
        let (mut samples, warning) = layer_sound(layer, from, count, outlet)?;
        warnings.extend(warning);
        if is_dissolve {
            for (at, frame) in samples.chunks_exact_mut(CHANNELS).enumerate() {
                let passed = (at as i64 - margin) as f32 / request.samples.max(1) as f32;
                let angle = passed.clamp(0.0, 1.0) * std::f32::consts::FRAC_PI_2;
                // Equal power: what is heard at once has nothing in common.
                let weight = if number == 0 { angle.cos() } else { angle.sin() };
                frame.iter_mut().for_each(|value| *value *= weight);
            }
        }
        if mixed.is_empty() {
            mixed = samples;
        } else {
            for (to, value) in mixed.iter_mut().zip(samples) {
                *to += value;
            }
        }
    }
    Ok(mixed)
}

fn pictures(
    request: &ReelPart,
    mut encoder: Encoder,
    outlet: &Outlet<'_>,
    warnings: &mut Vec<String>,
) -> Result<(), MediaError> {
    let mut lettering = Lettering::new(&request.form);
    let mut layers = Vec::with_capacity(request.layers.len());
    for layer in &request.layers {
        layers.push((
            LayerPictures::open(layer, &request.form, &mut lettering, outlet)?,
            layer.first_picture,
        ));
    }
    for at in 0..request.pictures {
        let mut shown = None;
        for (layer, first) in &mut layers {
            let picture = layer.picture(*first + at)?;
            shown = Some(match shown {
                None => picture,
                // The first picture of a dissolve shows a little of the new already.
                Some(before) => mix(
                    &before,
                    &picture,
                    ((at + 1) * 256 / (request.pictures + 1)) as u32,
                )?,
            });
        }
        let Some(picture) = shown else { break };
        let written = lettering.over(picture, at, &request.letters)?;
        encoder.send(Some(&mut plain(written, at)))?;
        take_encoded(&mut encoder, outlet)?;
        if !outlet.is_alive() {
            return Ok(());
        }
    }
    encoder.send(None)?;
    take_encoded(&mut encoder, outlet)?;
    warnings.extend(layers.iter().filter_map(|(layer, _)| layer.warning()));
    warnings.extend(lettering.problem);
    Ok(())
}

fn take_encoded(encoder: &mut Encoder, outlet: &Outlet<'_>) -> Result<(), MediaError> {
    while let Some(packet) = encoder.receive()? {
        let at = packet.pts().unwrap_or(0);
        let data = packet.data().unwrap_or_default();
        outlet.write(|bytes| part_file::picture(bytes, at, packet.is_key(), data));
    }
    Ok(())
}
