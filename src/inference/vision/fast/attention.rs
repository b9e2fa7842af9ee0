//! Attention of each row over the rows of its own sequence, head by head.

use super::activation::softmax;
use super::buffer::AlignedBuffer;
use super::kernel::Instructions;
use super::linear::{PackedColumns, PackedRows};

/// How the fused query, key and value product of a sequence is laid out and what may see what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttentionShape {
    /// Heads.
    pub(crate) heads: usize,
    /// Numbers of a row, all heads together.
    pub(crate) width: usize,
    /// Whether a row sees only itself and the rows before it.
    pub(crate) causal: bool,
}

/// Room for one head at a time.
#[derive(Default)]
pub(crate) struct AttentionScratch {
    queries: PackedRows,
    keys: PackedColumns,
    values: PackedColumns,
    scores: AlignedBuffer,
}

/// Rows to read, each `stride` values after the one before.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// From the first value of the first row on.
    pub(crate) values: &'a [f32],
    /// From one row to the next.
    pub(crate) stride: usize,
    /// How many.
    pub(crate) count: usize,
}

/// Writes to `out`, whose rows lie `out_stride` apart, for each row of `queries` the mean of the
/// sequence's values, weighted by how well its query meets their keys.
///
/// `queries` starts each row with a scaled query; `sequence` holds the sequence in one or more runs,
/// each row starting with a key, then a value. Row `first_query` of the sequence is the first of `queries`.
pub(crate) fn attend(
    instructions: Instructions,
    shape: AttentionShape,
    (queries, first_query): (Rows<'_>, usize),
    sequence: &[Rows<'_>],
    (out, out_stride): (&mut [f32], usize),
    scratch: &mut AttentionScratch,
) {
    let size = shape.width / shape.heads;
    let seen: usize = sequence.iter().map(|run| run.count).sum();
    // A further cache line, so that rows do not fall on the same cache sets.
    let score_stride = seen.next_multiple_of(16) + 16;
    scratch.scores.resize(queries.count * score_stride);
    for start in (0..shape.width).step_by(size) {
        scratch.keys.reset(size, seen);
        scratch.values.reset(seen, size);
        let rows = sequence
            .iter()
            .flat_map(|run| run.values.chunks(run.stride).take(run.count));
        for (index, row) in rows.enumerate() {
            scratch.keys.set_column(index, &row[start..][..size]);
            scratch
                .values
                .set_depth(index, &row[shape.width + start..][..size]);
        }
        scratch.queries.pack(
            &queries.values[start..],
            queries.stride,
            queries.count,
            size,
        );
        scratch.keys.multiply(
            instructions,
            &scratch.queries,
            (&mut scratch.scores, score_stride),
            |_, part| part.fill(0.0),
            |_| {},
        );
        for (row, scores) in scratch.scores.chunks_exact_mut(score_stride).enumerate() {
            let visible = match shape.causal {
                true => (first_query + row + 1).min(seen),
                false => seen,
            };
            softmax(instructions, &mut scores[..visible]);
            scores[visible..seen].fill(0.0);
        }
        scratch
            .queries
            .pack(&scratch.scores, score_stride, queries.count, seen);
        scratch.values.multiply(
            instructions,
            &scratch.queries,
            (&mut out[start..], out_stride),
            |_, part| part.fill(0.0),
            |_| {},
        );
    }
}
