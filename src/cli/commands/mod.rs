//! One file per command: what it does with the app and what it prints.

pub(super) mod correct;
pub(super) mod demo;
pub(super) mod doctor;
pub(super) mod eval;
mod eval_reels;
pub(super) mod index;
pub(super) mod mcp;
pub(super) mod models;
pub(super) mod reel;
pub(super) mod reindex;
pub(super) mod search;
pub(super) mod serve;
pub(super) mod show;
pub(super) mod status;
pub(super) mod token;
