//! Fonts for what is written over pictures: which has the letters of a text.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Fonts with Latin, Greek and Cyrillic letters, the best to read first.
const FONTS: &[&str] = &[
    "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/TTF/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
    "/usr/share/fonts/liberation-sans/LiberationSans-Bold.ttf",
    "/usr/share/fonts/truetype/freefont/FreeSansBold.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/System/Library/Fonts/Supplemental/Arial Bold.ttf",
    "/System/Library/Fonts/Helvetica.ttc",
];

/// The folders in which fonts for other letters are looked for.
const FOLDERS: &[&str] = &[
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
];

/// How deep folders of fonts are nested at most.
const DEPTH: usize = 4;

/// A table of letters beyond that is none: the largest fonts have half a megabyte.
const MOST_TABLE_BYTES: u32 = 4 << 20;

/// The fonts of this system.
///
/// They are looked at here and named to the filter by their files: fontconfig, which would choose one
/// by name and letters, writes a cache, and a worker may write no file.
pub(super) struct Fonts {
    preferred: Vec<Face>,
    /// All others; looked for when the preferred lack a letter.
    others: Option<Vec<Face>>,
    folders: Vec<PathBuf>,
}

/// The font for a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) path: PathBuf,
    /// Letters of the text that it lacks, each once.
    pub(super) missing: String,
}

impl Fonts {
    pub(super) fn of_system() -> Self {
        let known = FONTS.iter().map(|path| Path::new(path).to_owned());
        Self::new(known, FOLDERS.iter().map(PathBuf::from).collect())
    }

    fn new(preferred: impl Iterator<Item = PathBuf>, folders: Vec<PathBuf>) -> Self {
        Self {
            preferred: preferred.filter_map(Face::open).take(1).collect(),
            others: None,
            folders,
        }
    }

    /// The first font that has all letters of a text, else the first of those that lack the fewest;
    /// `None` where there is no font at all.
    pub(super) fn choose(&mut self, text: &str) -> Option<Choice> {
        let wanted = letters(text);
        let lacks = |face: &Face| wanted.chars().filter(|letter| !face.has(*letter)).count();
        if let Some(face) = self.preferred.iter().find(|face| lacks(face) == 0) {
            return Some(face.choice(&wanted));
        }
        let folders = &self.folders;
        let others = self.others.get_or_insert_with(|| {
            let mut paths = Vec::new();
            for folder in folders {
                collect(folder, DEPTH, &mut paths);
            }
            paths.into_iter().filter_map(Face::open).collect()
        });
        let all = self.preferred.iter().chain(others.iter());
        all.min_by_key(|face| lacks(face))
            .map(|face| face.choice(&wanted))
    }
}

/// The package of Debian that has a font for letters that no font here has.
pub(super) fn package_for(missing: &str) -> &'static str {
    let is_any = |test: fn(u32) -> bool| missing.chars().any(|letter| test(u32::from(letter)));
    if is_any(is_east_asian) {
        "fonts-noto-cjk"
    } else if is_any(|code| matches!(code, 0x2600..=0x27bf | 0x1f000..=0x1faff)) {
        "fonts-symbola"
    } else {
        "fonts-noto-core"
    }
}

/// Whether a letter belongs to Chinese, Japanese or Korean, which are written twice as wide.
pub(super) fn is_east_asian(code: u32) -> bool {
    matches!(
        code,
        0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0xffe0..=0xffe6
            | 0x2_0000..=0x3_ffff
    )
}

/// The letters of a text that are to be seen, each once.
fn letters(text: &str) -> String {
    let mut letters = String::new();
    for letter in text.chars() {
        // Joiners, marks of direction and selectors of a variant have no shape of their own.
        let is_hidden = matches!(u32::from(letter), 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfe00..=0xfe0f | 0xfeff);
        if !letter.is_whitespace()
            && !letter.is_control()
            && !is_hidden
            && !letters.contains(letter)
        {
            letters.push(letter);
        }
    }
    letters
}

/// All upright fonts of a folder and those in it, by name: bold comes before regular, sans before serif.
fn collect(folder: &Path, depth: usize, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut entries: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_font = [".ttf", ".otf", ".ttc"]
            .iter()
            .any(|ending| name.ends_with(ending));
        let is_slanted = name.contains("Italic") || name.contains("Oblique");
        if is_font && !is_slanted {
            into.push(path);
        } else if depth > 0 && path.is_dir() {
            collect(&path, depth - 1, into);
        }
    }
}

/// A font and its table of letters, the `cmap` of the OpenType specification.
struct Face {
    path: PathBuf,
    table: Vec<u8>,
    is_wide: bool,
}

impl Face {
    /// A font that has outlines, and says which letters it has; the first of a collection.
    fn open(path: PathBuf) -> Option<Self> {
        let mut file = File::open(&path).ok()?;
        let mut head = [0; 16];
        file.read_exact(&mut head).ok()?;
        let start = if &head[..4] == b"ttcf" {
            long(&head, 12)?
        } else {
            0
        };
        file.seek(SeekFrom::Start(u64::from(start))).ok()?;
        let mut head = [0; 12];
        file.read_exact(&mut head).ok()?;
        let mut tables = vec![0; usize::from(short(&head, 4)?) * 16];
        file.read_exact(&mut tables).ok()?;
        let table = |name: &[u8]| tables.chunks_exact(16).find(|entry| &entry[..4] == name);
        // Letters that are pictures can't be drawn in a colour and size of ours.
        [&b"glyf"[..], b"CFF ", b"CFF2"]
            .into_iter()
            .find_map(table)?;
        let cmap = table(b"cmap")?;
        let (offset, length) = (long(cmap, 8)?, long(cmap, 12)?.min(MOST_TABLE_BYTES));
        file.seek(SeekFrom::Start(u64::from(offset))).ok()?;
        let mut all = vec![0; length as usize];
        file.read_exact(&mut all).ok()?;
        let (at, is_wide) = unicode_table(&all)?;
        let table = all.split_off(at);
        Some(Self {
            path,
            table,
            is_wide,
        })
    }

