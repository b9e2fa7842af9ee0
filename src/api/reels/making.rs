//! Reels made out of a wish, brought up to date, and their picks replaced or added to.

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    ReelAnswer, file,
    request::{ReelRequest, title_of, wish_of},
    rewrite,
};
use crate::{
    api::{
        access::{Caller, Scope},
        endpoint::{Content, Endpoint, Routes, json},
        error::Problem,
        state::{ApiState, Library, Shared, searcher},
    },
    app::ReelOptions,
    reel::{self, Pick, Reel, ReelDiff, ReelFile, Stretch, Wish},
};

/// A reel brought up to date.
#[derive(Debug, Serialize, JsonSchema)]
struct Updated {
    reel: ReelAnswer,
    /// What is different now.
    changes: ReelDiff,
}

pub(super) fn routes() -> Routes {
    let mut make = Endpoint::post(
        "/reels",
        "Compile a reel out of a wish: queries or the best there is, at most so long",
        json::<ReelRequest>(),
        json::<ReelAnswer>(),
    );
    (make.scope, make.status) = (Scope::Curate, 201);
    let mut update = Endpoint::post(
        "/reels/{name}/update",
        "Compile the reel's wish again, as after new material; what is locked stays",
        Content::Empty,
        json::<Updated>(),
    );
    update.scope = Scope::Curate;
    let mut replace = Endpoint::post(
        "/reels/{name}/picks/{pick}/replace",
        "Put the next best moment in the place of a pick",
        Content::Empty,
        json::<ReelAnswer>(),
    );
    replace.scope = Scope::Curate;
    Routes::default()
        .add(make, make_one)
        .add(update.if_match(), bring_up_to_date)
        .add(replace.if_match(), replace_one)
}

async fn make_one(
    State(state): State<Shared>,
    caller: Caller,
    body: Result<Json<ReelRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(request) = body.map_err(|error| Problem::bad_request(error.body_text()))?;
    let made = state.on_a_core(move |state, library| {
        let (file, reel) = make_reel(state, library, request)?;
        ReelAnswer::new(file.name(), reel, library, &caller)
    });
    let answer = made.await?;
    let address = HeaderValue::from_str(&super::address(&answer.name));
    let mut response = (StatusCode::CREATED, answer).into_response();
    if let Ok(address) = address {
        response.headers_mut().insert(header::LOCATION, address);
    }
    Ok(response)
}

/// Compiles a reel and keeps it under a name that no other has.
///
/// # Errors
/// When the wish is none, nothing fits it, or there is a reel of that name.
pub(in crate::api) fn make_reel(
    state: &ApiState,
    library: &Library,
    request: ReelRequest,
) -> Result<(ReelFile, Reel), Problem> {
    let folder = &state.app.settings.library;
    let named = match &request.name {
        Some(name) => Some(ReelFile::named(folder, name)?.unless_taken()?),
        None => None,
    };
    let title = title_of(&request);
    let is_by_hand = request.is_by_hand();
    let reel = compile(state, library, &wish_of(request)?, &title, is_by_hand)?;
    let _turn = state.reels();
    let file = match named {
        // Another request may have taken the name meanwhile.
        Some(file) => file.unless_taken()?,
        None => ReelFile::for_title(folder, &title)?,
    };
    file.write(&reel)?;
    // Its timecodes follow its frames.
    let reel = file.read()?;
    Ok((file, reel))
}

/// Gives picks the very frames that were chosen by hand, off the edges of shots and words.
fn as_given(reel: &mut Reel) {
    let Some(revision) = reel.revisions.last_mut() else {
        return;
    };
    let mut left: Vec<&Stretch> = reel.wish.given.iter().collect();
    for pick in &mut revision.picks {
        let Some(source) = reel.sources.get(&pick.asset_id) else {
            continue;
        };
        let (start, end) = (
            source.millis_of(pick.in_frame),
            source.millis_of(pick.out_frame),
        );
        // A still is the same at any time.
        let shared = |stretch: &Stretch| match source.frames {
            0 => 1,
            _ => stretch.end_millis.min(end) - stretch.start_millis.max(start),
        };
        let of_source = left
            .iter()
            .enumerate()
            .filter(|(_, stretch)| stretch.asset_id == pick.asset_id && shared(stretch) > 0);
        // Of several stills the first; of stretches the one that it shares most with.
        let Some((at, _)) = of_source.rev().max_by_key(|(_, stretch)| shared(stretch)) else {
            continue;
        };
        let stretch = left.remove(at);
        let last = if source.frames > 0 {
            source.frames
        } else {
            i64::MAX
        };
        pick.in_frame = source.frame_at(stretch.start_millis).clamp(0, last - 1);
        pick.out_frame = source
            .frame_at(stretch.end_millis)
            .clamp(pick.in_frame + 1, last);
    }
    let count = left.len();
    revision.notes.clear();
    if count > 0 {
        revision
            .notes
            .push(format!("{count} of those chosen by hand can't be shown"));
    }
}

