//! Query text made into the tokens that a text tower was trained with.

use std::path::Path;

use serde::Deserialize;
use tokenizers::models::bpe::BPE;
use tokenizers::normalizers::replace::ReplacePattern;
use tokenizers::normalizers::{Lowercase, NFC, Replace, Sequence as Normalizers};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{SplitDelimiterBehavior, Tokenizer};

use super::config::{DualEncoderConfig, Family, read_file, read_json, unsupported};
use super::fast::Tokens;
use crate::inference::InferenceError;

/// Characters of a text that are looked at: far more than a tower has positions for.
const CHARACTERS_MAX: usize = 4096;

/// A dual encoder's tokenizer.
pub(crate) struct TextTokenizer {
    tokenizer: Tokenizer,
    family: Family,
    positions: usize,
    vocabulary: u32,
    start: Option<u32>,
    end: Option<u32>,
    pad: u32,
    pools_highest: bool,
    pooled_end: u32,
}

/// What counts of `tokenizer_config.json`; special tokens are text, or an object with the text.
#[derive(Deserialize, Default)]
struct Settings {
    do_lower_case: Option<bool>,
    add_eos_token: Option<bool>,
    bos_token: Option<SpecialToken>,
    eos_token: Option<SpecialToken>,
    pad_token: Option<SpecialToken>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SpecialToken {
    Text(String),
    Object { content: String },
}

impl SpecialToken {
    fn id(&self, tokenizer: &Tokenizer) -> Option<u32> {
        let (Self::Text(text) | Self::Object { content: text }) = self;
        tokenizer.token_to_id(text)
    }
}

impl TextTokenizer {
    /// Reads `tokenizer.json` below `directory`, or CLIP's `vocab.json` and `merges.txt`.
    ///
    /// # Errors
    /// A missing or damaged file, or a tokenizer that knows more tokens than the tower.
    pub(crate) fn read(
        directory: &Path,
        config: &DualEncoderConfig,
    ) -> Result<Self, InferenceError> {
        let path = directory.join("tokenizer.json");
        let (vocabulary, merges) = (directory.join("vocab.json"), directory.join("merges.txt"));
        let from_parts = !path.exists() && vocabulary.exists() && config.family == Family::Clip;
        let mut tokenizer = match from_parts {
            true => build_clip_tokenizer(&vocabulary, &merges)?,
            false => {
                let bytes = read_file(&path)?;
                Tokenizer::from_bytes(bytes).map_err(|error| damaged(error, &path))?
            }
        };
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|error| damaged(error, &path))?;
        check_vocabulary(&tokenizer, config, directory)?;
        let settings_path = directory.join("tokenizer_config.json");
        let settings: Settings = match settings_path.exists() {
            true => read_json(&settings_path)?,
            false => Settings::default(),
        };
        let known = |token: &Option<SpecialToken>, names: &[&str]| {
            let set = token.as_ref().and_then(|token| token.id(&tokenizer));
            set.or_else(|| names.iter().find_map(|name| tokenizer.token_to_id(name)))
        };
        let needed = |token: Option<u32>, what: &str| {
            let missing = || {
                damaged(
                    format!("it has no token for the {what} of a text").into(),
                    &path,
                )
            };
            token.ok_or_else(missing)
        };
        let (start, end) = match config.family {
            Family::Clip => {
                let start = known(&settings.bos_token, &["<|startoftext|>"]);
                let end = known(&settings.eos_token, &["<|endoftext|>"]);
                (Some(needed(start, "start")?), needed(end, "end")?)
            }
            Family::Siglip => {
                let end = known(&settings.eos_token, &["</s>", "<eos>"]);
                (None, needed(end, "end")?)
            }
        };
        let pad = known(&settings.pad_token, &["<pad>"]).unwrap_or(end);
        let vocabulary = config.text.vocabulary as u32;
        if let Some(outside) = [start, Some(end), Some(pad)]
            .into_iter()
            .flatten()
            .find(|token| *token >= vocabulary)
        {
            return Err(outside_vocabulary(outside, config, directory));
        }
        // SigLIP was trained on lower-case text alone; CLIP's tokenizers lower-case themselves.
        if config.family == Family::Siglip || settings.do_lower_case == Some(true) {
            lower_case(&mut tokenizer).map_err(|error| damaged(error, &path))?;
        }
        // A letter of cuneiform, which no vocabulary has: what becomes of it is told now, not at the first query.
        tokenizer
            .encode_fast("a \u{12000}", false)
            .map_err(|error| damaged(error, &path))?;
        let adds_end = config.family == Family::Clip || settings.add_eos_token.unwrap_or(true);
        Ok(Self {
            family: config.family,
            positions: config.text.positions,
            vocabulary,
            start,
            end: adds_end.then_some(end),
            pad,
            pools_highest: config.end_token.is_none_or(|token| token == 2),
            pooled_end: config.end_token.unwrap_or(end),
            tokenizer,
        })
    }

