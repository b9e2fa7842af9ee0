//! Frames on a worker's pipe: two lengths, a postcard header, and pixels or samples as raw bytes.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

use super::{MediaError, WorkerLimits, protocol::*};
use crate::domain::{Cue, MediaInfo, Rational};

/// Raised with every change of [`Request`], [`Reply`] or the types inside them.
pub(crate) const PROTOCOL_VERSION: u32 = 3;

/// Postcard bytes of one frame; the largest honest header is a batch of subtitle cues.
const HEADER_LIMIT: usize = 16 << 20;

/// Raw bytes of one frame; a picture of 9,000 x 9,000 pixels still fits.
const PAYLOAD_LIMIT: usize = 256 << 20;

/// Read in steps of this size, so that a lying length costs no memory before bytes arrive.
const READ_AHEAD: usize = 8 << 20;

/// What the program asks of a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Request {
    /// The first message: who speaks, and the limits to set.
    Hello {
        protocol: u32,
        program: String,
        limits: WorkerLimits,
    },
    /// Container, streams, metadata.
    Probe { path: Vec<u8> },
    /// Shots and keyframes.
    Shots { path: Vec<u8>, request: ShotRequest },
    /// Samples of a sound stream.
    Audio { path: Vec<u8>, stream_index: u32 },
    /// Cues of a subtitle stream.
    SubtitleStream { path: Vec<u8>, stream_index: u32 },
    /// Cues of a subtitle file.
    SubtitleFile { path: Vec<u8> },
    /// A stretch of it, encoded for browsers.
    Clip { path: Vec<u8>, request: ClipRequest },
    /// One picture, as JPEG.
    Frame {
        path: Vec<u8>,
        request: FrameRequest,
    },
    /// A sheet of small pictures, as JPEG.
    Storyboard {
        path: Vec<u8>,
        request: StoryboardRequest,
    },
    /// Levels of its sound.
    Loudness { path: Vec<u8> },
    /// Whether an encoder can start here.
    ReelEncoder { form: ReelForm },
    /// What of a stretch can be copied.
    ReelCopyPlan {
        path: Vec<u8>,
        rate: Rational,
        first_frame: i64,
        end_frame: i64,
    },
    /// A part of a reel.
    ReelPart(ReelPart),
    /// A reel, of its parts.
    ReelJoin(ReelJoin),
}

/// What a worker answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The answer to [`Request::Hello`].
    Ready {
        protocol: u32,
        program: String,
        libraries: String,
    },
    /// A request was taken up: from here on its file is to blame for what happens.
    Started,
    /// The answer to [`Request::Probe`].
    Media(MediaInfo),
    /// A part of the answer to [`Request::Shots`]; a keyframe's pixels are the payload.
    Shot(ShotEvent),
    /// The end of the answer to [`Request::Shots`].
    ShotsDone(ShotSummary),
    /// A part of the answer to [`Request::Audio`]; the payload holds little-endian `f32`.
    Samples { start_millis: i64 },
    /// The end of the answer to [`Request::Audio`].
    AudioDone(AudioSummary),
    /// A part of the answer to either subtitle request.
    Cues(Vec<Cue>),
    /// The end of the answer to [`Request::SubtitleStream`].
    CuesDone,
    /// The end of the answer to [`Request::SubtitleFile`].
    SubtitleFileDone {
        character_set: String,
        format: String,
    },
    /// A part of the answer to a request for a clip, a frame or a sheet: the payload goes on where the
    /// last one ended. Without one it says but that work goes on.
    Encoded,
    /// The end of the answer to [`Request::Clip`].
    ClipDone(ClipSummary),
    /// The end of the answer to [`Request::Frame`].
    FrameDone,
    /// The end of the answer to [`Request::Storyboard`].
    StoryboardDone(Storyboard),
    /// The answer to [`Request::Loudness`].
    Loudness(Loudness),
    /// The answer to [`Request::ReelEncoder`].
    ReelEncoderStarts,
    /// The answer to [`Request::ReelCopyPlan`].
    ReelCopyPlan(ReelCopyPlan),
    /// A part of the answer to [`Request::ReelPart`]: its bytes are the payload; how many pictures
    /// of it are rendered. Without a payload it says but that work goes on.
    ReelEncoded { pictures: i64 },
    /// The end of the answer to [`Request::ReelPart`].
    ReelPartDone(ReelPartSummary),
    /// A part of the answer to [`Request::ReelJoin`]: where in the file the payload belongs, and how
    /// many pictures are joined. Without a payload it says but that work goes on.
    ReelWritten { offset: u64, pictures: i64 },
    /// The end of the answer to [`Request::ReelJoin`].
    ReelJoined(ReelJoinSummary),
    /// The end of any answer: the file could not be decoded.
    Failed(MediaError),
}

