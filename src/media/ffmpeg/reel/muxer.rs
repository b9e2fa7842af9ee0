//! Encoded packets as a whole MP4 or QuickTime file, its index first, so that it plays while it is fetched.

use std::ffi::{CString, c_int};
use std::io::{self, Seek, SeekFrom, Write};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use ffmpeg_next::format::context::StreamIo;
use ffmpeg_next::{Packet, ffi};

use crate::domain::Rational;
use crate::media::MediaError;
use crate::media::protocol::{ReelCodec, ReelJoin};

use super::super::decoder::{check, result};
use super::super::encoder::Encoder;
use super::super::output::{output_context, write_packet};
use super::super::{failure, out_of_memory};

/// Bytes gathered before they are written.
const BUFFER_BYTES: usize = 1 << 20;

/// Bytes of the index for each picture and each packet of sound at most, and for each chapter and
/// subtitle beside their text.
const INDEX_ENTRY_BYTES: i64 = 32;
const INDEX_TEXT_BYTES: usize = 256;
const INDEX_BASE_BYTES: i64 = 64 << 10;

/// Bytes and where in the file they belong.
pub(super) type Written = (u64, Vec<u8>);

/// What was written, until it is taken.
#[derive(Clone, Default)]
struct Recorder {
    position: u64,
    end: u64,
    written: Arc<Mutex<Vec<Written>>>,
}

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.push((self.position, bytes.to_vec()));
        self.position += bytes.len() as u64;
        self.end = self.end.max(self.position);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Recorder {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// A file in the making.
pub(super) struct Muxer {
    context: *mut ffi::AVFormatContext,
    /// Freed after the context, which writes to it.
    _io: StreamIo,
    recorder: Recorder,
}

impl Muxer {
    /// A file for the reel without streams.
    ///
    /// # Errors
    /// `NoEncoder` where this FFmpeg lacks the container.
    pub(super) fn new(request: &ReelJoin) -> Result<Self, MediaError> {
        let recorder = Recorder::default();
        let mut io = StreamIo::from_write_seek_with_capacity(recorder.clone(), BUFFER_BYTES)
            .map_err(|error| failure("writing could not begin", error))?;
        let name = match request.form.codec {
            ReelCodec::H264 => c"mp4",
            ReelCodec::ProRes | ReelCodec::DnxHr => c"mov",
        };
        // Kept as long as the context, below.
        let context = output_context(name, &mut io)?;
        let mut muxer = Self {
            context,
            _io: io,
            recorder,
        };
        muxer.describe(request)?;
        Ok(muxer)
    }

    fn describe(&mut self, request: &ReelJoin) -> Result<(), MediaError> {
        // A stream of timecode is for edit suites; players may stumble over it.
        let is_for_editing = request.form.codec != ReelCodec::H264;
        let texts = [
            (c"title", Some(request.title.as_str())),
            (
                c"timecode",
                request.timecode.as_deref().filter(|_| is_for_editing),
            ),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                let value = CString::new(value.replace('\0', "")).unwrap_or_default();
                // SAFETY: the dictionary belongs to the context and copies both strings.
                unsafe {
                    let metadata = &mut (*self.context).metadata;
                    ffi::av_dict_set(metadata, name.as_ptr(), value.as_ptr(), 0);
                }
            }
        }
        let rate = request.form.rate;
        // SAFETY: the context takes the array and every chapter in it, all allocated by FFmpeg's own
        // allocator, and frees them with itself; `nb_chapters` counts those that are there.
        unsafe {
            let count = request.chapters.len();
            let size = size_of::<*mut ffi::AVChapter>();
            let list = ffi::av_calloc(count.max(1), size).cast::<*mut ffi::AVChapter>();
            if list.is_null() {
                return Err(out_of_memory());
            }
            (*self.context).chapters = list;
            for (number, chapter) in request.chapters.iter().enumerate() {
                let made = ffi::av_mallocz(size_of::<ffi::AVChapter>()).cast::<ffi::AVChapter>();
                let Some(made) = made.as_mut() else {
                    return Err(out_of_memory());
                };
                made.id = number as i64 + 1;
                made.time_base = ffi::AVRational {
                    num: rate.den,
                    den: rate.num,
                };
                (made.start, made.end) = (chapter.from, chapter.to);
                let name = CString::new(chapter.name.replace('\0', "")).unwrap_or_default();
                ffi::av_dict_set(&mut made.metadata, c"title".as_ptr(), name.as_ptr(), 0);
                *list.add(number) = made;
                (*self.context).nb_chapters = number as u32 + 1;
            }
        }
        Ok(())
    }

    /// Adds a stream as an encoder describes it; its number. `extradata` is what decoders must know
    /// where it is not the encoder's own.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(super) fn add(
        &mut self,
        encoder: &Encoder,
        rate: Option<Rational>,
        extradata: Option<&[u8]>,
    ) -> Result<usize, MediaError> {
        // SAFETY: the context is valid and has no header yet; a new stream belongs to it.
        unsafe {
            let stream = ffi::avformat_new_stream(self.context, ptr::null());
            let stream = stream.as_mut().ok_or_else(out_of_memory)?;
            encoder.describe(stream)?;
            if let Some(rate) = rate {
                stream.avg_frame_rate = ffi::AVRational {
                    num: rate.num,
                    den: rate.den,
                };
            }
            if let Some(extradata) = extradata {
                set_extradata(&mut *stream.codecpar, extradata)?;
            }
            Ok(stream.index as usize)
        }
    }

    /// Adds a stream of timed text that counts milliseconds; its number.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(super) fn add_text(
        &mut self,
        (width, height): (u32, u32),
        extradata: &[u8],
    ) -> Result<usize, MediaError> {
        // SAFETY: as above; parameters of a new stream are ours to fill.
        unsafe {
            let stream = ffi::avformat_new_stream(self.context, ptr::null());
            let stream = stream.as_mut().ok_or_else(out_of_memory)?;
            stream.time_base = ffi::AVRational { num: 1, den: 1000 };
            let parameters = &mut *stream.codecpar;
            parameters.codec_type = ffi::AVMediaType::AVMEDIA_TYPE_SUBTITLE;
            parameters.codec_id = ffi::AVCodecID::AV_CODEC_ID_MOV_TEXT;
            (parameters.width, parameters.height) = (width as c_int, height as c_int / 5);
            set_extradata(parameters, extradata)?;
            Ok(stream.index as usize)
        }
    }

    /// Writes the header and leaves room for the index.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn begin(&mut self, index_bytes: i64) -> Result<(), MediaError> {
        let room = CString::new(index_bytes.to_string()).unwrap_or_default();
        let mut options = ptr::null_mut();
        // SAFETY: the dictionary copies both strings; what is left of it is freed.
        let written = unsafe {
            ffi::av_dict_set(&mut options, c"moov_size".as_ptr(), room.as_ptr(), 0);
            let written = ffi::avformat_write_header(self.context, &mut options);
            ffi::av_dict_free(&mut options);
            written
        };
        check("the reel's header", written)
    }

    /// Writes a packet whose times count units of `base`.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn write(
        &mut self,
        stream: usize,
        packet: &mut Packet,
        base: Rational,
    ) -> Result<(), MediaError> {
        packet.set_stream(stream);
        // SAFETY: the header is written, and the packet names a stream of the context.
        let written = unsafe { write_packet(self.context, packet, base, false) };
        check("the reel", written)
    }

    /// Writes the index.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn finish(&mut self) -> Result<(), MediaError> {
        // SAFETY: the header is written, and the trailer once.
        unsafe {
            check("the reel's index", ffi::av_write_trailer(self.context))?;
            ffi::avio_flush((*self.context).pb);
            result((*(*self.context).pb).error).map_err(|error| failure("the reel's index", error))
        }
    }

    /// What was written since the last call.
    pub(super) fn take(&mut self) -> Vec<Written> {
        let written = &self.recorder.written;
        std::mem::take(&mut written.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Muxer {
    fn drop(&mut self) {
        // SAFETY: the context is owned and freed once; its output is custom and left alone.
        unsafe { ffi::avformat_free_context(self.context) };
    }
}

/// Room for the index of a file with so many pictures and packets of sound.
pub(super) fn index_bytes(request: &ReelJoin, pictures: i64, sound_packets: i64) -> i64 {
    let chapters = request.chapters.iter().map(|chapter| chapter.name.len());
    let cues = request.cues.iter().map(|cue| cue.text.len());
    let texts: usize = chapters
        .chain(cues)
        .map(|bytes| bytes * 2 + INDEX_TEXT_BYTES)
        .sum();
    (pictures + sound_packets) * INDEX_ENTRY_BYTES + texts as i64 + INDEX_BASE_BYTES
}

fn set_extradata(
    parameters: &mut ffi::AVCodecParameters,
    extradata: &[u8],
) -> Result<(), MediaError> {
    let size = extradata.len() + ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize;
    // SAFETY: the old data was allocated by FFmpeg or is null; the new one has room for the bytes
    // and the zeros that FFmpeg wants behind them.
    unsafe {
        let fresh = ffi::av_mallocz(size).cast::<u8>();
        if fresh.is_null() {
            return Err(out_of_memory());
        }
        ptr::copy_nonoverlapping(extradata.as_ptr(), fresh, extradata.len());
        ffi::av_freep(ptr::from_mut(&mut parameters.extradata).cast());
        parameters.extradata = fresh;
        parameters.extradata_size = extradata.len() as c_int;
    }
    Ok(())
}
