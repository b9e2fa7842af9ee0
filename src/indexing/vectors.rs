//! Vectors of keyframes, and the vocabulary terms that they suggest.

use std::{ops::Range, sync::Arc, time::Instant};

use crossbeam_channel::Receiver;
use half::f16;

use super::{
    asset::{AssetContext, Findings, StepResult},
    pictures::Frame,
    plan::StepPlan,
    tags::tag,
};
use crate::{
    domain::{Embedding, Picture, Provenance, Segment, SpaceId, Step},
    inference::{InferenceError, tags::Tagger, vision::PictureEmbedder},
};

/// Pictures embedded in one go: enough for every core, few enough to keep memory small.
pub(super) const EMBEDDING_BATCH: usize = 8;

/// The time of a frame and its vector.
pub(super) type TimedVector = (i64, Vec<f32>);

/// Embeds frames as they come until there are no more.
pub(super) fn embed(
    embedder: &dyn PictureEmbedder,
    frames: &Receiver<Frame>,
) -> Result<Vec<TimedVector>, InferenceError> {
    let mut vectors = Vec::new();
    while let Ok(first) = frames.recv() {
        let mut batch = vec![first];
        while batch.len() < EMBEDDING_BATCH {
            match frames.recv() {
                Ok(frame) => batch.push(frame),
                Err(_) => break,
            }
        }
        let times: Vec<i64> = batch.iter().map(|frame| frame.at_millis).collect();
        let pictures: Vec<Picture> = batch
            .into_iter()
            .map(|frame| Arc::try_unwrap(frame.picture).unwrap_or_else(|shared| (*shared).clone()))
            .collect();
        vectors.extend(times.into_iter().zip(embedder.embed_pictures(&pictures)?));
    }
    Ok(vectors)
}

/// Records the vectors of keyframes, and the terms that they suggest, with their shots.
pub(super) fn record_vectors(
    context: &AssetContext<'_>,
    findings: &mut Findings,
    plan: &StepPlan,
    embedder: Option<&dyn PictureEmbedder>,
    vectors: Option<Result<Vec<TimedVector>, InferenceError>>,
    shots: &Range<usize>,
    started: Instant,
) {
    let (picture, tags) = match (embedder, vectors) {
        (Some(embedder), Some(Ok(vectors))) => {
            let tags = context.tagger().map(|tagger| {
                tag_shots(findings, tagger, shots, &vectors);
                StepResult::Done
            });
            add_embeddings(findings, embedder.space(), shots, vectors);
            (
                StepResult::Done,
                tags.unwrap_or_else(|| StepResult::skipped("no model")),
            )
        }
        (_, Some(Err(error))) => (
            StepResult::failed(&error),
            StepResult::skipped("no picture vectors"),
        ),
        _ => (
            StepResult::skipped("no model"),
            StepResult::skipped("no model"),
        ),
    };
    if plan.has(Step::Picture) {
        findings.record(context, Step::Picture, picture, started);
    }
    if plan.has(Step::Tags) {
        findings.record(context, Step::Tags, tags, started);
    }
}

/// Index of the shot segment that shows the frame of this time.
fn shot_at(segments: &[Segment], shots: &Range<usize>, at_millis: i64) -> Option<usize> {
    // Shots follow each other in time; the one sought is the last that begins no later.
    let after = segments[shots.clone()].partition_point(|shot| shot.span.start_millis <= at_millis);
    (after > 0).then(|| shots.start + after - 1)
}

fn tag_shots(
    findings: &mut Findings,
    tagger: &Tagger,
    shots: &Range<usize>,
    vectors: &[TimedVector],
) {
    let mut by_shot: Vec<(usize, Vec<&[f32]>)> = Vec::new();
    for (at_millis, vector) in vectors {
        let Some(index) = shot_at(&findings.analysis.segments, shots, *at_millis) else {
            continue;
        };
        match by_shot.iter_mut().find(|(shot, _)| *shot == index) {
            Some((_, list)) => list.push(vector),
            None => by_shot.push((index, vec![vector])),
        }
    }
    let provenance = Provenance {
        maker: "vocabulary".to_owned(),
        version: tagger.version().to_owned(),
        settings: String::new(),
    };
    for (index, list) in by_shot {
        for found in tagger.tag(&list) {
            let assertion = tag(
                Step::Tags,
                found.name,
                Some(found.confidence),
                provenance.clone(),
            );
            findings.analysis.segments[index].assertions.push(assertion);
        }
    }
}

fn add_embeddings(
    findings: &mut Findings,
    space: &SpaceId,
    shots: &Range<usize>,
    vectors: Vec<TimedVector>,
) {
    for (at_millis, vector) in vectors {
        if let Some(index) = shot_at(&findings.analysis.segments, shots, at_millis) {
            findings.analysis.embeddings.push(Embedding {
                segment: index as u32,
                at_millis,
                space: space.clone(),
                values_f16: to_f16_bits(&vector),
            });
        }
    }
}

/// Half precision, as bits: at unit length its rounding moves a cosine by less than 0.001.
pub(super) fn to_f16_bits(vector: &[f32]) -> Vec<u16> {
    vector
        .iter()
        .map(|value| f16::from_f32(*value).to_bits())
        .collect()
}
