//! The steps that listen: loudness, silence, stretches of speech, and the words in them.

use std::{ops::ControlFlow, path::Path, thread, time::Instant};

use crossbeam_channel::{Receiver, bounded};

use super::{
    asset::{AssetContext, Findings, StepResult},
    plan::StepPlan,
    tags::{measured, sound_tags, tag},
};
use crate::{
    domain::{
        Assertion, AssertionKind, Channel, Measure, MediaInfo, Provenance, SPEECH_SAMPLE_RATE_HZ,
        Segment, Step, TimeSpan,
    },
    inference::{
        InferenceError,
        speech::{Heard, SpeechToText, VoiceStretch, open_voice_detector},
    },
    media::{DecodeSession, Listening, MediaError, protocol::AudioSummary},
};

/// Stretches of speech waiting to be transcribed, 2 MB each at most.
const QUEUED_STRETCHES: usize = 3;

/// A language is believed from this probability on; below, the next stretch is asked again.
const LANGUAGE_PROBABILITY: f32 = 0.5;

/// Runs the planned sound steps on an asset and adds what they found to `findings`.
pub(super) fn run(
    context: &AssetContext<'_>,
    session: &mut DecodeSession<'_>,
    path: &Path,
    media: &MediaInfo,
    plan: &StepPlan,
    findings: &mut Findings,
) {
    let started = Instant::now();
    let Some(stream) = media.main_audio() else {
        for step in super::plan::SOUND_STEPS {
            if plan.has(step) {
                findings.record(context, step, StepResult::skipped("no audio"), started);
            }
        }
        return;
    };
    let model = context
        .models
        .speech()
        .ok()
        .flatten()
        .filter(|_| plan.has(Step::Speech));
    let mut voiced = Vec::new();
    let (mut listened, heard) = thread::scope(|scope| {
        let (sender, stretches) = bounded::<VoiceStretch>(QUEUED_STRETCHES);
        let transcriber =
            model.map(|model| scope.spawn(move || transcribe(context, model, &stretches)));
        let measuring = plan.has(Step::Sound).then(Listening::default);
        let listened = listen(
            context,
            session,
            path,
            (stream.index, measuring),
            &mut |stretch| {
                voiced.push(stretch_span(&stretch));
                if transcriber.is_some() {
                    // A transcriber that ended early has its error to tell when it is joined.
                    let _ = sender.send(stretch);
                }
            },
        );
        drop(sender);
        let heard = transcriber.map(|handle| {
            handle
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        (listened, heard)
    });
    if plan.has(Step::Sound) {
        record_sound(context, findings, &mut listened, &voiced, started);
    }
    if plan.has(Step::Speech) {
        let result = match (&listened, heard, model) {
            (_, _, None) => StepResult::skipped("no model"),
            (_, Some(Err(error)), _) => StepResult::failed(&error),
            (listened, Some(Ok(heard)), Some(model)) => {
                let found = heard.len();
                add_utterances(context, findings, heard, model);
                match listened {
                    Err(error) => error.as_step_result(),
                    Ok(_) if found == 0 && voiced.is_empty() => StepResult::skipped("no speech"),
                    Ok(_) => StepResult::Done,
                }
            }
            (_, None, Some(_)) => StepResult::skipped("no speech"),
        };
        findings.record(context, Step::Speech, result, started);
    }
}

/// What can end listening.
enum ListeningError {
    Media(MediaError),
    Inference(InferenceError),
}

impl ListeningError {
    fn as_step_result(&self) -> StepResult {
        match self {
            Self::Media(error) => StepResult::failed(error),
            Self::Inference(error) => StepResult::failed(error),
        }
    }
}

/// What was learnt of a sound stream by listening to it once.
struct Listened {
    summary: AudioSummary,
    /// What told speech from other sound.
    detector: String,
    measures: Vec<Measure>,
}

fn listen(
    context: &AssetContext<'_>,
    session: &mut DecodeSession<'_>,
    path: &Path,
    (stream_index, mut measuring): (u32, Option<Listening>),
    take: &mut dyn FnMut(VoiceStretch),
) -> Result<Listened, ListeningError> {
    let mut detector =
        open_voice_detector(context.models.voice_model()).map_err(ListeningError::Inference)?;
    let name = format!("{} {}", detector.name(), detector.version());
    let mut out = Vec::new();
    let mut failure = None;
    let summary = session
        .audio(path, stream_index, &mut |samples| {
            if context.cancel.is_requested() {
                return ControlFlow::Break(());
            }
            if let Some(measuring) = &mut measuring {
                measuring.push(&samples);
            }
            if let Err(error) = detector.push(&samples, &mut out) {
                failure = Some(error);
                return ControlFlow::Break(());
            }
            out.drain(..).for_each(&mut *take);
            ControlFlow::Continue(())
        })
        .map_err(ListeningError::Media)?;
    if let Some(error) = failure {
        return Err(ListeningError::Inference(error));
    }
    detector
        .finish(&mut out)
        .map_err(ListeningError::Inference)?;
    out.drain(..).for_each(take);
    Ok(Listened {
        summary,
        detector: name,
        measures: measuring.map(Listening::finish).unwrap_or_default(),
    })
}

fn stretch_span(stretch: &VoiceStretch) -> TimeSpan {
    let millis = stretch.mono.len() as i64 * 1000 / i64::from(SPEECH_SAMPLE_RATE_HZ);
    TimeSpan::new(stretch.start_millis, stretch.start_millis + millis)
}

fn record_sound(
    context: &AssetContext<'_>,
    findings: &mut Findings,
    listened: &mut Result<Listened, ListeningError>,
    voiced: &[TimeSpan],
    started: Instant,
) {
    let result = match listened {
        Err(error) => error.as_step_result(),
        Ok(Listened { summary, .. }) if summary.samples == 0 => {
            StepResult::skipped("no decodable sound")
        }
        Ok(Listened {
            summary,
            detector,
            measures,
        }) => {
            findings.analysis.measures.append(measures);
            if let Some(reason) = &summary.truncated {
                findings.warn(format!("sound ends early: {reason}"));
            }
            let speech_millis = voiced.iter().map(|span| span.duration_millis()).sum();
            let whole_millis = summary.samples as i64 * 1000 / i64::from(SPEECH_SAMPLE_RATE_HZ);
            findings.add_whole(
                Step::Sound,
                TimeSpan::new(0, whole_millis),
                sound_tags(summary, speech_millis),
            );
            let speech = voiced
                .iter()
                .map(|span| (*span, "speech", detector.as_str()));
            let silence = summary
                .silences
                .iter()
                .map(|span| (*span, "silence", "below=-60dBFS"));
            for (ordinal, (span, name, maker)) in speech.chain(silence).enumerate() {
                findings.analysis.segments.push(Segment {
                    step: Step::Sound,
                    channel: Channel::Sound,
                    span,
                    ordinal: ordinal as u32,
                    opening: None,
                    keyframes: Vec::new(),
                    assertions: vec![tag(Step::Sound, name, None, measured(maker))],
                });
            }
            StepResult::Done
        }
    };
    findings.record(context, Step::Sound, result, started);
}

fn transcribe(
    context: &AssetContext<'_>,
    model: &dyn SpeechToText,
    stretches: &Receiver<VoiceStretch>,
) -> Result<Vec<Heard>, InferenceError> {
    let cancelled = || context.cancel.is_requested();
    let mut language = context.settings.speech_language.clone();
    let mut heard = Vec::new();
    for stretch in stretches {
        if language.is_none() {
            language = model
                .detect_language(&stretch)?
                .filter(|(_, probability)| *probability >= LANGUAGE_PROBABILITY)
                .map(|(code, _)| code);
        }
        heard.extend(model.transcribe(&stretch, language.as_deref(), &cancelled)?);
    }
    Ok(heard)
}

fn add_utterances(
    context: &AssetContext<'_>,
    findings: &mut Findings,
    heard: Vec<Heard>,
    model: &dyn SpeechToText,
) {
    let provenance = Provenance {
        maker: "whisper".to_owned(),
        version: context.version(Step::Speech),
        settings: model.version().to_owned(),
    };
    for (ordinal, utterance) in heard.into_iter().enumerate() {
        findings.analysis.segments.push(Segment {
            step: Step::Speech,
            channel: Channel::Speech,
            span: utterance.span,
            ordinal: ordinal as u32,
            opening: None,
            keyframes: Vec::new(),
            assertions: vec![Assertion {
                step: Step::Speech,
                kind: AssertionKind::Transcript,
                value: utterance.text,
                language: utterance.language,
                confidence: Some(utterance.confidence),
                words: utterance.words,
                provenance: provenance.clone(),
            }],
        });
    }
}
