//! Hands a reel over to edit suites, subtitle tools and paper.
//!
//! [`export`] writes nothing: it gives the files' bytes. What a format can't say is a warning, never
//! silently left out. Times are whole frames or exact ratios all the way.

mod ale;
mod csv;
mod cuts;
mod edl;
mod fcpxml;
mod html;
mod markers;
mod otio;
mod shots;
mod subtitles;
mod tapes;
mod text;
mod timebase;
mod xmeml;
mod xml;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::cuts::CutList;
use super::{error::ReelError, lines::reel_lines, manifest::Reel, whereabouts::Whereabouts};
use crate::domain::Cue;

/// What a reel can be handed over as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// OpenTimelineIO JSON, as opentimelineio 0.17 and later reads it.
    Otio,
    /// CMX3600 edit decision list.
    Edl,
    /// Final Cut Pro XML 1.11.
    Fcpxml,
    /// Final Cut Pro 7 XML, for Premiere and Resolve.
    Xmeml,
    /// Avid Log Exchange.
    Ale,
    /// Markers for a timeline, one per pick.
    Markers,
    /// WebVTT subtitles on the reel's clock.
    Vtt,
    /// SubRip subtitles on the reel's clock.
    Srt,
    /// A shot list as a table.
    Csv,
    /// A shot list with pictures, to print.
    Html,
}

impl Format {
    /// All formats, in the order they are listed.
    pub const ALL: [Self; 10] = [
        Self::Otio,
        Self::Edl,
        Self::Fcpxml,
        Self::Xmeml,
        Self::Ale,
        Self::Markers,
        Self::Vtt,
        Self::Srt,
        Self::Csv,
        Self::Html,
    ];

    /// The name used on the command line and over HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Self::Otio => "otio",
            Self::Edl => "edl",
            Self::Fcpxml => "fcpxml",
            Self::Xmeml => "xmeml",
            Self::Ale => "ale",
            Self::Markers => "markers",
            Self::Vtt => "vtt",
            Self::Srt => "srt",
            Self::Csv => "csv",
            Self::Html => "html",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The media type of its main file.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Otio => "application/vnd.pixar.opentimelineio+json",
            Self::Edl | Self::Ale | Self::Markers => "text/plain; charset=utf-8",
            Self::Fcpxml | Self::Xmeml => "application/xml",
            Self::Vtt => "text/vtt; charset=utf-8",
            Self::Srt => "application/x-subrip; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

/// Whose reading of a format is written, where readers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Avid Media Composer.
    Avid,
    /// Adobe Premiere Pro.
    Premiere,
    /// DaVinci Resolve.
    #[default]
    Resolve,
}

/// How long names of tapes and cards may be in an edit decision list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReelNames {
    /// 8 characters, as CMX3600 has it.
    Eight,
    /// 32 characters, as Avid's File32 and Resolve have it.
    #[default]
    ThirtyTwo,
}

/// How a reel is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExportSettings {
    /// Who is to read it.
    pub dialect: Dialect,
    /// How long names of tapes and cards may be; in edit decision lists only.
    pub reel_names: ReelNames,
    /// Whether sources that have changed since they were indexed are handed over all the same.
    pub accepts_changed: bool,
}

/// What a reel was handed over as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// File names without folders, and what the files hold; the main file first.
    pub files: Vec<(String, Vec<u8>)>,
    /// What the format could not say exactly, one sentence each.
    pub warnings: Vec<String>,
}

/// Hands a reel over in files that are called `stem` before their endings, such as the name of the
/// reel's own file. [`Whereabouts::of`] refuses what may not be shown.
///
/// # Errors
/// When a source has changed and that was not accepted, or the format can't say what the reel is.
pub fn export(
    reel: &Reel,
    stem: &str,
    format: Format,
    whereabouts: &Whereabouts,
    settings: &ExportSettings,
) -> Result<Exported, ReelError> {
    let mut cuts = CutList::of(reel, format, whereabouts, settings)?;
    let file = |ending: &str, bytes: Vec<u8>| vec![(format!("{stem}.{ending}"), bytes)];
    let files = match format {
        Format::Otio => file("otio", otio::write(&cuts)),
        Format::Edl => edl::write(&mut cuts, settings, stem)?,
        Format::Fcpxml => file("fcpxml", fcpxml::write(&mut cuts)),
        Format::Xmeml => file("xml", xmeml::write(&mut cuts)),
        Format::Ale => ale::write(&mut cuts, stem),
        Format::Markers => vec![markers::write(&cuts, settings.dialect, stem)],
        Format::Vtt => file(
            "vtt",
            subtitles::webvtt(&said(&mut cuts, reel, whereabouts)),
        ),
        Format::Srt => file(
            "srt",
            subtitles::subrip(&said(&mut cuts, reel, whereabouts)),
        ),
        Format::Csv => file("csv", csv::write(&cuts)),
        Format::Html => file("html", html::write(&cuts)),
    };
    Ok(Exported {
        files,
        warnings: cuts.warnings,
    })
}

fn said(cuts: &mut CutList<'_>, reel: &Reel, whereabouts: &Whereabouts) -> Vec<Cue> {
    let cues = reel_lines(reel, whereabouts);
    if cues.is_empty() {
        cuts.warn("nothing is said in the reel: there are no subtitles".to_owned());
    }
    cues
}

#[cfg(test)]
mod tests;
