//! IPTC-IIM (Information Interchange Model 4.2): what press pictures carry.
//!
//! An own reader: the format is a list of numbered values.

use std::collections::BTreeMap;

use super::{Tags, text_of};

/// Data sets of record 2 and their names.
const NAMES: [(u8, &str); 19] = [
    (5, "Title"),
    (10, "Urgency"),
    (15, "Category"),
    (20, "SupplementalCategories"),
    (25, "Keywords"),
    (40, "SpecialInstructions"),
    (55, "DateCreated"),
    (60, "TimeCreated"),
    (80, "Byline"),
    (85, "BylineTitle"),
    (90, "City"),
    (92, "Sublocation"),
    (95, "State"),
    (101, "Country"),
    (105, "Headline"),
    (110, "Credit"),
    (115, "Source"),
    (116, "Copyright"),
    (120, "Caption"),
];

/// The named values; those that come several times, such as keywords, joined by `; `.
pub(super) fn read(bytes: &[u8]) -> Tags {
    let mut values: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut rest = bytes;
    while let Some((record, number, value, after)) = data_set(rest) {
        rest = after;
        let name = NAMES
            .iter()
            .find(|(known, _)| record == 2 && *known == number);
        let Some((_, name)) = name else { continue };
        let text = text_of(value).trim().to_owned();
        if !text.is_empty() {
            values.entry(name).or_default().push(text);
        }
    }
    values
        .into_iter()
        .map(|(name, values)| (format!("iptc:{name}"), values.join("; ")))
        .collect()
}

/// Record, number and value of the first data set, and what follows it.
fn data_set(bytes: &[u8]) -> Option<(u8, u8, &[u8], &[u8])> {
    let [0x1c, record, number, high, low, rest @ ..] = bytes else {
        return None;
    };
    let length = u16::from_be_bytes([*high, *low]);
    // With the highest bit set, this is the length of the length.
    let (length, rest) = if length & 0x8000 == 0 {
        (usize::from(length), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7fff))?;
        let length = digits.iter().try_fold(0_usize, |sum, digit| {
            Some(sum.checked_mul(256)? + usize::from(*digit))
        })?;
        (length, rest)
    };
    let (value, after) = rest.split_at_checked(length)?;
    Some((*record, *number, value, after))
}

/// `20170601` and `123000+0200` as RFC 3339.
pub(super) fn date_time(tags: &Tags) -> Option<String> {
    let date = jiff::civil::Date::strptime("%Y%m%d", tags.get("iptc:DateCreated")?).ok()?;
    let time = tags.get("iptc:TimeCreated").and_then(|text| {
        let time = jiff::civil::Time::strptime("%H%M%S", text.get(..6)?).ok()?;
        let offset = match text.get(6..) {
            Some(offset)
                if offset.len() == 5
                    && offset.starts_with(['+', '-'])
                    && offset[1..].parse::<u16>().is_ok() =>
            {
                format!("{}:{}", &offset[..3], &offset[3..])
            }
            _ => String::new(),
        };
        Some(format!("T{time}{offset}"))
    });
    Some(format!("{date}{}", time.unwrap_or_default()))
}
