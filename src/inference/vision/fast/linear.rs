//! Products of rows with weights that were packed once, with bias, activation and residual fused in.

use std::ops::Range;

use super::activation::Activation;
use super::buffer::AlignedBuffer;
use super::kernel::{BLOCK_ROWS, Instructions, PANEL_COLUMNS, multiply_add};

/// Depth worked off at a time: 32 KiB of a panel stay in the first cache while all row blocks pass.
const DEPTH_BLOCK: usize = 256;

/// Depth packed at a time, so that the lines written to are still in the first cache for the next row.
const PACKED_AT_ONCE: usize = 128;

/// Packed rows of more values than this (1 MiB) are passed over part by part of their depth, all panels
/// for each, so that the rows and not the sums are read from the second cache.
const LEFT_VALUES_CACHED: usize = 1 << 18;

/// Rows as the kernel reads them: blocks of up to [`BLOCK_ROWS`] rows, values of one depth side by side.
#[derive(Default)]
pub(crate) struct PackedRows {
    values: AlignedBuffer,
    rows: usize,
    depth: usize,
}

impl PackedRows {
    /// Takes `rows` rows of `depth` values that lie `stride` apart in `source`.
    pub(crate) fn pack(&mut self, source: &[f32], stride: usize, rows: usize, depth: usize) {
        (self.rows, self.depth) = (rows, depth);
        self.values.resize(rows * depth);
        for (first, count) in row_blocks(rows) {
            let block = &mut self.values[first * depth..][..count * depth];
            for start in (0..depth).step_by(PACKED_AT_ONCE) {
                let end = (start + PACKED_AT_ONCE).min(depth);
                let target = &mut block[start * count..end * count];
                for row in 0..count {
                    let values = &source[(first + row) * stride..][start..end];
                    for (column, value) in target.chunks_exact_mut(count).zip(values) {
                        column[row] = *value;
                    }
                }
            }
        }
    }

    fn block(&self, first: usize, count: usize, depth: Range<usize>) -> &[f32] {
        &self.values[first * self.depth..][count * depth.start..count * depth.end]
    }
}

/// First row and number of rows of each block; blocks differ by one row at most, so none is left small.
fn row_blocks(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let blocks = rows.div_ceil(BLOCK_ROWS);
    (0..blocks).map(move |block| {
        let first = block * rows / blocks;
        (first, (block + 1) * rows / blocks - first)
    })
}

/// Columns as the kernel reads them: panels of [`PANEL_COLUMNS`], the last one filled up with zeros.
#[derive(Default)]
pub(crate) struct PackedColumns {
    values: AlignedBuffer,
    depth: usize,
    columns: usize,
}

impl PackedColumns {
    /// Makes room for `columns` columns of `depth` values; what it held before is lost.
    pub(crate) fn reset(&mut self, depth: usize, columns: usize) {
        (self.depth, self.columns) = (depth, columns);
        self.values
            .resize(depth * columns.next_multiple_of(PANEL_COLUMNS));
        let whole = columns / PANEL_COLUMNS * PANEL_COLUMNS * depth;
        self.values[whole..].fill(0.0);
    }

    /// Sets column `column` to `values`, one for each depth.
    pub(crate) fn set_column(&mut self, column: usize, values: &[f32]) {
        let (panel, offset) = (column / PANEL_COLUMNS, column % PANEL_COLUMNS);
        let panel = &mut self.values[panel * self.depth * PANEL_COLUMNS..];
        for (row, value) in panel.chunks_exact_mut(PANEL_COLUMNS).zip(values) {
            row[offset] = *value;
        }
    }

    /// Sets the values of all columns at depth `depth`.
    pub(crate) fn set_depth(&mut self, depth: usize, values: &[f32]) {
        for (panel, values) in values.chunks(PANEL_COLUMNS).enumerate() {
            let start = (panel * self.depth + depth) * PANEL_COLUMNS;
            self.values[start..start + values.len()].copy_from_slice(values);
        }
    }

    /// Writes `left` times these columns into `out`, after `prepare` set where the sums start, and
    /// before `finish` sees each row's part of a panel; both get the panel's first column and the part.
    pub(crate) fn multiply(
        &self,
        instructions: Instructions,
        left: &PackedRows,
        (out, out_stride): (&mut [f32], usize),
        mut prepare: impl FnMut(usize, &mut [f32]),
        mut finish: impl FnMut(&mut [f32]),
    ) {
        debug_assert_eq!(left.depth, self.depth);
        let panels = self.columns.div_ceil(PANEL_COLUMNS);
        let parts = self.depth.div_ceil(DEPTH_BLOCK);
        let place = |step: usize| match left.values.len() > LEFT_VALUES_CACHED {
            true => (step % panels, step / panels),
            false => (step / parts, step % parts),
        };
        for step in 0..panels * parts {
            let (panel, part) = place(step);
            let (next_panel, next_part) = place((step + 1).min(panels * parts - 1));
            let depths = self.depths(part);
            let weights = self.part(panel, depths.clone());
            let next = self.part(next_panel, self.depths(next_part));
            let column = panel * PANEL_COLUMNS;
            let columns = PANEL_COLUMNS.min(self.columns - column);
            if part == 0 {
                for row in 0..left.rows {
                    prepare(column, &mut out[row * out_stride + column..][..columns]);
                }
            }
            let share = next.len().div_ceil(left.rows.div_ceil(BLOCK_ROWS)).max(1);
            // Rounded up, the shares may be used up before the blocks are.
            let shares = next.chunks(share).chain(std::iter::repeat(&[][..]));
            for ((first, count), next) in row_blocks(left.rows).zip(shares) {
                multiply_add(
                    instructions,
                    count,
                    depths.len(),
                    left.block(first, count, depths.clone()),
                    (weights, next),
                    &mut out[first * out_stride + column..],
                    out_stride,
                    columns,
                );
            }
            if part == parts - 1 {
                for row in 0..left.rows {
                    finish(&mut out[row * out_stride + column..][..columns]);
                }
            }
        }
    }

