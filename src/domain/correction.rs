//! What a person says against or beside what was found, and what segments are with it.

use serde::{Deserialize, Serialize};

use super::{Assertion, AssertionKind, AssetId, Channel, Provenance, Segment, Step, TimeSpan};

/// A person's statement on a stretch of an asset.
///
/// It names its stretch by content, channel, place and time, so that it holds whatever segments a
/// later run or another model finds there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The asset.
    pub asset_id: AssetId,
    /// The channel of the segment it was made on.
    pub channel: Channel,
    /// That segment's position on its channel.
    pub ordinal: u32,
    /// That segment's stretch.
    pub span: TimeSpan,
    /// What kind of thing is said.
    pub kind: AssertionKind,
    /// What is not so; `None` where something is only added.
    pub old_value: Option<String>,
    /// What is so; `None` where something is only wrong.
    pub value: Option<String>,
    /// ISO 639-1 code of the text's language where known.
    pub language: Option<String>,
    /// Who says it.
    pub author: String,
}

/// A statement that is kept; taken back, everything is as if it had never been made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Its number in this library.
    pub id: i64,
    /// When it was made, RFC 3339.
    pub made: String,
    /// What was said.
    #[serde(flatten)]
    pub statement: Statement,
}

impl Correction {
    fn assertion(&self, value: &str) -> Assertion {
        let statement = &self.statement;
        Assertion {
            step: step_of(statement.channel),
            kind: statement.kind,
            value: value.to_owned(),
            language: statement.language.clone(),
            confidence: None,
            words: Vec::new(),
            provenance: Provenance {
                maker: Provenance::PERSON.to_owned(),
                version: statement.author.clone(),
                settings: format!("correction={} at={}", self.id, self.made),
            },
        }
    }
}

impl Statement {
    /// Whether it was made on this very segment.
    fn is_on(&self, segment: &Segment) -> bool {
        segment.channel == self.channel
            && segment.ordinal == self.ordinal
            && segment.span == self.span
    }

    /// Whether it speaks of most of the segment, or the segment of most of it: segments that merely
    /// touch it after another run are not meant.
    fn is_about(&self, segment: &Segment) -> bool {
        if segment.channel != self.channel {
            return false;
        }
        let shorter = segment
            .span
            .duration_millis()
            .min(self.span.duration_millis());
        self.channel == Channel::Asset
            || segment.span == self.span
            || segment.span.overlap_millis(self.span) * 2 > shorter
    }

    fn contradicts(&self, assertion: &Assertion) -> bool {
        assertion.kind == self.kind
            && self
                .old_value
                .as_deref()
                .is_some_and(|old| is_same(old, &assertion.value))
    }

    /// Whether it stands in place of whatever a machine heard there, in the same language.
    fn replaces_speech(&self, assertion: &Assertion) -> bool {
        self.kind == AssertionKind::Transcript
            && assertion.kind == self.kind
            && self.value.is_some()
            && self.old_value.is_some()
            && !assertion.provenance.is_by_person()
            && (self.language.is_none()
                || assertion.language.is_none()
                || self.language == assertion.language)
    }
}

/// Makes segments what they are with the corrections of their asset, oldest first.
pub fn correct(segments: &mut Vec<Segment>, corrections: &[Correction]) {
    for correction in corrections {
        let statement = &correction.statement;
        if statement.old_value.is_some() {
            for segment in segments.iter_mut() {
                contradict(segment, statement);
            }
        }
        if let Some(value) = &statement.value {
            let index = place(segments, statement);
            let said = &mut segments[index].assertions;
            said.retain(|known| known.kind != statement.kind || !is_same(&known.value, value));
            said.push(correction.assertion(value));
        }
    }
    if !corrections.is_empty() {
        segments.sort_by_key(|segment| (segment.channel, segment.span, segment.ordinal));
    }
}

/// The text of a passage in `span` with the corrections of its lines.
pub fn corrected_passage(text: &str, span: TimeSpan, corrections: &[Correction]) -> String {
    let mut text = text.to_owned();
    for Correction { statement, .. } in corrections {
        let is_line = matches!(
            statement.kind,
            AssertionKind::Transcript | AssertionKind::Text
        );
        let old = statement.old_value.as_deref().map_or("", str::trim);
        if is_line && !old.is_empty() && span.overlap_millis(statement.span) > 0 {
            let value = statement.value.as_deref().map_or("", str::trim);
            text = text.replace(old, value);
        }
    }
    text
}

fn contradict(segment: &mut Segment, statement: &Statement) {
    if segment.channel == Channel::Passage {
        return;
    }
    if statement.is_about(segment) {
        let before = segment.assertions.len();
        segment
            .assertions
            .retain(|assertion| !statement.contradicts(assertion));
        // Another model put it in other words, and was contradicted all the same.
        if segment.assertions.len() == before && statement.is_on(segment) {
            segment
                .assertions
                .retain(|assertion| !statement.replaces_speech(assertion));
        }
    }
    if segment.channel == statement.channel
        && !statement.is_on(segment)
        && segment.span.overlap_millis(statement.span) > 0
    {
        segment.assertions.retain_mut(|assertion| {
            !statement.replaces_speech(assertion) || cut(assertion, segment.span, statement.span)
        });
    }
}

/// Takes the words out that were heard in `gone`; whether any are left. Without word times the
/// whole is taken to lie at its middle.
fn cut(assertion: &mut Assertion, own: TimeSpan, gone: TimeSpan) -> bool {
    let is_gone = |span: TimeSpan| {
        let middle = span.start_millis.midpoint(span.end_millis);
        (gone.start_millis..gone.end_millis).contains(&middle)
    };
    if assertion.words.is_empty() {
        return !is_gone(own);
    }
    let before = assertion.words.len();
    assertion.words.retain(|word| !is_gone(word.span));
    if assertion.words.len() < before {
        let left: Vec<&str> = assertion
            .words
            .iter()
            .map(|word| word.text.as_str())
            .collect();
        assertion.value = left.join(" ");
    }
    !assertion.words.is_empty()
}

/// Where a statement is kept: its own segment, else the one it speaks of most, else one made for it.
fn place(segments: &mut Vec<Segment>, statement: &Statement) -> usize {
    if let Some(index) = segments.iter().position(|segment| statement.is_on(segment)) {
        return index;
    }
    // A line keeps its own time; a tag or name belongs to what is seen or heard then.
    if matches!(statement.kind, AssertionKind::Tag | AssertionKind::Name) {
        let nearest = (0..segments.len())
            .filter(|index| statement.is_about(&segments[*index]))
            .max_by_key(|index| segments[*index].span.overlap_millis(statement.span));
        if let Some(index) = nearest {
            return index;
        }
    }
    segments.push(Segment {
        step: step_of(statement.channel),
        channel: statement.channel,
        span: statement.span,
        ordinal: statement.ordinal,
        opening: None,
        keyframes: Vec::new(),
        assertions: Vec::new(),
    });
    segments.len() - 1
}

/// The step that speaks on a channel.
fn step_of(channel: Channel) -> Step {
    match channel {
        Channel::Asset => Step::Probe,
        Channel::Shot => Step::Tags,
        Channel::Subtitle => Step::Subtitles,
        Channel::Speech => Step::Speech,
        Channel::ScreenText => Step::ScreenText,
        Channel::Passage => Step::Passage,
        Channel::Sound => Step::Sound,
    }
}

/// Whether two assertions say the same: case and surrounding space make no difference.
pub fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

#[cfg(test)]
mod tests;
