//! A decoder of one stream, and the frames that come out of it.

use std::ffi::c_int;
use std::ptr;

use ffmpeg_next::packet::Ref;
use ffmpeg_next::{Error, Packet, ffi};

use crate::media::MediaError;

use super::failure;
use super::h264_units::Units;
use super::source::StreamView;

/// How a stream is to be decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct DecoderOptions {
    /// Frames that are worth decoding.
    pub(super) frames: Frames,
    /// Threads of the decoder.
    pub(super) threads: u32,
    /// Pictures with more pixels than this are refused.
    pub(super) max_pixels: u64,
}

/// Which frames a decoder gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frames {
    /// Every one, as it was meant.
    All,
    /// Those that others are not predicted from stay without loop filter, which no one inherits.
    AllRough,
    /// Those that need no other.
    Key,
}

/// A decoder of one stream.
pub(super) struct Decoder {
    context: *mut ffi::AVCodecContext,
    /// Known where packets tell themselves whether they are needed.
    units: Option<Units>,
    passes_over_unneeded: bool,
}

// SAFETY: the context is used through `&mut self` alone, from one thread at a time.
unsafe impl Send for Decoder {}

impl Decoder {
    /// Opens a decoder for `stream`.
    ///
    /// # Errors
    /// `Unsupported` when this FFmpeg has none, `Corrupt` when the stream's header does not serve.
    pub(super) fn open(
        stream: &StreamView<'_>,
        options: DecoderOptions,
    ) -> Result<Self, MediaError> {
        let unsupported = || MediaError::Unsupported {
            codec: stream.codec_name(),
        };
        // SAFETY: the codec is a static; the context is checked for null and freed by `Drop`;
        // parameters outlive the call that copies them.
        unsafe {
            let mut codec = ffi::avcodec_find_decoder(stream.parameters().codec_id);
            // The native VP8 and VP9 decoders leave out the alpha plane that WebM carries beside.
            if stream.tag(c"alpha_mode").as_deref() == Some("1") {
                let name = match stream.parameters().codec_id {
                    ffi::AVCodecID::AV_CODEC_ID_VP8 => c"libvpx",
                    _ => c"libvpx-vp9",
                };
                let with_alpha = ffi::avcodec_find_decoder_by_name(name.as_ptr());
                if !with_alpha.is_null() && (*with_alpha).id == stream.parameters().codec_id {
                    codec = with_alpha;
                }
            }
            if codec.is_null() {
                return Err(unsupported());
            }
            let context = ffi::avcodec_alloc_context3(codec);
            if context.is_null() {
                return Err(super::out_of_memory());
            }
            let decoder = Self {
                context,
                units: Units::of(stream.parameters()),
                passes_over_unneeded: false,
            };
            check(
                "the stream's header",
                ffi::avcodec_parameters_to_context(context, stream.parameters()),
            )?;
            (*context).pkt_timebase = stream.stream.time_base;
            (*context).thread_count = options.threads.max(1) as c_int;
            (*context).max_pixels = i64::try_from(options.max_pixels).unwrap_or(i64::MAX);
            // Damaged frames are shown as far as they go.
            (*context).flags |= ffi::AV_CODEC_FLAG_OUTPUT_CORRUPT as c_int;
            match options.frames {
                Frames::All => {}
                Frames::AllRough => (*context).skip_loop_filter = ffi::AVDiscard::AVDISCARD_NONREF,
                Frames::Key => (*context).skip_frame = ffi::AVDiscard::AVDISCARD_NONKEY,
            }
            match ffi::avcodec_open2(context, codec, ptr::null_mut()) {
                code if code >= 0 => Ok(decoder),
                ffi::AVERROR_PATCHWELCOME | ffi::AVERROR_DECODER_NOT_FOUND => Err(unsupported()),
                code => Err(failure("its decoder cannot start", Error::from(code))),
            }
        }
    }

    /// Gives the decoder a packet.
    ///
    /// # Errors
    /// What FFmpeg says of a broken packet; `Other { EAGAIN }` when frames must be taken first.
    pub(super) fn send(&mut self, packet: &Packet) -> Result<(), Error> {
        // The decoder would leave it out too, but in the turn of a thread that has nothing to do then.
        if self.passes_over_unneeded
            && let (Some(units), Some(data)) = (self.units, packet.data())
            && units.are_unneeded(data)
        {
            return Ok(());
        }
        // SAFETY: both pointers are valid for the call.
        result(unsafe { ffi::avcodec_send_packet(self.context, packet.as_ptr()) })
    }

