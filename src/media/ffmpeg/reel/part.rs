//! A part of a reel rendered by itself: its sound as samples, its pictures encoded.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::media::MediaError;
use crate::media::protocol::{ReelContent, ReelLayer, ReelPart, ReelPartSummary};

use super::super::decoder::Frame;
use super::super::encoder::Encoder;
use super::super::out_of_memory;
use super::conform::plain;
use super::copy::Copied;
use super::encoders::{self, PictureEncoder};
use super::layer::{LayerPictures, layer_sound, to_path};
use super::letters::{Lettering, blank};
use super::mix::mix;
use super::part_file::{self, PartHeader};
use super::sound::CHANNELS;

/// Bytes gathered before they are handed on.
const BUFFER_BYTES: usize = 256 << 10;

/// How long nothing may be said while the way to the first picture is decoded.
const SIGN_OF_LIFE: Duration = Duration::from_millis(250);

/// Samples in one record of sound.
const SOUND_RECORD: usize = 48_000 * CHANNELS;

/// Takes bytes in order, and how many pictures are rendered; it is also called without bytes.
pub(in super::super) type PartSink<'a> = &'a mut dyn FnMut(&[u8], i64) -> ControlFlow<()>;

/// The way out for what was made; it also says that work goes on, and learns when nobody wants it.
pub(super) struct Outlet<'a> {
    sink: RefCell<PartSink<'a>>,
    bytes: RefCell<Vec<u8>>,
    said: Cell<Instant>,
    pictures: Cell<i64>,
    is_stopped: Cell<bool>,
}

impl<'a> Outlet<'a> {
    fn new(sink: PartSink<'a>) -> Self {
        Self {
            sink: RefCell::new(sink),
            bytes: RefCell::default(),
            said: Cell::new(Instant::now()),
            pictures: Cell::new(0),
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

    pub(super) fn write(&self, add: impl FnOnce(&mut Vec<u8>)) {
        add(&mut self.bytes.borrow_mut());
        if self.bytes.borrow().len() >= BUFFER_BYTES {
            self.flush();
        }
    }

    fn flush(&self) {
        let bytes = std::mem::take(&mut *self.bytes.borrow_mut());
        self.said.set(Instant::now());
        if !self.is_stopped.get() {
            let flow = (self.sink.borrow_mut())(&bytes, self.pictures.get());
            self.is_stopped.set(flow.is_break());
        }
    }
}

/// How pictures come about.
enum Way {
    Copy(Copied),
    Encode(PictureEncoder),
}

/// Renders a part and hands its bytes on in order, in a form that [`super::join`] reads.
///
/// What is damaged in the middle of a source is left out: the frame before it is held, and the
/// summary says so. When `sink` breaks off, what was made so far is all.
///
/// A source that can't be opened or gives nothing at all is shown as black, which the summary says, too.
///
/// # Errors
/// `NoEncoder`, `EncoderStart`, `OutOfMemory`.
pub fn part(request: &ReelPart, sink: PartSink<'_>) -> Result<ReelPartSummary, MediaError> {
    super::super::prepare();
    let outlet = Outlet::new(sink);
    let way = match request.layers.as_slice() {
        [
            ReelLayer {
                content:
                    ReelContent::Copied {
                        path,
                        rate,
                        first_frame,
                    },
                first_picture,
                ..
            },
        ] => {
            let first = first_frame + first_picture;
            Way::Copy(Copied::find(to_path(path), *rate, first, request.pictures)?)
        }
        _ => Way::Encode(encoders::pictures(&request.form)?),
    };
    let (delay, extradata) = match &way {
        Way::Copy(copied) => (copied.delay, copied.extradata.clone()),
        Way::Encode(encoder) => (encoder.encoder.delay(), encoder.encoder.extradata()),
    };
    let header = PartHeader {
        pictures: request.pictures,
        samples: request.samples,
        margin_samples: request.margin_samples,
        delay,
        extradata,
    };
    outlet.write(|bytes| bytes.extend(part_file::header(&header)));
    let mut warnings = Vec::new();
    let samples = sound(request, &outlet, &mut warnings)?;
    for record in samples.chunks(SOUND_RECORD) {
        outlet.write(|bytes| part_file::sound(bytes, record));
    }
    drop(samples);
    match way {
        Way::Copy(copied) => copied.write(&outlet)?,
        Way::Encode(encoder) => pictures(request, encoder, &outlet, &mut warnings)?,
    }
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
        let (mut samples, warning) = match layer_sound(layer, from, count, outlet) {
            Err(error) if is_of_the_machine(&error) => return Err(error),
            Err(error) => (
                vec![0.0; count.unsigned_abs() as usize * CHANNELS],
                Some(format!("nothing of it can be heard: {error}")),
            ),
            Ok(heard) => heard,
        };
        warnings.extend(warning);
        if is_dissolve {
            for (at, frame) in samples.chunks_exact_mut(CHANNELS).enumerate() {
                let passed = (at as i64 - margin) as f32 / request.samples.max(1) as f32;
                let angle = passed.clamp(0.0, 1.0) * std::f32::consts::FRAC_PI_2;
                // Equal power: what is heard at once has nothing in common.
                let weight = if number == 0 {
                    angle.cos()
                } else {
                    angle.sin()
                };
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
    mut encoder: PictureEncoder,
    outlet: &Outlet<'_>,
    warnings: &mut Vec<String>,
) -> Result<(), MediaError> {
    let mut lettering = Lettering::new(&request.form);
    let mut layers = Vec::with_capacity(request.layers.len());
    for layer in &request.layers {
        let opened = LayerPictures::open(layer, &request.form, &mut lettering, outlet);
        let pictures = match opened {
            Err(error) if !is_of_the_machine(&error) => {
                warnings.push(format!("black is shown instead: {error}"));
                LayerPictures::Card(blank(&request.form, 0)?)
            }
            other => other?,
        };
        layers.push((pictures, layer.first_picture));
    }
    for at in 0..request.pictures {
        let mut shown: Option<Frame> = None;
        for (layer, first) in &mut layers {
            let picture = match layer.picture(*first + at) {
                Err(error) if !is_of_the_machine(&error) => {
                    warnings.push(format!("black is shown instead: {error}"));
                    let black = blank(&request.form, 0)?;
                    let shared = black.share().ok_or_else(out_of_memory)?;
                    *layer = LayerPictures::Card(black);
                    shared
                }
                other => other?,
            };
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
        take_encoded(&mut encoder.encoder, outlet)?;
        outlet.pictures.set(at + 1);
        if !outlet.is_alive() {
            return Ok(());
        }
    }
    encoder.send(None)?;
    take_encoded(&mut encoder.encoder, outlet)?;
    warnings.extend(layers.iter().filter_map(|(layer, _)| layer.warning()));
    warnings.extend(lettering.problem);
    Ok(())
}

/// Whether it is no fault of the source: then no picture can stand for it.
fn is_of_the_machine(error: &MediaError) -> bool {
    matches!(
        error,
        MediaError::OutOfMemory { .. }
            | MediaError::NoEncoder { .. }
            | MediaError::EncoderStart { .. }
    )
}

fn take_encoded(encoder: &mut Encoder, outlet: &Outlet<'_>) -> Result<(), MediaError> {
    while let Some(packet) = encoder.receive()? {
        let at = packet.pts().unwrap_or(0);
        let data = packet.data().unwrap_or_default();
        outlet.write(|bytes| part_file::picture(bytes, at, packet.is_key(), data));
    }
    Ok(())
}
