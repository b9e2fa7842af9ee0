//! Chooses what is shown: the greatest value in the length there is. Pure.
//!
//! The objective is monotone and submodular: quality above the floor times time shown, plus how well the chosen stand
//! for all that could be chosen (facility location over likenesses; Lin and Bilmes 2011, "A class of
//! submodular functions for document summarization"). It is maximised greedily twice, once by gain and once by
//! gain per frame, and the better of both is taken: under the length alone that is at least
//! (1 - 1/e)/2 of the optimum (Leskovec et al. 2007, "Cost-effective outbreak detection in networks",
//! theorem 3; Sviridenko 2004 has 1 - 1/e for starts from all triples, which costs n^3 times as much). Near-duplicates,
//! overlaps, angles and numbers per asset and section are left out as they come up; with those it has no
//! guarantee.

use std::ops::Range;

/// Something that may be shown, in one of several lengths.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// The section it belongs to.
    pub section: usize,
    /// The asset.
    pub asset: i64,
    /// The clock that it shares with other assets, and what its own time is behind that clock.
    pub clock: Option<(usize, i64)>,
    /// Its lengths, shortest first.
    pub choices: Vec<Choice>,
    /// The choice to begin with.
    pub natural: usize,
    /// What equal gains are decided by: smaller wins.
    pub tie: u64,
}

/// One length of an item.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    /// Frames of the reel.
    pub frames: i64,
    /// How good it is, 0 to 1.
    pub quality: f32,
    /// The stretch in its asset in milliseconds.
    pub millis: Range<i64>,
}

/// What to choose from, and under which conditions.
pub(super) struct Problem<'a> {
    /// What may be chosen.
    pub items: &'a [Item],
    /// How alike two items are, 0 to 1, row by row; 1 for an item and itself.
    pub alike: &'a [f32],
    /// Pairs that look nearly the same.
    pub is_double: &'a dyn Fn(usize, usize) -> bool,
    /// How many items each section takes; the rest where absent.
    pub sections: &'a [Option<u32>],
    /// Frames of the reel at most.
    pub frames: i64,
    /// Items of one asset at most.
    pub most_per_asset: Option<u32>,
    /// How much variety counts against quality, 0 to 1.
    pub diversity: f32,
    /// Below this quality more time is not worth being shown.
    pub floor: f32,
    /// Items that are in it in any case, by number, with their only choice.
    pub fixed: &'a [usize],
}

/// A chosen item.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chosen {
    /// The item's number.
    pub item: usize,
    /// Its choice.
    pub choice: usize,
    /// What it added to the objective when it was chosen.
    pub gain: f32,
}

/// The choice, in the order in which it was made: what is fixed, then the best first of each section.
pub(super) fn select(problem: &Problem<'_>) -> Vec<Chosen> {
    let by_rate = Greedy::run(problem, true);
    let by_gain = Greedy::run(problem, false);
    if by_gain.value() > by_rate.value() {
        by_gain.chosen
    } else {
        by_rate.chosen
    }
}

struct Greedy<'a> {
    problem: &'a Problem<'a>,
    chosen: Vec<Chosen>,
    left_frames: i64,
    /// How well each item is stood for by now.
    covered: Vec<f32>,
    /// How much it matters that an item is stood for; they sum up to 1.
    weights: Vec<f32>,
}

impl<'a> Greedy<'a> {
    fn new(problem: &'a Problem<'a>) -> Self {
        let qualities = problem.items.iter().map(|item| natural(item).quality);
        let sum: f32 = qualities.clone().sum::<f32>().max(f32::MIN_POSITIVE);
        Self {
            problem,
            chosen: Vec::new(),
            left_frames: problem.frames,
            covered: vec![0.0; problem.items.len()],
            weights: qualities.map(|quality| quality / sum).collect(),
        }
    }

    fn run(problem: &'a Problem<'a>, is_by_rate: bool) -> Self {
        let mut greedy = Self::new(problem);
        for &item in problem.fixed {
            greedy.take(item, 0);
        }
        let quotas: u32 = problem.sections.iter().flatten().sum();
        let open: Vec<usize> = (0..problem.sections.len())
            .filter(|section| problem.sections[*section].is_none())
            .collect();
        // So that no section with a number eats what the others need.
        let shares = i64::from(quotas) + i64::from(!open.is_empty());
        let share = problem.frames / shares.max(1);
        for (section, quota) in problem.sections.iter().enumerate() {
            let taken = greedy.taken_of(section);
            for _ in taken..quota.unwrap_or(0) as usize {
                let most = greedy.left_frames.min(share);
                if !greedy.step(section, most, is_by_rate) {
                    break;
                }
            }
        }
        for (position, section) in open.iter().enumerate() {
            let end = greedy.left_frames - greedy.left_frames / (open.len() - position) as i64;
            while greedy.step(*section, greedy.left_frames - end, is_by_rate) {}
        }
        greedy.lengthen();
        greedy
    }

    /// Takes the best item of a section that fits into `most` frames; whether there was one.
    fn step(&mut self, section: usize, most: i64, is_by_rate: bool) -> bool {
        let mut best: Option<(f32, u64, usize, usize)> = None;
        for (number, item) in self.problem.items.iter().enumerate() {
            if item.section != section {
                continue;
            }
            let fits = |choice: &usize| item.choices[*choice].frames <= most;
            let Some(choice) = (0..=item.natural).rev().find(fits) else {
                continue;
            };
            if natural(item).quality < self.problem.floor || !self.is_allowed(number, choice) {
                continue;
            }
            let gain = self.gain(number, choice);
            let rank = if is_by_rate {
                gain / item.choices[choice].frames.max(1) as f32
            } else {
                gain
            };
            let is_better = best.is_none_or(|(highest, tie, ..)| {
                rank.total_cmp(&highest).then(tie.cmp(&item.tie)).is_gt()
            });
            if is_better {
                best = Some((rank, item.tie, number, choice));
            }
        }
        if let Some((.., item, choice)) = best {
            self.take(item, choice);
        }
        best.is_some()
    }

