//! Pictures made into a model's pixels, as its `preprocessor_config.json` asks.

use std::path::Path;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use serde::Deserialize;

use super::config::{Family, read_json, unsupported};
use crate::domain::Picture;
use crate::inference::InferenceError;

/// Pixels on either side that the widest filter looks at, Lanczos of three lobes.
const FILTER_REACH: f64 = 3.0;

/// What is done to a picture before the image tower sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Preprocessor {
    resize: Option<(Size, ResizeAlg)>,
    crop: Option<(u32, u32)>,
    /// For each of red, green and blue: factor and summand that make the tower's value of a byte.
    normalisation: [(f32, f32); 3],
    side: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Size {
    ShortestEdge(u32),
    Exact { width: u32, height: u32 },
}

#[derive(Deserialize)]
struct Fields {
    do_resize: Option<bool>,
    size: Option<SizeField>,
    resample: Option<u8>,
    do_center_crop: Option<bool>,
    crop_size: Option<SizeField>,
    do_rescale: Option<bool>,
    rescale_factor: Option<f32>,
    do_normalize: Option<bool>,
    image_mean: Option<[f32; 3]>,
    image_std: Option<[f32; 3]>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
enum SizeField {
    Number(u32),
    Edge { shortest_edge: u32 },
    Sides { height: u32, width: u32 },
}

impl Preprocessor {
    /// Reads the file `path` for a tower that takes squares of `side` pixels.
    ///
    /// # Errors
    /// A missing or damaged file, or pictures that the tower does not take.
    pub(crate) fn read(path: &Path, family: Family, side: usize) -> Result<Self, InferenceError> {
        let fields: Fields = read_json(path)?;
        let side =
            u32::try_from(side).map_err(|_| unsupported("image_size", &side.to_string(), path))?;
        let is_clip = family == Family::Clip;
        let (mean, deviation) = match family {
            Family::Clip => (
                [0.481_454_66, 0.457_827_5, 0.408_210_73],
                [0.268_629_54, 0.261_302_6, 0.275_777_1],
            ),
            Family::Siglip => ([0.5; 3], [0.5; 3]),
        };
        let size = match fields.size {
            Some(SizeField::Number(edge)) if is_clip => Size::ShortestEdge(edge),
            Some(SizeField::Edge { shortest_edge }) => Size::ShortestEdge(shortest_edge),
            Some(SizeField::Number(edge)) => Size::exact(edge, edge),
            Some(SizeField::Sides { height, width }) => Size::exact(width, height),
            None if is_clip => Size::ShortestEdge(side),
            None => Size::exact(side, side),
        };
        let crop = match fields.crop_size {
            Some(
                SizeField::Number(edge)
                | SizeField::Edge {
                    shortest_edge: edge,
                },
            ) => (edge, edge),
            Some(SizeField::Sides { height, width }) => (width, height),
            None => (side, side),
        };
        let number = fields.resample.unwrap_or(3);
        let filter =
            filter(number).ok_or_else(|| unsupported("resample", &number.to_string(), path))?;
        let preprocessor = Self {
            resize: fields.do_resize.unwrap_or(true).then_some((size, filter)),
            crop: fields.do_center_crop.unwrap_or(is_clip).then_some(crop),
            normalisation: normalisation(&fields, mean, deviation),
            side,
        };
        let sides = match (preprocessor.crop, preprocessor.resize) {
            (Some(sides), _) => Some(sides),
            (None, Some((Size::Exact { width, height }, _))) => Some((width, height)),
            _ => None,
        };
        if sides != Some((side, side)) || matches!(size, Size::ShortestEdge(0)) {
            let what = format!(
                "{:?}, where the model takes {side}x{side}",
                sides.unwrap_or_default()
            );
            return Err(unsupported("size", &what, path));
        }
        Ok(preprocessor)
    }

