//! Wishes with what is usual, and what wishes can't be.

use crate::reel::{
    error::ReelError,
    manifest::{Order, Section, Stretch, Wish},
};

impl Wish {
    /// The best there is in at most `length_millis`: picks of 2 to 12 seconds with handles of one, in
    /// order of time, one camera per instant.
    pub fn new(length_millis: i64) -> Self {
        Self {
            sections: vec![Section {
                name: String::new(),
                query: None,
                picks: None,
            }],
            length_millis,
            collection: None,
            given: Vec::new(),
            must_have: Vec::new(),
            must_not: Vec::new(),
            order: Order::Chronological,
            shortest_millis: 2000,
            longest_millis: 12_000,
            handle_millis: 1000,
            most_per_asset: None,
            diversity: 0.3,
            all_angles: false,
            seed: 0,
        }
    }

    /// Whether it can be fulfilled at all.
    ///
    /// # Errors
    /// [`ReelError::Wish`] with what contradicts what.
    pub fn check(&self) -> Result<(), ReelError> {
        let stretches = || self.given.iter().chain(&self.must_have);
        let mut names: Vec<&str> = self.sections.iter().map(|s| s.name.as_str()).collect();
        names.sort_unstable();
        let reason = if self.sections.is_empty() {
            "it has no section".to_owned()
        } else if names.windows(2).any(|two| two[0] == two[1]) {
            "two sections have the same name".to_owned()
        } else if self.sections.iter().any(|s| s.picks == Some(0)) {
            "a section of no picks shows nothing".to_owned()
        } else if self.length_millis < 1 || self.shortest_millis < 1 || self.handle_millis < 0 {
            "lengths are longer than nothing".to_owned()
        } else if self.shortest_millis > self.longest_millis {
            "the shortest pick is longer than the longest".to_owned()
        } else if self.shortest_millis > self.length_millis {
            "the shortest pick is longer than the whole reel".to_owned()
        } else if !(0.0..=1.0).contains(&self.diversity) {
            "diversity goes from 0 to 1".to_owned()
        } else if self.most_per_asset == Some(0) {
            "no pick per asset leaves nothing".to_owned()
        } else if let Some(stretch) = stretches().chain(&self.must_not).find(|s| is_nothing(s)) {
            format!(
                "the stretch from {} to {} ms of {} is none",
                stretch.start_millis,
                stretch.end_millis,
                stretch.asset_id.short()
            )
        } else if let Some(stretch) = self.contradiction() {
            format!(
                "the stretch from {} to {} ms of {} must and must not be in it",
                stretch.start_millis,
                stretch.end_millis,
                stretch.asset_id.short()
            )
        } else {
            return Ok(());
        };
        Err(ReelError::Wish { reason })
    }

    fn contradiction(&self) -> Option<&Stretch> {
        self.must_have.iter().find(|wanted| {
            self.must_not.iter().any(|not| {
                not.asset_id == wanted.asset_id
                    && not.start_millis < wanted.end_millis
                    && wanted.start_millis < not.end_millis
            })
        })
    }

    /// What was asked for, for people to read.
    pub fn told(&self) -> String {
        let queries: Vec<String> = self
            .sections
            .iter()
            .filter_map(|section| section.query.as_ref())
            .map(|query| format!("“{query}”"))
            .collect();
        let what = if queries.is_empty() {
            "the best there is".to_owned()
        } else {
            queries.join(", ")
        };
        match &self.collection {
            Some(collection) => format!("{what} in the collection `{collection}`"),
            None => what,
        }
    }
}

fn is_nothing(stretch: &Stretch) -> bool {
    stretch.start_millis < 0 || stretch.end_millis <= stretch.start_millis
}
