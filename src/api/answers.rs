//! The forms of answers: what the library knows, without where it lies for those who need not know.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::access::Caller;
use crate::{
    domain::{AssetKind, Rational, StepOutcome, StepRecord, StreamInfo, Timecode},
    search::{Answer, Facets, FoundEvidence, FoundMoment, OtherPlace, Strength, Verdict},
    store::{AssetRecord, LocationRecord},
};

/// An answer to a query.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Moments {
    /// The query, as asked.
    pub(super) query: String,
    /// How it was read.
    pub(super) read_as: String,
    /// How well the best moment fits.
    pub(super) verdict: Verdict,
    /// Moments found, on this page and all others.
    pub(super) total: usize,
    /// One page of them, best first.
    pub(super) moments: Vec<Moment>,
    /// All of them, counted; where asked for.
    pub(super) facets: Option<Facets>,
    /// What to ask with for the next page.
    pub(super) next_cursor: Option<String>,
    /// What limits the answer, for people to read.
    pub(super) notes: Vec<String>,
    /// How long it took.
    pub(super) took_millis: u64,
}

/// What is told of a moment by whatever way.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MomentFacts {
    /// The asset: 64 hexadecimal digits.
    pub(super) asset_id: String,
    #[schemars(with = "Option<String>")]
    pub(super) kind: Option<AssetKind>,
    /// The file's name.
    pub(super) name: String,
    pub(super) collection: String,
    /// Whether the file was gone at the last scan.
    pub(super) is_missing: bool,
    /// Running time of the whole asset; none of a still.
    pub(super) duration_millis: Option<i64>,
    /// First millisecond in running time.
    pub(super) start_millis: i64,
    /// First millisecond after it.
    pub(super) end_millis: i64,
    /// Source timecode of the first frame.
    pub(super) timecode: Option<String>,
    #[schemars(with = "String", extend("enum" = ["strong", "fair", "weak"]))]
    pub(super) strength: Strength,
    /// Why it was found.
    pub(super) reason: String,
}

/// A moment.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Moment {
    #[serde(flatten)]
    pub(super) facts: MomentFacts,
    /// Where the file lies; for those of the scope admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    /// Source timecode of the first frame after it.
    pub(super) end_timecode: Option<String>,
    /// Address of the picture that shows it best.
    pub(super) thumbnail: Option<String>,
    /// Higher is better; comparable within one answer only.
    pub(super) score: f32,
    /// How many moments it stands for, itself included.
    pub(super) stands_for: u32,
    /// The best of the others.
    pub(super) others: Vec<OtherPlace>,
    /// What found it, strongest first.
    pub(super) evidence: Vec<FoundEvidence>,
}

impl Moments {
    pub(super) fn new(answer: Answer, read_as: String, caller: &Caller) -> Self {
        Self {
            query: answer.query,
            read_as,
            verdict: answer.verdict,
            total: answer.total,
            moments: answer
                .moments
                .into_iter()
                .map(|moment| Moment::new(moment, caller))
                .collect(),
            facets: answer.facets,
            next_cursor: answer.next_cursor,
            notes: answer.notes,
            took_millis: answer.took_millis,
        }
    }
}

impl MomentFacts {
    pub(super) fn of(moment: &FoundMoment) -> Self {
        Self {
            asset_id: moment.asset_id.to_string(),
            kind: moment.kind,
            name: name_of(Path::new(&moment.path)),
            collection: moment.collection.clone(),
            is_missing: moment.is_missing,
            duration_millis: moment.duration_millis,
            start_millis: moment.start_millis,
            end_millis: moment.end_millis,
            timecode: moment.timecode.clone(),
            strength: moment.strength,
            reason: moment.reason.clone(),
        }
    }
}

impl Moment {
    fn new(moment: FoundMoment, caller: &Caller) -> Self {
        Self {
            facts: MomentFacts::of(&moment),
            path: caller.sees_paths().then_some(moment.path),
            end_timecode: moment.end_timecode,
            thumbnail: moment.thumbnail.map(|path| thumbnail_address(&path)),
            score: moment.score,
            stands_for: moment.stands_for,
            others: moment.others,
            evidence: moment.evidence,
        }
    }
}

/// The address of a thumbnail, by its path below the library.
pub(super) fn thumbnail_address(path: &str) -> String {
    format!("/{path}")
}

/// A file's name; invalid UTF-8 replaced.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// What is told of an asset by whatever way.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AssetFacts {
    /// 64 hexadecimal digits.
    pub(super) asset_id: String,
    #[schemars(with = "Option<String>")]
    pub(super) kind: Option<AssetKind>,
    /// The file's name.
    pub(super) name: String,
    pub(super) collection: String,
    /// Whether the file was gone at the last scan.
    pub(super) is_missing: bool,
    pub(super) duration_millis: Option<i64>,
    /// When it was recorded, RFC 3339.
    pub(super) created: Option<String>,
}

