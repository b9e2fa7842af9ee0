//! The innermost loop: a few rows times one panel of packed columns, on the widest vectors the processor has.

/// Columns in a panel: two 512-bit vectors, so that each broadcast of a row's value serves two products.
pub(crate) const PANEL_COLUMNS: usize = 32;

/// Rows in a block at most: with 14, the sums take 28 of the 32 registers of AVX-512.
pub(crate) const BLOCK_ROWS: usize = 14;

/// Which vector instructions the products use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instructions {
    /// 512-bit vectors with fused multiply-add.
    Avx512,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// Whatever the compiler makes of plain loops.
    Portable,
}

impl Instructions {
    /// The widest that this processor has.
    pub(crate) fn detect() -> Self {
        Self::available().next().unwrap_or(Self::Portable)
    }

    /// All that this processor has, widest first.
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        [Self::Avx512, Self::Avx2, Self::Portable]
            .into_iter()
            .filter(|instructions| instructions.is_supported())
    }

    #[cfg(target_arch = "x86_64")]
    fn is_supported(self) -> bool {
        match self {
            Self::Avx512 => is_x86_feature_detected!("avx512f") && Self::Avx2.is_supported(),
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            Self::Portable => true,
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_supported(self) -> bool {
        self == Self::Portable
    }
}

/// Adds the product of a packed row block and a panel to `rows` × `columns` values of `out`.
///
/// `left` holds `depth` × `rows` values, the rows of one depth side by side; `panel` holds
/// `depth` × [`PANEL_COLUMNS`], and what is `next` to be read is brought nearer meanwhile. `rows` is 1 to [`BLOCK_ROWS`], `columns` 1 to [`PANEL_COLUMNS`].
/// `instructions` must be among [`Instructions::available`].
///
/// # Panics
/// When a slice is shorter than that.
#[allow(
    clippy::too_many_arguments,
    reason = "the two operands, the result and their strides"
)]
pub(crate) fn multiply_add(
    instructions: Instructions,
    rows: usize,
    depth: usize,
    left: &[f32],
    (panel, next): (&[f32], &[f32]),
    out: &mut [f32],
    out_stride: usize,
    columns: usize,
) {
    if columns < PANEL_COLUMNS {
        let mut edge = [0.0; BLOCK_ROWS * PANEL_COLUMNS];
        multiply_add(
            instructions,
            rows,
            depth,
            left,
            (panel, next),
            &mut edge,
            PANEL_COLUMNS,
            PANEL_COLUMNS,
        );
        for row in 0..rows {
            let sums = &edge[row * PANEL_COLUMNS..][..columns];
            for (value, sum) in out[row * out_stride..][..columns].iter_mut().zip(sums) {
                *value += sum;
            }
        }
        return;
    }
    assert!((1..=BLOCK_ROWS).contains(&rows));
    assert!(left.len() >= rows * depth && panel.len() >= depth * PANEL_COLUMNS);
    assert!(out_stride >= PANEL_COLUMNS && out.len() >= (rows - 1) * out_stride + PANEL_COLUMNS);
    match instructions {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the asserts above keep every access inside the slices, and the caller has the feature.
        Instructions::Avx512 => unsafe {
            x86::multiply_add_avx512(rows, depth, left, (panel, next), out, out_stride);
        },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx2 => unsafe {
            x86::multiply_add_avx2(rows, depth, left, (panel, next), out, out_stride);
        },
        _ => multiply_add_portable(rows, depth, left, panel, out, out_stride),
    }
}

