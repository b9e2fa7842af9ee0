//! What the stores are asked and what they answer.

use std::path::PathBuf;

use crate::domain::{AssetKey, Channel, SegmentId, Snippet, TimeSpan};

/// What the library is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read and write; one process at a time.
    Write,
    /// Read only; any number of processes, also beside a writer.
    Read,
}

/// Which words of an asset a word search looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WordField {
    /// Words heard, and subtitles of them.
    Speech,
    /// Words seen in the picture.
    ScreenText,
    /// Tags, titles, file names, container tags and chapters.
    Metadata,
}

impl WordField {
    /// All fields.
    pub const ALL: [Self; 3] = [Self::Speech, Self::ScreenText, Self::Metadata];

    /// The name used in queries and in the index.
    pub fn name(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::ScreenText => "screen_text",
            Self::Metadata => "metadata",
        }
    }

    /// The field of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// A search for words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordQuery {
    /// As typed: words, `"phrases"`, `pre*`, `fuzz~`, `field:word`, `-word`.
    pub text: String,
    /// Where words without a field are looked for; empty for all fields.
    pub fields: Vec<WordField>,
}

/// A segment that holds the words.
#[derive(Debug, Clone, PartialEq)]
pub struct WordHit {
    /// The asset.
    pub asset: AssetKey,
    /// The segment.
    pub segment: SegmentId,
    /// The segment's channel.
    pub channel: Channel,
    /// Where the segment lies.
    pub span: TimeSpan,
    /// BM25, raised where the words stand together; higher is better.
    pub score: f32,
    /// The share of the query's words that it holds, 0 to 1; words that say nothing, such as
    /// `the`, count only where the query has no others.
    pub matched_share: f32,
    /// Whether it holds a quoted phrase, or all words of the query side by side.
    pub is_phrase: bool,
    /// The text around the words; `None` where there is none, or it was left unread.
    pub snippet: Option<Snippet>,
}

/// A vector near the one asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorHit {
    /// The asset.
    pub asset: AssetKey,
    /// The segment.
    pub segment: SegmentId,
    /// The frame it shows, or the start of the passage.
    pub at_millis: i64,
    /// Where the segment lies.
    pub span: TimeSpan,
    /// Cosine, -1 to 1.
    pub score: f32,
}

/// Where a library lies and what holds its vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// The library's directory.
    pub directory: PathBuf,
    /// What holds its vectors.
    pub vectors: VectorSettings,
}

/// What holds a library's vectors.
#[derive(Clone, PartialEq, Eq)]
pub enum VectorSettings {
    /// An index in this process, inside the library's directory.
    Edge,
    /// A Qdrant server or cluster.
    Server {
        /// Address of its gRPC interface, such as `http://localhost:6334`.
        url: String,
        /// Key, where it asks for one.
        api_key: Option<String>,
    },
}

impl std::fmt::Debug for VectorSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Edge => write!(f, "Edge"),
            // Without the key: settings are logged.
            Self::Server { url, .. } => write!(f, "Server({url})"),
        }
    }
}

/// What rebuilding the indexes came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReindexReport {
    /// Assets read from the catalogue.
    pub assets: u64,
    /// Texts in the full-text index.
    pub documents: u64,
    /// Vectors in the vector index.
    pub vectors: u64,
}
