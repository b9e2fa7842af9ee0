//! Joins text that neighbouring frames show alike into runs with a beginning and an end.

use crate::domain::TimeSpan;

use super::ScreenLine;

/// Share of letters that may differ between two readings of the same line.
const MAX_DIFFERENCE: f32 = 0.25;
/// Values kept of a counter, such as a timecode or a clock: with two frames a shot that is
/// some minutes of it, and the run stays short enough to be shown.
const MAX_COUNTER_VALUES: usize = 64;
/// Readings that may fail in a row before a run counts as ended.
const MAX_MISSES: usize = 1;

/// Text that stays on screen for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct TextRun {
    /// From the first frame that shows it to the first that does not.
    pub span: TimeSpan,
    /// What it says, in the surest reading. Of a counter, whose digits change from frame to
    /// frame, each value seen, one space between two, at most 64: a search for any of them
    /// finds the run.
    pub text: String,
    /// The surest reading's confidence, 0 to 1.
    pub confidence: f32,
}

/// Takes the lines of frame after frame and joins them into runs.
#[derive(Debug, Default)]
pub struct TextRunMerger {
    open: Vec<OpenRun>,
    closed: Vec<TextRun>,
}

#[derive(Debug)]
struct OpenRun {
    start_millis: i64,
    /// The first frame that does not show it, where one was seen.
    end_millis: Option<i64>,
    misses: usize,
    latest: ScreenLine,
    best: (String, f32),
    /// Counter values after the first; empty when the text stays.
    values: Vec<String>,
}

impl TextRunMerger {
    /// A merger that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the lines of the frame at `at_millis`; frames come in order of time, those without
    /// text too, for they end runs.
    pub fn push(&mut self, at_millis: i64, lines: Vec<ScreenLine>) {
        let mut is_seen = vec![false; self.open.len()];
        for line in lines {
            let same = (0..is_seen.len())
                .filter(|&index| !is_seen[index])
                .find(|&index| is_same_text(&self.open[index].latest, &line));
            match same {
                Some(index) => {
                    is_seen[index] = true;
                    self.open[index].take(line);
                }
                None => self.open.push(OpenRun::new(at_millis, line)),
            }
        }
        for (run, _) in self
            .open
            .iter_mut()
            .zip(&is_seen)
            .filter(|(_, is_seen)| !**is_seen)
        {
            run.misses += 1;
            run.end_millis.get_or_insert(at_millis);
        }
        for run in self.open.extract_if(.., |run| run.misses > MAX_MISSES) {
            self.closed.push(run.close(at_millis));
        }
    }

    /// Ends all runs at `end_millis` and returns them in order of time.
    pub fn finish(mut self, end_millis: i64) -> Vec<TextRun> {
        self.closed
            .extend(self.open.into_iter().map(|run| run.close(end_millis)));
        self.closed
            .sort_by_key(|run| (run.span.start_millis, run.span.end_millis));
        self.closed
    }
}

impl OpenRun {
    fn new(start_millis: i64, line: ScreenLine) -> Self {
        let best = (line.text.clone(), line.confidence);
        Self {
            start_millis,
            end_millis: None,
            misses: 0,
            latest: line,
            best,
            values: Vec::new(),
        }
    }

    fn take(&mut self, line: ScreenLine) {
        self.misses = 0;
        self.end_millis = None;
        let is_counter = digits(&line.text) != digits(&self.latest.text) && has_digits(&line.text);
        if is_counter {
            if self.values.len() + 1 < MAX_COUNTER_VALUES && !self.values.contains(&line.text) {
                self.values.push(line.text.clone());
            }
        } else if self.values.is_empty() && line.confidence > self.best.1 {
            self.best = (line.text.clone(), line.confidence);
        }
        self.latest = line;
    }

    fn close(self, end_millis: i64) -> TextRun {
        let mut text = self.best.0;
        for value in &self.values {
            text.push(' ');
            text.push_str(value);
        }
        TextRun {
            span: TimeSpan::new(self.start_millis, self.end_millis.unwrap_or(end_millis)),
            text,
            confidence: self.best.1,
        }
    }
}

/// Whether two lines are readings of the same text: alike but for a few letters, or for the
/// digits when they stand in the same place.
fn is_same_text(one: &ScreenLine, other: &ScreenLine) -> bool {
    let (first, second) = (shape(&one.text), shape(&other.text));
    let longer = first.len().max(second.len());
    let is_alike = edit_distance(&first, &second) as f32 <= longer as f32 * MAX_DIFFERENCE;
    if !is_alike {
        return false;
    }
    let is_counter = digits(&one.text) != digits(&other.text);
    !is_counter || is_same_place(one, other)
}

