//! SigLIP's pooling: a learnt query attends to all rows, followed by a feed-forward step.

use super::activation::LayerNorm;
use super::attention::{AttentionShape, Rows, attend};
use super::block::{EncoderShape, Weights, load_linear, load_norm, score_scale};
use super::encoder::EncoderScratch;
use super::kernel::Instructions;
use super::linear::{Linear, Outcome};

/// The layers after the encoder.
pub(super) struct ProbeHead {
    query: Vec<f32>,
    keys_and_values: Linear,
    attention_out: Linear,
    norm: LayerNorm,
    feed_in: Linear,
    feed_out: Linear,
}

impl ProbeHead {
    /// Takes the tensors named as in Hugging Face's `SiglipModel`.
    pub(super) fn load<E>(shape: &EncoderShape, weights: &mut Weights<'_, E>) -> Result<Self, E> {
        const PREFIX: &str = "vision_model.head.";
        let (width, inner) = (shape.width, shape.inner);
        let probe = weights(&format!("{PREFIX}probe"), &[1, 1, width])?;
        let matrix = weights(
            &format!("{PREFIX}attention.in_proj_weight"),
            &[3 * width, width],
        )?;
        let bias = weights(&format!("{PREFIX}attention.in_proj_bias"), &[3 * width])?;
        // The query is the same for all pictures: made once, its scores' scale included.
        let scale = score_scale(shape);
        let query = matrix
            .chunks_exact(width)
            .zip(&bias)
            .take(width)
            .map(|(row, bias)| {
                let sum: f32 = row.iter().zip(&probe).map(|(a, b)| a * b).sum();
                (sum + bias) * scale
            })
            .collect();
        Ok(Self {
            query,
            keys_and_values: Linear::new(
                &matrix[width * width..],
                Some(bias[width..].to_vec()),
                width,
            ),
            attention_out: load_linear(
                weights,
                &format!("{PREFIX}attention.out_proj"),
                width,
                width,
            )?,
            norm: load_norm(weights, &format!("{PREFIX}layernorm"), shape)?,
            feed_in: load_linear(weights, &format!("{PREFIX}mlp.fc1"), width, inner)?,
            feed_out: load_linear(weights, &format!("{PREFIX}mlp.fc2"), inner, width)?,
        })
    }

    /// Writes what the probe finds in the rows `states` to `vector`.
    pub(super) fn pool(
        &self,
        shape: &EncoderShape,
        instructions: Instructions,
        states: &[f32],
        vector: &mut [f32],
        scratch: &mut EncoderScratch,
    ) {
        let width = shape.width;
        let rows = states.len() / width;
        scratch.packed.pack(states, width, rows, width);
        scratch.projected.resize(rows * 2 * width);
        self.keys_and_values.apply(
            instructions,
            &scratch.packed,
            (&mut scratch.projected, 2 * width),
            Outcome::Store,
        );
        let attention = AttentionShape {
            heads: shape.heads,
            width,
            causal: false,
        };
        let query = Rows {
            values: &self.query,
            stride: width,
            count: 1,
        };
        let sequence = Rows {
            values: &scratch.projected,
            stride: 2 * width,
            count: rows,
        };
        scratch.attended.resize(width);
        attend(
            instructions,
            attention,
            (query, 0),
            &[sequence],
            (&mut scratch.attended, width),
            &mut scratch.attention,
        );
        scratch.packed.pack(&scratch.attended, width, 1, width);
        self.attention_out.apply(
            instructions,
            &scratch.packed,
            (vector, width),
            Outcome::Store,
        );
        scratch.normalised.resize(width);
        self.norm
            .apply(instructions, vector, &mut scratch.normalised);
        scratch.packed.pack(&scratch.normalised, width, 1, width);
        scratch.hidden.resize(shape.inner);
        self.feed_in.apply(
            instructions,
            &scratch.packed,
            (&mut scratch.hidden, shape.inner),
            Outcome::Activate(shape.activation),
        );
        scratch
            .packed
            .pack(&scratch.hidden, shape.inner, 1, shape.inner);
        self.feed_out
            .apply(instructions, &scratch.packed, (vector, width), Outcome::Add);
    }
}
