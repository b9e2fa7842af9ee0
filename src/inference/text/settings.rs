//! What the files beside the weights say about a sentence encoder, with everything unknown refused.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::inference::{InferenceError, recognise::read_json};

/// How the vectors of a text's tokens become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    /// The average over all tokens that are not padding.
    Mean,
    /// The first token's.
    First,
}

/// Sizes and settings of a BERT-like encoder.
#[derive(Debug, Clone)]
pub(super) struct EncoderSettings {
    /// `bert` or `xlm_roberta`.
    pub(super) architecture: String,
    pub(super) vocabulary: usize,
    pub(super) width: usize,
    pub(super) layers: usize,
    pub(super) inner_width: usize,
    pub(super) positions: usize,
    pub(super) token_types: usize,
    /// Tokens of a text at most, the special ones included.
    pub(super) max_tokens: usize,
    pub(super) pooling: Pooling,
    /// `config.json` as it is, for the layers' own settings.
    pub(super) config: Value,
}

impl EncoderSettings {
    /// Reads `config.json` and, where they are there, the sentence encoder's own files.
    pub(super) fn read(directory: &Path) -> Result<Self, InferenceError> {
        let path = directory.join("config.json");
        let config = read_json(&path)?;
        let source = Source {
            values: &config,
            path: &path,
        };
        let architecture = match source.text("model_type").unwrap_or("bert") {
            "bert" => "bert",
            "xlm-roberta" => "xlm_roberta",
            other => return Err(source.unsupported("model_type", other)),
        };
        match source.text("hidden_act").unwrap_or("gelu") {
            "gelu" | "relu" => {}
            other => return Err(source.unsupported("hidden_act", other)),
        }
        match source.text("position_embedding_type").unwrap_or("absolute") {
            "absolute" => {}
            other => return Err(source.unsupported("position_embedding_type", other)),
        }
        let (width, heads) = (
            source.size("hidden_size")?,
            source.size("num_attention_heads")?,
        );
        if width % heads != 0 {
            return Err(source.unsupported("num_attention_heads", &heads.to_string()));
        }
        let positions = source.size("max_position_embeddings")?;
        // RoBERTa's positions start behind the number of the padding token.
        let reserved = match architecture {
            "xlm_roberta" => source.size("pad_token_id")? + 1,
            _ => 0,
        };
        let mut max_tokens = positions.saturating_sub(reserved);
        let path = directory.join("sentence_bert_config.json");
        if path.is_file() {
            let values = read_json(&path)?;
            if !values.get("max_seq_length").is_none_or(Value::is_null) {
                max_tokens = max_tokens.min(
                    Source {
                        values: &values,
                        path: &path,
                    }
                    .size("max_seq_length")?,
                );
            }
        }
        if max_tokens < 3 {
            return Err(source.unsupported("max_position_embeddings", &positions.to_string()));
        }
        refuse_further_layers(&directory.join("modules.json"))?;
        Ok(Self {
            architecture: architecture.to_owned(),
            vocabulary: source.size("vocab_size")?,
            width,
            layers: source.size("num_hidden_layers")?,

            inner_width: source.size("intermediate_size")?,
            positions,
            token_types: source.size("type_vocab_size")?,
            max_tokens,
            pooling: read_pooling(&directory.join("1_Pooling/config.json"))?,
            config,
        })
    }
}

struct Source<'a> {
    values: &'a Value,
    path: &'a Path,
}

impl Source<'_> {
    fn text(&self, field: &str) -> Option<&str> {
        self.values.get(field)?.as_str()
    }

    /// A size that real models have: 1 to a million, or 0 for a token's number.
    fn size(&self, field: &str) -> Result<usize, InferenceError> {
        let value = self.values.get(field).unwrap_or(&Value::Null);
        let least = if field == "pad_token_id" { 0 } else { 1 };
        value
            .as_u64()
            .filter(|size| (least..=1_000_000).contains(size))
            .map(|size| size as usize)
            .ok_or_else(|| self.unsupported(field, &value.to_string()))
    }

    fn unsupported(&self, field: &str, value: &str) -> InferenceError {
        InferenceError::UnsupportedConfiguration {
            field: field.to_owned(),
            value: value.to_owned(),
            path: PathBuf::from(self.path),
        }
    }
}

/// Mean pooling unless the file says otherwise.
fn read_pooling(path: &Path) -> Result<Pooling, InferenceError> {
    if !path.is_file() {
        return Ok(Pooling::Mean);
    }
    let values = read_json(path)?;
    let chosen: Vec<&str> = values
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| name.starts_with("pooling_mode_") && value.as_bool() == Some(true))
        .map(|(name, _)| name.as_str())
        .collect();
    match chosen[..] {
        ["pooling_mode_mean_tokens"] => Ok(Pooling::Mean),
        ["pooling_mode_cls_token"] => Ok(Pooling::First),
        _ => Err(Source {
            values: &values,
            path,
        }
        .unsupported("pooling_mode", &chosen.join(" + "))),
    }
}

/// A dense layer after pooling would be left out silently.
fn refuse_further_layers(path: &Path) -> Result<(), InferenceError> {
    if !path.is_file() {
        return Ok(());
    }
    let values = read_json(path)?;
    for module in values.as_array().into_iter().flatten() {
        let kind = module
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !["Transformer", "Pooling", "Normalize"]
            .contains(&kind.rsplit('.').next().unwrap_or_default())
        {
            return Err(Source {
                values: &values,
                path,
            }
            .unsupported("type", kind));
        }
    }
    Ok(())
}
