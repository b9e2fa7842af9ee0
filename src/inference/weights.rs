//! Whether a weight file is whole, from its structure alone; what a ggml file is.

use std::{
    fs::File,
    io::{BufReader, ErrorKind, Read},
    path::Path,
};

use super::InferenceError;

/// Which network a ggml file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GgmlKind {
    /// Whisper in whisper.cpp's own form.
    Whisper,
    /// The Silero voice activity detector in whisper.cpp's own form.
    Silero,
}

/// Magic number of whisper.cpp's files, little-endian on disk.
const GGML_MAGIC: u32 = 0x6767_6d6c;
/// More than any real file has; a larger count means that the bytes are not what they seem.
const MAX_COUNT: u32 = 1 << 20;

/// Makes sure that a weight file holds all the bytes that its own header announces.
///
/// # Errors
/// [`InferenceError::FileDamaged`] when it ends early, goes on too long, or is something else.
pub(crate) fn check_weights(path: &Path) -> Result<(), InferenceError> {
    if path
        .extension()
        .is_some_and(|extension| extension == "safetensors")
    {
        check_safetensors(path)
    } else {
        read_ggml(path).map(|_| ())
    }
}

/// A safetensors file is an 8-byte length, a JSON header of that length, and the tensors' bytes,
/// the last of which ends the file.
fn check_safetensors(path: &Path) -> Result<(), InferenceError> {
    let damaged = |reason: String| InferenceError::FileDamaged {
        reason,
        path: path.to_owned(),
    };
    let mut reader = Walker::open(path)?;
    let header_length = u64::from(reader.number()?) | u64::from(reader.number()?) << 32;
    if header_length > reader.length.saturating_sub(8) || header_length > 100_000_000 {
        return Err(damaged(
            "not a safetensors file, or cut short in its header".to_owned(),
        ));
    }
    let header = reader.bytes(header_length)?;
    let tensors: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&header)
        .map_err(|error| damaged(format!("its safetensors header is malformed ({error})")))?;
    let end = tensors
        .values()
        .filter_map(|tensor| tensor.get("data_offsets")?.get(1)?.as_u64())
        .max()
        .unwrap_or(0);
    let should = end.saturating_add(8 + header_length);
    if should == reader.length {
        Ok(())
    } else {
        Err(damaged(format!(
            "has {} bytes, its header announces {should}",
            reader.length
        )))
    }
}

/// Walks through a ggml file from header to last tensor without reading the weights.
///
/// # Errors
/// [`InferenceError::FileDamaged`] when it is no such file or ends inside a tensor.
pub(crate) fn read_ggml(path: &Path) -> Result<GgmlKind, InferenceError> {
    let mut reader = Walker::open(path)?;
    if reader.number()? != GGML_MAGIC {
        return Err(reader.damaged("neither a Whisper nor a Silero file in ggml form"));
    }
    // Silero's file goes on with the length and text of its name, Whisper's with its vocabulary's size.
    let first = reader.number()?;
    let kind = if first < 64 {
        if !reader.bytes(u64::from(first))?.starts_with(b"silero") {
            return Err(reader.damaged("a ggml file of a network that is not known"));
        }
        reader.skip(5 * 4)?;
        let layers = reader.count()?;
        reader.skip((u64::from(layers) * 3 + 4) * 4)?;
        GgmlKind::Silero
    } else {
        reader.skip(10 * 4)?;
        let (bands, bins) = (reader.count()?, reader.count()?);
        reader.skip(u64::from(bands) * u64::from(bins) * 4)?;
        for _ in 0..reader.count()? {
            let length = reader.count()?;
            reader.skip(u64::from(length))?;
        }
        GgmlKind::Whisper
    };
    while reader.position < reader.length {
        let (axes, name_length, element) = (reader.count()?, reader.count()?, reader.number()?);
        if axes > 4 {
            return Err(reader.damaged("its list of tensors is malformed"));
        }
        let mut elements = 1_u64;
        for _ in 0..axes {
            elements = elements.saturating_mul(u64::from(reader.number()?));
        }
        reader.skip(u64::from(name_length))?;
        let Some((block, block_bytes)) = block_of(element) else {
            return Err(reader
                .damaged("its list of tensors is malformed, or holds numbers of an unknown kind"));
        };
        reader.skip((elements / block).saturating_mul(block_bytes))?;
    }
    Ok(kind)
}

/// Numbers in a block of ggml's element type, and the block's bytes (ggml.h, `ggml_type`).
fn block_of(element: u32) -> Option<(u64, u64)> {
    Some(match element {
        0 => (1, 4),
        1 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        _ => return None,
    })
}

/// Reads a file's headers and steps over its weights, never past its end.
struct Walker<'a> {
    path: &'a Path,
    file: BufReader<File>,
    position: u64,
    length: u64,
}

impl<'a> Walker<'a> {
    fn open(path: &'a Path) -> Result<Self, InferenceError> {
        let io = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound => InferenceError::FileMissing {
                path: path.to_owned(),
            },
            _ => InferenceError::Io {
                path: path.to_owned(),
                source,
            },
        };
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        Ok(Self {
            path,
            file: BufReader::new(file),
            position: 0,
            length,
        })
    }

    fn damaged(&self, reason: &str) -> InferenceError {
        InferenceError::FileDamaged {
            reason: reason.to_owned(),
            path: self.path.to_owned(),
        }
    }

    /// Moves on by `bytes`, which must all be there.
    fn advance(&mut self, bytes: u64) -> Result<(), InferenceError> {
        self.position = self.position.saturating_add(bytes);
        if self.position > self.length {
            return Err(self.damaged(&format!(
                "cut short: has {} bytes, needs at least {}",
                self.length, self.position
            )));
        }
        Ok(())
    }

    fn skip(&mut self, bytes: u64) -> Result<(), InferenceError> {
        self.advance(bytes)?;
        // Within the file's length, which the system keeps below i64::MAX.
        self.file
            .seek_relative(bytes as i64)
            .map_err(|source| InferenceError::Io {
                path: self.path.to_owned(),
                source,
            })
    }

    fn bytes(&mut self, bytes: u64) -> Result<Vec<u8>, InferenceError> {
        self.advance(bytes)?;
        let mut buffer = vec![0; bytes as usize];
        self.file
            .read_exact(&mut buffer)
            .map_err(|source| InferenceError::Io {
                path: self.path.to_owned(),
                source,
            })?;
        Ok(buffer)
    }

    fn number(&mut self) -> Result<u32, InferenceError> {
        let bytes = self.bytes(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn count(&mut self) -> Result<u32, InferenceError> {
        match self.number()? {
            count if count <= MAX_COUNT => Ok(count),
            _ => Err(self.damaged("its header is malformed")),
        }
    }
}