/// An asset in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AssetSummary {
    #[serde(flatten)]
    pub(super) facts: AssetFacts,
    /// Where the file lies; for those of the scope admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    pub(super) size_bytes: u64,
    /// Address of a picture.
    pub(super) thumbnail: Option<String>,
}

impl AssetFacts {
    pub(super) fn of(asset: &AssetRecord) -> Self {
        let location = asset.locations.first();
        let media = asset.media.as_ref();
        Self {
            asset_id: asset.id.to_string(),
            kind: media.map(|media| media.kind),
            name: location.map_or_else(|| asset.id.short(), |location| name_of(&location.path)),
            collection: location.map_or_else(String::new, |location| location.collection.clone()),
            is_missing: location.is_none_or(|location| location.missing),
            duration_millis: media.and_then(|media| media.duration_millis),
            created: media.and_then(|media| media.created.clone()),
        }
    }
}

impl AssetSummary {
    pub(super) fn new(asset: &AssetRecord, thumbnail: Option<String>, caller: &Caller) -> Self {
        let location = asset.locations.first().filter(|_| caller.sees_paths());
        Self {
            facts: AssetFacts::of(asset),
            path: location.map(|location| location.path.to_string_lossy().into_owned()),
            size_bytes: asset.size_bytes,
            thumbnail: thumbnail.map(|path| thumbnail_address(&path)),
        }
    }
}

/// All that is known of an asset's file.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Asset {
    #[serde(flatten)]
    pub(super) summary: AssetSummary,
    /// The container's name as FFmpeg gives it.
    pub(super) container: Option<String>,
    /// Its streams, as `reeldex show` prints them.
    #[schemars(with = "Vec<serde_json::Value>")]
    pub(super) streams: Vec<StreamInfo>,
    /// Timecode of the first frame, of a video.
    pub(super) start_timecode: Option<String>,
    /// Frames per second of a video.
    pub(super) frame_rate: Option<FrameRate>,
    /// What is odd about the file.
    pub(super) warnings: Vec<String>,
    /// What became of each step.
    pub(super) steps: Vec<StepAnswer>,
    /// Where it lies.
    pub(super) locations: Vec<Location>,
}

/// An exact ratio.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FrameRate {
    pub(super) num: i64,
    pub(super) den: i64,
}

/// The outcome of a step.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct StepAnswer {
    pub(super) step: String,
    /// `done`, `failed` or `skipped`.
    pub(super) outcome: String,
    pub(super) reason: Option<String>,
    pub(super) hint: Option<String>,
    /// What ran, with its settings.
    pub(super) version: String,
    pub(super) took_millis: u64,
}

/// A file that holds an asset.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Location {
    /// The file's name.
    pub(super) name: String,
    /// Where it lies; for those of the scope admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    pub(super) collection: String,
    /// Whether it was gone at the last scan.
    pub(super) is_missing: bool,
}

impl Asset {
    pub(super) fn new(
        asset: AssetRecord,
        steps: Vec<StepRecord>,
        start: Option<Timecode>,
        thumbnail: Option<String>,
        caller: &Caller,
    ) -> Self {
        let summary = AssetSummary::new(&asset, thumbnail, caller);
        let rate = asset
            .media
            .as_ref()
            .and_then(|media| media.main_video())
            .map(|(_, video)| video.frame_rate)
            .filter(|rate| rate.is_known());
        let media = asset.media;
        Self {
            summary,
            container: media.as_ref().map(|media| media.container.clone()),
            start_timecode: start.map(|timecode| timecode.to_string()),
            frame_rate: rate.map(|Rational { num, den }| FrameRate {
                num: num.into(),
                den: den.into(),
            }),
            warnings: media
                .as_ref()
                .map(|media| media.warnings.clone())
                .unwrap_or_default(),
            streams: media.map(|media| media.streams).unwrap_or_default(),
            steps: steps.into_iter().map(StepAnswer::from).collect(),
            locations: asset
                .locations
                .iter()
                .map(|location| Location::new(location, caller))
                .collect(),
        }
    }
}

impl Location {
    fn new(location: &LocationRecord, caller: &Caller) -> Self {
        Self {
            name: name_of(&location.path),
            path: caller
                .sees_paths()
                .then(|| location.path.to_string_lossy().into_owned()),
            collection: location.collection.clone(),
            is_missing: location.missing,
        }
    }
}

impl From<StepRecord> for StepAnswer {
    fn from(record: StepRecord) -> Self {
        let (outcome, reason, hint) = match record.outcome {
            StepOutcome::Done => ("done", None, None),
            StepOutcome::Failed { reason, hint } => ("failed", Some(reason), hint),
            StepOutcome::Skipped { reason } => ("skipped", Some(reason), None),
        };
        Self {
            step: record.step.name().to_owned(),
            outcome: outcome.to_owned(),
            reason,
            hint,
            version: record.version,
            took_millis: record.took_millis,
        }
    }
}
