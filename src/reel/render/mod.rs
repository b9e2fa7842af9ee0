//! The rendered reel: parts made by decode workers and kept, then joined to one file.
//!
//! [`render`] is the entry. Nothing here decodes: workers do, and hand bytes on that are written as
//! they are. What was rendered once is not rendered again, so a rendering that was broken off goes
//! on where it was, and a changed reel costs only its changes.

mod copying;
mod layout;
mod output;
mod parts;
mod settings;
mod store;
mod workers;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::layout::{Item, lay_out, rendered_millis};
use self::output::Output;
use self::parts::{Material, Part};
pub use self::settings::{
    EncoderChoice, LoudnessTarget, Preset, ReelCodec, ReelFill, RenderSettings, SubtitleStyle,
};
use self::store::PartStore;
use super::{Reel, ReelError, Whereabouts, reel_lines};
use crate::domain::{Cue, TimeSpan};
use crate::media::protocol::{ReelChapter, ReelForm, ReelJoin};
use crate::media::{DecodePool, MediaError};

/// What parts of earlier renderings may take on disk, in bytes, where nothing else is said.
const KEPT_BYTES: u64 = 8 << 30;

/// What reels are rendered with.
pub struct Workshop<'a> {
    /// The workers.
    pub pool: &'a DecodePool,
    /// Where parts are kept.
    pub folder: PathBuf,
    /// How many parts are rendered at a time; at least one.
    pub workers: usize,
    /// What parts of earlier renderings may take on disk, in bytes.
    pub kept_bytes: u64,
}

impl<'a> Workshop<'a> {
    /// A workshop that keeps its parts in a library, in the folder `parts`, and uses all cores.
    pub fn in_library(pool: &'a DecodePool, library: &Path) -> Self {
        Self {
            pool,
            folder: library.join("parts"),
            workers: cores(),
            kept_bytes: KEPT_BYTES,
        }
    }
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Parts are made.
    Rendering,
    /// Sound is levelled, and all is written to one file.
    Joining,
}

/// How far a rendering is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Pictures that are done in this stage, those that were there already among them.
    pub done_pictures: i64,
    /// Pictures in the reel.
    pub pictures: i64,
    /// Parts that are done.
    pub done_parts: usize,
    /// Parts in all.
    pub parts: usize,
}

/// What was rendered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rendered {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Pictures in it.
    pub pictures: i64,
    /// Its length.
    pub duration_millis: i64,
    /// Samples of sound in it, at 48 kHz.
    pub samples: i64,
    /// FFmpeg's name of the encoder of pictures.
    pub encoder: String,
    /// Parts that it was joined of.
    pub parts: usize,
    /// How many of them were there already.
    pub parts_kept: usize,
    /// Pictures that were copied as they are.
    pub pictures_copied: i64,
    /// Loudness of the cut before it was levelled, in LUFS; absent for silence.
    pub measured_lufs: Option<f64>,
    /// What the sound was raised by, in dB.
    pub gain_db: f64,
    /// Loudness of the result, in LUFS; absent for silence, and where it was left as it is.
    pub loudness_lufs: Option<f64>,
    /// What could not be shown as it was meant, for people to read.
    pub warnings: Vec<String>,
}

