//! A demo world: a sports archive that is drawn, spoken and encoded here, with exact ground truth.
//!
//! [`write_scenes`] draws stills for training and [`write_sentences`] writes
//! what commentators say. The drawings are no photographs and the voices no people: the world
//! shows that the program works and measures it, and says nothing of how well a model does on
//! real footage.

mod attributes;
mod captions;
mod degrade;
mod dice;
mod error;
mod figure;
mod grammar;
mod lettering;
mod paint;
mod scenes;
mod stills;
mod wording;

pub use attributes::{Colour, Daytime, Kind, Scene, ShotSize, Side, Weather, is_held_out};
pub use error::DemoError;
pub use grammar::{Language, write_sentences};
pub use stills::{SceneRequest, Split, write_scenes};