    /// The tokens of `text`, cut to what the tower has positions for; the end of the text stays.
    ///
    /// # Errors
    /// A tokenizer that cannot read the text.
    pub(crate) fn tokens(&self, text: &str) -> Result<Tokens, InferenceError> {
        let text: String = text.chars().take(CHARACTERS_MAX).collect();
        let encoding =
            self.tokenizer
                .encode_fast(text, false)
                .map_err(|source| InferenceError::Run {
                    model: "tokenizer".to_owned(),
                    source,
                })?;
        let room = self.positions - usize::from(self.end.is_some());
        // Some tokenizers carry tokens that were added for other models; the tower has no row for them.
        let known = encoding
            .get_ids()
            .iter()
            .filter(|id| **id < self.vocabulary);
        let mut ids: Vec<u32> = self.start.iter().chain(known).copied().collect();
        ids.truncate(room);
        ids.extend(self.end);
        Ok(match self.family {
            Family::Clip => {
                let pooled = self.clip_pooled(&ids);
                // The tower is causal: what comes after the pooled token has no say.
                ids.truncate(pooled + 1);
                Tokens { ids, pooled }
            }
            Family::Siglip => {
                ids.resize(self.positions, self.pad);
                Tokens {
                    pooled: ids.len() - 1,
                    ids,
                }
            }
        })
    }

    /// Where CLIP pools: at the first end token, or with old configurations (`eos_token_id` 2) at the
    /// first of the highest tokens, as Hugging Face's `CLIPTextTransformer` does.
    fn clip_pooled(&self, ids: &[u32]) -> usize {
        let wanted = match self.pools_highest {
            true => ids.iter().copied().max().unwrap_or_default(),
            false => self.pooled_end,
        };
        ids.iter().position(|id| *id == wanted).unwrap_or(0)
    }
}

/// Makes sure that the tower has a row for every token that text can become; tokens that were added
/// for other models may lie beyond.
fn check_vocabulary(
    tokenizer: &Tokenizer,
    config: &DualEncoderConfig,
    directory: &Path,
) -> Result<(), InferenceError> {
    let largest = tokenizer.get_vocab(false).into_values().max().unwrap_or(0);
    match (largest as usize) < config.text.vocabulary {
        true => Ok(()),
        false => Err(outside_vocabulary(largest, config, directory)),
    }
}

fn outside_vocabulary(token: u32, config: &DualEncoderConfig, directory: &Path) -> InferenceError {
    let rows = config.text.vocabulary;
    let told = format!("{rows}, where tokenizer.json goes up to token {token}");
    unsupported("vocab_size", &told, &directory.join("config.json"))
}

/// Lower-cases before anything else, as the `Siglip2Tokenizer` of `transformers` does: letter by letter,
/// and special tokens in the text are found as they are written.
fn lower_case(tokenizer: &mut Tokenizer) -> tokenizers::Result<()> {
    let before = [Lowercase.into()].into_iter();
    let all = before.chain(tokenizer.get_normalizer().cloned()).collect();
    tokenizer.with_normalizer(Some(Normalizers::new(all)))?;
    Ok(())
}

