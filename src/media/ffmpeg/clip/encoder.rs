//! H.264 and AAC encoders, set so that the first bytes come soon.

use std::ffi::c_int;

use ffmpeg_next::ffi;

use crate::domain::Rational;
use crate::media::MediaError;

pub(super) use super::super::encoder::Encoder;

/// Samples a second of rendered sound: what every AAC decoder takes.
pub(super) const SAMPLE_RATE_HZ: i64 = 48_000;

/// Samples of one AAC packet; also what its encoder holds back.
pub(super) const AAC_SAMPLES: i64 = 1024;

/// Slices of a picture that are encoded side by side.
const ENCODER_THREADS: c_int = 2;

impl Encoder {
    /// An H.264 encoder without delay: what goes in comes out at once, in the same order.
    pub(super) fn h264(
        (width, height): (u32, u32),
        time_base: Rational,
        has_global_header: bool,
    ) -> Result<Self, MediaError> {
        let (encoder, codec) = Self::allocate(c"libx264", time_base, has_global_header)?;
        // SAFETY: the context is allocated and not open yet; all fields are plain values.
        unsafe {
            let context = &mut *encoder.context;
            context.width = width as c_int;
            context.height = height as c_int;
            context.pix_fmt = ffi::AVPixelFormat::AV_PIX_FMT_YUV420P;
            context.sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
            context.color_range = ffi::AVColorRange::AVCOL_RANGE_MPEG;
            context.colorspace = ffi::AVColorSpace::AVCOL_SPC_BT709;
            context.color_primaries = ffi::AVColorPrimaries::AVCOL_PRI_BT709;
            context.color_trc = ffi::AVColorTransferCharacteristic::AVCOL_TRC_BT709;
            context.thread_count = ENCODER_THREADS;
            // Keyframes are asked for by time, since frames may come at any rate.
            context.gop_size = 600;
            context.max_b_frames = 0;
        }
        encoder.open(
            codec,
            &[
                (c"preset", "veryfast"),
                // No look-ahead, and slices instead of frames in parallel.
                (c"tune", "zerolatency"),
                (c"crf", "23"),
                (c"profile", "high"),
                (c"forced-idr", "1"),
            ],
        )
    }

    /// An AAC encoder: stereo, 48 kHz.
    pub(super) fn aac(has_global_header: bool) -> Result<Self, MediaError> {
        let time_base = Rational::new(1, SAMPLE_RATE_HZ as i32);
        let (encoder, codec) = Self::allocate(c"aac", time_base, has_global_header)?;
        // SAFETY: as above; the layout function fills its argument.
        unsafe {
            let context = &mut *encoder.context;
            context.sample_fmt = ffi::AVSampleFormat::AV_SAMPLE_FMT_FLTP;
            context.sample_rate = SAMPLE_RATE_HZ as c_int;
            ffi::av_channel_layout_default(&mut context.ch_layout, 2);
            context.bit_rate = 128_000;
        }
        // The thorough search takes three times as long, for what no preview needs.
        encoder.open(codec, &[(c"aac_coder", "fast")])
    }
}
