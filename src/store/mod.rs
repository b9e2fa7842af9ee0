//! What is known: the catalogue holds the truth, the two indexes are projections of it.

mod error;
mod types;

pub use error::StoreError;
pub use types::{Access, VectorHit, WordField, WordHit, WordQuery};