/// CLIP's byte-pair encoding with its own splitting of words, as OpenAI's `SimpleTokenizer` has it.
fn build_clip_tokenizer(vocabulary: &Path, merges: &Path) -> Result<Tokenizer, InferenceError> {
    const WORDS: &str = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";
    const SPACES: &str = r"\s+";
    if !merges.exists() {
        return Err(InferenceError::FileMissing {
            path: merges.to_owned(),
        });
    }
    let name = |path: &Path| path.to_string_lossy().into_owned();
    let build = || -> tokenizers::Result<Tokenizer> {
        let model = BPE::from_file(&name(vocabulary), &name(merges))
            .unk_token("<|endoftext|>".to_owned())
            .end_of_word_suffix("</w>".to_owned())
            .build()?;
        let mut tokenizer = Tokenizer::new(model);
        let spaces = Replace::new(ReplacePattern::Regex(SPACES.to_owned()), " ")?;
        tokenizer.with_normalizer(Some(Normalizers::new(vec![
            NFC.into(),
            spaces.into(),
            Lowercase.into(),
        ])))?;
        let words = SplitPattern::Regex(WORDS.to_owned());
        let words = Split::new(words, SplitDelimiterBehavior::Removed, true)?;
        let bytes = ByteLevel::new(false, true, false);
        tokenizer.with_pre_tokenizer(Some(PreTokenizers::new(vec![words.into(), bytes.into()])));
        Ok(tokenizer)
    };
    build().map_err(|error| damaged(error, vocabulary))
}

fn damaged(error: tokenizers::Error, path: &Path) -> InferenceError {
    InferenceError::FileDamaged {
        reason: format!("not a tokenizer that can be read ({error})"),
        path: path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::inference::vision::tiny_models::TinyModel;

    #[test]
    fn clip_texts_end_with_the_end_token_however_long() {
        let directory = tempfile::tempdir().unwrap();
        TinyModel::clip().install(directory.path());
        let config = DualEncoderConfig::read(&directory.path().join("config.json")).unwrap();
        let tokenizer = TextTokenizer::read(directory.path(), &config).unwrap();
        for text in ["", "short", &"long ".repeat(2000)] {
            let tokens = tokenizer.tokens(text).unwrap();
            assert!(tokens.ids.len() <= 20);
            assert_eq!((tokens.ids[0], *tokens.ids.last().unwrap()), (42, 44));
            assert_eq!(tokens.pooled, tokens.ids.len() - 1);
        }
    }

    #[test]
    fn siglip_texts_are_lower_case_and_filled_up() {
        let directory = tempfile::tempdir().unwrap();
        TinyModel::siglip().install(directory.path());
        let config = DualEncoderConfig::read(&directory.path().join("config.json")).unwrap();
        let tokenizer = TextTokenizer::read(directory.path(), &config).unwrap();
        let tokens = tokenizer.tokens("Goal").unwrap();
        assert_eq!(tokens, tokenizer.tokens("goal").unwrap());
        assert_eq!((tokens.ids.len(), tokens.pooled), (16, 15));
        assert!(tokens.ids[4..].iter().all(|id| *id == 43));
    }

    #[test]
    fn clip_tokens_come_from_vocabulary_and_merges_where_there_is_no_tokenizer_file() {
        let directory = tempfile::tempdir().unwrap();
        TinyModel::clip().install(directory.path());
        std::fs::remove_file(directory.path().join("tokenizer.json")).unwrap();
        let vocabulary = json!({"a": 0, "t": 1, "c": 2, "at</w>": 3, "t</w>": 4, "c</w>": 5, "a</w>": 6,
        "cat</w>": 7, "!</w>": 8, "<|startoftext|>": 9, "<|endoftext|>": 10});
        std::fs::write(directory.path().join("vocab.json"), vocabulary.to_string()).unwrap();
        let config = DualEncoderConfig::read(&directory.path().join("config.json")).unwrap();
        let error = TextTokenizer::read(directory.path(), &config)
            .err()
            .unwrap();
        assert!(
            matches!(&error, InferenceError::FileMissing { path } if path.ends_with("merges.txt"))
        );
        let merges = "#version: 0.2\na t</w>\nc at</w>\n";
        std::fs::write(directory.path().join("merges.txt"), merges).unwrap();
        let tokenizer = TextTokenizer::read(directory.path(), &config).unwrap();
        assert_eq!(tokenizer.tokens("A  Cat!").unwrap().ids, [9, 6, 7, 8, 10]);
    }
}
