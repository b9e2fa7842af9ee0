//! Films made of reels: begun as jobs, and played or saved when they are there.

use std::path::PathBuf;

use axum::{
    Json,
    extract::{Path, Request, State, rejection::JsonRejection},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};

use super::{address, exports::saved_as, making::read_reel};
use crate::{
    api::{
        access::{Caller, Scope},
        endpoint::{Content, Endpoint, Routes, json},
        error::Problem,
        files::answer_with,
        jobs::{JobAnswer, number},
        state::{ApiState, Shared},
    },
    app::jobs::{JobError, JobKind, JobProgress, JobRecord, JobState, Outcome, RenderTask},
    fault::AnyError,
    indexing::Cancel,
    media::DecodePool,
    reel::{
        Check, ReelError, Whereabouts,
        render::{Progress, RenderSettings, Stage, Workshop, render},
        rights,
    },
};

/// How much of the work is rendering; the rest joins the parts.
const RENDERING_SHARE: f32 = 0.9;

/// Where the film of a job is found.
pub(in crate::api) fn film_address(reel: &str, job_id: u64) -> String {
    format!("{}/renders/{job_id}/file", address(reel))
}

pub(super) fn routes() -> Routes {
    let mut begin = Endpoint::post(
        "/reels/{name}/renders",
        "Render the reel as it stands; the job tells its progress",
        json::<RenderSettings>(),
        json::<JobAnswer>(),
    );
    (begin.scope, begin.status) = (Scope::Curate, 202);
    let film = Endpoint::get(
        "/reels/{name}/renders/{job_id}/file",
        "A rendered film, whole or by range",
        Content::Other("video/mp4"),
    );
    Routes::default().add(begin, begin_one).add(film, give_film)
}

async fn begin_one(
    State(state): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    body: Result<Json<RenderSettings>, JsonRejection>,
) -> Result<(StatusCode, Json<JobAnswer>), Problem> {
    let Json(settings) = body.map_err(|error| Problem::bad_request(error.body_text()))?;
    let queued = state.on_a_core(move |state, library| {
        let (file, reel) = read_reel(state, &name)?;
        let catalog = library.store.catalog();
        // What would fail at once is told at once.
        rights::check(&reel, catalog)?;
        let whereabouts = Whereabouts::of(catalog, &reel, Check::Stamp)?;
        for pick in reel.picks() {
            if let Some(source) = reel.sources.get(&pick.asset_id) {
                whereabouts.file_of(pick, source)?;
            }
        }
        let task = RenderTask {
            file: format!("{}.{}", file.name(), settings.codec.extension()),
            reel: file.name(),
            settings,
            share: 0.0,
        };
        Ok(state.jobs.add_render(task, &reel)?)
    });
    let job = queued.await?;
    Ok((StatusCode::ACCEPTED, Json(JobAnswer::new(job, &caller))))
}

/// Works renderings off until the queue is closed; blocks.
pub(in crate::api) fn work_off(state: &Shared) {
    state
        .jobs
        .work_off(JobKind::Render, &|job, cancel, progress| {
            make_film(state, job, cancel, progress)
        });
}

fn make_film(
    state: &ApiState,
    job: &JobRecord,
    cancel: &Cancel,
    progress: &JobProgress<'_>,
) -> Result<Outcome, AnyError> {
    let task = job
        .render
        .as_ref()
        .ok_or(JobError::Unknown { id: job.job_id })?;
    let library = state.library()?;
    let catalog = library.store.catalog();
    let reel = state.jobs.snapshot(job.job_id).read()?;
    // What was marked since it was queued counts too.
    rights::check(&reel, catalog)?;
    let whereabouts = Whereabouts::of(catalog, &reel, Check::Stamp)?;
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let pool = DecodePool::new(cores, state.app.settings.limits);
    let workshop = Workshop::in_library(&pool, &state.app.settings.library);
    let film = state.jobs.render_folder(job.job_id).join(&task.file);
    let mut tell = |now: Progress| {
        let share = now.done_pictures as f32 / now.pictures.max(1) as f32;
        progress.rendered(match now.stage {
            Stage::Rendering => share * RENDERING_SHARE,
            Stage::Joining => RENDERING_SHARE + share * (1.0 - RENDERING_SHARE),
        });
    };
    let rendered = render(
        &reel,
        &whereabouts,
        &task.settings,
        &film,
        &workshop,
        &mut tell,
        &|| cancel.is_requested(),
    );
    match rendered {
        Ok(rendered) => Ok(Outcome::Rendered(rendered.warnings)),
        Err(ReelError::Interrupted { .. }) => Ok(Outcome::Interrupted),
        Err(error) => Err(error.into()),
    }
}

async fn give_film(
    State(state): State<Shared>,
    Path((name, id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let none = || Problem::not_found("there is no such film");
    let job = state.jobs.job(number(&id)?)?;
    let task = job
        .render
        .filter(|task| task.reel == name)
        .ok_or_else(none)?;
    if job.state != JobState::Done {
        return Err(Problem::not_found("the film is not there yet")
            .hint("the job tells how far it is: GET /jobs/{job_id}"));
    }
    let path: PathBuf = state.jobs.render_folder(job.job_id).join(&task.file);
    let mut response = answer_with(&path, request).await?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, saved_as(&task.file)?);
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    Ok(response)
}
