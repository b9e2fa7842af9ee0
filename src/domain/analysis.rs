//! All that the pipeline found out about an asset, as one value.

use serde::{Deserialize, Serialize};

use super::{AssetId, Embedding, Measure, MediaInfo, Segment, StepRecord};

/// The version of [`Analysis`]'s serialised form; it goes up when an old reader would misread it.
///
/// 2: with [`measures`](Analysis::measures), which a reader of 1 would lose.
pub const ANALYSIS_FORMAT_VERSION: u32 = 2;

/// The result of running some or all steps on an asset.
///
/// Committing it replaces what the steps in [`steps`](Self::steps) said before and leaves the
/// results of other steps alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// [`ANALYSIS_FORMAT_VERSION`] of the writer.
    pub format_version: u32,
    /// The asset.
    pub asset_id: AssetId,
    /// What the probe found; `None` when it failed or was not run.
    pub media: Option<MediaInfo>,
    /// What became of each step that was run.
    pub steps: Vec<StepRecord>,
    /// Segments made by those steps.
    pub segments: Vec<Segment>,
    /// Vectors of those segments.
    pub embeddings: Vec<Embedding>,
    /// What those steps measured over time; none in format 1.
    #[serde(default)]
    pub measures: Vec<Measure>,
}

impl Analysis {
    /// An analysis with nothing in it yet.
    pub fn new(asset_id: AssetId) -> Self {
        Self {
            format_version: ANALYSIS_FORMAT_VERSION,
            asset_id,
            media: None,
            steps: Vec::new(),
            segments: Vec::new(),
            embeddings: Vec::new(),
            measures: Vec::new(),
        }
    }
}
