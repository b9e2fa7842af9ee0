//! The layers of one transformer block, and how they are taken from a checkpoint.

use super::activation::{Activation, LayerNorm};
use super::linear::Linear;

/// Where a tower's weights come from: a tensor's name and shape in, its values in row order out.
pub(crate) type Weights<'a, E> = dyn FnMut(&str, &[usize]) -> Result<Vec<f32>, E> + 'a;

/// The sizes of an encoder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EncoderShape {
    /// Numbers of a row.
    pub(crate) width: usize,
    /// Numbers between the two products of a block's second half.
    pub(crate) inner: usize,
    /// Heads; they divide `width`.
    pub(crate) heads: usize,
    /// Blocks.
    pub(crate) layers: usize,
    /// Added to variances.
    pub(crate) epsilon: f32,
    /// Between the two products.
    pub(crate) activation: Activation,
    /// Whether a row sees only itself and the rows before it.
    pub(crate) causal: bool,
}

/// The layers of one block.
pub(super) struct Block {
    pub(super) attention_norm: LayerNorm,
    pub(super) queries_keys_values: Linear,
    pub(super) attention_out: Linear,
    pub(super) feed_norm: LayerNorm,
    pub(super) feed_in: Linear,
    pub(super) feed_out: Linear,
}

impl Block {
    /// Takes the tensors below `prefix`.
    pub(super) fn load<E>(
        shape: &EncoderShape,
        prefix: &str,
        weights: &mut Weights<'_, E>,
    ) -> Result<Self, E> {
        let (width, inner) = (shape.width, shape.inner);
        Ok(Self {
            attention_norm: load_norm(weights, &format!("{prefix}layer_norm1"), shape)?,
            queries_keys_values: load_queries_keys_values(weights, prefix, shape)?,
            attention_out: load_linear(
                weights,
                &format!("{prefix}self_attn.out_proj"),
                width,
                width,
            )?,
            feed_norm: load_norm(weights, &format!("{prefix}layer_norm2"), shape)?,
            feed_in: load_linear(weights, &format!("{prefix}mlp.fc1"), width, inner)?,
            feed_out: load_linear(weights, &format!("{prefix}mlp.fc2"), inner, width)?,
        })
    }
}

/// The three projections as one product; the scale of the scores is put into the queries.
fn load_queries_keys_values<E>(
    weights: &mut Weights<'_, E>,
    prefix: &str,
    shape: &EncoderShape,
) -> Result<Linear, E> {
    let width = shape.width;
    let (mut matrix, mut bias) = (Vec::new(), Vec::new());
    for name in ["q_proj", "k_proj", "v_proj"] {
        matrix.extend(weights(
            &format!("{prefix}self_attn.{name}.weight"),
            &[width, width],
        )?);
        bias.extend(weights(
            &format!("{prefix}self_attn.{name}.bias"),
            &[width],
        )?);
    }
    let scale = score_scale(shape);
    matrix[..width * width]
        .iter_mut()
        .for_each(|value| *value *= scale);
    bias[..width].iter_mut().for_each(|value| *value *= scale);
    Ok(Linear::new(&matrix, Some(bias), width))
}

/// What products of queries and keys are multiplied with: one over the root of a head's width.
pub(super) fn score_scale(shape: &EncoderShape) -> f32 {
    ((shape.width / shape.heads) as f32).powf(-0.5)
}

/// The linear layer `name` with its bias.
pub(super) fn load_linear<E>(
    weights: &mut Weights<'_, E>,
    name: &str,
    inputs: usize,
    outputs: usize,
) -> Result<Linear, E> {
    let matrix = weights(&format!("{name}.weight"), &[outputs, inputs])?;
    let bias = weights(&format!("{name}.bias"), &[outputs])?;
    Ok(Linear::new(&matrix, Some(bias), inputs))
}

/// The layer norm `name`.
pub(super) fn load_norm<E>(
    weights: &mut Weights<'_, E>,
    name: &str,
    shape: &EncoderShape,
) -> Result<LayerNorm, E> {
    let weight = weights(&format!("{name}.weight"), &[shape.width])?;
    let bias = weights(&format!("{name}.bias"), &[shape.width])?;
    Ok(LayerNorm::new(weight, bias, shape.epsilon))
}