    /// The pixels of `picture`, channel after channel.
    ///
    /// # Errors
    /// A picture without pixels, or with another number of bytes than its sides tell.
    pub(crate) fn pixels(&self, picture: &Picture) -> Result<Vec<f32>, InferenceError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| InferenceError::Run {
            model: format!(
                "scaling of a picture of {}x{}",
                picture.width, picture.height
            ),
            source,
        };
        let (width, height) = (picture.width, picture.height);
        if width == 0
            || height == 0
            || picture.rgb.len() as u64 != u64::from(width) * u64::from(height) * 3
        {
            return Err(failed("its bytes do not fill its sides".into()));
        }
        let (scaled_width, scaled_height) = match self.resize {
            Some((size, _)) => size.of(width, height),
            None => (width, height),
        };
        let (crop_width, crop_height) = self.crop.unwrap_or((scaled_width, scaled_height));
        let columns = Visible::new(scaled_width, crop_width);
        let rows = Visible::new(scaled_height, crop_height);
        let filter = self.resize.map_or(ResizeAlg::Nearest, |(_, filter)| filter);
        let source = Source {
            left: columns.in_source(width, scaled_width),
            top: rows.in_source(height, scaled_height),
            filter,
        };
        let rgb = source
            .scaled(picture, columns.count, rows.count)
            .map_err(|error| failed(error.into()))?;
        let side = self.side as usize;
        let mut pixels = Vec::with_capacity(3 * side * side);
        for (channel, (factor, summand)) in self.normalisation.iter().enumerate() {
            for row in 0..self.side {
                for column in 0..self.side {
                    let byte = match (rows.index(row), columns.index(column)) {
                        (Some(row), Some(column)) => {
                            rgb[(row * columns.count as usize + column) * 3 + channel]
                        }
                        // Outside the picture the crop is black.
                        _ => 0,
                    };
                    pixels.push(f32::from(byte) * factor + summand);
                }
            }
        }
        Ok(pixels)
    }
}

impl Size {
    fn exact(width: u32, height: u32) -> Self {
        Self::Exact { width, height }
    }

    /// The sides that a picture of `width` and `height` is scaled to.
    fn of(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::Exact { width, height } => (width, height),
            Self::ShortestEdge(edge) => {
                let longer = |long: u32, short: u32| {
                    let exact = u64::from(edge) * u64::from(long) / u64::from(short);
                    u32::try_from(exact).unwrap_or(u32::MAX)
                };
                match width <= height {
                    true => (edge, longer(height, width)),
                    false => (longer(width, height), edge),
                }
            }
        }
    }
}

/// Which rows or columns of the scaled picture a centre crop shows, and where in the crop they lie.
///
/// Only these are made: the scaled picture of a long strip would grow without bound.
struct Visible {
    first: u32,
    count: u32,
    offset: u32,
}

impl Visible {
    fn new(scaled: u32, crop: u32) -> Self {
        let start = crop_start(scaled, crop);
        let first = start.max(0);
        let end = (start + i64::from(crop)).min(i64::from(scaled));
        // All three lie between 0 and the sizes given.
        Self {
            first: first as u32,
            count: (end - first) as u32,
            offset: (first - start) as u32,
        }
    }

    /// The place among those made of a row or column of the crop.
    fn index(&self, of_crop: u32) -> Option<usize> {
        let index = of_crop.checked_sub(self.offset)?;
        (index < self.count).then_some(index as usize)
    }

    /// Start and length in a source of `size` that is scaled to `scaled`.
    fn in_source(&self, size: u32, scaled: u32) -> (f64, f64) {
        let place = |index: u32| f64::from(index) * f64::from(size) / f64::from(scaled);
        let start = place(self.first);
        (start, place(self.first + self.count) - start)
    }
}

/// The part of a picture that is scaled; the filter still sees what lies around it.
struct Source {
    left: (f64, f64),
    top: (f64, f64),
    filter: ResizeAlg,
}

impl Source {
    /// Its pixels, scaled to `width` and `height`: rows first, then columns, with bytes in between.
    ///
    /// Pillow goes in this order (before 13.0 always), the library's own is the other one. Where a filter overshoots, at the
    /// edges of enlarged pictures, what the bytes in between cut off differs by up to twenty steps.
    fn scaled(
        &self,
        picture: &Picture,
        width: u32,
        height: u32,
    ) -> Result<Vec<u8>, fast_image_resize::ResizeError> {
        let (top, length) = self.top;
        let reach = FILTER_REACH * (length / f64::from(height)).max(1.0) + 1.0;
        let first_row = (top - reach).floor().max(0.0);
        let last_row = (top + length + reach).ceil().min(picture.height.into());
        let rows = last_row - first_row;
        let source = ImageRef::new(picture.width, picture.height, &picture.rgb, PixelType::U8x3)
            .map_err(|_| fast_image_resize::ResizeError::PixelTypesAreDifferent)?;
        let mut resizer = Resizer::new();
        let mut narrowed = Image::new(width, rows as u32, PixelType::U8x3);
        let options = ResizeOptions::new().resize_alg(self.filter);
        let across = options.crop(self.left.0, first_row, self.left.1, rows);
        resizer.resize(&source, &mut narrowed, &across)?;
        let mut target = Image::new(width, height, PixelType::U8x3);
        let down = options.crop(0.0, top - first_row, width.into(), length);
        resizer.resize(&narrowed, &mut target, &down)?;
        Ok(target.into_vec())
    }
}

