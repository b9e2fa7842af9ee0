//! Reels on disk: read with all checks, written whole or not at all.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    edit::span_fault,
    error::ReelError,
    manifest::{REEL_FORMAT_VERSION, Reel},
};
use crate::domain::Timecode;

const SUFFIX: &str = ".reel.json";

/// Where the reels of a library lie.
pub fn folder(library: &Path) -> PathBuf {
    library.join("reels")
}

/// The name that a title makes for files on any system: letters, digits, `-`, `_`, `.` and single
/// blanks, at most 100 bytes, so that endings and a number find room. `reel` where nothing is left.
/// Every reel can have that name.
pub fn file_stem(title: &str) -> String {
    let mut stem = String::new();
    for sign in title.chars() {
        let sign = if sign.is_alphanumeric() || "-_.".contains(sign) {
            sign
        } else {
            ' '
        };
        if stem.len() + sign.len_utf8() > 100 {
            break;
        }
        if !(sign == ' ' && stem.ends_with(' ')) {
            stem.push(sign);
        }
    }
    let stem = stem.trim_matches(['.', ' ']);
    if stem.is_empty() { "reel" } else { stem }.to_owned()
}

/// The file of a reel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReelFile {
    /// Where it lies.
    pub path: PathBuf,
}

impl ReelFile {
    /// The reel of that name in a library, whether there is one or not. Names have letters,
    /// digits, spaces, `-`, `_` and `.`, and lead out of no folder.
    ///
    /// # Errors
    /// When no reel can have that name.
    pub fn named(library: &Path, name: &str) -> Result<Self, ReelError> {
        let name = name.strip_suffix(SUFFIX).unwrap_or(name);
        let reason = if name.is_empty() {
            "it is empty"
        } else if name.len() > 120 {
            "it is longer than 120 bytes"
        } else if name.starts_with(['.', ' ']) || name.ends_with(['.', ' ']) {
            "it begins or ends with a dot or a space"
        } else if !name
            .chars()
            .all(|c| c.is_alphanumeric() || " -_.".contains(c))
        {
            "it has other characters than names may have"
        } else {
            return Ok(Self {
                path: folder(library).join(format!("{name}{SUFFIX}")),
            });
        };
        Err(ReelError::BadName {
            name: name.to_owned(),
            reason,
        })
    }

    /// The reel that was typed: a path where it ends in `.reel.json` and has a folder or exists,
    /// else a name in the library.
    ///
    /// # Errors
    /// When it is a name that no reel can have.
    pub fn typed(library: &Path, text: &str) -> Result<Self, ReelError> {
        let path = Path::new(text);
        if text.ends_with(SUFFIX) && (text.contains(['/', '\\']) || path.exists()) {
            return Ok(Self {
                path: path.to_owned(),
            });
        }
        Self::named(library, text)
    }

    /// The file for a new reel of that title: the first of `Title`, `Title 2`, … that is not there.
    ///
    /// # Errors
    /// Never for a title's name as [`file_stem`] makes it.
    pub fn for_title(library: &Path, title: &str) -> Result<Self, ReelError> {
        let stem = file_stem(title);
        let mut file = Self::named(library, &stem)?;
        let mut number = 2;
        while file.path.exists() {
            file = Self::named(library, &format!("{stem} {number}"))?;
            number += 1;
        }
        Ok(file)
    }

    /// Itself, where there is no reel of that name yet.
    ///
    /// # Errors
    /// `Exists` where there is one.
    pub fn unless_taken(self) -> Result<Self, ReelError> {
        if self.path.exists() {
            return Err(ReelError::Exists { name: self.name() });
        }
        Ok(self)
    }

