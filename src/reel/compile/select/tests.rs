//! What is chosen, on problems small enough to be seen through, and on all kinds of them.

use proptest::prelude::*;

use super::*;

fn item(asset: i64, start: i64, frames: i64, quality: f32) -> Item {
    Item {
        section: 0,
        asset,
        clock: None,
        choices: vec![Choice {
            frames,
            quality,
            millis: start..start + frames * 40,
        }],
        natural: 0,
        tie: (asset * 1000 + start).cast_unsigned(),
    }
}

/// Items that are alike only to themselves.
fn strangers(count: usize) -> Vec<f32> {
    let mut alike = vec![0.0; count * count];
    (0..count).for_each(|at| alike[at * count + at] = 1.0);
    alike
}

fn never(_: usize, _: usize) -> bool {
    false
}

fn problem<'a>(items: &'a [Item], alike: &'a [f32], frames: i64) -> Problem<'a> {
    Problem {
        items,
        alike,
        is_double: &never,
        sections: &[None],
        frames,
        most_per_asset: None,
        diversity: 0.0,
        floor: 0.0,
        fixed: &[],
    }
}

fn numbers(chosen: &[Chosen]) -> Vec<usize> {
    let mut numbers: Vec<usize> = chosen.iter().map(|chosen| chosen.item).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn the_best_that_fits_is_chosen() {
    let items = [
        item(1, 0, 100, 0.5),
        item(2, 0, 100, 0.9),
        item(3, 0, 100, 0.7),
    ];
    let alike = strangers(3);
    assert_eq!(numbers(&select(&problem(&items, &alike, 200))), [1, 2]);
    assert!(select(&problem(&items, &alike, 99)).is_empty());
}

#[test]
fn one_great_item_is_not_lost_to_a_small_dense_one() {
    // By gain per frame alone the small one would come first and shut the great one out.
    let items = [item(1, 0, 10, 1.0), item(2, 0, 100, 0.9)];
    let alike = strangers(2);
    assert_eq!(numbers(&select(&problem(&items, &alike, 100))), [1]);
}

#[test]
fn variety_wins_over_a_little_more_quality() {
    let items = [
        item(1, 0, 100, 0.9),
        item(2, 0, 100, 0.88),
        item(3, 0, 100, 0.7),
    ];
    let mut alike = strangers(3);
    alike[1] = 0.95;
    alike[3] = 0.95;
    let mut wanted = problem(&items, &alike, 200);
    assert_eq!(numbers(&select(&wanted)), [0, 1]);
    wanted.diversity = 0.7;
    assert_eq!(numbers(&select(&wanted)), [0, 2]);
}

#[test]
fn doubles_overlaps_and_other_angles_are_left_out() {
    let mut items = vec![
        item(1, 0, 100, 0.9),
        item(1, 2000, 100, 0.8),
        item(2, 0, 100, 0.7),
        item(3, 50_000, 100, 0.6),
    ];
    let alike = strangers(4);
    let is_double = |one: usize, other: usize| one.min(other) == 0 && one.max(other) == 2;
    let mut wanted = problem(&items, &alike, 1000);
    wanted.is_double = &is_double;
    assert_eq!(numbers(&select(&wanted)), [0, 3]);
    // Asset 3 runs 50 s ahead of asset 1 on the clock that both share.
    items[0].clock = Some((0, 0));
    items[3].clock = Some((0, -49_000));
    let mut wanted = problem(&items, &alike, 1000);
    wanted.is_double = &is_double;
    assert_eq!(numbers(&select(&wanted)), [0]);
}

#[test]
fn sections_have_their_numbers_and_the_open_one_the_rest() {
    let mut items: Vec<Item> = (0..8)
        .map(|at| item(at, 0, 50, 0.9 - at as f32 * 0.1))
        .collect();
    (0..8).for_each(|at| items[at].section = at % 2);
    let alike = strangers(8);
    let mut wanted = problem(&items, &alike, 200);
    wanted.sections = &[None, Some(1)];
    assert_eq!(numbers(&select(&wanted)), [0, 1, 2, 4]);
    wanted.sections = &[None, Some(9)];
    let chosen = select(&wanted);
    assert!(chosen.len() <= 4, "never over length");
}

#[test]
fn what_is_fixed_stays_and_room_that_is_left_lengthens_the_rest() {
    let mut items = [item(1, 0, 100, 0.2), item(2, 0, 50, 0.9)];
    items[1].choices.push(Choice {
        frames: 90,
        quality: 0.8,
        millis: 0..3600,
    });
    let alike = strangers(2);
    let mut wanted = problem(&items, &alike, 200);
    wanted.fixed = &[0];
    let chosen = select(&wanted);
    assert_eq!(numbers(&chosen), [0, 1]);
    assert_eq!(chosen[1].choice, 1);
    wanted.floor = 0.95;
    assert_eq!(
        numbers(&select(&wanted)),
        [0],
        "what is fixed needs no quality"
    );
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let one = (
        0_i64..5,
        0_i64..40_000,
        20_i64..200,
        0.0_f32..1.0,
        0_usize..3,
        0_u64..4,
    );
    prop::collection::vec(one, 1..30).prop_map(|list| {
        list.into_iter()
            .map(|(asset, start, frames, quality, section, tie)| {
                let mut made = item(asset, start, frames, quality);
                made.section = section;
                made.tie = tie;
                made.choices.push(Choice {
                    frames: frames + 40,
                    quality: quality * 0.9,
                    millis: start..start + (frames + 40) * 40,
                });
                made
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn it_is_never_over_length_never_twice_the_same_and_always_the_same(
        items in items(),
        frames in 1_i64..2000,
        diversity in 0.0_f32..=1.0,
        most in prop::option::of(1_u32..4),
        quota in 1_u32..5,
    ) {
        let count = items.len();
        let alike: Vec<f32> = (0..count * count)
            .map(|at| {
                let (row, column) = (at / count, at % count);
                if row == column { 1.0 } else { ((row * column) % 7) as f32 / 8.0 }
            })
            .collect();
        let is_double = |one: usize, other: usize| (one + other).is_multiple_of(11);
        let sections = [Some(quota), None, None];
        let wanted = Problem {
            is_double: &is_double,
            sections: &sections,
            most_per_asset: most,
            diversity,
            ..problem(&items, &alike, frames)
        };
        let chosen = select(&wanted);
        prop_assert_eq!(&chosen, &select(&wanted));
        let of = |chosen: &Chosen| &items[chosen.item].choices[chosen.choice];
        let length: i64 = chosen.iter().map(|chosen| of(chosen).frames).sum();
        prop_assert!(length <= frames);
        for (at, one) in chosen.iter().enumerate() {
            for other in &chosen[at + 1..] {
                prop_assert!(one.item != other.item);
                prop_assert!(!is_double(one.item, other.item));
                let is_same = items[one.item].asset == items[other.item].asset;
                prop_assert!(!is_same || !meet(&of(one).millis, &of(other).millis));
            }
        }
        for asset in 0..5 {
            let own = chosen.iter().filter(|chosen| items[chosen.item].asset == asset).count();
            prop_assert!(most.is_none_or(|most| own <= most as usize));
        }
        let opening = chosen.iter().filter(|chosen| items[chosen.item].section == 0).count();
        prop_assert!(opening <= quota as usize);
    }

    /// What the module promises where the length is the only condition: (1 - 1/e)/2 of the optimum.
    #[test]
    fn the_promise_is_kept_on_all_small_problems(
        costs in prop::collection::vec((1_i64..50, 0.01_f32..1.0), 1..9),
        frames in 10_i64..120,
        diversity in 0.0_f32..=1.0,
        likeness in prop::collection::vec(0.0_f32..1.0, 81),
    ) {
        let items: Vec<Item> = costs
            .iter()
            .zip(0..)
            .map(|((frames, quality), asset)| item(asset, 0, *frames, *quality))
            .collect();
        let count = items.len();
        let alike: Vec<f32> = (0..count * count)
            .map(|at| {
                let (low, high) = ((at / count).min(at % count), (at / count).max(at % count));
                if low == high { 1.0 } else { likeness[low * 9 + high] }
            })
            .collect();
        let wanted = Problem { diversity, ..problem(&items, &alike, frames) };
        let value = |members: &[usize]| {
            let mut greedy = Greedy::new(&wanted);
            members.iter().for_each(|member| greedy.take(*member, 0));
            greedy.value()
        };
        let mut optimum = 0.0_f32;
        for set in 0_u32..1 << count {
            let members: Vec<usize> = (0..count).filter(|at| set & (1 << at) != 0).collect();
            let length: i64 = members.iter().map(|member| items[*member].choices[0].frames).sum();
            if length <= frames {
                optimum = optimum.max(value(&members));
            }
        }
        let found = value(&numbers(&select(&wanted)));
        prop_assert!(found >= 0.316 * optimum - 1e-5, "{found} of {optimum}");
    }
}
