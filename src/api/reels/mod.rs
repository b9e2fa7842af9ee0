//! Reels: listed, made, looked at, changed, handed over and rendered.
//!
//! A reel is a file of the library; its version, an `ETag`, is a hash of what the file says, so
//! that a change by anybody, the command line included, is seen by who looked at it before.

mod answers;
mod changes;
mod exports;
mod making;
mod renders;
mod request;
mod shelf;

use axum::http::{HeaderMap, StatusCode, header};

use super::{endpoint::Routes, error::Problem, state::ApiState};
use crate::reel::{Reel, ReelFile};

pub(super) use answers::ReelAnswer;
pub(super) use making::{make_reel, read_reel};
pub(super) use renders::{film_address, work_off};
pub(super) use request::ReelRequest;

/// Of reels.
pub(super) fn routes() -> Routes {
    shelf::routes()
        .with(making::routes())
        .with(changes::routes())
        .with(exports::routes())
        .with(renders::routes())
}

/// The file of the reel that an address names.
///
/// # Errors
/// When no reel can have that name, so that there is none.
pub(super) fn file(state: &ApiState, name: &str) -> Result<ReelFile, Problem> {
    ReelFile::named(&state.app.settings.library, name)
        .map_err(|_| Problem::not_found("there is no reel of that name"))
}

/// The address of a reel.
fn address(name: &str) -> String {
    format!("/reels/{}", exports::percent_encoded(name))
}

/// Now, to the second, RFC 3339.
pub(super) fn now() -> String {
    jiff::Timestamp::from_second(jiff::Timestamp::now().as_second())
        .unwrap_or_default()
        .to_string()
}

/// The version of a reel, as an `ETag` spells it.
fn version(reel: &Reel) -> String {
    let text = serde_json::to_vec(reel).unwrap_or_default();
    format!("\"{}\"", &blake3::hash(&text).to_hex()[..32])
}

/// Refuses to change a reel that is no longer what the caller saw, or that the caller does not say
/// to have seen (RFC 6585, section 3): it may be another editor's work that is lost.
fn check_version(headers: &HeaderMap, reel: &Reel) -> Result<(), Problem> {
    let Some(seen) = headers.get(header::IF_MATCH) else {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "version_missing",
            "a change says which version of the reel it is made to",
        )
        .hint("send the `ETag` of the reel as `If-Match`, or `If-Match: *` for whatever it is"));
    };
    let known = version(reel);
    let mut tags = seen.to_str().unwrap_or_default().split(',').map(str::trim);
    if tags.any(|tag| tag == "*" || tag == known) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "reel_changed",
        "the reel was changed meanwhile",
    )
    .hint("look at it anew, then make the change again"))
}

/// Changes a reel: read, checked against what the caller saw, changed and written, with no other
/// request in between.
fn rewrite(
    state: &ApiState,
    name: &str,
    headers: &HeaderMap,
    change: impl FnOnce(&mut Reel) -> Result<(), Problem>,
) -> Result<(ReelFile, Reel), Problem> {
    let _turn = state.reels();
    let file = file(state, name)?;
    let mut reel = file.read()?;
    check_version(headers, &reel)?;
    change(&mut reel)?;
    file.write(&reel)?;
    Ok((file, reel))
}
