//! How stretches, lengths, rates and sections are typed.

use super::correct::millis;
use crate::{domain::Rational, search::language::duration_millis};

/// An asset and a stretch of it, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Place {
    pub(in crate::cli) asset: String,
    pub(in crate::cli) start_millis: i64,
    pub(in crate::cli) end_millis: i64,
}

/// A section, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct SectionText {
    pub(in crate::cli) name: String,
    pub(in crate::cli) picks: Option<u32>,
    pub(in crate::cli) query: Option<String>,
}

/// A place in a source, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Mark {
    /// A frame, counted from the first.
    Frame(i64),
    /// So many frames later.
    Later(i64),
    /// An address of the source's own.
    Timecode(String),
    /// Running time in milliseconds.
    Millis(i64),
}

/// `90s` or `1m30s`, as in `longer:90s`.
pub(super) fn duration(text: &str) -> Result<i64, String> {
    duration_millis(text).ok_or_else(|| "a length such as 90s, 1m30s or 500ms".to_owned())
}

pub(super) fn mark(text: &str) -> Result<Mark, String> {
    let wrong = || "frames such as 120, +5 or -5, a timecode, or a time such as 1m2.5s".to_owned();
    if text.starts_with(['+', '-']) {
        return text.parse().map(Mark::Later).map_err(|_| wrong());
    }
    if let Ok(frame) = text.parse() {
        return Ok(Mark::Frame(frame));
    }
    if text.matches([':', ';', '.']).count() == 3 {
        return Ok(Mark::Timecode(text.to_owned()));
    }
    duration_millis(text).map(Mark::Millis).ok_or_else(wrong)
}

/// `ASSET@START-END`; a path may hold an `@` itself.
pub(super) fn place(text: &str) -> Result<Place, String> {
    let wrong = || "ASSET@START-END, such as final.mp4@12.5-1:18".to_owned();
    let (asset, times) = text.rsplit_once('@').ok_or_else(wrong)?;
    let (start, end) = times.split_once('-').ok_or_else(wrong)?;
    let (start_millis, end_millis) = (millis(start)?, millis(end)?);
    if asset.is_empty() || end_millis <= start_millis {
        return Err(wrong());
    }
    Ok(Place {
        asset: asset.to_owned(),
        start_millis,
        end_millis,
    })
}

/// `25`, `29.97` or `30000/1001`; the short forms of the rates of colour television mean those.
pub(super) fn rate(text: &str) -> Result<Rational, String> {
    let wrong = || "1 to 120 frames per second, such as 25, 23.976 or 30000/1001".to_owned();
    let known = match text {
        "23.976" | "23.98" => Some((24_000, 1001)),
        "29.97" => Some((30_000, 1001)),
        "59.94" => Some((60_000, 1001)),
        _ => None,
    };
    let (num, den) = match (known, text.split_once('/')) {
        (Some(known), _) => known,
        (None, Some((num, den))) => (
            num.parse().map_err(|_| wrong())?,
            den.parse().map_err(|_| wrong())?,
        ),
        (None, None) => (text.parse().map_err(|_| wrong())?, 1),
    };
    let rate = Rational::new(num, den);
    match rate.to_f64() {
        Some(value) if (1.0..=120.0).contains(&value) => Ok(rate),
        _ => Err(wrong()),
    }
}

pub(super) fn size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || "WIDTHxHEIGHT of 16 to 8192 pixels, such as 1920x1080".to_owned();
    let (width, height) = text.split_once(['x', '×']).ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<u32>().map_err(|_| wrong());
    let (width, height) = (number(width)?, number(height)?);
    if !(16..=8192).contains(&width) || !(16..=8192).contains(&height) {
        return Err(wrong());
    }
    Ok((width, height))
}

/// `opening:1=QUERY`, `action:rest`, `action=QUERY`.
pub(super) fn section(text: &str) -> Result<SectionText, String> {
    let wrong = || "NAME:N=QUERY, NAME:N or NAME:rest, such as opening:1=stadium".to_owned();
    let (head, query) = match text.split_once('=') {
        Some((head, query)) => (head, Some(query.trim().to_owned())),
        None => (text, None),
    };
    let (name, picks) = match head.rsplit_once(':') {
        None | Some((_, "rest")) => (head.trim_end_matches(":rest"), None),
        Some((name, number)) => {
            let number: u32 = number.trim().parse().map_err(|_| wrong())?;
            (
                name,
                Some(number)
                    .filter(|number| *number > 0)
                    .map(Some)
                    .ok_or_else(wrong)?,
            )
        }
    };
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(wrong());
    }
    Ok(SectionText {
        name,
        picks,
        query: query.filter(|query| !query.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_read_with_and_without_numbers_and_queries() {
        let read = |text: &str| {
            let section = section(text)?;
            Ok::<_, String>((section.name, section.picks, section.query))
        };
        let named = |text: &str| text.to_owned();
        assert_eq!(read("opening:1"), Ok((named("opening"), Some(1), None)));
        assert_eq!(read("action:rest"), Ok((named("action"), None, None)));
        assert_eq!(
            read("talk:2=said:\"a=b\""),
            Ok((named("talk"), Some(2), Some(named("said:\"a=b\""))))
        );
        for wrong in ["", ":1", "a:0", "a:x", "=query"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn places_marks_rates_and_sizes_are_read() {
        assert_eq!(
            place("odd@name.mp4@12.5-1:18"),
            Ok(Place {
                asset: "odd@name.mp4".to_owned(),
                start_millis: 12_500,
                end_millis: 78_000
            })
        );
        for wrong in ["a.mp4", "a.mp4@5", "a.mp4@5-5", "@1-2", "a@x-2"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
        assert_eq!(mark("120"), Ok(Mark::Frame(120)));
        assert_eq!(mark("-5"), Ok(Mark::Later(-5)));
        assert_eq!(mark("1m2.5s"), Ok(Mark::Millis(62_500)));
        assert_eq!(
            mark("01:00:00;02"),
            Ok(Mark::Timecode("01:00:00;02".to_owned()))
        );
        assert!(mark("soon").is_err());
        assert_eq!(rate("29.97"), Ok(Rational::new(30_000, 1001)));
        assert_eq!(rate("25"), Ok(Rational::new(25, 1)));
        for wrong in ["0", "25.5", "1/0", "-25", "500"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
        assert_eq!(size("1920x1080"), Ok((1920, 1080)));
        assert!(size("8x8").is_err() && size("1920").is_err());
    }
}
