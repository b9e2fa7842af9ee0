//! What tools are asked and what they answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::{
        answers::name_of,
        assets::{find, start_timecode},
        error::Problem,
        state::{Library, searcher},
        transcripts,
    },
    domain::{
        AssertionKind, AssetKey, AssetKind, Channel, Filters, Query, Segment, TimeSpan, Timecode,
    },
    search::{Strength, Verdict, read},
    store::AssetRecord,
};

/// Moments in an answer where none is said, and at most.
const MOMENTS: usize = 8;
const MAX_MOMENTS: usize = 20;
/// Assets in an answer, at most.
const MAX_ASSETS: usize = 50;
/// Lines or shots in an answer, and characters of one text, at most.
const MAX_LINES: usize = 100;
const MAX_CHARS: usize = 400;
/// A query longer than this is no query.
const MAX_QUERY_BYTES: usize = 16 << 10;
/// Half the stretch around a single time.
const AROUND_MILLIS: i64 = 5000;

/// A search.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchRequest {
    /// What to look for.
    query: String,
    /// Moments at most, 1 to 20; 8 where none is said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 20))]
    limit: Option<usize>,
    /// `next_cursor` of the answer before.
    #[serde(default)]
    cursor: Option<String>,
    /// Only assets of this kind: video, audio or image.
    #[serde(default)]
    kind: Option<String>,
    /// Only assets of this collection.
    #[serde(default)]
    collection: Option<String>,
}

/// Moments found.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    read_as: String,
    verdict: Verdict,
    total: usize,
    moments: Vec<FoundMoment>,
    next_cursor: Option<String>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FoundMoment {
    asset_id: String,
    name: String,
    kind: Option<AssetKind>,
    collection: String,
    start_millis: i64,
    end_millis: i64,
    timecode: Option<String>,
    strength: Strength,
    reason: String,
    /// What is said, written or tagged there, as far as it was found by that.
    text: Option<String>,
}

/// Searches.
pub(super) fn search(library: &Library, request: SearchRequest) -> Result<Found, Problem> {
    if request.query.len() > MAX_QUERY_BYTES {
        return Err(Problem::bad_request(format!(
            "the query is longer than {MAX_QUERY_BYTES} bytes"
        )));
    }
    let query = Query {
        text: request.query,
        filters: Filters {
            kinds: kind_of(request.kind.as_deref())?.into_iter().collect(),
            collections: request.collection.into_iter().collect(),
            ..Filters::default()
        },
        limit: limited(request.limit, MOMENTS, MAX_MOMENTS)?,
        cursor: request.cursor,
        weak: false,
        facets: false,
    };
    if let Some(file) = read(&query.text)?.tree.picture_files().first() {
        return Err(Problem::bad_request(format!(
            "`like:{file}` names a file, which can't be opened from here"
        ))
        .hint("write like:ASSET@SECONDS with the id of an asset"));
    }
    let models = library.models();
    let (answer, explanation) = searcher(library, &models)?.explain(&query, &[])?;
    let moments = answer.moments.into_iter().map(|moment| FoundMoment {
        asset_id: moment.asset_id.to_string(),
        name: name_of(moment.path.as_ref()),
        kind: moment.kind,
        collection: moment.collection,
        start_millis: moment.start_millis,
        end_millis: moment.end_millis,
        timecode: moment.timecode,
        strength: moment.strength,
        reason: bounded(&moment.reason),
        text: moment
            .evidence
            .into_iter()
            .find_map(|evidence| evidence.snippet)
            .map(|snippet| bounded(&snippet.text)),
    });
    Ok(Found {
        read_as: bounded(&explanation.query),
        verdict: answer.verdict,
        total: answer.total,
        moments: moments.collect(),
        next_cursor: answer.next_cursor,
        notes: answer
            .notes
            .into_iter()
            .chain(models.demonstration_note())
            .collect(),
    })
}

/// A stretch to look at.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MomentRequest {
    /// The asset, as a search gives it.
    asset_id: String,
    /// First millisecond.
    start_millis: i64,
    /// First millisecond after it; five seconds to both sides where none is said.
    #[serde(default)]
    end_millis: Option<i64>,
}

