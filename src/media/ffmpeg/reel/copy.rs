//! Pictures copied as they are encoded, from a keyframe on that nothing reaches across.

use std::path::Path;

use ffmpeg_next::{Packet, ffi};

use crate::domain::{FieldOrder, Rational};
use crate::media::MediaError;
use crate::media::protocol::ReelCopyPlan;

use super::super::approach::{Approach, main_stream};
use super::super::orientation::{self, Orientation};
use super::super::probe::video_stream;
use super::super::source::{Read, Source, StreamView, rescale};
use super::nal_units::{Framing, INSTANT_REFRESH, append_unit, free_number, kind, parameter_sets};
use super::part::Outlet;
use super::part_file;

/// How far beyond the end of a stretch packets are read: no encoder decodes further ahead.
const MOST_AHEAD: i64 = 32;

/// The packets of a film from a keyframe before a frame on, in the order of decoding.
struct Packets {
    approach: Approach,
    index: u32,
    framing: Framing,
    extradata: Vec<u8>,
    size: (u32, u32),
    unit: Rational,
    time_base: Rational,
    origin_ticks: i64,
}

impl Packets {
    fn open(path: &Path, rate: Rational, frame: i64) -> Result<Self, MediaError> {
        super::super::prepare();
        let source = Source::open(path)?;
        let stream =
            main_stream(&source, StreamView::is_pictures).ok_or_else(|| MediaError::NoStream {
                kind: "video".to_owned(),
            })?;
        let parameters = stream.parameters();
        let refused = |what: &str| MediaError::Unsupported {
            codec: format!("{} ({what}) for copying", stream.codec_name()),
        };
        if parameters.codec_id != ffi::AVCodecID::AV_CODEC_ID_H264 {
            return Err(refused("not H.264"));
        }
        if parameters.format != ffi::AVPixelFormat::AV_PIX_FMT_YUV420P as i32 {
            return Err(refused("not 8-bit 4:2:0"));
        }
        if video_stream(&stream, None).field_order == FieldOrder::Interlaced {
            return Err(refused("interlaced"));
        }
        let is_upright = orientation::of_stream(&stream) == Orientation::default();
        if !is_upright || stream.sample_aspect() != Rational::new(1, 1) {
            return Err(refused("turned or stretched"));
        }
        // SAFETY: extradata has the size that the parameters say.
        let extradata = unsafe {
            match usize::try_from(parameters.extradata_size) {
                Ok(size @ 1..) if !parameters.extradata.is_null() => {
                    std::slice::from_raw_parts(parameters.extradata, size).to_vec()
                }
                _ => Vec::new(),
            }
        };
        let (time_base, index) = (stream.time_base(), stream.stream.index.unsigned_abs());
        let origin_ticks = stream.start_ticks().unwrap_or(0);
        let size = (
            parameters.width.unsigned_abs(),
            parameters.height.unsigned_abs(),
        );
        let unit = Rational::new(rate.den, rate.num);
        let ticks = origin_ticks + rescale(frame, unit.num, unit.den, time_base.num, time_base.den);
        let approach = Approach::to(path, source, &[index], index, ticks)?;
        Ok(Self {
            approach,
            index,
            framing: Framing::of(&extradata),
            extradata,
            size,
            unit,
            time_base,
            origin_ticks,
        })
    }

    /// The next packet with the number of its frame; `None` at the end or where it is damaged.
    fn next(&mut self) -> Option<(i64, Packet)> {
        loop {
            match self.approach.read() {
                Read::Packet(packet) if packet.stream() == self.index as usize => {
                    let since = packet.pts()? - self.origin_ticks;
                    let (from, to) = (self.time_base, self.unit);
                    return Some((rescale(since, from.num, from.den, to.num, to.den), packet));
                }
                Read::Packet(_) => {}
                Read::Broken | Read::End(_) => return None,
            }
        }
    }

    fn is_fresh_start(&self, packet: &Packet) -> bool {
        let units = self.framing.units(packet.data().unwrap_or_default());
        units.iter().any(|unit| kind(unit) == INSTANT_REFRESH)
    }
}

