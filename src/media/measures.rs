//! What can be measured on a picture without a model: brightness, colours, edges of letters, test patterns.

use crate::domain::Picture;

use super::protocol::FrameMeasures;

/// A colour is named when it covers at least this much.
const LEAST_SHARE: f32 = 0.1;

/// Pixels looked at for colours; more change nothing that is shown.
const COLOUR_SAMPLES: usize = 20_000;

const NAMES: [&str; 12] = [
    "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "brown", "black", "grey",
    "white",
];

/// Measures a picture.
pub(crate) fn measure(picture: &Picture) -> FrameMeasures {
    let pixels = picture.rgb.len() / 3;
    if pixels == 0 {
        return FrameMeasures::default();
    }
    let step = (pixels / COLOUR_SAMPLES).max(1);
    let mut shares = [0_u32; NAMES.len()];
    let (mut luma, mut colourfulness, mut count) = (0.0_f64, 0.0_f64, 0_u32);
    for pixel in picture.rgb.chunks_exact(3).step_by(step) {
        let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(|value| f32::from(value) / 255.0);
        luma += f64::from(0.2126 * r + 0.7152 * g + 0.0722 * b);
        colourfulness += f64::from(r.max(g).max(b) - r.min(g).min(b));
        shares[colour_name(r, g, b)] += 1;
        count += 1;
    }
    let mut dominant_colours: Vec<(String, f32)> = NAMES
        .iter()
        .zip(shares)
        .map(|(name, share)| ((*name).to_owned(), share as f32 / count as f32))
        .filter(|(_, share)| *share >= LEAST_SHARE)
        .collect();
    dominant_colours.sort_by(|a, b| b.1.total_cmp(&a.1));
    FrameMeasures {
        mean_luma: (luma / f64::from(count)) as f32,
        saturation: (colourfulness / f64::from(count)) as f32,
        dominant_colours,
        may_hold_text: text_rows(picture) > 0,
    }
}

/// Index into [`NAMES`] of what people would call the colour: hue sectors of the HSV cone, with
/// greys taken out at low chroma, and dark orange called brown.
fn colour_name(r: f32, g: f32, b: f32) -> usize {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let chroma = most - least;
    let saturation = if most > 0.0 { chroma / most } else { 0.0 };
    if most < 0.14 || (most < 0.22 && chroma < 0.08) {
        return 9;
    }
    if chroma < 0.07 || saturation < 0.14 {
        return if most > 0.82 { 11 } else { 10 };
    }
    let hue = 60.0
        * if most == r {
            ((g - b) / chroma).rem_euclid(6.0)
        } else if most == g {
            (b - r) / chroma + 2.0
        } else {
            (r - g) / chroma + 4.0
        };
    match hue {
        hue if !(14.0..342.0).contains(&hue) => match () {
            () if most > 0.75 && saturation < 0.55 => 7,
            () if most < 0.4 && saturation < 0.6 => 8,
            () => 0,
        },
        hue if hue < 44.0 => match () {
            () if most < 0.65 || saturation < 0.45 && most < 0.8 => 8,
            () => 1,
        },
        hue if hue < 68.0 => 2,
        hue if hue < 165.0 => 3,
        hue if hue < 195.0 => 4,
        hue if hue < 258.0 => 5,
        hue if hue < 292.0 => 6,
        _ if saturation < 0.55 || most > 0.6 => 7,
        _ => 6,
    }
}

/// Bands of the picture that show edges such as letters have, at the size where most do.
///
/// Letters from about 8 to 100 pixels high are found by looking at the picture, its half and its
/// quarter.
fn text_rows(picture: &Picture) -> usize {
    let (mut width, mut height) = (picture.width as usize, picture.height as usize);
    let mut luma: Vec<u8> = picture
        .rgb
        .chunks_exact(3)
        .map(|p| ((54 * u32::from(p[0]) + 183 * u32::from(p[1]) + 19 * u32::from(p[2])) >> 8) as u8)
        .collect();
    let mut most = 0;
    for scale in [1, 2, 4] {
        most = most.max(scale * text_bands(&luma, width));
        let (half_width, half_height) = (width / 2, height / 2);
        let mut half = Vec::with_capacity(half_width * half_height);
        for rows in luma.chunks_exact(width).collect::<Vec<_>>().chunks_exact(2) {
            for (upper, lower) in rows[0].chunks_exact(2).zip(rows[1].chunks_exact(2)) {
                let sum = u16::from(upper[0])
                    + u16::from(upper[1])
                    + u16::from(lower[0])
                    + u16::from(lower[1]);
                half.push((sum / 4) as u8);
            }
        }
        (luma, width, height) = (half, half_width, half_height);
        if width < 64 || height < 16 {
            break;
        }
    }
    most
}

