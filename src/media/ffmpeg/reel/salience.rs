//! Where in a picture there is most to see, from its own detail.

use super::super::decoder::Frame;

/// Cells of the grid on which detail is measured.
const COLUMNS: usize = 64;
const ROWS: usize = 36;

/// The eye rests on a third of the picture at a time.
const WINDOW_COLUMNS: usize = COLUMNS / 3;
const WINDOW_ROWS: usize = ROWS / 3;

/// What a place at the corner counts less than one in the middle: photographers put their subject there.
const CORNER_LOSS: f32 = 0.3;

/// The middle of the part with most detail, from 0 to 1 in both directions. `area` is where the
/// picture lies within the frame: left, top, right, bottom, from 0 to 1; bars beside it count nothing.
pub(super) fn salient_point(luma: &Frame, is_deep: bool, area: [f32; 4]) -> (f32, f32) {
    let raw = luma.raw();
    let (width, height) = (raw.width.max(1) as usize, raw.height.max(1) as usize);
    let value = |x: usize, y: usize| -> f32 {
        let bytes = if is_deep { 2 } else { 1 };
        let at = y * raw.linesize[0].unsigned_abs() as usize + x * bytes;
        // SAFETY: x and y lie within the plane, whose rows are `linesize` bytes apart.
        unsafe {
            let first = f32::from(*raw.data[0].add(at));
            if is_deep {
                (first + 256.0 * f32::from(*raw.data[0].add(at + 1))) / 4.0
            } else {
                first
            }
        }
    };
    let mut energy = vec![0.0_f32; COLUMNS * ROWS];
    for y in (1..height - 1).step_by(2) {
        for x in (1..width.saturating_sub(1)).step_by(2) {
            let (across, down) = (x as f32 / width as f32, y as f32 / height as f32);
            // The edge between the picture and a bar is no detail of the picture.
            let margin = 0.02;
            let is_inside = across > area[0] + margin
                && across < area[2] - margin
                && down > area[1] + margin
                && down < area[3] - margin;
            if is_inside {
                let gradient = (value(x + 1, y) - value(x - 1, y)).abs()
                    + (value(x, y + 1) - value(x, y - 1)).abs();
                energy[y * ROWS / height * COLUMNS + x * COLUMNS / width] += gradient;
            }
        }
    }
    richest_window(&energy)
}

fn richest_window(energy: &[f32]) -> (f32, f32) {
    let mut best = (-1.0_f32, 0.5, 0.5);
    for top in 0..=ROWS - WINDOW_ROWS {
        for left in 0..=COLUMNS - WINDOW_COLUMNS {
            let sum: f32 = (top..top + WINDOW_ROWS)
                .flat_map(|row| &energy[row * COLUMNS + left..][..WINDOW_COLUMNS])
                .sum();
            let x = (left as f32 + WINDOW_COLUMNS as f32 / 2.0) / COLUMNS as f32;
            let y = (top as f32 + WINDOW_ROWS as f32 / 2.0) / ROWS as f32;
            let from_middle = ((x - 0.5).powi(2) + (y - 0.5).powi(2)).sqrt() / 0.5_f32.sqrt();
            let score = sum * (1.0 - CORNER_LOSS * from_middle);
            if score > best.0 {
                best = (score, x, y);
            }
        }
    }
    (best.1, best.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_with_most_detail_wins_and_the_middle_where_there_is_none() {
        let mut energy = vec![0.0; COLUMNS * ROWS];
        for row in 20..30 {
            energy[row * COLUMNS + 50..row * COLUMNS + 60].fill(5.0);
        }
        let (x, y) = richest_window(&energy);
        assert!(x > 0.7 && y > 0.55, "{x} {y}");
        let (x, y) = richest_window(&vec![1.0; COLUMNS * ROWS]);
        assert!((x - 0.5).abs() < 0.03 && (y - 0.5).abs() < 0.03, "{x} {y}");
    }
}
