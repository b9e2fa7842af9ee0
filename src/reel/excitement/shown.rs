//! What shots and lines on screen say of excitement.

use super::{
    STEP_MILLIS, Signal,
    baseline::{Scale, levels},
    middle_millis,
};
use crate::domain::{AssertionKind, Channel, Segment, TimeSpan, Transition};

/// Cuts are counted in so long a stretch around a step.
const CUT_WINDOW_MILLIS: i64 = 10_000;

/// Cuts a minute: one more or less in the window says nothing.
const CUTS: Scale = Scale {
    quiet: 6.0,
    least: 18.0,
};

/// How long before a score changes on screen the moment may lie that it is for.
const SCORE_LEAD_MILLIS: i64 = 8000;

/// How long after the change: celebration.
const SCORE_TRAIL_MILLIS: i64 = 2000;

/// A line whose letters are at least so alike is the same line with other figures.
const SAME_LINE: f64 = 0.8;

/// How long a replay may last.
const REPLAY_MILLIS: std::ops::RangeInclusive<i64> = 1500..=20_000;

/// Where more of the shots than this melt into each other, that is the film's way and no replay.
const MOST_SOFT: f32 = 0.34;

/// Cut rate, replays and score changes, each where there is something to tell it from.
pub(super) fn signals(segments: &[Segment], steps: usize) -> Vec<(Signal, Vec<f32>)> {
    let shots: Vec<&Segment> = on(segments, Channel::Shot);
    let lines: Vec<&Segment> = on(segments, Channel::ScreenText);
    let mut signals = Vec::new();
    if shots.len() > 1 {
        signals.push((Signal::CutRate, cut_rate(&shots, steps)));
    }
    let replays = replays(&shots);
    if !replays.is_empty() {
        signals.push((Signal::Replay, within(&replays, steps)));
    }
    let changes = score_changes(&lines);
    if !changes.is_empty() {
        signals.push((Signal::ScoreChange, led_to(&changes, steps)));
    }
    signals
}

fn on(segments: &[Segment], channel: Channel) -> Vec<&Segment> {
    let mut found: Vec<&Segment> = segments
        .iter()
        .filter(|segment| segment.channel == channel)
        .collect();
    found.sort_by_key(|segment| segment.span);
    found
}

/// Cuts a minute around each step, above the asset's usual (Adams, Dorai and Venkatesh 2002,
/// "Toward automatic extraction of expressive elements from motion pictures: tempo").
fn cut_rate(shots: &[&Segment], steps: usize) -> Vec<f32> {
    let cuts: Vec<i64> = shots
        .iter()
        .skip(1)
        .map(|shot| shot.span.start_millis)
        .collect();
    let rates: Vec<Option<f32>> = (0..steps)
        .map(|step| {
            let from = middle_millis(step) - CUT_WINDOW_MILLIS / 2;
            let first = cuts.partition_point(|cut| *cut < from);
            let end = cuts.partition_point(|cut| *cut < from + CUT_WINDOW_MILLIS);
            Some((end - first) as f32 * 60_000.0 / CUT_WINDOW_MILLIS as f32)
        })
        .collect();
    levels(&rates, CUTS)
}

/// Stretches that begin and end with a dissolve or a fade in an asset that is mostly cut.
fn replays(shots: &[&Segment]) -> Vec<TimeSpan> {
    let is_soft =
        |shot: &Segment| matches!(shot.opening, Some(Transition::Dissolve | Transition::Fade));
    let soft: Vec<i64> = shots
        .iter()
        .filter(|shot| is_soft(shot))
        .map(|shot| shot.span.start_millis)
        .collect();
    if soft.len() as f32 > MOST_SOFT * shots.len() as f32 {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut open = None;
    for at_millis in soft {
        open = match open {
            Some(start) if REPLAY_MILLIS.contains(&(at_millis - start)) => {
                found.push(TimeSpan::new(start, at_millis));
                None
            }
            _ => Some(at_millis),
        };
    }
    found
}

/// When the figures of a line changed.
fn score_changes(lines: &[&Segment]) -> Vec<i64> {
    let mut changes = Vec::new();
    let mut before: Vec<(String, String)> = Vec::new();
    for line in lines {
        let texts = line
            .assertions
            .iter()
            .filter(|said| said.kind == AssertionKind::Text);
        for text in texts {
            let Some((letters, figures)) = score_of(&text.value) else {
                continue;
            };
            let same = before
                .iter_mut()
                .find(|(known, _)| strsim::normalized_levenshtein(known, &letters) >= SAME_LINE);
            match same {
                Some((_, known)) if *known == figures => {}
                Some((_, known)) => {
                    changes.push(line.span.start_millis);
                    *known = figures;
                }
                None => before.push((letters, figures)),
            }
        }
    }
    changes.sort_unstable();
    changes.dedup();
    changes
}

/// The letters and the figures of a line that may be a score: both are there, and it is no clock.
fn score_of(text: &str) -> Option<(String, String)> {
    let letters: String = text
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .collect();
    let figures: Vec<&str> = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|figures| !figures.is_empty())
        .collect();
    let is_clock = text.as_bytes().windows(3).any(|three| {
        three[0].is_ascii_digit() && matches!(three[1], b':' | b';') && three[2].is_ascii_digit()
    });
    (letters.len() >= 3 && !figures.is_empty() && !is_clock)
        .then(|| (letters.to_lowercase(), figures.join(" ")))
}

/// Levels that rise to 1 at each of `times` and fall after it.
fn led_to(times: &[i64], steps: usize) -> Vec<f32> {
    let level = |at: i64, time: i64| {
        let (apart, most) = match time - at {
            ahead @ 0.. => (ahead, SCORE_LEAD_MILLIS),
            behind => (-behind, SCORE_TRAIL_MILLIS),
        };
        1.0 - (apart as f32 / most as f32).min(1.0)
    };
    (0..steps)
        .map(|step| {
            times
                .iter()
                .map(|time| level(middle_millis(step), *time))
                .fold(0.0, f32::max)
        })
        .collect()
}

/// 1 within `spans`, 0 elsewhere.
fn within(spans: &[TimeSpan], steps: usize) -> Vec<f32> {
    (0..steps)
        .map(|step| {
            let own = TimeSpan::new(step as i64 * STEP_MILLIS, (step as i64 + 1) * STEP_MILLIS);
            let most = spans.iter().map(|span| span.overlap_millis(own)).max();
            most.unwrap_or(0) as f32 / STEP_MILLIS as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_told_from_names_and_clocks() {
        assert_eq!(
            score_of("KIM 3  NOVAK 11"),
            Some(("kimnovak".to_owned(), "3 11".to_owned()))
        );
        assert_eq!(score_of("KIM NOVAK"), None);
        assert_eq!(score_of("10:02:33:11"), None);
        assert_eq!(score_of("3 11"), None);
        assert_eq!(
            score_of("HOME 2 12:41"),
            None,
            "a line with a clock changes all the time"
        );
    }

    #[test]
    fn what_leads_to_a_change_is_raised_and_soon_over_after_it() {
        let raised = led_to(&[10_000], 40);
        assert!(raised[19] > 0.9 && raised[12] > 0.4, "{raised:?}");
        assert_eq!((raised[2], raised[30]), (0.0, 0.0));
    }
}
