//! A decoded frame as a viewer sees it: deinterlaced, upright, square pixels, SDR, on an opaque ground.

use ffmpeg_next::ffi;

use crate::domain::{Picture, Rational};
use crate::media::MediaError;
use crate::media::shots::{SKETCH_HEIGHT, SKETCH_WIDTH, Sketch};

use super::decoder::Frame;
use super::deinterlace;
use super::hdr::{Transfer, tone_map};
use super::orientation::{Orientation, display_size};
use super::probe::pixel_format;
use super::scaler::{Layout, Quality, Scaler};

/// Turns frames of one stream into pictures and sketches.
pub(super) struct Renderer {
    aspect: Rational,
    orientation: Orientation,
    is_interlaced: bool,
    max_side: u32,
    /// What lies behind transparent parts of all pictures, once it is chosen.
    lasting_ground: Option<u32>,
    keeps_ground: bool,
    fine: Scaler,
    rough: Scaler,
}

impl Renderer {
    /// `aspect` is that of stored pixels; `is_interlaced` what the stream's header says.
    pub(super) fn new(
        aspect: Rational,
        orientation: Orientation,
        is_interlaced: bool,
        max_side: u32,
    ) -> Self {
        Self {
            aspect,
            orientation,
            is_interlaced,
            max_side: max_side.max(16),
            lasting_ground: None,
            keeps_ground: false,
            fine: Scaler::new(Quality::Fine),
            rough: Scaler::new(Quality::Rough),
        }
    }

    /// The same for pictures that are seen one after another: what lies behind transparent parts is
    /// chosen for the first of them.
    pub(super) fn with_one_ground(self) -> Self {
        Self {
            keeps_ground: true,
            ..self
        }
    }

    /// A few thousand pixels of the frame, enough to tell shots apart.
    ///
    /// # Errors
    /// `Corrupt` when the frame's format cannot be converted.
    pub(super) fn sketch(&mut self, frame: &Frame) -> Result<Sketch, MediaError> {
        let (width, height) = (SKETCH_WIDTH as u32, SKETCH_HEIGHT as u32);
        let rgb = if has_alpha(frame) {
            // One ground for all frames, so that what comes and goes before it is no cut.
            let rgba = self.rough.scale(frame, width, height, Layout::Rgba)?;
            flatten(&rgba, SKETCH_GROUND)
        } else {
            self.rough.scale(frame, width, height, Layout::Rgb24)?
        };
        Ok(Sketch::from_rgb(&rgb))
    }

    /// The frame as a picture whose longer side has at most `max_side` pixels; never enlarged.
    ///
    /// # Errors
    /// `Corrupt` when the frame's format cannot be converted.
    pub(super) fn picture(&mut self, frame: &Frame) -> Result<Picture, MediaError> {
        let deinterlaced = (frame.raw().interlaced_frame != 0 || self.is_interlaced)
            .then(|| deinterlace::single_frame(frame))
            .flatten();
        let frame = deinterlaced.as_ref().unwrap_or(frame);
        let (width, height) = self.size_before_turn(frame);
        let (width, height, rgb) = match Transfer::of(frame.raw().color_trc) {
            Some(transfer) => {
                let wide = self.fine.scale(frame, width, height, Layout::Rgb48)?;
                (width, height, tone_map(&wide, transfer))
            }
            None if has_alpha(frame) => {
                let rgba = self.fine.scale(frame, width, height, Layout::Rgba)?;
                let ground = self
                    .lasting_ground
                    .unwrap_or_else(|| contrasting_ground(&rgba));
                self.lasting_ground = self.keeps_ground.then_some(ground);
                (width, height, flatten(&rgba, ground))
            }
            None => (
                width,
                height,
                self.fine.scale(frame, width, height, Layout::Rgb24)?,
            ),
        };
        Ok(turned(Picture { width, height, rgb }, self.orientation))
    }

    fn size_before_turn(&self, frame: &Frame) -> (u32, u32) {
        let raw = frame.raw();
        let in_frame = Rational::new(raw.sample_aspect_ratio.num, raw.sample_aspect_ratio.den);
        let aspect = if self.aspect.is_known() {
            self.aspect
        } else {
            in_frame
        };
        let (stored_width, stored_height) = (
            raw.width.unsigned_abs().max(1),
            raw.height.unsigned_abs().max(1),
        );
        let (width, height) =
            display_size(stored_width, stored_height, aspect, Orientation::default());
        let longest = width.max(height);
        if longest <= self.max_side {
            return (width, height);
        }
        let scaled = |side: u32| {
            let exact = u64::from(side) * u64::from(self.max_side);
            ((exact + u64::from(longest) / 2) / u64::from(longest)).max(1) as u32
        };
        (scaled(width), scaled(height))
    }
}

