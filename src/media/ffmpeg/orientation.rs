//! How a stored picture must be turned, mirrored and stretched to be seen as meant.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use ffmpeg_next::ffi;

use crate::domain::Rational;

use super::source::StreamView;

/// What is done to a picture's rows and columns: first mirrored left to right, then turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Orientation {
    /// Whether it is mirrored first.
    pub(super) mirrored: bool,
    /// Then turned clockwise: 0, 90, 180 or 270.
    pub(super) clockwise_degrees: u16,
}

impl Orientation {
    /// EXIF's tag 0x0112, 1 to 8 (JEITA CP-3451, 4.6.4).
    pub(super) fn from_exif(value: u32) -> Option<Self> {
        let (mirrored, clockwise_degrees) = match value {
            1 => (false, 0),
            2 => (true, 0),
            3 => (false, 180),
            4 => (true, 180),
            5 => (true, 270),
            6 => (false, 90),
            7 => (true, 90),
            8 => (false, 270),
            _ => return None,
        };
        Some(Self {
            mirrored,
            clockwise_degrees,
        })
    }

    /// A display matrix as containers store it: 16.16 fixed point, rows `a b u / c d v / x y w`.
    pub(super) fn from_matrix(matrix: &[i32; 9]) -> Self {
        let [a, b, c, d] = [matrix[0], matrix[1], matrix[3], matrix[4]].map(f64::from);
        let mirrored = a * d - b * c < 0.0;
        // Undo the mirroring of columns, so that what is left is a turn.
        let (a, b) = if mirrored { (-a, -b) } else { (a, b) };
        let degrees = b.atan2(a).to_degrees();
        let quarter_turns = (degrees / 90.0).round().rem_euclid(4.0) as u16;
        Self {
            mirrored,
            clockwise_degrees: quarter_turns * 90,
        }
    }

    /// Whether width and height change places.
    pub(super) fn swaps_sides(self) -> bool {
        self.clockwise_degrees % 180 == 90
    }
}

/// What a stream's display matrix asks for.
pub(super) fn of_stream(stream: &StreamView<'_>) -> Orientation {
    let mut size = 0;
    // SAFETY: the stream is valid; side data of this type is nine 32-bit numbers, checked by size,
    // and lies in memory that FFmpeg aligns for any type.
    unsafe {
        let kind = ffi::AVPacketSideDataType::AV_PKT_DATA_DISPLAYMATRIX;
        let data = ffi::av_stream_get_side_data(stream.stream, kind, &mut size);
        if data.is_null() || size < size_of::<[i32; 9]>() {
            return Orientation::default();
        }
        Orientation::from_matrix(&data.cast::<[i32; 9]>().read_unaligned())
    }
}

/// What a still's EXIF asks for; `None` where it says nothing.
pub(super) fn of_still(path: &Path) -> Option<Orientation> {
    let mut file = BufReader::new(File::open(path).ok()?);
    let exif = exif::Reader::new().read_from_container(&mut file).ok()?;
    let value = exif
        .get_field(exif::Tag::Orientation, exif::In::PRIMARY)?
        .value
        .get_uint(0)?;
    Orientation::from_exif(value)
}

/// Width and height as seen: square pixels, upright.
pub(super) fn display_size(
    width: u32,
    height: u32,
    aspect: Rational,
    orientation: Orientation,
) -> (u32, u32) {
    let ratio = aspect
        .to_f64()
        .filter(|ratio| (0.1..=10.0).contains(ratio))
        .unwrap_or(1.0);
    let wide = ((f64::from(width) * ratio).round() as u32).max(1);
    if orientation.swaps_sides() {
        (height, wide)
    } else {
        (wide, height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_matrices_of_phones_are_quarter_turns() {
        let one = 1 << 16;
        let turned = |a, b, c, d| Orientation::from_matrix(&[a, b, 0, c, d, 0, 0, 0, 1 << 30]);
        assert_eq!(turned(one, 0, 0, one), Orientation::default());
        assert_eq!(turned(0, one, -one, 0).clockwise_degrees, 90);
        assert_eq!(turned(-one, 0, 0, -one).clockwise_degrees, 180);
        assert_eq!(turned(0, -one, one, 0).clockwise_degrees, 270);
        assert_eq!(
            turned(-one, 0, 0, one),
            Orientation {
                mirrored: true,
                clockwise_degrees: 0
            }
        );
    }

    #[test]
    fn anamorphic_pictures_are_stretched_in_width() {
        let upright = Orientation::default();
        assert_eq!(
            display_size(720, 576, Rational::new(64, 45), upright),
            (1024, 576)
        );
        assert_eq!(
            display_size(720, 480, Rational::new(8, 9), upright),
            (640, 480)
        );
        let turned = Orientation {
            mirrored: false,
            clockwise_degrees: 90,
        };
        assert_eq!(
            display_size(1920, 1080, Rational::new(1, 1), turned),
            (1080, 1920)
        );
    }
}
