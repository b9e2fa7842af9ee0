//! Text without its markup: tags, overrides and entities.

/// Elements that SubRip and WebVTT know, and HTML ones that people put there.
const ELEMENTS: [&str; 18] = [
    "i", "b", "u", "s", "c", "v", "em", "strong", "font", "span", "lang", "ruby", "rt", "rp", "p",
    "div", "br", "small",
];

/// The longest reference, `&CounterClockwiseContourIntegral;`, without its ampersand.
const LONGEST_ENTITY: usize = 33;

/// What a reader of SubRip, WebVTT or SBV sees of `text`: known elements and `{\…}` overrides are
/// taken out, ruby annotations with them; entities are decoded; spaces are single.
///
/// An angle bracket that opens no known element stays, as in "I <3 you".
pub(super) fn plain_text(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut annotation_depth = 0_u32;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let taken = match character {
            '<' => element(rest),
            '{' if rest.starts_with("{\\") => closing(rest, b'}').map(|end| (end + 1, "")),
            _ => None,
        };
        let Some((length, name)) = taken else {
            let (decoded, length) = entity(rest).unwrap_or((character, character.len_utf8()));
            if annotation_depth == 0 {
                plain.push(decoded);
            }
            rest = &rest[length..];
            continue;
        };
        match name {
            "br" => plain.push('\n'),
            "rt" | "rp" => annotation_depth += 1,
            "/rt" | "/rp" => annotation_depth = annotation_depth.saturating_sub(1),
            "/ruby" => annotation_depth = 0,
            _ => {}
        }
        rest = &rest[length..];
    }
    tidy(&plain)
}

/// Where the bracket that `text` begins with is closed; `None` where the line ends or another one
/// is opened first, which also keeps many of them from being looked through again and again.
pub(super) fn closing(text: &str, bracket: u8) -> Option<usize> {
    let opening = *text.as_bytes().first()?;
    let inside = text.bytes().skip(1);
    let end = 1 + inside
        .take_while(|byte| ![bracket, opening, b'\n'].contains(byte))
        .count();
    (text.as_bytes().get(end) == Some(&bracket)).then_some(end)
}

/// Length and name (with its slash) of the element that `text` begins with.
fn element(text: &str) -> Option<(usize, &str)> {
    let end = closing(text, b'>')?;
    let inside = &text[1..end];
    if inside.starts_with(|first: char| first.is_ascii_digit()) {
        // WebVTT marks the time of a word so.
        return super::clock::clock_millis(inside).map(|_| (end + 1, ""));
    }
    let (bare, is_closing) = match inside.strip_prefix('/') {
        Some(name) => (name, true),
        None => (inside, false),
    };
    let bare = bare.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    let known = ELEMENTS
        .iter()
        .find(|known| known.eq_ignore_ascii_case(bare))?;
    // The known spelling is lower case; the slash has to be carried along.
    let name = match (*known, is_closing) {
        ("rt", true) => "/rt",
        ("rp", true) => "/rp",
        ("ruby", true) => "/ruby",
        (_, true) => "",
        (known, false) => known,
    };
    Some((end + 1, name))
}

/// The character that an entity at the start of `text` stands for, and its length.
fn entity(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix('&')?;
    let end = rest
        .bytes()
        .take(LONGEST_ENTITY)
        .position(|byte| byte == b';')?;
    let name = rest.get(..end)?;
    Some((named_character(name)?, end + 2))
}

/// The character of an entity's name without `&` and `;`.
pub(crate) fn named_character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|character| *character != '\0');
    }
    Some(match name {
        "nbsp" => '\u{a0}',
        "lrm" => '\u{200e}',
        "rlm" => '\u{200f}',
        _ => quick_xml::escape::resolve_html5_entity(name)?
            .chars()
            .next()?,
    })
}

/// Lines without spaces around them, single spaces inside, no empty lines.
pub(super) fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for line in text.lines() {
        let mut is_first_word = true;
        // No-break spaces are white space here; direction marks are nothing that can be searched.
        for word in line
            .split(|c: char| c.is_whitespace() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{feff}'))
        {
            if word.is_empty() {
                continue;
            }
            if !tidy.is_empty() {
                tidy.push(if is_first_word { '\n' } else { ' ' });
            }
            tidy.push_str(word);
            is_first_word = false;
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_overrides_and_entities_go_and_other_brackets_stay() {
        for (marked, plain) in [
            ("<i>Stop</i>, <B>now</B>!", "Stop, now!"),
            ("<font color=\"#ff0000\">red</font>", "red"),
            ("{\\an8}Up  here", "Up here"),
            ("{not an override}", "{not an override}"),
            (
                "<v Mary Ann>Hello <00:00:01.500><c.loud>you</c></v>",
                "Hello you",
            ),
            (
                "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字<rt>ji</rt></ruby>です",
                "漢字です",
            ),
            ("<ruby>字<rt>ji</ruby>です", "字です"),
            (
                "I <3 you, a < b > c, <laughs>",
                "I <3 you, a < b > c, <laughs>",
            ),
            (
                "Tom &amp; Jerry &lt;3 &#233;t&#xE9; &hearts;&nbsp;&bogus; & co",
                "Tom & Jerry <3 été ♥ &bogus; & co",
            ),
            ("one<br/>two<BR>three", "one\ntwo\nthree"),
            ("\u{200f}<i></i>", ""),
            ("<", "<"),
            ("<>", "<>"),
            ("</", "</"),
            ("{\\", "{\\"),
            ("&#0;&#x110000;", "&#0;&#x110000;"),
        ] {
            assert_eq!(plain_text(marked), plain, "{marked}");
        }
    }
}
