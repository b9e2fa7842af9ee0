//! The write path: find files, decide what each one needs, run the steps, commit what they found.
//!
//! The entry point is [`Indexer`]. Nothing here prints; progress and failures leave as [`IndexEvent`]s.

mod asset;
mod error;
mod event;
mod intake;
mod pictures;
mod pipeline;
mod plan;
mod scan;
mod settings;
mod sound;
mod survey;
mod tags;
mod vectors;
mod words;

pub use error::IndexingError;
pub use event::{IndexEvent, IndexReport, Observer};
pub use pipeline::Indexer;
pub use plan::{ScanPlan, StepPlan, WantedStep};
pub use scan::{FoundFile, ScanSettings};
pub use settings::{Cancel, IndexSettings};
pub use survey::{Job, Refresh, Survey};
