//! Texts as token numbers, cut into windows of the model's context.

use std::path::Path;

use tokenizers::Tokenizer;

use crate::inference::InferenceError;

/// Windows of one text at most: with 256 tokens each some 3,000 words, ten times what is said in
/// the longest passage.
const MAX_WINDOWS: usize = 16;
/// Bytes of one text at most, per token of its windows; real words are shorter.
const MAX_BYTES_PER_TOKEN: usize = 32;

/// The tokenizer that comes with a model.
pub(super) struct PassageTokenizer {
    tokenizer: Tokenizer,
    /// Special tokens before and after every window.
    opening: Vec<u32>,
    closing: Vec<u32>,
    /// Tokens of a window, special ones included.
    max_tokens: usize,
}

impl PassageTokenizer {
    /// Reads `tokenizer.json`; its own settings for length and padding are those of a training
    /// run and are left out.
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
        let broken = |error: tokenizers::Error| damaged(format!("not a tokenizer ({error})"));
        let mut tokenizer = Tokenizer::from_file(path).map_err(broken)?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(broken)?;
        let largest = tokenizer.get_vocab(true).into_values().max().unwrap_or(0) as usize;
        if largest >= vocabulary {
            return Err(damaged(format!(
                "knows token {largest}, the model only {vocabulary} tokens"
            )));
        }
        // A letter of cuneiform, which no vocabulary has: a tokenizer without a token for the unknown fails
        // now, not at the first passage.
        tokenizer
            .encode_fast("a \u{12000}", false)
            .map_err(broken)?;
        let sample = tokenizer.encode("a", true).map_err(broken)?;
        let is_special = sample.get_special_tokens_mask();
        let leading = is_special
            .iter()
            .take_while(|special| **special == 1)
            .count();
        let trailing = is_special
            .iter()
            .rev()
            .take_while(|special| **special == 1)
            .count();
        let ids = sample.get_ids();
        if leading == 0 || trailing == 0 {
            return Err(damaged(
                "its `post_processor` puts no special tokens around a text".to_owned(),
            ));
        }
        if leading + trailing >= ids.len().min(max_tokens) {
            return Err(damaged(
                "turns a letter into no token of its own".to_owned(),
            ));
        }
        let (opening, closing) = (
            ids[..leading].to_vec(),
            ids[ids.len() - trailing..].to_vec(),
        );
        Ok(Self {
            tokenizer,
            opening,
            closing,
            max_tokens,
        })
    }

    /// The windows of a text, special tokens included and as even in length as can be; none for a
    /// text without words.
    pub(super) fn windows(
        &self,
        prefix: &str,
        text: &str,
    ) -> Result<Vec<Vec<u32>>, tokenizers::Error> {
        let text = text.trim();
        let end = text.floor_char_boundary(self.max_tokens * MAX_WINDOWS * MAX_BYTES_PER_TOKEN);
        let text = &text[..end];
        if !text.contains(char::is_alphanumeric)
            && self.tokenizer.encode_fast(text, false)?.is_empty()
        {
            return Ok(Vec::new());
        }
        let encoding = self
            .tokenizer
            .encode_fast(format!("{prefix}{text}"), false)?;
        let room = self.max_tokens - self.opening.len() - self.closing.len();
        let tokens = encoding.get_ids();
        let tokens = &tokens[..tokens.len().min(room * MAX_WINDOWS)];
        let count = tokens.len().div_ceil(room).max(1);
        let windows = tokens.chunks(tokens.len().div_ceil(count).max(1));
        Ok(windows
            .map(|window| [&self.opening, window, &self.closing].concat())
            .collect())
    }
}
