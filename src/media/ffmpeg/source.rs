//! A media file opened for reading: content alone decides what it is, and nothing but it is read.

use std::ffi::{CStr, c_int};
use std::fs::File;
use std::path::Path;
use std::ptr;

use ffmpeg_next::ffi;
use ffmpeg_next::format::context::{Input, StreamIo};
use ffmpeg_next::{Error, Packet};

use crate::domain::Rational;
use crate::media::MediaError;

use super::decoder::result;
use super::dictionary::{tag, text};
use super::{failure, open_failure};

/// Large enough that a disk is asked for whole tracks' worth, small enough for many workers.
const READ_BUFFER_BYTES: usize = 128 * 1024;

/// Below this score FFmpeg itself asks for more data before it believes its guess.
const LOWEST_PROBE_SCORE: c_int = 25;

/// Demuxers that open other files or addresses, interpret scripts, or paint text as pictures.
const REFUSED_DEMUXERS: &[&str] = &[
    "adf",
    "bin",
    "concat",
    "dash",
    "data",
    "ffmetadata",
    "hls",
    "idf",
    "image2",
    "imf",
    "lavfi",
    "rtp",
    "rtsp",
    "sap",
    "sbg",
    "sdp",
    "svg_pipe",
    "tty",
    "txd",
    "webm_dash_manifest",
    "xbin",
];

/// An open file with its streams known.
pub(super) struct Source {
    input: Input,
    /// Whether the demuxer reads one still picture.
    is_still_format: bool,
}

/// What one read of a packet came to.
pub(super) enum Read {
    /// A packet.
    Packet(Packet),
    /// A packet that could not be made out; reading may go on.
    Broken,
    /// Nothing more; with the reason where it is not the file's regular end.
    End(Option<String>),
}

impl Source {
    /// Opens `path` whatever its name is, and finds out what its content is.
    ///
    /// FFmpeg is handed the open file, never the name: no name can be taken for an address, and
    /// no extension speaks for the content. Nothing else can be opened from inside the file.
    ///
    /// # Errors
    /// `Unreadable`, `NotMedia`, or `Corrupt` where the kind is certain but the file is damaged.
    pub(super) fn open(path: &Path) -> Result<Self, MediaError> {
        super::prepare();
        let file = open_regular(path)?;
        let mut io = StreamIo::from_read_seek_with_capacity(file, READ_BUFFER_BYTES)
            .map_err(|error| failure("reading could not begin", error))?;
        // SAFETY: `io` outlives every use of `pb` here and is then owned by the `Input`; `context`
        // is checked for null, and is either freed by avformat_open_input or owned by `Input`.
        unsafe {
            let pb = io.as_mut_ptr();
            let mut demuxer: *const ffi::AVInputFormat = ptr::null();
            let score =
                ffi::av_probe_input_buffer2(pb, &mut demuxer, c"".as_ptr(), ptr::null_mut(), 0, 0);
            if (*pb).error < 0 && (*pb).error != ffi::AVERROR_EOF {
                return Err(MediaError::Unreadable {
                    reason: Error::from((*pb).error).to_string(),
                });
            }
            if score < LOWEST_PROBE_SCORE || demuxer.is_null() {
                return Err(MediaError::NotMedia);
            }
            let name = text((*demuxer).name);
            if name.split(',').any(|part| REFUSED_DEMUXERS.contains(&part)) {
                return Err(MediaError::NotMedia);
            }
            let mut context = ffi::avformat_alloc_context();
            if context.is_null() {
                return Err(super::out_of_memory());
            }
            (*context).pb = pb;
            (*context).flags |= ffi::AVFMT_FLAG_CUSTOM_IO;
            let mut options = ptr::null_mut();
            // A name that no protocol has: files inside the file stay closed.
            ffi::av_dict_set(
                &mut options,
                c"protocol_whitelist".as_ptr(),
                c"none".as_ptr(),
                0,
            );
            let opened = ffi::avformat_open_input(&mut context, ptr::null(), demuxer, &mut options);
            ffi::av_dict_free(&mut options);
            if opened < 0 {
                return Err(open_failure(&name, score, opened));
            }
            let input = Input::wrap_with_custom_io(context, io);
            let found = ffi::avformat_find_stream_info(context, ptr::null_mut());
            if found < 0 {
                return Err(open_failure(&name, score, found));
            }
            let brand = tag((*context).metadata, c"major_brand").unwrap_or_default();
            let is_still_format = name.ends_with("_pipe")
                || name == "ico"
                || ["avif", "heic", "heix", "mif1"].contains(&brand.as_str());
            let source = Self {
                input,
                is_still_format,
            };
            if !source.streams().any(|stream| stream.is_media()) {
                return Err(MediaError::NotMedia);
            }
            Ok(source)
        }
    }

