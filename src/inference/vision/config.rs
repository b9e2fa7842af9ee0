//! What a dual encoder's `config.json` says, with the defaults that Hugging Face's classes have.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fast::{Activation, EncoderShape, ImageTowerShape, Pooling, TextTowerShape};
use crate::inference::InferenceError;

/// Which family a dual encoder is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Softmax over alternatives, a class row, causal text.
    Clip,
    /// A sigmoid for each pair, attention pooling, text of fixed length.
    Siglip,
}

/// The two towers of a dual encoder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DualEncoderConfig {
    /// Which family it is of.
    pub(crate) family: Family,
    /// The image tower.
    pub(crate) image: ImageTowerShape,
    /// The text tower.
    pub(crate) text: TextTowerShape,
    /// `eos_token_id` of the text tower: 2 stands for old CLIP configurations, which pool at the highest token.
    pub(crate) end_token: Option<u32>,
}

#[derive(Deserialize)]
struct TowerFields {
    hidden_size: Option<usize>,
    intermediate_size: Option<usize>,
    num_hidden_layers: Option<usize>,
    num_attention_heads: Option<usize>,
    layer_norm_eps: Option<f32>,
    hidden_act: Option<String>,
    num_channels: Option<usize>,
    image_size: Option<usize>,
    patch_size: Option<usize>,
    vocab_size: Option<usize>,
    max_position_embeddings: Option<usize>,
    projection_size: Option<usize>,
    eos_token_id: Option<u32>,
    vision_use_head: Option<bool>,
}

/// Pixels of a side at most; models take 224 to 512.
const SIDE_MAX: usize = 4096;

/// More than any size of a real model: beyond it products of sizes could overflow.
const SIZE_MAX: usize = 10_000_000;

/// What a family leaves out of its configurations.
struct Defaults {
    image_width: usize,
    text_width: usize,
    text_inner: usize,
    text_heads: usize,
    patch_size: usize,
    vocabulary: usize,
    positions: usize,
    activation: &'static str,
    epsilon: f32,
}

const CLIP: Defaults = Defaults {
    image_width: 768,
    text_width: 512,
    text_inner: 2048,
    text_heads: 8,
    patch_size: 32,
    vocabulary: 49_408,
    positions: 77,
    activation: "quick_gelu",
    epsilon: 1e-5,
};

const SIGLIP: Defaults = Defaults {
    image_width: 768,
    text_width: 768,
    text_inner: 3072,
    text_heads: 12,
    patch_size: 16,
    vocabulary: 32_000,
    positions: 64,
    activation: "gelu_pytorch_tanh",
    epsilon: 1e-6,
};

impl DualEncoderConfig {
    /// Reads the configuration file `path`.
    ///
    /// # Errors
    /// A missing or damaged file, or a model that the towers here cannot run.
    pub(crate) fn read(path: &Path) -> Result<Self, InferenceError> {
        let value: Value = read_json(path)?;
        let family = match value["model_type"].as_str() {
            Some("clip") => Family::Clip,
            Some("siglip") => Family::Siglip,
            other => return Err(unsupported("model_type", other.unwrap_or("nothing"), path)),
        };
        let defaults = match family {
            Family::Clip => CLIP,
            Family::Siglip => SIGLIP,
        };
        let vision = tower_fields(&value, "vision_config", path)?;
        let text = tower_fields(&value, "text_config", path)?;
        if vision.vision_use_head == Some(false) {
            return Err(unsupported("vision_use_head", "false", path));
        }
        let projection = value["projection_dim"].as_u64().unwrap_or(512) as usize;
        let image_encoder =
            vision.encoder((defaults.image_width, 3072, 12), &defaults, false, path)?;
        let text_encoder = text.encoder(
            (
                defaults.text_width,
                defaults.text_inner,
                defaults.text_heads,
            ),
            &defaults,
            family == Family::Clip,
            path,
        )?;
        let (pooling, text_projection, dimensions) = match family {
            Family::Clip => (
                Pooling::ClassRow { projection },
                ("text_projection", false),
                projection,
            ),
            Family::Siglip => (
                Pooling::Probe,
                ("text_model.head", true),
                text.projection_size.unwrap_or(text_encoder.width),
            ),
        };
        let image = ImageTowerShape {
            image_size: vision.image_size.unwrap_or(224),
            patch_size: vision.patch_size.unwrap_or(defaults.patch_size),
            channels: vision.num_channels.unwrap_or(3),
            encoder: image_encoder,
            pooling,
        };
        if image.channels != 3 {
            return Err(unsupported(
                "num_channels",
                &image.channels.to_string(),
                path,
            ));
        }
        if image.image_size > SIDE_MAX {
            return Err(unsupported(
                "image_size",
                &image.image_size.to_string(),
                path,
            ));
        }
        if image.patch_size == 0 || image.image_size < image.patch_size {
            return Err(unsupported(
                "patch_size",
                &image.patch_size.to_string(),
                path,
            ));
        }
        let vocabulary = text.vocab_size.unwrap_or(defaults.vocabulary);
        let positions = text.max_position_embeddings.unwrap_or(defaults.positions);
        // A text has at least a start and an end.
        for (field, number, least) in [
            ("vocab_size", vocabulary, 1),
            ("max_position_embeddings", positions, 2),
        ] {
            if !(least..=SIZE_MAX).contains(&number) {
                return Err(unsupported(field, &number.to_string(), path));
            }
        }
        if family == Family::Siglip && dimensions != image.encoder.width {
            return Err(unsupported(
                "projection_size",
                &dimensions.to_string(),
                path,
            ));
        }
        Ok(Self {
            family,
            image,
            text: TextTowerShape {
                vocabulary,
                positions,
                encoder: text_encoder,
                projection: text_projection,
                dimensions,
            },
            end_token: text.eos_token_id,
        })
    }
}

