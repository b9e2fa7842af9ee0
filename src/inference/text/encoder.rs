//! The transformer of a sentence encoder, its tensors checked by name and shape before it is built.

use std::{collections::HashMap, fs, path::Path};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{bert, xlm_roberta};
use safetensors::SafeTensors;

use super::settings::EncoderSettings;
use crate::inference::InferenceError;

/// A loaded transformer.
pub(super) enum Encoder {
    Bert(bert::BertModel),
    XlmRoberta(xlm_roberta::XLMRobertaModel),
}

impl Encoder {
    /// Reads the weights as 32-bit numbers.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape than `settings` ask for.
    pub(super) fn load(
        path: &Path,
        settings: &EncoderSettings,
        device: &Device,
    ) -> Result<Self, InferenceError> {
        let damaged = |reason: String| InferenceError::FileDamaged {
            reason,
            path: path.to_owned(),
        };
        let config = Config::parse(settings).map_err(|error| InferenceError::FileDamaged {
            reason: format!("its settings are not those of an encoder ({error})"),
            path: path.with_file_name("config.json"),
        })?;
        let bytes = fs::read(path).map_err(|source| InferenceError::Io {
            path: path.to_owned(),
            source,
        })?;
        let prefix = check_tensors(&bytes, settings).map_err(damaged)?;
        let build = || -> candle_core::Result<Self> {
            let tensors = VarBuilder::from_buffered_safetensors(bytes, DType::F32, device)?;
            let tensors = if prefix.is_empty() {
                tensors
            } else {
                tensors.pp(prefix)
            };
            Ok(match config {
                Config::Bert(config) => Self::Bert(bert::BertModel::load(tensors, &config)?),
                Config::XlmRoberta(config) => {
                    Self::XlmRoberta(xlm_roberta::XLMRobertaModel::new(&config, tensors)?)
                }
            })
        };
        build().map_err(|error| damaged(error.to_string()))
    }

    /// The vectors of every token: (texts, tokens) and a mask of 1 for tokens and 0 for padding
    /// give (texts, tokens, width).
    pub(super) fn forward(&self, tokens: &Tensor, mask: &Tensor) -> candle_core::Result<Tensor> {
        let types = tokens.zeros_like()?;
        match self {
            Self::Bert(model) => model.forward(tokens, &types, Some(mask)),
            Self::XlmRoberta(model) => model.forward(tokens, mask, &types, None, None, None),
        }
    }
}

/// The layers' own settings.
enum Config {
    Bert(bert::Config),
    XlmRoberta(xlm_roberta::Config),
}

impl Config {
    fn parse(settings: &EncoderSettings) -> serde_json::Result<Self> {
        let config = settings.config.clone();
        Ok(match settings.architecture.as_str() {
            "xlm_roberta" => Self::XlmRoberta(serde_json::from_value(config)?),
            _ => Self::Bert(serde_json::from_value(config)?),
        })
    }
}

/// Compares the file's tensors with those that an encoder of this size has; tells the prefix that
/// all of them carry.
fn check_tensors(bytes: &[u8], settings: &EncoderSettings) -> Result<&'static str, String> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| format!("not a whole safetensors file ({error})"))?;
    let shapes: HashMap<&str, Vec<usize>> = file
        .iter()
        .map(|(name, view)| (name, view.shape().to_vec()))
        .collect();
    let first = "embeddings.word_embeddings.weight";
    let prefix = ["", "bert", "roberta"]
        .into_iter()
        .find(|prefix| shapes.contains_key(joined(prefix, first).as_str()))
        .ok_or_else(|| format!("lacks the tensor `{first}`"))?;
    for (name, shape) in expected_tensors(settings) {
        let name = joined(prefix, &name);
        match shapes.get(name.as_str()) {
            Some(found) if *found == shape => {}
            Some(found) => {
                return Err(format!("tensor `{name}` is {found:?}, should be {shape:?}"));
            }
            None => return Err(format!("lacks the tensor `{name}`")),
        }
    }
    Ok(prefix)
}

fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}

/// Names and shapes of all tensors that a forward pass uses.
pub(super) fn expected_tensors(settings: &EncoderSettings) -> Vec<(String, Vec<usize>)> {
    let (width, inner) = (settings.width, settings.inner_width);
    let mut tensors = Vec::new();
    for (table, rows) in [
        ("word", settings.vocabulary),
        ("position", settings.positions),
        ("token_type", settings.token_types),
    ] {
        tensors.push((
            format!("embeddings.{table}_embeddings.weight"),
            vec![rows, width],
        ));
    }
    let mut with_bias = |name: String, weight: Vec<usize>| {
        tensors.push((format!("{name}.bias"), vec![weight[0]]));
        tensors.push((format!("{name}.weight"), weight));
    };
    with_bias("embeddings.LayerNorm".to_owned(), vec![width]);
    for layer in 0..settings.layers {
        let layer = format!("encoder.layer.{layer}");
        for part in ["self.query", "self.key", "self.value", "output.dense"] {
            with_bias(format!("{layer}.attention.{part}"), vec![width, width]);
        }
        with_bias(format!("{layer}.attention.output.LayerNorm"), vec![width]);
        with_bias(format!("{layer}.intermediate.dense"), vec![inner, width]);
        with_bias(format!("{layer}.output.dense"), vec![width, inner]);
        with_bias(format!("{layer}.output.LayerNorm"), vec![width]);
    }
    tensors
}
