//! Compilations of a library that is made up for the purpose are in `tests/integration/reels.rs`; here is
//! what needs no library.

use super::{update::ReelDiff, *};
use crate::{
    domain::{AssetId, Rational},
    reel::{
        Edit,
        fixtures::{asset, film, pick, reel},
        manifest::{Section, Stretch},
    },
};

fn stretch(id: AssetId, start_millis: i64, end_millis: i64) -> Stretch {
    Stretch {
        asset_id: id,
        start_millis,
        end_millis,
    }
}

#[test]
fn wishes_that_contradict_themselves_are_refused_with_the_reason() {
    let wish = || Wish::new(60_000);
    assert!(wish().check().is_ok());
    let section = |name: &str, picks| Section {
        name: name.to_owned(),
        query: None,
        picks,
    };
    let wrong: [(Wish, &str); 8] = [
        (
            Wish {
                sections: Vec::new(),
                ..wish()
            },
            "no section",
        ),
        (
            Wish {
                sections: vec![section("a", None), section("a", None)],
                ..wish()
            },
            "the same name",
        ),
        (
            Wish {
                sections: vec![section("a", Some(0))],
                ..wish()
            },
            "no picks",
        ),
        (
            Wish {
                shortest_millis: 13_000,
                ..wish()
            },
            "longer than the longest",
        ),
        (Wish::new(1000), "longer than the whole reel"),
        (
            Wish {
                diversity: f32::NAN,
                ..wish()
            },
            "0 to 1",
        ),
        (
            Wish {
                given: vec![stretch(asset(1), 5, 5)],
                ..wish()
            },
            "is none",
        ),
        (
            Wish {
                must_have: vec![stretch(asset(1), 0, 5000)],
                must_not: vec![stretch(asset(1), 4000, 9000)],
                ..wish()
            },
            "must and must not",
        ),
    ];
    for (wish, reason) in wrong {
        let error = wish.check().unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn a_difference_tells_what_came_went_moved_and_was_cut_anew() {
    let before = [pick(1, 0, 50), pick(2, 100, 150), pick(3, 200, 250)];
    let after = [pick(3, 200, 250), pick(4, 300, 350), pick(1, 0, 40)];
    let diff = ReelDiff::between(&before, &after);
    let ids = |picks: &[Pick]| -> Vec<u32> { picks.iter().map(|pick| pick.id).collect() };
    assert_eq!((ids(&diff.added), ids(&diff.removed)), (vec![4], vec![2]));
    assert_eq!(diff.moved.len(), 2);
    assert_eq!(
        (diff.moved[0].pick, diff.moved[0].from, diff.moved[0].to),
        (3, 3, 1)
    );
    assert_eq!(diff.retimed[0].to, (0, 40));
    assert!(ReelDiff::between(&before, &before).is_empty());
}

#[test]
fn what_a_person_dropped_is_not_wished_for_again_unless_it_came_back() {
    let rate = Rational::new(25, 1);
    let picks = vec![pick(1, 0, 50), pick(2, 100, 150), pick(3, 200, 250)];
    let mut reel = reel(rate, film(rate, 1000), picks);
    reel.wish.must_have = vec![stretch(asset(1), 4000, 6000)];
    reel.apply(&Edit::Drop { pick: 2 }, "").unwrap();
    let wish = update::without_dropped(&reel);
    assert_eq!(wish.must_not, [stretch(asset(1), 4000, 6000)]);
    assert!(wish.must_have.is_empty());
    assert!(wish.check().is_ok());
    // What an update took out may come back with the next.
    let left = reel.picks()[..1].to_vec();
    reel.commit(left, format!("{}: 0 added", update::UPDATE), Vec::new(), "");
    assert_eq!(update::without_dropped(&reel).must_not.len(), 1);
    reel.apply(&Edit::Undo, "").unwrap();
    reel.apply(&Edit::Undo, "").unwrap();
    assert!(update::without_dropped(&reel).must_not.is_empty());
}
