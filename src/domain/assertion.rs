//! What a model, a person or a file said, and who said it.

use serde::{Deserialize, Serialize};

use super::{Step, TimeSpan};

/// What kind of thing was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionKind {
    /// Words heard, or subtitles of words heard.
    Transcript,
    /// Words seen in the picture.
    Text,
    /// A term of a vocabulary, or a measured property such as `black` or `loudness=-23.1 LUFS`.
    Tag,
    /// A title or name out of the file's metadata.
    Name,
    /// What may be done with it, by a person: `blocked` for what no reel may show.
    Rights,
}

impl AssertionKind {
    /// The name used in files and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transcript => "transcript",
            Self::Text => "text",
            Self::Tag => "tag",
            Self::Name => "name",
            Self::Rights => "rights",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Transcript,
            Self::Text,
            Self::Tag,
            Self::Name,
            Self::Rights,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// What an assertion of the kind `rights` says of a stretch that no reel may show.
pub const RIGHTS_BLOCKED: &str = "blocked";

/// Something said of a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assertion {
    /// The step that made it.
    pub step: Step,
    /// What kind of thing it is.
    pub kind: AssertionKind,
    /// The words, the term or the name.
    pub value: String,
    /// ISO 639-1 code of a text's language where known.
    pub language: Option<String>,
    /// The maker's own confidence, 0 to 1; not comparable between makers.
    pub confidence: Option<f32>,
    /// Times of single words, where the maker knows them.
    pub words: Vec<Word>,
    /// Who said it.
    pub provenance: Provenance,
}

/// What made an assertion.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Provenance {
    /// A model's or tool's name, `file` for what came with the asset, or [`PERSON`](Self::PERSON).
    pub maker: String,
    /// Its version, hash or file name, or the person's name.
    pub version: String,
    /// Settings that change its result, as `key=value` joined by spaces.
    pub settings: String,
}

impl Provenance {
    /// The maker of what a person said.
    pub const PERSON: &'static str = "person";

    /// Whether a person said it.
    pub fn is_by_person(&self) -> bool {
        self.maker == Self::PERSON
    }
}

/// A spoken word and when it was spoken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word as written, without surrounding spaces.
    pub text: String,
    /// When.
    pub span: TimeSpan,
    /// The model's probability for it, 0 to 1.
    pub probability: f32,
}
