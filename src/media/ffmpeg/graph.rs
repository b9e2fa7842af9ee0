//! A chain of libavfilter filters that frames of one form go through.

use std::ffi::{CStr, CString, c_int};
use std::ptr;

use ffmpeg_next::ffi;

use crate::domain::Rational;
use crate::media::MediaError;

use super::decoder::{Frame, check};
use super::out_of_memory;
use super::probe::pixel_format;
use super::scaler::{matrix_of, modern_format};
use super::source::rescale;

/// What a chain takes the unit of time stamps for where it passes them through whatever they mean.
pub(super) const ANY_UNIT: Rational = Rational::new(1, 1_000_000);

/// The form that frames come in; a change of it in mid-stream calls for another graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameForm {
    pub(super) width: c_int,
    pub(super) height: c_int,
    pub(super) format: c_int,
    pub(super) matrix: c_int,
    pub(super) is_full_range: bool,
    /// Whether frames hold the lines of two moments.
    pub(super) is_interlaced: bool,
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

/// A chain of filters for frames of one form.
pub(super) struct Graph {
    graph: *mut ffi::AVFilterGraph,
    input: *mut ffi::AVFilterContext,
    output: *mut ffi::AVFilterContext,
    unit: Rational,
}

impl Graph {
    /// The chain of `description`, as the `ffmpeg` program writes them, for frames of `form` whose
    /// time stamps count `unit`s.
    ///
    /// # Errors
    /// `Corrupt` when frames of that form can't be converted.
    pub(super) fn new(
        form: FrameForm,
        description: &str,
        unit: Rational,
    ) -> Result<Self, MediaError> {
        let arguments = format!(
            "video_size={}x{}:pix_fmt={}:time_base={}/{}:pixel_aspect=1/1",
            form.width, form.height, form.format, unit.num, unit.den
        );
        Self::between((c"buffer", c"buffersink"), &arguments, description, unit)
    }

    /// The chain of `description` for sound: interleaved stereo as floats, so many samples a second.
    ///
    /// # Errors
    /// `Corrupt` when this FFmpeg lacks a filter of it.
    pub(super) fn of_stereo(rate_hz: i32, description: &str) -> Result<Self, MediaError> {
        let arguments = format!(
            "sample_rate={rate_hz}:sample_fmt=flt:channel_layout=stereo:time_base=1/{rate_hz}"
        );
        let unit = Rational::new(1, rate_hz);
        Self::between((c"abuffer", c"abuffersink"), &arguments, description, unit)
    }

    fn between(
        (from, to): (&CStr, &CStr),
        arguments: &str,
        description: &str,
        unit: Rational,
    ) -> Result<Self, MediaError> {
        // SAFETY: allocation only.
        let graph = unsafe { ffi::avfilter_graph_alloc() };
        if graph.is_null() {
            return Err(out_of_memory());
        }
        let mut chain = Self {
            graph,
            input: ptr::null_mut(),
            output: ptr::null_mut(),
            unit,
        };
        chain.input = chain.filter(from, c"in", arguments)?;
        chain.output = chain.filter(to, c"out", "")?;
        chain.parse(description)?;
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
                // Filters count as they like: deinterlacing in half units.
                // SAFETY: the sink is configured; the frame is ours.
                unsafe {
                    let base = ffi::av_buffersink_get_time_base(self.output);
                    let pts = &mut (*frame.as_mut_ptr()).pts;
                    *pts = rescale(*pts, base.num, base.den, self.unit.num, self.unit.den);
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

/// The name that the scale filter has for a matrix.
pub(super) fn matrix_name(matrix: c_int) -> &'static str {
    match matrix {
        ffi::SWS_CS_ITU709 => "bt709",
        ffi::SWS_CS_FCC => "fcc",
        ffi::SWS_CS_SMPTE240M => "smpte240m",
        ffi::SWS_CS_BT2020 => "bt2020",
        _ => "bt601",
    }
}
