//! One thing that a reel shows: its pictures by number, its sound by sample.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::domain::Rational;
use crate::media::MediaError;
use crate::media::protocol::{REEL_SAMPLE_RATE_HZ, ReelContent, ReelForm, ReelLayer};

use super::super::decoder::Frame;
use super::super::out_of_memory;
use super::film::{FilmPictures, Pace};
use super::letters::{Lettering, blank};
use super::part::Outlet;
use super::sound::{CHANNELS, stretch};
use super::still::StillPictures;
use super::tempo::slowed;

/// Sound slowed more than that is left out: to keep its pitch, so much would have to be made up that
/// what is heard stutters and echoes. Editors lay other sound under such pictures in any case.
const MOST_AUDIBLE: i64 = 2;

/// The pictures of a layer.
pub(super) enum LayerPictures<'o, 's> {
    Film(Box<FilmPictures<'o, 's>>),
    Still(StillPictures),
    Card(Frame),
}

impl<'o, 's> LayerPictures<'o, 's> {
    /// Opens a layer for its pictures from `first_picture` on.
    ///
    /// # Errors
    /// What is wrong with its source.
    pub(super) fn open(
        layer: &ReelLayer,
        form: &ReelForm,
        lettering: &mut Lettering,
        outlet: &'o Outlet<'s>,
    ) -> Result<Self, MediaError> {
        Ok(match &layer.content {
            ReelContent::Film {
                path,
                rate,
                is_variable_rate,
                first_frame,
                end_frame,
                slowness,
                is_interpolated,
            } => {
                let pace = Pace {
                    rate: *rate,
                    is_variable_rate: *is_variable_rate,
                    first_frame: *first_frame,
                    end_frame: *end_frame,
                    slowness: *slowness,
                    is_interpolated: *is_interpolated && *slowness > 1,
                    reel_rate: form.rate,
                };
                let film =
                    FilmPictures::open(to_path(path), form, pace, layer.first_picture, outlet)?;
                Self::Film(Box::new(film))
            }
            ReelContent::Still { path } => Self::Still(StillPictures::open(
                to_path(path),
                form,
                layer.pictures,
                outlet,
            )?),
            ReelContent::Sound { lines, .. } | ReelContent::Card { lines } => {
                Self::Card(lettering.card(lines)?)
            }
            // Copied pictures are not decoded, so they come another way.
            ReelContent::Copied { .. } | ReelContent::Nothing => Self::Card(blank(form, 0)?),
        })
    }

    /// The picture of that number of the layer; numbers never go back.
    ///
    /// # Errors
    /// `Corrupt` when there is none.
    pub(super) fn picture(&mut self, number: i64) -> Result<Frame, MediaError> {
        match self {
            Self::Film(film) => film.picture(number),
            Self::Still(still) => still.picture(number),
            Self::Card(card) => card.share().ok_or_else(out_of_memory),
        }
    }

    /// What could not be shown as it was meant.
    pub(super) fn warning(&self) -> Option<String> {
        match self {
            Self::Film(film) => film.warning(),
            Self::Still(_) | Self::Card(_) => None,
        }
    }
}

/// `count` samples of a layer from its sample `from` on, which may lie before its first; stereo,
/// interleaved. With it what could not be heard.
///
/// # Errors
/// What is wrong with its source.
pub(super) fn layer_sound(
    layer: &ReelLayer,
    from: i64,
    count: i64,
    outlet: &Outlet<'_>,
) -> Result<(Vec<f32>, Option<String>), MediaError> {
    let (path, rate, first_frame, slowness) = match &layer.content {
        ReelContent::Film {
            path,
            rate,
            first_frame,
            slowness,
            ..
        } => (path, *rate, *first_frame, i64::from((*slowness).max(1))),
        ReelContent::Sound {
            path,
            rate,
            first_frame,
            ..
        }
        | ReelContent::Copied {
            path,
            rate,
            first_frame,
        } => (path, *rate, *first_frame, 1),
        ReelContent::Still { .. } | ReelContent::Card { .. } | ReelContent::Nothing => {
            return Ok((silence(count), None));
        }
    };
    if slowness > MOST_AUDIBLE {
        return Ok((silence(count), None));
    }
    let first = sample_of(first_frame, rate, REEL_SAMPLE_RATE_HZ);
    let path = to_path(path);
    let rate_hz = REEL_SAMPLE_RATE_HZ as u32;
    let (samples, warning) = if slowness == 1 {
        stretch(path, first + from, count, rate_hz, outlet)?
    } else {
        slowed(slowness, from, count, |from, count| {
            stretch(path, first + from, count, rate_hz, outlet)
        })?
    };
    Ok((samples.unwrap_or_else(|| silence(count)), warning))
}

/// The sample at which a frame begins, rounded to the nearest.
pub(super) fn sample_of(frame: i64, rate: Rational, rate_hz: i64) -> i64 {
    let num = i128::from(frame) * i128::from(rate.den) * i128::from(rate_hz);
    let den = i128::from(rate.num.max(1));
    ((2 * num + den).div_euclid(2 * den)) as i64
}

fn silence(count: i64) -> Vec<f32> {
    vec![0.0; usize::try_from(count).unwrap_or(0) * CHANNELS]
}

pub(super) fn to_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}
