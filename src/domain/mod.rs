//! The nouns of Reeldex as plain data; nothing here reads, writes or computes on media.

mod analysis;
mod assertion;
mod asset;
mod embedding;
mod media;
mod moment;
mod query;
mod segment;
mod signal;
mod step;
mod timecode;
mod timespan;

pub use analysis::{ANALYSIS_FORMAT_VERSION, Analysis};
pub use assertion::{Assertion, AssertionKind, Provenance, Word};
pub use asset::{AssetId, AssetKey, AssetKind, ParseAssetIdError};
pub use embedding::{Embedding, SpaceId, SpaceKind};
pub use media::{
    AudioStream, Chapter, DynamicRange, FieldOrder, MediaInfo, StreamDetail, StreamInfo,
    VideoStream,
};
pub use moment::{Evidence, Moment, Snippet};
pub use query::{Filters, Query, RetrievalScope};
pub use segment::{Channel, Cue, Keyframe, Segment, SegmentId, Transition};
pub use signal::{Picture, SPEECH_SAMPLE_RATE_HZ, Samples};
pub use step::{ParseStepError, Step, StepOutcome, StepRecord};
pub use timecode::{Timecode, TimecodeError};
pub use timespan::{Rational, TimeSpan};