fn compile(
    state: &ApiState,
    library: &Library,
    wish: &Wish,
    title: &str,
    is_by_hand: bool,
) -> Result<Reel, Problem> {
    let models = library.models();
    let settings = state.app.compile_settings(wish, &ReelOptions::default())?;
    let mut reel = reel::compile(&searcher(library, &models)?, wish, title, &settings)?;
    if is_by_hand {
        as_given(&mut reel);
    } else if let Some(revision) = reel.revisions.last_mut() {
        revision.notes.extend(models.demonstration_note());
    }
    Ok(reel)
}

async fn bring_up_to_date(
    State(state): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let updated = state.on_a_core(move |state, library| {
        let models = library.models();
        let mut changes = ReelDiff::default();
        let (file, reel) = rewrite(state, &name, &headers, |reel| {
            let options = ReelOptions::default();
            let settings = state.app.compile_settings(&reel.wish, &options)?;
            (*reel, changes) = reel::update(&searcher(library, &models)?, reel, &settings)?;
            Ok(())
        })?;
        Ok(Updated {
            reel: ReelAnswer::new(file.name(), reel, library, &caller)?,
            changes,
        })
    });
    Ok(Json(updated.await?).into_response())
}

async fn replace_one(
    State(state): State<Shared>,
    caller: Caller,
    Path((name, pick)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<ReelAnswer, Problem> {
    let number: u32 = pick
        .parse()
        .map_err(|_| Problem::not_found("there is no such pick"))?;
    let replaced = state.on_a_core(move |state, library| {
        let models = library.models();
        let (file, reel) = rewrite(state, &name, &headers, |reel| {
            if reel.picks().iter().all(|pick| pick.id != number) {
                return Err(Problem::not_found("there is no such pick"));
            }
            let options = ReelOptions::default();
            let settings = state.app.compile_settings(&reel.wish, &options)?;
            *reel = reel::replace(&searcher(library, &models)?, reel, number, &settings)?;
            Ok(())
        })?;
        ReelAnswer::new(file.name(), reel, library, &caller)
    });
    replaced.await
}

/// Puts stretches at the end of a reel, cut and named as those of a wish are.
///
/// # Errors
/// When a stretch is none, or none of them can be shown.
pub(super) fn lengthen(
    state: &ApiState,
    library: &Library,
    reel: &mut Reel,
    stretches: Vec<Stretch>,
) -> Result<(), Problem> {
    let wish = wish_of(ReelRequest {
        given: stretches,
        handle_millis: Some(reel.wish.handle_millis),
        ..ReelRequest::default()
    })?;
    let models = library.models();
    let mut settings = state.app.compile_settings(&wish, &ReelOptions::default())?;
    settings.rate = Some(reel.timeline.rate);
    settings.size = Some((reel.timeline.width, reel.timeline.height));
    let mut more = reel::compile(&searcher(library, &models)?, &wish, &reel.title, &settings)?;
    as_given(&mut more);
    let next = reel.next_pick_id();
    let fresh = more
        .picks()
        .iter()
        .zip(next..)
        .map(|(pick, id)| Pick { id, ..pick.clone() });
    let mut picks = reel.picks().to_vec();
    let count = picks.len();
    picks.extend(fresh);
    let change = format!("add {} picks", picks.len() - count);
    for (id, source) in &more.sources {
        reel.sources.entry(*id).or_insert_with(|| source.clone());
    }
    reel.commit(picks, change, more.revision().notes.clone(), &super::now());
    Ok(())
}

/// The reel of that name.
///
/// # Errors
/// When there is none, or it can't be read.
pub(in crate::api) fn read_reel(state: &ApiState, name: &str) -> Result<(ReelFile, Reel), Problem> {
    let file = file(state, name)?;
    let reel = file.read()?;
    Ok((file, reel))
}
