//! Pictures in the memory of a graphics device, for encoders that take no others (VA-API).

use std::ffi::c_int;
use std::ptr;

use ffmpeg_next::ffi;

use crate::media::MediaError;
use crate::media::protocol::ReelForm;

use super::super::decoder::{Frame, check};
use super::super::out_of_memory;

/// Pictures that an encoder holds at a time, at most.
const POOL_PICTURES: c_int = 32;

/// A device with room for pictures.
pub(super) struct DevicePictures {
    frames: *mut ffi::AVBufferRef,
}

impl DevicePictures {
    /// Opens the system's VA-API device for pictures of that form.
    ///
    /// # Errors
    /// What FFmpeg says where there is none.
    pub(super) fn open(form: &ReelForm) -> Result<Self, MediaError> {
        let mut device = ptr::null_mut();
        // SAFETY: the device is checked, and its reference given back once the pictures hold their own;
        // their context is described before it is initialised.
        unsafe {
            let opened = ffi::av_hwdevice_ctx_create(
                &mut device,
                ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_VAAPI,
                ptr::null(),
                ptr::null_mut(),
                0,
            );
            check("the device cannot be opened", opened)?;
            let pictures = Self {
                frames: ffi::av_hwframe_ctx_alloc(device),
            };
            ffi::av_buffer_unref(&mut device);
            let Some(frames) = pictures.frames.as_mut() else {
                return Err(out_of_memory());
            };
            let context = &mut *frames.data.cast::<ffi::AVHWFramesContext>();
            context.format = ffi::AVPixelFormat::AV_PIX_FMT_VAAPI;
            context.sw_format = ffi::AVPixelFormat::AV_PIX_FMT_NV12;
            (context.width, context.height) = (form.width as c_int, form.height as c_int);
            context.initial_pool_size = POOL_PICTURES;
            check(
                "the device has no room for pictures",
                ffi::av_hwframe_ctx_init(pictures.frames),
            )?;
            Ok(pictures)
        }
    }

    /// Tells an encoder that is not open yet where its pictures lie.
    pub(super) fn describe(&self, context: &mut ffi::AVCodecContext) {
        context.pix_fmt = ffi::AVPixelFormat::AV_PIX_FMT_VAAPI;
        // SAFETY: the encoder frees the reference of its own with itself.
        context.hw_frames_ctx = unsafe { ffi::av_buffer_ref(self.frames) };
    }

    /// The picture in the device's memory.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn upload(&self, frame: &Frame) -> Result<Frame, MediaError> {
        let mut uploaded = Frame::empty().ok_or_else(out_of_memory)?;
        // SAFETY: the new frame is empty and gets its buffer from the pool; both are of one size.
        unsafe {
            let target = uploaded.as_mut_ptr();
            check(
                "a picture for the device",
                ffi::av_hwframe_get_buffer(self.frames, target, 0),
            )?;
            check(
                "a picture for the device",
                ffi::av_hwframe_transfer_data(target, frame.raw(), 0),
            )?;
            (*target).pts = frame.raw().pts;
        }
        Ok(uploaded)
    }
}

impl Drop for DevicePictures {
    fn drop(&mut self) {
        // SAFETY: the reference is owned and given back once; null is allowed.
        unsafe { ffi::av_buffer_unref(&mut self.frames) };
    }
}
