//! The cuts of a reel as every format needs them: where each pick lies, in frames of both clocks.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use super::{Dialect, ExportSettings, Format};
use crate::{
    domain::{Rational, Timecode},
    reel::{
        error::ReelError,
        manifest::{Pick, Reel},
        source::{Source, SourceKind},
        timeline::place,
        whereabouts::{Place, PlaceState, Whereabouts},
    },
};

/// A reel laid out, and what could not be said of it.
pub(super) struct CutList<'a> {
    pub(super) reel: &'a Reel,
    /// Frames per second of the reel.
    pub(super) rate: Rational,
    /// Record timecode of the first frame.
    pub(super) start: Timecode,
    pub(super) cuts: Vec<Cut<'a>>,
    pub(super) warnings: Vec<String>,
}

/// A pick as it lies in the reel.
pub(super) struct Cut<'a> {
    pub(super) pick: &'a Pick,
    pub(super) source: &'a Source,
    pub(super) place: Cow<'a, Place>,
    /// All frames of the reel it is seen in, from 0.
    pub(super) record: Range<i64>,
    /// Those of them before the next begins. Both differ by the next one's dissolve.
    pub(super) shown: Range<i64>,
    /// Over how many frames it melts in from the one before; never at the beginning of the reel.
    pub(super) dissolve: i64,
    /// How many times as long as it was it is shown.
    pub(super) slowness: i64,
    /// Address of the source's first frame, at the source's own rate.
    pub(super) first: Timecode,
}

impl<'a> CutList<'a> {
    /// # Errors
    /// When a source has changed and that was not accepted.
    pub(super) fn of(
        reel: &'a Reel,
        format: Format,
        whereabouts: &'a Whereabouts,
        settings: &ExportSettings,
    ) -> Result<Self, ReelError> {
        let placed = place(reel);
        let mut warnings = Vec::new();
        let mut uneven: Vec<&Source> = Vec::new();
        let mut cuts: Vec<Cut<'a>> = Vec::with_capacity(placed.len());
        for (index, shown) in placed.iter().enumerate() {
            let (pick, source) = (shown.pick, shown.source);
            let next_start = placed.get(index + 1).map(|next| next.record.start);
            let previous_end = index.checked_sub(1).map(|before| placed[before].record.end);
            let place = place_or_name(whereabouts, pick, source);
            if place.state == PlaceState::Changed && !settings.accepts_changed {
                return Err(ReelError::Source {
                    pick: pick.id,
                    name: place.path.display().to_string(),
                    reason: "has changed since it was indexed".to_owned(),
                });
            }
            if !cuts.iter().any(|cut| cut.pick.asset_id == pick.asset_id) {
                warnings.extend(warning_of(&place));
                if source.is_variable_rate {
                    uneven.push(source);
                }
            }
            cuts.push(Cut {
                pick,
                source,
                place,
                record: shown.record.clone(),
                shown: shown.record.start..next_start.unwrap_or(shown.record.end),
                dissolve: previous_end.map_or(0, |end| end - shown.record.start),
                slowness: pick.slow_motion.map_or(1, |slow| i64::from(slow.factor)),
                first: source.timecode_of(0).unwrap_or(Timecode {
                    frame_number: 0,
                    rate: source.rate,
                    drop_frame: false,
                }),
            });
        }
        // Subtitles count no frames of sources.
        if !matches!(format, Format::Vtt | Format::Srt) {
            warnings.extend(uneven_note(&uneven));
        }
        if cuts.is_empty() {
            return Err(ReelError::Export {
                format: format.name(),
                reason: "it has no picks".to_owned(),
            });
        }
        Ok(Self {
            reel,
            rate: reel.timeline.rate,
            start: start_of(reel),
            cuts,
            warnings,
        })
    }

    /// Record timecode of a frame of the reel.
    pub(super) fn record_timecode(&self, frame: i64) -> Timecode {
        Timecode {
            frame_number: self.start.frame_number + frame,
            ..self.start
        }
    }

    /// How many frames the reel has.
    pub(super) fn length(&self) -> i64 {
        self.cuts.last().map_or(0, |cut| cut.record.end)
    }

    pub(super) fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

impl Cut<'_> {
    pub(super) fn has_picture(&self) -> bool {
        self.source.kind != SourceKind::Audio
    }

    /// How many channels of sound it has; 0 for stills and silent films.
    pub(super) fn channels(&self) -> u16 {
        self.source.sound.map_or(0, |sound| sound.channels)
    }

    /// What it is called in bins and on timelines: what it shows, or for dialects whose readers
    /// find the media by this name, the file.
    pub(super) fn clip_name(&self, dialect: Dialect) -> &str {
        match dialect {
            Dialect::Avid => &self.pick.name,
            Dialect::Premiere | Dialect::Resolve => &self.source.name,
        }
    }

    /// How many frames of the source there are; of stills as many as are shown.
    pub(super) fn source_frames(&self) -> i64 {
        if self.source.frames > 0 {
            return self.source.frames;
        }
        self.pick.out_frame + self.pick.tail_handle_frames
    }
}

fn place_or_name<'a>(whereabouts: &'a Whereabouts, pick: &Pick, source: &Source) -> Cow<'a, Place> {
    if let Some(known) = whereabouts.places.get(&pick.asset_id) {
        return Cow::Borrowed(known);
    }
    Cow::Owned(Place {
        path: source.name.clone().into(),
        state: PlaceState::Missing,
        lines: Vec::new(),
        thumbnails: BTreeMap::new(),
    })
}

fn warning_of(place: &Place) -> Option<String> {
    let path = place.path.display();
    match place.state {
        PlaceState::Present => None,
        PlaceState::Missing => Some(format!(
            "{path} is missing: it is handed over as it was last seen"
        )),
        PlaceState::Changed => Some(format!(
            "{path} has changed since it was indexed: other frames may be shown"
        )),
    }
}

/// One note for all sources of a variable frame rate: a reel of a telephone's films has no others.
fn uneven_note(sources: &[&Source]) -> Option<String> {
    let rate = |source: &Source| format!("{}/{}", source.rate.num, source.rate.den);
    match sources {
        [] => None,
        [source] => Some(format!(
            "{} has a variable frame rate: its frames are counted on an even grid of {} per second",
            source.name,
            rate(source)
        )),
        sources => {
            let each: Vec<String> = sources
                .iter()
                .map(|source| format!("{} ({})", source.name, rate(source)))
                .collect();
            Some(format!(
                "{} sources have a variable frame rate: their frames are counted on even grids of so many per second: {}",
                sources.len(),
                each.join(", ")
            ))
        }
    }
}

/// Record timecode of the first frame, counted as the timeline's settings say.
fn start_of(reel: &Reel) -> Timecode {
    let timeline = &reel.timeline;
    let mut text = timeline.start_timecode.replace([';', '.'], ":");
    if timeline.drop_frame
        && let Some(last) = text.rfind(':')
    {
        text.replace_range(last..=last, ";");
    }
    // A number that drop-frame counting leaves out is still an address without it.
    let parsed = Timecode::parse(&text, timeline.rate)
        .or_else(|_| Timecode::parse(&timeline.start_timecode, timeline.rate));
    let counted = parsed.unwrap_or(Timecode {
        frame_number: 0,
        rate: timeline.rate,
        drop_frame: false,
    });
    let is_ntsc = timeline.rate.den == 1001 && matches!(timeline.rate.num, 30_000 | 60_000);
    Timecode {
        drop_frame: timeline.drop_frame && is_ntsc,
        ..counted
    }
}
