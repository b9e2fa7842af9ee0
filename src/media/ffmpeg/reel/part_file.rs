//! The form of a rendered part: records of a kind and a length, as they were made.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use ffmpeg_next::Packet;
use serde::{Deserialize, Serialize};

use crate::media::MediaError;

/// The first bytes of a part.
const MAGIC: &[u8; 8] = b"RDXPART1";

/// A record longer than this is none that was written here.
const RECORD_LIMIT: u64 = 256 << 20;

/// Bytes before a packet's data: time stamp and whether it is a keyframe.
const PACKET_HEADER: usize = 9;

/// What the joining must know before the first packet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PartHeader {
    /// Pictures in it.
    pub(super) pictures: i64,
    /// Samples in it, margins not counted.
    pub(super) samples: i64,
    /// Samples before and after it.
    pub(super) margin_samples: i64,
    /// How many pictures packets are decoded ahead of being shown.
    pub(super) delay: i64,
    /// What decoders must know of the pictures.
    pub(super) extradata: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Header = 0,
    Sound = 1,
    Picture = 2,
    End = 3,
}

/// The beginning of a part.
pub(super) fn header(header: &PartHeader) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let content = postcard::to_stdvec(header).unwrap_or_default();
    record(&mut bytes, Kind::Header, &[&content]);
    bytes
}

/// Adds stereo samples.
pub(super) fn sound(bytes: &mut Vec<u8>, interleaved: &[f32]) {
    let content: Vec<u8> = interleaved
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    record(bytes, Kind::Sound, &[&content]);
}

/// Adds an encoded picture, shown at `at` pictures from the part's beginning.
pub(super) fn picture(bytes: &mut Vec<u8>, at: i64, is_key: bool, data: &[u8]) {
    record(
        bytes,
        Kind::Picture,
        &[&at.to_le_bytes(), &[u8::from(is_key)], data],
    );
}

/// Adds the end, without which a part is not whole.
pub(super) fn end(bytes: &mut Vec<u8>) {
    record(bytes, Kind::End, &[]);
}

fn record(bytes: &mut Vec<u8>, kind: Kind, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    bytes.push(kind as u8);
    bytes.extend((length as u64).to_le_bytes());
    for part in parts {
        bytes.extend_from_slice(part);
    }
}

/// A part that is read once for its pictures or once for its sound.
pub(super) struct PartReader {
    file: BufReader<File>,
    pub(super) header: PartHeader,
    name: String,
}

impl PartReader {
    /// Opens the part at `path`.
    ///
    /// # Errors
    /// `Unreadable`, or `Corrupt` where it is no part.
    pub(super) fn open(path: &Path) -> Result<Self, MediaError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
        let mut reader = Self {
            file: BufReader::with_capacity(256 << 10, file),
            header: PartHeader {
                pictures: 0,
                samples: 0,
                margin_samples: 0,
                delay: 0,
                extradata: Vec::new(),
            },
            name,
        };
        let mut magic = [0; 8];
        reader.fill(&mut magic)?;
        let first = reader.record()?;
        let content = match first {
            Some((0, length)) if magic == *MAGIC => reader.content(length)?,
            _ => return Err(reader.broken()),
        };
        reader.header = postcard::from_bytes(&content).map_err(|_| reader.broken())?;
        Ok(reader)
    }

    /// The next encoded picture, with its place in the part; `None` after the last.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(super) fn next_picture(&mut self) -> Result<Option<(i64, Packet)>, MediaError> {
        let Some(length) = self.find(Kind::Picture)? else {
            return Ok(None);
        };
        let mut head = [0; PACKET_HEADER];
        self.fill(&mut head)?;
        let size = (length as usize).saturating_sub(PACKET_HEADER);
        let mut packet = Packet::new(size);
        match packet.data_mut() {
            Some(data) => self.fill(data)?,
            None => return Err(self.broken()),
        }
        let (at, flags) = head.split_at(8);
        let at = at.try_into().map(i64::from_le_bytes).unwrap_or_default();
        if flags == [1] {
            packet.set_flags(ffmpeg_next::packet::Flags::KEY);
        }
        Ok(Some((at, packet)))
    }

    /// The next samples; `None` after the last.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(super) fn next_sound(&mut self) -> Result<Option<Vec<f32>>, MediaError> {
        let Some(length) = self.find(Kind::Sound)? else {
            return Ok(None);
        };
        let content = self.content(length)?;
        let (values, _) = content.as_chunks::<4>();
        Ok(Some(
            values
                .iter()
                .map(|value| f32::from_le_bytes(*value))
                .collect(),
        ))
    }

    /// Goes on to the next record of that kind; its length.
    fn find(&mut self, kind: Kind) -> Result<Option<u64>, MediaError> {
        loop {
            match self.record()? {
                None => return Err(self.broken()),
                Some((found, _)) if found == Kind::End as u8 => return Ok(None),
                Some((found, length)) if found == kind as u8 => return Ok(Some(length)),
                Some((_, length)) => self
                    .file
                    .seek_relative(length as i64)
                    .map_err(|error| unreadable(&self.name, &error))?,
            }
        }
    }

    fn record(&mut self) -> Result<Option<(u8, u64)>, MediaError> {
        let mut head = [0; 9];
        match self.file.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(unreadable(&self.name, &error)),
        }
        let (kind, length) = head.split_at(1);
        let length = length
            .try_into()
            .map(u64::from_le_bytes)
            .unwrap_or(u64::MAX);
        if length > RECORD_LIMIT {
            return Err(self.broken());
        }
        Ok(Some((kind[0], length)))
    }

    fn content(&mut self, length: u64) -> Result<Vec<u8>, MediaError> {
        let mut content = vec![0; length as usize];
        self.fill(&mut content)?;
        Ok(content)
    }

    fn fill(&mut self, target: &mut [u8]) -> Result<(), MediaError> {
        self.file
            .read_exact(target)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => self.broken(),
                _ => unreadable(&self.name, &error),
            })
    }

    fn broken(&self) -> MediaError {
        MediaError::Corrupt {
            reason: format!("{} is no whole part of a reel", self.name),
        }
    }
}

fn unreadable(name: &str, error: &io::Error) -> MediaError {
    MediaError::Unreadable {
        reason: format!("{name}: {error}"),
    }
}
