//! Searches on nobody's behalf, so that the first that people make find the indexes in memory.

use std::time::{Duration, Instant};

use super::{
    Searcher,
    error::SearchError,
    facets::Facets,
    in_order,
    moments::group_hits,
    near_duplicates,
    retrieve::{self, Near},
};
use crate::{
    domain::RetrievalScope,
    store::{Sample, WordField},
};

/// Moments on a page.
const PAGE: usize = 24;

/// Words that are looked up in turn.
const WORDS: usize = 50;

/// Searches whose time is compared with that of as many before them.
const COMPARED: usize = 20;

/// Less than this share of the time before them is faster; more is chance.
const FASTER: f64 = 0.8;

/// A step through a sample that meets all of it, each far from the one before: a prime larger than any
/// sample.
const STRIDE: usize = 1613;

impl Searcher<'_> {
    /// Searches for pictures, passages and words of the library itself, from all over it, until
    /// searches get no faster or `goes_on`, which is asked before each, says no. Tells how many
    /// there were. No model is needed.
    ///
    /// # Errors
    /// When the library can't be read.
    pub fn warm_up(&self, goes_on: &mut dyn FnMut() -> bool) -> Result<usize, SearchError> {
        let mut samples = Vec::new();
        for space in self.store.catalog().spaces()? {
            if !goes_on() {
                return Ok(0);
            }
            let sample = self.store.sample_vectors(&space)?;
            samples.push((space, sample));
        }
        let words = self.store.words_beginning("", &WordField::ALL, WORDS)?;
        let (mut before, mut now) = (Duration::MAX, Duration::ZERO);
        let mut searches = 0;
        while goes_on() {
            let started = Instant::now();
            let mut hits = Vec::new();
            let scope = RetrievalScope::default();
            let length = retrieve::list_length(PAGE);
            for (space, sample) in &samples {
                if let Some(vector) = nth(sample, searches) {
                    let near = Near {
                        space,
                        vector,
                        scope: &scope,
                        length,
                        with_the_nearest: true,
                    };
                    hits.extend(retrieve::alike(self.store, &near, None)?.hits);
                }
            }
            if let Some((word, _)) = words.get(searches % words.len().max(1)) {
                for source in retrieve::WORD_SOURCES {
                    hits.extend(retrieve::words(self.store, word, source, &scope, length)?.hits);
                }
            }
            let space = samples.first().map(|(space, _)| space);
            let scored = in_order(group_hits(hits));
            let found = near_duplicates::collapse(self.store, space, scored)?;
            Facets::of(self.store.catalog(), &found)?;
            self.finish(found, 0, PAGE)?;
            searches += 1;
            now += started.elapsed();
            if searches.is_multiple_of(COMPARED) {
                if now.as_secs_f64() > before.as_secs_f64() * FASTER {
                    break;
                }
                (before, now) = (now, Duration::ZERO);
            }
        }
        Ok(searches)
    }
}

/// Vectors of a sample in an order in which neighbours lie far apart.
fn nth(sample: &Sample, number: usize) -> Option<&[f32]> {
    let at = (number * STRIDE).checked_rem(sample.len())?;
    Some(&sample[at])
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Arc};

    use super::*;

    #[test]
    fn a_whole_sample_is_met_before_any_of_it_comes_again() {
        for length in [1, 2, 7, 613, 1000] {
            let sample: Sample = Arc::new((0..length).map(|at| vec![at as f32]).collect());
            let met: HashSet<u32> = (0..length)
                .filter_map(|number| Some(nth(&sample, number)?[0] as u32))
                .collect();
            assert_eq!(met.len(), length);
        }
        assert_eq!(nth(&Arc::default(), 3), None);
    }
}
