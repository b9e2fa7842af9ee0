//! What is known: the catalogue holds the truth, the two indexes are projections of it.

mod catalog;
mod error;
mod identity;
pub mod text_index;
mod types;

pub use catalog::{
    AssetRecord, CATALOGUE_FILE, Catalog, Change, FailureRecord, IndexName, LocationRecord, MomentFacts, StepCount,
    StoredEmbedding,
};
pub use error::StoreError;
pub use identity::{point_id, segment_id};
pub use text_index::{TextDocument, TextIndex};
pub use types::{Access, VectorHit, WordField, WordHit, WordQuery};
