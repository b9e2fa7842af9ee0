//! Joins cues and utterances into passages: long enough to say something, short enough to find the place.

use crate::domain::TimeSpan;

/// A passage that is at least this long ends where its text lets it.
const SHORTEST_MILLIS: i64 = 15_000;
/// No passage is longer, unless a single part is.
const LONGEST_MILLIS: i64 = 30_000;
/// What lies further apart does not belong together.
const LARGEST_GAP_MILLIS: i64 = 8_000;
/// A silence of this length separates like the end of a sentence.
const PAUSE_MILLIS: i64 = 1_500;

/// A stretch of speech or subtitles that is embedded as one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassageDraft {
    /// From the start of its first part to the latest end of its parts.
    pub span: TimeSpan,
    /// Its parts' texts in one line.
    pub text: String,
    /// ISO 639-1 code, as given.
    pub language: Option<String>,
}

/// Joins `parts`, which are in order of time, into passages of 15 to 30 seconds.
///
/// A passage ends at the last sentence end or pause that leaves it at least 15 seconds long, and
/// otherwise where the next part would make it longer than 30. It never crosses a gap of more
/// than 8 seconds. Parts without text are left out; one that repeats the part before it, as
/// rolling captions do, only makes the passage last longer.
pub fn passages(parts: &[(TimeSpan, &str)], language: Option<&str>) -> Vec<PassageDraft> {
    let parts: Vec<Part> = parts
        .iter()
        .filter_map(|(span, text)| Part::new(*span, text))
        .collect();
    let mut drafts = Vec::new();
    let mut first = 0;
    while first < parts.len() {
        let end = first + length_of_passage(&parts[first..]);
        drafts.push(join(&parts[first..end], language));
        first = end;
    }
    drafts
}

struct Part {
    span: TimeSpan,
    text: String,
}

impl Part {
    fn new(span: TimeSpan, text: &str) -> Option<Self> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(Self { span, text })
    }

    fn ends_sentence(&self) -> bool {
        let text = self
            .text
            .trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '」', '』']);
        text.ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।', '։', '።'])
    }
}

/// How many of `parts`, of which there is at least one, make up the passage at their start.
fn length_of_passage(parts: &[Part]) -> usize {
    let mut span = parts[0].span;
    let mut fitting = 1;
    let mut best = None;
    for (index, part) in parts.iter().enumerate() {
        span = span.union(part.span);
        if index > 0 && span.duration_millis() > LONGEST_MILLIS {
            break;
        }
        fitting = index + 1;
        let gap = parts
            .get(fitting)
            .map_or(i64::MAX, |next| next.span.start_millis - span.end_millis);
        if gap > LARGEST_GAP_MILLIS {
            return fitting;
        }
        if span.duration_millis() >= SHORTEST_MILLIS
            && (part.ends_sentence() || gap >= PAUSE_MILLIS)
        {
            best = Some(fitting);
            // Sentences go on being added only while the passage is short.
            break;
        }
    }
    best.unwrap_or(fitting)
}

