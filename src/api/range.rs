//! Parts of a file that a request asks for, after RFC 9110.

use axum::http::{HeaderMap, header};

/// What a `Range` header asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of it: no header, one that is no range of bytes, or more than one range.
    Whole,
    /// From a byte on.
    From(u64),
    /// From a byte to a byte, both in it.
    Between(u64, u64),
    /// So many bytes at the end.
    Last(u64),
}

impl Asked {
    /// What `headers` ask for; all of it where `If-Range` names another version than `tag`.
    pub(super) fn of(headers: &HeaderMap, tag: &str) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if text(header::IF_RANGE).is_some_and(|wanted| wanted != tag) {
            return Self::Whole;
        }
        text(header::RANGE)
            .and_then(Self::parse)
            .unwrap_or(Self::Whole)
    }

    fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
        match (first.trim(), last.trim()) {
            ("", last) => last.parse().ok().map(Self::Last),
            (first, "") => first.parse().ok().map(Self::From),
            (first, last) => {
                let (first, last) = (first.parse().ok()?, last.parse().ok()?);
                (first <= last).then_some(Self::Between(first, last))
            }
        }
    }

    /// How many bytes must be there before an answer can begin; of what has fewer, all.
    pub(super) fn needed(self) -> u64 {
        match self {
            Self::Whole => 1,
            Self::From(first) => first.saturating_add(1),
            Self::Between(_, last) => last.saturating_add(1),
            Self::Last(_) => u64::MAX,
        }
    }

    /// First byte and how many, of `length` in all; `None` where none of it exists.
    pub(super) fn within(self, length: u64) -> Option<(u64, u64)> {
        let (first, end) = match self {
            Self::Whole => return Some((0, length)),
            Self::From(first) => (first, length),
            Self::Between(first, last) => (first, last.saturating_add(1).min(length)),
            Self::Last(count) => (length.saturating_sub(count), length),
        };
        (first < end).then(|| (first, end - first))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(range: &str) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_str(range).unwrap());
        Asked::of(&headers, "\"tag\"")
    }

    #[test]
    fn ranges_are_read_and_cut_to_what_there_is() {
        assert_eq!(asked("bytes=0-").within(100), Some((0, 100)));
        assert_eq!(asked("bytes=10-19").within(100), Some((10, 10)));
        assert_eq!(asked("bytes=90-200").within(100), Some((90, 10)));
        assert_eq!(asked("bytes=-30").within(100), Some((70, 30)));
        assert_eq!(asked("bytes=-300").within(100), Some((0, 100)));
        assert_eq!(asked("bytes=100-").within(100), None);
        assert_eq!(asked("bytes=-0").within(100), None);
        let most = u64::MAX;
        assert_eq!(asked(&format!("bytes=5-{most}")).within(100), Some((5, 95)));
        for unreadable in [
            "bytes=9-5",
            "bytes=a-b",
            "lines=1-2",
            "bytes=0-1,5-6",
            "bytes=",
        ] {
            assert_eq!(asked(unreadable), Asked::Whole, "{unreadable}");
        }
    }

    #[test]
    fn a_range_of_another_version_is_not_given() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=5-"));
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"old\""));
        assert_eq!(Asked::of(&headers, "\"new\""), Asked::Whole);
        assert_eq!(Asked::of(&headers, "\"old\""), Asked::From(5));
    }
}
