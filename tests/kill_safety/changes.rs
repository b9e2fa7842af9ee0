//! Changes to a library, drawn from their numbers: the same ones in every run.

use std::collections::BTreeMap;

use half::f16;
use reeldex::{
    domain::*,
    store::{CorrectionRequest, LocationRecord, Store},
};

use crate::ASSETS;

/// One change; making it twice changes nothing.
pub(crate) fn change(store: &Store, operation: u64) {
    let mut random = Random(operation * 7919 + 1);
    let asset = random.below(ASSETS);
    match operation % 20 {
        19 => {
            if let Some(record) = store.catalog().asset_by_id(asset_id(asset)).unwrap() {
                store.remove_asset(record.key).unwrap();
            }
        }
        13 => store.flush().unwrap(),
        3 => say(store, asset, operation, &mut random),
        17 if operation % 60 != 17 => take_back(store, operation - 14),
        17 => {}
        9 if operation % 60 == 9 => drop(store.reindex(&mut |_, _| {}).unwrap()),
        step => {
            let key = store.catalog().upsert_asset(asset_id(asset), 1000).unwrap();
            // A file that moves between collections has to be found in the new one.
            let collection = format!("collection {}", operation / 5 % 3);
            store
                .catalog()
                .upsert_locations(&[location(asset, key, collection)])
                .unwrap();
            store.commit(&analysis(asset, operation, step % 3)).unwrap();
        }
    }
    if operation % 6 == 5 {
        store.flush().unwrap();
    }
}

/// A person's word against or beside what was found, on whatever segment the numbers choose.
fn say(store: &Store, asset: u64, operation: u64, random: &mut Random) {
    if !said_in(store, operation).is_empty() {
        return;
    }
    let Some(record) = store.catalog().asset_by_id(asset_id(asset)).unwrap() else {
        return;
    };
    let segments = store.catalog().segments(record.key).unwrap();
    let said: Vec<_> = segments
        .iter()
        .flat_map(|(id, segment)| segment.assertions.iter().map(move |said| (*id, said)))
        .filter(|(_, said)| said.step != Step::Passage)
        .collect();
    if said.is_empty() {
        return;
    }
    let (segment, old) = said[random.below(said.len() as u64) as usize];
    let request = CorrectionRequest {
        asset: record.key,
        segment: Some(segment),
        kind: old.kind,
        old_value: Some(old.value.clone()),
        value: Some(format!("word{} corrected", random.below(50))),
        author: author(operation),
    };
    store.correct(&request).unwrap();
}

fn take_back(store: &Store, operation: u64) {
    for correction in said_in(store, operation) {
        store.take_back(correction).unwrap();
    }
}

fn author(operation: u64) -> String {
    format!("operation {operation}")
}

/// Numbers of the corrections of a change that still hold.
fn said_in(store: &Store, operation: u64) -> Vec<i64> {
    (0..ASSETS)
        .flat_map(|asset| store.catalog().corrections(asset_id(asset)).unwrap())
        .filter(|correction| correction.statement.author == author(operation))
        .map(|correction| correction.id)
        .collect()
}

pub(crate) fn asset_id(asset: u64) -> AssetId {
    AssetId([asset as u8 + 1; 32])
}

fn location(asset: u64, key: AssetKey, collection: String) -> LocationRecord {
    LocationRecord {
        path: format!("/archive/file {asset}.mp4").into(),
        asset: key,
        asset_id: asset_id(asset),
        size_bytes: 1000,
        modified_nanos: 1,
        inode: asset,
        device: 1,
        collection,
        missing: false,
    }
}

