//! Listens, and ends in order.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::StatusCode,
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
};

use super::{
    ServeError, access, connections,
    error::Problem,
    jobs, metrics, page, reels, routes,
    search::MAX_JSON_BYTES,
    state::{ApiState, Shared},
    tokens::Tokens,
    upload, warm_up,
};
use crate::{app::App, fault::AnyError, store::Access};

/// Until an answer begins; what is streamed may then take as long as its reader does.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// How long open requests have when the server is asked to stop.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Serves until the process is asked to stop; `listening` is told the address once it is bound.
///
/// # Errors
/// When the address can't be listened on, or other machines could reach it and there is no token.
pub fn serve(
    app: App,
    address: SocketAddr,
    listening: &mut dyn FnMut(SocketAddr),
) -> Result<(), AnyError> {
    let is_loopback = address.ip().is_loopback();
    let tokens = Tokens::open(&app.settings.library)?;
    if !is_loopback && tokens.list().is_empty() {
        return Err(ServeError::Unprotected {
            address: address.to_string(),
        }
        .into());
    }
    upload::sweep(&app.settings.library);
    let listen_error = |source| ServeError::Listen {
        address: address.to_string(),
        source,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(listen_error)?;
    let state = Arc::new(ApiState::new(app, is_loopback, tokens, Access::Write));
    let for_jobs = Arc::clone(&state);
    let indexer = std::thread::spawn(move || jobs::work_off(&for_jobs));
    let for_films = Arc::clone(&state);
    let renderer = std::thread::spawn(move || reels::work_off(&for_films));
    let ended = runtime.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(listen_error)?;
        listening(listener.local_addr().map_err(listen_error)?);
        let early = Arc::clone(&state);
        tokio::task::spawn_blocking(move || warm_up::warm_up(&early));
        let early = Arc::clone(&state.previews);
        tokio::task::spawn_blocking(move || early.warm_up());
        let stopping = Arc::clone(&state);
        let stop = async move {
            asked_to_stop().await;
            // Streams that would never end are told to.
            let _ = stopping.stopping.send(());
            stopping.jobs.close();
        };
        let mut stopped = state.stopping.subscribe();
        tokio::select! {
            () = connections::serve(listener, router(Arc::clone(&state)), stop) => (),
            () = async move {
                let _ = stopped.recv().await;
                tokio::time::sleep(STOP_WITHIN).await;
            } => (),
        }
        Ok::<_, ServeError>(())
    });
    state.jobs.close();
    runtime.shutdown_timeout(STOP_WITHIN);
    // The jobs in hand end in order, so that the library is left without anything to repair.
    for (work, worker) in [("indexes", indexer), ("renders", renderer)] {
        if worker.join().is_err() {
            tracing::error!("the thread that {work} ended early");
        }
    }
    Ok(ended?)
}

/// All routes with what holds for every request.
fn router(state: Shared) -> Router {
    let compress = DefaultPredicate::new()
        .and(NotForContentType::const_new("video/"))
        .and(NotForContentType::const_new("audio/"))
        .and(NotForContentType::const_new("application/octet-stream"))
        .and(NotForContentType::const_new("text/event-stream"));
    page::router()
        .merge(routes().router)
        .fallback(async || Problem::not_found("there is nothing at this address"))
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this address does not take that method",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .route_layer(from_fn_with_state(Arc::clone(&state), metrics::count))
        .layer(from_fn(page::tag))
        .layer(from_fn_with_state(Arc::clone(&state), access::check))
        .layer(from_fn(in_time))
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| Problem::broken().into_response(),
        ))
        .layer(CompressionLayer::new().compress_when(compress))
        .layer(from_fn(page::protect))
        .with_state(state)
}

/// Lets no caller wait for an answer longer than they would.
async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::late().into_response(),
    }
}

/// Ends when the process gets SIGINT or SIGTERM.
async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        let _ = interrupt.await;
        return;
    };
    tokio::select! {
        _ = interrupt => (),
        _ = terminate.recv() => (),
    }
}
