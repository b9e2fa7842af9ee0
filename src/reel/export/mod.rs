//! Hands a reel over to edit suites, subtitle tools and paper.
//!
//! [`export`] writes nothing: it gives the files' bytes. What a format can't say is a warning, never
//! silently left out. Times are whole frames or exact ratios all the way.

mod cuts;
mod edl;
mod otio;
mod text;
mod timebase;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::cuts::CutList;
use super::{error::ReelError, manifest::Reel, whereabouts::Whereabouts};

/// What a reel can be handed over as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// OpenTimelineIO JSON, as opentimelineio 0.17 and later reads it.
    Otio,
    /// CMX3600 edit decision list.
    Edl,
}

impl Format {
    /// All formats, in the order they are listed.
    pub const ALL: [Self; 2] = [Self::Otio, Self::Edl];

    /// The name used on the command line and over HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Self::Otio => "otio",
            Self::Edl => "edl",
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
            Self::Edl => "text/plain; charset=utf-8",
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

/// Hands a reel over. Whether its picks may be shown at all is the caller's to check before.
///
/// # Errors
/// When a source has changed and that was not accepted, or the format can't say what the reel is.
pub fn export(
    reel: &Reel,
    format: Format,
    whereabouts: &Whereabouts,
    settings: &ExportSettings,
) -> Result<Exported, ReelError> {
    let mut cuts = CutList::of(reel, format, whereabouts, settings)?;
    let stem = text::file_stem(&reel.title);
    let file = |ending: &str, bytes: Vec<u8>| vec![(format!("{stem}.{ending}"), bytes)];
    let files = match format {
        Format::Otio => file("otio", otio::write(&cuts)),
        Format::Edl => edl::write(&mut cuts, settings, &stem)?,
    };
    Ok(Exported {
        files,
        warnings: cuts.warnings,
    })
}
