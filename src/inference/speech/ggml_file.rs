//! Looks through a ggml model file before ggml does, because ggml may crash on a malformed one.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::inference::InferenceError;

/// `ggml` as a little-endian number, the first four bytes of Whisper's and Silero's files.
const MAGIC: u32 = 0x6767_6d6c;
/// Bins of the 400-sample spectrum that Whisper's mel filters are defined on.
const SPECTRUM_BINS: u32 = 201;
/// The longest token of any Whisper vocabulary has 128 bytes; more means a foreign file.
const MAX_TOKEN_BYTES: u32 = 1024;
/// The longest tensor name has fewer than 60 bytes.
const MAX_NAME_BYTES: u32 = 256;
/// ggml keeps four dimensions per tensor; a single number has none.
const MAX_DIMENSIONS: u32 = 4;

/// What a sound Whisper file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WhisperHeader {
    /// Tokens in the vocabulary: 51864 for English-only models, more for multilingual ones.
    pub(crate) vocabulary: u32,
    /// Tensors with weights; 0 in the files that whisper.cpp's own tests use.
    pub(crate) tensors: usize,
}

/// Reads the whole structure of a Whisper file: header, mel filters, vocabulary, and the place
/// of each tensor up to the file's end. The weights themselves are not read.
///
/// # Errors
/// `FileMissing`, `Io`, or `FileDamaged` with the first thing that is wrong.
pub(crate) fn check_whisper_file(path: &Path) -> Result<WhisperHeader, InferenceError> {
    let mut file = Reader::open(path)?;
    file.magic()?;
    let vocabulary = file.number_in("vocabulary size", 51_864..=51_866)?;
    file.number_in("audio context", 1..=1500)?;
    let audio_state = file.number_in("audio width", 64..=4096)?;
    file.heads("audio", audio_state)?;
    // whisper.cpp looks the size class up by this number and throws where it is another.
    let layers = file.number_in("audio layers", 4..=32)?;
    if ![4, 6, 12, 24, 32].contains(&layers) {
        return Err(file.damaged(format!("{layers} audio layers belong to no Whisper model")));
    }
    file.number_in("text context", 1..=448)?;
    let text_state = file.number_in("text width", 64..=4096)?;
    if audio_state != text_state {
        return Err(file.damaged(format!(
            "audio width {audio_state} is not text width {text_state}"
        )));
    }
    file.heads("text", text_state)?;
    file.number_in("text layers", 1..=32)?;
    let mels = file.number_in("mel bands", 80..=128)?;
    file.weight_format(audio_state)?;
    let filter_mels = file.number()?;
    let filter_bins = file.number()?;
    if (filter_mels, filter_bins) != (mels, SPECTRUM_BINS) {
        return Err(file.damaged(format!(
            "mel filters of {filter_mels}x{filter_bins} do not fit {mels} bands"
        )));
    }
    file.skip(u64::from(mels) * u64::from(SPECTRUM_BINS) * 4)?;
    let listed = file.number_in("listed tokens", 1..=vocabulary)?;
    for _ in 0..listed {
        let length = file.number_in("token length", 0..=MAX_TOKEN_BYTES)?;
        file.skip(u64::from(length))?;
    }
    let tensors = file.tensors()?;
    Ok(WhisperHeader {
        vocabulary,
        tensors,
    })
}

/// Reads the whole structure of a Silero file and returns its version, such as `6.2.0`.
///
/// # Errors
/// `FileMissing`, `Io`, or `FileDamaged` with the first thing that is wrong.
pub(crate) fn check_silero_file(path: &Path) -> Result<String, InferenceError> {
    let mut file = Reader::open(path)?;
    file.magic()?;
    let name_length = file.number_in("type name length", 1..=64)?;
    let name = file.bytes(name_length)?;
    if !name.starts_with(b"silero") {
        return Err(file.damaged("not a Silero voice activity model".to_owned()));
    }
    let version = [file.number()?, file.number()?, file.number()?];
    file.number_in("window", 512..=512)?;
    file.number_in("context", 0..=512)?;
    let layers = file.number_in("encoder layers", 4..=4)?;
    for _ in 0..layers {
        file.number_in("input channels", 1..=1024)?;
        file.number_in("output channels", 1..=1024)?;
        file.number_in("kernel size", 1..=16)?;
    }
    for field in [
        "LSTM input size",
        "LSTM hidden size",
        "output inputs",
        "outputs",
    ] {
        file.number_in(field, 1..=1024)?;
    }
    if file.tensors()? == 0 {
        return Err(file.damaged("holds no weights".to_owned()));
    }
    Ok(version.map(|part| part.to_string()).join("."))
}

