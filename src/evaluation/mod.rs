//! How well models do on the demo world, on scenes that training never saw.
//!
//! The figures compare models and guard against setbacks; of real footage they say nothing.

mod pictures;

pub use pictures::{PictureFigures, measure_pictures};
