//! What is said in the sources of a reel, moved to the reel's own clock.

use std::collections::HashMap;

use super::{
    manifest::Reel,
    source::scale,
    timeline::{Placed, place},
    whereabouts::Whereabouts,
};
use crate::domain::{Assertion, AssertionKind, Channel, Cue, Segment, SegmentId, TimeSpan, Word};

/// A line of speech or subtitles in a source, people's corrections included.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// When, in the source's running time.
    pub span: TimeSpan,
    /// What is said; lines of a cue are joined by `\n`.
    pub text: String,
    /// Its words with their times, where a model heard it.
    pub words: Vec<Word>,
}

/// The lines of an asset: of its fullest track of subtitles where it has any, else as heard.
pub(super) fn lines_of(segments: Vec<(SegmentId, Segment)>) -> Vec<Line> {
    let mut cues: HashMap<String, usize> = HashMap::new();
    let said = |segment: &Segment, channel| -> Option<Assertion> {
        (segment.channel == channel).then_some(())?;
        let mut assertions = segment.assertions.iter();
        let is_transcript = |assertion: &&Assertion| assertion.kind == AssertionKind::Transcript;
        assertions.find(is_transcript).cloned()
    };
    for (_, segment) in &segments {
        if let Some(assertion) = said(segment, Channel::Subtitle)
            && !assertion.provenance.is_by_person()
        {
            *cues.entry(assertion.provenance.version).or_default() += 1;
        }
    }
    // Several tracks say the same in several languages; two at once could not be read.
    let fullest = cues
        .iter()
        .max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)))
        .map(|(track, _)| track.clone());
    let channel = if fullest.is_some() {
        Channel::Subtitle
    } else {
        Channel::Speech
    };
    segments
        .iter()
        .filter_map(|(_, segment)| {
            let assertion = said(segment, channel)?;
            let is_other_track = !assertion.provenance.is_by_person()
                && fullest
                    .as_ref()
                    .is_some_and(|track| *track != assertion.provenance.version);
            (!is_other_track).then_some(Line {
                span: segment.span,
                text: assertion.value,
                words: assertion.words,
            })
        })
        .collect()
}

/// All lines of a reel on its own clock, in order: cut where picks are cut, slower where they are
/// shown slower. No line outlasts its pick.
pub fn reel_lines(reel: &Reel, whereabouts: &Whereabouts) -> Vec<Cue> {
    let placed = place(reel);
    let mut cues: Vec<Cue> = Vec::new();
    for (index, shown) in placed.iter().enumerate() {
        // While one pick melts into the next, the next is heard.
        let end_frame = placed
            .get(index + 1)
            .map_or(shown.record.end, |next| next.record.start);
        let lines = whereabouts
            .places
            .get(&shown.pick.asset_id)
            .map_or(&[][..], |place| &place.lines);
        for line in lines {
            cues.extend(cut(reel, shown, end_frame, line));
        }
    }
    cues.retain(|cue| cue.span.duration_millis() > 0 && !cue.text.is_empty());
    cues
}

/// A line as a pick shows it; `None` where it shows nothing of it.
fn cut(reel: &Reel, shown: &Placed<'_>, end_frame: i64, line: &Line) -> Option<Cue> {
    let (pick, source) = (shown.pick, shown.source);
    let heard = TimeSpan::new(
        source.millis_of(pick.in_frame),
        source.millis_of(pick.out_frame),
    );
    let common = TimeSpan {
        start_millis: line.span.start_millis.max(heard.start_millis),
        end_millis: line.span.end_millis.min(heard.end_millis),
    };
    if common.end_millis <= common.start_millis {
        return None;
    }
    let start_millis = reel_millis(reel, shown.record.start);
    let end_millis = reel_millis(reel, end_frame);
    let factor = pick.slow_motion.map_or(1, |slow| i64::from(slow.factor));
    let moved = |millis: i64| {
        (start_millis + (millis - heard.start_millis) * factor).clamp(start_millis, end_millis)
    };
    let span = TimeSpan::new(moved(common.start_millis), moved(common.end_millis));
    Some(Cue {
        span,
        text: text_within(line, heard),
    })
}

/// The words that are heard within a stretch, where their times are known, else all of them.
fn text_within(line: &Line, heard: TimeSpan) -> String {
    let is_whole =
        line.span.start_millis >= heard.start_millis && line.span.end_millis <= heard.end_millis;
    if is_whole || line.words.is_empty() {
        return line.text.clone();
    }
    let words: Vec<&str> = line
        .words
        .iter()
        .filter(|word| {
            let middle = word.span.start_millis.midpoint(word.span.end_millis);
            (heard.start_millis..heard.end_millis).contains(&middle)
        })
        .map(|word| word.text.as_str())
        .collect();
    words.join(" ")
}

fn reel_millis(reel: &Reel, frame: i64) -> i64 {
    let rate = reel.timeline.rate;
    scale(frame, i128::from(rate.den) * 1000, rate.num)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Provenance, Step};

    fn said(
        channel: Channel,
        start_millis: i64,
        text: &str,
        maker: &str,
        version: &str,
    ) -> (SegmentId, Segment) {
        let step = match channel {
            Channel::Subtitle => Step::Subtitles,
            _ => Step::Speech,
        };
        let segment = Segment {
            step,
            channel,
            span: TimeSpan::new(start_millis, start_millis + 1000),
            ordinal: 0,
            opening: None,
            keyframes: Vec::new(),
            assertions: vec![Assertion {
                step,
                kind: AssertionKind::Transcript,
                value: text.to_owned(),
                language: None,
                confidence: None,
                words: Vec::new(),
                provenance: Provenance {
                    maker: maker.to_owned(),
                    version: version.to_owned(),
                    settings: String::new(),
                },
            }],
        };
        (SegmentId(0), segment)
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| &line.text[..]).collect()
    }

    #[test]
    fn the_fullest_track_of_subtitles_goes_before_what_was_heard() {
        let heard = said(Channel::Speech, 0, "heard", "whisper", "base");
        assert_eq!(texts(&lines_of(vec![heard.clone()])), ["heard"]);
        let found = lines_of(vec![
            said(Channel::Subtitle, 0, "one", "file", "film.en.srt"),
            said(Channel::Subtitle, 0, "eins", "file", "film.de.srt"),
            said(Channel::Subtitle, 1000, "two", "file", "film.en.srt"),
            said(Channel::Subtitle, 2000, "corrected", "person", "Ada"),
            heard,
        ]);
        assert_eq!(texts(&found), ["one", "two", "corrected"]);
    }
}
