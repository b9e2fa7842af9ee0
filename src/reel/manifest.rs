//! The reel manifest: what `*.reel.json` holds.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::source::{Ratio, Source};
use crate::domain::{AssetId, Rational};

/// The version of [`Reel`]'s form; it goes up when a field changes its meaning or goes away.
pub const REEL_FORMAT_VERSION: u32 = 1;

/// A reel with all its earlier states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reel {
    /// Version of this form.
    pub format_version: u32,
    /// What people call it.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// The clock and the size of the result.
    pub timeline: TimelineSettings,
    /// What was asked for; a later `update` asks for it again.
    pub wish: Wish,
    /// The sources of all picks of all revisions, by asset: BLAKE3 of the content, 64 hexadecimal digits.
    #[schemars(with = "BTreeMap<String, Source>")]
    pub sources: BTreeMap<AssetId, Source>,
    /// Every state the reel was in, in the order they were made; never empty.
    #[schemars(length(min = 1))]
    pub revisions: Vec<Revision>,
    /// Which of `revisions` holds, from 0.
    pub current: usize,
}

impl Reel {
    /// The revision that holds.
    ///
    /// # Panics
    /// When `current` names none, which [`ReelFile::read`](super::ReelFile::read) refuses.
    pub fn revision(&self) -> &Revision {
        &self.revisions[self.current]
    }

    /// The picks of the revision that holds, in order.
    pub fn picks(&self) -> &[Pick] {
        &self.revision().picks
    }
}

/// The clock and the size of a reel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimelineSettings {
    /// Frames per second.
    #[schemars(with = "Ratio")]
    pub rate: Rational,
    /// Whether record timecode drops numbers; at 30000/1001 and 60000/1001 only.
    pub drop_frame: bool,
    /// Record timecode of the first frame, `HH:MM:SS:FF` or `HH:MM:SS;FF`.
    pub start_timecode: String,
    /// Width of the picture in pixels.
    #[schemars(range(min = 16, max = 8192))]
    pub width: u32,
    /// Height of the picture in pixels.
    #[schemars(range(min = 16, max = 8192))]
    pub height: u32,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// The parts of the reel, in order; one without a query takes the best there is. Never empty.
    #[schemars(length(min = 1))]
    pub sections: Vec<Section>,
    /// How long the reel may be at most.
    #[schemars(range(min = 1))]
    pub length_millis: i64,
    /// The collection that is drawn from; all where absent.
    pub collection: Option<String>,
    /// Stretches that were chosen by hand, such as the page's basket.
    pub given: Vec<Stretch>,
    /// Stretches that must be in it.
    pub must_have: Vec<Stretch>,
    /// Stretches that must not be in it.
    pub must_not: Vec<Stretch>,
    /// In which order picks are shown.
    pub order: Order,
    /// The shortest pick.
    #[schemars(range(min = 1))]
    pub shortest_millis: i64,
    /// The longest pick.
    #[schemars(range(min = 1))]
    pub longest_millis: i64,
    /// How much material beside each end is to be kept for trimming.
    #[schemars(range(min = 0))]
    pub handle_millis: i64,
    /// How many picks an asset may give; any number where absent.
    pub most_per_asset: Option<u32>,
    /// How much variety counts against value, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub diversity: f32,
    /// Whether several cameras may show the same instant.
    pub all_angles: bool,
    /// What equal choices are decided by.
    pub seed: u64,
}

/// A part of a reel with a query of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its name, such as `opening`; empty where there is one section only.
    pub name: String,
    /// What its picks are found by, in the moment query language; the best of all where absent.
    pub query: Option<String>,
    /// How many picks it has; what the others leave where absent.
    pub picks: Option<u32>,
}

/// A stretch of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// The asset: BLAKE3 of its content, 64 hexadecimal digits.
    #[schemars(with = "String", regex(pattern = r"^[0-9a-f]{64}$"))]
    pub asset_id: AssetId,
    /// First millisecond in running time.
    pub start_millis: i64,
    /// First millisecond after it.
    pub end_millis: i64,
}

