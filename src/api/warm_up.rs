//! What a server does before its first search, so that this one need not wait for the disk.

use std::time::{Duration, Instant};

use super::state::ApiState;
use crate::search::Searcher;

/// How long it searches ahead at most: who asks meanwhile has a core, and what is read helps them too.
const WITHIN: Duration = Duration::from_secs(15);

/// How long it holds still while requests have work for the cores.
const STAND_ASIDE: Duration = Duration::from_millis(50);

/// Opens the library and searches it on one core, as long as nobody else does and that makes
/// searches faster.
pub(super) fn warm_up(state: &ApiState) {
    let started = Instant::now();
    let mut stopping = state.stopping.subscribe();
    // Should it not open, the first request says why.
    let Ok(library) = state.library() else {
        return;
    };
    library.store.read_ahead();
    // A reader beside another process compares all vectors with each other, from the catalogue.
    if !library.is_writer {
        return;
    }
    let searcher = Searcher {
        store: &library.store,
        picture: None,
        passage: None,
    };
    let mut may_go_on = || {
        loop {
            if stopping.try_recv().is_ok() || started.elapsed() > WITHIN {
                return false;
            }
            if state.is_idle() {
                return true;
            }
            std::thread::sleep(STAND_ASIDE);
        }
    };
    match searcher.warm_up(&mut may_go_on) {
        Ok(searches) => {
            tracing::debug!(searches, took = ?started.elapsed(), "the library is warm");
        }
        Err(error) => tracing::debug!(%error, "the library was not searched ahead"),
    }
}
