//! A library in a temporary directory, filled as the pipeline would fill it.

use std::path::{Path, PathBuf};

use half::f16;

use crate::{
    domain::{
        Analysis, Assertion, AssertionKind, AssetId, AssetKind, Channel, Embedding, FieldOrder,
        Keyframe, MediaInfo, Provenance, Query, Rational, Segment, SpaceId, Step, StepOutcome,
        StepRecord, StreamDetail, StreamInfo, TimeSpan, Timecode, VideoStream,
    },
    search::{Answer, Searcher},
    store::{Access, LocationRecord, Store, StoreSettings, VectorSettings},
};

/// A library and the directory it lies in.
pub(super) struct Library {
    pub(super) store: Store,
    directory: tempfile::TempDir,
    assets: u8,
}

/// An asset in the making.
pub(super) struct Asset {
    analysis: Analysis,
    path: PathBuf,
    collection: String,
}

impl Library {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&settings(directory.path()), Access::Write).unwrap();
        Self {
            store,
            directory,
            assets: 0,
        }
    }

    /// Opens the same library as another process would.
    pub(super) fn reader(&self) -> Store {
        Store::open(&settings(self.directory.path()), Access::Read).unwrap()
    }

    pub(super) fn asset(&mut self, kind: AssetKind, path: &str) -> Asset {
        self.assets += 1;
        let mut analysis = Analysis::new(AssetId([self.assets; 32]));
        analysis.media = Some(media(kind));
        analysis.steps = Step::ALL
            .map(|step| StepRecord {
                step,
                outcome: StepOutcome::Done,
                version: "1".to_owned(),
                took_millis: 1,
            })
            .to_vec();
        Asset {
            analysis,
            path: PathBuf::from(path),
            collection: "archive".to_owned(),
        }
    }

    pub(super) fn add(&self, asset: Asset) {
        let key = self
            .store
            .catalog()
            .upsert_asset(asset.analysis.asset_id, 1)
            .unwrap();
        self.store
            .catalog()
            .upsert_locations(&[LocationRecord {
                path: asset.path,
                asset: key,
                asset_id: asset.analysis.asset_id,
                size_bytes: 1,
                modified_nanos: 0,
                inode: 1,
                device: 1,
                collection: asset.collection,
                missing: false,
            }])
            .unwrap();
        self.store.commit(&asset.analysis).unwrap();
        self.store.flush().unwrap();
    }

    /// Searches without models.
    pub(super) fn search(&self, text: &str) -> Answer {
        let searcher = Searcher {
            store: &self.store,
            picture: None,
            passage: None,
        };
        searcher.search(&query(text)).unwrap()
    }
}

pub(super) fn query(text: &str) -> Query {
    Query {
        text: text.to_owned(),
        ..Query::default()
    }
}

fn settings(directory: &Path) -> StoreSettings {
    StoreSettings {
        directory: directory.to_owned(),
        vectors: VectorSettings::Edge,
    }
}

impl Asset {
    pub(super) fn collection(mut self, name: &str) -> Self {
        self.collection = name.to_owned();
        self
    }

    pub(super) fn start_timecode(mut self, text: &str, rate: Rational) -> Self {
        if let Some(media) = &mut self.analysis.media {
            media.start_timecode = Some(Timecode::parse(text, rate).unwrap());
            for stream in &mut media.streams {
                if let StreamDetail::Video(video) = &mut stream.detail {
                    video.frame_rate = rate;
                }
            }
        }
        self
    }

    /// A segment with one text; its number.
    pub(super) fn segment(
        &mut self,
        channel: Channel,
        span: (i64, i64),
        kind: AssertionKind,
        language: &str,
        text: &str,
    ) -> u32 {
        let step = match channel {
            Channel::Shot => Step::Tags,
            Channel::Subtitle => Step::Subtitles,
            Channel::Speech => Step::Speech,
            Channel::ScreenText => Step::ScreenText,
            Channel::Passage => Step::Passage,
            Channel::Asset => Step::Probe,
            Channel::Sound => Step::Sound,
        };
        let ordinal = self
            .analysis
            .segments
            .iter()
            .filter(|segment| segment.channel == channel)
            .count() as u32;
        let keyframe = Keyframe {
            at_millis: span.0,
            thumbnail: Some(format!("thumbnails/{}.jpg", span.0)),
            label: None,
        };
        self.analysis.segments.push(Segment {
            step,
            channel,
            span: TimeSpan::new(span.0, span.1),
            ordinal,
            opening: None,
            keyframes: if channel == Channel::Shot {
                vec![keyframe]
            } else {
                Vec::new()
            },
            assertions: vec![Assertion {
                step,
                kind,
                value: text.to_owned(),
                language: Some(language.to_owned()),
                confidence: None,
                words: Vec::new(),
                provenance: Provenance {
                    maker: "file".to_owned(),
                    version: String::new(),
                    settings: String::new(),
                },
            }],
        });
        self.analysis.segments.len() as u32 - 1
    }