/// What is known of a stretch.
#[derive(Debug, Serialize)]
pub(super) struct Moment {
    asset_id: String,
    name: String,
    kind: Option<AssetKind>,
    is_missing: bool,
    duration_millis: Option<i64>,
    recorded: Option<String>,
    start_millis: i64,
    end_millis: i64,
    timecode: Option<String>,
    /// Tags and names of the asset as a whole.
    about: Vec<String>,
    shots: Vec<Part>,
    said: Vec<Part>,
    written: Vec<Part>,
    /// Whether there is more than an answer holds.
    is_cut: bool,
}

/// A part of it, and what was said of it.
#[derive(Debug, Serialize)]
struct Part {
    start_millis: i64,
    end_millis: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    texts: Vec<String>,
}

/// Looks at a stretch.
pub(super) fn moment(library: &Library, request: &MomentRequest) -> Result<Moment, Problem> {
    let asset = find(library, &request.asset_id)?;
    let span = match request.end_millis {
        Some(end) if end < request.start_millis => {
            return Err(Problem::bad_request(
                "`end_millis` lies before `start_millis`",
            ));
        }
        Some(end) => TimeSpan::new(request.start_millis, end),
        None => TimeSpan::new(
            request.start_millis.saturating_sub(AROUND_MILLIS).max(0),
            request.start_millis.saturating_add(AROUND_MILLIS),
        ),
    };
    let segments = library.store.catalog().segments(asset.key)?;
    let mut is_cut = false;
    let mut parts = |channels: &[Channel]| -> Vec<Part> {
        let mut parts: Vec<Part> = segments
            .iter()
            .map(|(_, segment)| segment)
            .filter(|segment| channels.contains(&segment.channel))
            .filter(|segment| touches(segment.span, span))
            .map(part)
            .collect();
        is_cut |= parts.len() > MAX_LINES;
        parts.truncate(MAX_LINES);
        parts
    };
    let (shots, said, written) = (
        parts(&[Channel::Shot]),
        parts(&[Channel::Subtitle, Channel::Speech]),
        parts(&[Channel::ScreenText]),
    );
    let about = segments
        .iter()
        .filter(|(_, segment)| segment.channel == Channel::Asset)
        .flat_map(|(_, segment)| part(segment).texts)
        .take(MAX_LINES)
        .collect();
    let start = start_timecode(&asset);
    let media = asset.media.as_ref();
    Ok(Moment {
        asset_id: asset.id.to_string(),
        name: name(&asset),
        kind: media.map(|media| media.kind),
        is_missing: asset.locations.iter().all(|location| location.missing),
        duration_millis: media.and_then(|media| media.duration_millis),
        recorded: media.and_then(|media| media.created.clone()),
        start_millis: span.start_millis,
        end_millis: span.end_millis,
        timecode: start.map(|start: Timecode| start.after_millis(span.start_millis).to_string()),
        about,
        shots,
        said,
        written,
        is_cut,
    })
}

fn part(segment: &Segment) -> Part {
    Part {
        start_millis: segment.span.start_millis,
        end_millis: segment.span.end_millis,
        texts: segment
            .assertions
            .iter()
            .map(|said| match said.kind {
                AssertionKind::Name => format!("name: {}", bounded(&said.value)),
                _ => bounded(&said.value),
            })
            .collect(),
    }
}

/// Whether both share time; a still lies at time 0 and is there at every time.
fn touches(own: TimeSpan, asked: TimeSpan) -> bool {
    own.overlap_millis(asked) > 0 || own.duration_millis() == 0
}

/// Which lines.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TranscriptRequest {
    /// The asset, as a search gives it.
    asset_id: String,
    /// Lines that end after this time.
    #[serde(default)]
    from_millis: Option<i64>,
    /// Lines that begin before this time.
    #[serde(default)]
    to_millis: Option<i64>,
}