fn multiply_add_portable(
    rows: usize,
    depth: usize,
    left: &[f32],
    panel: &[f32],
    out: &mut [f32],
    out_stride: usize,
) {
    for row in 0..rows {
        let mut sums = [0.0; PANEL_COLUMNS];
        for (lefts, columns) in left
            .chunks_exact(rows)
            .zip(panel.chunks_exact(PANEL_COLUMNS))
            .take(depth)
        {
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum += lefts[row] * column;
            }
        }
        for (value, sum) in out[row * out_stride..].iter_mut().zip(&sums) {
            *value += sum;
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256, __m512, _MM_HINT_T1, _mm_prefetch, _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
        _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps, _mm512_add_ps, _mm512_fmadd_ps,
        _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
    };

    use super::PANEL_COLUMNS;

    /// A kernel for `$rows` rows by two vectors, its sums held in registers from first to last.
    macro_rules! block_kernel {
        ($name:ident, $feature:literal, $vector:ty, $lanes:literal, $zero:ident, $load:ident, $store:ident, $broadcast:ident, $fused:ident, $add:ident) => {
            /// # Safety
            /// `left` must be readable for `depth` × `pitch` values, `panel` for `depth` panel rows,
            /// `out` writable for `ROWS` rows of two vectors, and the processor must have the feature.
            #[inline]
            #[target_feature(enable = $feature)]
            unsafe fn $name<const ROWS: usize>(
                depth: usize,
                left: *const f32,
                pitch: usize,
                panel: *const f32,
                (next, step): (*const f32, usize),
                out: *mut f32,
                out_stride: usize,
            ) {
                let mut low: [$vector; ROWS] = [$zero(); ROWS];
                let mut high: [$vector; ROWS] = [$zero(); ROWS];
                let (mut left, mut panel, mut next) = (left, panel, next);
                for _ in 0..depth {
                    // SAFETY: the caller promises `depth` steps of both operands and `ROWS` rows of `out`.
                    unsafe {
                        let (first, second) = ($load(panel), $load(panel.add($lanes)));
                        for row in 0..ROWS {
                            let value = $broadcast(*left.add(row));
                            low[row] = $fused(value, first, low[row]);
                            high[row] = $fused(value, second, high[row]);
                        }
                        // A hint that reads nothing: it may point past the slice's end.
                        _mm_prefetch::<_MM_HINT_T1>(next.cast());
                        next = next.wrapping_add(step);
                        left = left.add(pitch);
                        panel = panel.add(PANEL_COLUMNS);
                    }
                }
                for row in 0..ROWS {
                    // SAFETY: as above.
                    unsafe {
                        let target = out.add(row * out_stride);
                        $store(target, $add($load(target), low[row]));
                        let target = target.add($lanes);
                        $store(target, $add($load(target), high[row]));
                    }
                }
            }
        };
    }

    block_kernel!(
        block_avx512,
        "avx512f",
        __m512,
        16,
        _mm512_setzero_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_set1_ps,
        _mm512_fmadd_ps,
        _mm512_add_ps
    );
    block_kernel!(
        block_avx2,
        "avx2,fma",
        __m256,
        8,
        _mm256_setzero_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_set1_ps,
        _mm256_fmadd_ps,
        _mm256_add_ps
    );

    /// Calls `$kernel` with the number of rows as a constant.
    macro_rules! with_constant_rows {
        ($kernel:ident, $rows:expr, $arguments:tt, [$($count:literal)*]) => {
            match $rows {
                $($count => $kernel::<$count> $arguments,)*
                _ => unreachable!("more rows than a block has"),
            }
        };
    }

    /// # Safety
    /// The slices must hold what [`multiply_add`](super::multiply_add) asks for, and the processor AVX-512.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn multiply_add_avx512(
        rows: usize,
        depth: usize,
        left: &[f32],
        (panel, next): (&[f32], &[f32]),
        out: &mut [f32],
        out_stride: usize,
    ) {
        let (left, panel, out) = (left.as_ptr(), panel.as_ptr(), out.as_mut_ptr());
        let next = (next.as_ptr(), next.len().div_ceil(depth.max(1)));
        // SAFETY: passed on from the caller.
        unsafe {
            with_constant_rows!(
                block_avx512,
                rows,
                (depth, left, rows, panel, next, out, out_stride),
                [1 2 3 4 5 6 7 8 9 10 11 12 13 14]
            );
        }
    }

    /// # Safety
    /// The slices must hold what [`multiply_add`](super::multiply_add) asks for, and the processor AVX2 and FMA.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn multiply_add_avx2(
        rows: usize,
        depth: usize,
        left: &[f32],
        (panel, next): (&[f32], &[f32]),
        out: &mut [f32],
        out_stride: usize,
    ) {
        // Six rows by two 256-bit vectors are twelve sums of the sixteen registers; more would spill.
        const ROWS_AT_ONCE: usize = 6;
        for first in (0..rows).step_by(ROWS_AT_ONCE) {
            for column in [0, PANEL_COLUMNS / 2] {
                // SAFETY: `first` and `column` stay inside what the caller promises.
                unsafe {
                    let left = left.as_ptr().add(first);
                    let panel = panel.as_ptr().add(column);
                    let next = (next.as_ptr(), next.len().div_ceil(depth.max(1)));
                    let out = out.as_mut_ptr().add(first * out_stride + column);
                    with_constant_rows!(
                        block_avx2,
                        (rows - first).min(ROWS_AT_ONCE),
                        (depth, left, rows, panel, next, out, out_stride),
                        [1 2 3 4 5 6]
                    );
                }
            }
        }
    }
}
