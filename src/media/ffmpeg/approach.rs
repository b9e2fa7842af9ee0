//! Coming to a time in a file: reading begins where all that is shown from then on can be decoded.

use std::collections::VecDeque;
use std::path::Path;

use crate::media::MediaError;

use super::source::{Read, Source, StreamView, rescale};

/// How far before the time a keyframe is looked for, in milliseconds. Containers without an index
/// are searched by time alone and land between keyframes; most have one every ten seconds.
const STEPS_BACK_MILLIS: [i64; 4] = [0, 2_500, 11_000, 60_000];

/// Packets read in search of a keyframe before the next step back.
const PACKETS_SEARCHED: usize = 20_000;

/// How far a frame may be shown after the time at which it is decoded.
const REORDERED_MILLIS: i64 = 1000;

/// The main stream of a kind: the default one, else the first.
pub(super) fn main_stream<'a>(
    source: &'a Source,
    is_wanted: impl Fn(&StreamView<'a>) -> bool,
) -> Option<StreamView<'a>> {
    let wanted = || source.streams().filter(|stream| is_wanted(stream));
    wanted()
        .find(|stream| stream.is_default())
        .or_else(|| wanted().next())
}

/// An open file, and the packets of it that were read on the way.
pub(super) struct Approach {
    pub(super) source: Source,
    read_already: VecDeque<Read>,
}

impl Approach {
    /// Brings `source`, which `path` names and nothing was read of yet, to `ticks` of the stream
    /// `index`; packets of `streams` come from there on.
    ///
    /// # Errors
    /// As [`Source::open`]: a file that can't be searched is read from its beginning once more.
    pub(super) fn to(
        path: &Path,
        mut source: Source,
        streams: &[u32],
        index: u32,
        ticks: i64,
    ) -> Result<Self, MediaError> {
        source.only_streams(streams);
        let known = source.stream(index);
        let time_base = known.map(|stream| stream.time_base());
        let first_ticks = known.and_then(|stream| stream.start_ticks()).unwrap_or(0);
        let mut approach = Self {
            source,
            read_already: VecDeque::new(),
        };
        let Some(base) = time_base.filter(|_| ticks > first_ticks) else {
            return Ok(approach);
        };
        for back_millis in STEPS_BACK_MILLIS {
            let target = ticks - rescale(back_millis, 1, 1000, base.num, base.den);
            if target <= first_ticks || approach.source.seek(index, target).is_err() {
                break;
            }
            approach.read_already.clear();
            let slack = rescale(REORDERED_MILLIS, 1, 1000, base.num, base.den);
            if approach.finds_keyframe(index, ticks, slack) {
                return Ok(approach);
            }
        }
        let mut source = Source::open(path)?;
        source.only_streams(streams);
        Ok(Self {
            source,
            read_already: VecDeque::new(),
        })
    }

    /// The next packet.
    pub(super) fn read(&mut self) -> Read {
        match self.read_already.pop_front() {
            Some(read) => read,
            None => self.source.read(),
        }
    }

    /// Reads on to the next keyframe whose time is certain, and says whether it is shown at `ticks`
    /// or before.
    fn finds_keyframe(&mut self, index: u32, ticks: i64, slack_ticks: i64) -> bool {
        let mut has_key = false;
        for _ in 0..PACKETS_SEARCHED {
            let read = self.source.read();
            match &read {
                Read::End(_) => return false,
                Read::Packet(packet) if packet.stream() == index as usize => {
                    has_key |= packet.is_key();
                    // Without its keyframe a picture is rubbish.
                    if !has_key {
                        continue;
                    }
                    let verdict = match (packet.is_key(), packet.pts(), packet.dts()) {
                        (true, Some(shown), _) => Some(shown <= ticks),
                        // The order of decoding is close to the order of showing, not the same.
                        (true, None, Some(decoded)) if decoded + slack_ticks <= ticks => Some(true),
                        (_, None, Some(decoded)) if decoded > ticks => Some(false),
                        _ => None,
                    };
                    self.read_already.push_back(read);
                    if let Some(verdict) = verdict {
                        return verdict;
                    }
                }
                _ => self.read_already.push_back(read),
            }
        }
        false
    }
}
