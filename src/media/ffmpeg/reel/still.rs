//! A still brought to motion: the view comes slowly closer to where there is most to see.

use std::path::Path;

use ffmpeg_next::ffi;

use crate::domain::Rational;
use crate::media::MediaError;
use crate::media::protocol::ReelForm;

use super::super::decoder::{Frame, check};
use super::super::orientation::display_size;
use super::super::out_of_memory;
use super::super::probe::pixel_format;
use super::conform::{Conform, fitted};
use super::frames::FrameReader;
use super::part::Outlet;
use super::salience::salient_point;

/// How much larger than the frame the picture is kept: the view at the end still has every pixel.
const CANVAS_PERCENT: u32 = 120;

/// How much closer the view is at the end.
const ZOOM: f64 = 1.15;

/// A still on its way into a reel.
pub(super) struct StillPictures {
    canvas: Frame,
    size: (u32, u32),
    point: (f64, f64),
    pictures: i64,
}

impl StillPictures {
    /// Opens the picture for being shown that often.
    ///
    /// # Errors
    /// As [`FrameReader::open`]; `Corrupt` when the picture can't be decoded.
    pub(super) fn open(
        path: &Path,
        form: &ReelForm,
        pictures: i64,
        outlet: &Outlet<'_>,
    ) -> Result<Self, MediaError> {
        let unit = Rational::new(1, 1);
        let mut reader = FrameReader::open(path, form.max_picture_pixels, 0, unit)?;
        let frame = reader.next(outlet).ok_or_else(|| MediaError::Corrupt {
            reason: reader
                .problem
                .clone()
                .unwrap_or_else(|| "it holds no picture".to_owned()),
        })?;
        let canvas_form = ReelForm {
            width: form.width * CANVAS_PERCENT / 200 * 2,
            height: form.height * CANVAS_PERCENT / 200 * 2,
            ..form.clone()
        };
        let raw = frame.raw();
        let stored = (raw.width.unsigned_abs(), raw.height.unsigned_abs());
        let shown = display_size(stored.0, stored.1, reader.aspect, reader.orientation);
        let whole = (canvas_form.width, canvas_form.height);
        let (width, height) = fitted(shown, whole);
        let beside = |side: u32, of: u32| (of - side.min(of)) as f32 / (2 * of) as f32;
        let (x, y) = (beside(width, whole.0), beside(height, whole.1));
        let canvas =
            Conform::new(&canvas_form, reader.aspect, reader.orientation).conform(&frame)?;
        let is_deep = depth(&canvas) > 8;
        let point = salient_point(&canvas, is_deep, [x, y, 1.0 - x, 1.0 - y]);
        Ok(Self {
            canvas,
            size: (form.width, form.height),
            point: (f64::from(point.0), f64::from(point.1)),
            pictures,
        })
    }

    /// The view at the picture of that number.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(super) fn picture(&self, picture: i64) -> Result<Frame, MediaError> {
        let passed = picture as f64 / (self.pictures - 1).max(1) as f64;
        // It starts and stops softly.
        let eased = passed * passed * (3.0 - 2.0 * passed);
        let share = 1.0 / (1.0 + (ZOOM - 1.0) * eased);
        let centre = |to: f64| (0.5 + (to - 0.5) * eased).clamp(share / 2.0, 1.0 - share / 2.0);
        let left = centre(self.point.0) - share / 2.0;
        let top = centre(self.point.1) - share / 2.0;
        view(&self.canvas, self.size, [left, top, share])
    }
}

fn depth(frame: &Frame) -> i32 {
    // SAFETY: a descriptor is a static or null.
    unsafe { ffi::av_pix_fmt_desc_get(pixel_format(frame.raw().format)).as_ref() }
        .map_or(8, |descriptor| descriptor.comp[0].depth)
}