/// Lines, in the order of time.
#[derive(Debug, Serialize)]
pub(super) struct Transcript {
    name: String,
    language: Option<String>,
    lines: Vec<Line>,
    /// What to ask with as `from_millis` for what follows.
    next_from_millis: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Line {
    start_millis: i64,
    end_millis: i64,
    text: String,
}

/// Reads lines.
pub(super) fn transcript(
    library: &Library,
    request: &TranscriptRequest,
) -> Result<Transcript, Problem> {
    let asset = find(library, &request.asset_id)?;
    let all = transcripts::of_asset(library, &request.asset_id)?;
    let mut lines = all
        .cues
        .into_iter()
        .filter(|cue| request.from_millis.is_none_or(|from| cue.end_millis > from))
        .filter(|cue| request.to_millis.is_none_or(|to| cue.start_millis < to))
        .peekable();
    let told: Vec<Line> = lines
        .by_ref()
        .take(MAX_LINES)
        .map(|cue| Line {
            start_millis: cue.start_millis,
            end_millis: cue.end_millis,
            text: bounded(&cue.text),
        })
        .collect();
    // Lines that overlap the last one told are told again rather than lost.
    let next_from_millis = lines
        .peek()
        .and(told.last())
        .map(|line| line.end_millis.max(line.start_millis + 1));
    Ok(Transcript {
        name: name(&asset),
        language: all.language,
        lines: told,
        next_from_millis,
    })
}

/// Which assets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AssetsRequest {
    /// `next_cursor` of the answer before.
    #[serde(default)]
    cursor: Option<i64>,
    /// Assets at most, 1 to 50.
    #[serde(default)]
    #[schemars(range(min = 1, max = 50))]
    limit: Option<usize>,
    /// Only of this kind: video, audio or image.
    #[serde(default)]
    kind: Option<String>,
}

/// Assets.
#[derive(Debug, Serialize)]
pub(super) struct Assets {
    /// All assets of the library.
    total: u64,
    assets: Vec<Asset>,
    next_cursor: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Asset {
    asset_id: String,
    name: String,
    kind: Option<AssetKind>,
    collection: Option<String>,
    is_missing: bool,
    duration_millis: Option<i64>,
    recorded: Option<String>,
}

/// Lists assets.
pub(super) fn assets(library: &Library, request: &AssetsRequest) -> Result<Assets, Problem> {
    let kind = kind_of(request.kind.as_deref())?;
    let limit = limited(request.limit, MAX_ASSETS, MAX_ASSETS)?;
    let catalog = library.store.catalog();
    let mut after = AssetKey(request.cursor.unwrap_or(0));
    let mut assets = Vec::new();
    loop {
        let keys = catalog.asset_keys_after(after, MAX_ASSETS)?;
        if keys.is_empty() {
            break;
        }
        for key in keys {
            if assets.len() == limit {
                return Ok(Assets {
                    total: catalog.count_assets()?,
                    assets,
                    next_cursor: Some(after.0),
                });
            }
            after = key;
            let of_kind = catalog.asset(key)?.filter(|asset| {
                let own = asset.media.as_ref().map(|media| media.kind);
                kind.is_none() || own == kind
            });
            assets.extend(of_kind.map(summary));
        }
    }
    Ok(Assets {
        total: catalog.count_assets()?,
        assets,
        next_cursor: None,
    })
}

fn summary(asset: AssetRecord) -> Asset {
    Asset {
        asset_id: asset.id.to_string(),
        name: name(&asset),
        kind: asset.media.as_ref().map(|media| media.kind),
        collection: asset
            .locations
            .first()
            .map(|location| location.collection.clone()),
        is_missing: asset.locations.iter().all(|location| location.missing),
        duration_millis: asset.media.as_ref().and_then(|media| media.duration_millis),
        recorded: asset.media.and_then(|media| media.created),
    }
}

fn name(asset: &AssetRecord) -> String {
    asset
        .locations
        .first()
        .map_or_else(|| asset.id.short(), |location| name_of(&location.path))
}

fn kind_of(name: Option<&str>) -> Result<Option<AssetKind>, Problem> {
    match name.filter(|name| !name.is_empty()) {
        Some(name) => AssetKind::from_name(name)
            .map(Some)
            .ok_or_else(|| Problem::bad_request("a kind is video, audio or image")),
        None => Ok(None),
    }
}

fn limited(asked: Option<usize>, usual: usize, most: usize) -> Result<usize, Problem> {
    match asked {
        Some(limit) if !(1..=most).contains(&limit) => Err(Problem::bad_request(format!(
            "`limit` is from 1 to {most}, not {limit}"
        ))),
        limit => Ok(limit.unwrap_or(usual)),
    }
}

/// A text that is not longer than an answer should have it.
pub(super) fn bounded(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
