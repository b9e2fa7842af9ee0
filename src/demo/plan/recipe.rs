//! The kinds of films there are: programme, place, language and form.

use super::{Codec, Format, Language};
use crate::domain::Rational;

/// What kind of programme a film is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Genre {
    /// One sport, with its crowd and scores.
    Event,
    /// Bars, countdown and slate, then a sport, with a running timecode.
    Rushes,
    /// A studio, interviews, places.
    Magazine,
    /// A ceremony.
    Ceremony,
    /// The best of many sports.
    Highlights,
    /// Streets and people.
    Town,
}

/// What a film of a world is like, whatever it shows.
pub(super) struct Recipe {
    pub(super) folder: &'static str,
    pub(super) genre: Genre,
    pub(super) language: Language,
    pub(super) sidecar: Option<&'static str>,
    pub(super) format: Format,
}

const fn format(
    size: (u32, u32),
    rate: (i32, i32),
    codec: Codec,
    extension: &'static str,
) -> Format {
    Format {
        size,
        rate: Rational::new(rate.0, rate.1),
        codec,
        extension,
        start_timecode: None,
        is_turned: false,
        is_variable: false,
        noise: 0,
    }
}

const WIDE: (u32, u32) = (640, 360);
const NARROW: (u32, u32) = (640, 480);
const NTSC: (i32, i32) = (30_000, 1001);

/// The kinds of films, in the order in which a world has them.
pub(super) fn recipes() -> Vec<Recipe> {
    use Language::{English, French};
    let recipe = |folder, genre, language, sidecar, format| Recipe {
        folder,
        genre,
        language,
        sidecar,
        format,
    };
    vec![
        recipe(
            "events",
            Genre::Event,
            English,
            Some("srt"),
            Format {
                start_timecode: Some("10:00:00:00"),
                noise: 4,
                ..format(WIDE, (25, 1), Codec::H264(22), "mp4")
            },
        ),
        // The second camera of the first event.
        recipe(
            "events",
            Genre::Event,
            English,
            None,
            Format {
                noise: 5,
                ..format(WIDE, (25, 1), Codec::H264(26), "mp4")
            },
        ),
        recipe(
            "rushes",
            Genre::Rushes,
            English,
            None,
            Format {
                start_timecode: Some("00:59:50;00"),
                ..format(WIDE, NTSC, Codec::H264(20), "mov")
            },
        ),
        recipe(
            "archives/1990s",
            Genre::Event,
            French,
            Some("vtt"),
            Format {
                noise: 5,
                ..format(NARROW, (25, 1), Codec::Mpeg2(8), "mpg")
            },
        ),
        recipe(
            "programmes",
            Genre::Magazine,
            English,
            Some("srt"),
            format(WIDE, (24, 1), Codec::H264(23), "mp4"),
        ),
        recipe(
            "phones",
            Genre::Town,
            French,
            None,
            Format {
                is_turned: true,
                noise: 6,
                ..format((360, 640), (30, 1), Codec::H264(27), "mp4")
            },
        ),
        recipe(
            "events",
            Genre::Event,
            English,
            None,
            format(WIDE, (50, 1), Codec::H264(24), "mkv"),
        ),
        recipe(
            "phones",
            Genre::Event,
            English,
            None,
            Format {
                is_variable: true,
                noise: 5,
                ..format(WIDE, (50, 1), Codec::H264(28), "mp4")
            },
        ),
        recipe(
            "ceremonies",
            Genre::Ceremony,
            French,
            Some("srt"),
            format(WIDE, (25, 1), Codec::H264(21), "mp4"),
        ),
        recipe(
            "archives/2000s",
            Genre::Event,
            English,
            None,
            Format {
                noise: 6,
                ..format(NARROW, (25, 1), Codec::Mpeg4(5), "avi")
            },
        ),
        recipe(
            "programmes",
            Genre::Highlights,
            English,
            Some("vtt"),
            Format {
                start_timecode: Some("01:00:00;00"),
                ..format(WIDE, NTSC, Codec::H264(23), "mp4")
            },
        ),
        recipe(
            "programmes",
            Genre::Town,
            French,
            None,
            format(WIDE, (25, 1), Codec::H264(25), "mp4"),
        ),
    ]
}
