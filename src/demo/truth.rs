//! What is in a demo world: every shot, word, line of text and sound, with its time.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{attributes::Scene, error::DemoError, grammar::Language, lettering::Face};

/// The name of the truth's file below a world's folder.
pub const TRUTH_FILE: &str = "truth.json";

/// The version of [`Truth`]'s form; it goes up when a field changes its meaning or goes away.
pub const TRUTH_FORMAT_VERSION: u32 = 1;

/// All that is in an archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// Version of this form.
    pub format_version: u32,
    /// What the world hangs on.
    pub seed: u64,
    /// How much video was asked for.
    pub minutes: f64,
    /// The files, by path.
    pub assets: Vec<TruthAsset>,
}

impl Truth {
    /// The truth of the world in a folder.
    ///
    /// # Errors
    /// When there is none or it can't be understood.
    pub fn load(directory: &Path) -> Result<Self, DemoError> {
        let path = directory.join(TRUTH_FILE);
        let failed = |source| DemoError::File {
            path: path.clone(),
            source,
        };
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        serde_json::from_str(&text).map_err(|error| failed(error.into()))
    }
}

/// One file and its copies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TruthAsset {
    /// Below the archive.
    pub path: String,
    /// Other paths with the same content.
    pub copies: Vec<String>,
    /// What it is.
    pub medium: Medium,
    /// Whether the file is damaged and can't be read to its end.
    pub is_broken: bool,
    /// Its title, as in the file's metadata.
    pub title: String,
    /// Running time; 0 for stills.
    pub duration_millis: i64,
    /// Width and height as shown, in pixels; absent for audio.
    pub size: Option<(u32, u32)>,
    /// The clock of its pictures; absent where there are none or one.
    pub frames: Option<Frames>,
    /// The shots, in order; a still has one.
    pub shots: Vec<TruthShot>,
    /// What is said, in order.
    pub utterances: Vec<Utterance>,
    /// What is written in the picture, beside what the scenes show.
    pub screen_text: Vec<ScreenText>,
    /// What is heard.
    pub sounds: Vec<SoundSpan>,
    /// The best moments.
    pub highlights: Vec<Highlight>,
    /// Where other assets show the same event.
    pub synchronous: Vec<Synchronous>,
    /// Subtitle files beside it.
    pub sidecars: Vec<String>,
}

/// What an asset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// Moving pictures with sound.
    Video,
    /// Sound alone.
    Audio,
    /// A still.
    Image,
}

/// The clock of a film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frames {
    /// How many there are.
    pub count: i64,
    /// Frames per second as numerator and denominator; of the finest grid where the rate varies.
    pub rate: (i32, i32),
    /// Whether frames are left out of that grid.
    pub is_variable: bool,
    /// Timecode of the first frame, `HH:MM:SS:FF`, or `HH:MM:SS;FF` for drop-frame.
    pub start_timecode: Option<String>,
    /// Degrees clockwise that a player turns the picture by.
    pub rotation_degrees: i32,
}

/// One shot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TruthShot {
    /// Its first frame; in the middle of a transition that takes time.
    pub first_frame: i64,
    /// The first frame after it.
    pub end_frame: i64,
    /// Time of the first frame.
    pub start_millis: i64,
    /// Time of the first frame after it.
    pub end_millis: i64,
    /// How it begins.
    pub opening: Opening,
    /// How many frames the opening takes, half of them before the first frame; 0 for a cut.
    pub opening_frames: i64,
    /// What it shows.
    pub scene: Scene,
    /// Whether the combination of kind, colour and shot size is kept out of training.
    pub is_held_out: bool,
    /// Descriptions that name some attributes.
    pub captions: Vec<String>,
    /// A description that names all.
    pub full_caption: String,
}

/// How a shot begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// The film begins with it.
    Start,
    /// From one frame to the next.
    Cut,
    /// Through black.
    Fade,
    /// One picture melts into the other.
    Dissolve,
    /// The new picture is drawn over the old from the left.
    Wipe,
}

/// What one voice says without a pause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Utterance {
    /// First millisecond with sound.
    pub start_millis: i64,
    /// First millisecond after it.
    pub end_millis: i64,
    /// The language.
    pub language: Language,
    /// The voice, as eSpeak NG names it.
    pub voice: String,
    /// What is said.
    pub text: String,
    /// Its words with their times.
    pub words: Vec<SpokenWord>,
}

/// A word as it is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpokenWord {
    /// The word with its punctuation.
    pub text: String,
    /// First millisecond.
    pub start_millis: i64,
    /// First millisecond after it.
    pub end_millis: i64,
}

/// Letters over the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreenText {
    /// What kind of line it is.
    pub kind: ScreenTextKind,
    /// The letters; of a running timecode those on its first frame.
    pub text: String,
    /// First frame that shows it.
    pub first_frame: i64,
    /// The first frame after it.
    pub end_frame: i64,
    /// Time of the first frame.
    pub start_millis: i64,
    /// Time of the first frame after it.
    pub end_millis: i64,
    /// The style of the letters.
    pub face: Face,
    /// Left, top, width and height as shares of the picture's width and height.
    pub area: (f32, f32, f32, f32),
}

/// What a line of text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScreenTextKind {
    /// The score.
    Score,
    /// Who is to be seen.
    Name,
    /// A timecode that runs.
    Timecode,
}

/// What is heard for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SoundSpan {
    /// What.
    pub sound: Sound,
    /// First millisecond.
    pub start_millis: i64,
    /// First millisecond after it.
    pub end_millis: i64,
}

/// A sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// Somebody speaks.
    Speech,
    /// Spectators murmur.
    Crowd,
    /// Spectators cheer.
    Cheer,
    /// A referee's whistle.
    Whistle,
    /// Chords.
    Music,
    /// Nothing.
    Silence,
}

/// A moment worth a place in a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Highlight {
    /// First millisecond.
    pub start_millis: i64,
    /// First millisecond after it.
    pub end_millis: i64,
    /// How great: 1 good, 2 very good, 3 the best.
    #[schemars(range(min = 1, max = 3))]
    pub grade: u8,
}

/// Another asset that shows the same event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Synchronous {
    /// The other asset.
    pub path: String,
    /// First millisecond of this asset that the other shows too.
    pub start_millis: i64,
    /// First millisecond after it.
    pub end_millis: i64,
    /// What to add to a time of this asset for the same moment in the other.
    pub offset_millis: i64,
}

/// The JSON Schema of [`Truth`], as `schemas/demo-truth.schema.json` holds it.
pub fn truth_schema() -> serde_json::Value {
    schemars::schema_for!(Truth).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_schema_is_what_the_types_say() {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/demo-truth.schema.json");
        let wanted = format!("{:#}\n", truth_schema());
        if std::env::var_os("REELDEX_WRITE_SCHEMAS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "schemas/demo-truth.schema.json is stale: run the tests once with REELDEX_WRITE_SCHEMAS=1"
        );
    }
}
