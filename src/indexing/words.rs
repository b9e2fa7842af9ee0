//! The steps that read: subtitle files and streams, and vectors of passages of text.

use std::{path::Path, time::Instant};

use super::{
    asset::{AssetContext, Findings, StepResult},
    plan::StepPlan,
    vectors::to_f16_bits,
};
use crate::{
    domain::{
        Assertion, AssertionKind, Channel, Correction, Cue, Embedding, MediaInfo, Provenance,
        Segment, Step, TimeSpan, correct, iso_639_1,
    },
    fault::message_chain,
    inference::passages::passages,
    media::{DecodeSession, MediaError, find_sidecars},
};

/// Texts shorter than this say too little for a language to be guessed from them.
const GUESSABLE_CHARACTERS: usize = 40;

/// Passages embedded in one go.
const EMBEDDING_BATCH: usize = 32;

/// Reads the subtitle files beside an asset and the text streams in it.
pub(super) fn read_subtitles(
    context: &AssetContext<'_>,
    session: &mut DecodeSession<'_>,
    path: &Path,
    media: &MediaInfo,
    findings: &mut Findings,
) {
    let started = Instant::now();
    let mut sources = 0;
    let mut failures: Vec<String> = Vec::new();
    let mut hint = None;
    let mut ordinal = 0;
    let mut take = |findings: &mut Findings,
                    name: String,
                    language: Option<String>,
                    read: Result<(Vec<Cue>, String), MediaError>| {
        sources += 1;
        match read {
            Ok((cues, settings)) => {
                let language = language.or_else(|| guess_language(&cues));
                add_cues(findings, cues, language, &name, &settings, &mut ordinal);
            }
            Err(error) => {
                hint = crate::fault::Diagnose::hint(&error);
                failures.push(format!("{name}: {}", message_chain(&error)));
            }
        }
    };
    // Listing the folder is left out where the scan saw no subtitle file: folders may be large.
    let sidecars = if context.has_companions {
        find_sidecars(path)
    } else {
        Vec::new()
    };
    for sidecar in sidecars {
        let name = sidecar
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let read = session.subtitle_file(&sidecar.path).map(|file| {
            (
                file.cues,
                format!(
                    "format={} character_set={}",
                    file.format, file.character_set
                ),
            )
        });
        take(
            findings,
            name,
            sidecar.language.as_deref().map(short_code),
            read,
        );
    }
    for stream in media.subtitle_streams() {
        let read = session
            .subtitle_stream(path, stream.index)
            .map(|cues| (cues, format!("codec={}", stream.codec)));
        take(
            findings,
            format!("stream {}", stream.index),
            stream.language.as_deref().map(short_code),
            read,
        );
    }
    let result = if !failures.is_empty() {
        StepResult::Failed {
            reason: failures.join("; "),
            hint,
        }
    } else if sources == 0 {
        StepResult::skipped("no subtitles")
    } else {
        StepResult::Done
    };
    findings.record(context, Step::Subtitles, result, started);
}

fn short_code(language: &str) -> String {
    let primary = language.split(['-', '_']).next().unwrap_or(language);
    iso_639_1(primary).unwrap_or(primary).to_owned()
}

fn guess_language(cues: &[Cue]) -> Option<String> {
    let mut text = String::new();
    for cue in cues {
        text.push_str(&cue.text);
        text.push('\n');
        if text.len() > 4000 {
            break;
        }
    }
    if text.chars().count() < GUESSABLE_CHARACTERS {
        return None;
    }
    let detected = whatlang::detect(&text)?;
    iso_639_1(detected.lang().code()).map(str::to_owned)
}

fn add_cues(
    findings: &mut Findings,
    cues: Vec<Cue>,
    language: Option<String>,
    name: &str,
    settings: &str,
    ordinal: &mut u32,
) {
    for cue in cues {
        findings.analysis.segments.push(Segment {
            step: Step::Subtitles,
            channel: Channel::Subtitle,
            span: cue.span,
            ordinal: *ordinal,
            opening: None,
            keyframes: Vec::new(),
            assertions: vec![Assertion {
                step: Step::Subtitles,
                kind: AssertionKind::Transcript,
                value: cue.text,
                language: language.clone(),
                confidence: None,
                words: Vec::new(),
                provenance: Provenance {
                    maker: "file".to_owned(),
                    version: name.to_owned(),
                    settings: settings.to_owned(),
                },
            }],
        });
        *ordinal += 1;
    }
}

/// The text of one subtitle file, stream or speech model.
struct Source<'a> {
    provenance: &'a Provenance,
    language: Option<&'a str>,
    parts: Vec<(TimeSpan, &'a str)>,
}

/// A passage in the making: where, in which language, what.
type Draft = (TimeSpan, Option<String>, String);

