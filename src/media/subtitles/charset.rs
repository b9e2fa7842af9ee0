//! The character set of a subtitle file, which hardly any of them names.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How much is looked at for the zeros of UTF-16 and for an XML declaration.
const HEAD_BYTES: usize = 1024;

/// The text of a file and the name of its character set: zero characters are left out, lines end in
/// `\n` alone, and bytes that mean nothing become U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> (String, &'static str) {
    let encoding = detect(bytes);
    let mut text = encoding.decode_with_bom_removal(bytes).0.into_owned();
    if text.contains(['\0', '\r']) {
        text = text
            .replace('\0', "")
            .replace("\r\n", "\n")
            .replace('\r', "\n");
    }
    (text, encoding.name())
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    if let Some(encoding) = utf_16_without_mark(head) {
        return encoding;
    }
    if is_mostly_utf_8(bytes) {
        return UTF_8;
    }
    declared(head).unwrap_or_else(|| {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(bytes, true);
        detector.guess(None, Utf8Detection::Deny)
    })
}

/// Whether the bytes are UTF-8, a damaged one among many sound characters forgiven: in another
/// character set hardly any sequence is sound by chance.
fn is_mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut damaged, mut sound) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        damaged += usize::from(!chunk.invalid().is_empty());
        sound += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
    }
    damaged == 0 || sound > 10 * damaged
}

/// In UTF-16 without its mark, every second byte of digits, arrows and line ends is zero.
fn utf_16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |offset: usize| {
        head.iter()
            .skip(offset)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let many = head.len() / 8;
    match (even > many, odd > many) {
        (true, false) => Some(UTF_16BE),
        (false, true) => Some(UTF_16LE),
        _ => None,
    }
}

/// What an XML declaration says.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = head.trim_ascii_start();
    let declaration = head
        .strip_prefix(b"<?xml")?
        .split(|byte| *byte == b'>')
        .next()?;
    let declaration = std::str::from_utf8(declaration).ok()?;
    let value = declaration
        .split_once("encoding")?
        .1
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))?;
    Encoding::for_label(value[1..].split(quote).next()?.as_bytes())
}
