//! Subtitle files that lie beside a media file.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::domain::iso_639_1;

/// Extensions of subtitle files, in the order of preference when one film has several.
const EXTENSIONS: [&str; 8] = ["vtt", "srt", "ttml", "dfxp", "xml", "ass", "ssa", "sbv"];

/// Name parts between stem and extension that say what the subtitles are for.
const PURPOSES: [&str; 8] = [
    "forced", "sdh", "cc", "hi", "default", "full", "sub", "subs",
];

/// How much of an `.xml` file is looked at to tell whether it is TTML.
const XML_HEAD_BYTES: u64 = 4096;

/// A subtitle file that belongs to a media file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sidecar {
    /// The subtitle file.
    pub path: PathBuf,
    /// Language tag out of the file's name: `fr`, `en-US`; `None` when the name has none.
    pub language: Option<String>,
}

/// The subtitle files of `media_path`: same folder, same stem, then optionally a language and what
/// they are for (`film.srt`, `film.fr.srt`, `film.forced.en-US.vtt`), sorted by path.
///
/// A folder that can't be listed has none; a subtitle file's content is judged when it is read.
pub fn find_sidecars(media_path: &Path) -> Vec<Sidecar> {
    let Some(stem) = media_path.file_stem() else {
        return Vec::new();
    };
    let folder = match media_path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut sidecars: Vec<Sidecar> = entries
        .flatten()
        .filter_map(|entry| {
            let language = language_of(stem, &entry.file_name())?;
            let path = media_path.with_file_name(entry.file_name());
            (path != media_path
                && path.is_file()
                && (!has_extension(&path, "xml") || is_ttml(&path)))
            .then_some(Sidecar { path, language })
        })
        .collect();
    sidecars.sort_by(|a, b| a.path.cmp(&b.path));
    sidecars
}

/// Whether a file name has the extension of a subtitle file.
pub fn is_subtitle_name(name: &OsStr) -> bool {
    let extension = Path::new(name).extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()))
}

/// Whether `name` is a subtitle file for `stem`, and in which language it says it is.
fn language_of(stem: &OsStr, name: &OsStr) -> Option<Option<String>> {
    let rest = name.as_bytes().strip_prefix(stem.as_bytes())?;
    let rest = std::str::from_utf8(rest).ok()?.strip_prefix('.')?;
    let (parts, extension) = rest.rsplit_once('.').unwrap_or(("", rest));
    if !EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()) {
        return None;
    }
    let mut language = None;
    let mut is_hindi_or_impaired = false;
    for part in parts.split('.').filter(|part| !part.is_empty()) {
        let lower = part.to_ascii_lowercase();
        if lower == "hi" {
            // Hindi or "hearing impaired": the latter when another part names the language.
            is_hindi_or_impaired = true;
        } else if PURPOSES.contains(&lower.as_str()) {
        } else if language.is_none() && iso_639_1(part).is_some() {
            language = Some(as_tag(part));
        } else {
            return None;
        }
    }
    Some(language.or_else(|| is_hindi_or_impaired.then(|| "hi".to_owned())))
}

/// `EN_us` as `en-US`, `FRE` as `fr`.
fn as_tag(part: &str) -> String {
    let (primary, rest) = part.split_once(['-', '_']).unwrap_or((part, ""));
    let primary = iso_639_1(primary).unwrap_or(primary);
    match rest {
        "" => primary.to_owned(),
        region if region.len() == 2 => format!("{primary}-{}", region.to_ascii_uppercase()),
        other => format!("{primary}-{other}"),
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn is_ttml(path: &Path) -> bool {
    let mut head = Vec::new();
    let is_read = File::open(path)
        .and_then(|file| file.take(XML_HEAD_BYTES).read_to_end(&mut head))
        .is_ok();
    // UTF-16 has a zero beside every letter of this.
    head.retain(|byte| *byte != 0);
    let holds = |needle: &[u8]| head.windows(needle.len()).any(|window| window == needle);
    is_read && (holds(b"http://www.w3.org/ns/ttml") || holds(b"http://www.w3.org/2006/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtitles_are_found_by_stem_language_and_purpose_and_others_left() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "film.mp4",
            "film.srt",
            "film.fr.srt",
            "film.en-US.vtt",
            "film.forced.en.SRT",
            "film.PT_br.hi.ass",
            "film.hi.sbv",
            "film.part2.srt",
            "film2.srt",
            "filmed.srt",
            "film.txt",
            "other.srt",
            "film.xml.srt",
            ".srt",
        ] {
            fs::write(folder.path().join(name), "1").unwrap();
        }
        fs::write(
            folder.path().join("film.xml"),
            "<tt xmlns='http://www.w3.org/ns/ttml'/>",
        )
        .unwrap();
        fs::write(
            folder.path().join("film.de.xml"),
            "<project>not subtitles</project>",
        )
        .unwrap();
        fs::create_dir(folder.path().join("film.it.srt")).unwrap();
        let found: Vec<(String, Option<String>)> = find_sidecars(&folder.path().join("film.mp4"))
            .into_iter()
            .map(|sidecar| {
                (
                    sidecar
                        .path
                        .file_name()
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                    sidecar.language,
                )
            })
            .collect();
        let expected = [
            ("film.PT_br.hi.ass", Some("pt-BR")),
            ("film.en-US.vtt", Some("en-US")),
            ("film.forced.en.SRT", Some("en")),
            ("film.fr.srt", Some("fr")),
            ("film.hi.sbv", Some("hi")),
            ("film.srt", None),
            ("film.xml", None),
        ]
        .map(|(name, language)| (name.to_owned(), language.map(str::to_owned)));
        assert_eq!(found, expected);
    }

    #[test]
    fn names_that_are_no_utf_8_are_matched_by_their_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let name = |bytes: &[u8]| folder.path().join(OsStr::from_bytes(bytes));
        fs::write(name(b"caf\xe9\n.srt"), "1").unwrap();
        fs::write(name(b"caf\xe8\n.srt"), "1").unwrap();
        let found = find_sidecars(&name(b"caf\xe9\n.mp4"));
        assert_eq!(
            found,
            [Sidecar {
                path: name(b"caf\xe9\n.srt"),
                language: None
            }]
        );
        assert_eq!(find_sidecars(Path::new("/nowhere/at/all.mp4")), []);
    }
}
