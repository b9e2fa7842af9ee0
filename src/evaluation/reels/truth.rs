//! What a cut shows, held against the truth of the world that it was made of. Pure.

use crate::{
    demo::{Highlight, Medium, Truth, TruthAsset},
    domain::TimeSpan,
};

/// A cut this near to the edge of a word lies beside it: the nearest frame is half of 40 ms away, and
/// eSpeak NG tells its words to about as much.
const WORD_EDGE_MILLIS: i64 = 40;

/// A highlight is in a cut that shows at least this share of it.
const SHOWN_SHARE: f32 = 0.5;

/// Two stretches that have more than this in common show the same.
const SAME_MILLIS: i64 = 500;

/// Highlights of an event that have to be in its reel.
const TOP: usize = 3;

/// A stretch of a file below the archive, as a cut shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    /// Position of its asset in the truth.
    pub(super) asset: usize,
    /// Where it lies in the asset.
    pub(super) span: TimeSpan,
}

/// An event that was filmed, by one camera or by two.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    /// Position in the truth of the film that tells of it, the first one made.
    pub(super) film: usize,
    /// Films of the same, each with what to add to a time of `film` for the same moment there.
    pub(super) others: Vec<(usize, i64)>,
    /// Its best moments, in the time of `film`.
    pub(super) highlights: Vec<Highlight>,
}

fn span_of(highlight: &Highlight) -> TimeSpan {
    TimeSpan::new(highlight.start_millis, highlight.end_millis)
}

/// Every event with highlights that was filmed and can be read. A programme that consists of highlights
/// for the greater part is made of events, and is none itself.
pub(super) fn events(truth: &Truth) -> Vec<Event> {
    let is_film = |asset: &TruthAsset| asset.medium == Medium::Video && !asset.is_broken;
    let is_compilation = |asset: &TruthAsset| {
        let spans = asset.highlights.iter().map(span_of);
        let millis: i64 = spans.map(|span| span.duration_millis()).sum();
        2 * millis > asset.duration_millis
    };
    let mut events: Vec<Event> = Vec::new();
    for (film, asset) in truth.assets.iter().enumerate() {
        if !is_film(asset) || asset.highlights.is_empty() || is_compilation(asset) {
            continue;
        }
        let others: Vec<(usize, i64)> = asset
            .synchronous
            .iter()
            .filter_map(|other| {
                let at = truth
                    .assets
                    .iter()
                    .position(|asset| asset.path == other.path)?;
                Some((at, other.offset_millis))
            })
            .collect();
        // The camera that began first has seen all of the event.
        let is_told = others.iter().any(|(_, offset)| *offset > 0);
        if !is_told {
            events.push(Event {
                film,
                others,
                highlights: asset.highlights.clone(),
            });
        }
    }
    events
}

/// How many milliseconds of a cut lie in highlights.
pub(super) fn millis_in_highlights(truth: &Truth, cut: &[Shown]) -> i64 {
    cut.iter()
        .map(|shown| {
            let highlights = truth.assets[shown.asset].highlights.iter();
            highlights
                .map(|highlight| span_of(highlight).overlap_millis(shown.span))
                .sum::<i64>()
        })
        .sum()
}

/// Whether the best three highlights of an event are in a cut, from any of its cameras; fewer where
/// it has fewer. Of those with the same grade any will do.
pub(super) fn has_top(event: &Event, cut: &[Shown]) -> bool {
    let is_in = |highlight: &Highlight| {
        let own = span_of(highlight);
        let shown_millis = |film: usize, offset: i64| -> i64 {
            let of_film = cut.iter().filter(|shown| shown.asset == film);
            of_film
                .map(|shown| own.shifted(offset).overlap_millis(shown.span))
                .sum()
        };
        let views = std::iter::once((event.film, 0)).chain(event.others.iter().copied());
        let most = views.map(|(film, offset)| shown_millis(film, offset)).max();
        most.unwrap_or(0) as f32 >= SHOWN_SHARE * own.duration_millis() as f32
    };
    let mut grades: Vec<u8> = event.highlights.iter().map(|h| h.grade).collect();
    grades.sort_unstable_by(|one, other| other.cmp(one));
    grades.truncate(TOP);
    let least = grades.last().copied().unwrap_or(0);
    let mut shown = 0;
    for highlight in &event.highlights {
        match is_in(highlight) {
            true if highlight.grade >= least => shown += 1,
            false if highlight.grade > least => return false,
            _ => {}
        }
    }
    shown >= grades.len()
}

/// How often a cut begins or ends within a spoken word. The beginning and the end of a file are no cut.
pub(super) fn cuts_within_words(truth: &Truth, cut: &[Shown]) -> usize {
    let is_within = |asset: &TruthAsset, at: i64| {
        let mut words = asset.utterances.iter().flat_map(|said| &said.words);
        words.any(|word| {
            at - word.start_millis > WORD_EDGE_MILLIS && word.end_millis - at > WORD_EDGE_MILLIS
        })
    };
    cut.iter()
        .map(|shown| {
            let asset = &truth.assets[shown.asset];
            let ends = [shown.span.start_millis, shown.span.end_millis];
            ends.iter().filter(|at| is_within(asset, **at)).count()
        })
        .sum()
}

