//! EXIF (CIPA DC-008), read by kamadak-exif, under names of its own.

use std::io::Cursor;

use exif::{Context, DateTime, Error, Field, In, Reader, Tag, Value};

use super::blocks::{Blocks, exif_is_tiff};
use super::{Tags, insert, text_of};

/// What is worth finding a picture by, and the name it gets.
const FIELDS: &[(Tag, &str)] = &[
    (Tag::ImageDescription, "ImageDescription"),
    (Tag::Artist, "Artist"),
    (Tag::Copyright, "Copyright"),
    (Tag::Make, "Make"),
    (Tag::Model, "Model"),
    (Tag::Software, "Software"),
    (Tag::LensMake, "LensMake"),
    (Tag::LensModel, "LensModel"),
    (Tag::CameraOwnerName, "CameraOwnerName"),
    (Tag::DateTimeOriginal, "DateTimeOriginal"),
    (Tag::DateTimeDigitized, "DateTimeDigitized"),
    (Tag::OffsetTimeOriginal, "OffsetTimeOriginal"),
    (Tag::ExposureTime, "ExposureTime"),
    (Tag::FNumber, "FNumber"),
    (Tag::PhotographicSensitivity, "PhotographicSensitivity"),
    (Tag::FocalLength, "FocalLength"),
    (Tag::GPSDateStamp, "GPSDateStamp"),
    (Tag::GPSAreaInformation, "GPSAreaInformation"),
    (Tag::UserComment, "UserComment"),
];

/// Fields that Windows adds, in UTF-16.
const WINDOWS_FIELDS: [(u16, &str); 5] = [
    (0x9c9b, "XPTitle"),
    (0x9c9c, "XPComment"),
    (0x9c9d, "XPAuthor"),
    (0x9c9e, "XPKeywords"),
    (0x9c9f, "XPSubject"),
];

/// Fields of TIFF files that hold other metadata.
const TIFF_XMP: u16 = 0x02bc;
const TIFF_IPTC: u16 = 0x83bb;
const TIFF_PHOTOSHOP: u16 = 0x8649;

/// What EXIF says.
#[derive(Debug, Default)]
pub(super) struct Exif {
    pub(super) tags: Tags,
    /// When the picture was taken, RFC 3339.
    pub(super) created: Option<String>,
    /// When it became a file, where nothing says when it was taken: of a scan, for one.
    pub(super) digitised: Option<String>,
    /// Other metadata inside a TIFF file.
    pub(super) iptc: Option<Vec<u8>>,
    pub(super) xmp: Option<Vec<u8>>,
}

/// Reads EXIF out of `blocks` or, where they leave it open, out of the file's `bytes`.
///
/// Damaged fields are left out; a file without any is no error.
pub(super) fn read(blocks: &Blocks, bytes: Vec<u8>) -> Result<Exif, String> {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    let result = match &blocks.exif {
        Some(tiff) => reader.read_raw(tiff.clone()),
        None if exif_is_tiff(&bytes) => reader.read_raw(bytes),
        None => reader.read_from_container(&mut Cursor::new(bytes)),
    };
    // What could be read of a damaged structure is kept.
    match result.or_else(|error| error.distill_partial_result(|_| {})) {
        Ok(fields) => Ok(collect(&fields)),
        Err(Error::NotFound(_) | Error::BlankValue(_)) => Ok(Exif::default()),
        // Formats that have no place for EXIF.
        Err(Error::InvalidFormat("Unknown image format")) => Ok(Exif::default()),
        Err(error) => Err(error.to_string()),
    }
}

fn collect(fields: &exif::Exif) -> Exif {
    let field = |tag: Tag| fields.get_field(tag, In::PRIMARY);
    let mut tags = Tags::new();
    for (tag, name) in FIELDS {
        if let Some(field) = field(*tag) {
            insert(&mut tags, format!("exif:{name}"), &shown(field));
        }
    }
    for (number, name) in WINDOWS_FIELDS {
        if let Some(Value::Byte(bytes)) =
            field(Tag(Context::Tiff, number)).map(|field| &field.value)
        {
            let text = encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0;
            // Windows separates keywords by semicolons alone.
            insert(&mut tags, format!("exif:{name}"), &text.replace(';', "; "));
        }
    }
    let degrees = |value, reference| {
        let degrees = degrees(field(value)?)?;
        let is_negative = matches!(
            ascii(field(reference)?)?.first(),
            Some(b'S' | b'W' | b's' | b'w')
        );
        Some(if is_negative { -degrees } else { degrees })
    };
    if let Some(latitude) =
        degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef).filter(|value| value.abs() <= 90.0)
        && let Some(longitude) =
            degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef).filter(|value| value.abs() <= 180.0)
    {
        tags.insert("exif:GPSLatitude".to_owned(), format!("{latitude:.6}"));
        tags.insert("exif:GPSLongitude".to_owned(), format!("{longitude:.6}"));
    }
    let time = |time, offset| date_time(ascii(field(time)?)?, field(offset).and_then(ascii));
    let raw = |number: u16| {
        field(Tag(Context::Tiff, number)).and_then(|field| raw_bytes(field, fields.little_endian()))
    };
    let mut other = Blocks {
        iptc: raw(TIFF_IPTC),
        xmp: raw(TIFF_XMP),
        exif: None,
    };
    other.take_resources(&raw(TIFF_PHOTOSHOP).unwrap_or_default());
    Exif {
        created: time(Tag::DateTimeOriginal, Tag::OffsetTimeOriginal),
        digitised: time(Tag::DateTimeDigitized, Tag::OffsetTimeDigitized),
        iptc: other.iptc,
        xmp: other.xmp,
        tags,
    }
}

