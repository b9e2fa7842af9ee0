//! What tools are asked and what they answer.

mod assets;
mod moment;
mod search;
mod transcript;

pub(super) use assets::{AssetsRequest, assets};
pub(super) use moment::{MomentRequest, moment};
pub(super) use search::{SearchRequest, search};
pub(super) use transcript::{TranscriptRequest, transcript};

use crate::{api::error::Problem, domain::AssetKind};

/// Lines or shots in an answer, and characters of one text, at most.
const MAX_LINES: usize = 100;
const MAX_CHARS: usize = 400;

fn kind_of(name: Option<&str>) -> Result<Option<AssetKind>, Problem> {
    match name.filter(|name| !name.is_empty()) {
        Some(name) => AssetKind::from_name(name)
            .map(Some)
            .ok_or_else(|| Problem::bad_request("a kind is video, audio or image")),
        None => Ok(None),
    }
}

fn limited(asked: Option<usize>, usual: usize, most: usize) -> Result<usize, Problem> {
    match asked {
        Some(limit) if !(1..=most).contains(&limit) => Err(Problem::bad_request(format!(
            "`limit` is from 1 to {most}, not {limit}"
        ))),
        limit => Ok(limit.unwrap_or(usual)),
    }
}

/// A text that is not longer than an answer should have it.
pub(super) fn bounded(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
