//! A transformer encoder with the norm before each half of a block, as both towers of CLIP and SigLIP have it.

use std::sync::{Barrier, PoisonError, RwLock};

use super::activation::LayerNorm;
use super::attention::{AttentionScratch, AttentionShape, Rows, attend};
use super::block::{Block, EncoderShape, Weights};
use super::buffer::AlignedBuffer;
use super::kernel::Instructions;
use super::linear::{Outcome, PackedRows};

/// A cache line between rows, so that rows of 2ⁿ values do not fall on the same cache sets.
const ROW_GAP: usize = 16;

/// The blocks of an encoder.
pub(crate) struct Encoder {
    shape: EncoderShape,
    blocks: Vec<Block>,
    instructions: Instructions,
}

/// What threads that share a sequence show each other: the queries, keys and values of their rows.
struct Exchange {
    projected: [Vec<RwLock<AlignedBuffer>>; 2],
    all_projected: Barrier,
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

    /// Runs a single sequence on `threads` threads, each on a share of its rows; `pooled` as in [`run`](Self::run).
    pub(crate) fn run_shared(&self, states: &mut [f32], pooled: Option<usize>, threads: usize) {
        let width = self.shape.width;
        let share = (states.len() / width).div_ceil(threads.max(1)).max(1);
        let members = (states.len() / width).div_ceil(share);
        let exchange = Exchange {
            // Two sets by turns: whoever is ahead writes one while the others still read the other.
            projected: std::array::from_fn(|_| (0..members).map(|_| RwLock::default()).collect()),
            all_projected: Barrier::new(members),
        };
        std::thread::scope(|scope| {
            for (member, states) in states.chunks_mut(share * width).enumerate() {
                let (first, exchange) = (member * share, &exchange);
                let pooled = pooled.map(|row| {
                    let own = first..first + states.len() / width;
                    own.contains(&row).then(|| row - first)
                });
                scope.spawn(move || self.run_member(states, (member, first), pooled, exchange));
            }
        });
        if let Some(row) = pooled {
            let start = row / share * share * width;
            states.copy_within(start..start + width, 0);
        }
    }

    /// One thread's share of [`run_shared`](Self::run_shared); with `pooled`, the last block finishes that
    /// row alone, if it is in this share, and leaves it at the start.
    fn run_member(
        &self,
        states: &mut [f32],
        (member, first): (usize, usize),
        pooled: Option<Option<usize>>,
        exchange: &Exchange,
    ) {
        let (width, stride) = (self.shape.width, self.projected_stride());
        let rows = states.len() / width;
        let mut scratch = EncoderScratch::default();
        for (index, block) in self.blocks.iter().enumerate() {
            let projected = &exchange.projected[index % 2];
            {
                let mut own = projected[member]
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                own.resize(rows * stride);
                self.project(block, states, &mut own, &mut scratch);
            }
            exchange.all_projected.wait();
            let is_last = index + 1 == self.blocks.len();
            let (row, count) = match pooled.filter(|_| is_last) {
                None => (0, rows),
                Some(Some(row)) => (row, 1),
                Some(None) => return,
            };
            let all: Vec<_> = projected
                .iter()
                .map(|runs| runs.read().unwrap_or_else(PoisonError::into_inner))
                .collect();
            let runs: Vec<&[f32]> = all.iter().map(|run| &run[..]).collect();
            let queries = (&runs[member][row * stride..], first + row, count);
            self.attend(queries, &runs, 0, &mut scratch);
            states.copy_within(row * width..(row + count) * width, 0);
            self.finish(block, &mut states[..count * width], &mut scratch);
        }
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
