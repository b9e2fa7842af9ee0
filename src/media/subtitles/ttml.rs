//! Timed Text Markup Language (W3C TTML1 and TTML2, with it DFXP, EBU-TT-D, IMSC and SMPTE-TT).

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::clock::clock_millis;
use super::markup::{named_character, tidy};
use crate::domain::{Cue, TimeSpan};
use crate::media::MediaError;

/// Elements inside one another; honest files have some ten.
const DEEPEST_NESTING: usize = 200;

/// Whether XML that begins with `head` is TTML: by its root element, whatever the prefix.
pub(super) fn is_ttml(head: &str) -> bool {
    head.split('<').skip(1).any(|element| {
        let name = element
            .split(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
            .next()
            .unwrap_or(element);
        name == "tt" || name.ends_with(":tt")
    })
}

/// Cues of all timed elements that hold text.
///
/// # Errors
/// [`MediaError::Corrupt`] when the XML breaks before the first cue; after it, what could be read
/// counts.
pub(super) fn cues(text: &str) -> Result<Vec<Cue>, MediaError> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    let mut document = Document::default();
    while document.elements.len() <= DEEPEST_NESTING {
        match reader.read_event() {
            Ok(Event::Start(element)) => document.open(&element),
            Ok(Event::Empty(element)) => {
                document.open(&element);
                document.close();
            }
            Ok(Event::End(_)) => document.close(),
            Ok(Event::Text(text)) => document.text(&text),
            Ok(Event::CData(text)) => document.text(&text),
            Ok(Event::GeneralRef(reference)) => {
                document.text(
                    named_character(&reference)
                        .unwrap_or(' ')
                        .encode_utf8(&mut [0; 4]),
                );
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) if document.cues.is_empty() => {
                return Err(MediaError::Corrupt {
                    reason: format!("its XML cannot be read: {error}"),
                });
            }
            Err(_) => break,
        }
    }
    while !document.elements.is_empty() {
        document.close();
    }
    Ok(document.cues)
}

#[derive(Default)]
struct Document {
    rates: Rates,
    elements: Vec<Element>,
    cues: Vec<Cue>,
}

/// An element that is open.
struct Element {
    /// When it is shown, inherited where it does not say; the end is open where nothing tells.
    begin_millis: Option<i64>,
    end_millis: Option<i64>,
    /// Text that belongs to it; `None` passes text on to the element around it.
    text: Option<String>,
    /// Whether what is inside is not shown: metadata, ruby annotations.
    is_hidden: bool,
}

impl Document {
    fn open(&mut self, element: &BytesStart<'_>) {
        let name = element.local_name().into_inner().to_owned();
        let attributes: HashMap<String, String> = element
            .attributes()
            .flatten()
            .map(|attribute| {
                let key = attribute.key.local_name().into_inner().to_owned();
                (key, attribute.value.into_owned())
            })
            .collect();
        if name == "tt" {
            self.rates = Rates::of(&attributes);
        }
        if name == "br" {
            self.push(|kept| kept.push('\n'));
        }
        let outer = self.elements.last();
        let outer_begin = outer.and_then(|outer| outer.begin_millis);
        let outer_end = outer.and_then(|outer| outer.end_millis);
        let time = |key: &str| {
            attributes
                .get(key)
                .and_then(|value| self.rates.millis(value))
        };
        let begin = time("begin").map(|begin| begin.saturating_add(outer_begin.unwrap_or(0)));
        let end = match (time("end"), time("dur")) {
            (Some(end), _) => Some(end.saturating_add(outer_begin.unwrap_or(0))),
            (None, Some(duration)) => begin
                .or(outer_begin)
                .map(|begin| begin.saturating_add(duration)),
            (None, None) => None,
        };
        let is_annotation = attributes
            .get("ruby")
            .is_some_and(|ruby| matches!(ruby.as_str(), "text" | "textContainer" | "delimiter"));
        let is_hidden = outer.is_some_and(|outer| outer.is_hidden)
            || is_annotation
            || matches!(
                name.as_str(),
                "head" | "metadata" | "title" | "desc" | "agent" | "copyright"
            );
        let has_text = name == "p" || (name == "span" && begin.is_some());
        self.elements.push(Element {
            begin_millis: begin.or(outer_begin),
            end_millis: end.or(outer_end),
            text: has_text.then(String::new),
            is_hidden,
        });
    }