/// Why a frame could not be sent or received.
#[derive(Debug, Error)]
pub(crate) enum WireError {
    /// The other side closed the pipe, between frames or in the middle of one.
    #[error("the pipe was closed")]
    Closed,
    /// The pipe failed.
    #[error("the pipe failed")]
    Pipe(#[source] io::Error),
    /// A frame is larger than the limits.
    #[error("a message of {header} + {payload} bytes is over the limit")]
    TooLong { header: usize, payload: usize },
    /// A header is no message.
    #[error("a message could not be read")]
    Malformed(#[source] postcard::Error),
}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Pipe(error),
        }
    }
}

/// Sends `message` with `payload` behind it, and flushes.
///
/// Nothing is sent when the message is over the limits.
pub(crate) fn send<T: Serialize>(
    pipe: &mut impl Write,
    message: &T,
    payload: &[u8],
) -> Result<(), WireError> {
    let mut frame = postcard::to_extend(message, vec![0; 8]).map_err(WireError::Malformed)?;
    let header = frame.len() - 8;
    if header > HEADER_LIMIT || payload.len() > PAYLOAD_LIMIT {
        return Err(WireError::TooLong {
            header,
            payload: payload.len(),
        });
    }
    // Both limits are far below 4 GiB.
    frame[..4].copy_from_slice(&(header as u32).to_le_bytes());
    frame[4..8].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    pipe.write_all(&frame)?;
    pipe.write_all(payload)?;
    Ok(pipe.flush()?)
}

/// Waits for the next message and its payload.
pub(crate) fn receive<T: DeserializeOwned>(
    pipe: &mut impl Read,
) -> Result<(T, Vec<u8>), WireError> {
    let mut lengths = [[0; 4]; 2];
    pipe.read_exact(lengths.as_flattened_mut())?;
    let [header, payload] = lengths.map(|bytes| u32::from_le_bytes(bytes) as usize);
    if header > HEADER_LIMIT || payload > PAYLOAD_LIMIT {
        return Err(WireError::TooLong { header, payload });
    }
    let bytes = read_bytes(pipe, header)?;
    let (message, rest) = postcard::take_from_bytes(&bytes).map_err(WireError::Malformed)?;
    if !rest.is_empty() {
        return Err(WireError::Malformed(
            postcard::Error::DeserializeBadEncoding,
        ));
    }
    Ok((message, read_bytes(pipe, payload)?))
}

fn read_bytes(pipe: &mut impl Read, count: usize) -> Result<Vec<u8>, WireError> {
    let mut bytes = Vec::with_capacity(count.min(READ_AHEAD));
    pipe.take(count as u64).read_to_end(&mut bytes)?;
    if bytes.len() < count {
        return Err(WireError::Closed);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_and_its_payload_survive_the_pipe() {
        let mut pipe = Vec::new();
        let path = b"/archive/\xff\xfe\nnew line".to_vec();
        send(&mut pipe, &Request::Probe { path: path.clone() }, b"pixels").unwrap();
        send(&mut pipe, &Reply::Started, b"").unwrap();
        let mut pipe = pipe.as_slice();
        let (request, payload) = receive::<Request>(&mut pipe).unwrap();
        assert_eq!(
            (request, payload.as_slice()),
            (Request::Probe { path }, b"pixels".as_slice())
        );
        assert_eq!(receive::<Reply>(&mut pipe).unwrap().0, Reply::Started);
        assert!(matches!(
            receive::<Reply>(&mut pipe),
            Err(WireError::Closed)
        ));
    }

    #[test]
    fn lengths_over_the_limit_and_rubbish_are_refused() {
        let huge = [u32::MAX.to_le_bytes(), [0; 4]].concat();
        assert!(matches!(
            receive::<Reply>(&mut huge.as_slice()),
            Err(WireError::TooLong { .. })
        ));
        let rubbish = [[3, 0, 0, 0], [0; 4]]
            .concat()
            .into_iter()
            .chain([0xff; 3])
            .collect::<Vec<u8>>();
        assert!(matches!(
            receive::<Reply>(&mut rubbish.as_slice()),
            Err(WireError::Malformed(_))
        ));
        let short = [[1, 0, 0, 0], [200, 0, 0, 0]]
            .concat()
            .into_iter()
            .chain([1, 2])
            .collect::<Vec<u8>>();
        assert!(matches!(
            receive::<Reply>(&mut short.as_slice()),
            Err(WireError::Closed)
        ));
    }

    #[test]
    fn a_message_over_the_limit_is_not_sent_at_all() {
        let mut pipe = Vec::new();
        let error = send(
            &mut pipe,
            &Request::Probe {
                path: vec![0; HEADER_LIMIT],
            },
            b"",
        )
        .unwrap_err();
        assert!(matches!(error, WireError::TooLong { .. }));
        assert!(pipe.is_empty());
    }
}