fn join(parts: &[Part], language: Option<&str>) -> PassageDraft {
    let mut span = parts[0].span;
    let mut text = String::new();
    let mut before = "";
    for part in parts {
        span = span.union(part.span);
        if part.text != before {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&part.text);
        }
        before = &part.text;
    }
    PassageDraft {
        span,
        text,
        language: language.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cue(start_seconds: i64, end_seconds: i64) -> TimeSpan {
        TimeSpan::new(start_seconds * 1000, end_seconds * 1000)
    }

    fn spans(drafts: &[PassageDraft]) -> Vec<(i64, i64)> {
        drafts
            .iter()
            .map(|draft| (draft.span.start_millis / 1000, draft.span.end_millis / 1000))
            .collect()
    }

    #[test]
    fn a_passage_ends_with_the_first_sentence_after_fifteen_seconds() {
        let parts = [
            (cue(0, 6), "The archer draws."),
            (cue(6, 12), "She waits"),
            (cue(12, 18), "for the wind"),
            (cue(18, 22), "to drop."),
            (cue(22, 28), "Then she shoots."),
        ];
        let drafts = passages(&parts, Some("en"));
        assert_eq!(spans(&drafts), [(0, 22), (22, 28)]);
        assert_eq!(
            drafts[0].text,
            "The archer draws. She waits for the wind to drop."
        );
        assert_eq!(drafts[1].language.as_deref(), Some("en"));
    }

    #[test]
    fn text_without_sentences_is_cut_before_thirty_seconds_or_at_a_pause() {
        let run: Vec<_> = (0..10)
            .map(|i| (cue(i * 7, i * 7 + 7), "and then"))
            .collect();
        assert_eq!(spans(&passages(&run, None)), [(0, 28), (28, 56), (56, 70)]);
        let paused = [
            (cue(0, 9), "one"),
            (cue(9, 17), "two"),
            (cue(20, 25), "three"),
        ];
        assert_eq!(spans(&passages(&paused, None)), [(0, 17), (20, 25)]);
    }

    #[test]
    fn a_gap_ends_a_passage_however_short() {
        let parts = [
            (cue(0, 2), "Hello"),
            (cue(11, 12), "Goodbye"),
            (cue(20, 21), "Again"),
        ];
        assert_eq!(spans(&passages(&parts, None)), [(0, 2), (11, 21)]);
    }

    #[test]
    fn one_long_part_stays_whole_and_alone() {
        let parts = [
            (cue(0, 5), "before"),
            (cue(5, 50), "a credit roll"),
            (cue(50, 52), "after"),
        ];
        assert_eq!(spans(&passages(&parts, None)), [(0, 5), (5, 50), (50, 52)]);
    }

    #[test]
    fn rolling_captions_are_told_once_and_empty_cues_left_out() {
        let parts = [
            (cue(0, 2), "  we are\nlive "),
            (cue(2, 4), "we are live"),
            (cue(4, 5), " \n"),
            (cue(5, 6), "from Rome"),
        ];
        let drafts = passages(&parts, None);
        assert_eq!(drafts.len(), 1);
        assert_eq!(drafts[0].text, "we are live from Rome");
        assert_eq!(passages(&[], Some("de")), []);
    }

    #[test]
    fn quotes_and_other_scripts_end_sentences_too() {
        for text in [
            "He said “no.”",
            "これで終わりです。",
            "هل انتهى؟",
            "Really?!)",
        ] {
            assert!(
                Part::new(cue(0, 1), text).unwrap().ends_sentence(),
                "{text}"
            );
        }
        assert!(!Part::new(cue(0, 1), "Mr. Smith").unwrap().ends_sentence());
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_limit_is_broken(
            steps in prop::collection::vec((0_i64..12_000, 0_i64..45_000, "[a-z]{1,3}[.]?"), 0..60)
        ) {
            let mut parts = Vec::new();
            let mut now = 0;
            for (number, (gap, length, text)) in steps.iter().enumerate() {
                parts.push((TimeSpan::new(now + gap, now + gap + length), format!("{number}{text}")));
                now += gap + length;
            }
            let given: Vec<_> = parts.iter().map(|(span, text)| (*span, text.as_str())).collect();
            let drafts = passages(&given, None);
            let told: Vec<&str> = drafts.iter().flat_map(|draft| draft.text.split(' ')).collect();
            let said: Vec<&str> = given.iter().map(|(_, text)| *text).collect();
            prop_assert_eq!(told, said);
            for draft in &drafts {
                let inside: Vec<_> = given.iter().filter(|(span, _)| draft.span.union(*span) == draft.span).collect();
                prop_assert!(draft.span.duration_millis() <= LONGEST_MILLIS || draft.text.split(' ').count() == 1);
                for pair in inside.windows(2) {
                    prop_assert!(pair[1].0.start_millis - pair[0].0.end_millis <= LARGEST_GAP_MILLIS);
                }
            }
        }
    }
}
