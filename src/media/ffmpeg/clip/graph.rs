//! Frames of any format as upright, progressive yuv420p of one size.

use super::super::graph::{FrameForm, matrix_name};
use super::super::orientation::Orientation;

/// What becomes of frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Appearance {
    /// Width and height that come out, both even.
    pub(super) size: (u32, u32),
    /// How frames are turned.
    pub(super) orientation: Orientation,
    /// Whether frames hold the lines of two moments.
    pub(super) is_interlaced: bool,
}

/// The chain of filters for frames of `form`.
pub(super) fn description(form: FrameForm, appearance: &Appearance) -> String {
    let (width, height) = appearance.size;
    let orientation = appearance.orientation;
    let (before_width, before_height) = if orientation.swaps_sides() {
        (height, width)
    } else {
        (width, height)
    };
    let mut filters = Vec::new();
    if appearance.is_interlaced {
        filters.push("yadif=mode=send_frame:deint=all".to_owned());
    }
    filters.push(format!(
        "scale=w={before_width}:h={before_height}:flags=bilinear:in_color_matrix={}:in_range={}:out_color_matrix=bt709:out_range=tv",
        matrix_name(form.matrix),
        if form.is_full_range { "pc" } else { "tv" },
    ));
    filters.push("format=yuv420p".to_owned());
    if orientation.mirrored {
        filters.push("hflip".to_owned());
    }
    match orientation.clockwise_degrees {
        90 => filters.push("transpose=clock".to_owned()),
        180 => filters.push("hflip,vflip".to_owned()),
        270 => filters.push("transpose=cclock".to_owned()),
        _ => {}
    }
    filters.push("setsar=1".to_owned());
    filters.join(",")
}
