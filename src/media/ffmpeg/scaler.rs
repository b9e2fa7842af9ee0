//! Frames of any format as small RGB pictures, through libswscale.

use std::ffi::c_int;
use std::ptr;

use ffmpeg_next::ffi;

use crate::media::MediaError;

use super::decoder::Frame;
use super::out_of_memory;
use super::probe::pixel_format;

/// How samples of a scaled picture are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Three bytes a pixel.
    Rgb24,
    /// Four bytes a pixel.
    Rgba,
    /// Three native-endian 16-bit values a pixel.
    Rgb48,
}

impl Layout {
    fn format(self) -> ffi::AVPixelFormat {
        match self {
            Self::Rgb24 => ffi::AVPixelFormat::AV_PIX_FMT_RGB24,
            Self::Rgba => ffi::AVPixelFormat::AV_PIX_FMT_RGBA,
            Self::Rgb48 if cfg!(target_endian = "big") => ffi::AVPixelFormat::AV_PIX_FMT_RGB48BE,
            Self::Rgb48 => ffi::AVPixelFormat::AV_PIX_FMT_RGB48LE,
        }
    }

    fn bytes_per_pixel(self) -> usize {
        match self {
            Self::Rgb24 => 3,
            Self::Rgba => 4,
            Self::Rgb48 => 6,
        }
    }
}

/// Whether speed or faithfulness counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quality {
    /// Averages alone matter.
    Rough,
    /// The picture will be looked at.
    Fine,
}

/// Scales frames; the tables are kept between frames of one format.
pub(super) struct Scaler {
    context: *mut ffi::SwsContext,
    quality: Quality,
}

// SAFETY: the context is used through `&mut self` alone.
unsafe impl Send for Scaler {}

impl Scaler {
    pub(super) fn new(quality: Quality) -> Self {
        Self {
            context: ptr::null_mut(),
            quality,
        }
    }

    /// `frame` as `width` x `height` pixels in `layout`, full range, rows without gaps.
    ///
    /// # Errors
    /// `Corrupt` when the frame's format cannot be converted.
    pub(super) fn scale(
        &mut self,
        frame: &Frame,
        width: u32,
        height: u32,
        layout: Layout,
    ) -> Result<Vec<u8>, MediaError> {
        let raw = frame.raw();
        let refused = || MediaError::Corrupt {
            reason: "a frame's pixel format cannot be converted".to_owned(),
        };
        let flags = match self.quality {
            // Every pixel counts, or fine detail that moves flickers in the small picture.
            Quality::Rough => ffi::SWS_AREA,
            // Averaging when shrinking: no other kernel is both free of ringing and fast.
            Quality::Fine => ffi::SWS_AREA | ffi::SWS_ACCURATE_RND | ffi::SWS_FULL_CHR_H_INT,
        };
        // SAFETY: the context is null or ours; FFmpeg frees or reuses it. Plane pointers and line
        // sizes belong to the frame; the target has room for `height` rows of `line` bytes plus
        // the padding that vector code may write past the end.
        unsafe {
            let (format, is_full_range) = modern_format(pixel_format(raw.format), raw.color_range);
            self.context = ffi::sws_getCachedContext(
                self.context,
                raw.width,
                raw.height,
                format,
                width as c_int,
                height as c_int,
                layout.format(),
                flags as c_int,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null(),
            );
            if self.context.is_null() {
                return Err(refused());
            }
            let source_matrix = ffi::sws_getCoefficients(matrix_of(raw));
            let target_matrix = ffi::sws_getCoefficients(ffi::SWS_CS_DEFAULT as c_int);
            let unity = 1 << 16;
            // Refused for formats without a matrix, where nothing needs saying.
            ffi::sws_setColorspaceDetails(
                self.context,
                source_matrix,
                c_int::from(is_full_range),
                target_matrix,
                1,
                0,
                unity,
                unity,
            );
            let line = width as usize * layout.bytes_per_pixel();
            let bytes = line * height as usize;
            const PADDING: usize = 64;
            let mut pixels: Vec<u8> = Vec::new();
            pixels
                .try_reserve_exact(bytes + PADDING)
                .map_err(|_| out_of_memory())?;
            pixels.resize(bytes + PADDING, 0);
            let target = [
                pixels.as_mut_ptr(),
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
            ];
            let target_lines = [line as c_int, 0, 0, 0];
            let rows = ffi::sws_scale(
                self.context,
                raw.data.as_ptr().cast::<*const u8>(),
                raw.linesize.as_ptr(),
                0,
                raw.height,
                target.as_ptr(),
                target_lines.as_ptr(),
            );
            if rows != height as c_int {
                return Err(refused());
            }
            pixels.truncate(bytes);
            Ok(pixels)
        }
    }
}

impl Drop for Scaler {
    fn drop(&mut self) {
        // SAFETY: the context is owned; null is allowed.
        unsafe { ffi::sws_freeContext(self.context) };
    }
}

/// Old JPEG formats say "full range" by their name; libswscale warns of them and wants it said apart.
pub(super) fn modern_format(
    format: ffi::AVPixelFormat,
    range: ffi::AVColorRange,
) -> (ffi::AVPixelFormat, bool) {
    use ffi::AVPixelFormat as Format;
    match format {
        Format::AV_PIX_FMT_YUVJ420P => (Format::AV_PIX_FMT_YUV420P, true),
        Format::AV_PIX_FMT_YUVJ422P => (Format::AV_PIX_FMT_YUV422P, true),
        Format::AV_PIX_FMT_YUVJ444P => (Format::AV_PIX_FMT_YUV444P, true),
        Format::AV_PIX_FMT_YUVJ440P => (Format::AV_PIX_FMT_YUV440P, true),
        Format::AV_PIX_FMT_YUVJ411P => (Format::AV_PIX_FMT_YUV411P, true),
        other => (other, range == ffi::AVColorRange::AVCOL_RANGE_JPEG),
    }
}

/// The matrix between YUV and RGB; where the file says nothing, HD is BT.709 and the rest BT.601.
pub(super) fn matrix_of(frame: &ffi::AVFrame) -> c_int {
    use ffi::AVColorSpace as Space;
    let matrix = match frame.colorspace {
        Space::AVCOL_SPC_BT709 => ffi::SWS_CS_ITU709,
        Space::AVCOL_SPC_BT470BG | Space::AVCOL_SPC_SMPTE170M => ffi::SWS_CS_ITU601,
        Space::AVCOL_SPC_SMPTE240M => ffi::SWS_CS_SMPTE240M,
        Space::AVCOL_SPC_FCC => ffi::SWS_CS_FCC,
        Space::AVCOL_SPC_BT2020_NCL | Space::AVCOL_SPC_BT2020_CL => ffi::SWS_CS_BT2020,
        _ if frame.height >= 720 && frame.color_range != ffi::AVColorRange::AVCOL_RANGE_JPEG => {
            ffi::SWS_CS_ITU709
        }
        _ => ffi::SWS_CS_ITU601,
    };
    matrix as c_int
}