/// A field as text: words as they are, numbers in the reader's own form.
fn shown(field: &Field) -> String {
    match &field.value {
        Value::Ascii(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| text_of(part).trim().to_owned())
                .collect();
            parts.join("; ")
        }
        Value::Undefined(bytes, _) => comment(bytes),
        _ => field.display_value().with_unit(()).to_string(),
    }
}

/// A user comment: eight bytes name its character set.
fn comment(bytes: &[u8]) -> String {
    let Some((code, text)) = bytes.split_at_checked(8) else {
        return text_of(bytes);
    };
    match code {
        b"UNICODE\0" => {
            // The order of bytes is not told; in Western text the zeros tell.
            let zeros = |offset: usize| {
                text.iter()
                    .skip(offset)
                    .step_by(2)
                    .filter(|byte| **byte == 0)
                    .count()
            };
            let encoding = if zeros(0) > zeros(1) {
                encoding_rs::UTF_16BE
            } else {
                encoding_rs::UTF_16LE
            };
            encoding.decode_with_bom_removal(text).0.into_owned()
        }
        b"JIS\0\0\0\0\0" => encoding_rs::ISO_2022_JP
            .decode_without_bom_handling(text)
            .0
            .into_owned(),
        b"ASCII\0\0\0" | b"\0\0\0\0\0\0\0\0" => text_of(text),
        _ => text_of(bytes),
    }
}

fn ascii(field: &Field) -> Option<&[u8]> {
    match &field.value {
        Value::Ascii(parts) => parts.first().map(Vec::as_slice),
        _ => None,
    }
}

/// Degrees, minutes and seconds as one number.
fn degrees(field: &Field) -> Option<f64> {
    let Value::Rational(parts) = &field.value else {
        return None;
    };
    let [degrees, rest @ ..] = parts.as_slice() else {
        return None;
    };
    let scales = [60.0, 3600.0];
    let value = rest
        .iter()
        .zip(scales)
        .fold(degrees.to_f64(), |sum, (part, scale)| {
            sum + part.to_f64() / scale
        });
    value.is_finite().then_some(value)
}

/// `2017:06:01 12:30:00` as RFC 3339, with the offset when there is one.
fn date_time(text: &[u8], offset: Option<&[u8]>) -> Option<String> {
    let mut time = DateTime::from_ascii(text).ok()?;
    // A damaged offset is as good as none.
    let _ = offset.map(|offset| time.parse_offset(offset));
    let is_real = jiff::civil::DateTime::new(
        time.year.try_into().ok()?,
        time.month.try_into().ok()?,
        time.day.try_into().ok()?,
        time.hour.try_into().ok()?,
        time.minute.try_into().ok()?,
        // A leap second.
        time.second.min(59).try_into().ok()?,
        0,
    )
    .is_ok();
    let offset = time.offset.map_or(String::new(), |minutes| {
        let sign = if minutes < 0 { '-' } else { '+' };
        format!(
            "{sign}{:02}:{:02}",
            minutes.unsigned_abs() / 60,
            minutes.unsigned_abs() % 60
        )
    });
    (is_real && time.year > 0).then(|| time.to_string().replace(' ', "T") + &offset)
}

/// The bytes of a field of whatever type; IPTC is often declared as a list of 32-bit numbers, which
/// the reader has turned round.
fn raw_bytes(field: &Field, is_little_endian: bool) -> Option<Vec<u8>> {
    match &field.value {
        Value::Byte(bytes) | Value::Undefined(bytes, _) => Some(bytes.clone()),
        Value::Long(words) if is_little_endian => {
            Some(words.iter().flat_map(|word| word.to_le_bytes()).collect())
        }
        Value::Long(words) => Some(words.iter().flat_map(|word| word.to_be_bytes()).collect()),
        _ => None,
    }
}
