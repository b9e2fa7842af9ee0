//! Running time of a picture stream.

use ffmpeg_next::ffi;

use crate::domain::Rational;

use super::source::StreamView;

/// Running time of a stream's frames.
pub(super) struct Clock {
    pub(super) time_base: Rational,
    start_ticks: Option<i64>,
}

impl Clock {
    /// The clock of `stream`; without a start time in its header, its first frame sets it to 0.
    pub(super) fn of(stream: &StreamView<'_>) -> Self {
        let start = stream.stream.start_time;
        Self {
            time_base: stream.time_base(),
            start_ticks: (start != ffi::AV_NOPTS_VALUE).then_some(start),
        }
    }

    /// The time stamp of running time 0, as far as it is known.
    pub(super) fn zero_ticks(&self) -> i64 {
        self.start_ticks.unwrap_or(0)
    }

    /// Running time of a frame with that time stamp; never negative.
    pub(super) fn millis(&mut self, ticks: i64) -> i64 {
        let start = *self.start_ticks.get_or_insert(ticks);
        self.time_base
            .ticks_to_millis(ticks - start)
            .unwrap_or(0)
            .max(0)
    }
}
