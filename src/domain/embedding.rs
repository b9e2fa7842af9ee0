//! Points in the vector spaces that search by meaning works in.

use serde::{Deserialize, Serialize};

/// Which question a space answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpaceKind {
    /// Images beside descriptions of images, from one dual encoder.
    Picture,
    /// Spoken, subtitled and on-screen text, from a sentence encoder.
    Passage,
}

/// A vector space: vectors of different spaces are never compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SpaceId {
    /// Which question it answers.
    pub kind: SpaceKind,
    /// Catalogue name and weight hash of the model, such as `all-minilm-l6-v2@53aa5117`.
    pub model: String,
    /// Numbers in a vector.
    pub dimensions: u32,
}

impl SpaceId {
    /// Its name in stores: kind, model and dimensions, such as `passage-all-minilm-l6-v2-53aa5117-384`.
    pub fn name(&self) -> String {
        let kind = match self.kind {
            SpaceKind::Picture => "picture",
            SpaceKind::Passage => "passage",
        };
        let model: String = self
            .model
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '.' {
                    c
                } else {
                    '-'
                }
            })
            .collect();
        format!("{kind}-{model}-{}", self.dimensions)
    }
}

/// One vector of a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// Index into [`Analysis::segments`](super::Analysis::segments).
    pub segment: u32,
    /// The frame it shows, or the start of the passage.
    pub at_millis: i64,
    /// The space it lies in.
    pub space: SpaceId,
    /// Unit length; IEEE 754 half precision, as bits.
    pub values_f16: Vec<u16>,
}
