//! Encoded packets as the bytes of an MP4 in fragments, or of a transport stream.

use std::collections::VecDeque;
use std::ffi::{CStr, c_int};
use std::io::{self, Write};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use ffmpeg_next::format::context::StreamIo;
use ffmpeg_next::{Packet, ffi};

use crate::domain::Rational;
use crate::media::MediaError;
use crate::media::protocol::ClipContainer;

use super::super::decoder::{check, result};
use super::super::output::{output_context, write_packet};
use super::super::source::rescale;
use super::super::{failure, out_of_memory};
use super::encoder::Encoder;
use super::header::tell_length;

/// How much is rendered before the fragment is sent: at first what there is, so that a player has
/// something to open, then a little to show, then whole seconds.
const FRAGMENT_MILLIS: [i64; 3] = [0, 250, 1000];

/// Bytes gathered before they are handed on; fragments are handed on whole.
const BUFFER_BYTES: usize = 64 << 10;

/// A stream of the clip.
struct Track {
    /// The unit of its packets.
    time_base: Rational,
    /// Its number in the container; `None` until the header is written, and where it stayed empty.
    index: Option<c_int>,
    /// What came before the header was written.
    waiting: VecDeque<Packet>,
}

/// Wraps packets of one or two streams.
pub(super) struct Muxer {
    container: ClipContainer,
    output: Option<Output>,
    bytes: Bytes,
    tracks: Vec<Track>,
    /// Where the fragment in the making began, in milliseconds of the clip.
    fragment_start_millis: i64,
    fragments: usize,
    /// Length of the clip, until the header told it.
    untold_millis: Option<u64>,
    /// The track whose time and keyframes part fragments.
    leading: usize,
}

struct Output {
    context: *mut ffi::AVFormatContext,
    /// Freed after the context, which writes to it.
    _io: StreamIo,
}

