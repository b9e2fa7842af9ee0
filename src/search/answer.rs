//! What a search answers, as `--json` prints it and the API sends it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    facets::Facets,
    fuse::{Source, Strength},
};
use crate::domain::{AssetId, AssetKind, Channel};

/// The version of [`Answer`]'s form; it goes up when a field changes its meaning or goes away.
pub const ANSWER_FORMAT_VERSION: u32 = 2;

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Version of this form.
    pub format_version: u32,
    /// The query, as typed.
    pub query: String,
    /// How well the best moment fits.
    pub verdict: Verdict,
    /// How many moments were found, on this page and all others.
    pub total: usize,
    /// What was found, best first; one page of it.
    pub moments: Vec<FoundMoment>,
    /// What was found on all pages, counted; `None` unless it was asked for.
    pub facets: Option<Facets>,
    /// What to ask with for the next page; `None` on the last one.
    pub next_cursor: Option<String>,
    /// What limits the answer, such as a model that is not installed; for people to read.
    pub notes: Vec<String>,
    /// How long the search took, in milliseconds.
    pub took_millis: u64,
}

/// How well an answer fits the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All words, a phrase, or a likeness far above chance.
    Strong,
    /// Half of the words or more, or a likeness that is seldom chance.
    Fair,
    /// Less than half of the words, or a likeness that may be chance.
    Weak,
    /// Nothing fits better than chance.
    None,
}

/// A stretch of an asset and the evidence that it is what was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundMoment {
    /// The asset: BLAKE3 of its content, 64 hexadecimal digits.
    #[schemars(with = "String", regex(pattern = r"^[0-9a-f]{64}$"))]
    pub asset_id: AssetId,
    /// What the asset is.
    #[schemars(with = "Option<String>", extend("enum" = ["video", "audio", "image", null]))]
    pub kind: Option<AssetKind>,
    /// Where it lies: a location that exists, where there is one; invalid UTF-8 replaced.
    pub path: String,
    /// Whether the file was gone at the last scan, such as on a volume that is not mounted.
    pub is_missing: bool,
    /// The collection it belongs to.
    pub collection: String,
    /// Running time of the whole asset in milliseconds; `None` for stills.
    #[serde(default)]
    pub duration_millis: Option<i64>,
    /// First millisecond in running time; 0 for stills.
    pub start_millis: i64,
    /// First millisecond after it; 0 for stills.
    pub end_millis: i64,
    /// Source timecode of the first frame, `HH:MM:SS:FF` or `HH:MM:SS;FF`; for video only.
    pub timecode: Option<String>,
    /// Source timecode of the first frame after it.
    pub end_timecode: Option<String>,
    /// The picture that shows it best, as a path below the library.
    pub thumbnail: Option<String>,
    /// The fused rank score: higher is better, comparable within one answer only, not a probability.
    pub score: f32,
    /// How well it fits.
    #[schemars(with = "String", extend("enum" = ["strong", "fair", "weak"]))]
    pub strength: Strength,
    /// Why it was found, for people to read.
    pub reason: String,
    /// How many moments it stands for, itself included: those that show or say nearly the same.
    #[schemars(range(min = 1))]
    pub stands_for: u32,
    /// The best of the others that it stands for.
    #[schemars(length(max = 10))]
    pub others: Vec<OtherPlace>,
    /// What found it, strongest first.
    pub evidence: Vec<FoundEvidence>,
}

/// Where a moment lies that another one stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherPlace {
    /// The asset: BLAKE3 of its content, 64 hexadecimal digits.
    #[schemars(with = "String", regex(pattern = r"^[0-9a-f]{64}$"))]
    pub asset_id: AssetId,
    /// First millisecond in running time; 0 for stills.
    pub start_millis: i64,
    /// First millisecond after it; 0 for stills.
    pub end_millis: i64,
}

/// One source's contribution to a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundEvidence {
    /// Which ranked list it comes from.
    #[schemars(with = "String", extend("enum" = ["speech_words", "screen_words", "metadata_words", "picture", "passage"]))]
    pub source: Source,
    /// On which channel the segment was observed.
    #[schemars(with = "String", extend("enum" = ["asset", "shot", "subtitle", "speech", "screen_text", "passage", "sound"]))]
    pub channel: Channel,
    /// The segment: a UUID.
    #[schemars(regex(
        pattern = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    ))]
    pub segment_id: String,
    /// First millisecond of the evidence.
    pub start_millis: i64,
    /// First millisecond after it.
    pub end_millis: i64,
    /// The source's own score: BM25 for words, cosine for picture and passage.
    pub score: f32,
    /// Position in the source's list, from 1.
    #[schemars(range(min = 1))]
    pub rank: u32,
    /// How well it fits by itself.
    #[schemars(with = "String", extend("enum" = ["strong", "fair", "weak"]))]
    pub strength: Strength,
    /// The text, where there is one.
    pub snippet: Option<MarkedText>,
}

/// A piece of text with its matching words marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkedText {
    /// The text.
    pub text: String,
    /// Ranges of bytes of the UTF-8 text, `[first, first after]`, in order, not overlapping.
    pub marked: Vec<(usize, usize)>,
}

/// The JSON Schema of [`Answer`], as `schemas/search.schema.json` holds it.
pub fn answer_schema() -> serde_json::Value {
    schemars::schema_for!(Answer).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_schema_is_what_the_types_say() {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/search.schema.json");
        let wanted = format!("{:#}\n", answer_schema());
        if std::env::var_os("REELDEX_WRITE_SCHEMAS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "schemas/search.schema.json is stale: run the tests once with REELDEX_WRITE_SCHEMAS=1"
        );
    }
}
