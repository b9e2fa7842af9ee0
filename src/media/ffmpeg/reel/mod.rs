//! Reels: parts of them rendered from their sources, and parts joined without encoding pictures anew.

mod conform;
mod copy;
mod encoders;
mod film;
mod font;
mod frames;
mod hardware;
mod join;
mod layer;
mod letters;
mod mix;
mod motion;
mod muxer;
mod nal_units;
mod part;
mod part_file;
mod salience;
mod sound;
mod sound_encoder;
mod soundtrack;
mod still;
mod tempo;
mod timed_text;

pub use copy::copy_plan;
pub use encoders::encoder_starts;
pub use join::join;
pub use part::part;
