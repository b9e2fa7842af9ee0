//! Pictures as one brightness value a pixel, which is all that reading needs.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::domain::Picture;

use super::regions::Region;

/// A picture in shades of grey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Luma {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Rows from the top without gaps.
    pub(super) values: Vec<u8>,
}

impl Luma {
    /// Brightness of a picture after ITU-R BT.601, the weights text overlays are legible in;
    /// `None` when its size and its pixels do not agree.
    pub(super) fn of(picture: &Picture) -> Option<Self> {
        let (width, height) = (picture.width as usize, picture.height as usize);
        let is_whole = width > 0
            && height > 0
            && width.checked_mul(height)?.checked_mul(3)? == picture.rgb.len();
        is_whole.then(|| Self {
            width,
            height,
            values: picture.rgb.chunks_exact(3).map(brightness).collect(),
        })
    }

    pub(super) fn row(&self, row: usize) -> &[u8] {
        &self.values[row * self.width..][..self.width]
    }

    /// The part inside `region`, at another size.
    pub(super) fn resized(&self, region: Region, width: usize, height: usize) -> Option<Self> {
        let size = |value: usize| u32::try_from(value).ok();
        let source = ImageRef::new(
            size(self.width)?,
            size(self.height)?,
            &self.values,
            PixelType::U8,
        )
        .ok()?;
        let mut target = Image::new(size(width)?, size(height)?, PixelType::U8);
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom))
            .crop(
                region.left as f64,
                region.top as f64,
                region.width as f64,
                region.height as f64,
            );
        Resizer::new().resize(&source, &mut target, &options).ok()?;
        Some(Self {
            width,
            height,
            values: target.into_vec(),
        })
    }
}

/// BT.601 in integers that add up to 256.
pub(super) fn brightness(rgb: &[u8]) -> u8 {
    ((u32::from(rgb[0]) * 77 + u32::from(rgb[1]) * 150 + u32::from(rgb[2]) * 29) >> 8) as u8
}
