//! Texts over pictures: lower thirds, subtitles, and the lines of cards.

use crate::domain::{Picture, Rational};
use crate::media::MediaError;
use crate::media::protocol::{ReelForm, ReelLetters, ReelPlace};

use super::super::clip::as_frame;
use super::super::decoder::Frame;
use super::super::graph::{ANY_UNIT, FrameForm, Graph};
use super::super::orientation::Orientation;
use super::conform::Conform;
use super::font::{Fonts, is_east_asian, package_for};
use super::mix::mix;

/// Over how many milliseconds a lower third comes and goes.
const FADE_MILLIS: i64 = 300;

/// Letters in a line at most: what subtitles keep to, so that they are read at a glance.
const LINE_LETTERS: usize = 42;

/// A dark grey that is not quite black, so that a card is not taken for a fault.
const CARD_GREY: u8 = 24;

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    LowerThird,
    Subtitle,
    Card,
}

/// A chain for texts that stay the same for a while.
struct Written {
    style: Style,
    texts: Vec<String>,
    form: FrameForm,
    graph: Graph,
}

/// Writes texts over pictures of one form.
pub(super) struct Lettering {
    form: ReelForm,
    fonts: Fonts,
    written: Vec<Written>,
    /// What can't be written, and why.
    pub(super) problem: Option<String>,
}

impl Lettering {
    pub(super) fn new(form: &ReelForm) -> Self {
        Self {
            form: form.clone(),
            fonts: Fonts::of_system(),
            written: Vec::new(),
            problem: None,
        }
    }

    /// The picture with those of `letters` over it that belong to picture `at` of the part.
    ///
    /// # Errors
    /// What FFmpeg says of the picture; where texts can't be written at all, the picture stays as
    /// it is and `problem` says why.
    pub(super) fn over(
        &mut self,
        mut frame: Frame,
        at: i64,
        letters: &[ReelLetters],
    ) -> Result<Frame, MediaError> {
        let shown = |place: ReelPlace| {
            letters
                .iter()
                .filter(move |text| text.place == place && (text.from..text.to).contains(&at))
        };
        for text in shown(ReelPlace::LowerThird) {
            let texts = std::slice::from_ref(&text.text);
            let Some(drawn) = self.write(&frame, Style::LowerThird, texts)? else {
                return Ok(frame);
            };
            let rate = self.form.rate;
            let fade = (FADE_MILLIS * i64::from(rate.num) / (i64::from(rate.den) * 1000)).max(1);
            let step = (at - text.from + 1).min(text.to - at).clamp(0, fade);
            frame = if step == fade {
                drawn
            } else {
                mix(&frame, &drawn, (step * 256 / fade) as u32)?
            };
        }
        let subtitles: Vec<String> = shown(ReelPlace::Subtitle)
            .map(|text| text.text.clone())
            .collect();
        if !subtitles.is_empty()
            && let Some(drawn) = self.write(&frame, Style::Subtitle, &subtitles)?
        {
            frame = drawn;
        }
        Ok(frame)
    }

    /// A card with these lines.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn card(&mut self, lines: &[String]) -> Result<Frame, MediaError> {
        let blank = blank(&self.form, CARD_GREY)?;
        let drawn = self.write(&blank, Style::Card, lines)?;
        Ok(drawn.unwrap_or(blank))
    }

    fn write(
        &mut self,
        frame: &Frame,
        style: Style,
        texts: &[String],
    ) -> Result<Option<Frame>, MediaError> {
        let form = FrameForm::of(frame, false);
        let is_same = |written: &Written| {
            written.style == style && written.texts == texts && written.form == form
        };
        if !self.written.iter().any(is_same) {
            let lines: Vec<String> = texts.iter().flat_map(|text| wrapped(text)).collect();
            let Some(lines) = self.with_fonts(lines) else {
                self.problem = Some(
                    "no font was found to write with; hint: install fonts-dejavu-core".to_owned(),
                );
                return Ok(None);
            };
            if lines.is_empty() {
                return Ok(frame.share());
            }
            let chain = chain(style, &lines, &self.form);
            match Graph::new(form, &chain, ANY_UNIT) {
                Ok(graph) => {
                    self.written.retain(|written| written.style != style);
                    self.written.push(Written {
                        style,
                        texts: texts.to_vec(),
                        form,
                        graph,
                    });
                }
                Err(error) => {
                    self.problem = Some(format!("this FFmpeg can't write letters: {error}"));
                    return Ok(None);
                }
            }
        }
        let Some(written) = self.written.iter_mut().find(|written| is_same(written)) else {
            return Ok(None);
        };
        written.graph.push(Some((frame, 0)))?;
        written.graph.pull()
    }
}