/// In which order picks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// By time of recording where known, else by place, then by running time.
    Chronological,
    /// Rising: a strong opening, then from calm to the greatest.
    Dramatic,
    /// As given or found, best first.
    Given,
}

/// A state of the reel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// The revision that it was made from; absent for the first.
    pub parent: Option<usize>,
    /// When, RFC 3339.
    pub made: String,
    /// What was done, for people to read.
    pub change: String,
    /// What limits it, such as less material than was asked for.
    pub notes: Vec<String>,
    /// What is shown, in order.
    pub picks: Vec<Pick>,
}

/// A stretch of a source as it stands in the reel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// Its number: unique in the reel, and kept when it is moved.
    pub id: u32,
    /// The source: BLAKE3 of its content, 64 hexadecimal digits.
    #[schemars(with = "String", regex(pattern = r"^[0-9a-f]{64}$"))]
    pub asset_id: AssetId,
    /// First frame, counted at the source's rate from its first frame; for sound and stills at the
    /// reel's rate.
    #[schemars(range(min = 0))]
    pub in_frame: i64,
    /// The first frame after it.
    #[schemars(range(min = 1))]
    pub out_frame: i64,
    /// Source timecode of the first frame, for people: frames hold where both differ.
    pub in_timecode: String,
    /// Source timecode of the first frame after it.
    pub out_timecode: String,
    /// Frames before it that are kept for trimming, as far as the source has them.
    #[schemars(range(min = 0))]
    pub head_handle_frames: i64,
    /// Frames after it that are kept for trimming.
    #[schemars(range(min = 0))]
    pub tail_handle_frames: i64,
    /// What it shows, as clips are called in edit suites.
    pub name: String,
    /// The section it belongs to; empty where there is one only.
    pub section: String,
    /// Whether updates leave it as it is.
    pub is_locked: bool,
    /// How many frames of the reel it melts in over from the pick before; 0 for a cut.
    #[schemars(range(min = 0))]
    pub dissolve_frames: i64,
    /// How much slower it is shown; absent for its own speed.
    pub slow_motion: Option<SlowMotion>,
    /// A line laid over the lower third; absent for none.
    pub lower_third: Option<String>,
    /// Why it is here.
    pub reason: Reason,
}

/// Slower than it was. Twice as long, its sound keeps its pitch; longer, it is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowMotion {
    /// How many times as long it is shown.
    #[schemars(range(min = 2, max = 8))]
    pub factor: u32,
    /// How the frames in between come about.
    pub smoothing: Smoothing,
}

/// How frames in between come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// Neighbouring frames are mixed.
    Blend,
    /// Motion between neighbouring frames is estimated.
    Interpolate,
}

/// Why a pick is in the reel.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// In a sentence, for people to read.
    pub text: String,
    /// The query that found it.
    pub query: Option<String>,
    /// How well it matches the query, 0 to 1 within this reel; 0 without a query.
    pub relevance: f32,
    /// How exciting it is, 0 to 1 within its asset.
    pub excitement: f32,
    /// What it added to the reel when it was picked: relevance and excitement less what was shown already.
    pub gain: f32,
    /// What made it exciting, strongest first.
    pub signals: Vec<SignalShare>,
    /// What found it, strongest first.
    pub evidence: Vec<Evidence>,
}

/// What one signal adds to excitement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalShare {
    /// Its name, such as `loudness`.
    pub signal: String,
    /// How high it stands within its asset, 0 to 1.
    pub level: f32,
    /// Its weight.
    pub weight: f32,
}

/// What a search's source found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Which ranked list, such as `speech_words`.
    pub source: String,
    /// That list's own score.
    pub score: f32,
    /// The text, where there is one.
    pub text: Option<String>,
}

/// The JSON Schema of [`Reel`], as `schemas/reel.schema.json` holds it.
pub fn reel_schema() -> serde_json::Value {
    schemars::schema_for!(Reel).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_schema_is_what_the_types_say() {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/reel.schema.json");
        let wanted = format!("{:#}\n", reel_schema());
        if std::env::var_os("REELDEX_WRITE_SCHEMAS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "schemas/reel.schema.json is stale: run the tests once with REELDEX_WRITE_SCHEMAS=1"
        );
    }
}
