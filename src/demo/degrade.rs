//! What cameras, tapes and encoders do to a picture, in small.

use image::{ExtendedColorType, ImageDecoder, codecs::jpeg};

use super::dice::Dice;

/// Losses that one still suffers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Degradation {
    /// Added to every channel.
    brightness: f32,
    /// Contrast about middle grey; 1 changes nothing.
    contrast: f32,
    /// What is left of the colours; 1 changes nothing.
    saturation: f32,
    /// Passes of a 3 × 3 blur.
    blur_passes: u8,
    /// The largest deviation of a pixel by noise.
    noise: u8,
    /// The quality of JPEG, 1 to 100; none where the picture is not encoded.
    jpeg_quality: Option<u8>,
    /// What the noise hangs on.
    seed: u32,
}

impl Degradation {
    /// Any degradation; about a fourth of the pictures stays nearly clean.
    pub(super) fn random(dice: &mut Dice) -> Self {
        let strength = if dice.chance(0.25) { 0.1 } else { 1.0 };
        Self {
            brightness: strength * dice.between(-28.0, 24.0),
            contrast: 1.0 + strength * dice.between(-0.25, 0.2),
            saturation: 1.0 + strength * dice.between(-0.3, 0.15),
            blur_passes: if strength == 1.0 {
                [0, 0, 0, 1, 1, 2][dice.below(6)]
            } else {
                0
            },
            noise: (strength * dice.between(0.0, 26.0)) as u8,
            jpeg_quality: (strength == 1.0 && dice.chance(0.4)).then(|| 15 + dice.below(60) as u8),
            seed: dice.seed() as u32 | 1,
        }
    }

    /// Does it to rows of RGB pixels of a square.
    pub(super) fn apply(&self, pixels: &mut Vec<u8>, side: usize) {
        self.grade(pixels);
        for _ in 0..self.blur_passes {
            blur(pixels, side);
        }
        if self.noise > 0 {
            self.scatter(pixels);
        }
        if let Some(quality) = self.jpeg_quality {
            recode(pixels, side as u32, quality);
        }
    }

    /// Brightness, contrast and saturation in fixed point with 8 bits after the point.
    fn grade(&self, pixels: &mut [u8]) {
        let fixed = |value: f32| (value * 256.0).round() as i32;
        let (contrast, saturation) = (fixed(self.contrast), fixed(self.saturation));
        let offset = fixed(self.brightness) + 128 * (256 - contrast);
        for pixel in pixels.as_chunks_mut::<3>().0 {
            let [red, green, blue] = pixel.map(i32::from);
            // The luma of ITU-R BT.601.
            let grey = (77 * red + 150 * green + 29 * blue) >> 8;
            for channel in pixel {
                let coloured = grey + (((i32::from(*channel) - grey) * saturation) >> 8);
                *channel = ((coloured * contrast + offset) >> 8).clamp(0, 255) as u8;
            }
        }
    }

    /// Noise of an xorshift generator (Marsaglia, 2003).
    fn scatter(&self, pixels: &mut [u8]) {
        let (mut state, span) = (self.seed, 2 * u32::from(self.noise) + 1);
        for pixel in pixels.as_chunks_mut::<3>().0 {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            for (place, channel) in pixel.iter_mut().enumerate() {
                let byte = (state >> (8 * place)) & 255;
                let off = ((byte * span) >> 8) as i32 - i32::from(self.noise);
                *channel = (i32::from(*channel) + off).clamp(0, 255) as u8;
            }
        }
    }
}

/// Weights 1, 2, 1 across and down; the border stays as it is.
fn blur(pixels: &mut [u8], side: usize) {
    let row = side * 3;
    let mut across = pixels.to_vec();
    for line in 0..side {
        for at in line * row + 3..(line + 1) * row - 3 {
            let sum =
                u16::from(pixels[at - 3]) + 2 * u16::from(pixels[at]) + u16::from(pixels[at + 3]);
            across[at] = (sum / 4) as u8;
        }
    }
    for at in row..pixels.len() - row {
        let sum =
            u16::from(across[at - row]) + 2 * u16::from(across[at]) + u16::from(across[at + row]);
        pixels[at] = (sum / 4) as u8;
    }
}

/// Through JPEG and back; a picture that JPEG refuses stays as it is.
fn recode(pixels: &mut Vec<u8>, side: u32, quality: u8) {
    let mut bytes = Vec::new();
    let encoded = jpeg::JpegEncoder::new_with_quality(&mut bytes, quality).encode(
        pixels,
        side,
        side,
        ExtendedColorType::Rgb8,
    );
    let mut decoded = vec![0; pixels.len()];
    let is_decoded = encoded.is_ok()
        && jpeg::JpegDecoder::new(std::io::Cursor::new(&bytes))
            .and_then(|decoder| decoder.read_image(&mut decoded))
            .is_ok();
    if is_decoded {
        *pixels = decoded;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degraded_pictures_keep_their_size_and_their_gist() {
        let mut dice = Dice::new(5, 0);
        let original: Vec<u8> = (0..32 * 32)
            .flat_map(|pixel| {
                if pixel % 32 < 16 {
                    [220, 40, 40]
                } else {
                    [30, 60, 200]
                }
            })
            .collect();
        for _ in 0..40 {
            let mut pixels = original.clone();
            Degradation::random(&mut dice).apply(&mut pixels, 32);
            assert_eq!(pixels.len(), original.len());
            let (left, right) = (&pixels[16 * 96 + 9..][..3], &pixels[16 * 96 + 84..][..3]);
            assert!(left[0] > left[2], "the left half stays red: {left:?}");
            assert!(right[2] > right[0], "the right half stays blue: {right:?}");
        }
    }
}
