//! The parts of a reel as requests to workers, each with the key that it is kept under.

use std::os::unix::ffi::OsStrExt;

use super::layout::{Item, Piece, pieces, sample_of};
use super::settings::RenderSettings;
use crate::domain::{AssetId, Cue};
use crate::media::protocol::{ReelContent, ReelForm, ReelLayer, ReelLetters, ReelPart, ReelPlace};
use crate::reel::{ReelError, Smoothing, SourceKind, TimelineSettings, Whereabouts, source::scale};

/// A longer pick is rendered in several parts: less is lost when rendering is broken off, and all
/// cores have something to do.
const LONGEST_MILLIS: i64 = 15_000;

/// Half of a crossfade of 10 ms, in samples.
const MARGIN_SAMPLES: i64 = 240;

/// How long a lower third is shown.
const LOWER_THIRD_MILLIS: i64 = 4_000;

/// Raised when parts of the same request come out otherwise than before.
const PART_VERSION: &str = "reeldex part 2";

/// A part to render.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) request: ReelPart,
    /// A hash of what it shows and how; sources count by content, not by place.
    pub(super) key: String,
    /// The pick that it belongs to, for what people are told.
    pub(super) pick: u32,
    pub(super) source_name: String,
}

/// What all parts of a reel are made from.
pub(super) struct Material<'a> {
    pub(super) items: &'a [Item<'a>],
    pub(super) timeline: &'a TimelineSettings,
    pub(super) whereabouts: &'a Whereabouts,
    pub(super) settings: &'a RenderSettings,
    pub(super) form: &'a ReelForm,
    /// What is to be written over the pictures, in the rendered reel's time.
    pub(super) cues: &'a [Cue],
}

impl Material<'_> {
    /// All parts of the reel in order.
    ///
    /// # Errors
    /// When a source is missing or has changed.
    pub(super) fn parts(&self) -> Result<Vec<Part>, ReelError> {
        let longest = self.picture_at(LONGEST_MILLIS).max(1);
        let pieces = pieces(self.items, longest);
        pieces.into_iter().map(|piece| self.part(piece)).collect()
    }

    /// The part of one piece.
    ///
    /// # Errors
    /// When its source is missing or has changed.
    pub(super) fn part(&self, piece: Piece) -> Result<Part, ReelError> {
        let rate = self.timeline.rate;
        let first = piece.item - usize::from(piece.is_dissolve).min(piece.item);
        let shown = &self.items[first..=piece.item];
        let layers = shown
            .iter()
            .map(|item| {
                let mut content = content(item, self.timeline, self.whereabouts)?;
                if piece.is_copied {
                    content = copied(content);
                }
                Ok(ReelLayer {
                    content,
                    first_picture: piece.from - item.from,
                    pictures: item.to - item.from,
                    first_sample: sample_of(piece.from, rate) - sample_of(item.from, rate),
                })
            })
            .collect::<Result<Vec<_>, ReelError>>()?;
        let request = ReelPart {
            form: self.form.clone(),
            pictures: piece.to - piece.from,
            samples: sample_of(piece.to, rate) - sample_of(piece.from, rate),
            // At a hundred pictures a second and more, a part of one picture is shorter than a crossfade.
            margin_samples: MARGIN_SAMPLES.min(sample_of(1, rate) / 2),
            layers,
            letters: self.letters(shown, piece),
        };
        let assets: Vec<AssetId> = shown.iter().map(|item| item.placed.pick.asset_id).collect();
        let item = &self.items[piece.item];
        Ok(Part {
            key: key(&request, &assets),
            request,
            pick: item.placed.pick.id,
            source_name: item.placed.source.name.clone(),
        })
    }

    /// What is written over a piece, counted from its first picture.
    fn letters(&self, shown: &[Item<'_>], piece: Piece) -> Vec<ReelLetters> {
        let lower_thirds = shown.iter().filter_map(|item| {
            lower_third(item, self.settings, self.picture_at(LOWER_THIRD_MILLIS))
        });
        let subtitles = self.cues.iter().map(|cue| ReelLetters {
            from: self.picture_at(cue.span.start_millis),
            to: self.picture_at(cue.span.end_millis),
            place: ReelPlace::Subtitle,
            text: cue.text.clone(),
        });
        lower_thirds
            .chain(subtitles)
            .filter(|letters| letters.from < piece.to && piece.from < letters.to)
            .map(|letters| ReelLetters {
                from: letters.from - piece.from,
                to: letters.to - piece.from,
                ..letters
            })
            .collect()
    }

    fn picture_at(&self, millis: i64) -> i64 {
        let rate = self.timeline.rate;
        scale(millis, i128::from(rate.num), rate.den.max(1) * 1000)
    }
}

fn copied(content: ReelContent) -> ReelContent {
    match content {
        ReelContent::Film {
            path,
            rate,
            first_frame,
            ..
        } => ReelContent::Copied {
            path,
            rate,
            first_frame,
        },
        other => other,
    }
}

fn content(
    item: &Item<'_>,
    timeline: &TimelineSettings,
    whereabouts: &Whereabouts,
) -> Result<ReelContent, ReelError> {
    let (pick, source) = (item.placed.pick, item.placed.source);
    if item.is_slate {
        let lines = vec![
            pick.name.clone(),
            source.name.clone(),
            format!("{} - {}", pick.in_timecode, pick.out_timecode),
        ];
        return Ok(ReelContent::Card { lines });
    }
    let path = whereabouts.file_of(pick, source)?;
    let path = path.as_os_str().as_bytes().to_vec();
    Ok(match source.kind {
        SourceKind::Video => ReelContent::Film {
            path,
            rate: source.rate,
            is_variable_rate: source.is_variable_rate,
            first_frame: pick.in_frame,
            end_frame: pick.out_frame,
            slowness: pick.slow_motion.map_or(1, |slow| slow.factor),
            is_interpolated: pick
                .slow_motion
                .is_some_and(|slow| slow.smoothing == Smoothing::Interpolate),
        },
        SourceKind::Audio => ReelContent::Sound {
            path,
            rate: if source.rate.is_known() {
                source.rate
            } else {
                timeline.rate
            },
            first_frame: pick.in_frame,
            lines: vec![pick.name.clone(), source.name.clone()],
        },
        SourceKind::Image => ReelContent::Still { path },
    })
}

fn lower_third(item: &Item<'_>, settings: &RenderSettings, pictures: i64) -> Option<ReelLetters> {
    let pick = item.placed.pick;
    let name = settings.lower_thirds.then_some(&pick.name);
    let text = pick.lower_third.as_ref().or(name)?;
    (!item.is_slate).then(|| {
        let from = item.from + item.dissolve;
        ReelLetters {
            from,
            to: (from + pictures).min(item.to),
            place: ReelPlace::LowerThird,
            text: text.clone(),
        }
    })
}

/// A hash of what a part shows and how. Where sources lie counts nothing, nor do threads.
fn key(request: &ReelPart, assets: &[AssetId]) -> String {
    let mut request = request.clone();
    request.form.threads = 0;
    for layer in &mut request.layers {
        match &mut layer.content {
            ReelContent::Film { path, .. }
            | ReelContent::Copied { path, .. }
            | ReelContent::Sound { path, .. }
            | ReelContent::Still { path } => path.clear(),
            ReelContent::Card { .. } | ReelContent::Nothing => {}
        }
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(PART_VERSION.as_bytes());
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    for asset in assets {
        hasher.update(&asset.0);
    }
    // Numbers and texts alone: JSON of them can't fail.
    hasher.update(&serde_json::to_vec(&request).unwrap_or_default());
    hasher.finalize().to_hex().to_string()
}
