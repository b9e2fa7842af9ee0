//! What is known: the catalogue holds the truth, the two indexes are projections of it.

mod catalog;
mod error;
mod identity;
mod types;

pub use catalog::{
    AssetRecord, CATALOGUE_FILE, Catalog, Change, FailureRecord, IndexName, LocationRecord, MomentFacts, StepCount,
    StoredEmbedding,
};
pub use error::StoreError;
pub use identity::{point_id, segment_id};
pub use types::{Access, VectorHit, WordField, WordHit, WordQuery};
