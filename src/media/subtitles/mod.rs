//! Subtitle files: SubRip, WebVTT, TTML, SubStation Alpha and SBV as cues.
//!
//! Own parsers, on encoding_rs, chardetng and quick-xml: the crates at hand each read two or three
//! of the formats and stop at the first line that breaks the rules, while files out of archives
//! break them often, and what is wanted of them is the words and their times alone.

mod charset;
mod clock;
mod markup;
mod plain;
mod substation;
mod ttml;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::MediaError;
use super::protocol::SubtitleFile;
use crate::domain::Cue;

pub(crate) use markup::named_character;

/// The largest subtitle file that is read; a feature film's is some 100 KB.
const FILE_LIMIT: u64 = 50_000_000;

/// How far into a file its format shows.
const FORMAT_HEAD_CHARS: usize = 16_384;

/// Reads a subtitle file, whatever its name says its format is.
///
/// # Errors
/// [`MediaError::Unreadable`] from the system; [`MediaError::Corrupt`] when the file is too large,
/// in no known format or no valid XML.
pub(crate) fn read(path: &Path) -> Result<SubtitleFile, MediaError> {
    let unreadable = |error: std::io::Error| MediaError::Unreadable {
        reason: error.to_string(),
    };
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(FILE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > FILE_LIMIT {
        let reason = format!("a subtitle file of more than {} MB", FILE_LIMIT / 1_000_000);
        return Err(MediaError::Corrupt { reason });
    }
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<SubtitleFile, MediaError> {
    let (text, character_set) = charset::decode(bytes);
    let Some(format) = Format::of(&text) else {
        let reason =
            "no subtitles in it: neither SubRip, WebVTT, TTML, SubStation Alpha nor SBV".to_owned();
        return Err(MediaError::Corrupt { reason });
    };
    let cues = match format {
        Format::SubRip => plain::subrip(&text),
        Format::WebVtt => plain::webvtt(&text),
        Format::Sbv => plain::sbv(&text),
        Format::SubStation => substation::cues(&text),
        Format::Ttml => ttml::cues(&text)?,
    };
    Ok(SubtitleFile {
        cues: in_order(cues),
        character_set: character_set.to_owned(),
        format: format.name().to_owned(),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    SubRip,
    WebVtt,
    Ttml,
    SubStation,
    Sbv,
}

impl Format {
    /// The format by content; extensions are often wrong.
    fn of(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let end = text
            .char_indices()
            .nth(FORMAT_HEAD_CHARS)
            .map_or(text.len(), |(end, _)| end);
        let head = &text[..end];
        let is_line = |test: fn(&str) -> bool| head.lines().any(|line| test(line.trim()));
        if head.starts_with("WEBVTT") {
            Some(Self::WebVtt)
        } else if head.starts_with('<') && ttml::is_ttml(head) {
            Some(Self::Ttml)
        } else if is_line(substation::is_section) {
            Some(Self::SubStation)
        } else if is_line(|line| clock::arrow_span(line).is_some()) {
            Some(Self::SubRip)
        } else if is_line(|line| clock::comma_span(line).is_some()) {
            Some(Self::Sbv)
        } else {
            None
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::SubRip => "srt",
            Self::WebVtt => "vtt",
            Self::Ttml => "ttml",
            Self::SubStation => "ass",
            Self::Sbv => "sbv",
        }
    }
}

/// Sorts cues by time, drops empty ones, and joins those that say the same without a pause, as
/// layers of one line and captions that are built up frame by frame do.
fn in_order(mut cues: Vec<Cue>) -> Vec<Cue> {
    cues.retain(|cue| !cue.text.is_empty());
    cues.sort_by_key(|cue| cue.span);
    cues.dedup_by(|later, earlier| {
        let is_same = later.text == earlier.text && later.span.is_within(earlier.span, 0);
        if is_same {
            earlier.span = earlier.span.union(later.span);
        }
        is_same
    });
    cues
}

#[cfg(test)]
mod tests;
