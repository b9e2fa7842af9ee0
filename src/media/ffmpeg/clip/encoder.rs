//! H.264 and AAC encoders, set so that the first bytes come soon.

use std::ffi::{CStr, CString, c_int};
use std::ptr;

use ffmpeg_next::packet::Mut;
use ffmpeg_next::{Packet, ffi};

use crate::domain::Rational;
use crate::media::MediaError;

use super::super::decoder::{Frame, check};
use super::super::out_of_memory;

/// Samples a second of rendered sound: what every AAC decoder takes.
pub(super) const SAMPLE_RATE_HZ: i64 = 48_000;

/// Samples of one AAC packet; also what its encoder holds back.
pub(super) const AAC_SAMPLES: i64 = 1024;

/// Slices of a picture that are encoded side by side.
const ENCODER_THREADS: c_int = 2;

/// An encoder of one stream.
pub(super) struct Encoder {
    context: *mut ffi::AVCodecContext,
    /// The unit of its time stamps.
    pub(super) time_base: Rational,
}

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

    fn allocate(
        name: &CStr,
        time_base: Rational,
        has_global_header: bool,
    ) -> Result<(Self, *const ffi::AVCodec), MediaError> {
        // SAFETY: the codec is a static or null; the context is checked and freed by `Drop`.
        unsafe {
            let codec = ffi::avcodec_find_encoder_by_name(name.as_ptr());
            if codec.is_null() {
                return Err(MediaError::NoEncoder {
                    encoder: name.to_string_lossy().into_owned(),
                });
            }
            let context = ffi::avcodec_alloc_context3(codec);
            if context.is_null() {
                return Err(out_of_memory());
            }
            (*context).time_base = ffi::AVRational {
                num: time_base.num,
                den: time_base.den,
            };
            if has_global_header {
                (*context).flags |= ffi::AV_CODEC_FLAG_GLOBAL_HEADER as c_int;
            }
            Ok((Self { context, time_base }, codec))
        }
    }

    fn open(
        self,
        codec: *const ffi::AVCodec,
        options: &[(&CStr, &str)],
    ) -> Result<Self, MediaError> {
        let mut dictionary = ptr::null_mut();
        for (name, value) in options {
            let value = CString::new(*value).unwrap_or_default();
            // SAFETY: the dictionary copies both strings.
            unsafe { ffi::av_dict_set(&mut dictionary, name.as_ptr(), value.as_ptr(), 0) };
        }
        // SAFETY: context and codec belong together; what is left of the options is freed.
        let opened = unsafe {
            let opened = ffi::avcodec_open2(self.context, codec, &mut dictionary);
            ffi::av_dict_free(&mut dictionary);
            opened
        };
        check("an encoder cannot start", opened)?;
        Ok(self)
    }

    /// Takes a frame, or with `None` the end.
    pub(super) fn send(&mut self, frame: Option<&mut Frame>) -> Result<(), MediaError> {
        let frame = frame.map_or(ptr::null_mut(), Frame::as_mut_ptr);
        // SAFETY: the context is open; the encoder takes references of its own.
        check("encoding", unsafe {
            ffi::avcodec_send_frame(self.context, frame)
        })
    }

    /// The next packet, where one is ready.
    pub(super) fn receive(&mut self) -> Result<Option<Packet>, MediaError> {
        let mut packet = Packet::empty();
        // SAFETY: the context is open, the packet is empty and ours.
        match unsafe { ffi::avcodec_receive_packet(self.context, packet.as_mut_ptr()) } {
            ffi::AVERROR_EOF => Ok(None),
            code if code == ffi::AVERROR(ffi::EAGAIN) => Ok(None),
            code => check("encoding", code).map(|()| Some(packet)),
        }
    }

    /// Writes what a container must know of the stream.
    pub(super) fn describe(&self, stream: &mut ffi::AVStream) -> Result<(), MediaError> {
        // SAFETY: the stream has parameters; the context is open.
        unsafe {
            stream.time_base = (*self.context).time_base;
            check(
                "the clip's header",
                ffi::avcodec_parameters_from_context(stream.codecpar, self.context),
            )
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the context is owned and freed once.
        unsafe { ffi::avcodec_free_context(&mut self.context) };
    }
}
