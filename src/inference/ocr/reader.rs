//! Tesseract, given one likely line of text at a time in the size and polarity it reads best.

use std::collections::HashSet;
use std::ffi::CString;

use tesseract::plumbing::TessBaseApi;
use tesseract::{PageSegMode, plumbing};

use crate::domain::Picture;
use crate::inference::{InferenceError, language};

use super::ScreenLine;
use super::language_data::data_directory;
use super::luma::Luma;
use super::regions::{Region, text_regions};
use super::words::{self, ReadWord};

/// Height in pixels that a line is brought to; Tesseract's network reads capital letters of
/// 20 to 30 pixels best (its documentation, "Improving the quality of the output").
const LINE_HEIGHT: f32 = 40.0;
/// Small text gains nothing from more enlargement than this.
const MAX_SCALE: f32 = 4.0;
/// White around a line, in pixels after scaling, without which first letters get lost.
const BORDER: usize = 10;
/// Resolution told to Tesseract, which else guesses and says so.
const RESOLUTION_DPI: i32 = 150;
/// Regions with less contrast than this hold no legible text.
const MIN_CONTRAST: u8 = 40;
/// Reads text in pictures. It is not shared between threads: each makes its own, and uses it itself.
pub struct ScreenTextReader {
    tesseract: TessBaseApi,
    languages: String,
}

impl ScreenTextReader {
    /// A reader for `languages`, ISO 639 codes or Tesseract's own names such as `chi_sim`; none
    /// means English.
    ///
    /// # Errors
    /// `DependencyMissing` when a language's data is not installed.
    pub fn new(languages: &[String]) -> Result<Self, InferenceError> {
        let mut names: Vec<String> = languages
            .iter()
            .map(|code| {
                language::tesseract_code(code).map_or_else(|| code.trim().to_owned(), str::to_owned)
            })
            .collect();
        let mut known = HashSet::new();
        names.retain(|name| known.insert(name.clone()));
        if names.is_empty() {
            names.push("eng".to_owned());
        }
        let directory = data_directory(&names)?;
        let joined = names.join("+");
        super::openmp::stay_in_one_thread();
        let mut tesseract = TessBaseApi::create();
        let run = |source: Box<dyn std::error::Error + Send + Sync>| InferenceError::Run {
            model: "tesseract".to_owned(),
            source,
        };
        let text = |text: &str| CString::new(text).map_err(|error| run(error.into()));
        let directory = text(&directory.to_string_lossy())?;
        tesseract
            .init_2(Some(&directory), Some(&text(&joined)?))
            .map_err(|error| run(error.into()))?;
        // Tesseract prints its doubts to standard error, which belongs to the program's log.
        tesseract
            .set_variable(&text("debug_file")?, &text("/dev/null")?)
            .map_err(|error| run(error.into()))?;
        // Polarity is put right before, so a second try with inverted colours is wasted.
        tesseract
            .set_variable(&text("tessedit_do_invert")?, &text("0")?)
            .map_err(|error| run(error.into()))?;
        tesseract.set_page_seg_mode(PageSegMode::PsmSingleLine.as_tess_page_seg_mode());
        Ok(Self {
            tesseract,
            languages: joined,
        })
    }

    /// Tesseract's version and the languages, as the result depends on both.
    pub fn version(&self) -> String {
        format!(
            "{} {}",
            plumbing::version().to_string_lossy(),
            self.languages
        )
    }

    /// The lines of text in `picture`, from top to bottom; a picture whose size does not fit its
    /// pixels has none.
    ///
    /// # Errors
    /// `Run` when Tesseract fails.
    pub fn read(&mut self, picture: &Picture) -> Result<Vec<ScreenLine>, InferenceError> {
        let Some(luma) = Luma::of(picture) else {
            return Ok(Vec::new());
        };
        let mut lines: Vec<(Region, ScreenLine)> = Vec::new();
        for region in text_regions(&luma) {
            let Some(line) = self.read_region(&luma, region)? else {
                continue;
            };
            match lines
                .iter_mut()
                .find(|(_, other)| is_same_line(other, &line))
            {
                Some(known)
                    if known.1.confidence * (known.1.text.len() as f32)
                        < line.confidence * line.text.len() as f32 =>
                {
                    *known = (region, line);
                }
                Some(_) => {}
                None => lines.push((region, line)),
            }
        }
        lines.sort_by_key(|(_, line)| (line.top, line.left));
        Ok(lines.into_iter().map(|(_, line)| line).collect())
    }

