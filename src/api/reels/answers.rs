//! What the API tells of reels; of media only their names, never where they lie.

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::version;
use crate::{
    api::{
        access::Caller,
        answers::{name_of, thumbnail_address},
        error::Problem,
        files,
        state::Library,
    },
    domain::{AssetId, TimeSpan, Timecode},
    fault::{Diagnose, message_chain},
    reel::{
        Pick, Placed, Reel, ReelError, ReelFile, Source, SourceKind, TimelineSettings, Wish, place,
    },
    search,
};

/// A reel in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ReelSummary {
    /// What addresses call it.
    name: String,
    /// What people call it; its name where it can't be read.
    title: String,
    /// Its version, which taking it away sends as `If-Match`; absent where it can't be read.
    etag: Option<String>,
    /// How many picks it has.
    picks: usize,
    /// How long it lasts.
    duration_millis: i64,
    /// When its file was last written, RFC 3339.
    changed: Option<String>,
    /// Which of its states holds, from 0.
    revision: usize,
    /// Address of a picture out of it.
    thumbnail: Option<String>,
    /// Why it can't be read; absent where it can.
    problem: Option<String>,
}

/// Whether the media of a pick can be played and rendered now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Availability {
    /// Its file is there, as it was indexed.
    Here,
    /// No file of it is within reach.
    Missing,
    /// A file is there in its place that is another by now.
    Changed,
    /// The library does not know it.
    Unknown,
}

/// A pick and where it lies, in its source and in the reel.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PlacedPick {
    #[serde(flatten)]
    pick: Pick,
    /// Its position, from 1.
    position: usize,
    /// First millisecond in the source's running time.
    start_millis: i64,
    /// First millisecond after it.
    end_millis: i64,
    /// Its first frame in the reel, from 0.
    record_start_frame: i64,
    /// The first frame of the reel after it.
    record_end_frame: i64,
    /// When it begins in the reel.
    record_start_millis: i64,
    /// When it ends in the reel.
    record_end_millis: i64,
    /// Record timecode of its first frame.
    record_timecode: String,
    /// Address of a picture out of it.
    thumbnail: Option<String>,
    /// Whether its media can be played and rendered now.
    media: Availability,
}

/// A state that the reel was in.
#[derive(Debug, Serialize, JsonSchema)]
struct State {
    /// The state it was made from; absent for the first.
    parent: Option<usize>,
    /// When, RFC 3339.
    made: String,
    /// What was done, for people to read.
    change: String,
}

/// A reel as it stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::api) struct ReelAnswer {
    /// What addresses call it.
    pub(super) name: String,
    /// What people call it.
    title: String,
    /// Its version, as the header `ETag` has it; changes send it back as `If-Match`.
    etag: String,
    timeline: TimelineSettings,
    /// What was asked for.
    wish: Wish,
    /// The sources of its picks, by asset.
    #[schemars(with = "BTreeMap<String, Source>")]
    sources: BTreeMap<AssetId, Source>,
    /// What is shown, in order.
    picks: Vec<PlacedPick>,
    duration_frames: i64,
    duration_millis: i64,
    /// What limits it, such as less material than was asked for.
    notes: Vec<String>,
    /// Which of `history` holds, from 0.
    revision: usize,
    /// Every state it was in; `manifest.json` has their picks.
    history: Vec<State>,
    can_undo: bool,
    can_redo: bool,
}

impl ReelSummary {
    pub(super) fn new(file: &ReelFile, library: &Library) -> Result<Self, Problem> {
        let name = file.name();
        let changed = std::fs::metadata(&file.path)
            .and_then(|file| file.modified())
            .ok()
            .and_then(|time| jiff::Timestamp::try_from(time).ok())
            .and_then(|time| jiff::Timestamp::from_second(time.as_second()).ok())
            .map(|time| time.to_string());
        let reel = match file.read() {
            Ok(reel) => reel,
            Err(error) => {
                return Ok(Self {
                    title: name.clone(),
                    etag: None,
                    name,
                    picks: 0,
                    duration_millis: 0,
                    changed,
                    revision: 0,
                    thumbnail: None,
                    problem: Some(told(&error)),
                });
            }
        };
        let placed = place(&reel);
        let thumbnail = match placed.first() {
            Some(first) => look_up(library, first)?.0,
            None => None,
        };
        Ok(Self {
            name,
            title: reel.title.clone(),
            etag: Some(version(&reel)),
            picks: placed.len(),
            duration_millis: millis(&reel, last_frame(&placed)),
            changed,
            revision: reel.current,
            thumbnail,
            problem: None,
        })
    }
}