    pub(super) fn subtitle(&mut self, span: (i64, i64), language: &str, text: &str) {
        self.segment(
            Channel::Subtitle,
            span,
            AssertionKind::Transcript,
            language,
            text,
        );
    }

    pub(super) fn shot(&mut self, span: (i64, i64), tag: &str) {
        self.segment(Channel::Shot, span, AssertionKind::Tag, "en", tag);
    }

    /// A shot and the vector of its picture.
    pub(super) fn picture(&mut self, span: (i64, i64), space: &SpaceId, vector: &[f32]) {
        let segment = self.segment(Channel::Shot, span, AssertionKind::Tag, "en", "shot");
        let values_f16 = vector
            .iter()
            .map(|value| f16::from_f32(*value).to_bits())
            .collect();
        self.analysis.embeddings.push(Embedding {
            segment,
            at_millis: span.0,
            space: space.clone(),
            values_f16,
        });
    }

    /// A tag that a step measured of the segment on that channel which begins there.
    pub(super) fn measured(&mut self, channel: Channel, start_millis: i64, step: Step, tag: &str) {
        for segment in &mut self.analysis.segments {
            if segment.channel == channel && segment.span.start_millis == start_millis {
                let mut assertion = segment.assertions[0].clone();
                (assertion.step, assertion.kind) = (step, AssertionKind::Tag);
                (assertion.value, assertion.language) = (tag.to_owned(), None);
                segment.assertions.push(assertion);
            }
        }
    }

    /// A passage and its vector.
    pub(super) fn passage(
        &mut self,
        span: (i64, i64),
        text: &str,
        space: &SpaceId,
        vector: &[f32],
    ) {
        let segment = self.segment(
            Channel::Passage,
            span,
            AssertionKind::Transcript,
            "en",
            text,
        );
        let values_f16 = vector
            .iter()
            .map(|value| f16::from_f32(*value).to_bits())
            .collect();
        self.analysis.embeddings.push(Embedding {
            segment,
            at_millis: span.0,
            space: space.clone(),
            values_f16,
        });
    }
}

fn media(kind: AssetKind) -> MediaInfo {
    let video = VideoStream {
        width: 1280,
        height: 720,
        display_width: 1280,
        display_height: 720,
        rotation_degrees: 0,
        frame_rate: Rational::new(25, 1),
        is_variable_rate: false,
        field_order: FieldOrder::Progressive,
        pixel_format: "yuv420p".to_owned(),
        dynamic_range: crate::domain::DynamicRange::Sdr,
        has_alpha: false,
    };
    let streams = match kind {
        AssetKind::Audio => Vec::new(),
        AssetKind::Video | AssetKind::Image => vec![StreamInfo {
            index: 0,
            codec: "h264".to_owned(),
            language: None,
            is_default: true,
            duration_millis: None,
            detail: StreamDetail::Video(video),
        }],
    };
    MediaInfo {
        kind,
        container: "mov".to_owned(),
        duration_millis: (kind != AssetKind::Image).then_some(600_000),
        streams,
        chapters: Vec::new(),
        start_timecode: None,
        created: Some("2024-07-26T20:00:00Z".to_owned()),
        tags: Default::default(),
        warnings: Vec::new(),
    }
}

/// Cues of an `.srt` file; `None` and a word of why where it is not there.
pub(super) fn subtitles(path: &str) -> Option<Vec<((i64, i64), String)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    };
    let time = |text: &str| {
        let parts: Vec<i64> = text
            .trim()
            .split([':', ','])
            .map(|part| part.parse().unwrap())
            .collect();
        ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000 + parts[3]
    };
    let cues = text.replace('\r', "");
    let cues = cues.trim().split("\n\n").map(|block| {
        let mut lines = block.trim().lines().skip(1);
        let (start, end) = lines.next().unwrap().split_once("-->").unwrap();
        (
            (time(start), time(end)),
            lines.collect::<Vec<_>>().join("\n"),
        )
    });
    Some(cues.collect())
}
