//! Reeldex turns a folder of media into moments that people find by describing them.

pub mod domain;
pub mod fault;
pub mod inference;
pub mod media;
pub mod search;
pub mod store;
