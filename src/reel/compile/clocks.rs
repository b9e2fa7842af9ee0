//! Finds assets that show the same instants: cameras side by side, and copies.
//!
//! Told from what both say (the same runs of words at one constant distance in time), and, within one
//! folder, from the sound itself and from clocks: time of recording, and timecode that runs freely. Cameras
//! that have neither are not recognised; then the pictures alone tell doubles.

use std::collections::{BTreeMap, HashMap};

use super::sounds;
use crate::reel::excitement::STEP_MILLIS;

/// So many words in a row are said by chance in two places seldom enough.
const RUN_WORDS: usize = 4;
/// So many different runs must agree on the distance.
const LEAST_RUNS: usize = 4;
/// The share of the runs in common that must agree: a speech that is held twice never keeps its pace.
const LEAST_SHARE: f32 = 0.5;
/// A run that is said more often than this is a phrase.
const MOST_REPEATS: usize = 4;

/// What tells an asset's clock.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Telling {
    /// What is said, word by word in lower case, each with its beginning.
    pub words: Vec<(String, i64)>,
    /// How its sound stands out of what goes on around it, each [`sounds::STEP_MILLIS`].
    pub sound: Vec<f32>,
    /// The folder it lies in.
    pub folder: String,
    /// Beginning in milliseconds since 1970, where the file tells it to the second.
    pub recorded_millis: Option<i64>,
    /// Beginning in milliseconds by a timecode that runs freely.
    pub timecode_millis: Option<i64>,
    /// How long it is.
    pub duration_millis: i64,
}

/// For each asset the clock that it shares with others, and what its own time is behind that clock.
pub(super) fn clocks(assets: &[Telling]) -> Vec<Option<(usize, i64)>> {
    let mut distances: BTreeMap<(usize, usize), i64> = by_clock(assets);
    distances.extend(by_words(assets));
    // What the sound tells is exact, clocks are set by hand.
    let heard = assets.iter();
    let heard: Vec<(&str, &[f32])> = heard
        .map(|asset| (asset.folder.as_str(), asset.sound.as_slice()))
        .collect();
    distances.extend(sounds::distances(&heard));
    let mut clocks: Vec<Option<(usize, i64)>> = vec![None; assets.len()];
    for first in 0..assets.len() {
        if clocks[first].is_some() {
            continue;
        }
        let mut open = vec![(first, 0)];
        let mut is_shared = false;
        while let Some((asset, offset)) = open.pop() {
            if clocks[asset].is_some() {
                continue;
            }
            clocks[asset] = Some((first, offset));
            for (&(one, other), &distance) in &distances {
                // `one` is behind `other` by `distance`: t(other) = t(one) + distance.
                if one == asset {
                    open.push((other, offset - distance));
                    is_shared = true;
                } else if other == asset {
                    open.push((one, offset + distance));
                    is_shared = true;
                }
            }
        }
        if !is_shared {
            clocks[first] = None;
        }
    }
    clocks
}

fn by_clock(assets: &[Telling]) -> BTreeMap<(usize, usize), i64> {
    let mut found = BTreeMap::new();
    for (one, first) in assets.iter().enumerate() {
        for (other, second) in assets.iter().enumerate().skip(one + 1) {
            if first.folder != second.folder {
                continue;
            }
            let starts = [
                (first.recorded_millis, second.recorded_millis),
                (first.timecode_millis, second.timecode_millis),
            ];
            for (start, begin) in starts {
                // Files that are written together have one time of recording: it tells nothing.
                if let (Some(start), Some(begin)) = (start, begin)
                    && start != begin
                    && start < begin + second.duration_millis
                    && begin < start + first.duration_millis
                {
                    found.insert((one, other), start - begin);
                }
            }
        }
    }
    found
}

fn by_words(assets: &[Telling]) -> BTreeMap<(usize, usize), i64> {
    let mut runs: HashMap<Vec<&str>, Vec<(usize, i64)>> = HashMap::new();
    for (asset, telling) in assets.iter().enumerate() {
        for run in telling.words.windows(RUN_WORDS) {
            let words = run.iter().map(|(word, _)| word.as_str()).collect();
            runs.entry(words).or_default().push((asset, run[0].1));
        }
    }
    let mut votes: BTreeMap<(usize, usize), Vec<i64>> = BTreeMap::new();
    for places in runs.values().filter(|places| places.len() <= MOST_REPEATS) {
        for (at, (one, start)) in places.iter().enumerate() {
            for (other, begin) in &places[at + 1..] {
                if one != other {
                    votes.entry((*one, *other)).or_default().push(begin - start);
                }
            }
        }
    }
    votes
        .into_iter()
        .filter_map(|(pair, mut distances)| {
            distances.sort_unstable();
            let middle = distances[distances.len() / 2];
            let agreeing = distances
                .iter()
                .filter(|distance| (**distance - middle).abs() <= STEP_MILLIS)
                .count();
            let is_sure =
                agreeing >= LEAST_RUNS && agreeing as f32 >= LEAST_SHARE * distances.len() as f32;
            is_sure.then_some((pair, middle))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, start: i64) -> Telling {
        let words = text.split(' ').enumerate();
        Telling {
            words: words
                .map(|(at, word)| (word.to_owned(), start + at as i64 * 300))
                .collect(),
            duration_millis: 60_000,
            ..Telling::default()
        }
    }

    #[test]
    fn cameras_that_hear_the_same_words_share_a_clock() {
        let text = "she draws the bow and waits for the wind and hits the gold at last";
        let assets = [
            said(text, 5000),
            said("an altogether other speech of nine words only now", 0),
            said(text, 7400),
        ];
        let found = clocks(&assets);
        assert_eq!(found[1], None);
        let (Some((clock, first)), Some((same, second))) = (found[0], found[2]) else {
            panic!("{found:?}");
        };
        assert_eq!((clock, 5000 + first), (same, 7400 + second));
    }

    #[test]
    fn clocks_count_in_one_folder_only_and_where_they_overlap() {
        let at = |folder: &str, recorded_millis, duration_millis| Telling {
            folder: folder.to_owned(),
            recorded_millis: Some(recorded_millis),
            duration_millis,
            ..Telling::default()
        };
        let assets = [
            at("a", 0, 10_000),
            at("a", 4000, 10_000),
            at("b", 4000, 10_000),
            at("a", 90_000, 10_000),
        ];
        let found = clocks(&assets);
        let (Some((0, first)), Some((0, second))) = (found[0], found[1]) else {
            panic!("{found:?}");
        };
        assert_eq!(4000 + first, second, "both are the same instant");
        assert_eq!(found[2..], [None, None]);
    }
}
