//! A font for what is written over pictures.

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

/// The folder in which any font will do where none of the known is there.
const FOLDER: &str = "/usr/share/fonts";

/// How deep folders of fonts are nested at most.
const DEPTH: usize = 4;

/// A font of this system; `None` where it has none.
///
/// It is named to the filter by its file: asking for it by name would start fontconfig, which writes
/// a cache, and a worker may write no file.
pub(super) fn font() -> Option<PathBuf> {
    let known = FONTS.iter().map(Path::new).find(|path| path.is_file());
    known
        .map(Path::to_owned)
        .or_else(|| any_font(Path::new(FOLDER), DEPTH))
}

fn any_font(folder: &Path, depth: usize) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    entries.sort();
    let is_font = |path: &&PathBuf| {
        path.extension()
            .is_some_and(|ending| ending == "ttf" || ending == "otf")
    };
    if let Some(found) = entries.iter().find(is_font) {
        return Some(found.clone());
    }
    let folders = entries.iter().filter(|path| depth > 0 && path.is_dir());
    folders
        .into_iter()
        .find_map(|path| any_font(path, depth - 1))
}
