//! Operators of time over a library without models.

use super::{
    library::query,
    operators::{NOTHING, archive, found, row},
};
use crate::search::Searcher;

#[test]
fn one_after_the_other_is_one_moment_from_first_to_last() {
    let library = archive();
    let text = "\"draws the bow\" then \"hits the gold\"";
    assert_eq!(found(&library, text), [row("final.mxf", 1, 64)]);
    assert_eq!(
        found(&library, &format!("{text} within 57s")),
        [row("final.mxf", 1, 64)]
    );
    assert_eq!(found(&library, &format!("{text} within 56s")), NOTHING);
    assert_eq!(
        found(&library, "\"hits the gold\" then \"draws the bow\""),
        NOTHING
    );
    assert_eq!(
        found(
            &library,
            "said:bow then tag:stadium then said:arrow within 1m"
        ),
        [row("final.mxf", 1, 64)]
    );
    // Of two shots the later one is kept, for it lies nearer.
    assert_eq!(
        found(
            &library,
            "tag:(archery OR stadium) then said:arrow within 1m"
        ),
        [row("final.mxf", 9, 64)]
    );
    let answer = library.search(text);
    assert_eq!(answer.moments[0].evidence.len(), 2);
}

#[test]
fn what_lies_inside_or_shares_time_is_found_with_what_it_lies_in() {
    let library = archive();
    assert_eq!(
        found(&library, "said:bow during tag:archery"),
        [row("final.mxf", 1, 4)]
    );
    assert_eq!(found(&library, "tag:archery during said:bow"), NOTHING);
    assert_eq!(found(&library, "said:bow during text:record"), NOTHING);
    assert_eq!(
        found(&library, "said:bow overlaps text:record"),
        [row("final.mxf", 1, 7)]
    );
    assert_eq!(found(&library, "said:arrow overlaps text:record"), NOTHING);
}

#[test]
fn what_lies_too_near_to_something_is_left_out() {
    let library = archive();
    assert_eq!(
        found(&library, "tag:archery not said:bow within 10s"),
        [row("final.mxf", 60, 66), row("rain.jpg", 0, 0)]
    );
    assert_eq!(
        found(&library, "tag:stadium not said:bow within 5s"),
        NOTHING
    );
    assert_eq!(
        found(&library, "tag:stadium not said:bow within 4999ms"),
        [row("final.mxf", 9, 30)]
    );
}

#[test]
fn operators_of_time_combine_with_conditions_words_and_each_other() {
    let library = archive();
    let sequence = "(said:bow then said:arrow within 1m)";
    assert_eq!(found(&library, &format!("{sequence} is:video")).len(), 1);
    assert_eq!(found(&library, &format!("{sequence} is:audio")), NOTHING);
    assert_eq!(
        found(&library, &format!("{sequence} text:(record OR x)")),
        [row("final.mxf", 1, 64)]
    );
    assert_eq!(
        found(&library, &format!("{sequence} text:(submarine OR x)")),
        NOTHING
    );
    assert_eq!(found(&library, &format!("{sequence} -record")), NOTHING);
    assert_eq!(
        found(&library, &format!("{sequence} submarine")),
        [row("final.mxf", 1, 64)]
    );
    assert_eq!(
        found(&library, &format!("{sequence} OR \"médaille d'or\"")),
        [row("final.mxf", 1, 64), row("interview.wav", 5, 8)]
    );
    // Of sequences that share time, one is shown.
    assert_eq!(
        found(
            &library,
            &format!("{sequence} OR (said:bow overlaps text:record)")
        )
        .len(),
        1
    );
    assert_eq!(
        found(
            &library,
            "(said:bow overlaps text:record) then said:arrow within 1m"
        ),
        [row("final.mxf", 1, 64)]
    );
    assert_eq!(found(&library, &format!("{sequence} longer:64s")), NOTHING);
}

#[test]
fn a_join_is_accounted_for() {
    let library = archive();
    let searcher = Searcher {
        store: &library.store,
        picture: None,
        passage: None,
    };
    let text = "said:bow then said:arrow within 1m";
    let explanation = searcher.explain(&query(text), &[]).unwrap().1;
    let last = explanation.asked.last().unwrap();
    assert_eq!((last.question.as_str(), last.source), (text, "time"));
    assert_eq!((last.candidates, last.weight), (1, None));
}