pub(super) fn has_alpha(frame: &Frame) -> bool {
    // SAFETY: a descriptor is a static or null.
    unsafe { ffi::av_pix_fmt_desc_get(pixel_format(frame.raw().format)).as_ref() }
        .is_some_and(|descriptor| descriptor.flags & ffi::AV_PIX_FMT_FLAG_ALPHA as u64 != 0)
}

/// What lies behind transparent parts in sketches: neither dark nor bright drawings vanish on it.
const SKETCH_GROUND: u32 = 128;

/// Black, or white where what a picture with straight alpha shows is dark.
///
/// Lower thirds and logos are drawn for contrast: light ones vanish on white, dark ones on black.
fn contrasting_ground(rgba: &[u8]) -> u32 {
    let (mut luma, mut weight) = (0_u64, 0_u64);
    for pixel in rgba.chunks_exact(4) {
        let value = 54 * u64::from(pixel[0]) + 183 * u64::from(pixel[1]) + 19 * u64::from(pixel[2]);
        luma += value * u64::from(pixel[3]) / 256;
        weight += u64::from(pixel[3]);
    }
    if weight > 0 && luma / weight < 96 {
        255
    } else {
        0
    }
}

/// Lays a picture with straight alpha on a grey of that value.
fn flatten(rgba: &[u8], ground: u32) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(rgba.len() / 4 * 3);
    for pixel in rgba.chunks_exact(4) {
        let alpha = u32::from(pixel[3]);
        for &value in &pixel[..3] {
            rgb.push(((u32::from(value) * alpha + ground * (255 - alpha) + 127) / 255) as u8);
        }
    }
    rgb
}

/// Mirrors and turns a picture.
fn turned(picture: Picture, orientation: Orientation) -> Picture {
    if orientation == Orientation::default() {
        return picture;
    }
    let (width, height) = (picture.width as usize, picture.height as usize);
    let (out_width, out_height) = if orientation.swaps_sides() {
        (height, width)
    } else {
        (width, height)
    };
    let mut rgb = Vec::with_capacity(picture.rgb.len());
    for y in 0..out_height {
        for x in 0..out_width {
            let (from_x, from_y) = match orientation.clockwise_degrees {
                90 => (y, height - 1 - x),
                180 => (width - 1 - x, height - 1 - y),
                270 => (width - 1 - y, x),
                _ => (x, y),
            };
            let from_x = if orientation.mirrored {
                width - 1 - from_x
            } else {
                from_x
            };
            let start = (from_y * width + from_x) * 3;
            rgb.extend_from_slice(&picture.rgb[start..start + 3]);
        }
    }
    Picture {
        width: out_width as u32,
        height: out_height as u32,
        rgb,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[u8]) -> Vec<u8> {
        values.iter().flat_map(|&value| [value; 3]).collect()
    }

    #[test]
    fn turning_a_picture_moves_its_top_left_corner_as_told() {
        // 1 2 3
        // 4 5 6
        let picture = || Picture {
            width: 3,
            height: 2,
            rgb: row(&[1, 2, 3, 4, 5, 6]),
        };
        let turn = |mirrored, clockwise_degrees| {
            turned(
                picture(),
                Orientation {
                    mirrored,
                    clockwise_degrees,
                },
            )
        };
        assert_eq!(turn(false, 90).rgb, row(&[4, 1, 5, 2, 6, 3]));
        assert_eq!(turn(false, 180).rgb, row(&[6, 5, 4, 3, 2, 1]));
        assert_eq!(turn(false, 270).rgb, row(&[3, 6, 2, 5, 1, 4]));
        assert_eq!(turn(true, 0).rgb, row(&[3, 2, 1, 6, 5, 4]));
        assert_eq!(
            turn(true, 270).rgb,
            row(&[1, 4, 2, 5, 3, 6]),
            "EXIF 5 is a transposition"
        );
        assert_eq!((turn(false, 90).width, turn(false, 90).height), (2, 3));
    }

    #[test]
    fn dark_drawings_get_a_white_ground_and_light_ones_a_black_one() {
        let dark = [20, 20, 20, 255, 0, 0, 0, 0];
        assert_eq!(
            flatten(&dark, contrasting_ground(&dark)),
            [20, 20, 20, 255, 255, 255]
        );
        let light = [240, 240, 240, 255, 255, 255, 255, 0];
        assert_eq!(
            flatten(&light, contrasting_ground(&light)),
            [240, 240, 240, 0, 0, 0]
        );
    }
}
