//! Frames of any format as upright, progressive yuv420p of one size, through a libavfilter graph.

use std::ffi::{CStr, CString, c_int};
use std::ptr;

use ffmpeg_next::ffi;

use crate::media::MediaError;

use super::super::decoder::{Frame, check};
use super::super::orientation::Orientation;
use super::super::out_of_memory;
use super::super::probe::pixel_format;
use super::super::scaler::{matrix_of, modern_format};
use super::super::source::rescale;

/// What the chain takes the unit of time stamps for; it passes them through whatever they mean.
const UNITS_PER_SECOND: c_int = 1_000_000;

/// The form that frames come in; a change of it in mid-stream calls for another graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameForm {
    width: c_int,
    height: c_int,
    format: c_int,
    matrix: c_int,
    is_full_range: bool,
    /// Whether frames hold the lines of two moments.
    is_interlaced: bool,
}

impl FrameForm {
    pub(super) fn of(frame: &Frame, is_interlaced: bool) -> Self {
        let raw = frame.raw();
        Self {
            width: raw.width,
            height: raw.height,
            format: raw.format,
            matrix: matrix_of(raw),
            is_full_range: modern_format(pixel_format(raw.format), raw.color_range).1,
            is_interlaced,
        }
    }
}

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

/// A chain of filters for frames of one form.
pub(super) struct Graph {
    graph: *mut ffi::AVFilterGraph,
    input: *mut ffi::AVFilterContext,
    output: *mut ffi::AVFilterContext,
}

impl Graph {
    /// A chain for frames of `form`; their time stamps pass through it as they are.
    ///
    /// # Errors
    /// `Corrupt` when frames of that form can't be converted.
    pub(super) fn new(form: FrameForm, appearance: &Appearance) -> Result<Self, MediaError> {
        // SAFETY: allocation only.
        let graph = unsafe { ffi::avfilter_graph_alloc() };
        if graph.is_null() {
            return Err(out_of_memory());
        }
        let mut chain = Self {
            graph,
            input: ptr::null_mut(),
            output: ptr::null_mut(),
        };
        let arguments = format!(
            "video_size={}x{}:pix_fmt={}:time_base=1/{UNITS_PER_SECOND}:pixel_aspect=1/1",
            form.width, form.height, form.format
        );
        chain.input = chain.filter(c"buffer", c"in", &arguments)?;
        chain.output = chain.filter(c"buffersink", c"out", "")?;
        chain.parse(&description(form, appearance))?;
        // SAFETY: the graph is whole.
        check("a frame's form", unsafe {
            ffi::avfilter_graph_config(chain.graph, ptr::null_mut())
        })?;
        Ok(chain)
    }

    fn filter(
        &mut self,
        kind: &CStr,
        name: &CStr,
        arguments: &str,
    ) -> Result<*mut ffi::AVFilterContext, MediaError> {
        let arguments = CString::new(arguments).unwrap_or_default();
        let mut context = ptr::null_mut();
        // SAFETY: the filter belongs to the graph; both strings are copied.
        let made = unsafe {
            ffi::avfilter_graph_create_filter(
                &mut context,
                ffi::avfilter_get_by_name(kind.as_ptr()),
                name.as_ptr(),
                arguments.as_ptr(),
                ptr::null_mut(),
                self.graph,
            )
        };
        check("a filter", made).map(|()| context)
    }

    fn parse(&mut self, description: &str) -> Result<(), MediaError> {
        let description = CString::new(description).unwrap_or_default();
        // SAFETY: the in/out lists are checked and freed by their own function in every case; the
        // filters they name belong to the graph.
        let parsed = unsafe {
            let mut outputs = ffi::avfilter_inout_alloc();
            let mut inputs = ffi::avfilter_inout_alloc();
            let mut parsed = ffi::AVERROR(ffi::ENOMEM);
            if let (Some(from), Some(to)) = (outputs.as_mut(), inputs.as_mut()) {
                from.name = ffi::av_strdup(c"in".as_ptr());
                from.filter_ctx = self.input;
                to.name = ffi::av_strdup(c"out".as_ptr());
                to.filter_ctx = self.output;
                parsed = ffi::avfilter_graph_parse_ptr(
                    self.graph,
                    description.as_ptr(),
                    &mut inputs,
                    &mut outputs,
                    ptr::null_mut(),
                );
            }
            ffi::avfilter_inout_free(&mut inputs);
            ffi::avfilter_inout_free(&mut outputs);
            parsed
        };
        check("a filter", parsed)
    }

    /// Takes a frame, or with `None` the end; the caller's frame stays as it is.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn push(&mut self, frame: Option<(&Frame, i64)>) -> Result<(), MediaError> {
        let mut shared = match frame {
            Some((frame, _)) => Some(frame.share().ok_or_else(out_of_memory)?),
            None => None,
        };
        if let (Some(shared), Some((_, ticks))) = (&mut shared, frame) {
            // SAFETY: the frame's own fields are ours; only its pixels are shared.
            unsafe { (*shared.as_mut_ptr()).pts = ticks };
        }
        let pointer = shared.as_mut().map_or(ptr::null_mut(), Frame::as_mut_ptr);
        // SAFETY: the graph takes the reference that `shared` holds; null says the end.
        check("a frame", unsafe {
            ffi::av_buffersrc_add_frame(self.input, pointer)
        })
    }

    /// The next frame that is ready.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn pull(&mut self) -> Result<Option<Frame>, MediaError> {
        let mut frame = Frame::empty().ok_or_else(out_of_memory)?;
        // SAFETY: the sink fills the empty frame.
        match unsafe { ffi::av_buffersink_get_frame(self.output, frame.as_mut_ptr()) } {
            ffi::AVERROR_EOF => Ok(None),
            code if code == ffi::AVERROR(ffi::EAGAIN) => Ok(None),
            code => check("a frame", code).map(|()| {
                // Deinterlacing counts in half units.
                // SAFETY: the sink is configured; the frame is ours.
                unsafe {
                    let base = ffi::av_buffersink_get_time_base(self.output);
                    let pts = &mut (*frame.as_mut_ptr()).pts;
                    *pts = rescale(*pts, base.num, base.den, 1, UNITS_PER_SECOND);
                }
                Some(frame)
            }),
        }
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        // SAFETY: the graph is owned and freed once, its filters with it.
        unsafe { ffi::avfilter_graph_free(&mut self.graph) };
    }
}

fn description(form: FrameForm, appearance: &Appearance) -> String {
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

fn matrix_name(matrix: c_int) -> &'static str {
    match matrix {
        ffi::SWS_CS_ITU709 => "bt709",
        ffi::SWS_CS_FCC => "fcc",
        ffi::SWS_CS_SMPTE240M => "smpte240m",
        ffi::SWS_CS_BT2020 => "bt2020",
        _ => "bt601",
    }
}