    fn read_region(
        &mut self,
        luma: &Luma,
        region: Region,
    ) -> Result<Option<ScreenLine>, InferenceError> {
        let margin = region.height / 3 + 2;
        let area = region.grown(margin, margin, luma.width, luma.height);
        let scale = (LINE_HEIGHT / region.height as f32).min(MAX_SCALE);
        let scaled = |length: usize| ((length as f32 * scale).round() as usize).max(1);
        let Some(mut line) = luma.resized(area, scaled(area.width), scaled(area.height)) else {
            return Ok(None);
        };
        let left = scaled(region.left - area.left).min(line.width) - 1;
        let top = scaled(region.top - area.top).min(line.height) - 1;
        let tight = Region {
            left,
            top,
            width: scaled(region.width).min(line.width - left),
            height: scaled(region.height).min(line.height - top),
        };
        if !dark_on_light(&mut line, tight) {
            return Ok(None);
        }
        let page = bordered(&line);
        let words = self.recognise(&page)?;
        let kept = words::plausible_words(words);
        if !words::is_plausible_line(&kept) {
            return Ok(None);
        }
        let original = |value: u32| ((value as usize).saturating_sub(BORDER) as f32 / scale) as u32;
        let left = kept.iter().map(|word| word.left).min().map_or(0, original) + area.left as u32;
        let top = kept.iter().map(|word| word.top).min().map_or(0, original) + area.top as u32;
        let right = kept
            .iter()
            .map(|word| word.left + word.width)
            .max()
            .map_or(0, original)
            + area.left as u32;
        let bottom = kept
            .iter()
            .map(|word| word.top + word.height)
            .max()
            .map_or(0, original)
            + area.top as u32;
        let text: Vec<&str> = kept.iter().map(|word| word.text.as_str()).collect();
        Ok(Some(ScreenLine {
            text: text.join(" "),
            confidence: words::line_confidence(&kept),
            left,
            top,
            width: right.min(luma.width as u32).saturating_sub(left),
            height: bottom.min(luma.height as u32).saturating_sub(top),
        }))
    }

    fn recognise(&mut self, page: &Luma) -> Result<Vec<ReadWord>, InferenceError> {
        let run = |source: Box<dyn std::error::Error + Send + Sync>| InferenceError::Run {
            model: "tesseract".to_owned(),
            source,
        };
        // At most a few thousand pixels wide: regions are scaled to a fixed height.
        let (width, height) = (page.width as i32, page.height as i32);
        self.tesseract
            .set_image(&page.values, width, height, 1, width)
            .map_err(|error| run(error.into()))?;
        self.tesseract.set_source_resolution(RESOLUTION_DPI);
        let table = self
            .tesseract
            .get_tsv_text(0)
            .map_err(|error| run(error.into()))?;
        Ok(words::parse_table(&table.as_ref().to_string_lossy()))
    }
}

fn is_same_line(one: &ScreenLine, other: &ScreenLine) -> bool {
    let region = |line: &ScreenLine| Region {
        left: line.left as usize,
        top: line.top as usize,
        width: line.width as usize,
        height: line.height as usize,
    };
    region(one).is_same_place(region(other))
}