    fn has(&self, letter: char) -> bool {
        let code = u32::from(letter);
        let found = if self.is_wide {
            in_groups(&self.table, code)
        } else {
            in_segments(&self.table, code)
        };
        found.unwrap_or(false)
    }

    fn choice(&self, wanted: &str) -> Choice {
        Choice {
            path: self.path.clone(),
            missing: wanted.chars().filter(|letter| !self.has(*letter)).collect(),
        }
    }
}

/// Where the table of Unicode letters begins, and whether it is one of all of them (format 12) or of
/// the first 65,536 (format 4).
fn unicode_table(cmap: &[u8]) -> Option<(usize, bool)> {
    let mut narrow = None;
    for number in 0..usize::from(short(cmap, 2)?) {
        let entry = 4 + 8 * number;
        let (platform, encoding) = (short(cmap, entry)?, short(cmap, entry + 2)?);
        let at = long(cmap, entry + 4)? as usize;
        match (platform, encoding, short(cmap, at)?) {
            (3, 10, 12) | (0, _, 12) => return Some((at, true)),
            (3, 1, 4) | (0, _, 4) => narrow = Some((at, false)),
            _ => {}
        }
    }
    narrow
}

/// Format 12: groups of letters, from, to and the first shape's number.
fn in_groups(table: &[u8], code: u32) -> Option<bool> {
    for number in 0..long(table, 12)? as usize {
        let group = 16 + 12 * number;
        let first = long(table, group)?;
        if (first..=long(table, group + 4)?).contains(&code) {
            return Some(long(table, group + 8)? + (code - first) != 0);
        }
    }
    Some(false)
}

/// Format 4: segments in four lists, ends, beginnings, differences and places of shapes.
fn in_segments(table: &[u8], code: u32) -> Option<bool> {
    let code = u16::try_from(code).ok()?;
    let twice = usize::from(short(table, 6)?);
    for segment in (0..twice).step_by(2) {
        if short(table, 14 + segment)? < code {
            continue;
        }
        let first = short(table, 16 + twice + segment)?;
        if code < first {
            return Some(false);
        }
        let difference = short(table, 16 + 2 * twice + segment)?;
        let place = 16 + 3 * twice + segment;
        let shape = match short(table, place)? {
            0 => code.wrapping_add(difference),
            offset => short(
                table,
                place + usize::from(offset) + 2 * usize::from(code - first),
            )?,
        };
        return Some(shape != 0);
    }
    Some(false)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
#[allow(clippy::print_stderr, reason = "a test that is skipped says why")]
mod tests {
    use super::*;

    #[test]
    fn a_font_is_chosen_by_the_letters_of_the_text() {
        let mut fonts = Fonts::of_system();
        let Some(latin) = fonts.choose("Größe, ΩЯ") else {
            eprintln!("skipped: this system has no font");
            return;
        };
        assert_eq!(latin.missing, "");
        // The private use plane has no letters, and what no font has is told once.
        let nothing = fonts.choose("a\u{10fffd}\u{10fffd}\u{200d} b").unwrap();
        assert_eq!(nothing.missing, "\u{10fffd}");
        assert_eq!(nothing.path, latin.path, "else it is written as usual");
    }

    #[test]
    fn what_one_font_lacks_another_has() {
        let dejavu = Path::new(FONTS[0]);
        let liberation = Path::new(FONTS[3]);
        if !dejavu.exists() || !liberation.exists() {
            eprintln!("skipped: DejaVu and Liberation are not both here");
            return;
        }
        // Armenian is in DejaVu alone; both tables are of format 4 and 12.
        let folder = dejavu.parent().unwrap().to_owned();
        let mut fonts = Fonts::new([liberation.to_owned()].into_iter(), vec![folder]);
        assert_eq!(fonts.choose("Sevan").unwrap().path, liberation);
        let armenian = fonts.choose("Սևան").unwrap();
        assert_eq!(armenian.missing, "");
        assert!(armenian.path.to_string_lossy().contains("DejaVu"));
    }

    #[test]
    fn the_hint_names_a_package_that_has_them() {
        for (missing, package) in [
            ("弓道", "fonts-noto-cjk"),
            ("궁도", "fonts-noto-cjk"),
            ("🏹", "fonts-symbola"),
            ("ধনুর্বিদ্যা", "fonts-noto-core"),
        ] {
            assert_eq!(package_for(missing), package);
        }
    }

    #[test]
    fn a_broken_table_has_no_letters() {
        assert_eq!(unicode_table(&[0, 0, 0, 9]), None);
        assert_eq!(in_groups(&[0; 16], 65), Some(false));
        assert_eq!(in_groups(&[255; 16], 65), None);
        assert_eq!(in_segments(&[255; 20], 65), None);
    }
}