/// Builds passages from all text of the asset, new or known, and embeds them.
pub(super) fn embed_passages(context: &AssetContext<'_>, plan: &StepPlan, findings: &mut Findings) {
    let started = Instant::now();
    let Some(model) = context.models.passage().ok().flatten() else {
        findings.record(
            context,
            Step::Passage,
            StepResult::skipped("no model"),
            started,
        );
        return;
    };
    let drafts = drafts(context, plan, findings);
    if drafts.is_empty() {
        findings.record(
            context,
            Step::Passage,
            StepResult::skipped("no text"),
            started,
        );
        return;
    }
    let mut ordinal = 0;
    for batch in drafts.chunks(EMBEDDING_BATCH) {
        let texts: Vec<&str> = batch.iter().map(|(_, _, text)| text.as_str()).collect();
        let vectors = match model.embed_passages(&texts) {
            Ok(vectors) => vectors,
            Err(error) => {
                return findings.record(
                    context,
                    Step::Passage,
                    StepResult::failed(&error),
                    started,
                );
            }
        };
        for ((span, language, text), vector) in batch.iter().zip(vectors) {
            let segment = findings.analysis.segments.len() as u32;
            findings.analysis.segments.push(passage_segment(
                *span,
                language.clone(),
                text.clone(),
                ordinal,
                model.space().name(),
            ));
            findings.analysis.embeddings.push(Embedding {
                segment,
                at_millis: span.start_millis,
                space: model.space().clone(),
                values_f16: to_f16_bits(&vector),
            });
            ordinal += 1;
        }
    }
    findings.record(context, Step::Passage, StepResult::Done, started);
}

fn passage_segment(
    span: TimeSpan,
    language: Option<String>,
    text: String,
    ordinal: u32,
    space: String,
) -> Segment {
    Segment {
        step: Step::Passage,
        channel: Channel::Passage,
        span,
        ordinal,
        opening: None,
        keyframes: Vec::new(),
        assertions: vec![Assertion {
            step: Step::Passage,
            kind: AssertionKind::Text,
            value: text,
            language,
            confidence: None,
            words: Vec::new(),
            provenance: Provenance {
                maker: "reeldex".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                settings: format!("space={space}"),
            },
        }],
    }
}

/// Passages of each source of text: segments of steps that ran now, and known ones of the others.
fn drafts(context: &AssetContext<'_>, plan: &StepPlan, findings: &Findings) -> Vec<Draft> {
    let known = context
        .known
        .iter()
        .map(|(_, segment)| segment)
        .filter(|segment| !plan.has(segment.step));
    // Known segments come with corrections; what was found just now does not.
    let mut found: Vec<Segment> = findings.analysis.segments.clone();
    let of_found = |correction: &&Correction| {
        let channel = correction.statement.channel;
        [
            (Channel::Subtitle, Step::Subtitles),
            (Channel::Speech, Step::Speech),
            (Channel::ScreenText, Step::ScreenText),
        ]
        .into_iter()
        .any(|(of, step)| of == channel && plan.has(step))
    };
    let corrections: Vec<Correction> = context
        .corrections
        .iter()
        .filter(of_found)
        .cloned()
        .collect();
    correct(&mut found, &corrections);
    let segments: Vec<&Segment> = found.iter().chain(known).collect();
    let mut drafts = Vec::new();
    for (channel, step) in [
        (Channel::Subtitle, Step::Subtitles),
        (Channel::Speech, Step::Speech),
    ] {
        // Subtitles in two languages are two texts, not one with every line twice.
        let mut sources: Vec<Source<'_>> = Vec::new();
        let (by_people, mut lines): (Vec<_>, Vec<_>) = texts(&segments, channel, step)
            .partition(|(_, assertion)| assertion.provenance.is_by_person());
        // A corrected line belongs to the text around it.
        lines.extend(by_people);
        for (segment, assertion) in lines {
            let part = (segment.span, assertion.value.as_str());
            let is_by_person = assertion.provenance.is_by_person();
            match sources.iter_mut().find(|source| {
                *source.provenance == assertion.provenance
                    || (is_by_person && source.language == assertion.language.as_deref())
            }) {
                Some(source) => source.parts.push(part),
                None => sources.push(Source {
                    provenance: &assertion.provenance,
                    language: assertion.language.as_deref(),
                    parts: vec![part],
                }),
            }
        }
        for mut source in sources {
            source.parts.sort_by_key(|(span, _)| *span);
            let found = passages(&source.parts, source.language).into_iter();
            drafts.extend(found.map(|draft| (draft.span, draft.language, draft.text)));
        }
    }
    for (segment, assertion) in texts(&segments, Channel::ScreenText, Step::ScreenText) {
        drafts.push((
            segment.span,
            assertion.language.clone(),
            assertion.value.clone(),
        ));
    }
    drafts
}

fn texts<'a>(
    segments: &'a [&'a Segment],
    channel: Channel,
    step: Step,
) -> impl Iterator<Item = (&'a Segment, &'a Assertion)> {
    segments
        .iter()
        .filter(move |segment| segment.channel == channel && segment.step == step)
        .flat_map(|segment| {
            segment
                .assertions
                .iter()
                .map(move |assertion| (*segment, assertion))
        })
        .filter(|(_, assertion)| {
            matches!(
                assertion.kind,
                AssertionKind::Transcript | AssertionKind::Text
            )
        })
}
