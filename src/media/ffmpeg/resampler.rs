//! Sound in whatever form a decoder gives it, as interleaved floats and as mono for speech.

use std::ffi::c_int;
use std::ptr;

use ffmpeg_next::{Error, ffi};

use crate::media::MediaError;

use super::decoder::{Frame, check};

/// The form that sound comes in; a change of it in mid-stream calls for another resampler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SoundFormat {
    sample_format: c_int,
    pub(super) sample_rate_hz: u32,
    pub(super) channels: u32,
}

impl SoundFormat {
    /// The form of a decoded frame; `None` when it says nothing usable.
    pub(super) fn of(frame: &Frame) -> Option<Self> {
        let raw = frame.raw();
        let format = Self {
            sample_format: raw.format,
            sample_rate_hz: u32::try_from(raw.sample_rate).ok()?,
            channels: u32::try_from(raw.ch_layout.nb_channels).ok()?,
        };
        let is_usable = format.sample_rate_hz > 0 && (1..=64).contains(&format.channels);
        is_usable.then_some(format)
    }
}

/// What sound is converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The rate and channels that it has.
    AsItIs,
    /// That many samples a second, all channels mixed to these.
    Mixed { rate_hz: u32, channels: u32 },
}

/// Converts frames of one form into interleaved 32-bit floats.
pub(super) struct Resampler {
    context: *mut ffi::SwrContext,
    output_channels: usize,
}

impl Resampler {
    /// A converter from the form of `frame` into what is wanted.
    ///
    /// # Errors
    /// `Corrupt` when FFmpeg cannot convert from that form.
    pub(super) fn new(
        frame: &Frame,
        format: SoundFormat,
        wanted: Wanted,
    ) -> Result<Self, MediaError> {
        // SAFETY: layouts are initialised by FFmpeg before use and freed after; the sample format
        // comes from a decoded frame; the context is checked for null and freed by `Drop`.
        unsafe {
            let mut input: ffi::AVChannelLayout = std::mem::zeroed();
            let native = frame.raw().ch_layout.order;
            if native == ffi::AVChannelOrder::AV_CHANNEL_ORDER_UNSPEC {
                // Files that name no layout: the usual one for that many channels.
                ffi::av_channel_layout_default(&mut input, format.channels as c_int);
            } else {
                check(
                    "its channel layout",
                    ffi::av_channel_layout_copy(&mut input, &frame.raw().ch_layout),
                )?;
            }
            let mut output: ffi::AVChannelLayout = std::mem::zeroed();
            let (rate_hz, output_channels) = match wanted {
                Wanted::Mixed { rate_hz, channels } => {
                    ffi::av_channel_layout_default(&mut output, channels as c_int);
                    (rate_hz, channels as usize)
                }
                Wanted::AsItIs => {
                    check(
                        "its channel layout",
                        ffi::av_channel_layout_copy(&mut output, &input),
                    )?;
                    (format.sample_rate_hz, format.channels as usize)
                }
            };
            let mut context = ptr::null_mut();
            let allocated = ffi::swr_alloc_set_opts2(
                &mut context,
                &mut output,
                ffi::AVSampleFormat::AV_SAMPLE_FMT_FLT,
                rate_hz as c_int,
                &mut input,
                std::mem::transmute::<c_int, ffi::AVSampleFormat>(format.sample_format),
                format.sample_rate_hz as c_int,
                0,
                ptr::null_mut(),
            );
            ffi::av_channel_layout_uninit(&mut input);
            ffi::av_channel_layout_uninit(&mut output);
            let resampler = Self {
                context,
                output_channels,
            };
            check("its sound format", allocated)?;
            if matches!(wanted, Wanted::Mixed { channels: 2, .. }) {
                // Six channels at full level must not add up to more than two can hold.
                let name = c"rematrix_maxval".as_ptr();
                check(
                    "its sound format",
                    ffi::av_opt_set_double(context.cast(), name, 1.0, 0),
                )?;
            }
            check("its sound format", ffi::swr_init(context))?;
            Ok(resampler)
        }
    }

    /// Converts `frame`, or with `None` gives what the converter still holds, onto the end of `out`.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn convert(
        &mut self,
        frame: Option<&Frame>,
        out: &mut Vec<f32>,
    ) -> Result<(), Error> {
        let (data, count) = match frame {
            Some(frame) => (
                frame.raw().extended_data.cast_const().cast::<*const u8>(),
                frame.raw().nb_samples,
            ),
            None => (ptr::null(), 0),
        };
        // SAFETY: the context is initialised.
        let room = unsafe { ffi::swr_get_out_samples(self.context, count) };
        if room < 0 {
            return Err(Error::from(room));
        }
        // The estimate is an upper bound for input; draining asks for a little more than it says.
        let room = room as usize + 64;
        let start = out.len();
        out.resize(start + room * self.output_channels, 0.0);
        let mut target = out[start..].as_mut_ptr().cast::<u8>();
        // SAFETY: `target` has room for `room` samples of every channel; `data` holds `count`
        // samples in the form that the context was made for.
        let made = unsafe {
            ffi::swr_convert(
                self.context,
                &mut target,
                room as c_int,
                data.cast_mut(),
                count,
            )
        };
        out.truncate(start + usize::try_from(made).unwrap_or(0) * self.output_channels);
        if made < 0 {
            Err(Error::from(made))
        } else {
            Ok(())
        }
    }
}

impl Drop for Resampler {
    fn drop(&mut self) {
        // SAFETY: the context is owned and freed once; null is allowed.
        unsafe { ffi::swr_free(&mut self.context) };
    }
}
