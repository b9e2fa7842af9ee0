//! Small JPEG pictures that stand for a moment in lists and on pages.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use super::MediaError;
use crate::domain::Picture;

/// Pixels of a thumbnail's longer side.
pub const THUMBNAIL_MAX_SIDE: u32 = 320;

/// What a thumbnail should take at most: 900 an hour of video then stay within the 20 MB an hour
/// planned for a library with thumbnails.
const WANTED_BYTES: usize = 14_000;

/// What a thumbnail may take where the wanted size would cost too much of its looks.
const ALLOWED_BYTES: usize = 24_000;

/// JPEG qualities that still look well; the first that meets [`WANTED_BYTES`] is taken.
const GOOD_QUALITIES: [u8; 5] = [80, 72, 62, 50, 42];

/// JPEG qualities for noise and fine texture; the first that meets [`ALLOWED_BYTES`] is taken.
const LAST_QUALITIES: [u8; 3] = [30, 20, 10];

/// `picture` as a JPEG whose longer side has at most [`THUMBNAIL_MAX_SIDE`] pixels.
///
/// # Errors
/// [`MediaError::Corrupt`] when the picture is empty or its pixels do not match its size.
pub fn thumbnail_jpeg(picture: &Picture) -> Result<Vec<u8>, MediaError> {
    let small = scale_down(picture)?;
    let mut jpeg = Vec::new();
    for quality in GOOD_QUALITIES {
        jpeg = encode(&small, quality)?;
        if jpeg.len() <= WANTED_BYTES {
            return Ok(jpeg);
        }
    }
    for quality in LAST_QUALITIES {
        if jpeg.len() <= ALLOWED_BYTES {
            break;
        }
        jpeg = encode(&small, quality)?;
    }
    Ok(jpeg)
}

fn scale_down(picture: &Picture) -> Result<Image<'static>, MediaError> {
    let (width, height) = (picture.width, picture.height);
    let source = ImageRef::new(width, height, &picture.rgb, PixelType::U8x3).map_err(corrupt)?;
    let longer = width.max(height);
    if longer == 0 {
        return Err(MediaError::Corrupt {
            reason: "an empty picture".to_owned(),
        });
    }
    let scaled = |side: u32| {
        let side = u64::from(side) * u64::from(THUMBNAIL_MAX_SIDE.min(longer));
        // At most THUMBNAIL_MAX_SIDE, since no side is longer than `longer`.
        ((side + u64::from(longer) / 2) / u64::from(longer)).max(1) as u32
    };
    let mut small = Image::new(scaled(width), scaled(height), PixelType::U8x3);
    Resizer::new()
        .resize(&source, &mut small, &ResizeOptions::default())
        .map_err(corrupt)?;
    Ok(small)
}

fn encode(small: &Image<'_>, quality: u8) -> Result<Vec<u8>, MediaError> {
    let mut jpeg = Vec::with_capacity(WANTED_BYTES);
    JpegEncoder::new_with_quality(&mut jpeg, quality)
        .encode(
            small.buffer(),
            small.width(),
            small.height(),
            ExtendedColorType::Rgb8,
        )
        .map_err(corrupt)?;
    Ok(jpeg)
}

fn corrupt(error: impl std::fmt::Display) -> MediaError {
    MediaError::Corrupt {
        reason: format!("no thumbnail can be made of it: {error}"),
    }
}

#[cfg(test)]
#[allow(
    clippy::print_stderr,
    reason = "tests say why they skip and what they measured"
)]
mod tests {
    use std::path::Path;

    use super::*;

    fn decoded(jpeg: &[u8]) -> image::RgbImage {
        image::load_from_memory_with_format(jpeg, image::ImageFormat::Jpeg)
            .unwrap()
            .into_rgb8()
    }

    #[test]
    fn thumbnails_of_photographs_are_small_and_look_like_them() {
        let folder = Path::new("../shared/media/image");
        let Ok(entries) = std::fs::read_dir(folder) else {
            eprintln!("skipped: {} is absent", folder.display());
            return;
        };
        let mut sizes = Vec::new();
        for path in entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension() == Some("jpg".as_ref()))
        {
            let photograph = image::open(&path).unwrap().into_rgb8();
            let (width, height) = photograph.dimensions();
            let mean = |image: &image::RgbImage| {
                let raw = image.as_raw();
                raw.iter().map(|value| u64::from(*value)).sum::<u64>() as f64 / raw.len() as f64
            };
            let photograph_mean = mean(&photograph);
            let jpeg = thumbnail_jpeg(&Picture {
                width,
                height,
                rgb: photograph.into_raw(),
            })
            .unwrap();
            let small = decoded(&jpeg);
            assert_eq!(small.width().max(small.height()), THUMBNAIL_MAX_SIDE);
            assert!(
                (mean(&small) - photograph_mean).abs() < 3.0,
                "{}",
                path.display()
            );
            eprintln!("{}: {} bytes", path.display(), jpeg.len());
            assert!(jpeg.len() <= ALLOWED_BYTES);
            sizes.push(jpeg.len());
        }
        assert!(!sizes.is_empty());
        assert!(sizes.iter().sum::<usize>() / sizes.len() <= 15_000);
    }

    #[test]
    fn even_noise_stays_within_the_allowed_size() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let rgb = (0..320 * 320 * 3).map(|_| noise()).collect();
        let jpeg = thumbnail_jpeg(&Picture {
            width: 320,
            height: 320,
            rgb,
        })
        .unwrap();
        assert!(jpeg.len() <= ALLOWED_BYTES, "{}", jpeg.len());
    }

    #[test]
    fn pictures_smaller_or_thinner_than_a_thumbnail_keep_their_shape() {
        let grey = |width: u32, height: u32| Picture {
            width,
            height,
            rgb: vec![127; (width * height * 3) as usize],
        };
        assert_eq!(
            decoded(&thumbnail_jpeg(&grey(40, 30)).unwrap()).dimensions(),
            (40, 30)
        );
        assert_eq!(
            decoded(&thumbnail_jpeg(&grey(5000, 2)).unwrap()).dimensions(),
            (320, 1)
        );
        assert_eq!(
            decoded(&thumbnail_jpeg(&grey(720, 1280)).unwrap()).dimensions(),
            (180, 320)
        );
    }

    #[test]
    fn an_empty_picture_and_missing_pixels_are_errors() {
        assert!(
            thumbnail_jpeg(&Picture {
                width: 0,
                height: 0,
                rgb: vec![]
            })
            .is_err()
        );
        assert!(
            thumbnail_jpeg(&Picture {
                width: 9,
                height: 9,
                rgb: vec![0; 10]
            })
            .is_err()
        );
    }
}
