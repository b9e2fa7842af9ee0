//! Letters: fonts of the system as shapes that the painter fills.

use std::path::{Path, PathBuf};

use ab_glyph::{Font, FontVec, OutlineCurve};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiny_skia::PathBuilder;

use super::{
    error::DemoError,
    paint::{Ink, Painter, Place},
};

/// Folders that fonts lie in.
const FOLDERS: &[&str] = &["/usr/share/fonts", "/usr/local/share/fonts"];

/// How deep folders of fonts are nested at most.
const DEPTH: usize = 4;

/// A style of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// Wide bold letters without serifs.
    Headline,
    /// Narrow bold letters.
    Narrow,
    /// Plain bold letters without serifs.
    Grotesque,
    /// Bold letters with serifs.
    Serif,
    /// Letters of one width.
    Typewriter,
}

impl Face {
    /// All faces, in order.
    pub const ALL: &[Self] = &[
        Self::Headline,
        Self::Narrow,
        Self::Grotesque,
        Self::Serif,
        Self::Typewriter,
    ];

    /// Files that have this style, the best first.
    fn files(self) -> &'static [&'static str] {
        match self {
            Self::Headline => &["DejaVuSans-Bold.ttf", "FreeSansBold.ttf"],
            Self::Narrow => &[
                "LiberationSansNarrow-Bold.ttf",
                "DejaVuSansCondensed-Bold.ttf",
            ],
            Self::Grotesque => &[
                "LiberationSans-Bold.ttf",
                "FreeSansBold.ttf",
                "DejaVuSans.ttf",
            ],
            Self::Serif => &[
                "LiberationSerif-Bold.ttf",
                "DejaVuSerif-Bold.ttf",
                "FreeSerifBold.ttf",
            ],
            Self::Typewriter => &["DejaVuSansMono-Bold.ttf", "LiberationMono-Bold.ttf"],
        }
    }
}

/// The fonts of this machine, one for each face.
pub(crate) struct Fonts(Vec<FontVec>);

impl Fonts {
    /// Looks for fonts in the folders of the system.
    ///
    /// # Errors
    /// When there is none, or one can't be read.
    pub(crate) fn of_this_machine() -> Result<Self, DemoError> {
        let mut found = Vec::new();
        for folder in FOLDERS {
            collect(Path::new(folder), DEPTH, &mut found);
        }
        found.sort();
        let any = found.first().ok_or(DemoError::NoFonts)?;
        let fonts = Face::ALL.iter().map(|face| {
            let wanted = face.files().iter().find_map(|name| {
                found
                    .iter()
                    .find(|path| path.file_name().is_some_and(|file| file == *name))
            });
            load(wanted.unwrap_or(any))
        });
        Ok(Self(fonts.collect::<Result<_, _>>()?))
    }

    fn font(&self, face: Face) -> &FontVec {
        &self.0[face as usize]
    }

    /// The width of `text` when capitals are 1 high.
    pub(crate) fn width(&self, face: Face, text: &str) -> f32 {
        let font = self.font(face);
        let units: f32 = text
            .chars()
            .map(|letter| font.h_advance_unscaled(font.glyph_id(letter)))
            .sum();
        units / capital_height(font)
    }

    /// Writes `text` with capitals that are `height` high, its lower left corner at `place`.
    pub(crate) fn write(
        &self,
        painter: &mut Painter,
        (face, text): (Face, &str),
        place: Place,
        height: f32,
        ink: Ink,
    ) {
        let font = self.font(face);
        let mut builder = PathBuilder::new();
        let mut x = 0.0;
        for letter in text.chars() {
            let glyph = font.glyph_id(letter);
            if let Some(outline) = font.outline(glyph) {
                trace(&mut builder, &outline.curves, x);
            }
            x += font.h_advance_unscaled(glyph);
        }
        if let Some(path) = builder.finish() {
            painter.shape(&path, place, height / capital_height(font), ink);
        }
    }

    /// Writes `text` with its middle at `x`, no wider than `width`.
    pub(crate) fn write_centred(
        &self,
        painter: &mut Painter,
        (face, text): (Face, &str),
        (x, baseline): Place,
        (height, width): (f32, f32),
        ink: Ink,
    ) {
        let natural = self.width(face, text) * height;
        let height = height * (width / natural.max(1e-3)).min(1.0);
        let left = x - self.width(face, text) * height / 2.0;
        self.write(painter, (face, text), (left, baseline), height, ink);
    }
}

fn capital_height(font: &FontVec) -> f32 {
    font.outline(font.glyph_id('H'))
        .map_or(font.ascent_unscaled(), |outline| {
            outline.bounds.height().abs()
        })
}

fn trace(builder: &mut PathBuilder, curves: &[OutlineCurve], x: f32) {
    let mut pen = None;
    for curve in curves {
        let (start, end) = match curve {
            OutlineCurve::Line(start, end) => (start, end),
            OutlineCurve::Quad(start, _, end) => (start, end),
            OutlineCurve::Cubic(start, _, _, end) => (start, end),
        };
        if pen != Some((start.x, start.y)) {
            builder.move_to(start.x + x, -start.y);
        }
        match curve {
            OutlineCurve::Line(..) => builder.line_to(end.x + x, -end.y),
            OutlineCurve::Quad(_, by, _) => builder.quad_to(by.x + x, -by.y, end.x + x, -end.y),
            OutlineCurve::Cubic(_, by, then, _) => {
                builder.cubic_to(by.x + x, -by.y, then.x + x, -then.y, end.x + x, -end.y);
            }
        }
        pen = Some((end.x, end.y));
    }
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    // A folder that is not there, or may not be read, has no fonts to offer.
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, found);
        } else if path.extension().is_some_and(|extension| extension == "ttf") {
            found.push(path);
        }
    }
}

fn load(path: &Path) -> Result<FontVec, DemoError> {
    let bytes = std::fs::read(path).map_err(|source| DemoError::File {
        path: path.to_owned(),
        source,
    })?;
    FontVec::try_from_vec(bytes).map_err(|source| DemoError::Font {
        path: path.to_owned(),
        source,
    })
}
