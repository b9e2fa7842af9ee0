//! Names made safe for formats that are older than most letters.

use std::{fmt::Write, os::unix::ffi::OsStrExt, path::Path};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// One line without control characters, runs of blanks as one, at most so many characters.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let visible = |c: char| {
        if c.is_control() || is_separator(c) {
            ' '
        } else {
            c
        }
    };
    let spaced: String = text.chars().map(visible).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.join(" ").chars().take(most).collect()
}

/// The same in ASCII: letters without their accents, German umlauts as two letters, quotes
/// straight, everything else as `_`.
pub(super) fn ascii_line(text: &str, most: usize) -> String {
    let mut plain = String::new();
    for c in one_line(text, usize::MAX).nfc() {
        match c {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'Ä' => plain.push_str("Ae"),
            'Ö' => plain.push_str("Oe"),
            'Ü' => plain.push_str("Ue"),
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'Æ' => plain.push_str("Ae"),
            'ø' => plain.push('o'),
            'Ø' => plain.push('O'),
            'ł' => plain.push('l'),
            'Ł' => plain.push('L'),
            '‘' | '’' | '‚' | '‹' | '›' => plain.push('\''),
            '“' | '”' | '„' | '«' | '»' => plain.push('"'),
            '–' | '—' | '‑' => plain.push('-'),
            '…' => plain.push_str("..."),
            _ if c.is_ascii() => plain.push(c),
            _ => {
                let before = plain.len();
                let letters = std::iter::once(c).nfkd().filter(|c| !is_combining_mark(*c));
                plain.extend(letters.filter(char::is_ascii));
                if plain.len() == before {
                    plain.push('_');
                }
            }
        }
    }
    plain.chars().take(most).collect()
}

/// A `file:` URL after RFC 8089, every byte that RFC 3986 reserves percent-encoded; `host` is
/// empty or `localhost`. A path that is not absolute is given relative.
pub(super) fn file_url(path: &Path, host: &str) -> String {
    let mut url = if path.is_absolute() {
        format!("file://{host}")
    } else {
        String::new()
    };
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                url.push(char::from(*byte));
            }
            _ => {
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
    url
}

/// Line and paragraph separators, which end a line without being control characters, and marks
/// that turn the direction of writing.
fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_names_become_one_line_of_ascii() {
        assert_eq!(
            ascii_line("Höhen\u{AD}flug „Bögen“\r\n* FROM CLIP: x ☃ é ]]> --", 100),
            "Hoehen_flug \"Boegen\" * FROM CLIP: x _ e ]]> --"
        );
        assert_eq!(ascii_line(&"ü".repeat(300), 70).len(), 70);
    }

    #[test]
    fn urls_keep_every_byte_of_a_path() {
        let path = Path::new("/a b/Bögen #1?%.mov");
        assert_eq!(
            file_url(path, ""),
            "file:///a%20b/B%C3%B6gen%20%231%3F%25.mov"
        );
        assert_eq!(file_url(Path::new("gone.mov"), "localhost"), "gone.mov");
    }
}
