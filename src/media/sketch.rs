//! A frame reduced to a few thousand pixels, and how far two such sketches are apart.

/// Pixels per row of a sketch.
pub(crate) const SKETCH_WIDTH: usize = 64;

/// Rows of a sketch.
pub(crate) const SKETCH_HEIGHT: usize = 36;

const PIXELS: usize = SKETCH_WIDTH * SKETCH_HEIGHT;

/// Sides of the blocks that are looked for in the other sketch.
const BLOCK: usize = 6;

/// How far a block may have moved: an eighth of the width, a sixth of the height.
const REACH_X: isize = 8;
const REACH_Y: isize = 6;

const BINS: usize = 16;

/// A frame in small: brightness and two colour axes per pixel.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Sketch {
    luma: Vec<u8>,
    /// Blue and red against brightness, 128 for grey, halved to fit.
    blue: Vec<u8>,
    red: Vec<u8>,
    histograms: [[u16; BINS]; 3],
    mean_luma: f32,
    /// Brightness that a hundredth of the pixels exceed.
    highlight: u8,
}

impl Sketch {
    /// The sketch of [`SKETCH_WIDTH`] x [`SKETCH_HEIGHT`] RGB pixels.
    pub(crate) fn from_rgb(rgb: &[u8]) -> Self {
        let (mut luma, mut blue, mut red) = (Vec::with_capacity(PIXELS), Vec::with_capacity(PIXELS), Vec::with_capacity(PIXELS));
        let mut histograms = [[0_u16; BINS]; 3];
        let mut counts = [0_u32; 256];
        let mut sum = 0_u32;
        for pixel in rgb.chunks_exact(3).take(PIXELS) {
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(i32::from);
            // ITU-R BT.709 weights in 256ths.
            let y = (54 * r + 183 * g + 19 * b) >> 8;
            let axes = [y as u8, ((b - y) / 2 + 128) as u8, ((r - y) / 2 + 128) as u8];
            for (histogram, value) in histograms.iter_mut().zip(axes) {
                histogram[usize::from(value) * BINS / 256] += 1;
            }
            counts[y as usize] += 1;
            sum += y as u32;
            luma.push(axes[0]);
            blue.push(axes[1]);
            red.push(axes[2]);
        }
        let mut above = 0;
        let highlight = (0..256_usize).rev().find(|&value| {
            above += counts[value];
            above as usize > PIXELS / 100
        });
        Self {
            luma,
            blue,
            red,
            histograms,
            mean_luma: sum as f32 / (PIXELS as f32 * 255.0),
            highlight: highlight.unwrap_or(0) as u8,
        }
    }

    /// Mean brightness, 0 to 1.
    pub(crate) fn mean_luma(&self) -> f32 {
        self.mean_luma
    }

    /// Whether nothing can be seen on it.
    pub(crate) fn is_black(&self) -> bool {
        self.mean_luma < 0.06 && self.highlight < 40
    }

    /// Mean difference of brightness and colour, pixel by pixel, 0 to 1.
    pub(crate) fn difference(&self, other: &Self) -> f32 {
        let sum = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
        let total = sum(&self.luma, &other.luma) + sum(&self.blue, &other.blue) + sum(&self.red, &other.red);
        total as f32 / (PIXELS as f32 * 255.0)
    }

    /// How much is new in `other` beyond what moved: the difference left over when each block of
    /// it is fetched from where it fits best nearby, 0 to 1.
    pub(crate) fn novelty(&self, other: &Self) -> f32 {
        let mut total = 0;
        for top in (0..SKETCH_HEIGHT).step_by(BLOCK) {
            for left in (0..SKETCH_WIDTH).step_by(BLOCK) {
                total += self.best_match(other, left, top);
            }
        }
        total as f32 / (PIXELS as f32 * 255.0)
    }

    /// The smallest difference of the block of `other` at that place to any nearby block of `self`.
    fn best_match(&self, other: &Self, left: usize, top: usize) -> u32 {
        let width = BLOCK.min(SKETCH_WIDTH - left);
        let height = BLOCK.min(SKETCH_HEIGHT - top);
        let mut best = self.block_difference(other, left, top, left, top, width, height, u32::MAX);
        for dy in -REACH_Y..=REACH_Y {
            let Some(from_top) = top.checked_add_signed(dy).filter(|at| at + height <= SKETCH_HEIGHT) else { continue };
            for dx in -REACH_X..=REACH_X {
                // A block that fits within noise needs no better place.
                if best < (width * height) as u32 * 3 {
                    return best;
                }
                let Some(from_left) = left.checked_add_signed(dx).filter(|at| at + width <= SKETCH_WIDTH) else {
                    continue;
                };
                best = best.min(self.block_difference(other, left, top, from_left, from_top, width, height, best));
            }
        }
        best
    }