    /// Whether frames that no other is predicted from may be left out from here on.
    pub(super) fn pass_over_unneeded(&mut self, may_pass: bool) {
        self.passes_over_unneeded = may_pass;
        let discard = if may_pass {
            ffi::AVDiscard::AVDISCARD_NONREF
        } else {
            ffi::AVDiscard::AVDISCARD_DEFAULT
        };
        // SAFETY: the context is open, and decoders read these fields anew with every packet.
        unsafe {
            (*self.context).skip_frame = discard;
            (*self.context).skip_loop_filter = discard;
        }
    }

    /// Tells the decoder that no packet follows, so that it gives what it holds back.
    pub(super) fn send_end(&mut self) {
        // SAFETY: a null packet starts draining; repeated, it is refused without harm.
        unsafe { ffi::avcodec_send_packet(self.context, ptr::null()) };
    }

    /// Takes the next frame; `None` when the decoder wants another packet or is drained.
    ///
    /// # Errors
    /// What FFmpeg says of a frame that could not be decoded.
    pub(super) fn receive(&mut self) -> Result<Option<Frame>, Error> {
        let frame = Frame::empty().ok_or(Error::Other { errno: ffi::ENOMEM })?;
        // SAFETY: both pointers are valid for the call.
        match unsafe { ffi::avcodec_receive_frame(self.context, frame.pointer) } {
            code if code >= 0 => Ok(Some(frame)),
            ffi::AVERROR_EOF => Ok(None),
            code if code == ffi::AVERROR(ffi::EAGAIN) => Ok(None),
            code => Err(Error::from(code)),
        }
    }

    /// Forgets everything, ready for a packet from elsewhere.
    pub(super) fn flush(&mut self) {
        // SAFETY: the context is open.
        unsafe { ffi::avcodec_flush_buffers(self.context) };
    }

    /// The raw context, for subtitle decoding.
    pub(super) fn context(&mut self) -> *mut ffi::AVCodecContext {
        self.context
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context is owned and freed once.
        unsafe { ffi::avcodec_free_context(&mut self.context) };
    }
}

/// A decoded frame; clones share its pixels.
pub(super) struct Frame {
    pointer: *mut ffi::AVFrame,
}

// SAFETY: a frame is plain data behind reference counts that FFmpeg changes atomically.
unsafe impl Send for Frame {}

impl Frame {
    /// A frame without data; `None` when out of memory.
    pub(super) fn empty() -> Option<Self> {
        // SAFETY: allocation only.
        let pointer = unsafe { ffi::av_frame_alloc() };
        (!pointer.is_null()).then_some(Self { pointer })
    }

    /// Another handle on the same pixels; `None` when out of memory.
    pub(super) fn share(&self) -> Option<Self> {
        // SAFETY: the frame is valid; the clone holds its own references.
        let pointer = unsafe { ffi::av_frame_clone(self.pointer) };
        (!pointer.is_null()).then_some(Self { pointer })
    }

    /// FFmpeg's view of it.
    pub(super) fn raw(&self) -> &ffi::AVFrame {
        // SAFETY: the pointer is valid as long as `self`.
        unsafe { &*self.pointer }
    }

    /// The pointer, for calls that change the frame.
    pub(super) fn as_mut_ptr(&mut self) -> *mut ffi::AVFrame {
        self.pointer
    }

    /// Its time in the stream's time base, guessed by FFmpeg where the container lacks it.
    pub(super) fn ticks(&self) -> Option<i64> {
        [self.raw().best_effort_timestamp, self.raw().pts]
            .into_iter()
            .find(|&ticks| ticks != ffi::AV_NOPTS_VALUE)
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        // SAFETY: the frame is owned and freed once.
        unsafe { ffi::av_frame_free(&mut self.pointer) };
    }
}

/// FFmpeg's return code as a result.
pub(super) fn result(code: c_int) -> Result<(), Error> {
    if code < 0 {
        Err(Error::from(code))
    } else {
        Ok(())
    }
}

/// FFmpeg's return code as a result that says on what it failed.
pub(super) fn check(what: &str, code: c_int) -> Result<(), MediaError> {
    result(code).map_err(|error| failure(what, error))
}
