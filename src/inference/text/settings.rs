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

/// The function between the two inner products of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    Gelu,
    Relu,
}

impl Activation {
    pub(super) fn of(self, value: f32) -> f32 {
        match self {
            Self::Gelu => 0.5 * value * (1.0 + erf(value * std::f32::consts::FRAC_1_SQRT_2)),
            Self::Relu => value.max(0.0),
        }
    }
}

/// The error function within 3e-7: a quotient of polynomials, as Eigen and XLA compute it.
fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let polynomial = |coefficients: &[f32]| {
        coefficients
            .iter()
            .fold(0.0, |sum, coefficient| sum * square + coefficient)
    };
    let over = polynomial(&[
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ]);
    let under = polynomial(&[
        -1.456_607_2e-5,
        -2.133_740_6e-4,
        -1.682_827e-3,
        -7.373_329e-3,
        -1.426_473_9e-2,
    ]);
    x * over / under
}

/// Sizes and settings of a BERT-like encoder.
#[derive(Debug, Clone)]
pub(super) struct EncoderSettings {
    pub(super) vocabulary: usize,
    pub(super) width: usize,
    pub(super) layers: usize,
    pub(super) inner_width: usize,
    pub(super) positions: usize,
    pub(super) token_types: usize,
    /// Tokens of a text at most, the special ones included.
    pub(super) max_tokens: usize,
    pub(super) pooling: Pooling,
    pub(super) heads: usize,
    /// Where positions start: behind the padding token's number in RoBERTa.
    pub(super) first_position: usize,
    pub(super) activation: Activation,
    /// Added to the variance when a layer is normalised.
    pub(super) epsilon: f32,
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
        let is_roberta = match source.text("model_type").unwrap_or("bert") {
            "bert" => false,
            "xlm-roberta" => true,
            other => return Err(source.unsupported("model_type", other)),
        };
        let activation = match source.text("hidden_act").unwrap_or("gelu") {
            "gelu" => Activation::Gelu,
            "relu" => Activation::Relu,
            other => return Err(source.unsupported("hidden_act", other)),
        };
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
        let first_position = if is_roberta {
            source.size("pad_token_id")? + 1
        } else {
            0
        };
        let mut max_tokens = positions.saturating_sub(first_position);
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
            vocabulary: source.size("vocab_size")?,
            width,
            layers: source.size("num_hidden_layers")?,

            inner_width: source.size("intermediate_size")?,
            positions,
            token_types: source.size("type_vocab_size")?,
            max_tokens,
            pooling: read_pooling(&directory.join("1_Pooling/config.json"))?,
            heads,
            first_position,
            activation,
            epsilon: config
                .get("layer_norm_eps")
                .and_then(Value::as_f64)
                .unwrap_or(1e-12) as f32,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_function_keeps_to_its_table() {
        // Abramowitz and Stegun, table 7.1.
        for (x, value) in [
            (0.0, 0.0),
            (0.1, 0.112_462_9),
            (0.5, 0.520_499_9),
            (1.0, 0.842_700_8),
            (2.0, 0.995_322_3),
            (9.0, 1.0),
        ] {
            assert!((erf(x) - value).abs() < 3e-7, "erf({x}) = {}", erf(x));
            assert!((erf(-x) + value).abs() < 3e-7, "erf(-{x}) = {}", erf(-x));
        }
    }
}
