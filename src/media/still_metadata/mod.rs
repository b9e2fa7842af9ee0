//! What a still picture's file says in words: EXIF, IPTC-IIM and XMP, which FFmpeg does not read.

mod blocks;
mod exif;
mod iptc;
mod xmp;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::domain::{AssetKind, MediaInfo};

/// How much of a file is read. TIFF may have its directory at the very end, so larger ones can lose
/// theirs; in JPEG all metadata comes before the picture.
const FILE_LIMIT: u64 = 128 << 20;

/// A longer value is cut; captions are far shorter.
const VALUE_LIMIT_BYTES: usize = 8192;

/// Names and values found, by their final name.
type Tags = BTreeMap<String, String>;

/// Adds the metadata of a still picture to what the probe found; other files stay as they are.
///
/// The time of recording becomes `created`: EXIF before XMP before IPTC, all before the container.
/// A file whose metadata can't be read gets a warning, since its picture may well be whole.
pub(crate) fn add_to(info: &mut MediaInfo, path: &Path) {
    if info.kind != AssetKind::Image {
        return;
    }
    match read_head(path) {
        Ok(bytes) => {
            let found = Found::of(bytes);
            info.created = found.created.or(info.created.take());
            info.tags.extend(found.tags);
            info.warnings.extend(found.warnings);
        }
        Err(error) => info
            .warnings
            .push(format!("its metadata cannot be read: {error}")),
    }
}

/// The file, up to the limit; an error rather than an abort where memory is short.
fn read_head(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut bytes = Vec::new();
    bytes.try_reserve(file.metadata()?.len().min(FILE_LIMIT) as usize + 1)?;
    file.take(FILE_LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[derive(Debug, Default)]
struct Found {
    tags: Tags,
    /// RFC 3339; an offset only where the file gives one.
    created: Option<String>,
    warnings: Vec<String>,
}

impl Found {
    fn of(bytes: Vec<u8>) -> Self {
        let mut found = Self::default();
        let blocks = blocks::Blocks::of(&bytes);
        let exif = match exif::read(&blocks, bytes) {
            Ok(exif) => exif,
            Err(reason) => {
                found
                    .warnings
                    .push(format!("its EXIF cannot be read: {reason}"));
                exif::Exif::default()
            }
        };
        let xmp = match blocks
            .xmp
            .or(exif.xmp)
            .as_deref()
            .map(xmp::read)
            .transpose()
        {
            Ok(tags) => tags.unwrap_or_default(),
            Err(reason) => {
                found
                    .warnings
                    .push(format!("its XMP cannot be read: {reason}"));
                Tags::new()
            }
        };
        let iptc = blocks
            .iptc
            .or(exif.iptc)
            .map(|block| iptc::read(&block))
            .unwrap_or_default();
        let of_xmp = |name: &str| xmp.get(name).and_then(|value| xmp::date_time(value));
        found.created = exif
            .created
            .or_else(|| of_xmp("xmp:exif:DateTimeOriginal"))
            .or_else(|| of_xmp("xmp:photoshop:DateCreated"))
            .or_else(|| of_xmp("xmp:xmp:CreateDate"))
            .or_else(|| iptc::date_time(&iptc))
            .or(exif.digitised);
        for (name, value) in exif.tags.into_iter().chain(xmp).chain(iptc) {
            insert(&mut found.tags, name, &value);
        }
        found
    }
}

/// Keeps a value without the white space around it, cut to the limit; empty ones are dropped.
fn insert(tags: &mut Tags, name: String, value: &str) {
    let value = value.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let value = &value[..value.floor_char_boundary(VALUE_LIMIT_BYTES)];
    if !value.is_empty() {
        tags.insert(name, value.to_owned());
    }
}

/// Text in UTF-8, or else in the Western character set that old programs wrote without saying so.
fn text_of(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(bytes)
            .0
            .into_owned(),
    };
    text.replace('\0', "")
}

#[cfg(test)]
mod tests;
