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
        let (mut luma, mut blue, mut red) = (
            Vec::with_capacity(PIXELS),
            Vec::with_capacity(PIXELS),
            Vec::with_capacity(PIXELS),
        );
        let mut histograms = [[0_u16; BINS]; 3];
        let mut counts = [0_u32; 256];
        let mut sum = 0_u32;
        for pixel in rgb.chunks_exact(3).take(PIXELS) {
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(i32::from);
            // ITU-R BT.709 weights in 256ths.
            let y = (54 * r + 183 * g + 19 * b) >> 8;
            let axes = [
                y as u8,
                ((b - y) / 2 + 128) as u8,
                ((r - y) / 2 + 128) as u8,
            ];
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
        let sum = |a: &[u8], b: &[u8]| {
            a.iter()
                .zip(b)
                .map(|(a, b)| u32::from(a.abs_diff(*b)))
                .sum::<u32>()
        };
        let total = sum(&self.luma, &other.luma)
            + sum(&self.blue, &other.blue)
            + sum(&self.red, &other.red);
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
    ///
    /// Brightness alone is searched, every second pixel first and then around the best place; the
    /// colours are compared there. A full search finds little more and costs ten times as much.
    fn best_match(&self, other: &Self, left: usize, top: usize) -> u32 {
        let block = Block {
            left,
            top,
            width: BLOCK.min(SKETCH_WIDTH - left),
            height: BLOCK.min(SKETCH_HEIGHT - top),
        };
        let in_place = plane_difference(&self.luma, &other.luma, block, left, top, u32::MAX);
        let noise = (block.width * block.height) as u32 * 2;
        let mut best = (in_place, left, top);
        if in_place > noise {
            let coarse = (-REACH_Y..=REACH_Y)
                .step_by(2)
                .flat_map(|dy| (-REACH_X..=REACH_X).step_by(2).map(move |dx| (dx, dy)));
            self.improve(other, block, (left, top), coarse, &mut best);
            let centre = (best.1, best.2);
            let fine = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)));
            self.improve(other, block, centre, fine, &mut best);
        }
        let (luma, from_left, from_top) = best;
        luma + plane_difference(
            &self.blue,
            &other.blue,
            block,
            from_left,
            from_top,
            u32::MAX,
        ) + plane_difference(&self.red, &other.red, block, from_left, from_top, u32::MAX)
    }

    fn improve(
        &self,
        other: &Self,
        block: Block,
        (left, top): (usize, usize),
        steps: impl Iterator<Item = (isize, isize)>,
        best: &mut (u32, usize, usize),
    ) {
        for (dx, dy) in steps {
            let from_left = left
                .checked_add_signed(dx)
                .filter(|at| at + block.width <= SKETCH_WIDTH);
            let from_top = top
                .checked_add_signed(dy)
                .filter(|at| at + block.height <= SKETCH_HEIGHT);
            if let (Some(from_left), Some(from_top)) = (from_left, from_top) {
                let found =
                    plane_difference(&self.luma, &other.luma, block, from_left, from_top, best.0);
                if found < best.0 {
                    *best = (found, from_left, from_top);
                }
            }
        }
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
        let mean = |values: &[u8]| {
            values.iter().map(|&value| f32::from(value)).sum::<f32>() / PIXELS as f32
        };
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
        if aa < flat || bb < flat {
            0.0
        } else {
            ab / (aa * bb).sqrt()
        }
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
                let is_border =
                    !(8..SKETCH_WIDTH - 8).contains(&x) || !(6..SKETCH_HEIGHT - 6).contains(&y);
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

/// A rectangle of a sketch.
#[derive(Clone, Copy)]
struct Block {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

/// Difference of a block of `here` to the one of `there` at another place; at least `limit` when it reaches that.
fn plane_difference(
    there: &[u8],
    here: &[u8],
    block: Block,
    from_left: usize,
    from_top: usize,
    limit: u32,
) -> u32 {
    let mut sum = 0;
    for row in 0..block.height {
        let at = (block.top + row) * SKETCH_WIDTH + block.left;
        let from = (from_top + row) * SKETCH_WIDTH + from_left;
        let (a, b) = (
            &there[from..from + block.width],
            &here[at..at + block.width],
        );
        for (a, b) in a.iter().zip(b) {
            sum += u32::from(a.abs_diff(*b));
        }
        if sum >= limit {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sketch of smooth random-looking patches; `shift` moves it left, `seed` makes another picture.
    fn patches(shift: usize, seed: u32, gain: f32) -> Sketch {
        let mut rgb = Vec::new();
        for y in 0..SKETCH_HEIGHT {
            for x in 0..SKETCH_WIDTH {
                let (cell_x, cell_y) = (((x + shift) / 7) as u32, (y / 5) as u32);
                for channel in 0..3 {
                    let mut value =
                        cell_x.wrapping_mul(73_856_093) ^ cell_y.wrapping_mul(19_349_663);
                    value ^= seed.wrapping_add(channel).wrapping_mul(83_492_791);
                    value = (value ^ (value >> 13)).wrapping_mul(0x9E37_79B1);
                    rgb.push(((value >> 24) as f32 * gain) as u8);
                }
            }
        }
        Sketch::from_rgb(&rgb)
    }

    #[test]
    fn a_moved_picture_is_less_new_than_another_picture() {
        let (picture, moved, other) = (patches(0, 1, 1.0), patches(4, 1, 1.0), patches(0, 9, 1.0));
        assert!(
            picture.difference(&moved) > 0.1,
            "pixel by pixel it differs"
        );
        assert!(
            picture.novelty(&moved) < 0.04,
            "but little of it is new: {}",
            picture.novelty(&moved)
        );
        assert!(
            picture.novelty(&other) > 0.08,
            "unlike another picture: {}",
            picture.novelty(&other)
        );
    }

    #[test]
    fn a_mixture_of_two_pictures_is_recognised_with_its_shares() {
        let (before, after) = (patches(0, 1, 0.5), patches(0, 9, 0.5));
        let mix = |share: f32| {
            let blend = |a: &[u8], b: &[u8]| -> Vec<u8> {
                a.iter()
                    .zip(b)
                    .map(|(a, b)| (f32::from(*a) * (1.0 - share) + f32::from(*b) * share) as u8)
                    .collect()
            };
            Sketch {
                luma: blend(&before.luma, &after.luma),
                blue: blend(&before.blue, &after.blue),
                red: blend(&before.red, &after.red),
                ..before.clone()
            }
        };
        let (share, rest) = mix(0.3).mixture(&before, &after);
        assert!((share - 0.3).abs() < 0.03 && rest < 0.1, "{share} {rest}");
        let (_, rest) = patches(0, 5, 0.5).mixture(&before, &after);
        assert!(rest > 0.5, "a third picture is no mixture: {rest}");
    }

    #[test]
    fn brightness_does_not_change_likeness_and_black_is_black() {
        assert!(patches(0, 1, 1.0).likeness(&patches(0, 1, 0.4)) > 0.98);
        assert!(patches(0, 1, 1.0).likeness(&patches(0, 9, 1.0)) < 0.4);
        assert!(patches(0, 1, 0.05).is_black());
        assert!(!patches(0, 1, 0.4).is_black());
    }
}
