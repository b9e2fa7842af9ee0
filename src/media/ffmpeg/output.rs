//! Containers that are written to the program instead of to a file.

use std::ffi::CStr;
use std::ptr;

use ffmpeg_next::ffi;
use ffmpeg_next::format::context::StreamIo;

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
