//! A transformer encoder with the norm before each half of a block, as both towers of CLIP and SigLIP have it.

use super::activation::{Activation, LayerNorm};
use super::attention::{AttentionScratch, AttentionShape, Rows, attend};
use super::buffer::AlignedBuffer;
use super::kernel::Instructions;
use super::linear::{Linear, Outcome, PackedRows};

/// A cache line between rows, so that rows of 2ⁿ values do not fall on the same cache sets.
const ROW_GAP: usize = 16;

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

struct Block {
    attention_norm: LayerNorm,
    queries_keys_values: Linear,
    attention_out: Linear,
    feed_norm: LayerNorm,
    feed_in: Linear,
    feed_out: Linear,
}

/// The blocks of an encoder.
pub(crate) struct Encoder {
    shape: EncoderShape,
    blocks: Vec<Block>,
    instructions: Instructions,
}

/// Room for the rows that are being worked on; one for each thread, used again and again.
#[derive(Default)]
pub(crate) struct EncoderScratch {
    pub(super) packed: PackedRows,
    pub(super) normalised: AlignedBuffer,
    pub(super) projected: AlignedBuffer,
    pub(super) attended: AlignedBuffer,
    pub(super) hidden: AlignedBuffer,
    pub(super) attention: AttentionScratch,
}

impl Encoder {
    /// Takes the tensors below `prefix`, named as in Hugging Face's CLIP and SigLIP.
    ///
    /// # Errors
    /// What `weights` gives.
    pub(crate) fn load<E>(
        shape: EncoderShape,
        instructions: Instructions,
        prefix: &str,
        weights: &mut Weights<'_, E>,
    ) -> Result<Self, E> {
        let blocks = (0..shape.layers)
            .map(|layer| Block::load(&shape, &format!("{prefix}layers.{layer}."), weights))
            .collect::<Result<_, E>>()?;
        Ok(Self {
            shape,
            blocks,
            instructions,
        })
    }

    /// Numbers of a row.
    pub(crate) fn width(&self) -> usize {
        self.shape.width
    }

    /// Which vector instructions it uses.
    pub(crate) fn instructions(&self) -> Instructions {
        self.instructions
    }

    /// Runs sequences of `length` rows that lie one after the other in `states`.
    ///
    /// With `pooled`, one row number for each sequence, only these rows are finished, and they alone
    /// stand at the start of `states` afterwards.
    pub(crate) fn run(
        &self,
        states: &mut [f32],
        length: usize,
        pooled: Option<&[usize]>,
        scratch: &mut EncoderScratch,
    ) {
        let width = self.shape.width;
        let rows = states.len() / width;
        let stride = self.projected_stride();
        let Some((last, others)) = self.blocks.split_last() else {
            return;
        };
        for block in others {
            self.run_block(block, states, length, scratch);
        }
        let Some(pooled) = pooled else {
            self.run_block(last, states, length, scratch);
            return;
        };
        let mut projected = std::mem::take(&mut scratch.projected);
        projected.resize(rows * stride);
        self.project(last, states, &mut projected, scratch);
        for (sequence, row) in pooled.iter().enumerate() {
            let values = &projected[sequence * length * stride..][..length * stride];
            let queries = (&values[row * stride..], *row, 1);
            self.attend(queries, &[values], sequence, scratch);
            let start = (sequence * length + row) * width;
            states.copy_within(start..start + width, sequence * width);
        }
        scratch.projected = projected;
        self.finish(last, &mut states[..pooled.len() * width], scratch);
    }

    fn run_block(
        &self,
        block: &Block,
        states: &mut [f32],
        length: usize,
        scratch: &mut EncoderScratch,
    ) {
        let rows = states.len() / self.shape.width;
        let stride = self.projected_stride();
        let mut projected = std::mem::take(&mut scratch.projected);
        projected.resize(rows * stride);
        self.project(block, states, &mut projected, scratch);
        for (sequence, values) in projected.chunks_exact(length * stride).enumerate() {
            self.attend((values, 0, length), &[values], sequence * length, scratch);
        }
        scratch.projected = projected;
        self.finish(block, states, scratch);
    }

    /// Values from one row of queries, keys and values to the next.
    fn projected_stride(&self) -> usize {
        3 * self.shape.width + ROW_GAP
    }

    /// Queries, keys and values of each row of `states`.
    fn project(
        &self,
        block: &Block,
        states: &[f32],
        projected: &mut [f32],
        scratch: &mut EncoderScratch,
    ) {
        self.pack_normalised(&block.attention_norm, states, scratch);
        block.queries_keys_values.apply(
            self.instructions,
            &scratch.packed,
            (projected, self.projected_stride()),
            Outcome::Store,
        );
    }

    /// Attention of the queries `(rows, number of the first in the sequence, how many)` over the
    /// runs of a sequence, written to the scratch's rows from `target_row` on.
    fn attend(
        &self,
        (queries, first_query, count): (&[f32], usize, usize),
        sequence: &[&[f32]],
        target_row: usize,
        scratch: &mut EncoderScratch,
    ) {
        let width = self.shape.width;
        let stride = self.projected_stride();
        let shape = AttentionShape {
            heads: self.shape.heads,
            width,
            causal: self.shape.causal,
        };
        let runs: Vec<Rows<'_>> = sequence
            .iter()
            .map(|run| Rows {
                values: &run[width..],
                stride,
                count: run.len() / stride,
            })
            .collect();
        let queries = Rows {
            values: queries,
            stride,
            count,
        };
        let needed = (target_row + count) * width;
        if scratch.attended.len() < needed {
            scratch.attended.resize(needed);
        }
        attend(
            self.instructions,
            shape,
            (queries, first_query),
            &runs,
            (&mut scratch.attended[target_row * width..needed], width),
            &mut scratch.attention,
        );
    }

    /// What follows attention, for the rows of `states`.
    fn finish(&self, block: &Block, states: &mut [f32], scratch: &mut EncoderScratch) {
        let (width, inner) = (self.shape.width, self.shape.inner);
        let rows = states.len() / width;
        scratch.packed.pack(&scratch.attended, width, rows, width);
        block.attention_out.apply(
            self.instructions,
            &scratch.packed,
            (states, width),
            Outcome::Add,
        );
        self.pack_normalised(&block.feed_norm, states, scratch);
        let stride = inner + ROW_GAP;
        scratch.hidden.resize(rows * stride);
        block.feed_in.apply(
            self.instructions,
            &scratch.packed,
            (&mut scratch.hidden, stride),
            Outcome::Activate(self.shape.activation),
        );
        scratch.packed.pack(&scratch.hidden, stride, rows, inner);
        block.feed_out.apply(
            self.instructions,
            &scratch.packed,
            (states, width),
            Outcome::Add,
        );
    }

    fn pack_normalised(&self, norm: &LayerNorm, states: &[f32], scratch: &mut EncoderScratch) {
        let width = self.shape.width;
        scratch.normalised.resize(states.len());
        let targets = scratch.normalised.chunks_exact_mut(width);
        for (row, target) in states.chunks_exact(width).zip(targets) {
            norm.apply(self.instructions, row, target);
        }
        let rows = states.len() / width;
        scratch.packed.pack(&scratch.normalised, width, rows, width);
    }
}

impl Block {
    fn load<E>(
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
