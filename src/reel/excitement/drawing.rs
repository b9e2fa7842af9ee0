//! Curves drawn with letters.

/// Levels as eighths of a block.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Values of 0 to 1 as a line of at most `columns` blocks, each as high as the highest value that it
/// stands for, so that no peak is lost.
pub fn sparkline(values: &[f32], columns: usize) -> String {
    let columns = columns.min(values.len());
    (0..columns)
        .map(|column| {
            let first = column * values.len() / columns;
            let end = (column + 1) * values.len() / columns;
            let highest = values[first..end].iter().copied().fold(0.0, f32::max);
            BLOCKS[(highest.clamp(0.0, 1.0) * 8.0).round() as usize]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_kept_however_narrow_the_line() {
        assert_eq!(sparkline(&[0.0, 0.5, 1.0], 10), " ▄█");
        let mut values = vec![0.0; 1000];
        values[777] = 1.0;
        assert_eq!(sparkline(&values, 4), "   █");
        assert_eq!(sparkline(&[], 10), "");
        assert_eq!(sparkline(&[0.5], 0), "");
    }
}
