//! One interlaced frame made whole without its neighbours, through a libavfilter graph.

use std::ffi::CString;
use std::ptr;

use ffmpeg_next::ffi;

use super::decoder::Frame;

/// Keeps the lines of the first field and draws the others along edges; it needs no other frame,
/// which matters where keyframes alone were decoded.
const PREFERRED: &str = "estdif=mode=frame:deint=all";

/// Where a build lacks it.
const FALLBACK: &str = "yadif=mode=send_frame:deint=all";

/// The frame with the lines of one moment; `None` when no filter serves, and the frame must do as it is.
pub(super) fn single_frame(frame: &Frame) -> Option<Frame> {
    filtered(frame, PREFERRED).or_else(|| filtered(frame, FALLBACK))
}

struct Graph(*mut ffi::AVFilterGraph);

impl Drop for Graph {
    fn drop(&mut self) {
        // SAFETY: the graph is owned and freed once.
        unsafe { ffi::avfilter_graph_free(&mut self.0) };
    }
}

fn filtered(frame: &Frame, filter: &str) -> Option<Frame> {
    let raw = frame.raw();
    let arguments = CString::new(format!(
        "video_size={}x{}:pix_fmt={}:time_base=1/1000:pixel_aspect=1/1",
        raw.width, raw.height, raw.format
    ))
    .ok()?;
    let filter = CString::new(filter).ok()?;
    // SAFETY: every pointer given to the graph is checked; filters belong to the graph, which is
    // freed at the end; the in/out lists are freed by their own function in every case; the frame
    // given is a new reference, so the caller's stays untouched.
    unsafe {
        let graph = Graph(ffi::avfilter_graph_alloc());
        if graph.0.is_null() {
            return None;
        }
        let (mut first, mut last) = (ptr::null_mut(), ptr::null_mut());
        let source = ffi::avfilter_get_by_name(c"buffer".as_ptr());
        let sink = ffi::avfilter_get_by_name(c"buffersink".as_ptr());
        let made = ffi::avfilter_graph_create_filter(
            &mut first,
            source,
            c"in".as_ptr(),
            arguments.as_ptr(),
            ptr::null_mut(),
            graph.0,
        );
        if made < 0
            || ffi::avfilter_graph_create_filter(
                &mut last,
                sink,
                c"out".as_ptr(),
                ptr::null(),
                ptr::null_mut(),
                graph.0,
            ) < 0
        {
            return None;
        }
        let mut outputs = ffi::avfilter_inout_alloc();
        let mut inputs = ffi::avfilter_inout_alloc();
        let mut parsed = -1;
        if let (Some(from), Some(to)) = (outputs.as_mut(), inputs.as_mut()) {
            from.name = ffi::av_strdup(c"in".as_ptr());
            from.filter_ctx = first;
            to.name = ffi::av_strdup(c"out".as_ptr());
            to.filter_ctx = last;
            parsed = ffi::avfilter_graph_parse_ptr(
                graph.0,
                filter.as_ptr(),
                &mut inputs,
                &mut outputs,
                ptr::null_mut(),
            );
        }
        ffi::avfilter_inout_free(&mut inputs);
        ffi::avfilter_inout_free(&mut outputs);
        if parsed < 0 || ffi::avfilter_graph_config(graph.0, ptr::null_mut()) < 0 {
            return None;
        }
        let mut input = frame.share()?;
        (*input.as_mut_ptr()).pts = 0;
        if ffi::av_buffersrc_add_frame(first, input.as_mut_ptr()) < 0
            || ffi::av_buffersrc_add_frame(first, ptr::null_mut()) < 0
        {
            return None;
        }
        let mut output = Frame::empty()?;
        (ffi::av_buffersink_get_frame(last, output.as_mut_ptr()) >= 0).then_some(output)
    }
}
