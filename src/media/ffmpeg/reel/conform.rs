//! Frames of any source as pictures of the reel's size and shape.

use ffmpeg_next::ffi;

use crate::domain::Rational;
use crate::media::MediaError;
use crate::media::protocol::{ReelCodec, ReelFill, ReelForm};

use super::super::clip::as_frame;
use super::super::decoder::Frame;
use super::super::graph::{ANY_UNIT, FrameForm, Graph, matrix_name};
use super::super::hdr::Transfer;
use super::super::orientation::{Orientation, display_size};
use super::super::probe::pixel_format as pixel_format_of;
use super::super::render::{Renderer, has_alpha};
use super::encoders::pixel_format;

/// Brings frames of one source into the reel's form.
pub(super) struct Conform {
    form: ReelForm,
    aspect: Rational,
    orientation: Orientation,
    /// For frames that filters can't show as they are meant: HDR, and with transparency.
    renderer: Renderer,
    graph: Option<(FrameForm, bool, Graph)>,
}

impl Conform {
    /// `aspect` is that of stored pixels.
    pub(super) fn new(form: &ReelForm, aspect: Rational, orientation: Orientation) -> Self {
        let max_side = form.width.max(form.height);
        Self {
            form: form.clone(),
            aspect,
            orientation,
            renderer: Renderer::new(aspect, orientation, false, max_side).with_one_ground(),
            graph: None,
        }
    }

    /// The frame in the reel's form.
    ///
    /// # Errors
    /// `Corrupt` when frames of that form can't be converted.
    pub(super) fn conform(&mut self, frame: &Frame) -> Result<Frame, MediaError> {
        let is_rendered = Transfer::of(frame.raw().color_trc).is_some() || has_alpha(frame);
        let rendered;
        let frame = if is_rendered {
            rendered = as_frame(&self.renderer.picture(frame)?)?;
            &rendered
        } else {
            frame
        };
        let form = FrameForm::of(frame, false);
        let mut graph = match self.graph.take() {
            Some((made_for, was_rendered, graph))
                if made_for == form && was_rendered == is_rendered =>
            {
                graph
            }
            _ => {
                let (aspect, orientation) = if is_rendered {
                    (Rational::new(1, 1), Orientation::default())
                } else {
                    (self.aspect, self.orientation)
                };
                let chain = description(&form, &self.form, aspect, orientation);
                Graph::new(form, &chain, ANY_UNIT)?
            }
        };
        graph.push(Some((frame, 0)))?;
        let conformed = graph.pull()?.ok_or_else(|| MediaError::Corrupt {
            reason: "a picture got lost on its way through the filters".to_owned(),
        })?;
        self.graph = Some((form, is_rendered, graph));
        Ok(conformed)
    }
}

/// Takes from a frame what its source said of it and the encoder must not believe.
pub(super) fn plain(mut frame: Frame, at: i64) -> Frame {
    // SAFETY: plain fields of a frame that is ours.
    unsafe {
        let raw = &mut *frame.as_mut_ptr();
        raw.pts = at;
        raw.pict_type = ffi::AVPictureType::AV_PICTURE_TYPE_NONE;
        raw.interlaced_frame = 0;
        raw.repeat_pict = 0;
        raw.sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
        raw.color_range = ffi::AVColorRange::AVCOL_RANGE_MPEG;
        raw.colorspace = ffi::AVColorSpace::AVCOL_SPC_BT709;
        raw.color_primaries = ffi::AVColorPrimaries::AVCOL_PRI_BT709;
        raw.color_trc = ffi::AVColorTransferCharacteristic::AVCOL_TRC_BT709;
    }
    frame
}

/// The largest size of that shape within the frame; both sides even.
pub(super) fn fitted((width, height): (u32, u32), into: (u32, u32)) -> (u32, u32) {
    let (wide, high) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (most_wide, most_high) = (u64::from(into.0), u64::from(into.1));
    let even = |exact: u64, most: u64| (exact.div_ceil(2) * 2).clamp(2, most.max(2)) as u32;
    if wide * most_high >= most_wide * high {
        let exact = (most_wide * high + wide / 2) / wide;
        // A pixel more or less is rounding, not another shape.
        let exact = if exact + 2 >= most_high {
            most_high
        } else {
            exact
        };
        (into.0, even(exact, most_high))
    } else {
        let exact = (most_high * wide + high / 2) / high;
        let exact = if exact + 2 >= most_wide {
            most_wide
        } else {
            exact
        };
        (even(exact, most_wide), into.1)
    }
}