/// What was written, until it is taken.
#[derive(Clone, Default)]
struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Muxer {
    /// A muxer for streams with these units of time, the one whose keyframes count first, which
    /// together will be about `millis` long.
    pub(super) fn new(container: ClipContainer, time_bases: &[Rational], millis: u64) -> Self {
        Self {
            container,
            output: None,
            bytes: Bytes::default(),
            tracks: time_bases
                .iter()
                .map(|&time_base| Track {
                    time_base,
                    index: None,
                    waiting: VecDeque::new(),
                })
                .collect(),
            fragment_start_millis: 0,
            fragments: 0,
            untold_millis: (container == ClipContainer::Mp4).then_some(millis),
            leading: 0,
        }
    }

    /// Whether the header is written.
    pub(super) fn is_begun(&self) -> bool {
        self.output.is_some()
    }

    /// Whether a packet of that track came already.
    pub(super) fn has_packets(&self, track: usize) -> bool {
        let track = &self.tracks[track];
        track.index.is_some() || !track.waiting.is_empty()
    }

    /// Takes the next packet of a track.
    pub(super) fn push(&mut self, track: usize, packet: Packet) -> Result<(), MediaError> {
        if self.is_begun() {
            self.write(track, packet)
        } else {
            self.tracks[track].waiting.push_back(packet);
            Ok(())
        }
    }

    /// Writes the header, for the tracks that packets came of, and what came so far.
    pub(super) fn begin(&mut self, encoders: &[&Encoder]) -> Result<(), MediaError> {
        let mut output = Output::new(self.container, self.bytes.clone())?;
        let mut count = 0;
        for (track, encoder) in self.tracks.iter_mut().zip(encoders) {
            if !track.waiting.is_empty() {
                output.add_stream(encoder)?;
                track.index = Some(count);
                count += 1;
            }
        }
        let has_packets = |track: &Track| track.index.is_some();
        self.leading = self.tracks.iter().position(has_packets).unwrap_or(0);
        output.write_header(self.container)?;
        self.output = Some(output);
        // By time, and the leading track last, so that its first packet ends a whole fragment.
        for track in (0..self.tracks.len()).rev() {
            while let Some(packet) = self.tracks[track].waiting.pop_front() {
                self.write(track, packet)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, track: usize, mut packet: Packet) -> Result<(), MediaError> {
        let base = self.tracks[track].time_base;
        let Some(index) = self.tracks[track].index else {
            // It came too late to be in the header.
            return Ok(());
        };
        let millis = rescale(packet.pts().unwrap_or(0), base.num, base.den, 1, 1000);
        let is_leading = track == self.leading;
        if is_leading && self.fragments > 0 {
            let wanted = FRAGMENT_MILLIS[self.fragments.min(FRAGMENT_MILLIS.len() - 1)];
            let may_end = self.fragments < FRAGMENT_MILLIS.len() - 1 || packet.is_key();
            if may_end && millis - self.fragment_start_millis >= wanted {
                self.end_fragment(millis)?;
            }
        }
        packet.set_stream(index as usize);
        let Some(output) = &mut self.output else {
            return Ok(());
        };
        output.write(self.container, &mut packet, base)?;
        if is_leading && self.fragments == 0 {
            self.end_fragment(millis)?;
        }
        Ok(())
    }

    fn end_fragment(&mut self, at_millis: i64) -> Result<(), MediaError> {
        self.fragments += 1;
        self.fragment_start_millis = at_millis;
        match (&mut self.output, self.container) {
            (Some(output), ClipContainer::Mp4) => output.flush(),
            _ => Ok(()),
        }
    }

    /// Writes what is still held back.
    pub(super) fn finish(&mut self) -> Result<(), MediaError> {
        match &mut self.output {
            Some(output) => output.write_trailer(),
            None => Ok(()),
        }
    }

    /// What was written since the last call, where it is enough to be handed on.
    pub(super) fn take(&mut self, is_last: bool) -> Option<Vec<u8>> {
        let mut kept = self.bytes.0.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = match self.container {
            ClipContainer::Mp4 => 1,
            ClipContainer::TransportStream => BUFFER_BYTES,
        };
        let is_due = kept.len() >= enough || (is_last && !kept.is_empty());
        if !is_due {
            return None;
        }
        let mut taken = std::mem::take(&mut *kept);
        if let Some(millis) = self.untold_millis.take() {
            // The header comes first, and whole.
            tell_length(&mut taken, millis);
        }
        Some(taken)
    }
}

impl Output {
    fn new(container: ClipContainer, bytes: Bytes) -> Result<Self, MediaError> {
        let mut io = StreamIo::from_write_with_capacity(bytes, BUFFER_BYTES)
            .map_err(|error| failure("writing could not begin", error))?;
        let name = match container {
            ClipContainer::Mp4 => c"mp4",
            ClipContainer::TransportStream => c"mpegts",
        };
        let context = output_context(name, &mut io)?;
        // SAFETY: the context is a new one; `io` is kept as long as it.
        unsafe {
            // Times are what they are: the player is told of the sound that comes before 0.
            (*context).avoid_negative_ts = ffi::AVFMT_AVOID_NEG_TS_DISABLED;
            (*context).max_delay = 0;
        }
        Ok(Self { context, _io: io })
    }

    fn add_stream(&mut self, encoder: &Encoder) -> Result<(), MediaError> {
        // SAFETY: the context is valid and has no header yet; a new stream belongs to it.
        unsafe {
            let stream = ffi::avformat_new_stream(self.context, ptr::null());
            encoder.describe(stream.as_mut().ok_or_else(out_of_memory)?)
        }
    }

    fn write_header(&mut self, container: ClipContainer) -> Result<(), MediaError> {
        let options: &[(&CStr, &CStr)] = match container {
            // Every fragment stands for itself, and the header waits for the first of them: it
            // tells how far before 0 the sound begins.
            ClipContainer::Mp4 => &[(
                c"movflags",
                c"frag_custom+empty_moov+delay_moov+default_base_moof+skip_trailer",
            )],
            ClipContainer::TransportStream => &[(c"mpegts_copyts", c"1")],
        };
        let mut dictionary = ptr::null_mut();
        // SAFETY: the dictionary copies both strings; what is left of it is freed.
        let written = unsafe {
            for (name, value) in options {
                ffi::av_dict_set(&mut dictionary, name.as_ptr(), value.as_ptr(), 0);
            }
            let written = ffi::avformat_write_header(self.context, &mut dictionary);
            ffi::av_dict_free(&mut dictionary);
            written
        };
        check("the clip's header", written)
    }

    fn write(
        &mut self,
        container: ClipContainer,
        packet: &mut Packet,
        base: Rational,
    ) -> Result<(), MediaError> {
        let is_interleaved = container == ClipContainer::TransportStream;
        // SAFETY: the header is written, and the packet names a stream of the context.
        let written = unsafe { write_packet(self.context, packet, base, is_interleaved) };
        check("the clip", written)
    }

    fn flush(&mut self) -> Result<(), MediaError> {
        // SAFETY: the header is written; null asks for the fragment. The first call gives the
        // header alone, so it is asked twice; without packets a call does nothing.
        unsafe {
            for _ in 0..2 {
                check(
                    "the clip",
                    ffi::av_write_frame(self.context, ptr::null_mut()),
                )?;
            }
            ffi::avio_flush((*self.context).pb);
        }
        Ok(())
    }

    fn write_trailer(&mut self) -> Result<(), MediaError> {
        // SAFETY: the header is written, and the trailer once.
        unsafe {
            check("the clip's end", ffi::av_write_trailer(self.context))?;
            ffi::avio_flush((*self.context).pb);
            result((*(*self.context).pb).error).map_err(|error| failure("the clip's end", error))
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: the context is owned and freed once; its output is custom and left alone.
        unsafe { ffi::avformat_free_context(self.context) };
    }
}
