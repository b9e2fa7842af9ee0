//! Requests to index and to render: queued, watched, stopped and resumed.

use std::{convert::Infallible, path::PathBuf, sync::Arc};

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast::error::RecvError, mpsc};
use tokio_stream::{Stream, wrappers::ReceiverStream};

use super::{
    access::{Caller, Scope},
    corrections::writable,
    endpoint::{Content, Endpoint, Routes, json},
    error::Problem,
    reels,
    state::{ApiState, Shared},
};
use crate::{
    app::{
        App,
        jobs::{JobError, JobKind, JobQueue, JobRecord, JobState, Outcome},
    },
    fault::AnyError,
    indexing::{Cancel, IndexReport, Job, Observer},
    store::StoreError,
};

/// Places in one request, at most.
const MAX_PATHS: usize = 100;

/// Longest name of a collection.
const MAX_NAME_CHARS: usize = 200;

/// Events that wait for a listener who reads slowly.
const QUEUED_EVENTS: usize = 16;

/// A request to index.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct JobRequest {
    /// Folders and files of the server, as absolute paths.
    paths: Vec<PathBuf>,
    /// Collection that newly found files belong to.
    collection: Option<String>,
    /// Pack of models, such as `fast`.
    models: Option<String>,
}

/// A request to index or to render, and how far it is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JobAnswer {
    job_id: u64,
    kind: JobKind,
    state: JobState,
    /// What is rendered; of jobs of the kind `render`.
    render: Option<RenderAnswer>,
    /// For those of the scope admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<Vec<String>>,
    collection: Option<String>,
    models: Option<String>,
    /// Files found so far.
    files: u64,
    /// Files done with in this run.
    done: u64,
    /// Files that something failed on.
    failed: u64,
    /// Files that were known and as they were.
    unchanged: u64,
    /// RFC 3339.
    started: Option<String>,
    /// RFC 3339.
    ended: Option<String>,
    /// Why it failed, or what limits what was found.
    message: Option<String>,
}

/// A reel that is rendered.
#[derive(Debug, Serialize, JsonSchema)]
struct RenderAnswer {
    /// The reel's name.
    reel: String,
    /// How much of it is done, 0 to 1.
    share: f32,
    /// Address of the film; absent before it is there.
    file: Option<String>,
}

/// Jobs, the latest last.
#[derive(Debug, Serialize, JsonSchema)]
struct Jobs {
    jobs: Vec<JobAnswer>,
}

impl JobAnswer {
    pub(super) fn new(job: JobRecord, caller: &Caller) -> Self {
        let message = match job.message {
            // Messages name the places that something failed on.
            Some(_) if job.state == JobState::Failed && !caller.sees_paths() => {
                Some("it failed; a token of the scope admin is told why".to_owned())
            }
            message => message,
        };
        let render = job.render.map(|task| RenderAnswer {
            file: (job.state == JobState::Done)
                .then(|| reels::film_address(&task.reel, job.job_id)),
            reel: task.reel,
            share: task.share,
        });
        Self {
            job_id: job.job_id,
            kind: job.kind,
            state: job.state,
            render,
            paths: (caller.sees_paths() && job.kind == JobKind::Index).then(|| {
                let paths = job.paths.iter();
                paths
                    .map(|path| path.to_string_lossy().into_owned())
                    .collect()
            }),
            collection: job.collection,
            models: job.models,
            files: job.files,
            done: job.done,
            failed: job.failed,
            unchanged: job.unchanged,
            started: job.started,
            ended: job.ended,
            message,
        }
    }

    fn event(job: JobRecord, caller: &Caller) -> Event {
        let event = Event::default().event("job");
        event
            .json_data(Self::new(job, caller))
            .unwrap_or_else(|_| Event::default().comment("unreadable"))
    }
}

/// Of jobs.
pub(super) fn routes() -> Routes {
    let mut add = Endpoint::post(
        "/jobs",
        "Index folders and files of the server",
        json::<JobRequest>(),
        json::<JobAnswer>(),
    );
    (add.scope, add.status) = (Scope::Admin, 202);
    let act = |path, summary| {
        let mut endpoint = Endpoint::post(path, summary, Content::Empty, json::<JobAnswer>());
        // For those that index the handler asks for more.
        endpoint.scope = Scope::Curate;
        endpoint
    };
    Routes::default()
        .add(add, add_one)
        .add(
            Endpoint::get("/jobs", "List jobs, the latest last", json::<Jobs>()),
            list,
        )
        .add(
            Endpoint::get(
                "/jobs/events",
                "Follow jobs: events `job`, first one for each job as it stands",
                Content::Other("text/event-stream"),
            ),
            events,
        )
        .add(
            Endpoint::get("/jobs/{job_id}", "How a job stands", json::<JobAnswer>()),
            one,
        )
        .add(
            act(
                "/jobs/{job_id}/pause",
                "Hold a job; what it has indexed stays",
            ),
            async |state, caller, id| change(state, caller, id, JobQueue::pause).await,
        )
        .add(
            act("/jobs/{job_id}/resume", "Let a paused job go on"),
            async |state, caller, id| change(state, caller, id, JobQueue::resume).await,
        )
        .add(
            act(
                "/jobs/{job_id}/cancel",
                "Give a job up; what it has indexed stays",
            ),
            async |state, caller, id| change(state, caller, id, JobQueue::cancel).await,
        )
        .add(
            act(
                "/jobs/{job_id}/retry",
                "Run an ended job once more, with what failed in it",
            ),
            async |state, caller, id| change(state, caller, id, JobQueue::retry).await,
        )
}

