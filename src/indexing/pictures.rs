//! The steps that look: shots, on-screen text, picture vectors and vocabulary tags of one asset.

use std::{ops::ControlFlow, path::Path, sync::Arc, thread, time::Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{
    asset::{AssetContext, Findings, StepResult},
    plan::StepPlan,
    tags::{PictureTally, motion_tag},
    vectors::{EMBEDDING_BATCH, embed, record_vectors},
};
use crate::{
    domain::{
        Assertion, AssertionKind, Channel, Keyframe, Measure, MeasureKind, MediaInfo, Picture,
        Provenance, Segment, Step, TimeSpan,
    },
    inference::{
        InferenceError,
        ocr::{ScreenTextReader, TextRun, TextRunMerger},
    },
    media::{
        DecodeSession, MediaError,
        protocol::{ShotEvent, ShotRequest, ShotSummary},
        thumbnail_jpeg,
    },
};

/// Pictures waiting for each consumer; a slow one slows the decoder down instead of filling memory.
const QUEUED_PICTURES: usize = 4;

/// A keyframe on its way to the models.
#[derive(Clone)]
pub(super) struct Frame {
    pub(super) at_millis: i64,
    pub(super) picture: Arc<Picture>,
}

/// Runs the planned picture steps on an asset and adds what they found to `findings`.
pub(super) fn run(
    context: &AssetContext<'_>,
    session: &mut DecodeSession<'_>,
    reader: &mut Option<ScreenTextReader>,
    path: &Path,
    media: &MediaInfo,
    plan: &StepPlan,
    findings: &mut Findings,
) {
    let started = Instant::now();
    let Some((stream, _)) = media.main_video() else {
        for step in super::plan::PICTURE_STEPS {
            if plan.has(step) {
                findings.record(context, step, StepResult::skipped("no picture"), started);
            }
        }
        return;
    };
    let request = ShotRequest {
        depth: context.settings.depth,
        max_side: context.settings.picture_max_side,
        stream_index: stream.index,
        max_picture_pixels: context.settings.max_picture_pixels,
    };
    let embedder = context
        .embedder()
        .filter(|_| plan.has_any(&[Step::Picture, Step::Tags]));
    let reads_text = plan.has(Step::ScreenText) && reader.is_some();

    let mut gathering = Gathering::new(context);
    let (decoded, text, vectors) = thread::scope(|scope| {
        let (text_sender, text_frames) = bounded::<Frame>(QUEUED_PICTURES);
        let (vector_sender, vector_frames) = bounded::<Frame>(QUEUED_PICTURES + EMBEDDING_BATCH);
        let text = reads_text.then(|| {
            let reader = reader.as_mut();
            scope.spawn(move || read_text(reader, &text_frames))
        });
        let vectors = embedder.map(|embedder| scope.spawn(move || embed(embedder, &vector_frames)));
        let decoded = session.shots(path, &request, &mut |event| {
            gathering.take(
                event,
                text.is_some().then_some(&text_sender),
                vectors.is_some().then_some(&vector_sender),
            )
        });
        // The consumers end when nothing more can come.
        drop((text_sender, vector_sender));
        let text = text.map(|handle| {
            handle
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        let vectors = vectors.map(|handle| {
            handle
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        (decoded, text, vectors)
    });
    let end_millis = match &decoded {
        Ok(summary) => summary.duration_millis.max(gathering.end_millis()),
        Err(_) => gathering.end_millis(),
    };
    // Shots that were complete before a file broke off are kept.
    let (segments, tally, motion) = gathering.finish();
    findings.analysis.measures.extend(motion_measure(&motion));
    let first = findings.analysis.segments.len();
    let shots = first..first + segments.len();
    record_shots(
        context, findings, decoded, segments, &tally, end_millis, started,
    );
    if plan.has(Step::ScreenText) {
        record_text(context, findings, text, end_millis, started);
    }
    record_vectors(context, findings, plan, embedder, vectors, &shots, started);
}

/// Shots as they come in from the decoder.
struct Gathering<'a, 'b> {
    context: &'a AssetContext<'b>,
    segments: Vec<Segment>,
    keyframes: Vec<Keyframe>,
    shot: PictureTally,
    asset: PictureTally,
    motion: Vec<ShotMotion>,
    at_millis: i64,
}

impl<'a, 'b> Gathering<'a, 'b> {
    fn new(context: &'a AssetContext<'b>) -> Self {
        Self {
            context,
            segments: Vec::new(),
            keyframes: Vec::new(),
            shot: PictureTally::default(),
            asset: PictureTally::default(),
            motion: Vec::new(),
            at_millis: 0,
        }
    }

    fn take(
        &mut self,
        event: ShotEvent,
        text: Option<&Sender<Frame>>,
        vectors: Option<&Sender<Frame>>,
    ) -> ControlFlow<()> {
        if self.context.cancel.is_requested() {
            return ControlFlow::Break(());
        }
        match event {
            ShotEvent::Keyframe {
                at_millis,
                label,
                picture,
                measures,
                ..
            } => {
                self.at_millis = self.at_millis.max(at_millis);
                self.shot.add(&measures, label.as_deref());
                let thumbnail = self.context.write_thumbnail(at_millis, &picture);
                let frame = Frame {
                    at_millis,
                    picture: Arc::new(picture),
                };
                // A consumer that ended early has its error to tell when it is joined.
                if let Some(text) = text
                    && measures.may_hold_text
                    && label.as_deref() != Some("black")
                {
                    let _ = text.send(frame.clone());
                }
                if let Some(vectors) = vectors
                    && label.is_none()
                {
                    let _ = vectors.send(frame);
                }
                self.keyframes.push(Keyframe {
                    at_millis,
                    thumbnail,
                    label,
                });
            }
            ShotEvent::ShotEnded {
                shot,
                span,
                opening,
                measures,
            } => {
                let mut assertions = self.shot.tags();
                assertions.extend(motion_tag(&measures));
                self.asset.merge(&std::mem::take(&mut self.shot));
                self.at_millis = self.at_millis.max(span.end_millis);
                self.motion.push((span, measures.motion));
                self.segments.push(Segment {
                    step: Step::Shots,
                    channel: Channel::Shot,
                    span,
                    ordinal: shot,
                    opening: Some(opening),
                    keyframes: std::mem::take(&mut self.keyframes),
                    assertions,
                });
            }
            ShotEvent::Progress { at_millis } => self.at_millis = self.at_millis.max(at_millis),
        }
        ControlFlow::Continue(())
    }

    fn end_millis(&self) -> i64 {
        self.at_millis
    }

    fn finish(self) -> (Vec<Segment>, PictureTally, Vec<ShotMotion>) {
        (self.segments, self.asset, self.motion)
    }
}

/// A shot's stretch and how much moves in it, where it could be told.
type ShotMotion = (TimeSpan, Option<f32>);

/// How much moves over time; `None` where it could be told of no shot.
fn motion_measure(shots: &[ShotMotion]) -> Option<Measure> {
    const STEP_MILLIS: u32 = 500;
    let mut values: Vec<Option<f32>> = Vec::new();
    for (span, motion) in shots {
        // A step belongs to the shot that its beginning lies in.
        let step = |millis: i64| {
            ((millis.max(0) + i64::from(STEP_MILLIS) - 1) / i64::from(STEP_MILLIS)) as usize
        };
        values.resize(step(span.end_millis).max(values.len()), None);
        values[step(span.start_millis)..step(span.end_millis)].fill(*motion);
    }
    values
        .iter()
        .any(Option::is_some)
        .then(|| Measure::new(Step::Shots, MeasureKind::Motion, STEP_MILLIS, &values))
}

fn record_shots(
    context: &AssetContext<'_>,
    findings: &mut Findings,
    decoded: Result<ShotSummary, MediaError>,
    segments: Vec<Segment>,
    tally: &PictureTally,
    end_millis: i64,
    started: Instant,
) {
    let result = match decoded {
        Ok(summary) => {
            if let Some(reason) = summary.truncated {
                findings.warn(format!("pictures end early: {reason}"));
            }
            if summary.shots == 0 {
                StepResult::skipped("no decodable picture")
            } else {
                StepResult::Done
            }
        }
        Err(error) => StepResult::failed(&error),
    };
    if !segments.is_empty() {
        findings.analysis.segments.extend(segments);
        let tags = tally.tags();
        if !tags.is_empty() {
            findings.add_whole(Step::Shots, TimeSpan::new(0, end_millis), tags);
        }
    }
    findings.record(context, Step::Shots, result, started);
}

fn read_text(
    reader: Option<&mut ScreenTextReader>,
    frames: &Receiver<Frame>,
) -> Result<TextRunMerger, InferenceError> {
    let mut merger = TextRunMerger::new();
    if let Some(reader) = reader {
        for frame in frames {
            merger.push(frame.at_millis, reader.read(&frame.picture)?);
        }
    }
    Ok(merger)
}

fn record_text(
    context: &AssetContext<'_>,
    findings: &mut Findings,
    text: Option<Result<TextRunMerger, InferenceError>>,
    end_millis: i64,
    started: Instant,
) {
    let result = match text {
        None => StepResult::skipped("no text reader"),
        Some(Err(error)) => StepResult::failed(&error),
        Some(Ok(merger)) => {
            for (ordinal, run) in merger.finish(end_millis).into_iter().enumerate() {
                findings
                    .analysis
                    .segments
                    .push(text_segment(context, ordinal as u32, run));
            }
            StepResult::Done
        }
    };
    findings.record(context, Step::ScreenText, result, started);
}

fn text_segment(context: &AssetContext<'_>, ordinal: u32, run: TextRun) -> Segment {
    Segment {
        step: Step::ScreenText,
        channel: Channel::ScreenText,
        span: run.span,
        ordinal,
        opening: None,
        keyframes: Vec::new(),
        assertions: vec![Assertion {
            step: Step::ScreenText,
            kind: AssertionKind::Text,
            value: run.text,
            // The reader is told which languages to expect; which one it met it does not say.
            language: None,
            confidence: Some(run.confidence),
            words: Vec::new(),
            provenance: Provenance {
                maker: "tesseract".to_owned(),
                version: context.screen_text_version(),
                settings: format!("languages={}", context.models.screen_languages().join("+")),
            },
        }],
    }
}

/// Encodes and writes a thumbnail; a failure costs the thumbnail alone.
pub(super) fn write_thumbnail(library: &Path, relative: &str, picture: &Picture) -> Option<String> {
    let encoded = thumbnail_jpeg(picture).ok()?;
    let path = library.join(relative);
    std::fs::create_dir_all(path.parent()?).ok()?;
    match std::fs::write(&path, encoded) {
        Ok(()) => Some(relative.to_owned()),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "thumbnail not written");
            None
        }
    }
}