    /// FFmpeg's short name of the container.
    pub(super) fn container(&self) -> String {
        // SAFETY: an opened context has an input format, whose name is a static string.
        unsafe { text((*(*self.context()).iformat).name) }
    }

    /// Whether the format holds one picture by nature (JPEG, PNG, AVIF …).
    pub(super) fn is_still_format(&self) -> bool {
        self.is_still_format
    }

    /// Whether the format holds pictures that may move or not (GIF, APNG).
    pub(super) fn is_animation(&self) -> bool {
        matches!(self.container().as_str(), "gif" | "apng")
    }

    /// The raw context, valid as long as `self`.
    pub(super) fn context(&self) -> *const ffi::AVFormatContext {
        // SAFETY: only the pointer is taken.
        unsafe { self.input.as_ptr() }
    }

    /// Running time as its header tells it.
    pub(super) fn header_duration_millis(&self) -> Option<i64> {
        // SAFETY: plain field read.
        let micros = unsafe { (*self.context()).duration };
        (micros > 0).then(|| (micros + 500) / 1000)
    }

    /// All streams, in file order.
    pub(super) fn streams(&self) -> impl Iterator<Item = StreamView<'_>> {
        // SAFETY: `nb_streams` pointers lie at `streams` as long as the context lives.
        let count = unsafe { (*self.context()).nb_streams };
        (0..count).filter_map(|index| self.stream(index))
    }

    /// The stream of that index.
    pub(super) fn stream(&self, index: u32) -> Option<StreamView<'_>> {
        // SAFETY: the index is checked against `nb_streams`; streams live as long as the context.
        unsafe {
            let context = self.context();
            (index < (*context).nb_streams).then(|| StreamView {
                stream: &**(*context).streams.add(index as usize),
                context: &*context,
            })
        }
    }

    /// Tells the demuxer to drop the packets of every stream but `index`.
    pub(super) fn only_stream(&mut self, index: u32) {
        self.only_streams(&[index]);
    }

    /// Tells the demuxer to drop the packets of every stream that is not named.
    pub(super) fn only_streams(&mut self, wanted: &[u32]) {
        // SAFETY: stream pointers are valid for `nb_streams`; `discard` is ours to set.
        unsafe {
            let context = self.input.as_mut_ptr();
            for other in 0..(*context).nb_streams {
                if !wanted.contains(&other) {
                    (**(*context).streams.add(other as usize)).discard =
                        ffi::AVDiscard::AVDISCARD_ALL;
                }
            }
        }
    }

    /// Goes on reading at a place from which frames of stream `index` at `ticks` may be decoded.
    ///
    /// # Errors
    /// What FFmpeg says of a container that can't be searched.
    pub(super) fn seek(&mut self, index: u32, ticks: i64) -> Result<(), Error> {
        let stream = c_int::try_from(index).map_err(|_| Error::StreamNotFound)?;
        // SAFETY: the context is open; a stream that it lacks is an error.
        result(unsafe {
            let context = self.input.as_mut_ptr();
            ffi::avformat_seek_file(context, stream, i64::MIN, ticks, ticks, 0)
        })
    }

    /// Reads the next packet.
    pub(super) fn read(&mut self) -> Read {
        let mut packet = Packet::empty();
        match packet.read(&mut self.input) {
            Ok(()) => Read::Packet(packet),
            Err(Error::Eof) => Read::End(self.read_error()),
            Err(Error::InvalidData) => Read::Broken,
            Err(error) => Read::End(Some(error.to_string())),
        }
    }

    /// An input error that the demuxer reported as the end of the file.
    fn read_error(&self) -> Option<String> {
        // SAFETY: `pb` was set at opening and lives as long as the context.
        let code = unsafe { (*(*self.context()).pb).error };
        (code < 0 && code != ffi::AVERROR_EOF).then(|| Error::from(code).to_string())
    }

    /// Where running time 0 lies, in microseconds of the container's clock.
    ///
    /// It is the first frame of the main picture stream, so that frame numbers and timecode count
    /// from it and sound stays in step; where pictures begin more than a second after the sound,
    /// or there are none, it is the container's start.
    pub(super) fn origin_micros(&self) -> i64 {
        // SAFETY: plain field read.
        let container = match unsafe { (*self.context()).start_time } {
            ffi::AV_NOPTS_VALUE => 0,
            micros => micros,
        };
        let mut pictures = self
            .streams()
            .filter(StreamView::is_pictures)
            .collect::<Vec<_>>();
        pictures.sort_by_key(|stream| !stream.is_default());
        pictures
            .first()
            .and_then(|stream| stream.start_micros())
            .filter(|start| (start - container).abs() <= 1_000_000)
            .unwrap_or(container)
    }
}

