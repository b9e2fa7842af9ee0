//! Texts as token numbers, cut into windows of the model's context.

use std::path::Path;

use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

use crate::inference::InferenceError;

/// Windows of one text at most: with 256 tokens each some 3,000 words, ten times what is said in
/// the longest passage.
const MAX_WINDOWS: usize = 16;
/// Bytes of one text at most, per token of its windows; real words are shorter.
const MAX_BYTES_PER_TOKEN: usize = 32;

/// The tokenizer that comes with a model.
pub(super) struct PassageTokenizer {
    tokenizer: Tokenizer,
    max_bytes: usize,
    special_tokens: usize,
}

impl PassageTokenizer {
    /// Reads `tokenizer.json`; its own settings for length and padding are those of a training
    /// run and are replaced.
    pub(super) fn load(
        path: &Path,
        max_tokens: usize,
        vocabulary: usize,
    ) -> Result<Self, InferenceError> {
        let damaged = |reason: String| InferenceError::FileDamaged {
            reason,
            path: path.to_owned(),
        };
        if !path.is_file() {
            return Err(InferenceError::FileMissing {
                path: path.to_owned(),
            });
        }
        let mut tokenizer = Tokenizer::from_file(path)
            .map_err(|error| damaged(format!("not a tokenizer ({error})")))?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(Some(TruncationParams {
                max_length: max_tokens,
                strategy: TruncationStrategy::LongestFirst,
                direction: TruncationDirection::Right,
                stride: 0,
            }))
            .map_err(|error| {
                damaged(format!("can't be limited to {max_tokens} tokens ({error})"))
            })?;
        let largest = tokenizer.get_vocab(true).into_values().max().unwrap_or(0) as usize;
        if largest >= vocabulary {
            return Err(damaged(format!(
                "knows token {largest}, the model only {vocabulary} tokens"
            )));
        }
        let special_tokens = tokenizer
            .encode("", true)
            .map_err(|error| damaged(error.to_string()))?
            .len();
        Ok(Self {
            tokenizer,
            max_bytes: max_tokens * MAX_WINDOWS * MAX_BYTES_PER_TOKEN,
            special_tokens,
        })
    }

    /// The windows of a text, special tokens included; none for a text without words.
    pub(super) fn windows(
        &self,
        prefix: &str,
        text: &str,
    ) -> Result<Vec<Vec<u32>>, tokenizers::Error> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let end = text.floor_char_boundary(self.max_bytes);
        let encoding = self
            .tokenizer
            .encode_fast(format!("{prefix}{}", &text[..end]), true)?;
        let mut windows = vec![encoding.get_ids().to_vec()];
        windows.extend(
            encoding
                .get_overflowing()
                .iter()
                .take(MAX_WINDOWS - 1)
                .map(|window| window.get_ids().to_vec()),
        );
        windows.retain(|window| window.len() > self.special_tokens);
        Ok(windows)
    }
}
