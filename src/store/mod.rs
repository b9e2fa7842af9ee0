//! What is known: the catalogue holds the truth, the two indexes are projections of it.

mod error;
pub mod text_index;
mod types;

pub use error::StoreError;
pub use text_index::{TextDocument, TextIndex};
pub use types::{Access, VectorHit, WordField, WordHit, WordQuery};