/// Pillow's filter of that number.
fn filter(number: u8) -> Option<ResizeAlg> {
    Some(match number {
        0 => ResizeAlg::Nearest,
        1 => ResizeAlg::Convolution(FilterType::Lanczos3),
        2 => ResizeAlg::Convolution(FilterType::Bilinear),
        3 => ResizeAlg::Convolution(FilterType::CatmullRom),
        4 => ResizeAlg::Convolution(FilterType::Box),
        5 => ResizeAlg::Convolution(FilterType::Hamming),
        _ => return None,
    })
}

fn normalisation(fields: &Fields, mean: [f32; 3], deviation: [f32; 3]) -> [(f32, f32); 3] {
    let rescale = match fields.do_rescale.unwrap_or(true) {
        true => fields.rescale_factor.unwrap_or(1.0 / 255.0),
        false => 1.0,
    };
    if !fields.do_normalize.unwrap_or(true) {
        return [(rescale, 0.0); 3];
    }
    let mean = fields.image_mean.unwrap_or(mean);
    let deviation = fields.image_std.unwrap_or(deviation);
    std::array::from_fn(|channel| {
        (
            rescale / deviation[channel],
            -mean[channel] / deviation[channel],
        )
    })
}

/// First row or column of a centre crop as Hugging Face's `center_crop` places it, negative where the
/// picture is smaller: rounded down inside the picture, while the border before it is rounded up.
fn crop_start(size: u32, crop: u32) -> i64 {
    let (size, crop) = (i64::from(size), i64::from(crop));
    (size - crop).div_euclid(2)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_centre_crop_keeps_the_middle_and_a_small_picture_gets_a_black_border() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("preprocessor_config.json");
        let settings = json!({"do_resize": false, "do_normalize": false, "crop_size": 4,
        "do_center_crop": true, "rescale_factor": 1.0, "size": 4});
        std::fs::write(&path, settings.to_string()).unwrap();
        let preprocessor = Preprocessor::read(&path, Family::Clip, 4).unwrap();
        let numbered = |width: u32, height: u32| Picture {
            width,
            height,
            rgb: (0..width * height)
                .flat_map(|pixel| [pixel as u8 + 1; 3])
                .collect(),
        };
        let wide = preprocessor.pixels(&numbered(7, 4)).unwrap();
        assert_eq!(wide[..4], [2.0, 3.0, 4.0, 5.0]);
        let small = preprocessor.pixels(&numbered(1, 1)).unwrap();
        let expected: Vec<f32> = (0..16)
            .map(|pixel| f32::from(u8::from(pixel == 10)))
            .collect();
        assert_eq!(small[..16], expected);
    }

    #[test]
    fn pictures_are_scaled_as_pillow_scales_them() {
        let picture = Picture {
            width: 7,
            height: 5,
            rgb: (0..7 * 5 * 3u32)
                .map(|value| (value * value * 7 % 251) as u8)
                .collect(),
        };
        // The red bytes that Pillow 13.0's `Image.resize((3, 3), resample)` makes of this picture.
        for (resample, expected) in [
            (1, [31, 35, 40, 92, 117, 144, 149, 125, 117]),
            (2, [37, 44, 51, 91, 110, 128, 140, 121, 118]),
            (3, [33, 39, 46, 92, 113, 136, 144, 125, 117]),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("preprocessor_config.json");
            let settings = json!({"do_normalize": false, "do_center_crop": false, "rescale_factor": 1.0,
            "resample": resample, "size": {"height": 3, "width": 3}});
            std::fs::write(&path, settings.to_string()).unwrap();
            let preprocessor = Preprocessor::read(&path, Family::Siglip, 3).unwrap();
            let red = &preprocessor.pixels(&picture).unwrap()[..9];
            for (found, expected) in red.iter().zip(expected) {
                assert!(
                    (found - expected as f32).abs() <= 1.0,
                    "{resample}: {red:?}"
                );
            }
        }
    }
}
