//! Pictures as JPEG: one at full size, or many as the tiles of a sheet.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use super::MediaError;
use super::protocol::Storyboard;
use crate::domain::Picture;

/// Tiles side by side.
const COLUMNS: u32 = 10;

/// Small and seen for a moment.
const TILE_QUALITY: u8 = 70;

/// What is kept of a frame may be looked at closely.
const FRAME_QUALITY: u8 = 92;

/// A picture as JPEG.
///
/// # Errors
/// `Corrupt` when it is larger than JPEG allows.
pub(super) fn frame_jpeg(picture: &Picture) -> Result<Vec<u8>, MediaError> {
    encode(&picture.rgb, picture.width, picture.height, FRAME_QUALITY)
}

/// Tiles put on one sheet, row by row; each has the size of the first.
///
/// # Errors
/// As [`frame_jpeg`], and when there are none.
pub(super) fn storyboard(tiles: &[(i64, Picture)]) -> Result<(Storyboard, Vec<u8>), MediaError> {
    let Some((_, first)) = tiles.first() else {
        return Err(MediaError::Corrupt {
            reason: "no picture of it could be decoded".to_owned(),
        });
    };
    let (tile_width, tile_height) = (first.width, first.height);
    // A sheet has at most 100 tiles.
    let count = tiles.len() as u32;
    let columns = count.min(COLUMNS);
    let rows = count.div_ceil(columns);
    let line = (columns * tile_width * 3) as usize;
    let mut sheet = vec![0; line * (rows * tile_height) as usize];
    for (number, (_, tile)) in tiles.iter().enumerate() {
        let (column, row) = (number % columns as usize, number / columns as usize);
        let shown_width = tile.width.min(tile_width) as usize * 3;
        let rows = tile.rgb.chunks_exact(tile.width as usize * 3);
        for (y, pixels) in rows.take(tile_height as usize).enumerate() {
            let start = (row * tile_height as usize + y) * line + column * tile_width as usize * 3;
            sheet[start..start + shown_width].copy_from_slice(&pixels[..shown_width]);
        }
    }
    let jpeg = encode(
        &sheet,
        columns * tile_width,
        rows * tile_height,
        TILE_QUALITY,
    )?;
    let storyboard = Storyboard {
        columns,
        rows,
        tile_width,
        tile_height,
        tiles: tiles.iter().map(|(at_millis, _)| *at_millis).collect(),
    };
    Ok((storyboard, jpeg))
}

fn encode(rgb: &[u8], width: u32, height: u32, quality: u8) -> Result<Vec<u8>, MediaError> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, quality)
        .encode(rgb, width, height, ExtendedColorType::Rgb8)
        .map_err(|error| MediaError::Corrupt {
            reason: format!("no JPEG can be made of it: {error}"),
        })?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_lie_row_by_row_and_odd_ones_stay_within_theirs() {
        let tile = |width: u32, value: u8| Picture {
            width,
            height: 16,
            rgb: vec![value; (width * 16 * 3) as usize],
        };
        let mut tiles: Vec<(i64, Picture)> = (0..12)
            .map(|n| (n * 1000, tile(32, n as u8 * 20)))
            .collect();
        tiles[3].1 = tile(64, 60);
        tiles[5].1 = tile(16, 100);
        let (storyboard, jpeg) = storyboard(&tiles).unwrap();
        assert_eq!((storyboard.columns, storyboard.rows), (10, 2));
        assert_eq!((storyboard.tile_width, storyboard.tile_height), (32, 16));
        assert_eq!(storyboard.tiles[11], 11_000);
        let sheet = image::load_from_memory(&jpeg).unwrap().into_luma8();
        assert_eq!(sheet.dimensions(), (320, 32));
        for n in 0..12_u32 {
            let value = sheet.get_pixel(n % 10 * 32 + 8, n / 10 * 16 + 8).0[0];
            assert!(value.abs_diff(n as u8 * 20) < 12, "{n}: {value}");
        }
    }
}