    fn close(&mut self) {
        let Some(element) = self.elements.pop() else {
            return;
        };
        let (Some(begin), Some(text)) = (element.begin_millis, element.text) else {
            return;
        };
        let text = tidy(&text);
        if !text.is_empty() {
            let end = element.end_millis.unwrap_or(begin);
            self.cues.push(Cue {
                span: TimeSpan::new(begin, end),
                text,
            });
        }
    }

    /// Text; line ends in it are only spaces.
    fn text(&mut self, text: &str) {
        self.push(|kept| {
            kept.extend(
                text.chars()
                    .map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }),
            )
        });
    }

    /// Lets `add` write to the innermost element that keeps text.
    fn push(&mut self, add: impl FnOnce(&mut String)) {
        if self
            .elements
            .last()
            .is_some_and(|element| element.is_hidden)
        {
            return;
        }
        if let Some(kept) = self
            .elements
            .iter_mut()
            .rev()
            .find_map(|element| element.text.as_mut())
        {
            add(kept);
        }
    }
}

/// What frames and ticks in time expressions count.
struct Rates {
    frames_per_second: f64,
    ticks_per_second: f64,
}

impl Default for Rates {
    fn default() -> Self {
        // TTML2, section 7.2: 30 frames a second, one tick a second where nothing is said.
        Self {
            frames_per_second: 30.0,
            ticks_per_second: 1.0,
        }
    }
}

impl Rates {
    fn of(attributes: &HashMap<String, String>) -> Self {
        let positive = |text: &str| {
            text.trim()
                .parse::<f64>()
                .ok()
                .filter(|value| value.is_finite() && *value > 0.0)
        };
        let number = |key: &str| attributes.get(key).and_then(|value| positive(value));
        let multiplier = attributes.get("frameRateMultiplier").and_then(|value| {
            let mut parts = value.split([' ', ':']);
            Some(positive(parts.next()?)? / parts.next().map_or(Some(1.0), positive)?)
        });
        let frame_rate = number("frameRate");
        let frames_per_second = frame_rate.unwrap_or(30.0) * multiplier.unwrap_or(1.0);
        let ticks_per_second = number("tickRate")
            .or(frame_rate.map(|_| frames_per_second))
            .unwrap_or(1.0);
        Self {
            frames_per_second,
            ticks_per_second,
        }
    }

    /// A time expression (TTML2, section 12.3): a clock, a clock with frames, or a count of a unit.
    fn millis(&self, text: &str) -> Option<i64> {
        let text = text.trim();
        let fields: Vec<&str> = text.split(':').collect();
        if let [hours, minutes, seconds, frames] = fields[..] {
            let clock = clock_millis(&format!("{hours}:{minutes}:{seconds}"))?;
            // Frames may be followed by sub-frames.
            let frames: f64 = frames.parse().ok().filter(|frames| *frames >= 0.0)?;
            return clock.checked_add((frames * 1000.0 / self.frames_per_second).round() as i64);
        }
        if fields.len() > 1 {
            return clock_millis(text);
        }
        let digits_end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let count: f64 = text[..digits_end].parse().ok()?;
        let unit_millis = match &text[digits_end..] {
            "h" => 3_600_000.0,
            "m" => 60_000.0,
            "s" => 1000.0,
            "ms" => 1.0,
            "f" => 1000.0 / self.frames_per_second,
            "t" => 1000.0 / self.ticks_per_second,
            _ => return None,
        };
        Some((count * unit_millis).round() as i64)
    }
}