/// Bands of eight rows with many strong steps of brightness, up and down in turn, in neighbouring
/// cells and in several rows running.
fn text_bands(luma: &[u8], width: usize) -> usize {
    const CELL: usize = 16;
    const BAND: usize = 8;
    let columns = width / CELL;
    let mut bands = 0;
    let mut lively = vec![0_u32; columns];
    for band in luma.chunks_exact(width * BAND) {
        lively.fill(0);
        for row in band.chunks_exact(width).step_by(2) {
            for (column, lively) in lively.iter_mut().enumerate() {
                let cell = &row[column * CELL..((column + 1) * CELL + 2).min(width)];
                *lively += u32::from(turns(cell) >= 2);
            }
        }
        let longest_run = lively.split(|&rows| rows < 3).map(<[u32]>::len).max();
        bands += usize::from(longest_run >= Some(3));
    }
    bands
}

/// How often brightness turns by a strong step in a run of pixels.
fn turns(luma: &[u8]) -> usize {
    const STEP: i32 = 48;
    let mut count = 0;
    let mut direction = 0;
    for pair in luma.windows(3) {
        let step = i32::from(pair[2]) - i32::from(pair[0]);
        let now = if step > STEP {
            1
        } else if step < -STEP {
            -1
        } else {
            continue;
        };
        if now != direction {
            count += 1;
            direction = now;
        }
    }
    count
}

/// `black`, `bars` or `slate` for pictures not worth searching.
pub(crate) fn label(
    picture: &Picture,
    measures: &FrameMeasures,
    at_millis: i64,
) -> Option<&'static str> {
    if is_black(picture, measures) {
        return Some("black");
    }
    if are_bars(picture) {
        return Some("bars");
    }
    is_slate(picture, measures, at_millis).then_some("slate")
}

fn is_black(picture: &Picture, measures: &FrameMeasures) -> bool {
    let bright = picture
        .rgb
        .chunks_exact(3)
        .filter(|pixel| pixel.iter().any(|&value| value > 48))
        .count();
    measures.mean_luma < 0.06 && bright * 500 < picture.rgb.len() / 3
}

/// Colour bars: most columns of the upper half keep one colour from top to bottom, in five to
/// twelve upright stripes, several of them saturated.
fn are_bars(picture: &Picture) -> bool {
    let (width, height) = (picture.width as usize, picture.height as usize);
    if width < 64 || height < 36 {
        return false;
    }
    let pixel = |x: usize, y: usize| {
        let at = (y * width + x) * 3;
        [picture.rgb[at], picture.rgb[at + 1], picture.rgb[at + 2]]
    };
    let far = |a: [u8; 3], b: [u8; 3]| a.iter().zip(b).any(|(a, b)| a.abs_diff(b) > 28);
    const COLUMNS: usize = 96;
    let mut stripes: Vec<([u8; 3], usize)> = Vec::new();
    let mut steady = 0;
    for column in 0..COLUMNS {
        let x = (column * width + width / 2) / COLUMNS;
        let first = pixel(x, height / 8);
        let agreeing = (0..16)
            .filter(|row| !far(first, pixel(x, height / 8 + row * height * 3 / 8 / 16)))
            .count();
        if agreeing < 12 {
            continue;
        }
        steady += 1;
        match stripes.last_mut() {
            Some((colour, count)) if !far(*colour, first) => *count += 1,
            _ => stripes.push((first, 1)),
        }
    }
    stripes.retain(|(_, count)| *count >= 4);
    let saturated = stripes
        .iter()
        .filter(|(colour, _)| {
            colour
                .iter()
                .max()
                .zip(colour.iter().min())
                .is_some_and(|(most, least)| most - least > 100)
        })
        .count();
    steady * 10 >= COLUMNS * 8 && (5..=12).contains(&stripes.len()) && saturated >= 4
}

/// A slate: several lines of writing on one flat, colourless ground, near the start.
fn is_slate(picture: &Picture, measures: &FrameMeasures, at_millis: i64) -> bool {
    const START_MILLIS: i64 = 60_000;
    let ground = measures.dominant_colours.first();
    let is_flat = ground.is_some_and(|(name, share)| {
        *share > 0.8 && ["black", "grey", "white"].contains(&name.as_str())
    });
    at_millis < START_MILLIS && is_flat && measures.saturation < 0.05 && text_rows(picture) >= 8
}
