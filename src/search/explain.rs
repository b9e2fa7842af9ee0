//! Says in words why a moment was found.

use super::fuse::{Hit, Source};
use crate::domain::{Channel, Snippet};

/// More reasons than this are left to the evidence.
const MAX_REASONS: usize = 3;

/// The reasons of a moment's hits, which are given strongest first, each source told once.
pub(super) fn reason(hits: &[Hit]) -> String {
    let mut told: Vec<(Source, bool)> = Vec::new();
    let mut reasons = Vec::new();
    for hit in hits {
        let is_tag = hit.channel == Channel::Shot;
        if !told.contains(&(hit.source, is_tag)) {
            told.push((hit.source, is_tag));
            reasons.push(of_hit(hit));
        }
    }
    reasons.truncate(MAX_REASONS);
    reasons.join("; ")
}

fn of_hit(hit: &Hit) -> String {
    let quoted = hit
        .snippet
        .as_ref()
        .map(|snippet| format!("“{}”", snippet.text.trim()));
    match (hit.source, hit.channel) {
        (Source::SpeechWords, _) => format!("said: {}", quoted.unwrap_or_default()),
        (Source::ScreenWords, _) => format!("on screen: {}", quoted.unwrap_or_default()),
        (Source::MetadataWords, Channel::Shot) => {
            format!("tagged {}", marked_words(hit.snippet.as_ref()))
        }
        (Source::MetadataWords, _) => {
            format!("named or described {}", marked_words(hit.snippet.as_ref()))
        }
        (Source::Picture, _) if hit.is_like_example => {
            format!("looks like the example (cosine {:.2})", hit.score)
        }
        (Source::Picture, _) => format!("looks like the description (cosine {:.2})", hit.score),
        (Source::Passage, _) => match quoted {
            Some(quoted) => format!("means the same (cosine {:.2}): {quoted}", hit.score),
            None => format!("means the same (cosine {:.2})", hit.score),
        },
    }
}

fn marked_words(snippet: Option<&Snippet>) -> String {
    let Some(snippet) = snippet else {
        return String::new();
    };
    let words: Vec<&str> = snippet
        .marked
        .iter()
        .filter_map(|&(from, to)| snippet.text.get(from..to))
        .collect();
    if words.is_empty() {
        snippet.text.clone()
    } else {
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::fuse::tests::hit;

    #[test]
    fn each_source_gives_its_reason_once() {
        let snippet = |text: &str, marked: Vec<(usize, usize)>| {
            Some(Snippet {
                text: text.to_owned(),
                marked,
            })
        };
        let said = Hit {
            snippet: snippet("ask not", vec![(0, 3)]),
            channel: Channel::Subtitle,
            ..hit(Source::SpeechWords, 1, (0, 1), 1)
        };
        let tagged = Hit {
            snippet: snippet("archery, outdoor", vec![(0, 7)]),
            ..hit(Source::MetadataWords, 1, (0, 1), 2)
        };
        let seen = Hit {
            score: 0.314,
            ..hit(Source::Picture, 1, (0, 1), 2)
        };
        assert_eq!(
            reason(&[said.clone(), tagged, said, seen]),
            "said: “ask not”; tagged archery; looks like the description (cosine 0.31)"
        );
        let alike = Hit {
            is_like_example: true,
            ..hit(Source::Picture, 1, (0, 1), 1)
        };
        assert_eq!(reason(&[alike]), "looks like the example (cosine 1.00)");
    }
}