/// Pairs of stretches of a cut that show the same instant, of one file or by two cameras.
pub(super) fn same_instants(truth: &Truth, cut: &[Shown]) -> Vec<(usize, usize)> {
    let mut same = Vec::new();
    for (position, one) in cut.iter().enumerate() {
        for (next, other) in cut.iter().enumerate().skip(position + 1) {
            let path = &truth.assets[other.asset].path;
            let synchronous = truth.assets[one.asset].synchronous.iter();
            let offset = match one.asset == other.asset {
                true => Some(0),
                false => synchronous
                    .filter(|camera| camera.path == *path)
                    .map(|camera| camera.offset_millis)
                    .next(),
            };
            let common = offset.map(|offset| one.span.shifted(offset).overlap_millis(other.span));
            if common.unwrap_or(0) > SAME_MILLIS {
                same.push((position, next));
            }
        }
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{Language, SpokenWord, Synchronous, TRUTH_FORMAT_VERSION, Utterance};

    fn film(path: &str, highlights: &[(i64, i64, u8)]) -> TruthAsset {
        TruthAsset {
            path: path.to_owned(),
            copies: Vec::new(),
            medium: Medium::Video,
            is_broken: false,
            title: String::new(),
            duration_millis: 60_000,
            size: None,
            frames: None,
            shots: Vec::new(),
            utterances: Vec::new(),
            screen_text: Vec::new(),
            sounds: Vec::new(),
            highlights: highlights
                .iter()
                .map(|(start_millis, end_millis, grade)| Highlight {
                    start_millis: *start_millis,
                    end_millis: *end_millis,
                    grade: *grade,
                })
                .collect(),
            synchronous: Vec::new(),
            sidecars: Vec::new(),
        }
    }

    /// A film of two cameras, the second of which begins two seconds later, and another film.
    fn world() -> Truth {
        let mut first = film(
            "a.mp4",
            &[
                (10_000, 12_000, 3),
                (20_000, 22_000, 1),
                (30_000, 32_000, 1),
                (40_000, 42_000, 2),
            ],
        );
        let mut second = film(
            "b.mp4",
            &[
                (8000, 10_000, 3),
                (18_000, 20_000, 1),
                (28_000, 30_000, 1),
                (38_000, 40_000, 2),
            ],
        );
        let synchronous = |path: &str, offset_millis| Synchronous {
            path: path.to_owned(),
            start_millis: 0,
            end_millis: 60_000,
            offset_millis,
        };
        first.synchronous = vec![synchronous("b.mp4", -2000)];
        second.synchronous = vec![synchronous("a.mp4", 2000)];
        first.utterances = vec![Utterance {
            start_millis: 1000,
            end_millis: 2000,
            language: Language::English,
            voice: String::new(),
            text: "one".to_owned(),
            words: vec![SpokenWord {
                text: "one".to_owned(),
                start_millis: 1000,
                end_millis: 2000,
            }],
        }];
        Truth {
            format_version: TRUTH_FORMAT_VERSION,
            seed: 1,
            minutes: 1.0,
            assets: vec![first, second, film("c.mp4", &[])],
        }
    }

    fn shown(asset: usize, start_millis: i64, end_millis: i64) -> Shown {
        Shown {
            asset,
            span: TimeSpan::new(start_millis, end_millis),
        }
    }

    #[test]
    fn two_cameras_have_one_event_whose_best_may_come_from_either() {
        let truth = world();
        let events = events(&truth);
        assert_eq!(events.len(), 1);
        assert_eq!(
            (events[0].film, events[0].others.as_slice()),
            (0, &[(1, -2000)][..])
        );
        let three_and_two = [shown(0, 10_000, 12_000), shown(1, 38_000, 40_000)];
        assert!(
            !has_top(&events[0], &three_and_two),
            "one of the two ones is missing"
        );
        for one in [shown(0, 20_000, 21_000), shown(1, 28_500, 31_000)] {
            let mut cut = three_and_two.to_vec();
            cut.push(one);
            assert!(has_top(&events[0], &cut));
        }
        let without_best = [
            shown(0, 20_000, 22_000),
            shown(0, 30_000, 32_000),
            shown(0, 40_000, 42_000),
        ];
        assert!(!has_top(&events[0], &without_best));
    }

    #[test]
    fn a_film_that_is_mostly_highlights_is_no_event() {
        let mut truth = world();
        truth.assets[2] = film("best.mp4", &[(0, 16_000, 1), (30_000, 45_000, 2)]);
        assert_eq!(events(&truth).len(), 1);
        truth.assets[2].highlights.pop();
        assert_eq!(events(&truth).len(), 2);
    }

    #[test]
    fn time_words_and_instants_are_counted() {
        let truth = world();
        let cut = [
            shown(0, 1500, 11_000),
            shown(1, 8500, 9500),
            shown(2, 0, 1000),
        ];
        assert_eq!(millis_in_highlights(&truth, &cut), 2000);
        assert_eq!(cuts_within_words(&truth, &cut), 1);
        assert_eq!(
            cuts_within_words(&truth, &[shown(0, 1030, 1970)]),
            0,
            "a frame beside its edge"
        );
        assert!(
            same_instants(&truth, &cut).is_empty(),
            "half a second is none"
        );
        let cut = [
            shown(0, 9000, 12_000),
            shown(1, 7000, 10_000),
            shown(2, 9000, 12_000),
        ];
        assert_eq!(same_instants(&truth, &cut), [(0, 1)]);
    }
}
