//! Reels for agents: compiled, looked at and handed over as text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::bounded;
use crate::{
    api::{
        access::Caller,
        error::Problem,
        reels::{ReelRequest, make_reel, read_reel},
        state::{ApiState, Library},
    },
    domain::AssetId,
    reel::{
        Check, Order, Reel, ReelFile, Section, Stretch, Whereabouts,
        export::{ExportSettings, Format, export},
        place, rights,
    },
};

/// Picks in an answer, at most.
const MAX_PICKS: usize = 60;
/// A handed-over text longer than this would crowd an agent's memory.
const MAX_EXPORT_BYTES: usize = 48 << 10;

/// A reel to compile.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CompileRequest {
    /// What it shows, in the moment query language; the best of the archive where none is said.
    #[serde(default)]
    query: Option<String>,
    /// Parts with queries of their own, in place of `query`.
    #[serde(default)]
    sections: Vec<Part>,
    /// How long it may be at most, in seconds; 60 where none is said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 21600))]
    length_seconds: Option<u32>,
    /// What people call it.
    #[serde(default)]
    title: Option<String>,
    /// The collection that is drawn from.
    #[serde(default)]
    collection: Option<String>,
    /// `chronological`, `dramatic` or `given`, which is best first.
    #[serde(default)]
    order: Option<Order>,
    /// Stretches that must be in it.
    #[serde(default)]
    must_have: Vec<Span>,
}

/// A part of a reel.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Part {
    /// Its name, such as `opening`.
    name: String,
    /// What its picks are found by.
    #[serde(default)]
    query: Option<String>,
    /// How many picks it has.
    #[serde(default)]
    picks: Option<u32>,
}

/// A stretch of an asset, as a search gives it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Span {
    asset_id: String,
    start_millis: i64,
    end_millis: i64,
}

/// A reel to look at.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReelLook {
    /// Its name, as `compile_reel` gives it.
    name: String,
}

/// A reel to hand over.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportRequest {
    /// Its name, as `compile_reel` gives it.
    name: String,
    /// A format of text: edl, csv, vtt, srt, ale, otio, fcpxml or xmeml.
    format: String,
}

/// A reel, in short.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    name: String,
    title: String,
    duration_millis: i64,
    picks: Vec<ToldPick>,
    /// How many there are in all.
    total: usize,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ToldPick {
    pick: u32,
    asset_id: String,
    file: String,
    start_millis: i64,
    end_millis: i64,
    timecode: String,
    record_start_millis: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    section: String,
    reason: String,
    excitement: f32,
    is_locked: bool,
}

/// What a reel was handed over as.
#[derive(Debug, Serialize)]
pub(super) struct HandedOver {
    files: Vec<TextFile>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct TextFile {
    name: String,
    text: String,
}

/// Compiles a reel and keeps it.
pub(super) fn compile(
    state: &ApiState,
    library: &Library,
    request: CompileRequest,
) -> Result<Told, Problem> {
    let stretches = request.must_have.into_iter().map(|span| {
        let asset_id: Result<AssetId, _> = span.asset_id.parse();
        Ok(Stretch {
            asset_id: asset_id.map_err(|_| Problem::not_found("there is no asset of that id"))?,
            start_millis: span.start_millis,
            end_millis: span.end_millis,
        })
    });
    let sections = request.sections.into_iter().map(|part| Section {
        name: part.name,
        query: part.query,
        picks: part.picks,
    });
    let wish = ReelRequest {
        title: request.title,
        query: request.query,
        sections: sections.collect(),
        length_millis: request
            .length_seconds
            .map(|seconds| i64::from(seconds) * 1000),
        collection: request.collection,
        order: request.order,
        must_have: stretches.collect::<Result<_, Problem>>()?,
        ..ReelRequest::default()
    };
    let (file, reel) = make_reel(state, library, wish)?;
    Ok(told(&file, &reel))
}

/// Looks at a reel.
pub(super) fn look(state: &ApiState, request: &ReelLook) -> Result<Told, Problem> {
    let (file, reel) = read_reel(state, &request.name)?;
    Ok(told(&file, &reel))
}

/// Hands a reel over as text.
pub(super) fn hand_over(
    state: &ApiState,
    library: &Library,
    caller: &Caller,
    request: &ExportRequest,
) -> Result<HandedOver, Problem> {
    let (file, reel) = read_reel(state, &request.name)?;
    let format = Format::from_name(&request.format).ok_or_else(|| {
        let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
        Problem::bad_request(format!("a format is one of {}", names.join(", ")))
    })?;
    let catalog = library.store.catalog();
    rights::check(&reel, catalog)?;
    let mut whereabouts = Whereabouts::of(catalog, &reel, Check::Stamp)?;
    if !caller.sees_paths() {
        whereabouts = whereabouts.without_folders();
    }
    let exported = export(
        &reel,
        &file.name(),
        format,
        &whereabouts,
        &ExportSettings::default(),
    )?;
    let too_large = || {
        Problem::too_large("the text is longer than an answer may be").hint(format!(
            "save it: GET /reels/{}/export/{}",
            request.name, request.format
        ))
    };
    let bytes: usize = exported.files.iter().map(|(_, bytes)| bytes.len()).sum();
    if bytes > MAX_EXPORT_BYTES {
        return Err(too_large());
    }
    let files = exported.files.into_iter().map(|(name, bytes)| {
        let text = String::from_utf8(bytes).map_err(|_| too_large())?;
        Ok(TextFile { name, text })
    });
    Ok(HandedOver {
        files: files.collect::<Result<_, Problem>>()?,
        warnings: exported.warnings,
    })
}

fn told(file: &ReelFile, reel: &Reel) -> Told {
    let placed = place(reel);
    let rate = reel.timeline.rate;
    let record_millis =
        |frame: i64| frame * 1000 * i64::from(rate.den) / i64::from(rate.num.max(1));
    let picks = placed.iter().take(MAX_PICKS).map(|one| ToldPick {
        pick: one.pick.id,
        asset_id: one.pick.asset_id.to_string(),
        file: one.source.name.clone(),
        start_millis: one.source.millis_of(one.pick.in_frame),
        end_millis: one.source.millis_of(one.pick.out_frame),
        timecode: one.pick.in_timecode.clone(),
        record_start_millis: record_millis(one.record.start),
        section: one.pick.section.clone(),
        reason: bounded(&one.pick.reason.text),
        excitement: one.pick.reason.excitement,
        is_locked: one.pick.is_locked,
    });
    Told {
        name: file.name(),
        title: reel.title.clone(),
        duration_millis: record_millis(placed.last().map_or(0, |last| last.record.end)),
        picks: picks.collect(),
        total: placed.len(),
        notes: reel.revision().notes.clone(),
    }
}
