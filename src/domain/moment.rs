//! What a search returns.

use serde::{Deserialize, Serialize};

use super::{AssetId, AssetKind, Channel, SegmentId, TimeSpan};

/// A stretch of an asset and the evidence that it is what was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The asset.
    pub asset_id: AssetId,
    /// What it is.
    pub kind: AssetKind,
    /// Where it lies; the first location that exists.
    pub path: String,
    /// The stretch; empty (0 to 0) for stills.
    pub span: TimeSpan,
    /// Source timecode of the first frame, where the asset has a frame rate.
    pub timecode: Option<String>,
    /// Path of the picture that shows it best, below the library.
    pub thumbnail: Option<String>,
    /// The fused rank score: higher is better, comparable within one answer only.
    pub score: f32,
    /// What found it, strongest first.
    pub evidence: Vec<Evidence>,
    /// Why it was found, as a sentence.
    pub reason: String,
}

/// One channel's contribution to a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which list it came from, such as `speech words` or `picture`.
    pub source: String,
    /// The channel of the segment.
    pub channel: Channel,
    /// The segment.
    pub segment_id: SegmentId,
    /// Where it lies.
    pub span: TimeSpan,
    /// The source's own score: BM25 for words, cosine for vectors.
    pub score: f32,
    /// Position in the source's list, from 1.
    pub rank: u32,
    /// The words that matched, where there are words.
    pub snippet: Option<Snippet>,
}

/// A piece of text with its matching words marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// The text.
    pub text: String,
    /// Byte ranges of matching words, in order, not overlapping.
    pub marked: Vec<(usize, usize)>,
}
