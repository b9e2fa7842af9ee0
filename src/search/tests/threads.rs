//! One library, searched by several threads at once.

use std::sync::Arc;

use super::{library::query, operators::archive};
use crate::{
    search::Searcher,
    store::{Access, Store},
};

fn is_shared_by_threads<T: Send + Sync>() {}

#[test]
fn threads_share_a_library_and_get_the_same_answers() {
    is_shared_by_threads::<Store>();
    is_shared_by_threads::<Searcher<'static>>();
    let library = archive();
    for access in [Access::Write, Access::Read] {
        let reader = library.reader();
        let store = if access == Access::Write {
            &library.store
        } else {
            &reader
        };
        let answers: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(move || {
                        let searcher = Searcher {
                            store,
                            picture: None,
                            passage: None,
                        };
                        let texts = [
                            "archery",
                            "said:bow then said:arrow within 1m",
                            "gold OR or",
                        ];
                        let answers = (0..30).map(|round| {
                            let mut answer = searcher.search(&query(texts[round % 3])).unwrap();
                            answer.took_millis = 0;
                            answer
                        });
                        answers.collect::<Vec<_>>()
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert!(answers[0].iter().all(|answer| !answer.moments.is_empty()));
    }
    // What the server does: it holds the library for as long as a request needs it.
    let shared: Arc<Store> = Arc::new(library.reader());
    let store = Arc::clone(&shared);
    let found = std::thread::spawn(move || store.words_beginning("arch", &[], 3).is_ok());
    assert!(found.join().unwrap());
}