/// A part of the canvas as a picture of that size: `left` and `top` of it, and its share of both
/// sides. Places lie between pixels, so that slow motion does not jerk.
fn view(
    canvas: &Frame,
    (width, height): (u32, u32),
    [left, top, share]: [f64; 3],
) -> Result<Frame, MediaError> {
    let from = canvas.raw();
    let format = pixel_format(from.format);
    let bytes_each = if depth(canvas) > 8 { 2 } else { 1 };
    let mut made = Frame::empty().ok_or_else(out_of_memory)?;
    // SAFETY: both frames are of one format; planes have rows of the size that FFmpeg counts for
    // it, and no place outside of them is read or written.
    unsafe {
        let raw = &mut *made.as_mut_ptr();
        (raw.width, raw.height, raw.format) = (width as i32, height as i32, from.format);
        check("a picture", ffi::av_frame_get_buffer(raw, 0))?;
        let Some(descriptor) = ffi::av_pix_fmt_desc_get(format).as_ref() else {
            return Ok(made);
        };
        for plane in 0..ffi::av_pix_fmt_count_planes(format).clamp(0, 4) as usize {
            let shift = if plane == 0 {
                (0, 0)
            } else {
                (descriptor.log2_chroma_w, descriptor.log2_chroma_h)
            };
            let side = |side: i32, shift: u8| ((side + (1 << shift) - 1) >> shift) as usize;
            let (to_width, to_height) = (side(raw.width, shift.0), side(raw.height, shift.1));
            let (from_width, from_height) = (side(from.width, shift.0), side(from.height, shift.1));
            // Interleaved chroma has two values a pixel.
            let row_bytes = ffi::av_image_get_linesize(format, from.width, plane as i32);
            let values = (row_bytes.max(1) as usize / bytes_each / from_width.max(1)).max(1);
            let columns = places(left, share, from_width, to_width);
            for (y, (upper, lower, down)) in places(top, share, from_height, to_height)
                .into_iter()
                .enumerate()
            {
                let line = |row: usize| {
                    let start = from.data[plane].add(row * from.linesize[plane] as usize);
                    std::slice::from_raw_parts(start, from_width * values * bytes_each)
                };
                let (upper, lower) = (line(upper), line(lower));
                let start = raw.data[plane].add(y * raw.linesize[plane] as usize);
                let target = std::slice::from_raw_parts_mut(start, to_width * values * bytes_each);
                if bytes_each == 2 {
                    blend_row::<2>(upper, lower, down, &columns, values, target);
                } else {
                    blend_row::<1>(upper, lower, down, &columns, values, target);
                }
            }
        }
    }
    Ok(made)
}

/// For each place of a side the two neighbours in the canvas, and how much of 256 the second counts.
fn places(start: f64, share: f64, from: usize, to: usize) -> Vec<(usize, usize, u32)> {
    let last = from.saturating_sub(1);
    (0..to)
        .map(|at| {
            let exact = (start + share * (at as f64 + 0.5) / to as f64) * from as f64 - 0.5;
            let exact = exact.clamp(0.0, last as f64);
            let first = exact as usize;
            let rest = ((exact - first as f64) * 256.0) as u32;
            (first, (first + 1).min(last), rest)
        })
        .collect()
}

fn blend_row<const BYTES: usize>(
    upper: &[u8],
    lower: &[u8],
    down: u32,
    columns: &[(usize, usize, u32)],
    values: usize,
    target: &mut [u8],
) {
    let read = |row: &[u8], at: usize| {
        if BYTES == 2 {
            u32::from(u16::from_ne_bytes([row[at * 2], row[at * 2 + 1]]))
        } else {
            u32::from(row[at])
        }
    };
    for (x, (left, right, across)) in columns.iter().enumerate() {
        for value in 0..values {
            let (left, right) = (left * values + value, right * values + value);
            let along = |row: &[u8]| read(row, left) * (256 - across) + read(row, right) * across;
            let mixed = (along(upper) * (256 - down) + along(lower) * down + (1 << 15)) >> 16;
            let at = x * values + value;
            if BYTES == 2 {
                target[at * 2..at * 2 + 2].copy_from_slice(&(mixed as u16).to_ne_bytes());
            } else {
                target[at] = mixed as u8;
            }
        }
    }
}
