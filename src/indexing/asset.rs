//! One asset's way through the steps, from its file to its [`Analysis`].

use std::{path::Path, time::Instant};

use super::{
    Cancel, IndexSettings, pictures,
    plan::{PICTURE_STEPS, SOUND_STEPS, StepPlan, WantedStep},
    sound, words,
};
use crate::{
    domain::{
        Analysis, Assertion, AssertionKind, AssetId, Channel, Correction, MediaInfo, Picture,
        Provenance, Segment, SegmentId, Step, StepOutcome, StepRecord, TimeSpan,
    },
    fault::{Diagnose, message_chain},
    inference::{ModelSet, ocr::ScreenTextReader, tags::Tagger, vision::PictureEmbedder},
    media::DecodeSession,
};

/// What all assets of a run share.
pub(super) struct AssetContext<'a> {
    pub(super) settings: &'a IndexSettings,
    pub(super) models: &'a ModelSet,
    pub(super) cancel: &'a Cancel,
    pub(super) library: &'a Path,
    pub(super) wanted: &'a [WantedStep],
    pub(super) asset_id: AssetId,
    /// Whether subtitle files lie beside it.
    pub(super) has_companions: bool,
    /// What is known of the asset from earlier runs; steps that are not run now keep it.
    pub(super) known: &'a [(SegmentId, Segment)],
    /// What people say of it, whatever is found now.
    pub(super) corrections: &'a [Correction],
}

impl AssetContext<'_> {
    /// The picture model; it was loaded before the first asset, so failing here means there is none.
    pub(super) fn embedder(&self) -> Option<&dyn PictureEmbedder> {
        self.models.picture().ok().flatten()
    }

    pub(super) fn tagger(&self) -> Option<&Tagger> {
        self.models.tagger().ok().flatten()
    }

    pub(super) fn version(&self, step: Step) -> String {
        self.wanted
            .iter()
            .find(|wanted| wanted.step == step)
            .map_or_else(String::new, |wanted| wanted.version.clone())
    }

    pub(super) fn screen_text_version(&self) -> String {
        self.version(Step::ScreenText)
    }

    /// Writes a keyframe's thumbnail and gives its path below the library.
    pub(super) fn write_thumbnail(&self, at_millis: i64, picture: &Picture) -> Option<String> {
        let id = self.asset_id.to_string();
        let relative = format!(
            "thumbnails/{}/{}/{at_millis:09}.jpg",
            &id[..2],
            &id[..AssetId::SHORT_DIGITS]
        );
        pictures::write_thumbnail(self.library, &relative, picture)
    }
}

/// How a step went.
pub(super) enum StepResult {
    Done,
    Failed {
        reason: String,
        hint: Option<String>,
    },
    Skipped(String),
}

impl StepResult {
    pub(super) fn skipped(reason: &str) -> Self {
        Self::Skipped(reason.to_owned())
    }

    pub(super) fn failed(error: &dyn Diagnose) -> Self {
        Self::Failed {
            reason: message_chain(&error),
            hint: error.hint(),
        }
    }
}

/// An analysis in the making.
pub(super) struct Findings {
    pub(super) analysis: Analysis,
}

impl Findings {
    fn new(asset_id: AssetId) -> Self {
        Self {
            analysis: Analysis::new(asset_id),
        }
    }

    pub(super) fn record(
        &mut self,
        context: &AssetContext<'_>,
        step: Step,
        result: StepResult,
        started: Instant,
    ) {
        let outcome = match result {
            StepResult::Done => StepOutcome::Done,
            StepResult::Failed { reason, hint } => StepOutcome::Failed { reason, hint },
            StepResult::Skipped(reason) => StepOutcome::Skipped { reason },
        };
        self.analysis.steps.push(StepRecord {
            step,
            outcome,
            version: context.version(step),
            took_millis: started.elapsed().as_millis() as u64,
        });
    }

    /// Notes what is wrong with the file without making it useless.
    pub(super) fn warn(&mut self, warning: String) {
        if let Some(media) = &mut self.analysis.media {
            media.warnings.push(warning);
        }
    }

    /// Adds assertions on the asset as a whole.
    pub(super) fn add_whole(&mut self, step: Step, span: TimeSpan, assertions: Vec<Assertion>) {
        self.analysis.segments.push(Segment {
            step,
            channel: Channel::Asset,
            span,
            ordinal: step as u32,
            opening: None,
            keyframes: Vec::new(),
            assertions,
        });
    }
}

/// Runs the planned steps on the asset whose content lies at `path`.
pub(super) fn analyse(
    context: &AssetContext<'_>,
    session: &mut DecodeSession<'_>,
    reader: &mut Option<ScreenTextReader>,
    path: &Path,
    plan: &StepPlan,
) -> Analysis {
    let mut findings = Findings::new(context.asset_id);
    let started = Instant::now();
    let media = match session.probe(path) {
        Ok(media) => media,
        Err(error) => {
            findings.record(context, Step::Probe, StepResult::failed(&error), started);
            return findings.analysis;
        }
    };
    findings.analysis.media = Some(media.clone());
    let names = file_names(&media);
    if !names.is_empty() {
        findings.add_whole(
            Step::Probe,
            TimeSpan::new(0, media.duration_millis.unwrap_or(0)),
            names,
        );
    }
    findings.record(context, Step::Probe, StepResult::Done, started);

    if plan.has_any(&PICTURE_STEPS) {
        pictures::run(context, session, reader, path, &media, plan, &mut findings);
    }
    if plan.has_any(&SOUND_STEPS) && !context.cancel.is_requested() {
        sound::run(context, session, path, &media, plan, &mut findings);
    }
    if plan.has(Step::Subtitles) && !context.cancel.is_requested() {
        words::read_subtitles(context, session, path, &media, &mut findings);
    }
    if plan.has(Step::Passage) && !context.cancel.is_requested() {
        words::embed_passages(context, plan, &mut findings);
    }
    findings.analysis
}

/// Titles and names that the file itself carries.
fn file_names(media: &MediaInfo) -> Vec<Assertion> {
    const NAMED: [&str; 7] = [
        "title",
        "show",
        "album",
        "artist",
        "iptc:ObjectName",
        "xmp:dc:title",
        "exif:ImageDescription",
    ];
    let provenance = || Provenance {
        maker: "file".to_owned(),
        version: media.container.clone(),
        settings: String::new(),
    };
    NAMED
        .iter()
        .filter_map(|key| {
            media
                .tags
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(key))
        })
        .map(|(_, value)| Assertion {
            step: Step::Probe,
            kind: AssertionKind::Name,
            value: value.clone(),
            language: None,
            confidence: None,
            words: Vec::new(),
            provenance: provenance(),
        })
        .collect()
}