/// All steps, or the pictures' alone, or the words' alone.
fn analysis(asset: u64, operation: u64, part: u64) -> Analysis {
    let mut random = Random(operation);
    let mut analysis = Analysis::new(asset_id(asset));
    let steps: &[Step] = match part {
        0 => &[
            Step::Probe,
            Step::Shots,
            Step::Picture,
            Step::Tags,
            Step::Speech,
            Step::Passage,
        ],
        1 => &[Step::Shots, Step::Picture, Step::Tags],
        _ => &[Step::Speech, Step::Passage],
    };
    analysis.steps = steps
        .iter()
        .map(|step| StepRecord {
            step: *step,
            outcome: StepOutcome::Done,
            version: format!("operation {operation}"),
            took_millis: 1,
        })
        .collect();
    analysis.media = steps.contains(&Step::Probe).then(|| media(operation));
    for ordinal in 0..20 + random.below(40) as u32 {
        let span = TimeSpan::new(i64::from(ordinal) * 1000, i64::from(ordinal) * 1000 + 1000);
        if steps.contains(&Step::Shots) {
            let tag = said(
                Step::Tags,
                AssertionKind::Tag,
                format!("tag{}", random.below(5)),
            );
            push(
                &mut analysis,
                Step::Shots,
                Channel::Shot,
                span,
                ordinal,
                tag,
            );
            embed(&mut analysis, SpaceKind::Picture, 64, &mut random);
        }
        if steps.contains(&Step::Speech) {
            let words = format!("word{} word{}", random.below(50), random.below(50));
            let words = said(Step::Speech, AssertionKind::Transcript, words);
            push(
                &mut analysis,
                Step::Speech,
                Channel::Speech,
                span,
                ordinal,
                words,
            );
            if ordinal % 4 == 0 {
                let text = said(
                    Step::Passage,
                    AssertionKind::Transcript,
                    "passage".to_owned(),
                );
                push(
                    &mut analysis,
                    Step::Passage,
                    Channel::Passage,
                    span,
                    ordinal,
                    text,
                );
                embed(&mut analysis, SpaceKind::Passage, 32, &mut random);
            }
        }
    }
    analysis
}

fn push(
    analysis: &mut Analysis,
    step: Step,
    channel: Channel,
    span: TimeSpan,
    ordinal: u32,
    said: Assertion,
) {
    analysis.segments.push(Segment {
        step,
        channel,
        span,
        ordinal,
        opening: None,
        keyframes: Vec::new(),
        assertions: vec![said],
    });
}

fn said(step: Step, kind: AssertionKind, value: String) -> Assertion {
    Assertion {
        step,
        kind,
        value,
        language: Some("en".to_owned()),
        confidence: Some(0.5),
        words: Vec::new(),
        provenance: Provenance {
            maker: "test".into(),
            version: "1".into(),
            settings: String::new(),
        },
    }
}

fn embed(analysis: &mut Analysis, kind: SpaceKind, dimensions: u32, random: &mut Random) {
    let segment = analysis.segments.len() as u32 - 1;
    let values: Vec<f32> = (0..dimensions)
        .map(|_| random.below(2001) as f32 / 1000.0 - 1.0)
        .collect();
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    analysis.embeddings.push(Embedding {
        segment,
        at_millis: analysis.segments[segment as usize].span.start_millis,
        space: space(kind, dimensions),
        values_f16: values
            .iter()
            .map(|value| f16::from_f32(value / length).to_bits())
            .collect(),
    });
}

pub(crate) fn space(kind: SpaceKind, dimensions: u32) -> SpaceId {
    SpaceId {
        kind,
        model: "test@1".to_owned(),
        dimensions,
    }
}

fn media(operation: u64) -> MediaInfo {
    MediaInfo {
        kind: AssetKind::Video,
        container: "mp4".to_owned(),
        duration_millis: Some(60_000),
        streams: Vec::new(),
        chapters: Vec::new(),
        start_timecode: None,
        created: Some(format!("20{:02}-05-01T10:00:00Z", operation % 30)),
        tags: BTreeMap::from([("title".to_owned(), format!("title{operation}"))]),
        warnings: Vec::new(),
    }
}

/// Splitmix64: the same numbers from the same seed, everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