async fn add_one(
    State(state): State<Shared>,
    caller: Caller,
    body: Result<Json<JobRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<JobAnswer>), Problem> {
    let Json(request) = body.map_err(|error| Problem::bad_request(error.body_text()))?;
    let job = tokio::task::spawn_blocking(move || accept(&state, request))
        .await
        .map_err(|_| Problem::broken())??;
    Ok((StatusCode::ACCEPTED, Json(JobAnswer::new(job, &caller))))
}

/// Queues a request that can be worked off.
fn accept(state: &ApiState, request: JobRequest) -> Result<JobRecord, Problem> {
    if request.paths.is_empty() || request.paths.len() > MAX_PATHS {
        return Err(Problem::bad_request(format!(
            "`paths` names 1 to {MAX_PATHS} folders or files"
        )));
    }
    let settings = &state.app.settings;
    let mut paths = Vec::with_capacity(request.paths.len());
    for path in request.paths {
        let refused = |reason: &str| JobError::Place {
            path: path.clone(),
            reason: reason.to_owned(),
        };
        if !path.is_absolute() {
            return Err(refused("it is not absolute").into());
        }
        let real = std::fs::canonicalize(&path).map_err(|error| refused(&error.to_string()))?;
        for own in [&settings.library, &settings.models_dir] {
            if real.starts_with(own.canonicalize().as_ref().unwrap_or(own)) {
                return Err(refused("it belongs to Reeldex itself").into());
            }
        }
        paths.push(real);
    }
    let collection = request.collection.map(|name| name.trim().to_owned());
    let collection = collection.filter(|name| !name.is_empty());
    let is_odd =
        |name: &String| name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control);
    if collection.as_ref().is_some_and(is_odd) {
        return Err(Problem::bad_request(format!(
            "the name of a collection has at most {MAX_NAME_CHARS} signs, none of them control characters"
        )));
    }
    if let Some(pack) = &request.models {
        drop(settings.clone().with_pack(pack)?);
    }
    match state.library() {
        Ok(library) => writable(&library)?,
        // The job will make it.
        Err(error) if error.code() == "library_missing" => {}
        Err(error) => return Err(error.into()),
    }
    Ok(state.jobs.add(paths, collection, request.models)?)
}

async fn list(State(state): State<Shared>, caller: Caller) -> Json<Jobs> {
    let (jobs, _) = state.jobs.watch();
    Json(Jobs {
        jobs: jobs
            .into_iter()
            .map(|job| JobAnswer::new(job, &caller))
            .collect(),
    })
}

async fn one(
    State(state): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<JobAnswer>, Problem> {
    let job = state.jobs.job(number(&id)?)?;
    Ok(Json(JobAnswer::new(job, &caller)))
}

async fn change(
    State(state): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    act: fn(&JobQueue, u64) -> Result<JobRecord, JobError>,
) -> Result<Json<JobAnswer>, Problem> {
    let id = number(&id)?;
    if state.jobs.job(id)?.kind == JobKind::Index {
        caller.require(Scope::Admin)?;
    }
    let job = tokio::task::spawn_blocking(move || act(&state.jobs, id))
        .await
        .map_err(|_| Problem::broken())??;
    Ok(Json(JobAnswer::new(job, &caller)))
}

pub(super) fn number(id: &str) -> Result<u64, Problem> {
    id.parse()
        .map_err(|_| Problem::not_found("there is no such job"))
}

async fn events(
    State(state): State<Shared>,
    caller: Caller,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (sender, receiver) = mpsc::channel(QUEUED_EVENTS);
    tokio::spawn(async move {
        let mut stopping = state.stopping.subscribe();
        let (mut jobs, mut changes) = state.jobs.watch();
        loop {
            for job in jobs.drain(..) {
                if sender
                    .send(Ok(JobAnswer::event(job, &caller)))
                    .await
                    .is_err()
                {
                    return;
                }
            }
            let change = tokio::select! {
                change = changes.recv() => change,
                _ = stopping.recv() => return,
                () = sender.closed() => return,
            };
            match change {
                Ok(job) => jobs.push(job),
                // Who lags behind is told anew how everything stands.
                Err(RecvError::Lagged(_)) => (jobs, changes) = state.jobs.watch(),
                Err(RecvError::Closed) => return,
            }
        }
    });
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default())
}

/// Works jobs that index off until the queue is closed; blocks.
pub(super) fn work_off(state: &Shared) {
    state
        .jobs
        .work_off(JobKind::Index, &|job, cancel, progress| {
            Ok(Outcome::from(index(state, job, cancel, progress)?))
        });
}

fn index(
    state: &ApiState,
    job: &JobRecord,
    cancel: &Arc<Cancel>,
    observer: &dyn Observer,
) -> Result<IndexReport, AnyError> {
    let library = state.library_or_new()?;
    if !library.is_writer {
        return Err(StoreError::Busy {
            directory: state.app.settings.library.clone(),
        }
        .into());
    }
    let mut settings = state.app.settings.clone();
    if let Some(pack) = &job.models {
        settings = settings.with_pack(pack)?;
    }
    if let Some(collection) = &job.collection {
        settings.index.collection.clone_from(collection);
    }
    settings.index.retry_failed = job.retries_failed;
    let app = App::new(settings, Arc::clone(cancel));
    let places = Job {
        roots: job.paths.clone(),
        scan: app.scan_settings(),
    };
    let report = app.index_into(&library.store, &places, observer)?;
    state.renew_models(&library)?;
    Ok(report)
}
