//! The transformer of a sentence encoder (BERT and XLM-RoBERTa), its tensors checked by name and shape.
//!
//! Texts lie one behind the other without padding, so that a text's vectors can't depend on its
//! neighbours' lengths; only attention looks at them one by one. Products are candle's, on weights
//! turned once into the order that makes them fastest; what lies between them runs in place on the
//! calling thread, where candle would wake threads of its own for every sum.

use std::{collections::HashMap, fs, path::Path};

use candle_core::{DType, Device, Result, Tensor};
use safetensors::SafeTensors;

use super::settings::{Activation, EncoderSettings};
use crate::inference::InferenceError;

/// A loaded transformer.
pub(super) struct Encoder {
    width: usize,
    heads: usize,
    first_position: usize,
    activation: Activation,
    words: Vec<f32>,
    /// Position and token type 0, the only one in use, added up.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    query_key_value: Product,
    attention_output: Product,
    attention_norm: Norm,
    inner: Product,
    outer: Product,
    outer_norm: Norm,
}

impl Encoder {
    /// Reads the weights as 32-bit numbers.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape than `settings` ask for.
    pub(super) fn load(
        path: &Path,
        settings: &EncoderSettings,
    ) -> std::result::Result<Self, InferenceError> {
        let damaged = |reason: String| InferenceError::FileDamaged {
            reason,
            path: path.to_owned(),
        };
        let bytes = fs::read(path).map_err(|source| InferenceError::Io {
            path: path.to_owned(),
            source,
        })?;
        let prefix = check_tensors(&bytes, settings).map_err(damaged)?;
        let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)
            .map_err(|error| damaged(error.to_string()))?;
        Self::build(
            &Weights {
                tensors,
                prefix,
                epsilon: settings.epsilon,
            },
            settings,
        )
        .map_err(|error| damaged(error.to_string()))
    }

    fn build(weights: &Weights, settings: &EncoderSettings) -> Result<Self> {
        let types = weights.values("embeddings.token_type_embeddings.weight")?;
        let mut positions = weights.values("embeddings.position_embeddings.weight")?;
        for row in positions.chunks_exact_mut(settings.width) {
            add(row, &types[..settings.width]);
        }
        let layer = |number: usize| -> Result<Layer> {
            let name = |part: &str| format!("encoder.layer.{number}.{part}");
            Ok(Layer {
                query_key_value: weights.product(
                    &["query", "key", "value"].map(|part| name(&format!("attention.self.{part}"))),
                )?,
                attention_output: weights.product(&[name("attention.output.dense")])?,
                attention_norm: weights.norm(&name("attention.output.LayerNorm"))?,
                inner: weights.product(&[name("intermediate.dense")])?,
                outer: weights.product(&[name("output.dense")])?,
                outer_norm: weights.norm(&name("output.LayerNorm"))?,
            })
        };
        Ok(Self {
            width: settings.width,
            heads: settings.heads,
            first_position: settings.first_position,
            activation: settings.activation,
            words: weights.values("embeddings.word_embeddings.weight")?,
            positions,
            norm: weights.norm("embeddings.LayerNorm")?,
            layers: (0..settings.layers).map(layer).collect::<Result<_>>()?,
        })
    }

    /// The vectors of every token of every text, in order, without gaps.
    pub(super) fn forward(&self, texts: &[&[u32]]) -> Result<Vec<f32>> {
        let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
        let mut states = Vec::with_capacity(lengths.iter().sum::<usize>() * self.width);
        for text in texts {
            let mut next = self.first_position;
            for token in text.iter().map(|token| *token as usize) {
                // A padding token that is written in the text has its own number as its position in
                // RoBERTa, which counts the others alone.
                let position = if token + 1 == self.first_position {
                    token
                } else {
                    next += 1;
                    next - 1
                };
                let start = states.len();
                states.extend_from_slice(row(&self.words, token, self.width));
                add(
                    &mut states[start..],
                    row(&self.positions, position, self.width),
                );
            }
        }
        self.norm.apply(&mut states);
        for layer in &self.layers {
            let mixed = self.attention(&layer.query_key_value.apply(&states)?, &lengths)?;
            add(&mut states, &layer.attention_output.apply(&mixed)?);
            layer.attention_norm.apply(&mut states);
            let mut inner = layer.inner.apply(&states)?;
            inner
                .iter_mut()
                .for_each(|value| *value = self.activation.of(*value));
            add(&mut states, &layer.outer.apply(&inner)?);
            layer.outer_norm.apply(&mut states);
        }
        Ok(states)
    }

    /// Every token's value mixed from those of its own text, for rows of query, key and value.
    fn attention(&self, rows: &[f32], lengths: &[usize]) -> Result<Vec<f32>> {
        let (width, heads) = (self.width, self.heads);
        let size = width / heads;
        let scale = 1.0 / (size as f32).sqrt();
        let mut mixed = vec![0.0; rows.len() / 3];
        let mut first = 0;
        for &length in lengths {
            let rows = &rows[first * 3 * width..][..length * 3 * width];
            let part = |which: usize| -> Result<Tensor> {
                let mut values = Vec::with_capacity(length * width);
                for head in 0..heads {
                    for row in rows.chunks_exact(3 * width) {
                        values.extend_from_slice(&row[which * width + head * size..][..size]);
                    }
                }
                Tensor::from_vec(values, (heads, length, size), &Device::Cpu)
            };
            let scores = part(0)?.matmul(&part(1)?.t()?)?;
            let mut scores = scores.flatten_all()?.to_vec1::<f32>()?;
            scores
                .chunks_exact_mut(length)
                .for_each(|row| softmax(row, scale));
            let scores = Tensor::from_vec(scores, (heads, length, length), &Device::Cpu)?;
            let values = scores.matmul(&part(2)?)?.flatten_all()?.to_vec1::<f32>()?;
            for (head, values) in values.chunks_exact(length * size).enumerate() {
                for (index, value) in values.chunks_exact(size).enumerate() {
                    mixed[(first + index) * width + head * size..][..size].copy_from_slice(value);
                }
            }
            first += length;
        }
        Ok(mixed)
    }
}