    fn depths(&self, part: usize) -> Range<usize> {
        let start = part * DEPTH_BLOCK;
        start..(start + DEPTH_BLOCK).min(self.depth)
    }

    fn part(&self, panel: usize, depths: Range<usize>) -> &[f32] {
        let start = (panel * self.depth + depths.start) * PANEL_COLUMNS;
        &self.values[start..][..depths.len() * PANEL_COLUMNS]
    }
}

/// What becomes of a product's sums.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Outcome {
    /// Replaces what was there.
    Store,
    /// Replaces it after the activation.
    Activate(Activation),
    /// Is added to what was there: a residual connection.
    Add,
}

/// A linear layer.
pub(crate) struct Linear {
    weights: PackedColumns,
    bias: Vec<f32>,
}

impl Linear {
    /// Packs `weights`, one row of `inputs` values for each output as checkpoints store them.
    pub(crate) fn new(weights: &[f32], bias: Option<Vec<f32>>, inputs: usize) -> Self {
        let outputs = weights.len() / inputs;
        let mut packed = PackedColumns::default();
        packed.reset(inputs, outputs);
        for (output, row) in weights.chunks_exact(inputs).enumerate() {
            packed.set_column(output, row);
        }
        Self {
            weights: packed,
            bias: bias.unwrap_or_else(|| vec![0.0; outputs]),
        }
    }

    /// Numbers it makes of each row.
    pub(crate) fn outputs(&self) -> usize {
        self.weights.columns
    }

    /// Applies it to `left`; `out` is where the result goes and the stride of its rows.
    pub(crate) fn apply(
        &self,
        instructions: Instructions,
        left: &PackedRows,
        out: (&mut [f32], usize),
        outcome: Outcome,
    ) {
        let bias = |column: usize, part: &[f32]| column..column + part.len();
        self.weights.multiply(
            instructions,
            left,
            out,
            |column, part| match outcome {
                Outcome::Add => {
                    let bias = &self.bias[bias(column, part)];
                    part.iter_mut().zip(bias).for_each(|(value, b)| *value += b);
                }
                Outcome::Store | Outcome::Activate(_) => {
                    part.copy_from_slice(&self.bias[bias(column, part)]);
                }
            },
            |part| {
                if let Outcome::Activate(activation) = outcome {
                    activation.apply(instructions, part);
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::vision::tiny_models::Seeded;

    #[test]
    fn products_of_all_sizes_match_plain_sums_on_all_instruction_sets() {
        let mut seeded = Seeded::new(3);
        for (rows, depth, columns) in [
            (1, 1, 1),
            (13, 5, 31),
            (14, 32, 32),
            (15, 257, 33),
            (50, 600, 70),
            (300, 1000, 40),
            (2001, 3, 65),
            (2100, 256, 32),
        ] {
            let left = seeded.values(rows * depth, 0.0, 1.0);
            let weights = seeded.values(columns * depth, 0.0, 1.0);
            let bias = seeded.values(columns, 0.0, 1.0);
            let linear = Linear::new(&weights, Some(bias.clone()), depth);
            let mut packed = PackedRows::default();
            packed.pack(&left, depth, rows, depth);
            for instructions in Instructions::available() {
                let stride = columns + 3;
                let mut out = vec![2.0; rows * stride];
                linear.apply(instructions, &packed, (&mut out, stride), Outcome::Add);
                for row in (0..rows).step_by(7).chain([rows - 1]) {
                    for column in 0..stride {
                        let expected = match column < columns {
                            true => {
                                let left = &left[row * depth..][..depth];
                                let right = &weights[column * depth..][..depth];
                                let products = left.iter().zip(right).map(|(a, b)| a * b);
                                2.0 + bias[column] + products.sum::<f32>()
                            }
                            false => 2.0,
                        };
                        let found = out[row * stride + column];
                        assert!(
                            (found - expected).abs() < 1e-3,
                            "{instructions:?} {rows}x{depth}x{columns} at {row},{column}: {found}, {expected}"
                        );
                    }
                }
            }
        }
    }
}
