//! Times as subtitle files write them.

use crate::domain::TimeSpan;

/// `[[H:]M:]S[.,fraction]` in milliseconds; any number of digits, white space around.
pub(super) fn clock_millis(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once([',', '.']).unwrap_or((text, ""));
    let mut seconds: i64 = 0;
    let mut fields = 0;
    for field in whole.split(':') {
        seconds = seconds
            .checked_mul(60)?
            .checked_add(digits(field.trim())?)?;
        fields += 1;
    }
    (2..=3).contains(&fields).then_some(())?;
    seconds
        .checked_mul(1000)?
        .checked_add(fraction_millis(fraction)?)
}

/// The span of a SubRip or WebVTT timing line; what stands behind it (positions) is left out.
pub(super) fn arrow_span(line: &str) -> Option<TimeSpan> {
    let (start, rest) = line.split_once("->")?;
    let start = clock_millis(start.trim_end_matches(['-', ' ', '\t']))?;
    let end = clock_millis(rest.split_whitespace().next()?)?;
    Some(TimeSpan::new(start, end))
}

/// The span of an SBV timing line, `0:00:01.000,0:00:02.000`.
pub(super) fn comma_span(line: &str) -> Option<TimeSpan> {
    let (start, end) = line.trim().split_once(',')?;
    // A comma would also pass for a decimal point.
    (start.contains(':') && end.contains(':')).then_some(())?;
    Some(TimeSpan::new(clock_millis(start)?, clock_millis(end)?))
}

/// Decimal digits behind the point, as milliseconds.
fn fraction_millis(fraction: &str) -> Option<i64> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
    Some(padded.fold(0, |millis, digit| millis * 10 + i64::from(digit - b'0')))
}

/// A whole number without a sign; `i64` holds any that fits, others are refused.
fn digits(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_with_comma_or_dot_and_with_or_without_hours() {
        assert_eq!(clock_millis("01:02:03,450"), Some(3_723_450));
        assert_eq!(clock_millis(" 2:03.4 "), Some(123_400));
        assert_eq!(clock_millis("100:00:00.0005"), Some(360_000_000));
        for wrong in [
            "",
            "5",
            "::",
            "1:2:3:4",
            "-1:00",
            "1:xx",
            "1:00.5s",
            "99999999999999999999:00:00",
            "9223372036854775807:00",
        ] {
            assert_eq!(clock_millis(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn timing_lines_are_told_from_text() {
        let span = Some(TimeSpan::new(1000, 2500));
        assert_eq!(arrow_span("00:00:01,000 --> 00:00:02,500"), span);
        assert_eq!(
            arrow_span("00:01.000-->00:02.500 align:start position:0%"),
            span
        );
        assert_eq!(arrow_span("00:00:01,000 -> 00:00:02,500  X1:100"), span);
        assert_eq!(arrow_span("from here --> to there"), None);
        assert_eq!(comma_span("0:00:01.000,0:00:02.500"), span);
        assert_eq!(comma_span("1,2"), None);
    }
}