/// A matrix that rows are multiplied with, and what is added to each.
struct Product {
    /// (numbers in, numbers out), contiguous.
    weight: Tensor,
    bias: Vec<f32>,
}

impl Product {
    fn apply(&self, rows: &[f32]) -> Result<Vec<f32>> {
        let (numbers_in, numbers_out) = self.weight.dims2()?;
        let rows = Tensor::from_slice(rows, (rows.len() / numbers_in, numbers_in), &Device::Cpu)?;
        let mut values = rows.matmul(&self.weight)?.flatten_all()?.to_vec1::<f32>()?;
        values
            .chunks_exact_mut(numbers_out)
            .for_each(|row| add(row, &self.bias));
        Ok(values)
    }
}

/// Layer normalisation (Ba, Kiros and Hinton 2016).
struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

impl Norm {
    fn apply(&self, rows: &mut [f32]) {
        let width = self.weight.len();
        for row in rows.chunks_exact_mut(width) {
            let mean = row.iter().sum::<f32>() / width as f32;
            let variance = row
                .iter()
                .map(|value| (value - mean) * (value - mean))
                .sum::<f32>()
                / width as f32;
            let scale = 1.0 / (variance + self.epsilon).sqrt();
            for ((value, weight), bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
                *value = (*value - mean) * scale * weight + bias;
            }
        }
    }
}

fn row(table: &[f32], index: usize, width: usize) -> &[f32] {
    &table[index * width..][..width]
}

fn add(to: &mut [f32], values: &[f32]) {
    to.iter_mut()
        .zip(values)
        .for_each(|(to, value)| *to += value);
}

fn softmax(row: &mut [f32], scale: f32) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = ((*value - largest) * scale).exp();
        sum += *value;
    }
    row.iter_mut().for_each(|value| *value /= sum);
}

/// Tensors by name, checked before.
struct Weights {
    tensors: HashMap<String, Tensor>,
    prefix: &'static str,
    epsilon: f32,
}

impl Weights {
    fn tensor(&self, name: &str) -> Result<Tensor> {
        let name = joined(self.prefix, name);
        let found = self.tensors.get(&name);
        found
            .ok_or_else(|| candle_core::Error::msg(format!("lacks the tensor `{name}`")))?
            .to_dtype(DType::F32)
    }

    fn values(&self, name: &str) -> Result<Vec<f32>> {
        self.tensor(name)?.flatten_all()?.to_vec1()
    }

    /// The layers of those names side by side.
    fn product(&self, names: &[String]) -> Result<Product> {
        let all = |part: &str| -> Result<Tensor> {
            let parts: Vec<Tensor> = names
                .iter()
                .map(|name| self.tensor(&format!("{name}.{part}")))
                .collect::<Result<_>>()?;
            Tensor::cat(&parts, 0)
        };
        Ok(Product {
            weight: all("weight")?.t()?.contiguous()?,
            bias: all("bias")?.to_vec1()?,
        })
    }

    fn norm(&self, name: &str) -> Result<Norm> {
        Ok(Norm {
            weight: self.values(&format!("{name}.weight"))?,
            bias: self.values(&format!("{name}.bias"))?,
            epsilon: self.epsilon,
        })
    }
}

/// Compares the file's tensors with those that an encoder of this size has; tells the prefix that
/// all of them carry.
fn check_tensors(
    bytes: &[u8],
    settings: &EncoderSettings,
) -> std::result::Result<&'static str, String> {
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