/// Renders a reel into a file. Under its name is nothing, or what was there before, until it is whole.
///
/// `is_cancelled` is asked several times a second. Parts that are done stay in the workshop.
///
/// # Errors
/// `Source` when a source is missing or has changed; `Render` when settings contradict each other or
/// the reel, or its pictures can't be copied; `Media` when an encoder is missing or can't start; `File` when a disk is full;
/// `Interrupted`. What is damaged in a source is no error but a warning.
pub fn render(
    reel: &Reel,
    whereabouts: &Whereabouts,
    settings: &RenderSettings,
    output: &Path,
    workshop: &Workshop<'_>,
    on_progress: &mut dyn FnMut(Progress),
    is_cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Rendered, ReelError> {
    check(reel, settings, output)?;
    let items = lay_out(reel, settings.slates);
    let cues = cues(reel, whereabouts, &items);
    let mut form = form(reel, settings);
    form.encoder = encoder(&form, settings, workshop.pool)?;
    let burnt: &[Cue] = match settings.subtitles {
        SubtitleStyle::Burnt => &cues,
        SubtitleStyle::None | SubtitleStyle::Soft => &[],
    };
    let copying = settings
        .copy
        .then(|| {
            copying::plan(
                reel,
                &items,
                whereabouts,
                settings,
                workshop.pool,
                is_cancelled,
            )
        })
        .transpose()?;
    form.parameter_set = copying.as_ref().map(|copying| copying.parameter_set);
    let material = Material {
        items: &items,
        timeline: &reel.timeline,
        whereabouts,
        settings,
        form: &form,
        cues: burnt,
    };
    let parts = match &copying {
        Some(copying) => {
            let pieces = copying.pieces.iter();
            pieces
                .map(|piece| material.part(*piece))
                .collect::<Result<Vec<_>, ReelError>>()?
        }
        None => material.parts()?,
    };
    let store = PartStore::open(&workshop.folder)?;
    let target = Output::begin(output, whereabouts)?;
    let made = workers::render_parts(&parts, &store, workshop, on_progress, is_cancelled)?;
    let join = ReelJoin {
        form: form.clone(),
        parts: workers::paths(&parts, &store),
        title: reel.title.clone(),
        timecode: Some(reel.timeline.start_timecode.clone()),
        chapters: chapters(&items),
        cues: match settings.subtitles {
            SubtitleStyle::Soft => cues,
            SubtitleStyle::None | SubtitleStyle::Burnt => Vec::new(),
        },
        loudness_lufs: settings.loudness.lufs(),
    };
    let summary = workers::join_parts(&join, &parts, &target, workshop, on_progress, is_cancelled)?;
    let bytes = target.finish()?;
    let keys: Vec<String> = parts.iter().map(|part| part.key.clone()).collect();
    store.prune(workshop.kept_bytes, &keys);
    let rate = form.rate;
    Ok(Rendered {
        path: output.to_owned(),
        bytes,
        pictures: summary.pictures,
        duration_millis: super::source::scale(
            summary.pictures,
            i128::from(rate.den) * 1000,
            rate.num,
        ),
        samples: summary.samples,
        encoder: form.encoder,
        parts: parts.len(),
        parts_kept: made.kept,
        pictures_copied: copying.map_or(0, |copying| copying.pictures_copied()),
        measured_lufs: summary.measured_lufs,
        gain_db: summary.gain_db,
        loudness_lufs: summary.loudness_lufs,
        warnings: made.warnings,
    })
}

fn check(reel: &Reel, settings: &RenderSettings, output: &Path) -> Result<(), ReelError> {
    let wrong = |reason: String| Err(ReelError::Render { reason });
    if reel.picks().is_empty() {
        return wrong("it has no picks".to_owned());
    }
    let wanted = settings.codec.extension();
    let ending = output.extension().map(|ending| ending.to_ascii_lowercase());
    if ending.as_deref() != Some(wanted.as_ref()) {
        return wrong(format!(
            "{} must end in .{wanted} for that codec",
            output.display()
        ));
    }
    if !reel.timeline.rate.is_known() {
        return wrong("its rate is no number of frames a second".to_owned());
    }
    let is_hardware = !matches!(
        settings.encoder,
        EncoderChoice::Auto | EncoderChoice::Software
    );
    if is_hardware && settings.codec != ReelCodec::H264 {
        return wrong(
            "hardware encoders are for H.264; ProRes and DNxHR need `software`".to_owned(),
        );
    }
    Ok(())
}

fn form(reel: &Reel, settings: &RenderSettings) -> ReelForm {
    let timeline = &reel.timeline;
    ReelForm {
        codec: settings.codec,
        encoder: String::new(),
        preset: settings.preset.name().to_owned(),
        rate: timeline.rate,
        // Colour has half the columns and rows.
        width: timeline.width & !1,
        height: timeline.height & !1,
        fill: settings.fill,
        parameter_set: None,
        threads: cores() as u32,
        max_picture_pixels: u64::MAX,
    }
}

/// FFmpeg's name of the encoder that is chosen and starts here.
fn encoder(
    form: &ReelForm,
    settings: &RenderSettings,
    pool: &DecodePool,
) -> Result<String, ReelError> {
    let wanted: &[&str] = match (settings.codec, settings.encoder) {
        (ReelCodec::ProRes, _) => &["prores_ks"],
        (ReelCodec::DnxHr, _) => &["dnxhd"],
        (ReelCodec::H264, EncoderChoice::Software) => &["libx264"],
        (ReelCodec::H264, EncoderChoice::Nvenc) => &["h264_nvenc"],
        (ReelCodec::H264, EncoderChoice::Qsv) => &["h264_qsv"],
        (ReelCodec::H264, EncoderChoice::Vaapi) => &["h264_vaapi"],
        (ReelCodec::H264, EncoderChoice::VideoToolbox) => &["h264_videotoolbox"],
        (ReelCodec::H264, EncoderChoice::Auto) => {
            &["h264_nvenc", "h264_videotoolbox", "h264_qsv", "libx264"]
        }
    };
    let mut session = pool.session()?;
    let mut refusal = None;
    for name in wanted {
        let form = ReelForm {
            encoder: (*name).to_owned(),
            ..form.clone()
        };
        match session.reel_encoder_starts(&form) {
            Ok(()) => return Ok(form.encoder),
            Err(error) => refusal = Some(error),
        }
    }
    Err(refusal
        .unwrap_or_else(|| MediaError::NoEncoder {
            encoder: "none".to_owned(),
        })
        .into())
}

fn chapters(items: &[Item<'_>]) -> Vec<ReelChapter> {
    let picks = items.iter().enumerate().filter(|(_, item)| !item.is_slate);
    let starts: Vec<(i64, &str)> = picks
        .map(|(index, item)| {
            // The card before a pick belongs to it.
            let card = index.checked_sub(1).map(|before| &items[before]);
            let from = card
                .filter(|card| card.is_slate)
                .map_or(item.from, |card| card.from);
            (from, item.placed.pick.name.as_str())
        })
        .collect();
    let end = items.last().map_or(0, |item| item.to);
    let ends = starts.iter().skip(1).map(|(from, _)| *from).chain([end]);
    let named = starts.iter().zip(ends);
    named
        .map(|((from, name), to)| ReelChapter {
            from: *from,
            to,
            name: (*name).to_owned(),
        })
        .collect()
}

fn cues(reel: &Reel, whereabouts: &Whereabouts, items: &[Item<'_>]) -> Vec<Cue> {
    let rate = reel.timeline.rate;
    reel_lines(reel, whereabouts)
        .into_iter()
        .map(|cue| {
            let start = rendered_millis(items, rate, cue.span.start_millis);
            Cue {
                span: TimeSpan::new(start, start + cue.span.duration_millis()),
                text: cue.text,
            }
        })
        .collect()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
