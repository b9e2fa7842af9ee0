//! The only place that touches libav*: it runs in the decode worker, never in the parent.

mod approach;
mod audio;
mod clip;
mod clock;
mod decoder;
mod deinterlace;
mod dictionary;
mod encoder;
mod frame;
mod graph;
mod h264;
mod h264_units;
mod hdr;
mod levels;
mod loudness;
mod orientation;
mod output;
mod probe;
mod reel;
mod render;
mod resampler;
mod scaler;
mod shot_events;
mod shot_pass;
mod shot_search;
mod source;
mod still;
mod storyboard;
mod stretch;
mod subtitles;

pub use audio::audio;
pub use clip::clip;
pub use frame::frame;
pub use levels::loudness;
pub use probe::probe;
pub use reel::{copy_plan as reel_copy_plan, encoder_starts, join as join_reel, part as reel_part};
pub use shot_pass::shots;
pub use storyboard::storyboard;
pub use subtitles::subtitle_stream;

use std::ffi::c_int;
use std::sync::Once;

use ffmpeg_next::{Error, ffi};

use super::MediaError;

/// Versions of the libav* libraries in use, as `libavformat 59.27.100, …`.
pub fn library_versions() -> String {
    // SAFETY: these functions take nothing and return a number.
    let versions = unsafe {
        [
            ("libavformat", ffi::avformat_version()),
            ("libavcodec", ffi::avcodec_version()),
            ("libavfilter", ffi::avfilter_version()),
            ("libswscale", ffi::swscale_version()),
            ("libswresample", ffi::swresample_version()),
            ("libavutil", ffi::avutil_version()),
        ]
    };
    versions
        .map(|(name, version)| {
            format!(
                "{name} {}.{}.{}",
                version >> 16,
                version >> 8 & 0xff,
                version & 0xff
            )
        })
        .join(", ")
}

/// Keeps FFmpeg from writing to standard error; what matters is returned as errors. Those have no
/// words before they are registered.
fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        ffmpeg_next::util::error::register_all();
        // SAFETY: sets a global level; FFmpeg reads it atomically enough for logging.
        unsafe { ffi::av_log_set_level(ffi::AV_LOG_QUIET) };
    });
}

/// FFmpeg's error on `what` as a fault of the file, or of memory.
fn failure(what: &str, error: Error) -> MediaError {
    match error {
        Error::Other { errno: ffi::ENOMEM } => out_of_memory(),
        error => MediaError::Corrupt {
            reason: format!("{what}: {error}"),
        },
    }
}

/// FFmpeg's error on opening a file that a demuxer took for its own with that score.
fn open_failure(demuxer: &str, score: c_int, code: c_int) -> MediaError {
    let error = Error::from(code);
    if code == ffi::AVERROR(ffi::ENOMEM) {
        return out_of_memory();
    }
    if score <= ffi::AVPROBE_SCORE_EXTENSION {
        return MediaError::NotMedia;
    }
    let reason = if demuxer.starts_with("mov") && matches!(error, Error::InvalidData | Error::Eof) {
        "its index (the `moov` part) is missing or broken, as when a recording or a copy was cut short".to_owned()
    } else {
        format!("the {demuxer} header cannot be read: {error}")
    };
    MediaError::Corrupt { reason }
}

/// Out of memory, with the limit this process runs under.
fn out_of_memory() -> MediaError {
    let limit = rustix::process::getrlimit(rustix::process::Resource::As).current;
    MediaError::OutOfMemory {
        limit_mebibytes: limit.unwrap_or(u64::MAX) >> 20,
    }
}

#[cfg(test)]
mod tests;
