//! An encoder of one stream, whatever its codec.

use std::ffi::{CStr, CString, c_int};
use std::ptr;

use ffmpeg_next::packet::Mut;
use ffmpeg_next::{Packet, ffi};

use crate::domain::Rational;
use crate::media::MediaError;

use super::decoder::{Frame, check};
use super::out_of_memory;

/// An encoder of one stream.
pub(super) struct Encoder {
    pub(super) context: *mut ffi::AVCodecContext,
    /// The unit of its time stamps.
    pub(super) time_base: Rational,
}

impl Encoder {
    /// An encoder that is not open yet, by FFmpeg's name of it.
    ///
    /// # Errors
    /// `NoEncoder` where this FFmpeg lacks it.
    pub(super) fn allocate(
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

    /// Opens it with options of its own, as the `ffmpeg` program takes them.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn open(
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

    /// How many pictures come out before the first that goes in is shown.
    pub(super) fn delay(&self) -> i64 {
        // SAFETY: plain field read of an open context.
        i64::from(unsafe { (*self.context).has_b_frames }.max(0))
    }

    /// What decoders must know beforehand.
    pub(super) fn extradata(&self) -> Vec<u8> {
        // SAFETY: the context is open; its extradata has the size that it says.
        unsafe {
            let context = &*self.context;
            match usize::try_from(context.extradata_size) {
                Ok(size @ 1..) if !context.extradata.is_null() => {
                    std::slice::from_raw_parts(context.extradata, size).to_vec()
                }
                _ => Vec::new(),
            }
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