impl TowerFields {
    fn encoder(
        &self,
        (width, inner, heads): (usize, usize, usize),
        defaults: &Defaults,
        causal: bool,
        path: &Path,
    ) -> Result<EncoderShape, InferenceError> {
        let name = self.hidden_act.as_deref().unwrap_or(defaults.activation);
        let activation =
            Activation::from_name(name).ok_or_else(|| unsupported("hidden_act", name, path))?;
        let shape = EncoderShape {
            width: self.hidden_size.unwrap_or(width),
            inner: self.intermediate_size.unwrap_or(inner),
            heads: self.num_attention_heads.unwrap_or(heads),
            layers: self.num_hidden_layers.unwrap_or(12),
            epsilon: self.layer_norm_eps.unwrap_or(defaults.epsilon),
            activation,
            causal,
        };
        for (field, number) in [
            ("hidden_size", shape.width),
            ("intermediate_size", shape.inner),
            ("num_hidden_layers", shape.layers),
        ] {
            if !(1..=SIZE_MAX).contains(&number) {
                return Err(unsupported(field, &number.to_string(), path));
            }
        }
        if shape.heads == 0 || !shape.width.is_multiple_of(shape.heads) {
            return Err(unsupported(
                "num_attention_heads",
                &shape.heads.to_string(),
                path,
            ));
        }
        Ok(shape)
    }
}

/// The fields of one tower; old checkpoints repeat them as `…_dict`, which then count.
fn tower_fields(value: &Value, name: &str, path: &Path) -> Result<TowerFields, InferenceError> {
    let mut fields = value[name].as_object().cloned().unwrap_or_default();
    if let Some(older) = value[format!("{name}_dict")].as_object() {
        fields.extend(older.clone());
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| InferenceError::FileDamaged {
        reason: format!("`{name}` is not as expected ({error})"),
        path: path.to_owned(),
    })
}

/// The JSON file `path` as a `T`.
///
/// # Errors
/// A missing, unreadable or damaged file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, InferenceError> {
    let bytes = read_file(path)?;
    serde_json::from_slice(&bytes).map_err(|error| InferenceError::FileDamaged {
        reason: format!("not the JSON that was expected ({error})"),
        path: path.to_owned(),
    })
}

/// The bytes of `path`.
///
/// # Errors
/// A missing or unreadable file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, InferenceError> {
    std::fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => InferenceError::FileMissing {
            path: path.to_owned(),
        },
        _ => InferenceError::Io {
            path: path.to_owned(),
            source,
        },
    })
}

/// A configuration that the code here cannot run.
pub(crate) fn unsupported(field: &str, value: &str, path: &Path) -> InferenceError {
    InferenceError::UnsupportedConfiguration {
        field: field.to_owned(),
        value: value.to_owned(),
        path: path.to_owned(),
    }
}