/// Bytes per block and values per block of each tensor type in ggml's `ggml_type` numbering.
fn block_layout(tensor_type: u32) -> Option<(u64, u64)> {
    Some(match tensor_type {
        0 => (4, 1),      // f32
        1 => (2, 1),      // f16
        2 => (18, 32),    // q4_0
        3 => (20, 32),    // q4_1
        6 => (22, 32),    // q5_0
        7 => (24, 32),    // q5_1
        8 => (34, 32),    // q8_0
        10 => (84, 256),  // q2_k
        11 => (110, 256), // q3_k
        12 => (144, 256), // q4_k
        13 => (176, 256), // q5_k
        14 => (210, 256), // q6_k
        30 => (2, 1),     // bf16
        _ => return None,
    })
}

struct Reader<'a> {
    path: &'a Path,
    inner: BufReader<File>,
    position: u64,
    length: u64,
}

impl<'a> Reader<'a> {
    fn open(path: &'a Path) -> Result<Self, InferenceError> {
        let io = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => InferenceError::FileMissing {
                path: path.to_owned(),
            },
            _ => InferenceError::Io {
                path: path.to_owned(),
                source,
            },
        };
        let file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(InferenceError::FileDamaged {
                reason: "not a file".to_owned(),
                path: path.to_owned(),
            });
        }
        Ok(Self {
            path,
            inner: BufReader::new(file),
            position: 0,
            length: metadata.len(),
        })
    }

    fn damaged(&self, reason: String) -> InferenceError {
        InferenceError::FileDamaged {
            reason,
            path: self.path.to_owned(),
        }
    }

    fn need(&mut self, count: u64) -> Result<(), InferenceError> {
        if self.length - self.position < count {
            return Err(self.damaged(format!("model file is cut off at {} bytes", self.length)));
        }
        self.position += count;
        Ok(())
    }

    fn bytes(&mut self, count: u32) -> Result<Vec<u8>, InferenceError> {
        self.need(u64::from(count))?;
        let mut bytes = vec![0; count as usize];
        self.inner
            .read_exact(&mut bytes)
            .map_err(|source| InferenceError::Io {
                path: self.path.to_owned(),
                source,
            })?;
        Ok(bytes)
    }

    fn skip(&mut self, count: u64) -> Result<(), InferenceError> {
        self.need(count)?;
        let moved = i64::try_from(count)
            .map_err(|_| self.damaged("a tensor is impossibly large".to_owned()))?;
        self.inner
            .seek_relative(moved)
            .or_else(|_| self.inner.seek(SeekFrom::Start(self.position)).map(drop))
            .map_err(|source| InferenceError::Io {
                path: self.path.to_owned(),
                source,
            })
    }

    fn number(&mut self) -> Result<u32, InferenceError> {
        let bytes = self.bytes(4)?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |value, &byte| value << 8 | u32::from(byte)))
    }

    fn number_in(
        &mut self,
        field: &str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<u32, InferenceError> {
        let value = self.number()?;
        if range.contains(&value) {
            Ok(value)
        } else {
            Err(self.damaged(format!(
                "{field} {value} is not in {} to {}",
                range.start(),
                range.end()
            )))
        }
    }

    /// Attention heads, which must share the width evenly: ggml aborts where they don't.
    fn heads(&mut self, tower: &str, width: u32) -> Result<(), InferenceError> {
        let heads = self.number_in(&format!("{tower} heads"), 1..=64)?;
        if !width.is_multiple_of(heads) {
            return Err(self.damaged(format!("{tower} width {width} is not for {heads} heads")));
        }
        Ok(())
    }

    /// How the weights are packed, in ggml's `ggml_ftype` numbering; thousands count the version of the
    /// quantisation. ggml aborts on a number it does not know, and on rows that do not fill its blocks.
    fn weight_format(&mut self, width: u32) -> Result<(), InferenceError> {
        let format = self.number_in("weight format", 0..=9999)?;
        let block = match format % 1000 {
            0 | 1 | 24 => 1,
            2 | 3 | 7..=9 => 32,
            10..=14 => 256,
            _ => return Err(self.damaged(format!("weight format {format} is unknown"))),
        };
        if !width.is_multiple_of(block) {
            return Err(self.damaged(format!(
                "width {width} does not fill the blocks of weight format {format}"
            )));
        }
        Ok(())
    }

    fn magic(&mut self) -> Result<(), InferenceError> {
        match self.number()? {
            MAGIC => Ok(()),
            _ => Err(self.damaged("not a ggml model file".to_owned())),
        }
    }

    /// Walks over all tensors to the end of the file and counts them.
    fn tensors(&mut self) -> Result<usize, InferenceError> {
        let mut count = 0;
        while self.position < self.length {
            let dimensions = self.number_in("tensor dimensions", 0..=MAX_DIMENSIONS)?;
            let name_length = self.number_in("tensor name length", 1..=MAX_NAME_BYTES)?;
            let tensor_type = self.number()?;
            let (block_bytes, block_values) = block_layout(tensor_type)
                .ok_or_else(|| self.damaged(format!("tensor type {tensor_type} is unknown")))?;
            let mut values: u64 = 1;
            for _ in 0..dimensions {
                // The product of four numbers up to 2^20 can't overflow after the check.
                let extent = self.number_in("tensor extent", 1..=1 << 20)?;
                values = values.saturating_mul(u64::from(extent));
            }
            let name = self.bytes(name_length)?;
            if std::str::from_utf8(&name).is_err() || !values.is_multiple_of(block_values) {
                return Err(self.damaged("a tensor's header makes no sense".to_owned()));
            }
            self.skip((values / block_values).saturating_mul(block_bytes))?;
            count += 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::speech::test_data;

    fn reason(result: Result<impl std::fmt::Debug, InferenceError>) -> String {
        match result {
            Err(InferenceError::FileDamaged { reason, .. }) => reason,
            other => panic!("expected a damaged file, got {other:?}"),
        }
    }

    #[test]
    fn sound_files_are_read_to_their_end() {
        let (Some(whisper), Some(silero)) = (
            test_data("models/ggml-empty-tiny.en.bin"),
            test_data("models/silero-v6.2.0-ggml.bin"),
        ) else {
            return;
        };
        assert_eq!(
            check_whisper_file(&whisper).unwrap(),
            WhisperHeader {
                vocabulary: 51_864,
                tensors: 0
            }
        );
        assert_eq!(check_silero_file(&silero).unwrap(), "6.2.0");
    }

    #[test]
    fn a_missing_file_is_told_apart_from_a_damaged_one() {
        let folder = tempfile::tempdir().unwrap();
        let missing = check_whisper_file(&folder.path().join("none.bin"));
        assert!(matches!(missing, Err(InferenceError::FileMissing { .. })));
        assert_eq!(reason(check_whisper_file(folder.path())), "not a file");
    }

    #[test]
    fn a_silero_file_cut_anywhere_is_refused() {
        let Some(silero) = test_data("models/silero-v6.2.0-ggml.bin") else {
            return;
        };
        let bytes = std::fs::read(silero).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.bin");
        for length in [0, 3, 4, 20, 60, 116, 130, 500_000, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let reason = reason(check_silero_file(&path));
            assert!(
                reason.contains("cut off") || reason.contains("no weights"),
                "{length}: {reason}"
            );
        }
    }

    #[test]
    fn foreign_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("foreign.bin");
        std::fs::write(&path, b"GGUF\x03\0\0\0 and so on").unwrap();
        assert_eq!(reason(check_whisper_file(&path)), "not a ggml model file");
        let Some(silero) = test_data("models/silero-v6.2.0-ggml.bin") else {
            return;
        };
        assert!(reason(check_whisper_file(&silero)).contains("vocabulary size"));
        let Some(whisper) = test_data("models/ggml-empty-tiny.en.bin") else {
            return;
        };
        assert!(reason(check_silero_file(&whisper)).contains("type name length"));
    }
}
