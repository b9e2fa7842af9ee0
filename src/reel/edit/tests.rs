use super::*;
use crate::{
    domain::Rational,
    reel::{
        fixtures::{film, pick, reel},
        manifest::Smoothing,
    },
};

const MADE: &str = "2024-08-01T12:00:00Z";

fn three() -> Reel {
    let rate = Rational::new(25, 1);
    let picks = vec![pick(1, 0, 50), pick(2, 100, 150), pick(3, 200, 250)];
    reel(rate, film(rate, 1000), picks)
}

fn order(reel: &Reel) -> Vec<u32> {
    reel.picks().iter().map(|pick| pick.id).collect()
}

fn refused(reel: &mut Reel, edit: &Edit) -> String {
    let before = reel.clone();
    let error = reel.apply(edit, MADE).unwrap_err();
    assert_eq!(*reel, before, "a refused change changes nothing");
    error.to_string()
}

#[test]
fn every_change_is_a_state_that_undo_and_redo_walk_through() {
    let mut reel = three();
    let first = reel.picks().to_vec();
    reel.apply(&Edit::Move { pick: 3, to: 1 }, MADE).unwrap();
    assert_eq!(order(&reel), [3, 1, 2]);
    reel.apply(&Edit::Drop { pick: 1 }, MADE).unwrap();
    assert_eq!(order(&reel), [3, 2]);
    reel.apply(&Edit::Undo, MADE).unwrap();
    reel.apply(&Edit::Undo, MADE).unwrap();
    assert_eq!(reel.picks(), first);
    assert!(refused(&mut reel, &Edit::Undo).contains("as it was first made"));
    reel.apply(&Edit::Redo, MADE).unwrap();
    assert_eq!(order(&reel), [3, 1, 2]);
    // Another way from here: redo goes the newer one, and the older is still in the file.
    reel.apply(&Edit::Drop { pick: 2 }, MADE).unwrap();
    reel.apply(&Edit::Undo, MADE).unwrap();
    reel.apply(&Edit::Redo, MADE).unwrap();
    assert_eq!(order(&reel), [3, 1]);
    assert_eq!(reel.revisions.len(), 4);
    assert!(refused(&mut reel, &Edit::Redo).contains("nothing was undone"));
}

#[test]
fn trims_stay_within_the_source_and_off_other_picks() {
    let mut reel = three();
    let trim = |in_frame, out_frame| Edit::Trim {
        pick: 2,
        in_frame,
        out_frame,
    };
    reel.apply(&trim(Some(60), None), MADE).unwrap();
    assert_eq!(
        (reel.picks()[1].in_frame, reel.picks()[1].out_frame),
        (60, 150)
    );
    assert_eq!(reel.picks()[1].in_timecode, "10:00:02:10");
    for (edit, reason) in [
        (trim(Some(49), None), "pick 1 shows frames 0 to 50"),
        (trim(None, Some(201)), "pick 3 shows"),
        (trim(Some(150), None), "nothing would be left"),
        (trim(Some(-1), None), "before the source's first frame"),
        (trim(Some(900), Some(1001)), "has 1000 frames"),
    ] {
        let told = refused(&mut reel, &edit);
        assert!(told.contains(reason), "{edit:?}: {told}");
    }
    reel.apply(&trim(Some(50), Some(200)), MADE).unwrap();
}

#[test]
fn what_does_not_exist_or_is_out_of_range_is_refused_with_the_reason() {
    let mut reel = three();
    let slow = |factor| Edit::Slow {
        pick: 1,
        slow_motion: Some(SlowMotion {
            factor,
            smoothing: Smoothing::Blend,
        }),
    };
    let named = |name: &str| Edit::Rename {
        pick: None,
        name: name.to_owned(),
    };
    for (edit, reason) in [
        (Edit::Drop { pick: 9 }, "the reel has the picks 1, 2, 3"),
        (Edit::Move { pick: 1, to: 4 }, "positions 1 to 3"),
        (Edit::Move { pick: 1, to: 0 }, "positions 1 to 3"),
        (slow(1), "factor from 2 to 8"),
        (slow(9), "factor from 2 to 8"),
        (
            Edit::Dissolve {
                pick: 1,
                frames: -1,
            },
            "0 to 1000",
        ),
        (named(" "), "it is empty"),
        (named("a\nb"), "control characters"),
        (named(&"x".repeat(201)), "more than 200"),
    ] {
        let told = refused(&mut reel, &edit);
        assert!(told.contains(reason), "{edit:?}: {told}");
    }
}

#[test]
fn names_and_lines_are_kept_as_typed() {
    let mut reel = three();
    let rename = |pick, name: &str| Edit::Rename {
        pick,
        name: name.to_owned(),
    };
    reel.apply(&rename(None, "Jürgens \"Bester\" & <Co>"), MADE)
        .unwrap();
    reel.apply(&rename(Some(2), " l'arrivée "), MADE).unwrap();
    let letter = |text: Option<&str>| Edit::Letter {
        pick: 2,
        text: text.map(str::to_owned),
    };
    reel.apply(&letter(Some("Zürich 12\"")), MADE).unwrap();
    assert_eq!(reel.title, "Jürgens \"Bester\" & <Co>");
    assert_eq!(reel.picks()[1].name, "l'arrivée");
    assert_eq!(reel.picks()[1].lower_third.as_deref(), Some("Zürich 12\""));
    reel.apply(&letter(None), MADE).unwrap();
    assert_eq!(reel.picks()[1].lower_third, None);
}

#[test]
fn new_picks_get_numbers_that_no_state_ever_had() {
    let mut reel = three();
    reel.apply(&Edit::Drop { pick: 3 }, MADE).unwrap();
    assert_eq!(reel.next_pick_id(), 4);
}
