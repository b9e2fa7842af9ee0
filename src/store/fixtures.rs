//! Analyses made up for tests.

use half::f16;

use super::{LocationRecord, Store, StoreSettings, VectorSettings, types::Access};
use crate::domain::*;

/// An asset's identity made of one number.
pub(super) fn asset_id(number: u8) -> AssetId {
    AssetId([number; 32])
}

/// A picture space of four dimensions.
pub(super) fn picture_space() -> SpaceId {
    SpaceId {
        kind: SpaceKind::Picture,
        model: "test@1".to_owned(),
        dimensions: 4,
    }
}

/// Settings for a library in `directory` with vectors in process.
pub(super) fn settings(directory: &std::path::Path) -> StoreSettings {
    StoreSettings {
        directory: directory.to_owned(),
        vectors: VectorSettings::Edge,
    }
}

/// An open library for writing.
pub(super) fn writer(directory: &std::path::Path) -> Store {
    Store::open(&settings(directory), Access::Write).unwrap()
}

/// What a probe finds.
pub(super) fn media(kind: AssetKind) -> MediaInfo {
    MediaInfo {
        kind,
        container: "mp4".to_owned(),
        duration_millis: Some(60_000),
        streams: Vec::new(),
        chapters: Vec::new(),
        start_timecode: None,
        created: Some("2012-08-01T10:00:00Z".to_owned()),
        tags: [("title".to_owned(), "Archery final".to_owned())].into(),
        warnings: Vec::new(),
    }
}

/// A step that is done.
pub(super) fn done(step: Step, version: &str) -> StepRecord {
    StepRecord {
        step,
        outcome: StepOutcome::Done,
        version: version.to_owned(),
        took_millis: 7,
    }
}

/// An assertion in English.
pub(super) fn said(step: Step, kind: AssertionKind, value: &str) -> Assertion {
    Assertion {
        step,
        kind,
        value: value.to_owned(),
        language: (kind == AssertionKind::Transcript).then(|| "en".to_owned()),
        confidence: Some(0.5),
        words: Vec::new(),
        provenance: Provenance {
            maker: "test".into(),
            version: "1".into(),
            settings: "a=b".into(),
        },
    }
}

/// A segment of one second that begins at its ordinal's second.
pub(super) fn segment(
    step: Step,
    channel: Channel,
    ordinal: u32,
    assertions: Vec<Assertion>,
) -> Segment {
    let start_millis = i64::from(ordinal) * 1000;
    Segment {
        step,
        channel,
        span: TimeSpan::new(start_millis, start_millis + 1000),
        ordinal,
        opening: (channel == Channel::Shot).then_some(Transition::Cut),
        keyframes: Vec::new(),
        assertions,
    }
}

/// A vector in the picture space, brought to unit length.
pub(super) fn vector(segment: u32, values: [f32; 4]) -> Embedding {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    Embedding {
        segment,
        at_millis: i64::from(segment) * 1000 + 500,
        space: picture_space(),
        values_f16: values
            .iter()
            .map(|value| f16::from_f32(value / length).to_bits())
            .collect(),
    }
}

/// A file of an asset.
pub(super) fn location(
    path: &str,
    asset: AssetKey,
    asset_id: AssetId,
    collection: &str,
) -> LocationRecord {
    LocationRecord {
        path: path.into(),
        asset,
        asset_id,
        size_bytes: 1000,
        modified_nanos: -5,
        inode: u64::MAX,
        device: 3,
        collection: collection.to_owned(),
        missing: false,
    }
}

/// Two shots with keyframes, tags and vectors, their motion, and two utterances.
pub(super) fn analysis(number: u8) -> Analysis {
    let mut analysis = Analysis::new(asset_id(number));
    analysis.media = Some(media(AssetKind::Video));
    analysis.steps = [
        Step::Probe,
        Step::Shots,
        Step::Picture,
        Step::Tags,
        Step::Speech,
    ]
    .map(|step| done(step, "1"))
    .to_vec();
    for ordinal in 0..2 {
        let tag = said(
            Step::Tags,
            AssertionKind::Tag,
            if ordinal == 0 {
                "Archery"
            } else {
                "shutter=fast"
            },
        );
        let mut shot = segment(Step::Shots, Channel::Shot, ordinal, vec![tag]);
        shot.keyframes = vec![Keyframe {
            at_millis: i64::from(ordinal) * 1000 + 500,
            thumbnail: Some(format!("thumbnails/{number}-{ordinal}.jpg")),
            label: None,
        }];
        analysis.segments.push(shot);
        analysis.embeddings.push(vector(
            ordinal,
            [1.0, f32::from(number), ordinal as f32, 0.0],
        ));
    }
    for (ordinal, words) in ["the archer hits the gold", "and the crowd cheers"]
        .into_iter()
        .enumerate()
    {
        let mut heard = said(Step::Speech, AssertionKind::Transcript, words);
        heard.words = vec![Word {
            text: "the".to_owned(),
            span: TimeSpan::new(0, 200),
            probability: 0.25,
        }];
        analysis.segments.push(segment(
            Step::Speech,
            Channel::Speech,
            ordinal as u32,
            vec![heard],
        ));
    }
    let motion = [Some(0.1), None, Some(0.2), Some(0.2)];
    analysis.measures = vec![Measure::new(Step::Shots, MeasureKind::Motion, 500, &motion)];
    analysis
}

/// Commits [`analysis`] for a file of that number in a collection.
pub(super) fn commit(store: &Store, number: u8, collection: &str) -> AssetKey {
    let key = store
        .catalog()
        .upsert_asset(asset_id(number), 1000)
        .unwrap();
    let path = format!("/archive/{collection}/clip-{number}.mp4");
    let location = location(&path, key, asset_id(number), collection);
    store.catalog().upsert_locations(&[location]).unwrap();
    store.commit(&analysis(number)).unwrap();
    key
}