/// What of the frames from `first_frame` to before `end_frame` can be copied: from the first keyframe
/// on that starts afresh, up to where no frame that is left out is decoded in between.
///
/// # Errors
/// As [`super::super::probe`]; `Unsupported` where its pictures are none that can be copied.
pub fn copy_plan(
    path: &Path,
    rate: Rational,
    first_frame: i64,
    end_frame: i64,
) -> Result<ReelCopyPlan, MediaError> {
    let mut packets = Packets::open(path, rate, first_frame)?;
    let parameters = parameter_sets(&packets.extradata);
    let Some(free_parameter_set) = free_number(&parameters).filter(|_| !parameters.is_empty())
    else {
        return Err(MediaError::Unsupported {
            codec: "h264 (without usable parameter sets) for copying".to_owned(),
        });
    };
    let mut plan = ReelCopyPlan {
        first_frame: end_frame,
        end_frame,
        parameters,
        free_parameter_set,
        width: packets.size.0,
        height: packets.size.1,
    };
    let mut run = Run::default();
    while let Some((frame, packet)) = packets.next() {
        if run.count == 0 {
            if frame >= end_frame + MOST_AHEAD {
                break;
            }
            let is_start = (first_frame..end_frame).contains(&frame);
            if !is_start || !packets.is_fresh_start(&packet) {
                continue;
            }
            plan.first_frame = frame;
            plan.end_frame = frame;
        }
        run.add(frame - plan.first_frame);
        let end = plan.first_frame + run.count;
        if run.is_closed() && end <= end_frame {
            plan.end_frame = end;
        }
        if run.least < 0 || end >= end_frame + MOST_AHEAD {
            break;
        }
    }
    if plan.end_frame <= plan.first_frame {
        (plan.first_frame, plan.end_frame) = (end_frame, end_frame);
    }
    Ok(plan)
}

/// Frames in the order of decoding, from 0.
#[derive(Debug, Default)]
struct Run {
    count: i64,
    most: i64,
    least: i64,
    /// How far decoding must be ahead of showing.
    delay: i64,
}

impl Run {
    fn add(&mut self, frame: i64) {
        self.delay = self.delay.max(self.count - frame);
        self.count += 1;
        self.most = self.most.max(frame);
        self.least = self.least.min(frame);
    }

    /// Whether the frames so far are all up to the latest of them.
    fn is_closed(&self) -> bool {
        self.most + 1 == self.count && self.least == 0
    }
}

/// A stretch that is copied.
pub(super) struct Copied {
    packets: Packets,
    first_frame: i64,
    pictures: i64,
    /// The parameter sets, behind start codes.
    pub(super) extradata: Vec<u8>,
    /// How far decoding must be ahead of showing, in pictures.
    pub(super) delay: i64,
}

impl Copied {
    /// Comes to a stretch that [`copy_plan`] gave.
    ///
    /// # Errors
    /// As [`copy_plan`]; `Corrupt` where the stretch is not what it was then.
    pub(super) fn find(
        path: &Path,
        rate: Rational,
        first_frame: i64,
        pictures: i64,
    ) -> Result<Self, MediaError> {
        let mut run = Run::default();
        let mut packets = Packets::open(path, rate, first_frame)?;
        while run.count < pictures {
            match packets.next() {
                Some((frame, _)) if run.count == 0 && frame != first_frame => {}
                Some((frame, _)) => run.add(frame - first_frame),
                None => break,
            }
        }
        if run.count < pictures || !run.is_closed() {
            return Err(MediaError::Corrupt {
                reason: format!(
                    "its frames {first_frame} to {} can't be copied",
                    first_frame + pictures
                ),
            });
        }
        let mut extradata = Vec::new();
        for unit in parameter_sets(&packets.extradata) {
            append_unit(&mut extradata, &unit);
        }
        Ok(Self {
            packets: Packets::open(path, rate, first_frame)?,
            first_frame,
            pictures,
            extradata,
            delay: run.delay,
        })
    }

    /// Hands the packets on, parted by start codes.
    ///
    /// # Errors
    /// `Corrupt` where the file ends before.
    pub(super) fn write(mut self, outlet: &Outlet<'_>) -> Result<(), MediaError> {
        let mut count = 0;
        while count < self.pictures && outlet.is_alive() {
            let (frame, packet) = self.packets.next().ok_or_else(|| MediaError::Corrupt {
                reason: "it ended while it was copied".to_owned(),
            })?;
            if count == 0 && frame != self.first_frame {
                continue;
            }
            let mut data = Vec::with_capacity(packet.size() + 64);
            for unit in self
                .packets
                .framing
                .units(packet.data().unwrap_or_default())
            {
                append_unit(&mut data, unit);
            }
            let (at, is_key) = (frame - self.first_frame, packet.is_key());
            outlet.write(|bytes| part_file::picture(bytes, at, is_key, &data));
            count += 1;
        }
        Ok(())
    }
}