    #[expect(clippy::too_many_arguments, reason = "two places and a size; a struct for one call would hide it")]
    fn block_difference(
        &self,
        other: &Self,
        left: usize,
        top: usize,
        from_left: usize,
        from_top: usize,
        width: usize,
        height: usize,
        limit: u32,
    ) -> u32 {
        let mut sum = 0;
        for row in 0..height {
            let here = (top + row) * SKETCH_WIDTH + left;
            let there = (from_top + row) * SKETCH_WIDTH + from_left;
            for (a, b) in [(&self.luma, &other.luma), (&self.blue, &other.blue), (&self.red, &other.red)] {
                let (a, b) = (&a[there..there + width], &b[here..here + width]);
                sum += a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
            }
            if sum >= limit {
                return limit;
            }
        }
        sum
    }

    /// How far the palettes are apart wherever things stand: the work of moving one histogram
    /// onto the other, the largest of brightness and both colour axes, 0 to 1.
    pub(crate) fn palette_distance(&self, other: &Self) -> f32 {
        let mut largest = 0_u32;
        for (a, b) in self.histograms.iter().zip(&other.histograms) {
            let (mut carried, mut work) = (0_i32, 0_u32);
            for (a, b) in a.iter().zip(b) {
                carried += i32::from(*a) - i32::from(*b);
                work += carried.unsigned_abs();
            }
            largest = largest.max(work);
        }
        largest as f32 / (PIXELS * (BINS - 1)) as f32
    }

    /// How alike the patterns of light and dark are, -1 to 1; brightness and contrast don't count.
    pub(crate) fn likeness(&self, other: &Self) -> f32 {
        let mean = |values: &[u8]| values.iter().map(|&value| f32::from(value)).sum::<f32>() / PIXELS as f32;
        let (mean_a, mean_b) = (mean(&self.luma), mean(&other.luma));
        let (mut ab, mut aa, mut bb) = (0.0_f32, 0.0_f32, 0.0_f32);
        for (a, b) in self.luma.iter().zip(&other.luma) {
            let (a, b) = (f32::from(*a) - mean_a, f32::from(*b) - mean_b);
            ab += a * b;
            aa += a * a;
            bb += b * b;
        }
        // Flat pictures have no pattern to compare.
        let flat = PIXELS as f32 * 4.0;
        if aa < flat || bb < flat { 0.0 } else { ab / (aa * bb).sqrt() }
    }

    /// How `self` comes out as a mixture of two pictures: the share of `after` in it, and the
    /// difference that no mixture explains as a share of the difference of both.
    pub(crate) fn mixture(&self, before: &Self, after: &Self) -> (f32, f32) {
        let (mut along, mut length) = (0.0_f32, 0.0_f32);
        let planes = [
            (&self.luma, &before.luma, &after.luma),
            (&self.blue, &before.blue, &after.blue),
            (&self.red, &before.red, &after.red),
        ];
        for (own, before, after) in planes {
            for ((own, before), after) in own.iter().zip(before).zip(after) {
                let step = f32::from(*after) - f32::from(*before);
                along += (f32::from(*own) - f32::from(*before)) * step;
                length += step * step;
            }
        }
        if length < 1.0 {
            return (0.0, 1.0);
        }
        let share = along / length;
        let (mut rest, mut total) = (0.0_f32, 0.0_f32);
        for (own, before, after) in planes {
            for ((own, before), after) in own.iter().zip(before).zip(after) {
                let (before, step) = (f32::from(*before), f32::from(*after) - f32::from(*before));
                rest += (f32::from(*own) - before - share * step).abs();
                total += step.abs();
            }
        }
        (share, rest / total.max(1.0))
    }

    /// Share of the picture's border in which nothing moved; a camera at rest leaves most of it alone.
    pub(crate) fn resting_border(&self, other: &Self) -> f32 {
        let (mut resting, mut all) = (0_u32, 0_u32);
        for y in 0..SKETCH_HEIGHT {
            for x in 0..SKETCH_WIDTH {
                let is_border = !(8..SKETCH_WIDTH - 8).contains(&x) || !(6..SKETCH_HEIGHT - 6).contains(&y);
                if is_border {
                    all += 1;
                    let at = y * SKETCH_WIDTH + x;
                    resting += u32::from(self.luma[at].abs_diff(other.luma[at]) < 10);
                }
            }
        }
        resting as f32 / all as f32
    }
}
