//! A demo world: a sports archive that is drawn, spoken and encoded here, with exact ground truth.
//!
//! [`generate`] renders an archive, [`write_scenes`] stills for training and [`write_sentences`]
//! what commentators say. The drawings are no photographs and the voices no people: the world
//! shows that the program works and measures it, and says nothing of how well a model does on
//! real footage.

mod attributes;
mod captions;
mod clips;
mod degrade;
mod dice;
mod encode;
mod error;
mod figure;
mod film;
mod grammar;
mod lettering;
mod paint;
mod passages;
mod plan;
mod record;
mod scenes;
mod sound;
mod speech_synthesis;
mod stills;
mod truth;
mod voiceover;
mod wording;
mod world;

pub use attributes::{Colour, Daytime, Kind, Scene, ShotSize, Side, Weather, is_held_out};
pub use clips::{Delivery, SpokenClip, spoken_clip, wordless_clip};
pub use error::DemoError;
pub use grammar::{Language, write_sentences};
pub use lettering::Face;
pub use passages::{SpokenPassage, spoken_passage};
pub use stills::{DescribedScene, Gallery, PartialCaption, SceneRequest, Split, write_scenes};
pub use truth::{
    Frames, Highlight, Medium, Opening, ScreenText, ScreenTextKind, Sound, SoundSpan, SpokenWord,
    Synchronous, TRUTH_FILE, TRUTH_FORMAT_VERSION, Truth, TruthAsset, TruthShot, Utterance,
    truth_schema,
};
pub use world::{Progress, WorldRequest, generate};
