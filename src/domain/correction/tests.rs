//! What corrections do to segments, whatever a later run finds.

use super::*;
use crate::domain::Word;

fn assertion(kind: AssertionKind, value: &str, words: &[(&str, i64)]) -> Assertion {
    Assertion {
        step: Step::Speech,
        kind,
        value: value.to_owned(),
        language: Some("en".to_owned()),
        confidence: Some(0.5),
        words: words
            .iter()
            .map(|(text, start)| Word {
                text: (*text).to_owned(),
                span: TimeSpan::new(*start, start + 100),
                probability: 0.5,
            })
            .collect(),
        provenance: Provenance {
            maker: "whisper".to_owned(),
            version: "1".to_owned(),
            settings: String::new(),
        },
    }
}

fn segment(channel: Channel, ordinal: u32, span: (i64, i64), said: Vec<Assertion>) -> Segment {
    Segment {
        step: Step::Speech,
        channel,
        span: TimeSpan::new(span.0, span.1),
        ordinal,
        opening: None,
        keyframes: Vec::new(),
        assertions: said,
    }
}

fn line(ordinal: u32, span: (i64, i64), text: &str) -> Segment {
    let said = assertion(AssertionKind::Transcript, text, &[]);
    segment(Channel::Speech, ordinal, span, vec![said])
}

fn shot(ordinal: u32, span: (i64, i64), tags: &[&str]) -> Segment {
    let tags = tags
        .iter()
        .map(|tag| assertion(AssertionKind::Tag, tag, &[]))
        .collect();
    segment(Channel::Shot, ordinal, span, tags)
}

fn correction(
    on: &Segment,
    kind: AssertionKind,
    old: Option<&str>,
    new: Option<&str>,
) -> Correction {
    Correction {
        id: 1,
        made: "2026-01-01T00:00:00Z".to_owned(),
        statement: Statement {
            asset_id: AssetId([1; 32]),
            channel: on.channel,
            ordinal: on.ordinal,
            span: on.span,
            kind,
            old_value: old.map(str::to_owned),
            value: new.map(str::to_owned),
            language: Some("en".to_owned()),
            author: "Anna".to_owned(),
        },
    }
}

fn values(segments: &[Segment]) -> Vec<&str> {
    segments
        .iter()
        .flat_map(|segment| &segment.assertions)
        .map(|said| said.value.as_str())
        .collect()
}

#[test]
fn a_line_is_replaced_and_says_who_did_it() {
    let mut segments = vec![
        line(0, (0, 1000), "hits the cold"),
        line(1, (1000, 2000), "ten"),
    ];
    let new = correction(
        &segments[0],
        AssertionKind::Transcript,
        Some("hits the cold"),
        Some("hits the gold"),
    );
    correct(&mut segments, &[new]);
    assert_eq!(values(&segments), ["hits the gold", "ten"]);
    let provenance = &segments[0].assertions[0].provenance;
    assert!(provenance.is_by_person());
    assert_eq!(provenance.version, "Anna");
    assert_eq!(provenance.settings, "correction=1 at=2026-01-01T00:00:00Z");
}

#[test]
fn a_line_wins_over_what_another_model_hears_in_other_words_and_at_other_times() {
    let first = line(4, (1000, 2000), "hits the cold");
    let new = correction(
        &first,
        AssertionKind::Transcript,
        Some("hits the cold"),
        Some("hits the gold"),
    );
    // One with word times that goes on before and after, one without that lies within.
    let timed = assertion(
        AssertionKind::Transcript,
        "she hits the bold ten",
        &[
            ("she", 800),
            ("hits", 1000),
            ("the", 1200),
            ("bold", 1500),
            ("ten", 2100),
        ],
    );
    let mut segments = vec![
        segment(Channel::Speech, 0, (800, 2300), vec![timed]),
        line(1, (1100, 1900), "hit a cold"),
        line(2, (2300, 3000), "points"),
    ];
    correct(&mut segments, std::slice::from_ref(&new));
    assert_eq!(values(&segments), ["she ten", "hits the gold", "points"]);
    let own = segments.iter().find(|segment| new.statement.is_on(segment));
    assert!(own.is_some(), "kept under the place it was made on");
}

#[test]
fn a_line_in_another_language_stays() {
    let mut other = line(1, (100, 900), "touche l'or");
    other.assertions[0].language = Some("fr".to_owned());
    let mut segments = vec![line(0, (0, 1000), "cold"), other];
    let new = correction(
        &segments[0],
        AssertionKind::Transcript,
        Some("cold"),
        Some("gold"),
    );
    correct(&mut segments, &[new]);
    assert_eq!(values(&segments), ["gold", "touche l'or"]);
}

#[test]
fn what_is_wrong_goes_and_what_a_better_model_says_there_stays() {
    let wrong = correction(
        &line(0, (0, 1000), "cold"),
        AssertionKind::Transcript,
        Some("cold"),
        None,
    );
    let mut same = vec![line(0, (0, 1000), "Cold ")];
    correct(&mut same, std::slice::from_ref(&wrong));
    assert!(values(&same).is_empty());
    let mut better = vec![line(0, (0, 1000), "gold")];
    correct(&mut better, &[wrong]);
    assert_eq!(values(&better), ["gold"]);
}

#[test]
fn a_tag_follows_the_shot_that_shows_its_time() {
    let added = correction(
        &shot(0, (0, 5000), &[]),
        AssertionKind::Tag,
        None,
        Some("podium"),
    );
    let mut segments = vec![
        shot(0, (0, 1000), &[]),
        shot(1, (1000, 5100), &[]),
        shot(2, (5100, 9000), &[]),
    ];
    correct(&mut segments, &[added]);
    assert_eq!(values(&segments[1..2]), ["podium"]);
    assert_eq!(values(&segments).len(), 1);
}

#[test]
fn a_wrong_tag_goes_from_the_same_picture_and_not_from_its_neighbour() {
    let wrong = correction(
        &shot(0, (0, 5000), &[]),
        AssertionKind::Tag,
        Some("Podium"),
        None,
    );
    let mut segments = vec![
        shot(0, (0, 4800), &["podium", "crowd"]),
        shot(1, (4800, 9000), &["podium"]),
    ];
    correct(&mut segments, &[wrong]);
    assert_eq!(values(&segments), ["crowd", "podium"]);
}

#[test]
fn a_correction_can_be_corrected() {
    let mut segments = vec![line(0, (0, 1000), "a")];
    let first = correction(
        &segments[0],
        AssertionKind::Transcript,
        Some("a"),
        Some("b"),
    );
    let second = correction(
        &segments[0],
        AssertionKind::Transcript,
        Some("b"),
        Some("c"),
    );
    correct(&mut segments, &[first, second]);
    assert_eq!(values(&segments), ["c"]);
}

#[test]
fn a_passage_says_what_its_lines_say() {
    let new = correction(
        &line(0, (0, 1000), "the cold"),
        AssertionKind::Transcript,
        Some("the cold"),
        Some("the gold"),
    );
    let corrections = [new];
    let text = "she hits the cold and smiles";
    assert_eq!(
        corrected_passage(text, TimeSpan::new(0, 9000), &corrections),
        "she hits the gold and smiles"
    );
    assert_eq!(
        corrected_passage(text, TimeSpan::new(5000, 9000), &corrections),
        text
    );
}
