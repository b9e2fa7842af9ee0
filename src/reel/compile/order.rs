//! Puts what was chosen in the order in which it is shown. Pure.

use std::cmp::Ordering;

use crate::reel::manifest::Order;

/// What the order of a pick is told by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rank {
    /// The section's place among the sections.
    pub section: usize,
    /// When it was recorded, in milliseconds since 1970, where known.
    pub recorded_millis: Option<i64>,
    /// Where its source lies.
    pub place: String,
    /// Where it begins in its source.
    pub start_millis: i64,
    /// How strong it is.
    pub strength: f32,
    /// Its place among what was given or found, from 0 for the first.
    pub given: usize,
}

/// The numbers of `ranks` in the order in which they are shown, section after section.
pub(super) fn in_order(ranks: &[Rank], order: Order) -> Vec<usize> {
    let mut sections: Vec<usize> = ranks.iter().map(|rank| rank.section).collect();
    sections.sort_unstable();
    sections.dedup();
    sections
        .into_iter()
        .flat_map(|section| {
            let mut own: Vec<usize> = (0..ranks.len())
                .filter(|at| ranks[*at].section == section)
                .collect();
            match order {
                Order::Chronological => {
                    own.sort_by(|a, b| by_time(&ranks[*a], &ranks[*b]).then(a.cmp(b)));
                }
                Order::Given => own.sort_by_key(|at| (ranks[*at].given, *at)),
                Order::Dramatic => {
                    own.sort_by(|a, b| {
                        let rising = ranks[*a].strength.total_cmp(&ranks[*b].strength);
                        rising
                            .then_with(|| by_time(&ranks[*a], &ranks[*b]))
                            .then(a.cmp(b))
                    });
                    // The second greatest opens, the greatest ends.
                    if own.len() > 2 {
                        let opening = own.remove(own.len() - 2);
                        own.insert(0, opening);
                    }
                }
            }
            own
        })
        .collect()
}

fn by_time(one: &Rank, other: &Rank) -> Ordering {
    let recorded = match (one.recorded_millis, other.recorded_millis) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    recorded
        .then_with(|| one.place.cmp(&other.place))
        .then_with(|| one.start_millis.cmp(&other.start_millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(
        section: usize,
        recorded_millis: Option<i64>,
        start_millis: i64,
        strength: f32,
    ) -> Rank {
        Rank {
            section,
            recorded_millis,
            place: "a.mp4".to_owned(),
            start_millis,
            strength,
            given: (100.0 - strength * 100.0) as usize,
        }
    }

    #[test]
    fn sections_stay_apart_and_times_of_recording_come_first() {
        let ranks = [
            rank(1, None, 500, 0.9),
            rank(0, None, 900, 0.1),
            rank(1, None, 100, 0.3),
            rank(1, Some(5), 0, 0.2),
        ];
        assert_eq!(in_order(&ranks, Order::Chronological), [1, 3, 2, 0]);
        assert_eq!(in_order(&ranks, Order::Given), [1, 0, 2, 3]);
    }

    #[test]
    fn drama_opens_strong_and_rises_to_the_greatest() {
        let ranks: Vec<Rank> = [0.4, 0.9, 0.1, 0.7, 0.2]
            .into_iter()
            .map(|strength| rank(0, None, 0, strength))
            .collect();
        assert_eq!(in_order(&ranks, Order::Dramatic), [3, 2, 4, 0, 1]);
        assert_eq!(in_order(&ranks[..2], Order::Dramatic), [0, 1]);
    }
}
