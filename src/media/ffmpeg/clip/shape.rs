//! Sizes, units of time and frames that encoders take.

use ffmpeg_next::ffi;

use crate::domain::{Picture, Rational};
use crate::media::MediaError;

use super::super::decoder::{Frame, check};
use super::super::out_of_memory;

/// A unit in which all times of the source are whole, small enough for any player.
pub(super) fn exact_base(base: Rational) -> Rational {
    if (1_000..=1_000_000).contains(&base.den) {
        Rational::new(1, base.den)
    } else {
        Rational::new(1, 90_000)
    }
}

/// That size within a square of `max_side`, never enlarged, both sides even as 4:2:0 needs them.
pub(super) fn even_size((width, height): (u32, u32), max_side: u32) -> (u32, u32) {
    let longest = width.max(height).max(1);
    let max_side = max_side.max(16).min(longest);
    let scaled = |side: u32| {
        let exact = u64::from(side) * u64::from(max_side);
        let half = (exact + u64::from(longest)) / (2 * u64::from(longest));
        (half as u32).max(1) * 2
    };
    (scaled(width), scaled(height))
}

/// A picture as a frame for the filters.
pub(in super::super) fn as_frame(picture: &Picture) -> Result<Frame, MediaError> {
    let mut frame = Frame::empty().ok_or_else(out_of_memory)?;
    // SAFETY: the frame is empty and ours; once allocated it has `height` rows of at least
    // `linesize` bytes, and a row of the picture is shorter than that.
    unsafe {
        let raw = &mut *frame.as_mut_ptr();
        raw.width = picture.width as i32;
        raw.height = picture.height as i32;
        raw.format = ffi::AVPixelFormat::AV_PIX_FMT_RGB24 as i32;
        check("a picture", ffi::av_frame_get_buffer(raw, 0))?;
        let line = picture.width as usize * 3;
        for (row, pixels) in picture.rgb.chunks_exact(line).enumerate() {
            let target = raw.data[0].add(row * raw.linesize[0] as usize);
            std::ptr::copy_nonoverlapping(pixels.as_ptr(), target, line);
        }
    }
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_even_and_never_larger_than_the_source_or_the_limit() {
        assert_eq!(even_size((1920, 1080), 1280), (1280, 720));
        assert_eq!(even_size((1080, 1920), 1280), (720, 1280));
        assert_eq!(even_size((640, 360), 1280), (640, 360));
        assert_eq!(even_size((321, 181), 1280), (322, 182));
        assert_eq!(even_size((4096, 2160), 1280), (1280, 676));
        assert_eq!(even_size((5000, 2), 1280), (1280, 2));
    }

    #[test]
    fn times_of_usual_sources_stay_exact() {
        assert_eq!(
            exact_base(Rational::new(1, 12_800)),
            Rational::new(1, 12_800)
        );
        assert_eq!(
            exact_base(Rational::new(1001, 30_000)),
            Rational::new(1, 30_000)
        );
        assert_eq!(exact_base(Rational::new(1, 25)), Rational::new(1, 90_000));
        assert_eq!(
            exact_base(Rational::new(1, 14_112_000)),
            Rational::new(1, 90_000)
        );
    }
}
