//! What may be typed: every flag also has an environment variable, and nothing here has an effect.

mod correct;
mod demo;
mod hand_over;
mod models;
mod reel;
mod serve;
mod stretch;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use correct::{CorrectArguments, Rights, SignedTag};
pub(super) use demo::{DemoArguments, DemoCommand, EvalArguments};
pub(super) use hand_over::{ExportArguments, RenderArguments};
pub(super) use models::{ModelsArguments, ModelsCommand};
pub(super) use reel::{
    ExplainArguments, NewArguments, OnePick, ReelArguments, ReelCommand, WeightsArguments,
};
pub(super) use serve::{ServeArguments, TokenArguments, TokenCommand};
pub(super) use stretch::{Mark, Place};

use crate::{
    config::Overrides,
    domain::{AssetKind, Step},
    media::protocol::ShotDepth,
};

/// The language of queries, in examples.
const QUERY_HELP: &str = r#"Queries:
  the archer hits the gold             words and their meaning; the more, the better
  "ask not" -rain +final olymp* typo~  as it stands, without, with, begins so, misspelt
  (paris OR london) bridge             alternatives
  said:"ask not"  text:FINAL           heard, on screen; tag: name: for tags and names
  seen:"archer in yellow"              looks so
  like:0123abcd@00:01:12.5             looks like a picture of the library, or like:./picture.jpg
  2*"boxing ring" + like:a.jpg - "referee"
  "crowd cheering" then "podium" within 8s
  "goal" during seen:"night"           also: A overlaps B, A not B within 10s
  after:2024-07-26 before:2024-08-12 longer:5s shorter:2m lang:fr collection:NAME file:PART
  is:image|video|audio|bw|silent|still has:speech    with a minus, such as -lang:fr, left out
"#;

/// Turns a folder of video, images and audio into moments that you find by describing them.
#[derive(Debug, Parser)]
#[command(
    name = "reeldex",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// Configuration file
    #[arg(long, value_name = "FILE", env = "REELDEX_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Print JSON on standard output, and one JSON event per line on standard error
    #[arg(long, env = "REELDEX_JSON", global = true)]
    pub(super) json: bool,
    /// Folder of everything that is derived from the media
    #[arg(long, value_name = "DIR", env = "REELDEX_LIBRARY", global = true)]
    library: Option<PathBuf>,
    /// Folder of installed models
    #[arg(long, value_name = "DIR", env = "REELDEX_MODELS_DIR", global = true)]
    models_dir: Option<PathBuf>,
    /// Print errors alone
    #[arg(short, long, env = "REELDEX_QUIET", global = true)]
    pub(super) quiet: bool,
    /// Threads that one model may use [default: all cores]
    #[arg(long, value_name = "N", env = "REELDEX_THREADS", global = true)]
    pub(super) threads: Option<usize>,
    /// Where vectors are kept: `edge`, in this process, or the address of a Qdrant server
    #[arg(long, value_name = "edge|URL", env = "REELDEX_VECTORS", global = true)]
    vectors: Option<String>,
    /// Tell more; twice for everything
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(super) verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Bring the library up to date with folders and files; run again to go on or to update
    Index(IndexArguments),
    /// Find moments by describing them
    Search(SearchArguments),
    /// Tell all that is known of an asset
    Show(ShowArguments),
    /// Compile reels from wishes, change them, hand them over
    Reel(ReelArguments),
    /// Say what an asset shows or what is said in it; list and take back what was said so
    Correct(CorrectArguments),
    /// Tell how far indexing is, and what failed
    Status(StatusArguments),
    /// Try again what failed
    Retry(AnalysisArguments),
    /// List, fetch, import and check models
    Models(ModelsArguments),
    /// Tell what is installed, what is missing and what to do; downloads nothing
    Doctor,
    /// Build the full-text and vector indexes anew from the catalogue, without touching media
    Reindex,
    /// Serve tools for agents on standard input and output: the Model Context Protocol
    Mcp,
    /// Serve the page and the query API
    Serve(ServeArguments),
    /// Make, list and end tokens, which let others use the server
    Token(TokenArguments),
    /// Measure models on scenes drawn for the purpose
    Eval(EvalArguments),
    /// Make a world to try and measure with: an archive with its truth, scenes, sentences
    Demo(DemoArguments),
}

