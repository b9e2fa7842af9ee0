//! The encoders of reels, set for work that is looked at and edited further.

use std::ffi::{CString, c_int};

use ffmpeg_next::ffi;

use crate::domain::Rational;
use crate::media::MediaError;
use crate::media::protocol::{REEL_SAMPLE_RATE_HZ, ReelCodec, ReelForm};

use super::super::decoder::Frame;
use super::super::encoder::Encoder;
use super::hardware::DevicePictures;

/// Seconds between keyframes of H.264, so that players come to any place soon.
const KEYFRAME_SECONDS: i32 = 2;

/// Bits a second of AAC: clean for music in stereo.
const AAC_BITS: i64 = 256_000;

/// The pixel format that the encoder of that form takes.
pub(super) fn pixel_format(form: &ReelForm) -> (&'static str, ffi::AVPixelFormat) {
    use ffi::AVPixelFormat as Format;
    match form.codec {
        ReelCodec::ProRes => ("yuv422p10le", Format::AV_PIX_FMT_YUV422P10LE),
        ReelCodec::DnxHr => ("yuv422p", Format::AV_PIX_FMT_YUV422P),
        ReelCodec::H264 if ["h264_qsv", "h264_vaapi"].contains(&form.encoder.as_str()) => {
            ("nv12", Format::AV_PIX_FMT_NV12)
        }
        ReelCodec::H264 => ("yuv420p", Format::AV_PIX_FMT_YUV420P),
    }
}

/// Finds out whether the encoder of that form starts on this machine.
///
/// # Errors
/// `NoEncoder` where this FFmpeg lacks it, `EncoderStart` where its device is absent.
pub fn encoder_starts(form: &ReelForm) -> Result<(), MediaError> {
    super::super::prepare();
    pictures(form).map(|_| ())
}

/// An encoder of pictures, and the device that it takes them from, if any.
pub(super) struct PictureEncoder {
    pub(super) encoder: Encoder,
    device: Option<DevicePictures>,
}

impl PictureEncoder {
    /// Takes a picture, or with `None` the end.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn send(&mut self, picture: Option<&mut Frame>) -> Result<(), MediaError> {
        match (&self.device, picture) {
            (Some(device), Some(picture)) => self.encoder.send(Some(&mut device.upload(picture)?)),
            (_, picture) => self.encoder.send(picture),
        }
    }
}

/// An encoder of pictures; its time stamps count pictures.
///
/// # Errors
/// As [`encoder_starts`].
pub(super) fn pictures(form: &ReelForm) -> Result<PictureEncoder, MediaError> {
    let not_started = |error| match error {
        MediaError::Corrupt { reason } => MediaError::EncoderStart {
            encoder: form.encoder.clone(),
            reason,
        },
        other => other,
    };
    let name = CString::new(form.encoder.as_str()).unwrap_or_default();
    let time_base = Rational::new(form.rate.den, form.rate.num);
    let (encoder, codec) = Encoder::allocate(&name, time_base, true)?;
    let device = (form.encoder == "h264_vaapi")
        .then(|| DevicePictures::open(form).map_err(not_started))
        .transpose()?;
    // SAFETY: the context is allocated and not open yet; all fields are plain values.
    unsafe {
        let context = &mut *encoder.context;
        context.width = form.width as c_int;
        context.height = form.height as c_int;
        context.pix_fmt = pixel_format(form).1;
        if let Some(device) = &device {
            device.describe(context);
        }
        context.framerate = ffi::AVRational {
            num: form.rate.num,
            den: form.rate.den,
        };
        context.sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
        context.color_range = ffi::AVColorRange::AVCOL_RANGE_MPEG;
        context.colorspace = ffi::AVColorSpace::AVCOL_SPC_BT709;
        context.color_primaries = ffi::AVColorPrimaries::AVCOL_PRI_BT709;
        context.color_trc = ffi::AVColorTransferCharacteristic::AVCOL_TRC_BT709;
        context.thread_count = form.threads.max(1) as c_int;
        if form.codec == ReelCodec::H264 {
            let rate = form.rate;
            context.gop_size = (KEYFRAME_SECONDS * rate.num + rate.den / 2) / rate.den.max(1);
        }
        if form.encoder != "libx264" && form.codec == ReelCodec::H264 {
            // Hardware has no constant quality that all of it shares: bits by picture size and rate.
            let pixels = i64::from(form.width) * i64::from(form.height);
            context.bit_rate = pixels * i64::from(form.rate.num) / i64::from(form.rate.den) / 5;
            context.max_b_frames = 0;
        }
    }
    let preset = form.preset.as_str();
    let opened = match (form.codec, form.encoder.as_str()) {
        (ReelCodec::ProRes, _) => encoder.open(codec, &[(c"profile", "hq"), (c"vendor", "apl0")]),
        (ReelCodec::DnxHr, _) => encoder.open(codec, &[(c"profile", "dnxhr_hq")]),
        (ReelCodec::H264, "libx264") => {
            let number = form.parameter_set.unwrap_or(0);
            let parameters = format!("sps-id={number}");
            let options = [
                (c"preset", preset),
                (c"crf", "18"),
                (c"profile", "high"),
                (c"x264-params", parameters.as_str()),
            ];
            encoder.open(codec, &options)
        }
        (ReelCodec::H264, _) => encoder.open(codec, &[]),
    };
    let encoder = opened.map_err(not_started)?;
    Ok(PictureEncoder { encoder, device })
}

/// An encoder of stereo sound; its time stamps count samples.
///
/// # Errors
/// `NoEncoder` where this FFmpeg lacks it.
pub(super) fn sound(codec: ReelCodec) -> Result<Encoder, MediaError> {
    let time_base = Rational::new(1, REEL_SAMPLE_RATE_HZ as i32);
    let (name, format) = match codec {
        ReelCodec::H264 => (c"aac", ffi::AVSampleFormat::AV_SAMPLE_FMT_FLTP),
        ReelCodec::ProRes | ReelCodec::DnxHr => {
            (c"pcm_s24le", ffi::AVSampleFormat::AV_SAMPLE_FMT_S32)
        }
    };
    let (encoder, codec) = Encoder::allocate(name, time_base, true)?;
    // SAFETY: the context is allocated and not open yet; the layout function fills its argument.
    unsafe {
        let context = &mut *encoder.context;
        context.sample_fmt = format;
        context.sample_rate = REEL_SAMPLE_RATE_HZ as c_int;
        ffi::av_channel_layout_default(&mut context.ch_layout, 2);
        if name == c"aac" {
            context.bit_rate = AAC_BITS;
        }
    }
    if name == c"aac" {
        // At that many bits it is both the better and the faster one, after FFmpeg's own manual.
        encoder.open(codec, &[(c"aac_coder", "fast")])
    } else {
        encoder.open(codec, &[])
    }
}