fn is_same_place(one: &ScreenLine, other: &ScreenLine) -> bool {
    let overlap = |start: u32, length: u32, other_start: u32, other_length: u32| {
        let shared = (start + length)
            .min(other_start + other_length)
            .saturating_sub(start.max(other_start));
        shared * 2 >= length.min(other_length)
    };
    overlap(one.left, one.width, other.left, other.width)
        && overlap(one.top, one.height, other.top, other.height)
}

/// The text without case and spaces, each digit as `0`.
fn shape(text: &str) -> Vec<char> {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn has_digits(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
}

/// Insertions, deletions and substitutions that turn one text into the other (Levenshtein 1966).
fn edit_distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, &a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, &b) in other.iter().enumerate() {
            let above = row[column + 1];
            row[column + 1] = (diagonal + usize::from(a != b))
                .min(above + 1)
                .min(row[column] + 1);
            diagonal = above;
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, confidence: f32) -> ScreenLine {
        ScreenLine {
            text: text.to_owned(),
            confidence,
            left: 100,
            top: 600,
            width: 300,
            height: 40,
        }
    }

    fn merged(frames: &[(i64, &[&str])], end_millis: i64) -> Vec<(i64, i64, String)> {
        let mut merger = TextRunMerger::new();
        for (at_millis, texts) in frames {
            let lines = texts.iter().enumerate().map(|(row, text)| ScreenLine {
                top: row as u32 * 100,
                ..line(text, 0.9)
            });
            merger.push(*at_millis, lines.collect());
        }
        let runs = merger.finish(end_millis);
        runs.into_iter()
            .map(|run| (run.span.start_millis, run.span.end_millis, run.text))
            .collect()
    }

    #[test]
    fn the_same_text_over_frames_is_one_run() {
        let frames: [(i64, &[&str]); 4] = [
            (0, &["BOXING FINAL"]),
            (1000, &["BOXING FlNAL"]),
            (2000, &[]),
            (3000, &["Archery"]),
        ];
        assert_eq!(
            merged(&frames, 4000),
            [
                (0, 2000, "BOXING FINAL".to_owned()),
                (3000, 4000, "Archery".to_owned())
            ]
        );
    }

    #[test]
    fn one_failed_reading_does_not_split_a_run_and_two_do() {
        let frames: [(i64, &[&str]); 6] = [
            (0, &["Live"]),
            (1000, &[]),
            (2000, &["Live"]),
            (3000, &[]),
            (4000, &[]),
            (5000, &["Live"]),
        ];
        assert_eq!(
            merged(&frames, 6000),
            [
                (0, 3000, "Live".to_owned()),
                (5000, 6000, "Live".to_owned())
            ]
        );
    }

    #[test]
    fn the_surest_reading_stands_for_the_run() {
        let mut merger = TextRunMerger::new();
        merger.push(0, vec![line("Larch forst", 0.6)]);
        merger.push(1000, vec![line("Larch forest", 0.95)]);
        merger.push(2000, vec![line("Larch f0rest", 0.7)]);
        let runs = merger.finish(3000);
        assert!(
            runs[0].text.starts_with("Larch forest") || runs[0].text.contains("Larch forest"),
            "{runs:?}"
        );
        assert_eq!(runs.len(), 1);
    }

    #[test]
    fn every_value_of_a_counter_can_be_found() {
        let frames: [(i64, &[&str]); 3] = [
            (0, &["54.000", "00:00:01;24"]),
            (1000, &["84.000", "00:00:02;24"]),
            (2000, &["89.000", "00:00:02;29"]),
        ];
        assert_eq!(
            merged(&frames, 3000),
            [
                (0, 3000, "54.000 84.000 89.000".to_owned()),
                (0, 3000, "00:00:01;24 00:00:02;24 00:00:02;29".to_owned())
            ]
        );
    }

    #[test]
    fn a_counter_that_runs_for_hours_stays_short() {
        let mut merger = TextRunMerger::new();
        for second in 0..5000 {
            let text = format!(
                "{:02}:{:02}:{:02}",
                second / 3600,
                second / 60 % 60,
                second % 60
            );
            merger.push(second * 1000, vec![line(&text, 0.9)]);
        }
        let runs = merger.finish(5_000_000);
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].text.split(' ').count(), MAX_COUNTER_VALUES);
        assert_eq!(runs[0].span, TimeSpan::new(0, 5_000_000));
    }

    #[test]
    fn two_counters_in_different_places_stay_apart() {
        let frames: [(i64, &[&str]); 2] = [(0, &["12:34", "56:78"]), (1000, &["12:35", "56:79"])];
        assert_eq!(merged(&frames, 2000).len(), 2);
    }

    #[test]
    fn different_texts_are_different_runs() {
        let frames: [(i64, &[&str]); 2] = [(0, &["Interview"]), (1000, &["Weather"])];
        assert_eq!(merged(&frames, 3000).len(), 2);
        assert_eq!(edit_distance(&['a', 'b'], &['b']), 1);
    }
}