/// One stream of an open file.
#[derive(Clone, Copy)]
pub(super) struct StreamView<'source> {
    /// FFmpeg's stream.
    pub(super) stream: &'source ffi::AVStream,
    context: &'source ffi::AVFormatContext,
}

impl<'source> StreamView<'source> {
    /// Its codec parameters.
    pub(super) fn parameters(&self) -> &'source ffi::AVCodecParameters {
        // SAFETY: every stream has parameters as long as it lives.
        unsafe { &*self.stream.codecpar }
    }

    /// Whether it carries moving or still pictures, covers excluded.
    pub(super) fn is_pictures(&self) -> bool {
        let parameters = self.parameters();
        parameters.codec_type == ffi::AVMediaType::AVMEDIA_TYPE_VIDEO
            && parameters.width > 0
            && parameters.height > 0
            && !self.is_cover()
    }

    /// Whether it carries sound that could be decoded.
    pub(super) fn is_sound(&self) -> bool {
        let parameters = self.parameters();
        parameters.codec_type == ffi::AVMediaType::AVMEDIA_TYPE_AUDIO
            && parameters.sample_rate > 0
            && parameters.ch_layout.nb_channels > 0
    }

    /// Whether it is an attached picture.
    pub(super) fn is_cover(&self) -> bool {
        let mask = ffi::AV_DISPOSITION_ATTACHED_PIC | ffi::AV_DISPOSITION_TIMED_THUMBNAILS;
        self.parameters().codec_type == ffi::AVMediaType::AVMEDIA_TYPE_VIDEO
            && self.stream.disposition & mask != 0
    }

    fn is_media(&self) -> bool {
        self.is_pictures() || self.is_sound()
    }

    /// Whether the container marks it as the one to play.
    pub(super) fn is_default(&self) -> bool {
        self.stream.disposition & ffi::AV_DISPOSITION_DEFAULT != 0
    }

    /// FFmpeg's codec name.
    pub(super) fn codec_name(&self) -> String {
        // SAFETY: the function takes any id and returns a static string.
        unsafe { text(ffi::avcodec_get_name(self.parameters().codec_id)) }
    }

    /// The unit of its time stamps, in seconds.
    pub(super) fn time_base(&self) -> Rational {
        Rational::new(self.stream.time_base.num, self.stream.time_base.den)
    }

    /// A metadata entry of the stream.
    pub(super) fn tag(&self, name: &CStr) -> Option<String> {
        // SAFETY: the dictionary belongs to the stream.
        unsafe { tag(self.stream.metadata, name) }
    }

    /// The time stamp it begins with, where its header tells.
    pub(super) fn start_ticks(&self) -> Option<i64> {
        Some(self.stream.start_time).filter(|start| *start != ffi::AV_NOPTS_VALUE)
    }

    /// The same in microseconds of the container's clock.
    pub(super) fn start_micros(&self) -> Option<i64> {
        let base = self.stream.time_base;
        self.start_ticks()
            .map(|ticks| rescale(ticks, base.num, base.den, 1, 1_000_000))
    }

    /// Pixel aspect after stream and frame headers, 1:1 where unknown.
    pub(super) fn sample_aspect(&self) -> Rational {
        // SAFETY: the function reads the stream; a null frame is allowed.
        let ratio = unsafe {
            ffi::av_guess_sample_aspect_ratio(
                ptr::from_ref(self.context).cast_mut(),
                ptr::from_ref(self.stream).cast_mut(),
                ptr::null_mut(),
            )
        };
        let ratio = Rational::new(ratio.num, ratio.den);
        if ratio.is_known() {
            ratio
        } else {
            Rational::new(1, 1)
        }
    }
}

/// `value` in units of `num/den` as units of `to_num/to_den`, rounded to nearest.
pub(super) fn rescale(value: i64, num: i32, den: i32, to_num: i32, to_den: i32) -> i64 {
    let from = ffi::AVRational {
        num,
        den: den.max(1),
    };
    let to = ffi::AVRational {
        num: to_num.max(1),
        den: to_den.max(1),
    };
    // SAFETY: pure arithmetic; denominators are positive.
    unsafe { ffi::av_rescale_q(value, from, to) }
}

fn open_regular(path: &Path) -> Result<File, MediaError> {
    let unreadable = |error: std::io::Error| MediaError::Unreadable {
        reason: error.to_string(),
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    // Opening a pipe would wait for a writer for ever.
    if !metadata.is_file() {
        return Err(MediaError::Unreadable {
            reason: "not a regular file".to_owned(),
        });
    }
    let file = File::open(path).map_err(unreadable)?;
    if metadata.len() == 0 {
        return Err(MediaError::NotMedia);
    }
    Ok(file)
}
