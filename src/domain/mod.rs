//! The nouns of Reeldex as plain data; nothing here reads, writes or computes on media.

mod analysis;
mod assertion;
mod asset;
mod correction;
mod embedding;
mod language;
mod measure;
mod media;
mod query;
mod segment;
mod signal;
mod snippet;
mod step;
mod timecode;
mod timespan;

pub use analysis::{ANALYSIS_FORMAT_VERSION, Analysis};
pub use assertion::{Assertion, AssertionKind, Provenance, RIGHTS_BLOCKED, Word};
pub use asset::{AssetId, AssetKey, AssetKind, ParseAssetIdError};
pub use correction::{Correction, Statement, correct, corrected_passage, is_same};
pub use embedding::{Embedding, SpaceId, SpaceKind};
pub use language::{iso_639_1, iso_639_2};
pub use measure::{Measure, MeasureKind};
pub use media::{
    AudioStream, Chapter, DynamicRange, FieldOrder, MediaInfo, StreamDetail, StreamInfo,
    VideoStream,
};
pub use query::{Filters, Query, RetrievalScope};
pub use segment::{Channel, Cue, Keyframe, Segment, SegmentId, Transition};
pub use signal::{Picture, SPEECH_SAMPLE_RATE_HZ, Samples};
pub use snippet::Snippet;
pub use step::{ParseStepError, Step, StepOutcome, StepRecord};
pub use timecode::{Timecode, TimecodeError};
pub use timespan::{Rational, TimeSpan};