    /// All reels of a library, by name.
    ///
    /// # Errors
    /// When their folder can't be read.
    pub fn list(library: &Path) -> Result<Vec<Self>, ReelError> {
        let folder = folder(library);
        let failed = |source| ReelError::File {
            doing: "read",
            path: folder.clone(),
            source,
        };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.to_string_lossy().ends_with(SUFFIX) {
                files.push(Self { path });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Its name: the file's name without `.reel.json`.
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_suffix(SUFFIX).unwrap_or(&name).to_owned()
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is not there, is not of the manifest's form, or says what can't be: a pick without
    /// source, a span beyond its source's end, two picks of one number.
    pub fn read(&self) -> Result<Reel, ReelError> {
        let text = fs::read_to_string(&self.path).map_err(|source| {
            if source.kind() == io::ErrorKind::NotFound {
                return ReelError::NoReel {
                    name: self.name(),
                    path: self.path.clone(),
                };
            }
            ReelError::File {
                doing: "read",
                path: self.path.clone(),
                source,
            }
        })?;
        let wrong = |reason: String| ReelError::NotAReel {
            path: self.path.clone(),
            reason,
        };
        let mut reel: Reel =
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if let Some(reason) = fault_of(&reel) {
            return Err(wrong(reason));
        }
        reel.write_timecodes();
        Ok(reel)
    }

    /// Writes it: first beside it, then in its place.
    ///
    /// # Errors
    /// When its folder or it can't be written; the old file is then untouched.
    pub fn write(&self, reel: &Reel) -> Result<(), ReelError> {
        let draft = self
            .path
            .with_extension(format!("{}.new", std::process::id()));
        let write = || {
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut text = serde_json::to_string_pretty(reel).map_err(io::Error::other)?;
            text.push('\n');
            fs::write(&draft, text)?;
            fs::File::open(&draft)?.sync_all()?;
            fs::rename(&draft, &self.path)
        };
        write().map_err(|source| {
            // It may never have been made.
            let _ = fs::remove_file(&draft);
            ReelError::File {
                doing: "write",
                path: self.path.clone(),
                source,
            }
        })
    }
}

/// What a reel says that can't be; `None` where it holds together.
fn fault_of(reel: &Reel) -> Option<String> {
    if reel.format_version != REEL_FORMAT_VERSION {
        return Some(format!(
            "it has form {}, this program reads form {REEL_FORMAT_VERSION}",
            reel.format_version
        ));
    }
    let timeline = &reel.timeline;
    if !timeline.rate.is_known()
        || Timecode::parse(&timeline.start_timecode, timeline.rate).is_err()
    {
        return Some(
            "its timeline has no rate, or a start timecode that does not exist at its rate"
                .to_owned(),
        );
    }
    if !(16..=8192).contains(&timeline.width) || !(16..=8192).contains(&timeline.height) {
        return Some("its picture is not 16 to 8192 pixels wide and high".to_owned());
    }
    if reel.wish.sections.is_empty() {
        return Some("its wish has no section".to_owned());
    }
    if let Some((id, _)) = reel
        .sources
        .iter()
        .find(|(_, source)| !source.rate.is_known())
    {
        return Some(format!("the source {} has no rate", id.short()));
    }
    if reel.current >= reel.revisions.len() {
        return Some(format!(
            "revision {} is to hold, and it has {}",
            reel.current,
            reel.revisions.len()
        ));
    }
    reel.revisions
        .iter()
        .enumerate()
        .find_map(|(at, revision)| {
            if revision.parent.is_some_and(|parent| parent >= at) {
                return Some(format!("revision {at} was made from a later one"));
            }
            revision
                .picks
                .iter()
                .enumerate()
                .find_map(|(position, pick)| {
                    let reason = if revision.picks[..position]
                        .iter()
                        .any(|other| other.id == pick.id)
                    {
                        Some("another has the same number".to_owned())
                    } else if pick
                        .slow_motion
                        .is_some_and(|slow| !(2..=8).contains(&slow.factor))
                    {
                        Some("its slow motion is not 2 to 8 times".to_owned())
                    } else {
                        span_fault(pick, reel.sources.get(&pick.asset_id))
                    };
                    reason.map(|reason| format!("revision {at}, pick {}: {reason}", pick.id))
                })
        })
}

#[cfg(test)]
mod tests;
