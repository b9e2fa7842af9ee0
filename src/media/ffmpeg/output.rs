//! Containers that are written to the program instead of to a file.

use std::ffi::{CStr, c_int};
use std::ptr;

use ffmpeg_next::format::context::StreamIo;
use ffmpeg_next::packet::Mut;
use ffmpeg_next::{Packet, ffi};

use crate::domain::Rational;
use crate::media::MediaError;

/// A new container of that name, without streams, that writes to `io`. The caller keeps `io` as long
/// as it, and frees it.
///
/// # Errors
/// `NoEncoder` where this FFmpeg lacks the container.
pub(super) fn output_context(
    name: &CStr,
    io: &mut StreamIo,
) -> Result<*mut ffi::AVFormatContext, MediaError> {
    let mut context = ptr::null_mut();
    // SAFETY: the context is checked for null before it is used; the name outlives the call.
    unsafe {
        let made = ffi::avformat_alloc_output_context2(
            &mut context,
            ptr::null(),
            name.as_ptr(),
            ptr::null(),
        );
        if made < 0 || context.is_null() {
            return Err(MediaError::NoEncoder {
                encoder: name.to_string_lossy().into_owned(),
            });
        }
        (*context).pb = io.as_mut_ptr();
        (*context).flags |= ffi::AVFMT_FLAG_CUSTOM_IO;
    }
    Ok(context)
}

/// Writes a packet whose times count units of `base`, and gives FFmpeg's answer. With
/// `is_interleaved` it may wait for packets of other streams that come before it.
///
/// # Safety
/// The container's header is written, and the packet names a stream of it.
pub(super) unsafe fn write_packet(
    context: *mut ffi::AVFormatContext,
    packet: &mut Packet,
    base: Rational,
    is_interleaved: bool,
) -> c_int {
    let from = ffi::AVRational {
        num: base.num,
        den: base.den,
    };
    let index = packet.stream();
    // SAFETY: the caller's; all calls take the packet for their duration, and an interleaved write
    // leaves it blank.
    unsafe {
        let to = (**(*context).streams.add(index)).time_base;
        ffi::av_packet_rescale_ts(packet.as_mut_ptr(), from, to);
        if is_interleaved {
            ffi::av_interleaved_write_frame(context, packet.as_mut_ptr())
        } else {
            ffi::av_write_frame(context, packet.as_mut_ptr())
        }
    }
}