impl Lettering {
    /// Each line with the file of a font for it; `None` where there is no font.
    fn with_fonts(&mut self, lines: Vec<String>) -> Option<Vec<(String, String)>> {
        let choose = |line: String| {
            let choice = self.fonts.choose(&line)?;
            if !choice.missing.is_empty() {
                self.problem = Some(format!(
                    "no font here has the letters `{}`, boxes are shown for them; hint: install {}",
                    choice.missing,
                    package_for(&choice.missing)
                ));
            }
            Some((line, choice.path.to_str()?.to_owned()))
        };
        lines.into_iter().map(choose).collect()
    }
}

/// A picture of one grey in the reel's form.
///
/// # Errors
/// `OutOfMemory`.
pub(super) fn blank(form: &ReelForm, grey: u8) -> Result<Frame, MediaError> {
    let picture = Picture {
        width: form.width,
        height: form.height,
        rgb: vec![grey; form.width as usize * form.height as usize * 3],
    };
    let square = Rational::new(1, 1);
    Conform::new(form, square, Orientation::default()).conform(&as_frame(&picture)?)
}

/// The filters for lines, each with the file of its font.
fn chain(style: Style, lines: &[(String, String)], form: &ReelForm) -> String {
    let (width, height) = (form.width, form.height);
    let font_size = match style {
        Style::LowerThird => height / 18,
        Style::Subtitle => height / 20,
        Style::Card => height / 14,
    }
    .clamp(8, width / 24 + 8);
    let line_height = font_size * 4 / 3;
    let count = lines.len() as u32;
    let first_base = match style {
        Style::LowerThird => height * 84 / 100,
        Style::Subtitle => height * 93 / 100,
        Style::Card => height / 2 + (count * line_height) / 2,
    };
    let draw = |(number, (line, font)): (usize, &(String, String))| {
        let base = first_base.saturating_sub((count - 1 - number as u32) * line_height);
        let look = match style {
            Style::LowerThird => format!(
                "x={}:box=1:boxcolor=black@0.6:boxborderw={}",
                width * 6 / 100,
                font_size / 4
            ),
            Style::Subtitle => format!(
                "x=(w-text_w)/2:borderw={}:bordercolor=black@0.9",
                (font_size / 12).max(1)
            ),
            Style::Card => "x=(w-text_w)/2".to_owned(),
        };
        format!(
            "drawtext=fontfile={}:text={}:expansion=none:fontcolor=white:fontsize={font_size}:y={base}-max_glyph_a:{look}",
            escaped(font),
            escaped(line),
        )
    };
    let drawn: Vec<String> = lines.iter().enumerate().map(draw).collect();
    drawn.join(",")
}

/// The text in lines that can be read at a glance; parted between words where it can be.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for part in text.lines() {
        let mut line = String::new();
        for word in part.split_whitespace().flat_map(parted) {
            let letters = places(&line) + 1 + places(&word);
            if !line.is_empty() && letters > LINE_LETTERS {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// A word in pieces that each fit in a line: there are scripts that have no blanks.
fn parted(word: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for letter in word.chars() {
        let piece = &pieces[pieces.len() - 1];
        if places(piece) + places(letter.encode_utf8(&mut [0; 4])) > LINE_LETTERS {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
    }
    pieces
}

/// How many places of a line a text takes; letters of East Asia take two.
fn places(text: &str) -> usize {
    let wide = |letter: char| usize::from(is_east_asian(u32::from(letter)));
    text.chars().map(|letter| 1 + wide(letter)).sum()
}

/// A value of a filter's option, so that nothing in it is taken for more: it is read twice, once as
/// a part of the chain and once as a part of the options ("Notes on filtergraph escaping" in
/// FFmpeg's manual of filters).
fn escaped(value: &str) -> String {
    let once = |value: &str, special: &str| {
        let mut out = String::with_capacity(value.len() * 2);
        for letter in value.chars() {
            if special.contains(letter) {
                out.push('\\');
            }
            out.push(letter);
        }
        out
    };
    once(&once(value, "\\':"), "\\'[],; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_parted_between_words() {
        let text = "The quick brown fox jumps over the lazy dog and runs\naway";
        assert_eq!(
            wrapped(text),
            [
                "The quick brown fox jumps over the lazy",
                "dog and runs",
                "away"
            ]
        );
        assert_eq!(wrapped("  \n"), Vec::<String>::new());
        let japanese = "弓".repeat(50);
        let lines = wrapped(&japanese);
        assert_eq!(lines.concat(), japanese, "no blank gets between");
        assert!(lines.iter().all(|line| line.chars().count() <= 21));
    }

    #[test]
    fn what_means_something_to_filters_is_escaped_twice() {
        assert_eq!(escaped("a:b"), "a\\\\:b");
        assert_eq!(escaped("it's"), "it\\\\\\'s");
        assert_eq!(escaped("a,b"), "a\\,b");
    }
}
