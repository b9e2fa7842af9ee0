//! Reeldex turns a folder of media into moments that people find by describing them.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod fault;
pub mod indexing;
pub mod inference;
pub mod media;
pub mod search;
pub mod store;