impl ReelAnswer {
    /// The state that holds.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub(in crate::api) fn new(
        name: String,
        mut reel: Reel,
        library: &Library,
        caller: &Caller,
    ) -> Result<Self, Problem> {
        let etag = version(&reel);
        if !caller.sees_paths() {
            hide_paths(&mut reel);
        }
        let placed = place(&reel);
        let first = Timecode::parse(&reel.timeline.start_timecode, reel.timeline.rate).ok();
        let mut picks = Vec::with_capacity(placed.len());
        for one in &placed {
            let (thumbnail, media) = look_up(library, one)?;
            let record_timecode = first.map(|first| Timecode {
                frame_number: first.frame_number + one.record.start,
                ..first
            });
            picks.push(PlacedPick {
                pick: one.pick.clone(),
                position: one.index + 1,
                start_millis: one.source.millis_of(one.pick.in_frame),
                end_millis: one.source.millis_of(one.pick.out_frame),
                record_start_frame: one.record.start,
                record_end_frame: one.record.end,
                record_start_millis: millis(&reel, one.record.start),
                record_end_millis: millis(&reel, one.record.end),
                record_timecode: record_timecode
                    .map(|timecode| timecode.to_string())
                    .unwrap_or_default(),
                thumbnail,
                media,
            });
        }
        let duration_frames = last_frame(&placed);
        let revision = reel.revision();
        let is_child = |one: &crate::reel::Revision| one.parent == Some(reel.current);
        Ok(Self {
            name,
            etag,
            picks,
            duration_frames,
            duration_millis: millis(&reel, duration_frames),
            notes: revision.notes.clone(),
            revision: reel.current,
            can_undo: revision.parent.is_some(),
            can_redo: reel.revisions.iter().any(is_child),
            history: reel
                .revisions
                .iter()
                .map(|one| State {
                    parent: one.parent,
                    made: one.made.clone(),
                    change: one.change.clone(),
                })
                .collect(),
            title: reel.title,
            timeline: reel.timeline,
            wish: reel.wish,
            sources: reel.sources,
        })
    }
}

impl IntoResponse for ReelAnswer {
    fn into_response(self) -> Response {
        let tag = HeaderValue::from_str(&self.etag);
        let mut response = Json(self).into_response();
        if let Ok(tag) = tag {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// A picture of a pick, and whether its media are there.
fn look_up(
    library: &Library,
    placed: &Placed<'_>,
) -> Result<(Option<String>, Availability), Problem> {
    let catalog = library.store.catalog();
    let Some(asset) = catalog.asset_by_id(placed.pick.asset_id)? else {
        return Ok((None, Availability::Unknown));
    };
    let (start, end) = match placed.source.kind {
        SourceKind::Image => (0, 0),
        SourceKind::Video | SourceKind::Audio => (
            placed.source.millis_of(placed.pick.in_frame),
            placed.source.millis_of(placed.pick.out_frame),
        ),
    };
    let thumbnail = catalog.thumbnail_near(asset.key, TimeSpan::new(start, end))?;
    let media = match files::source(&asset.locations) {
        Ok(_) => Availability::Here,
        Err(_) if asset.locations.iter().any(|one| one.path.exists()) => Availability::Changed,
        Err(_) => Availability::Missing,
    };
    Ok((thumbnail.map(|path| thumbnail_address(&path)), media))
}

fn last_frame(placed: &[Placed<'_>]) -> i64 {
    placed.last().map_or(0, |last| last.record.end)
}

/// When a frame of the reel begins.
fn millis(reel: &Reel, frame: i64) -> i64 {
    let rate = reel.timeline.rate;
    let num = i128::from(frame) * i128::from(rate.den) * 1000;
    let den = i128::from(rate.num.max(1));
    ((num * 2 + den).div_euclid(den * 2)) as i64
}

/// What is wrong with a reel's file, without where it lies.
fn told(error: &ReelError) -> String {
    match error {
        ReelError::NotAReel { reason, .. } => reason.clone(),
        error => {
            tracing::warn!(
                code = error.code(),
                message = message_chain(error),
                "a reel can't be read"
            );
            "its file can't be read; the server's log says why".to_owned()
        }
    }
}

/// A query typed at the command line may name a picture file of this machine; its name is enough.
pub(super) fn hide_paths(reel: &mut Reel) {
    let shorten = |query: &mut String| {
        let Ok(read) = search::read(query) else {
            return;
        };
        for file in read.tree.picture_files() {
            let file = file.to_string();
            *query = query.replace(&file, &name_of(file.as_ref()));
        }
    };
    let sections = reel.wish.sections.iter_mut();
    let picks = reel.revisions.iter_mut().flat_map(|one| &mut one.picks);
    let queries = sections.map(|section| &mut section.query);
    let queries = queries.chain(picks.map(|pick| &mut pick.reason.query));
    queries.flatten().for_each(shorten);
}