/// How to analyse assets.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct AnalysisArguments {
    /// Language spoken, such as `en` [default: detected per asset]
    #[arg(long, value_name = "CODE", env = "REELDEX_LANGUAGE")]
    language: Option<String>,
    /// Largest picture that is decoded, in megapixels [default: 512]
    #[arg(long, value_name = "N", env = "REELDEX_MAX_MEGAPIXELS")]
    max_megapixels: Option<u64>,
    /// Seconds without progress after which a file is given up [default: 60]
    #[arg(long, value_name = "N", env = "REELDEX_NO_PROGRESS_SECONDS")]
    no_progress_seconds: Option<u64>,
    /// Pack of models, such as `fast`, `balanced` or `best` [default: the first installed of each kind]
    #[arg(long, value_name = "PACK", env = "REELDEX_MODELS")]
    models: Option<String>,
    /// Model for passages of text [default: the first installed]
    #[arg(long, value_name = "NAME", env = "REELDEX_PASSAGE_MODEL")]
    passage_model: Option<String>,
    /// Model for pictures and their descriptions [default: the first installed]
    #[arg(long, value_name = "NAME", env = "REELDEX_PICTURE_MODEL")]
    picture_model: Option<String>,
    /// Languages on screen by Tesseract's names, such as `eng,fra` [default: eng]
    #[arg(
        long,
        value_name = "CODES",
        value_delimiter = ',',
        env = "REELDEX_SCREEN_LANGUAGES"
    )]
    screen_languages: Vec<String>,
    /// How deep to look for shots
    #[arg(long, value_name = "DEPTH", env = "REELDEX_SHOTS")]
    shots: Option<Depth>,
    /// Model for speech [default: the first installed]
    #[arg(long, value_name = "NAME", env = "REELDEX_SPEECH_MODEL")]
    speech_model: Option<String>,
    /// File of terms to tag shots with, in place of the one that comes along
    #[arg(long, value_name = "FILE", env = "REELDEX_VOCABULARY")]
    vocabulary: Option<PathBuf>,
    /// Memory that one decode worker may use, in MiB [default: 4096]
    #[arg(long, value_name = "MIB", env = "REELDEX_WORKER_MEMORY")]
    worker_memory: Option<u64>,
    /// Assets analysed at the same time [default: all cores]
    #[arg(long, value_name = "N", env = "REELDEX_WORKERS")]
    workers: Option<usize>,
}

/// `reeldex index`.
#[derive(Debug, Args)]
pub(super) struct IndexArguments {
    /// Folders and files
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Collection that newly found files belong to [default: main]
    #[arg(long, value_name = "NAME", env = "REELDEX_COLLECTION")]
    collection: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
    /// Glob of files or folders to leave out; may be repeated
    #[arg(
        long,
        value_name = "GLOB",
        env = "REELDEX_EXCLUDE",
        value_delimiter = ','
    )]
    exclude: Vec<String>,
    /// Steps to run, with those they hang on: probe, shots, screen_text, picture, tags, sound, subtitles, speech, passage
    #[arg(
        long,
        value_name = "STEPS",
        value_delimiter = ',',
        env = "REELDEX_ONLY"
    )]
    only: Vec<Step>,
    #[command(flatten)]
    analysis: AnalysisArguments,
}