fn description(
    from: &FrameForm,
    form: &ReelForm,
    aspect: Rational,
    orientation: Orientation,
) -> String {
    let (stored_width, stored_height) = (from.width.unsigned_abs(), from.height.unsigned_abs());
    let shown = display_size(stored_width, stored_height, aspect, orientation);
    let target = (form.width, form.height);
    let (width, height) = fitted(shown, target);
    let format = pixel_format(form).0;
    let (before_width, before_height) = if orientation.swaps_sides() {
        (height, width)
    } else {
        (width, height)
    };
    let is_right_size = (before_width, before_height) == (stored_width, stored_height);
    let is_right_colour =
        has_chroma(from) && from.matrix == ffi::SWS_CS_ITU709 && !from.is_full_range;
    let mut filters = Vec::new();
    if !is_right_colour {
        filters.push(format!(
            "scale=w={before_width}:h={before_height}:flags=bicubic:in_color_matrix={}:in_range={}:out_color_matrix=bt709:out_range=tv",
            matrix_name(from.matrix),
            if from.is_full_range { "pc" } else { "tv" },
        ));
    } else if !is_right_size {
        filters.push(format!(
            "scale=w={before_width}:h={before_height}:flags=bicubic"
        ));
    }
    filters.push(format!("format={format}"));
    if orientation.mirrored {
        filters.push("hflip".to_owned());
    }
    match orientation.clockwise_degrees {
        90 => filters.push("transpose=clock".to_owned()),
        180 => filters.push("hflip,vflip".to_owned()),
        270 => filters.push("transpose=cclock".to_owned()),
        _ => {}
    }
    if (width, height) != target {
        // Chroma has half the columns, and half the rows.
        let (x, y) = ((target.0 - width) / 4 * 2, (target.1 - height) / 4 * 2);
        filters.push(match form.fill {
            ReelFill::Letterbox => {
                format!("pad=w={}:h={}:x={x}:y={y}:color=black", target.0, target.1)
            }
            ReelFill::Blur => blurred(target, form, (x, y)),
        });
    }
    filters.push("setsar=1".to_owned());
    filters.join(",")
}

/// Whether pixels are brightness and colour apart: what is not must be told which matrix to get.
fn has_chroma(from: &FrameForm) -> bool {
    // SAFETY: a descriptor is a static or null.
    unsafe { ffi::av_pix_fmt_desc_get(pixel_format_of(from.format)).as_ref() }.is_some_and(
        |descriptor| {
            descriptor.flags & ffi::AV_PIX_FMT_FLAG_RGB as u64 == 0 && descriptor.nb_components >= 3
        },
    )
}

/// The picture over itself, enlarged to fill the frame, darkened and blurred. It is blurred small,
/// which costs a sixteenth and looks the same.
fn blurred((width, height): (u32, u32), form: &ReelForm, (x, y): (u32, u32)) -> String {
    let (small_width, small_height) = ((width / 8 * 2).max(16), (height / 8 * 2).max(16));
    let radius = (small_width.min(small_height) / 16).max(1);
    let chroma_radius = (radius / 2).max(1);
    let format = match form.codec {
        ReelCodec::H264 => "yuv420",
        ReelCodec::ProRes => "yuv422p10",
        ReelCodec::DnxHr => "yuv422",
    };
    format!(
        "split[front][back];\
         [back]scale=w={small_width}:h={small_height}:force_original_aspect_ratio=increase,\
         crop={small_width}:{small_height},boxblur=lr={radius}:lp=2:cr={chroma_radius}:cp=2,\
         lutyuv=y=(val-minval)*0.7+minval,\
         scale=w={width}:h={height}:flags=bilinear,format={}[ground];\
         [ground][front]overlay=x={x}:y={y}:format={format},format={}",
        pixel_format(form).0,
        pixel_format(form).0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_keep_their_shape_and_touch_two_sides_of_the_frame() {
        let hd = (1920, 1080);
        assert_eq!(fitted((1920, 1080), hd), (1920, 1080));
        assert_eq!(fitted((640, 360), hd), (1920, 1080));
        assert_eq!(fitted((720, 576), hd), (1350, 1080));
        assert_eq!(fitted((1080, 1920), hd), (608, 1080));
        assert_eq!(fitted((4096, 2160), hd), (1920, 1014));
        assert_eq!(
            fitted((854, 480), hd),
            (1920, 1080),
            "rounded, not another shape"
        );
        assert_eq!(fitted((1, 10_000), hd), (2, 1080));
    }
}
