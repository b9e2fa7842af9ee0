//! Values after a colon: days, durations, times in an asset, examples of a likeness.

use super::tree::Example;

/// No duration in a query is longer: more than any recording lasts.
const MAX_DURATION_MILLIS: i64 = 1000 * 3_600_000;

/// Units of durations, longest first, with their milliseconds.
const UNITS: [(&str, i64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// `1m30s`, `2h`, `250ms`, `1.5s` in milliseconds; units from long to short, each once.
pub fn duration_millis(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total = 0i64;
    let mut units = &UNITS[..];
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let end = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        let index = units.iter().position(|(unit, _)| *unit == name)?;
        total = total.checked_add(scaled(number, units[index].1)?)?;
        units = &units[index + 1..];
        rest = after;
    }
    (!text.is_empty() && total <= MAX_DURATION_MILLIS).then_some(total)
}

/// A number of units in milliseconds; parts of a unit are for seconds alone, to the millisecond.
fn scaled(number: &str, unit_millis: i64) -> Option<i64> {
    match number.split_once('.') {
        None => number.parse::<i64>().ok()?.checked_mul(unit_millis),
        Some((whole, part)) if unit_millis == 1000 => {
            let whole = whole.parse::<i64>().ok()?.checked_mul(1000)?;
            whole.checked_add(fraction_millis(part)?)
        }
        Some(_) => None,
    }
}

/// The digits after a second's point, one to three of them, in milliseconds.
fn fraction_millis(digits: &str) -> Option<i64> {
    let is_number = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number
        .then(|| format!("{digits:0<3}").parse().ok())
        .flatten()
}

/// A duration as [`duration_millis`] reads it.
pub(super) fn duration_text(millis: i64) -> String {
    let mut rest = millis.max(0);
    let mut text = String::new();
    for (unit, length) in UNITS {
        if rest >= length {
            text.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

/// Whether `text` is a day of the Gregorian calendar as `YYYY-MM-DD`.
pub(super) fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10
        || !bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    {
        return false;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u32>().unwrap_or(0);
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    };
    year > 0 && (1..=days).contains(&day)
}

/// Whether `text` looks like a code of a language, such as `fr` or `pt-BR`.
pub(super) fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let primary = parts.next().unwrap_or_default();
    (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// Hexadecimal digits that name an asset at least: with fewer, many a word would be one.
const MIN_ID_DIGITS: usize = 8;

/// What follows `like:`.
///
/// # Errors
/// What could stand there instead.
pub(super) fn example(text: &str, is_quoted: bool) -> Result<Example, &'static str> {
    let (prefix, time) = match text.split_once('@') {
        Some((prefix, time)) => (prefix, Some(time)),
        None => (text, None),
    };
    let is_id = (MIN_ID_DIGITS..=64).contains(&prefix.len())
        && prefix.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id {
        let at_millis = match time {
            Some(time) => Some(clock_millis(time).ok_or("a time such as 00:01:12.5 after the @")?),
            None => None,
        };
        let prefix = prefix.to_ascii_lowercase();
        return Ok(Example::Asset { prefix, at_millis });
    }
    if is_quoted || text.contains(['.', '/', '\\']) {
        return Ok(Example::File(text.to_owned()));
    }
    Err("8 or more digits of an asset's id, or the path of a picture")
}

/// `SS`, `MM:SS` or `HH:MM:SS`, with up to three digits after a point, in milliseconds.
fn clock_millis(text: &str) -> Option<i64> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, digits)) => (whole, fraction_millis(digits)?),
        None => (text, 0),
    };
    let parts: Vec<&str> = whole.split(':').collect();
    if parts.len() > 3 {
        return None;
    }
    let mut seconds = 0i64;
    for (index, part) in parts.iter().enumerate() {
        let is_number = (1..=6).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let value: i64 = is_number.then(|| part.parse().ok()).flatten()?;
        // 90 seconds are fine by themselves, but not after minutes.
        if index > 0 && value > 59 {
            return None;
        }
        seconds = seconds * 60 + value;
    }
    Some(seconds * 1000 + fraction)
}

/// A time as [`example`] reads it.
pub(super) fn clock_text(millis: i64) -> String {
    let (seconds, fraction) = (millis / 1000, millis % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{fraction:03}")
}