    /// Gives frames that are left to what is chosen, as long as what is added is good enough.
    fn lengthen(&mut self) {
        loop {
            let mut best: Option<(f32, usize)> = None;
            for (position, chosen) in self.chosen.iter().enumerate() {
                let item = &self.problem.items[chosen.item];
                let (Some(longer), now) = (
                    item.choices.get(chosen.choice + 1),
                    &item.choices[chosen.choice],
                ) else {
                    continue;
                };
                let added = longer.frames - now.frames;
                let worth = longer.quality * longer.frames as f32 - now.quality * now.frames as f32;
                let rate = worth / added.max(1) as f32;
                // Half as good as the rest of it, or it would be padding.
                let least = self.problem.floor.max(now.quality / 2.0);
                let is_worth_it = rate >= least && rate > 0.0;
                let fits = (1..=self.left_frames).contains(&added);
                if fits
                    && is_worth_it
                    && best.is_none_or(|(highest, _)| rate > highest)
                    && self.is_free(chosen.item, chosen.choice + 1)
                {
                    best = Some((rate, position));
                }
            }
            let Some((_, position)) = best else { return };
            let chosen = &mut self.chosen[position];
            let choices = &self.problem.items[chosen.item].choices;
            self.left_frames -= choices[chosen.choice + 1].frames - choices[chosen.choice].frames;
            chosen.choice += 1;
        }
    }

    fn take(&mut self, item: usize, choice: usize) {
        let gain = self.gain(item, choice);
        self.left_frames -= self.problem.items[item].choices[choice].frames;
        let count = self.problem.items.len();
        let row = &self.problem.alike[item * count..(item + 1) * count];
        for (covered, alike) in self.covered.iter_mut().zip(row) {
            *covered = covered.max(*alike);
        }
        self.chosen.push(Chosen { item, choice, gain });
    }

    /// What an item would add.
    fn gain(&self, item: usize, choice: usize) -> f32 {
        let count = self.problem.items.len();
        let row = &self.problem.alike[item * count..(item + 1) * count];
        let cover: f32 = row
            .iter()
            .zip(&self.covered)
            .zip(&self.weights)
            .map(|((alike, covered), weight)| weight * (alike - covered).max(0.0))
            .sum();
        let diversity = self.problem.diversity;
        (1.0 - diversity) * self.worth(item, choice) + diversity * cover
    }

    /// What quality lies above the floor, times the share of the reel's time: a long calm stretch with a
    /// great moment in it is worth no more than the moment.
    fn worth(&self, item: usize, choice: usize) -> f32 {
        let choice = &self.problem.items[item].choices[choice];
        let above = (choice.quality - self.problem.floor).max(0.0);
        above * choice.frames as f32 / self.problem.frames.max(1) as f32
    }

    fn value(&self) -> f32 {
        let diversity = self.problem.diversity;
        let worth: f32 = self
            .chosen
            .iter()
            .map(|c| self.worth(c.item, c.choice))
            .sum();
        let cover: f32 = self
            .covered
            .iter()
            .zip(&self.weights)
            .map(|(c, w)| c * w)
            .sum();
        (1.0 - diversity) * worth + diversity * cover
    }

    fn taken_of(&self, section: usize) -> usize {
        let of_section = |chosen: &&Chosen| self.problem.items[chosen.item].section == section;
        self.chosen.iter().filter(of_section).count()
    }

    fn is_allowed(&self, item: usize, choice: usize) -> bool {
        let asset = self.problem.items[item].asset;
        let of_asset = |chosen: &&Chosen| self.problem.items[chosen.item].asset == asset;
        let is_full = self
            .problem
            .most_per_asset
            .is_some_and(|most| self.chosen.iter().filter(of_asset).count() >= most as usize);
        !is_full && self.is_free(item, choice)
    }

    /// Whether nothing chosen shows the same frames, the same instant or nearly the same picture.
    fn is_free(&self, item: usize, choice: usize) -> bool {
        let one = &self.problem.items[item];
        let millis = &one.choices[choice].millis;
        !self.chosen.iter().any(|chosen| {
            if chosen.item == item {
                // Another length of itself is meant to take its place.
                return chosen.choice + 1 != choice;
            }
            let other = &self.problem.items[chosen.item];
            let shown = &other.choices[chosen.choice].millis;
            let is_same_time = one.asset == other.asset && meet(millis, shown);
            let is_same_instant = one.asset != other.asset
                && match (one.clock, other.clock) {
                    (Some((clock, offset)), Some((same, shift))) if clock == same => meet(
                        &(millis.start + offset..millis.end + offset),
                        &(shown.start + shift..shown.end + shift),
                    ),
                    _ => false,
                };
            is_same_time || is_same_instant || (self.problem.is_double)(item, chosen.item)
        })
    }
}

fn natural(item: &Item) -> &Choice {
    &item.choices[item.natural]
}

fn meet(one: &Range<i64>, other: &Range<i64>) -> bool {
    one.start < other.end && other.start < one.end
}

#[cfg(test)]
mod tests;
