//! What a reel is asked for with, and the wish that it makes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::error::Problem,
    reel::{Order, Section, Stretch, Wish},
    search,
};

/// How long a reel is where nothing says so.
const LENGTH_MILLIS: i64 = 60_000;
/// A query longer than this is no query.
const MAX_QUERY_BYTES: usize = 16 << 10;
/// Sections, and stretches of each kind, at most.
const MOST: usize = 1000;
/// The longest reel that is compiled: six hours.
const MOST_MILLIS: i64 = 6 * 3_600_000;

/// A reel to be made. What is left out is as usual: one section, picks of 2 to 12 seconds, a
/// minute in all, or what was given.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::api) struct ReelRequest {
    /// What addresses call it; made of the title where absent.
    pub(in crate::api) name: Option<String>,
    /// What people call it; the query where absent.
    pub(in crate::api) title: Option<String>,
    /// What its picks are found by, in the moment query language; the best there is where absent.
    pub(in crate::api) query: Option<String>,
    /// Parts with queries of their own, in place of `query`.
    pub(in crate::api) sections: Vec<Section>,
    /// How long it may be at most.
    #[schemars(range(min = 1))]
    pub(in crate::api) length_millis: Option<i64>,
    /// The collection that is drawn from; all where absent.
    pub(in crate::api) collection: Option<String>,
    /// Stretches that were chosen by hand.
    pub(in crate::api) given: Vec<Stretch>,
    /// Stretches that must be in it.
    pub(in crate::api) must_have: Vec<Stretch>,
    /// Stretches that must not be in it.
    pub(in crate::api) must_not: Vec<Stretch>,
    /// In which order picks are shown.
    pub(in crate::api) order: Option<Order>,
    /// The shortest pick.
    #[schemars(range(min = 1))]
    pub(in crate::api) shortest_millis: Option<i64>,
    /// The longest pick.
    #[schemars(range(min = 1))]
    pub(in crate::api) longest_millis: Option<i64>,
    /// How much material beside each end is to be kept for trimming.
    #[schemars(range(min = 0))]
    pub(in crate::api) handle_millis: Option<i64>,
    /// How many picks an asset may give.
    pub(in crate::api) most_per_asset: Option<u32>,
    /// How much variety counts against value, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub(in crate::api) diversity: Option<f32>,
    /// Whether several cameras may show the same instant.
    pub(in crate::api) all_angles: bool,
    /// What equal choices are decided by.
    pub(in crate::api) seed: u64,
}

/// What people call a reel that was asked for with these words.
pub(super) fn title_of(request: &ReelRequest) -> String {
    let said = [&request.title, &request.query, &request.name];
    let title = said
        .into_iter()
        .flatten()
        .map(|text| text.trim())
        .find(|text| !text.is_empty());
    // A query may be longer than titles are.
    let shown = |text: &str| text.chars().take(200).collect();
    title.map_or_else(|| "Reel".to_owned(), shown)
}

/// The wish, with what is usual in the place of what was left out.
///
/// # Errors
/// When it asks for too much, or a query can't be read or names a file of this machine.
pub(super) fn wish_of(request: ReelRequest) -> Result<Wish, Problem> {
    let stretches = [&request.given, &request.must_have, &request.must_not];
    if request.sections.len() > MOST || stretches.iter().any(|list| list.len() > MOST) {
        return Err(Problem::bad_request(format!(
            "there are at most {MOST} sections, and as many stretches of each kind"
        )));
    }
    if request.query.is_some() && !request.sections.is_empty() {
        return Err(Problem::bad_request("`query` and `sections` say the same"));
    }
    let is_by_hand = request.is_by_hand();
    let given = request.given.iter().map(length_of);
    let room = given
        .clone()
        .fold(0, |sum: i64, millis| sum.saturating_add(most_of(millis)));
    let usual = Wish::new(if is_by_hand { room } else { LENGTH_MILLIS });
    // Cuts fall on shots and words first: they need room beside what was chosen.
    let shortest = given.clone().min().filter(|_| is_by_hand);
    let shortest = shortest.map(|millis| (millis / 4).max(1));
    let longest = given.map(most_of).max().filter(|_| is_by_hand);
    let sections = if request.sections.is_empty() {
        let mut sections = usual.sections;
        if let Some(section) = sections.first_mut() {
            section.query = request.query.filter(|query| !query.trim().is_empty());
        }
        sections
    } else {
        request.sections
    };
    for query in sections.iter().filter_map(|section| section.query.as_ref()) {
        check_query(query)?;
    }
    let wish = Wish {
        sections,
        length_millis: request.length_millis.unwrap_or(usual.length_millis),
        collection: request.collection.filter(|name| !name.is_empty()),
        given: request.given,
        must_have: request.must_have,
        must_not: request.must_not,
        order: request.order.unwrap_or(if is_by_hand {
            Order::Given
        } else {
            usual.order
        }),
        shortest_millis: request
            .shortest_millis
            .unwrap_or(shortest.unwrap_or(usual.shortest_millis)),
        longest_millis: request
            .longest_millis
            .unwrap_or(longest.unwrap_or(usual.longest_millis)),
        handle_millis: request.handle_millis.unwrap_or(usual.handle_millis),
        most_per_asset: request.most_per_asset,
        diversity: request.diversity.unwrap_or(usual.diversity),
        all_angles: request.all_angles || is_by_hand,
        seed: request.seed,
    };
    let lengths = [
        wish.length_millis,
        wish.shortest_millis,
        wish.longest_millis,
        wish.handle_millis,
    ];
    if lengths.iter().any(|millis| *millis > MOST_MILLIS) {
        return Err(Problem::bad_request(format!(
            "a reel and its picks are at most {} hours long",
            MOST_MILLIS / 3_600_000
        )));
    }
    Ok(wish)
}

/// How long a cut of what was chosen may become.
fn most_of(millis: i64) -> i64 {
    millis.saturating_mul(2).saturating_add(2000)
}

impl ReelRequest {
    /// Whether it asks for nothing but what was chosen by hand, which is then taken as it was chosen.
    pub(super) fn is_by_hand(&self) -> bool {
        let has_query = self.query.is_some() || !self.sections.is_empty();
        !self.given.is_empty() && !has_query && self.length_millis.is_none()
    }
}

fn length_of(stretch: &Stretch) -> i64 {
    stretch.end_millis.saturating_sub(stretch.start_millis)
}

/// A query that can be read, and that names no file of this machine.
fn check_query(query: &str) -> Result<(), Problem> {
    if query.len() > MAX_QUERY_BYTES {
        return Err(Problem::bad_request(format!(
            "the query is longer than {MAX_QUERY_BYTES} bytes"
        )));
    }
    if let Some(file) = search::read(query)?.tree.picture_files().first() {
        return Err(Problem::bad_request(format!(
            "`like:{file}` names a file, which can't be opened from here"
        ))
        .hint("write like:ASSET@SECONDS with the id of an asset"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_by_hand_sets_the_lengths() {
        let stretch = |start_millis, end_millis| Stretch {
            asset_id: crate::domain::AssetId([7; 32]),
            start_millis,
            end_millis,
        };
        let wish = wish_of(ReelRequest {
            given: vec![stretch(0, 500), stretch(1000, 41_000)],
            ..ReelRequest::default()
        })
        .unwrap();
        assert!(wish.length_millis > 40_500);
        assert!(wish.shortest_millis < 500 && wish.longest_millis > 40_000);
        assert_eq!(wish.order, Order::Given);
        let usual = wish_of(ReelRequest::default()).unwrap();
        assert_eq!(usual, Wish::new(LENGTH_MILLIS));
    }
}
