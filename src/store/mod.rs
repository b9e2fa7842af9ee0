//! What is known: the catalogue holds the truth, the two indexes are projections of it.

mod error;

pub use error::StoreError;
