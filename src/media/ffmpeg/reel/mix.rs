//! Two pictures of one form as one, by weight: for dissolves, slow motion and letters that fade.

use ffmpeg_next::ffi;

use crate::media::MediaError;

use super::super::decoder::{Frame, check};
use super::super::out_of_memory;
use super::super::probe::pixel_format;

/// `first` mixed with `second`, which counts `weight` of 256.
///
/// # Errors
/// `Corrupt` when they differ in form; `OutOfMemory`.
pub(super) fn mix(first: &Frame, second: &Frame, weight: u32) -> Result<Frame, MediaError> {
    let (a, b) = (first.raw(), second.raw());
    if (a.width, a.height, a.format) != (b.width, b.height, b.format) {
        return Err(MediaError::Corrupt {
            reason: "pictures of two forms can't be mixed".to_owned(),
        });
    }
    let weight = weight.min(256);
    let mut mixed = Frame::empty().ok_or_else(out_of_memory)?;
    let format = pixel_format(a.format);
    // SAFETY: a descriptor is a static or null.
    let descriptor = unsafe { ffi::av_pix_fmt_desc_get(format).as_ref() };
    let Some(descriptor) = descriptor else {
        return Err(MediaError::Corrupt {
            reason: "a picture without a format".to_owned(),
        });
    };
    let is_deep = descriptor.comp[0].depth > 8;
    let chroma_height =
        (a.height + (1 << descriptor.log2_chroma_h) - 1) >> descriptor.log2_chroma_h;
    // SAFETY: the new frame gets buffers for the form of both; every row of every plane holds at
    // least the bytes that FFmpeg itself counts for that format and width.
    unsafe {
        let raw = &mut *mixed.as_mut_ptr();
        (raw.width, raw.height, raw.format) = (a.width, a.height, a.format);
        check("a picture", ffi::av_frame_get_buffer(raw, 0))?;
        let planes = ffi::av_pix_fmt_count_planes(format).clamp(0, 4) as usize;
        for plane in 0..planes {
            let bytes = ffi::av_image_get_linesize(format, a.width, plane as i32);
            let Ok(bytes) = usize::try_from(bytes) else {
                continue;
            };
            let rows = if plane == 0 { a.height } else { chroma_height };
            for row in 0..rows as isize {
                let line = |frame: &ffi::AVFrame| {
                    frame.data[plane].offset(row * frame.linesize[plane] as isize)
                };
                let first = std::slice::from_raw_parts(line(a), bytes);
                let second = std::slice::from_raw_parts(line(b), bytes);
                let target = std::slice::from_raw_parts_mut(line(raw), bytes);
                if is_deep {
                    mix_deep(first, second, target, weight);
                } else {
                    mix_bytes(first, second, target, weight);
                }
            }
        }
    }
    Ok(mixed)
}

fn mix_bytes(first: &[u8], second: &[u8], target: &mut [u8], weight: u32) {
    let (first_weight, second_weight) = ((256 - weight) as u16, weight as u16);
    for ((a, b), to) in first.iter().zip(second).zip(target) {
        // 255 * 256 + 128 is the most that can come of it.
        *to = ((u16::from(*a) * first_weight + u16::from(*b) * second_weight + 128) >> 8) as u8;
    }
}

fn mix_deep(first: &[u8], second: &[u8], target: &mut [u8], weight: u32) {
    let pairs = first.chunks_exact(2).zip(second.chunks_exact(2));
    for ((a, b), to) in pairs.zip(target.chunks_exact_mut(2)) {
        let a = u32::from(u16::from_ne_bytes([a[0], a[1]]));
        let b = u32::from(u16::from_ne_bytes([b[0], b[1]]));
        let mixed = (a * (256 - weight) + b * weight + 128) >> 8;
        to.copy_from_slice(&(mixed as u16).to_ne_bytes());
    }
}