/// Stretches the contrast, inverts where the text is the lighter part, and whitens what reaches
/// in from outside; `false` where there is too little contrast for any text.
///
/// `tight` is the part that the text fills: there the ground is what most pixels show. Around
/// it other things may begin, such as the end of the box that a score stands in.
fn dark_on_light(line: &mut Luma, tight: Region) -> bool {
    let mut counts = [0_usize; 256];
    for row in tight.top..tight.top + tight.height {
        for &value in &line.row(row)[tight.left..tight.left + tight.width] {
            counts[usize::from(value)] += 1;
        }
    }
    let total = tight.width * tight.height;
    let quantile = |share: usize| {
        let mut left = total * share / 100;
        counts.iter().position(|&count| {
            let is_reached = count > left;
            left = left.saturating_sub(count);
            is_reached
        })
    };
    let (low, high) = (quantile(2).unwrap_or(0), quantile(98).unwrap_or(255));
    if high - low < usize::from(MIN_CONTRAST) {
        return false;
    }
    let middle = otsu_threshold(&counts).clamp(low, high);
    let dark: usize = counts[..=middle].iter().sum();
    let is_ground_dark = dark * 2 > total;
    // Outlines and shadows lie on the far side of the ground: they become ground.
    let ground = ground_level(line, middle, is_ground_dark);
    let (low, high) = if is_ground_dark {
        (low.max(ground), high)
    } else {
        (low, high.min(ground))
    };
    if high < low + usize::from(MIN_CONTRAST) {
        return false;
    }
    let stretched = |value: usize| {
        // At most 255 by the clamp.
        let value = ((value.clamp(low, high) - low) * 255 / (high - low)) as u8;
        if is_ground_dark { 255 - value } else { value }
    };
    for value in &mut line.values {
        *value = stretched(usize::from(*value));
    }
    whiten_from_border(line, tight, stretched(middle));
    true
}

/// The median of the pixels on the ground's side of `middle`.
fn ground_level(line: &Luma, middle: usize, is_ground_dark: bool) -> usize {
    let is_ground = |value: &u8| (usize::from(*value) <= middle) == is_ground_dark;
    let mut ground: Vec<u8> = line.values.iter().copied().filter(is_ground).collect();
    let half = ground.len() / 2;
    if ground.is_empty() {
        middle
    } else {
        usize::from(*ground.select_nth_unstable(half).1)
    }
}

/// Whitens everything darker than `ink` that is connected with the border without passing
/// through `tight`: text is kept off the border by the margin, other things are not.
fn whiten_from_border(line: &mut Luma, tight: Region, ink: u8) {
    let (width, height) = (line.width, line.height);
    // The ends of a box count as strokes of the line that stands in it.
    let side = (tight.height / 3).min(tight.width / 2);
    let mut open: Vec<usize> = (0..width)
        .flat_map(|x| [x, (height - 1) * width + x])
        .chain((0..height).flat_map(|y| [y * width, y * width + width - 1]))
        .collect();
    while let Some(at) = open.pop() {
        let (x, y) = (at % width, at / width);
        let is_tight = (tight.left + side..tight.left + tight.width - side).contains(&x)
            && (tight.top..tight.top + tight.height).contains(&y);
        if is_tight || line.values[at] >= ink.max(1) {
            continue;
        }
        line.values[at] = 255;
        if x > 0 {
            open.push(at - 1);
        }
        if x + 1 < width {
            open.push(at + 1);
        }
        if y > 0 {
            open.push(at - width);
        }
        if y + 1 < height {
            open.push(at + width);
        }
    }
}

/// The value that splits a histogram into its two most distinct parts (Otsu 1979).
fn otsu_threshold(counts: &[usize; 256]) -> usize {
    let total: f64 = counts.iter().sum::<usize>() as f64;
    let total_sum: f64 = counts
        .iter()
        .enumerate()
        .map(|(value, &count)| (value * count) as f64)
        .sum();
    let (mut below, mut below_sum, mut best) = (0.0, 0.0, (0.0, 127));
    for (value, &count) in counts.iter().enumerate() {
        below += count as f64;
        below_sum += (value * count) as f64;
        let above = total - below;
        if below > 0.0 && above > 0.0 {
            let distance = below_sum / below - (total_sum - below_sum) / above;
            let variance = below * above * distance * distance;
            if variance > best.0 {
                best = (variance, value);
            }
        }
    }
    best.1
}

/// The line with white around it.
fn bordered(line: &Luma) -> Luma {
    let (width, height) = (line.width + 2 * BORDER, line.height + 2 * BORDER);
    let mut values = vec![255; width * height];
    for row in 0..line.height {
        let start = (row + BORDER) * width + BORDER;
        values[start..start + line.width].copy_from_slice(line.row(row));
    }
    Luma {
        width,
        height,
        values,
    }
}

/// Tesseract's version; needs no language data.
pub fn engine_version() -> String {
    format!("tesseract {}", plumbing::version().to_string_lossy())
}