/// `reeldex search`.
#[derive(Debug, Args)]
#[command(after_long_help = QUERY_HELP)]
pub(super) struct SearchArguments {
    /// What to look for: a description, words, "a phrase", start*, typo~, -without, said:word, seen:"…", a OR b
    #[arg(required = true, value_name = "DESCRIPTION")]
    pub(super) text: Vec<String>,
    /// Recorded on this day or later
    #[arg(long, value_name = "YYYY-MM-DD", env = "REELDEX_AFTER")]
    pub(super) after: Option<String>,
    /// Recorded before this day
    #[arg(long, value_name = "YYYY-MM-DD", env = "REELDEX_BEFORE")]
    pub(super) before: Option<String>,
    /// In this collection; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) collection: Vec<String>,
    /// Of this kind: video, audio, image; may be repeated
    #[arg(long, value_name = "KIND")]
    pub(super) kind: Vec<Kind>,
    /// Go on at the `next_cursor` of an answer to the same query
    #[arg(long, value_name = "CURSOR")]
    pub(super) cursor: Option<String>,
    /// Say how the query was read, and what each source gave and took
    #[arg(long, env = "REELDEX_EXPLAIN")]
    pub(super) explain: bool,
    /// Count what was found by kind, collection, language, tag and year
    #[arg(long, env = "REELDEX_FACETS")]
    pub(super) facets: bool,
    /// In which this language is spoken or written, such as `fr`; may be repeated
    #[arg(long, value_name = "CODE")]
    pub(super) lang: Vec<String>,
    /// Moments at most
    #[arg(long, value_name = "N", default_value_t = 10, env = "REELDEX_LIMIT")]
    pub(super) limit: usize,
    /// Pack of models [default: those that the library was made with]
    #[arg(long, value_name = "PACK", env = "REELDEX_MODELS")]
    models: Option<String>,
    /// Model for passages of text [default: the one that the library was made with]
    #[arg(long, value_name = "NAME", env = "REELDEX_PASSAGE_MODEL")]
    passage_model: Option<String>,
    /// Whose path has this part or fits this glob; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(super) path: Vec<String>,
    /// Model for pictures and their descriptions [default: the one that the library was made with]
    #[arg(long, value_name = "NAME", env = "REELDEX_PICTURE_MODEL")]
    picture_model: Option<String>,
    /// Carrying this tag; may be repeated
    #[arg(long, value_name = "TAG")]
    pub(super) tag: Vec<String>,
    /// Show the nearest of what lies below the cut-off as well, and call it weak
    #[arg(long, env = "REELDEX_WEAK")]
    pub(super) weak: bool,
}

/// `reeldex show`.
#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// A path, or the first digits of an id
    #[arg(value_name = "ASSET")]
    pub(super) asset: String,
}

/// `reeldex status`.
#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    /// List each failure with its reason and what to do
    #[arg(long)]
    pub(super) failed: bool,
}

/// Values of `--shots`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Depth {
    /// Keyframes alone: fastest
    Keyframes,
    /// Frame-accurate where keyframes differ
    Refined,
    /// Every frame
    Full,
}

/// Values of `--kind`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Kind {
    /// Moving pictures
    Video,
    /// Sound alone
    Audio,
    /// Stills
    Image,
}

impl From<Kind> for AssetKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Video => Self::Video,
            Kind::Audio => Self::Audio,
            Kind::Image => Self::Image,
        }
    }
}

impl Arguments {
    /// What was said, in the terms of settings.
    pub(super) fn overrides(&self) -> Overrides {
        let global = &self.global;
        let mut said = Overrides {
            config: global.config.clone(),
            library: global.library.clone(),
            models_dir: global.models_dir.clone(),
            vectors: global.vectors.clone(),
            threads: global.threads,
            ..Overrides::default()
        };
        match &self.command {
            Command::Index(index) => {
                index.analysis.say(&mut said);
                said.collection.clone_from(&index.collection);
                said.exclude.clone_from(&index.exclude);
                said.only.clone_from(&index.only);
            }
            Command::Retry(analysis) => analysis.say(&mut said),
            Command::Search(search) => {
                said.models.clone_from(&search.models);
                said.picture_model.clone_from(&search.picture_model);
                said.passage_model.clone_from(&search.passage_model);
            }
            Command::Serve(serve) => said.cache_mebibytes = serve.cache_mebibytes,
            Command::Eval(eval) => {
                said.models.clone_from(&eval.models);
                said.picture_model.clone_from(&eval.picture_model);
                said.speech_model.clone_from(&eval.speech_model);
            }
            _ => {}
        }
        said
    }
}

impl AnalysisArguments {
    fn say(&self, said: &mut Overrides) {
        said.language.clone_from(&self.language);
        said.max_megapixels = self.max_megapixels;
        said.models.clone_from(&self.models);
        said.no_progress_seconds = self.no_progress_seconds;
        said.passage_model.clone_from(&self.passage_model);
        said.picture_model.clone_from(&self.picture_model);
        said.screen_languages.clone_from(&self.screen_languages);
        said.shots = self.shots.map(|depth| match depth {
            Depth::Keyframes => ShotDepth::Keyframes,
            Depth::Refined => ShotDepth::Refined,
            Depth::Full => ShotDepth::Full,
        });
        said.speech_model.clone_from(&self.speech_model);
        said.vocabulary.clone_from(&self.vocabulary);
        said.worker_memory_mebibytes = self.worker_memory;
        said.workers = self.workers;
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_consistent() {
        Arguments::command().debug_assert();
    }
}
