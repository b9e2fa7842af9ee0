//! A test that takes a millisecond and says whether reading a picture is worth a hundred.

use crate::domain::Picture;

use super::luma::brightness;
use super::regions::{Run, runs};

/// Rows looked at: enough to cross a line of 12 pixels four times, few enough to be quick.
const ROW_STEP: usize = 3;
/// Strokes of overlays stand out from their ground by at least this much.
const EDGE_STEP: i16 = 40;
/// Rows above each other that must look like cuts through text.
const MIN_ROWS: usize = 3;

/// Whether the picture may hold text: `true` for everything that can be read and for much that
/// can't, such as foliage; `false` means that reading would find nothing.
///
/// It looks for rows above each other that are crossed by many strokes standing close together,
/// as the density of vertical edges is what finds text in video cheaply (Zhong, Zhang and Jain,
/// "Automatic caption localization in compressed video", 2000).
pub fn may_hold_text(picture: &Picture) -> bool {
    let (width, height) = (picture.width as usize, picture.height as usize);
    if width == 0 || picture.rgb.len() != width * height * 3 {
        return false;
    }
    // Large letters stand farther apart than the search for strokes allows, so wide pictures
    // are also looked at with every third pixel.
    [1, 3]
        .into_iter()
        .any(|step| has_text_rows(picture, width, step))
}

fn has_text_rows(picture: &Picture, width: usize, step: usize) -> bool {
    let mut row = Vec::with_capacity(width / step + 1);
    let mut row_runs: Vec<Run> = Vec::new();
    let mut before: Vec<(Run, usize)> = Vec::new();
    for pixels in picture.rgb.chunks_exact(width * 3).step_by(ROW_STEP * step) {
        row.clear();
        row.extend(pixels.chunks_exact(3).step_by(step).map(brightness));
        runs(&row, EDGE_STEP, &mut row_runs);
        let now: Vec<(Run, usize)> = row_runs
            .iter()
            .map(|&run| {
                let above = before
                    .iter()
                    .filter(|(above, _)| above.start < run.end && run.start < above.end);
                (run, 1 + above.map(|(_, rows)| *rows).max().unwrap_or(0))
            })
            .collect();
        if now.iter().any(|(_, rows)| *rows >= MIN_ROWS) {
            return true;
        }
        before = now;
    }
    false
}
