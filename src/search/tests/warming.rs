//! Searches ahead of those of people.

use super::{
    library::{Library, query},
    operators::archive,
};
use crate::search::Searcher;

fn searcher(library: &Library) -> Searcher<'_> {
    Searcher {
        store: &library.store,
        picture: None,
        passage: None,
    }
}

#[test]
fn warming_up_ends_by_itself_and_changes_nothing() {
    let library = archive();
    let before = searcher(&library).search(&query("archery")).unwrap();
    let searches = searcher(&library).warm_up(&mut || true).unwrap();
    assert!(searches >= 40, "{searches}");
    let after = searcher(&library).search(&query("archery")).unwrap();
    assert_eq!(after.moments, before.moments);
}

#[test]
fn warming_up_ends_when_it_is_told_to() {
    let library = archive();
    let mut left = 7;
    let mut goes_on = || {
        left -= 1;
        left >= 0
    };
    let searches = searcher(&library).warm_up(&mut goes_on).unwrap();
    assert!(searches <= 7, "{searches}");
    assert_eq!(left, -1);
    assert_eq!(searcher(&library).warm_up(&mut || false).unwrap(), 0);
    // Nothing is there to search for.
    assert!(searcher(&Library::new()).warm_up(&mut || true).is_ok());
}
